//! Which workspaces need a volume outside of the pods.

use serde::Serialize;

use super::units::Units;
use super::{Change, RunPlan, Subject};
use crate::fuse::Fused;
use crate::model::Run;
use crate::yaml::Node;

/// A workspace of the Pipeline.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspacePlan {
    /// Its name.
    pub name: String,
    /// What the runs among the inputs bind to it, such as `persistentVolumeClaim`; nothing if there is none that does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<String>,
    /// Unfused.
    pub before: WorkspaceUse,
    /// Fused.
    pub after: WorkspaceUse,
    /// Whether a group has made it an emptyDir of its pod.
    pub empty_dir: bool,
    /// The claim that every run binds to it, if the only run names one.
    #[serde(skip)]
    pub(super) claim: Option<String>,
}

/// How a workspace is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WorkspaceUse {
    /// By how many pods, as far as that is known.
    pub pods: usize,
    /// Whether it is, or has to be, a claim: runs bind one to it or, where no run is among the inputs, several pods use it.
    pub claim: bool,
    /// Whether pods are taken to mount a claim there: fusing alone changes no binding.
    #[serde(skip)]
    pub(super) mounted: bool,
}

const TEMPLATE: &str = "volumeClaimTemplate";
const CLAIM: &str = "persistentVolumeClaim";

/// The workspaces that tasks use, in the order of their declarations.
pub(super) fn plan(subject: &Subject<'_>, before: &Units, after: Option<&Units>) -> Vec<WorkspacePlan> {
    let mut names: Vec<&str> = Vec::new();
    for name in subject.pipeline.workspace_names().map(|name| name.value.as_str()) {
        if !names.contains(&name) && pods(before, name) > 0 {
            names.push(name);
        }
    }
    let plan = |name: &str| {
        let bound: Vec<&Node> = subject.runs.iter().filter_map(|run| binding(run, name)).collect();
        let is_claim = |node: &&Node| node.get(TEMPLATE).is_some() || node.get(CLAIM).is_some();
        let is_emptied = subject.fused.iter().any(|group| group.empty_dirs.iter().any(|gone| gone == name));
        let known = (!subject.runs.is_empty()).then(|| bound.iter().any(is_claim));
        let used = |pods: usize| known.unwrap_or(pods > 1);
        let (pods_before, pods_after) =
            (pods(before, name), after.map_or(pods(before, name), |units| pods(units, name)));
        let (first, mounted) = (used(pods_before), used(pods_before) && !is_emptied);
        let claim = subject.run().and_then(|run| binding(run, name)?.get(CLAIM)?.get("claimName")?.as_str());
        WorkspacePlan {
            name: name.to_owned(),
            bound: kinds(&bound),
            before: WorkspaceUse { pods: pods_before, claim: first, mounted: first },
            after: WorkspaceUse { pods: pods_after, claim: used(pods_after) && !is_emptied, mounted },
            empty_dir: is_emptied,
            claim: claim.map(str::to_owned),
        }
    };
    names.into_iter().map(plan).collect()
}

fn binding<'r>(run: &'r Run, name: &str) -> Option<&'r Node> {
    run.workspaces.iter().find(|(bound, _)| bound == name).map(|(_, node)| node)
}

/// The keys that say what is bound.
fn kinds(bound: &[&Node]) -> Vec<String> {
    let keys = bound.iter().filter_map(|node| node.as_mapping()).flat_map(|mapping| &mapping.entries);
    let keys = keys.map(|entry| entry.key.as_str()).filter(|key| !["name", "subPath"].contains(key));
    let mut kinds: Vec<String> = keys.map(str::to_owned).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// How many pods use a workspace.
fn pods(units: &Units, name: &str) -> usize {
    let users = units.list.iter().filter(|unit| unit.workspaces.iter().any(|used| used == name));
    users.map(|unit| unit.pods.unwrap_or(1)).sum()
}

/// The claims that a run creates: one for each template, whether the Pipeline has the workspace or not
/// (`createOrUpdateAffinityAssistantsAndPVCs`, `pkg/reconciler/pipelinerun/affinity_assistant.go`, v1.15). The binding of a
/// workspace that is an
/// emptyDir of a group is taken out of the run.
pub(super) fn claims(run: &Run, fused: &[Fused]) -> RunPlan {
    let templates = run.workspaces.iter().filter(|(_, node)| node.get(TEMPLATE).is_some()).map(|(name, _)| name);
    let is_gone = |name: &&String| fused.iter().any(|group| group.empty_dirs.contains(*name));
    let after = templates.clone().filter(|name| !is_gone(name)).count();
    RunPlan { name: run.name.value.clone(), claims: Change { before: templates.count(), after } }
}
