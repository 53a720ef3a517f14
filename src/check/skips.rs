//! Tasks before a group that may be skipped: with one of them goes the whole group, where unfused only some members did.

use std::collections::{BTreeSet, HashSet};

use super::{Subject, cut};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::graph::Cause;
use crate::group::GroupPlan;

/// How a task may be skipped in a run in which nothing fails (`skip` of
/// `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).
#[derive(Clone, Copy, Default)]
struct Skips {
    /// By its own `when`: what only waits for it runs.
    by_when: bool,
    /// Because of others: what waits for it is skipped as well.
    by_parent: bool,
}

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    if !subject.graph.is_acyclic() || subject.pipeline.tasks.iter().all(|task| task.when().is_none()) {
        return;
    }
    let mut web = Web { skips: vec![Skips::default(); subject.pipeline.tasks.len()], reads: HashSet::new() };
    let results = subject.graph.edges().filter(|(.., edge)| matches!(edge.cause, Cause::Result(_)));
    web.reads.extend(results.map(|(from, to, _)| (from, to)));
    let all: Vec<usize> = (0..subject.pipeline.tasks.len()).filter(|&task| !subject.task(task).finally).collect();
    for task in subject.graph.order(&all) {
        let by_when = subject.task(task).when().is_some();
        let by_parent = subject.graph.predecessors(task).into_iter().any(|before| web.goes_with(before, task));
        web.skips[task] = Skips { by_when, by_parent };
    }
    for group in subject.groups.iter().filter(|group| group.members.iter().any(|&member| !subject.task(member).finally))
    {
        whole_group(subject, group, &web, diagnostics);
    }
}

/// The tasks of a Pipeline.
struct Web {
    skips: Vec<Skips>,
    /// Pairs of tasks of which the second one reads results of the first one.
    reads: HashSet<(usize, usize)>,
}

impl Web {
    /// Whether `task`, which waits for `before`, is skipped with it.
    fn goes_with(&self, before: usize, task: usize) -> bool {
        let Skips { by_when, by_parent } = self.skips[before];
        by_parent || by_when && self.reads.contains(&(before, task))
    }
}

fn whole_group(subject: &Subject<'_>, group: &GroupPlan, web: &Web, diagnostics: &mut Diagnostics) {
    let before = group.members.iter().flat_map(|&member| subject.graph.predecessors(member));
    let outside: BTreeSet<usize> = before.filter(|task| !group.members.contains(task)).collect();
    for task in outside {
        let (with, without): (Vec<usize>, Vec<usize>) = group
            .members
            .iter()
            .copied()
            .partition(|&member| waits(subject, task, member) && web.goes_with(task, member));
        if with.is_empty() || without.is_empty() {
            continue;
        }
        let (name, before) = (&group.name.value, subject.name(task));
        let message = format!(
            "if `{before}` is skipped, all of the group `{name}` is, where only {} would be",
            subject.names(&with)
        );
        let mut told = Diagnostic::new(Code::SkippedWhole, message);
        if let Some(edge) = with.iter().find_map(|&member| subject.graph.edges_between(task, member).next()) {
            told = told.at(edge.span, format!("the group waits for `{before}`"));
        }
        let behind = group.members.iter().flat_map(|&member| subject.graph.descendants(member));
        let concerned: BTreeSet<usize> = group.members.iter().copied().chain(behind).collect();
        let told = subject.about(told, group, &concerned.into_iter().collect::<Vec<_>>());
        let told = told.only_if(Condition::TaskSkipped(before.to_owned()));
        diagnostics.push(told.help(cut::around(subject, group, &with)));
    }
}

/// Whether a task waits for another one itself.
fn waits(subject: &Subject<'_>, before: usize, task: usize) -> bool {
    subject.graph.predecessors(task).contains(&before)
}
