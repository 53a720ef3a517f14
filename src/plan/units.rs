//! What Tekton makes TaskRuns of: pipeline tasks before; groups, the tasks that are left, and results tasks after.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Subject;
use super::pod::Pod;
use super::remarks::{About, Remarks};
use super::scope::{Scope, items, named};
use crate::expr::{Template, Variable, WorkspaceProperty};
use crate::fuse::{Fused, task_run_spec};
use crate::matrix::combinations;
use crate::model::{PipelineTask, RunParam, TaskSource};
use crate::yaml::{Node, each_text};

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitKind {
    /// A pipeline task of the source.
    Task,
    /// A group.
    Group,
    /// A task that hands results of members on (`<group>-results`).
    Results,
    /// A custom task, which has no TaskRun.
    CustomTask,
    /// A Pipeline, whose TaskRuns are not counted.
    Pipeline,
    /// A task that names nothing to run.
    Nothing,
}

/// What Tekton makes TaskRuns of. What is not known is not there.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unit {
    /// The name of the pipeline task.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Whether it stands under `finally`.
    pub finally: bool,
    /// The members of a group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// How many TaskRuns it has if it is not skipped: with a `matrix`, one for each combination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_runs: Option<usize>,
    /// How many pods these have if none is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<usize>,
    /// Each of the pods.
    #[serde(flatten)]
    pub pod: Option<Pod>,
    /// The workspaces of the Pipeline that it uses.
    pub workspaces: Vec<String>,
    /// When it starts, in estimated seconds from the start of the run.
    pub start: f64,
    /// How long it takes, in estimated seconds.
    pub seconds: f64,
    /// Claims that it mounts as volumes of its Task.
    #[serde(skip)]
    pub(super) claims: Vec<String>,
    /// How many tasks of the source run in it one after another.
    #[serde(skip)]
    pub(super) tasks: usize,
    /// Its steps that take no time.
    #[serde(skip)]
    pub(super) helpers: usize,
}

/// Units with who waits for whom.
#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    pub(super) list: Vec<Unit>,
    /// The unit that is waited for, and the one that waits.
    pub(super) edges: BTreeSet<(usize, usize)>,
    /// By place in `Pipeline::tasks`: the unit that each task is in.
    pub(super) of_task: Vec<usize>,
}

/// The units of the source.
pub(super) fn before(subject: &Subject<'_>, remarks: &mut Remarks) -> Units {
    let tasks = subject.pipeline.tasks.iter().enumerate();
    let list: Vec<Unit> = tasks.map(|(index, task)| of_source(subject, index, task, remarks)).collect();
    if subject.runs.len() > 1 {
        let message =
            "the inputs have several runs of the Pipeline; the params and requests that they pass are not looked at";
        remarks.push(message.to_owned());
    }
    let of_task = (0..list.len()).collect();
    let edges = subject.graph.edges().map(|(from, to, _)| (from, to)).collect();
    Units { list, edges, of_task }
}

/// The units of the output, in its order: a group stands where its first member stood, results tasks come last.
pub(super) fn after(subject: &Subject<'_>, before: &Units, remarks: &mut Remarks) -> Units {
    let mut units = Units { of_task: vec![0; before.list.len()], ..Units::default() };
    for (index, unit) in before.list.iter().enumerate() {
        let group = subject.fused.iter().find(|group| group.members.contains(&index));
        let place = units.list.len();
        match group {
            None => {
                units.of_task[index] = place;
                units.list.push(unit.clone());
            }
            Some(group) if group.members.iter().min() == Some(&index) => {
                group.members.iter().for_each(|&member| units.of_task[member] = place);
                units.list.push(of_group(subject, group, remarks));
            }
            Some(_) => {}
        }
    }
    units.list.extend(subject.added.iter().map(|node| of_results(subject, node)));
    let edges = before.edges.iter().map(|&(from, to)| (units.of_task[from], units.of_task[to]));
    units.edges = edges.filter(|(from, to)| from != to).collect();
    units
}

/// A pipeline task of the source.
fn of_source(subject: &Subject<'_>, index: usize, task: &PipelineTask, remarks: &mut Remarks) -> Unit {
    let name = &task.name.value;
    let resolved = subject.tasks.get(index).copied().flatten();
    let (kind, count) = match &task.source {
        TaskSource::Custom(_) => (UnitKind::CustomTask, Some(0)),
        TaskSource::Pipeline(_) => (UnitKind::Pipeline, None),
        TaskSource::Missing => (UnitKind::Nothing, None),
        TaskSource::Named { .. } | TaskSource::Remote(_) | TaskSource::Embedded(_) => {
            (UnitKind::Task, copies(subject, task, remarks))
        }
    };
    let run_spec = subject.run().and_then(|run| run.task_run_specs.iter().find(|spec| spec.task.value == *name));
    let run_spec = run_spec.map(|spec| &spec.node);
    let embedded = matches!(task.source, TaskSource::Embedded(_));
    let spec = resolved.map(|resolved| &resolved.spec.node);
    let missing = match (kind, spec) {
        (UnitKind::CustomTask, _) => Some(About::CustomTask),
        (UnitKind::Pipeline, _) => Some(About::Pipeline),
        (UnitKind::Nothing, _) => Some(About::Nothing),
        (_, None) => Some(About::Unresolved),
        _ => None,
    };
    missing.into_iter().for_each(|about| remarks.add(about, name));
    let mut unit = Unit { kind, finally: task.finally, task_runs: count, pods: count, ..Unit::new(name) };
    unit.workspaces = bound(subject, &task.node, spec.filter(|_| embedded));
    if let Some(spec) = spec.filter(|_| kind == UnitKind::Task) {
        let scope = Scope { pipeline: subject.pipeline, run: subject.run(), task: &task.node, spec, embedded };
        unit.fill(subject, &scope, run_spec, remarks);
    }
    unit
}

/// How many TaskRuns a task has; nothing if only a run tells.
fn copies(subject: &Subject<'_>, task: &PipelineTask, remarks: &mut Remarks) -> Option<usize> {
    let params: &[RunParam] = subject.run().map_or(&[], |run| &run.params);
    match combinations(subject.pipeline, params, task) {
        Ok(Some(found)) => {
            if !found.frozen.is_empty() {
                remarks.add(About::Default, &task.name.value);
            }
            Some(found.list.len())
        }
        Ok(None) => Some(1),
        Err(fault) => {
            remarks.push(format!("how many pods `{}` has is not known: its matrix {}", task.name.value, fault.message));
            None
        }
    }
}

/// The fused task of a group.
fn of_group(subject: &Subject<'_>, group: &Fused, remarks: &mut Remarks) -> Unit {
    let pipeline = subject.pipeline;
    let (spec, embedded) = spec(&group.task);
    let mut unit = Unit {
        kind: UnitKind::Group,
        finally: group.members.iter().all(|&member| pipeline.tasks[member].finally),
        members: group.members.iter().map(|&member| pipeline.tasks[member].name.value.clone()).collect(),
        task_runs: Some(1),
        pods: Some(1),
        ..Unit::new(&group.name)
    };
    let copies = |&member: &usize| group.lengths.get(&pipeline.tasks[member].name.value).copied().unwrap_or(1);
    unit.tasks = group.members.iter().filter(|&&member| !pipeline.tasks[member].finally).map(copies).sum();
    unit.helpers = group.helpers.len();
    unit.workspaces = bound(subject, &group.entry, None);
    let run_spec = subject.run().and_then(|run| task_run_spec(pipeline, run, group));
    let scope = Scope { pipeline, run: subject.run(), task: &group.entry, spec, embedded };
    unit.fill(subject, &scope, run_spec.as_ref(), remarks);
    unit
}

/// A task that hands results on; it does so in no time.
fn of_results(subject: &Subject<'_>, node: &Node) -> Unit {
    let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
    let mut unit =
        Unit { kind: UnitKind::Results, finally: true, task_runs: Some(1), pods: Some(1), ..Unit::new(name) };
    if let Some(spec) = node.get("taskSpec") {
        let scope = Scope { pipeline: subject.pipeline, run: subject.run(), task: node, spec, embedded: true };
        unit.fill(subject, &scope, None, &mut Remarks::default());
        unit.helpers = items(spec, "steps").len();
    }
    unit
}

/// The spec of a fused Task, and whether it stands in the pipeline task.
fn spec(task: &Node) -> (&Node, bool) {
    task.get("spec").map_or((task, true), |spec| (spec, false))
}

impl Unit {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: UnitKind::Task,
            finally: false,
            members: Vec::new(),
            task_runs: None,
            pods: None,
            pod: None,
            workspaces: Vec::new(),
            start: 0.0,
            seconds: 0.0,
            claims: Vec::new(),
            tasks: 1,
            helpers: 0,
        }
    }

    /// Adds what the spec of its Task tells.
    fn fill(&mut self, subject: &Subject<'_>, scope: &Scope<'_>, run_spec: Option<&Node>, remarks: &mut Remarks) {
        let pod = Pod::of(scope, subject.step_actions, run_spec);
        pod.unsure.iter().for_each(|container| remarks.add(About::Unsure(container), &self.name));
        if run_spec.is_some_and(|spec| spec.get("computeResources").is_some()) {
            remarks.add(About::RunResources, &self.name);
        }
        self.pod = Some(pod);
        let claim = |volume: &Node| {
            let name = volume.get("persistentVolumeClaim")?.get("claimName")?.as_str()?;
            Some(scope.text(volume, name).to_string())
        };
        self.claims = items(scope.spec, "volumes").iter().filter_map(claim).collect();
    }
}

/// The workspaces of the Pipeline that a pipeline task binds, and those that the text of an embedded spec names
/// (`propagateWorkspaces`, `pkg/reconciler/pipelinerun/pipelinerun.go`, v1.15).
fn bound(subject: &Subject<'_>, task: &Node, embedded: Option<&Node>) -> Vec<String> {
    let binding = |node: &Node| node.get("workspace").or(node.get("name"))?.as_str().map(str::to_owned);
    let mut names: BTreeSet<String> = items(task, "workspaces").iter().filter_map(binding).collect();
    if let Some(spec) = embedded {
        each_text(spec, &mut |text| {
            for variable in Template::parse(text).variables() {
                let Variable::Workspace(name, property) = variable else { continue };
                let is_known = subject.pipeline.workspace_names().any(|known| known.value == *name);
                if *property != WorkspaceProperty::Bound && is_known && named(task, "workspaces", name).is_none() {
                    names.insert(name.clone());
                }
            }
        });
    }
    names.into_iter().collect()
}
