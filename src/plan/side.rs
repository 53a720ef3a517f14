//! A Pipeline as a whole, before or after.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::schedule::Waits;
use super::units::{Unit, Units};
use super::workspaces::{WorkspacePlan, WorkspaceUse};
use super::{Requests, Subject, schedule};

/// What a run of the Pipeline makes if nothing is skipped, fails or is tried again. Sums leave out what is not known.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// TaskRuns; custom tasks have none.
    pub task_runs: usize,
    /// Pods of these.
    pub pods: usize,
    /// Containers of these pods, init containers among them.
    pub containers: usize,
    /// Workspaces that are, or have to be, claims.
    pub claims: usize,
    /// The most that pods ask for at one time.
    pub request_peak: Requests,
    /// What pods ask for times how long they run, by resource: CPU-seconds, GiB-seconds, or pieces times seconds.
    pub request_seconds: BTreeMap<String, f64>,
    /// What decides how long a run takes.
    pub critical_path: CriticalPath,
    /// What the numbers are made of.
    pub units: Vec<Unit>,
    /// Who waits for whom.
    #[serde(skip)]
    pub(super) waits: Waits,
}

/// What decides how long a run takes.
#[derive(Debug, Serialize)]
pub struct CriticalPath {
    /// The most tasks under `tasks` that run one after another; a group counts as often as it has tasks.
    pub tasks: usize,
    /// From the start to the end of the run, in estimated seconds.
    pub seconds: f64,
    /// The units that take this time, in their order.
    pub units: Vec<String>,
}

/// Counts units; `used` tells how they use workspaces.
pub(super) fn side(
    subject: &Subject<'_>,
    mut units: Units,
    workspaces: &[WorkspacePlan],
    used: impl Fn(&WorkspacePlan) -> WorkspaceUse,
) -> Side {
    let mounted = |name: &String| {
        let workspace = workspaces.iter().find(|workspace| workspace.name == *name && used(workspace).mounted)?;
        Some(workspace.claim.as_ref().map_or_else(|| format!("workspace {name}"), |claim| format!("claim {claim}")))
    };
    let volumes = |unit: &Unit| -> BTreeSet<String> {
        let own = unit.claims.iter().map(|claim| format!("claim {claim}"));
        unit.workspaces.iter().filter_map(mounted).chain(own).collect()
    };
    let volumes: Vec<BTreeSet<String>> = units.list.iter().map(volumes).collect();
    let waits = Waits::of(&units);
    schedule::schedule(&mut units, &waits, &volumes, subject.estimates);
    let list = &units.list;
    let containers = |unit: &Unit| Some(unit.pods? * unit.pod.as_ref()?.containers);
    let path = schedule::critical(&units, &waits);
    let end = path.last().map(|&last| list[last].start + list[last].seconds);
    Side {
        task_runs: list.iter().filter_map(|unit| unit.task_runs).sum(),
        pods: list.iter().filter_map(|unit| unit.pods).sum(),
        containers: list.iter().filter_map(containers).sum(),
        claims: workspaces.iter().filter(|workspace| used(workspace).claim).count(),
        request_peak: schedule::peak(list.iter()),
        request_seconds: schedule::request_seconds(list.iter()),
        critical_path: CriticalPath {
            tasks: schedule::longest_in_tasks(&units, &waits),
            seconds: super::rounded(end.unwrap_or(0.0)),
            units: path.iter().map(|&at| list[at].name.clone()).collect(),
        },
        units: units.list,
        waits,
    }
}
