//! The numbers of a Pipeline in words, for tables of any kind.

use std::collections::BTreeSet;

use super::groups::FusedGroup;
use super::schedule::is_bytes;
use super::side::Side;
use super::units::Unit;
use super::workspaces::WorkspacePlan;
use super::{PipelinePlan, Requests};

/// A line of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) before: String,
    /// Nothing if the Pipeline has no groups.
    pub(super) after: Option<String>,
}

/// The numbers of a whole Pipeline.
pub(super) fn rows(plan: &PipelinePlan) -> Vec<Row> {
    let row = |what: &str, of: &dyn Fn(&Side) -> String| Row {
        what: what.to_owned(),
        before: of(&plan.before),
        after: plan.after.as_ref().map(of),
    };
    // Without a run nobody knows what is bound, but what only one pod uses does not have to be a claim.
    let claims = if plan.runs.is_empty() { "workspaces that several pods use" } else { "workspaces on claims" };
    let mut rows = vec![
        row("TaskRuns", &|side| sum(side, side.task_runs, |unit| unit.task_runs.is_some())),
        row("pods", &|side| sum(side, side.pods, |unit| unit.pods.is_some())),
        row("containers", &|side| sum(side, side.containers, counts_containers)),
        row(claims, &|side| side.claims.to_string()),
    ];
    rows.extend(plan.runs.iter().map(|run| Row {
        what: format!("claims that the run {} creates", run.name),
        before: run.claims.before.to_string(),
        after: plan.after.as_ref().map(|_| run.claims.after.to_string()),
    }));
    let sides = || [Some(&plan.before), plan.after.as_ref()].into_iter().flatten();
    for resource in resources(sides().map(|side| &side.request_peak)) {
        rows.push(row(&format!("{resource} requested at peak"), &|side| amount(&side.request_peak, &resource)));
    }
    for resource in sides().flat_map(|side| side.request_seconds.keys()).collect::<BTreeSet<_>>() {
        let unit = if is_bytes(resource) { "GiB-seconds" } else { "seconds" };
        let of = |side: &Side| number(side.request_seconds.get(resource).copied().unwrap_or_default());
        rows.push(row(&format!("{resource} requested, {unit}"), &of));
    }
    rows.push(row("longest path, tasks", &|side| side.critical_path.tasks.to_string()));
    rows.push(row("longest path, estimated seconds", &|side| number(side.critical_path.seconds)));
    rows
}

/// Whether the containers of a unit are known.
fn counts_containers(unit: &Unit) -> bool {
    unit.pods == Some(0) || unit.pods.is_some() && unit.pod.is_some()
}

/// A sum, with a question mark if parts of it are not known.
fn sum(side: &Side, sum: usize, is_known: impl Fn(&Unit) -> bool) -> String {
    if side.units.iter().all(is_known) { sum.to_string() } else { format!("{sum} + ?") }
}

/// The resources that any of these asks for.
fn resources<'r>(all: impl Iterator<Item = &'r Requests>) -> BTreeSet<String> {
    let asked = all.flat_map(|requests| requests.0.iter()).filter(|(_, amount)| !amount.is_zero());
    asked.map(|(resource, _)| resource.to_owned()).collect()
}

fn amount(requests: &Requests, resource: &str) -> String {
    requests.0.get(resource).map_or_else(|| "0".to_owned(), ToString::to_string)
}

/// A number without a fraction where it is large enough.
fn number(value: f64) -> String {
    if value >= 100.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// What is said of a group: sentences.
pub(super) fn of_group(group: &FusedGroup) -> Vec<String> {
    let (pods, containers) = (group.pods, group.containers);
    let seconds = (number(group.seconds.before), number(group.seconds.after));
    let mut lines = vec![format!(
        "pods {} -> {}, containers {} -> {}, about {} -> {} seconds",
        pods.before, pods.after, containers.before, containers.after, seconds.0, seconds.1
    )];
    let peaks = [&group.request_peak.before, &group.request_peak.after];
    let asked = resources(peaks.into_iter());
    let asked = asked
        .iter()
        .map(|resource| format!("{resource} {} -> {}", amount(peaks[0], resource), amount(peaks[1], resource)));
    let asked: Vec<String> = asked.collect();
    if !asked.is_empty() {
        lines.push(format!("requested at peak: {}", asked.join(", ")));
    }
    let scripts = group.scripts.limit - group.scripts.left;
    lines.push(format!(
        "each step can report {} bytes of results; scripts have {} of {} KiB",
        group.results.left,
        scripts.div_ceil(1024),
        group.scripts.limit / 1024
    ));
    if !group.empty_dirs.is_empty() {
        lines.push(format!("emptyDir instead of a workspace: {}", group.empty_dirs.join(", ")));
    }
    lines.extend(
        group
            .helpers
            .iter()
            .map(|helper| format!("helper step {} ({}): it {}", helper.name, helper.kind, helper.reason)),
    );
    lines.extend(
        group.findings.iter().map(|finding| format!("{} {}: {}", finding.severity, finding.code, finding.message)),
    );
    lines
}

/// What is said of the Pipeline apart from numbers and groups: sentences.
pub(super) fn others(plan: &PipelinePlan) -> Vec<String> {
    let workspaces = plan.workspaces.iter().map(|workspace| of_workspace(workspace, plan.after.is_some()));
    let findings =
        plan.findings.iter().map(|finding| format!("{} {}: {}", finding.severity, finding.code, finding.message));
    workspaces.chain(findings).chain(plan.remarks.iter().cloned()).collect()
}

fn of_workspace(workspace: &WorkspacePlan, fused: bool) -> String {
    let (before, after) = (workspace.before, workspace.after);
    let pods = if fused { format!("{} -> {}", before.pods, after.pods) } else { before.pods.to_string() };
    let bound = match workspace.bound.as_slice() {
        [] => String::new(),
        kinds => format!(", bound to {}", kinds.join(" or ")),
    };
    let emptied = if workspace.empty_dir { ", an emptyDir once fused" } else { "" };
    format!("workspace {}: used by pods: {pods}{bound}{emptied}", workspace.name)
}
