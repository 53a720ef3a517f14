//! Which tasks outside of a group feel that a member is skipped, and what Tekton makes of them before and after fusing
//! (`skip`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::Fused;
use super::super::member::has_result_references;
use crate::expr::Variable;
use crate::graph::{Cause, TaskGraph};
use crate::model::{Comparison, Pipeline, PipelineTask, cel};
use crate::yaml::Node;

/// Why a member is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Its own `when` says no: tasks that only wait for it run.
    When,
    /// Because of others: nothing behind it runs.
    Parent,
}

/// What Tekton does with a task when a member is skipped, the member being a task of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It is skipped, and so is all that waits for it.
    Parent,
    /// It is skipped by its own `when`, which compares with a result that is missing: what only waits for it runs.
    When,
    /// It is skipped; by its own `when` or not, nobody can tell.
    Skipped,
    /// It may run.
    Perhaps,
}

/// What Tekton does with it in the fused Pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    /// It needs a clause in its `when`: without one it would run, or fail the run.
    Guarded,
    /// It is skipped for want of a guarded task's result, and so is all that waits for it.
    Parent,
    /// Likewise, or by its own `when`.
    Skipped,
}

/// A task that feels the skip of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    /// Whether it waits for the member itself.
    pub(super) direct: bool,
    pub(super) before: Before,
    now: Now,
}

impl Reached {
    /// Whether it needs a clause.
    pub(super) fn is_guarded(&self) -> bool {
        self.now == Now::Guarded
    }
}

/// One task that another waits for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    task: usize,
    /// Whether it needs a result, not only the order.
    reads: bool,
}

/// The tasks of a Pipeline with what they wait for.
pub(super) struct Web<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// By member: the place of its group.
    pub(super) groups: HashMap<usize, usize>,
    /// All tasks, each behind those that it waits for.
    order: Vec<usize>,
    waits: Vec<Vec<Wait>>,
    /// The tasks that Tekton skips, instead of failing the run, if a result of a skipped task is missing.
    lenient: HashSet<usize>,
}

impl<'a> Web<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, graph: &TaskGraph, fused: &[Fused]) -> Self {
        let all: Vec<usize> = (0..pipeline.tasks.len()).collect();
        let mut waits: Vec<Vec<Wait>> = vec![Vec::new(); all.len()];
        for (from, to, edge) in graph.edges() {
            let reads = edge.cause != Cause::RunAfter;
            match waits[to].iter_mut().find(|wait| wait.task == from) {
                Some(known) => known.reads |= reads,
                None => waits[to].push(Wait { task: from, reads }),
            }
        }
        let members = |(at, group): (usize, &Fused)| group.members.iter().map(move |member| (*member, at)).collect();
        let groups = fused.iter().enumerate().flat_map(|group| -> Vec<_> { members(group) }).collect();
        let lenient = all.iter().copied().filter(|task| has_result_references(&pipeline.tasks[*task])).collect();
        Self { pipeline, groups, order: graph.order(&all), waits, lenient }
    }

    /// The tasks outside of a member's group that feel its skip.
    pub(super) fn reached(&self, member: usize, kind: Kind) -> BTreeMap<usize, Reached> {
        let own = self.groups.get(&member);
        let outside = |task: &&usize| self.groups.get(task).is_none_or(|group| Some(group) != own);
        let mut reached: BTreeMap<usize, Reached> = BTreeMap::new();
        for &task in self.order.iter().filter(outside) {
            let found = self.waits[task].iter().find(|wait| wait.task == member);
            let direct = found.is_some_and(|wait| wait.reads || kind == Kind::Parent);
            // What only waits for a task that its own `when` skips feels nothing of it.
            let feels = |(wait, other): &(Wait, Reached)| wait.reads || other.before != Before::When;
            let behind = self.waits[task].iter().filter_map(|wait| Some((*wait, *reached.get(&wait.task)?)));
            let behind: Vec<(Wait, Reached)> = behind.filter(feels).collect();
            // A finally task waits for nobody, and one that misses a result is skipped as before.
            let reads = found.is_some_and(|wait| wait.reads);
            if direct || !behind.is_empty() && !self.pipeline.tasks[task].finally {
                let before = self.before(task, direct, reads, &behind);
                reached.insert(task, Reached { direct, before, now: self.now(task, direct, &behind) });
            }
        }
        reached
    }

    /// `reads`: it needs a result of the member itself.
    fn before(&self, task: usize, direct: bool, reads: bool, behind: &[(Wait, Reached)]) -> Before {
        let skips = |(wait, other): &(Wait, Reached)| match other.before {
            Before::Parent => true,
            Before::When | Before::Skipped => wait.reads,
            Before::Perhaps => false,
        };
        let misses = reads || behind.iter().any(|(wait, other)| wait.reads && other.before != Before::Perhaps);
        match direct || behind.iter().any(skips) {
            true if misses && says_no(&self.pipeline.tasks[task]) => Before::When,
            true if self.pipeline.tasks[task].when().is_some() => Before::Skipped,
            true => Before::Parent,
            false => Before::Perhaps,
        }
    }

    fn now(&self, task: usize, direct: bool, behind: &[(Wait, Reached)]) -> Now {
        // A group gets a clause in any case: what its members read may not be read by its pipeline task.
        let alone = !self.groups.contains_key(&task);
        let lenient = self.lenient.contains(&task);
        let skips = |(wait, other): &(Wait, Reached)| wait.reads && lenient || other.now == Now::Parent;
        match alone && !direct && behind.iter().any(skips) {
            true if self.pipeline.tasks[task].when().is_some() => Now::Skipped,
            true => Now::Parent,
            false => Now::Guarded,
        }
    }

    /// Whether Tekton skips a task, instead of failing the run, if a result of a skipped task is missing.
    pub(super) fn is_lenient(&self, task: usize) -> bool {
        self.lenient.contains(&task)
    }

    /// Whether a task waits for another, and needs nothing of it.
    pub(super) fn only_waits(&self, task: usize, other: usize) -> bool {
        self.waits[task].iter().any(|wait| wait.task == other && !wait.reads)
    }
}

/// Whether the `when` of a task says no while references to results are not replaced.
fn says_no(task: &PipelineTask) -> bool {
    let entries = task.field("when").and_then(Node::as_sequence).unwrap_or_default();
    let comparisons = entries.iter().filter(|entry| cel(entry).is_none()).filter_map(Comparison::read);
    let refers = |comparison: &Comparison| comparison.variables().any(|it| matches!(it, Variable::TaskResult { .. }));
    comparisons.filter(refers).any(|comparison| !comparison.unresolved())
}
