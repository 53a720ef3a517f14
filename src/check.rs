//! Is the plan valid: can each group be one pod?
//!
//! Every rule looks at every group and reports all it finds; a rule that needs another one to hold keeps quiet where
//! that one has spoken already.

mod control;
mod cut;
mod finally;
mod fs_group;
mod kinds;
mod made;
mod matrix;
mod members;
mod order;
mod pod;
mod pod_volumes;
mod requests;
mod results;
mod retries;
mod runs;
mod skips;
mod terms;
mod unknown;
mod volumes;

use std::collections::HashMap;

use crate::diag::{Diagnostic, Diagnostics, enumerate};
use crate::graph::TaskGraph;
use crate::group::GroupPlan;
use crate::model::{Pipeline, PipelineTask, Run};
use crate::resolve::Resolved;
use crate::source::Sources;

pub use runs::runs_of;

/// What is checked: a Pipeline with its groups.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The texts, to point into them.
    pub sources: &'a Sources,
    /// The Pipeline.
    pub pipeline: &'a Pipeline,
    /// Its task graph.
    pub graph: &'a TaskGraph,
    /// Its groups.
    pub groups: &'a [GroupPlan],
    /// By index into `Pipeline::tasks`: what a member runs. `None` for other tasks and where nothing was found (which
    /// is reported by `resolve`).
    pub resolved: &'a [Option<Resolved<'a>>],
    /// The runs of this Pipeline among the inputs.
    pub runs: &'a [&'a Run],
}

impl<'a> Subject<'a> {
    fn task(&self, index: usize) -> &'a PipelineTask {
        &self.pipeline.tasks[index]
    }

    fn name(&self, index: usize) -> &'a str {
        &self.task(index).name.value
    }

    fn resolved(&self, index: usize) -> Option<Resolved<'a>> {
        self.resolved.get(index).copied().flatten()
    }

    /// `a`, `b` and `c`.
    fn names(&self, tasks: &[usize]) -> String {
        enumerate(tasks.iter().map(|&task| self.name(task)))
    }

    /// The members of a group whose names it knows.
    fn members(&self, group: &'a GroupPlan) -> impl Iterator<Item = (usize, &'a PipelineTask)> {
        group.members.iter().map(|&index| (index, &self.pipeline.tasks[index]))
    }

    /// The groups by their members.
    fn owners(&self) -> HashMap<usize, &'a GroupPlan> {
        self.groups.iter().flat_map(|group| group.members.iter().map(move |&member| (member, group))).collect()
    }

    /// A diagnostic that is about a group and these tasks.
    fn about(&self, diagnostic: Diagnostic, group: &GroupPlan, tasks: &[usize]) -> Diagnostic {
        let mut diagnostic = diagnostic.of(tasks.iter().map(|&task| self.name(task)));
        diagnostic.about.group = Some(group.name.value.clone());
        diagnostic
    }

    /// The group that a task is a member of.
    fn group_of(&self, task: usize) -> Option<&'a GroupPlan> {
        self.groups.iter().find(|group| group.members.contains(&task))
    }
}

/// Checks all groups of a Pipeline. Nothing may be fused if `diagnostics` has an error afterwards.
pub fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    if subject.groups.is_empty() {
        return;
    }
    subject.graph.problems().iter().for_each(|problem| diagnostics.push(problem.clone()));
    members::check(subject, diagnostics);
    kinds::check(subject, diagnostics);
    finally::check(subject, diagnostics);
    unknown::check(subject, diagnostics);
    order::check(subject, diagnostics);
    control::check(subject, diagnostics);
    retries::check(subject, diagnostics);
    matrix::check(subject, diagnostics);
    skips::check(subject, diagnostics);
    pod::check(subject, diagnostics);
    volumes::check(subject, diagnostics);
    runs::check(subject, diagnostics);
    fs_group::check(subject, diagnostics);
    pod_volumes::check(subject, diagnostics);
    results::check(subject, diagnostics);
    made::check(subject, diagnostics);
    requests::check(subject, diagnostics);
    order::costs(subject, diagnostics);
    matrix::costs(subject, diagnostics);
}

#[cfg(test)]
mod tests;
