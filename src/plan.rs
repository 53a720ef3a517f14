//! What fusing saves and costs: pods, volumes, requests and time of a Pipeline, before and after.
//!
//! Both sides are counted in the same way: *units* are what Tekton makes TaskRuns of, pipeline tasks before, and groups with
//! the tasks that are left after. What is counted is what a run makes if nothing is skipped, fails or is tried again. Times
//! are an estimate from a few constants ([`Estimates`]); `docs/plan.md` says where these come from.

mod groups;
mod markdown;
mod pod;
mod remarks;
mod rows;
mod schedule;
mod scope;
mod side;
mod table;
mod units;
mod workspaces;

use std::collections::{BTreeMap, HashMap};

use serde::{Serialize, Serializer};

use crate::diag::{Diagnostic, Diagnostics, Severity};
use crate::fuse::Fused;
use crate::graph::TaskGraph;
use crate::model::{Pipeline, Run};
use crate::resolve::Resolved;
use crate::resources::Amounts;
use crate::source::Sources;
use crate::yaml::Node;

use remarks::Remarks;

pub use groups::{Budget, FusedGroup, Helper};
pub use markdown::markdown;
pub use pod::Pod;
pub use side::{CriticalPath, Side};
pub use table::table;
pub use units::{Unit, UnitKind};
pub use workspaces::WorkspacePlan;

/// What is assumed about times, in seconds. The defaults are public figures, rounded down where they are a range:
///
/// - `pod_start`, `volume_attach` and `volume_reattach`: measurements by Tekton's developers (TEP-0142, "Performance", in
///   `tektoncd/community`): about 4 s for a pod, about 10 s more for the first pod that mounts a persistent volume, nothing
///   for later ones on the same node, where Tekton's affinity assistant keeps them.
/// - `step_handover`: each step looks once a second whether the one before it has ended (`defaultWaitPollingInterval`,
///   `cmd/entrypoint/main.go`, v1.15), so it waits half a second on average.
/// - `step_time`: nobody knows what steps do; each is taken to last as long as the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimates {
    /// From the end of a task to the start of the next one's first step.
    pub pod_start: f64,
    /// How much longer it takes in the first pod that mounts a claim.
    pub volume_attach: f64,
    /// How much longer it takes in each later pod that mounts it.
    pub volume_reattach: f64,
    /// From the end of a step to the start of the next one.
    pub step_handover: f64,
    /// How long a step of a Task runs; helper steps take no time.
    pub step_time: f64,
}

impl Default for Estimates {
    fn default() -> Self {
        Self { pod_start: 4.0, volume_attach: 10.0, volume_reattach: 0.0, step_handover: 0.5, step_time: 10.0 }
    }
}

/// The same thing before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Change<T> {
    /// With each task in a pod of its own.
    pub before: T,
    /// With the groups fused.
    pub after: T,
}

/// Requests by resource, in canonical form, without those of nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests(pub Amounts);

impl Serialize for Requests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let asked = self.0.iter().filter(|(_, amount)| !amount.is_zero());
        asked.map(|(resource, amount)| (resource, amount.to_string())).collect::<BTreeMap<_, _>>().serialize(serializer)
    }
}

/// What is said of one Pipeline.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelinePlan {
    /// Its name; for an inline one that of the run, or its `generateName` without the dash.
    pub name: String,
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The text that it stands in.
    pub file: String,
    /// Its runs among the inputs.
    pub runs: Vec<RunPlan>,
    /// With each task in a pod of its own.
    pub before: Side,
    /// With its groups fused; nothing if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
    /// Its groups.
    pub groups: Vec<FusedGroup>,
    /// The workspaces that its tasks use.
    pub workspaces: Vec<WorkspacePlan>,
    /// Warnings and hazards that belong to none of the groups.
    pub findings: Vec<Finding>,
    /// What could not be counted, and why.
    pub remarks: Vec<String>,
}

/// What is said of a run of a Pipeline.
#[derive(Debug, Serialize)]
pub struct RunPlan {
    /// Its name, or its `generateName` without the dash.
    pub name: String,
    /// How many claims it creates from templates.
    pub claims: Change<usize>,
}

/// A warning, or a hazard of any weight, that a diagnostic tells of.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// Its weight.
    pub severity: &'static str,
    /// Its sentence.
    pub message: String,
}

impl Finding {
    /// What `diagnostic` has to do with a plan: every warning, and what is said of hazards and runs (`TF5xx`, `TF6xx`).
    fn of(diagnostic: &Diagnostic) -> Option<Self> {
        let (code, severity) = (diagnostic.code.id(), diagnostic.severity);
        let message = diagnostic.message.clone();
        (severity > Severity::Note || code >= "TF500").then(|| Self { code, severity: severity.as_str(), message })
    }

    /// What of these has to do with a plan; what several places give rise to stands there once.
    fn all<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for finding in diagnostics.filter_map(Self::of) {
            if !all.iter().any(|other| (other.code, &other.message) == (finding.code, &finding.message)) {
                all.push(finding);
            }
        }
        all
    }
}

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The texts, for their names.
    pub sources: &'a Sources,
    /// The Pipeline.
    pub pipeline: &'a Pipeline,
    /// Its task graph.
    pub graph: &'a TaskGraph,
    /// By index into `Pipeline::tasks`: the Task that each runs, if it is among the inputs.
    pub tasks: &'a [Option<Resolved<'a>>],
    /// StepActions of the inputs, by name.
    pub step_actions: &'a HashMap<String, &'a Node>,
    /// The runs of the Pipeline among the inputs.
    pub runs: &'a [&'a Run],
    /// Its groups, fused.
    pub fused: &'a [Fused],
    /// The pipeline tasks that fusing adds under `finally`.
    pub added: &'a [Node],
    /// What is assumed about times.
    pub estimates: &'a Estimates,
}

impl<'a> Subject<'a> {
    /// The run whose params and workspaces count: the only one.
    fn run(&self) -> Option<&'a Run> {
        match self.runs {
            [run] => Some(run),
            _ => None,
        }
    }
}

/// Counts a Pipeline before and after. `diagnostics` are those of the compilation.
pub fn plan(subject: &Subject<'_>, diagnostics: &Diagnostics) -> PipelinePlan {
    let pipeline = subject.pipeline;
    let mut remarks = Remarks::default();
    let before = units::before(subject, &mut remarks);
    let after = (!subject.fused.is_empty()).then(|| units::after(subject, &before, &mut remarks));
    let workspaces = workspaces::plan(subject, &before, after.as_ref());
    let before = side::side(subject, before, &workspaces, |workspace| workspace.before);
    let after = after.map(|after| side::side(subject, after, &workspaces, |workspace| workspace.after));
    let is_about = |told: &&Diagnostic| told.about.pipeline.as_deref() == Some(pipeline.name.value.as_str());
    let said: Vec<&Diagnostic> = diagnostics.iter().filter(is_about).collect();
    let of_group = |told: &&&Diagnostic| subject.fused.iter().any(|group| groups::is_about(subject, group, told));
    PipelinePlan {
        name: pipeline.name.value.clone(),
        namespace: pipeline.namespace.clone(),
        file: subject.sources.get(pipeline.location.source).name.clone(),
        runs: subject.runs.iter().map(|run| workspaces::claims(run, subject.fused)).collect(),
        groups: groups::plan(subject, &before, after.as_ref(), &said),
        before,
        after,
        workspaces,
        findings: Finding::all(said.iter().filter(|told| !of_group(told)).copied()),
        remarks: remarks.sentences(),
    }
}

/// All plans as one document for programs.
pub fn json(plans: &[PipelinePlan], estimates: &Estimates) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        version: u32,
        estimates: &'a Estimates,
        pipelines: &'a [PipelinePlan],
    }
    let document = serde_json::to_string_pretty(&Document { version: 1, estimates, pipelines: plans });
    document.map_or_else(|_| String::new(), |text| text + "\n")
}

/// A number of seconds, or of something times seconds, without the noise of sums of fractions.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
