//! What fusing means for each group.

use serde::Serialize;

use super::side::Side;
use super::units::Unit;
use super::{Change, Finding, Requests, Subject, schedule};
use crate::diag::{Code, Diagnostic};
use crate::fuse::{Fused, HelperKind, HelperStep, SCRIPT_BYTES};

/// A group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FusedGroup {
    /// Its name.
    pub name: String,
    /// Its members, in the order in which they run.
    pub members: Vec<String>,
    /// Pods.
    pub pods: Change<usize>,
    /// Containers of these, init containers among them.
    pub containers: Change<usize>,
    /// The most that they ask for at one time.
    pub request_peak: Change<Requests>,
    /// From the start of the first member to the end of the last, in estimated seconds.
    pub seconds: Change<f64>,
    /// Workspaces of the Pipeline that are emptyDirs of the pod.
    pub empty_dirs: Vec<String>,
    /// Bytes of results of each step.
    pub results: Budget,
    /// Bytes of all scripts: `place-scripts` can place so many.
    pub scripts: Budget,
    /// The steps that no Task of a member has.
    pub helpers: Vec<Helper>,
    /// Warnings and hazards.
    pub findings: Vec<Finding>,
}

/// Bytes that there are, and those that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// How many there are.
    pub limit: usize,
    /// How many are left.
    pub left: usize,
}

/// A helper step.
#[derive(Debug, Serialize)]
pub struct Helper {
    /// Its name in the fused Task.
    pub name: String,
    /// `link`, `collector`, `count`, `gate` or `verdict`.
    pub kind: &'static str,
    /// What it does, and for whom: the rest of a sentence that begins with it.
    pub reason: String,
}

/// All groups. `said` are the diagnostics about the Pipeline.
pub(super) fn plan(
    subject: &Subject<'_>,
    before: &Side,
    after: Option<&Side>,
    said: &[&Diagnostic],
) -> Vec<FusedGroup> {
    subject.fused.iter().map(|group| of_group(subject, group, (before, after), said)).collect()
}

fn of_group(
    subject: &Subject<'_>,
    group: &Fused,
    (before, after): (&Side, Option<&Side>),
    said: &[&Diagnostic],
) -> FusedGroup {
    let members: Vec<&Unit> = group.members.iter().filter_map(|&member| before.units.get(member)).collect();
    let fused = after.and_then(|side| side.units.iter().find(|unit| unit.name == group.name));
    let containers = |unit: &&Unit| Some(unit.pods? * unit.pod.as_ref()?.containers);
    let said: Vec<&Diagnostic> = said.iter().filter(|told| is_about(subject, group, told)).copied().collect();
    let room = group.room;
    FusedGroup {
        name: group.name.clone(),
        members: members.iter().map(|unit| unit.name.clone()).collect(),
        pods: Change {
            before: members.iter().filter_map(|unit| unit.pods).sum(),
            after: fused.and_then(|unit| unit.pods).unwrap_or(0),
        },
        containers: Change {
            before: members.iter().filter_map(containers).sum(),
            after: fused.as_ref().and_then(containers).unwrap_or(0),
        },
        request_peak: Change {
            before: schedule::peak(members.iter().copied()),
            after: schedule::peak(fused.into_iter()),
        },
        seconds: schedule::group_seconds(&before.units, &before.waits, &group.members, fused),
        empty_dirs: group.empty_dirs.clone(),
        results: Budget { limit: room.share, left: room.results },
        scripts: Budget { limit: SCRIPT_BYTES, left: SCRIPT_BYTES.saturating_sub(room.scripts) },
        helpers: group.helpers.iter().map(|helper| of_helper(helper, &said)).collect(),
        findings: Finding::all(said.iter().copied()),
    }
}

/// Whether a diagnostic is about a group: it says so, or it names members of it and of no other group.
pub(super) fn is_about(subject: &Subject<'_>, group: &Fused, told: &Diagnostic) -> bool {
    let is_member =
        |name: &String| group.members.iter().any(|&member| subject.pipeline.tasks[member].name.value == *name);
    match &told.about.group {
        Some(name) => *name == group.name,
        None => told.about.members.iter().any(is_member),
    }
}

/// A helper step with the reason that its diagnostic gives; copies of a member are told of once, so each kind has a general one.
fn of_helper(helper: &HelperStep, said: &[&Diagnostic]) -> Helper {
    let start = format!("the step `{}` ", helper.name);
    let told =
        said.iter().filter(|told| told.code == Code::HelperStep).find_map(|told| told.message.strip_prefix(&start));
    let reason = told.unwrap_or(match helper.kind {
        HelperKind::Link => "hands results of the group to a member",
        HelperKind::Collector => "brings results to where others look for them",
        HelperKind::Count => "counts the elements of a param",
        HelperKind::Gate => "decides whether steps run",
        HelperKind::Verdict => "ends the group",
    });
    Helper { name: helper.name.clone(), kind: helper.kind.as_str(), reason: reason.to_owned() }
}
