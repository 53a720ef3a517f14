//! A member with a `matrix`: copies of it, one after another, and a helper step that gathers their results.

use super::helper::{Helper, Helpers};
use super::member::Member;
use super::names::{StepNames, result_file};
use super::params::Params;
use super::pipeline::Readers;
use super::results::{PlannedResult, StepKey};
use super::scope::Outer;
use super::steps::Draft;
use super::told;
use crate::diag::Diagnostics;
use crate::expr::{Access, ParamName, Template, Variable};
use crate::group::GroupPlan;
use crate::matrix::{Frozen, combinations};
use crate::model::{Param, Pipeline, RunParam};
use crate::resolve::Resolved;
use crate::shell::{self, Gather};

/// One combination of a member's matrix.
#[derive(Debug)]
pub struct Copy {
    /// What the copy is called: no task has that name.
    pub(super) name: String,
    /// Its number: Tekton counts from 0.
    pub(super) number: usize,
    /// How many there are.
    pub(super) count: usize,
    /// The params that it passes beside those of the pipeline task.
    pub(super) params: Vec<Param>,
    /// What the first copy must make sure of.
    pub(super) frozen: Vec<Frozen>,
}

/// The copies of the members with a `matrix`, by their places in `Pipeline::tasks`.
#[derive(Debug, Default)]
pub struct Copies(Vec<(usize, Vec<Copy>)>);

impl Copies {
    /// Writes out every matrix among these tasks. The checks have made sure that it can be.
    pub fn of(pipeline: &Pipeline, tasks: impl Iterator<Item = usize>, run_params: &[RunParam]) -> Self {
        let copies = |index: usize| {
            let task = pipeline.tasks.get(index)?;
            let combinations = combinations(pipeline, run_params, task).ok().flatten()?;
            let count = combinations.list.len();
            let prefix = prefix(pipeline, &task.name.value, count);
            let copy = |(number, params): (usize, Vec<Param>)| {
                let frozen = if number == 0 { combinations.frozen.clone() } else { Vec::new() };
                Copy { name: format!("{prefix}-{number}"), number, count, params, frozen }
            };
            Some((index, combinations.list.into_iter().enumerate().map(copy).collect()))
        };
        Self(tasks.filter_map(copies).collect())
    }

    fn get(&self, index: usize) -> Option<&[Copy]> {
        self.0.iter().find(|(task, _)| *task == index).map(|(_, copies)| copies.as_slice())
    }

    /// The members of a group with their Tasks, if all were found; one with a matrix as often as it runs.
    pub fn members<'p>(
        &'p self,
        pipeline: &'p Pipeline,
        group: &GroupPlan,
        resolved: &[Option<Resolved<'p>>],
        run_params: &'p [RunParam],
    ) -> Option<Vec<Member<'p>>> {
        let mut members = Vec::new();
        for &index in &group.members {
            let (task, resolved) = (&pipeline.tasks[index], resolved.get(index).copied().flatten()?);
            let single = Member { index, task, resolved, pipeline, run_params, copy: None };
            match self.get(index) {
                Some(copies) => members.extend(copies.iter().map(|copy| Member { copy: Some(copy), ..single })),
                None => members.push(single),
            }
        }
        Some(members)
    }
}

/// What the names of copies begin with, so that none is a task's.
fn prefix(pipeline: &Pipeline, task: &str, count: usize) -> String {
    let is_free = |prefix: &str| {
        let mut names = pipeline.tasks.iter().map(|task| task.name.value.as_str());
        !names.any(|name| (0..count).any(|number| name == format!("{prefix}-{number}")))
    };
    let mut prefix = task.to_owned();
    while !is_free(&prefix) {
        prefix.push_str("-copy");
    }
    prefix
}

/// The helper steps of copies, with their names.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By the last copy of each matrix: the step that gathers results, and which.
    gather: Vec<(usize, String, Vec<String>)>,
    /// By the first copy of each matrix: a step per param whose length counts.
    counts: Vec<(usize, Vec<String>)>,
}

impl Plan {
    /// Decides which helper steps there are. Results are gathered that anybody reads.
    pub(super) fn new(members: &[Member<'_>], readers: &Readers, names: &mut StepNames) -> Self {
        let mut plan = Self::default();
        for (index, member) in members.iter().enumerate() {
            let Some(copy) = member.copy else { continue };
            if !copy.frozen.is_empty() {
                let wanted = format!("{}-fuse-count", member.name());
                plan.counts.push((index, copy.frozen.iter().map(|_| names.take(&wanted)).collect()));
            }
            let results = member.spec().results.iter().map(|result| &result.name.value);
            let read: Vec<String> = results.filter(|result| readers.has_any(member.name(), result)).cloned().collect();
            if copy.number + 1 == copy.count && !read.is_empty() {
                plan.gather.push((index, names.take(&format!("{}-fuse-collector", member.name())), read));
            }
        }
        plan
    }

    /// Where a result of all copies is written, if the member is the last copy and the result is read.
    pub(super) fn gathered(&self, member: usize, result: &str) -> Option<String> {
        let (_, step, _) =
            self.gather.iter().find(|(last, _, read)| *last == member && read.iter().any(|read| read == result))?;
        Some(result_file(step, result))
    }

    /// The name of a helper step.
    pub(super) fn step(&self, member: usize, key: StepKey) -> Option<&str> {
        match key {
            StepKey::Gather => self.gather.iter().find(|(last, ..)| *last == member).map(|(_, name, _)| name.as_str()),
            StepKey::Count(nth) => {
                let (_, names) = self.counts.iter().find(|(first, _)| *first == member)?;
                names.get(nth).map(String::as_str)
            }
            _ => None,
        }
    }

    /// The steps before the first copy: each fails if a run gives a param another number of elements than the copies were made
    /// for. (Fewer are refused by Tekton before that: `ValidateParamArrayIndex`,
    /// `pkg/reconciler/pipelinerun/resources/validate_params.go`, v1.15.)
    pub(super) fn count_steps(
        &self,
        index: usize,
        member: &Member<'_>,
        outer: &Outer<'_>,
        (params, helpers): (&mut Params, &Helpers),
        diagnostics: &mut Diagnostics,
    ) -> Vec<Draft> {
        let frozen = member.copy.map_or(&[][..], |copy| &copy.frozen);
        let step = |(nth, frozen): (usize, &Frozen)| {
            let key = StepKey::Count(nth);
            let name = self.step(index, key)?.to_owned();
            let all = Variable::Param(ParamName::Plain(frozen.param.clone()), Access::Star);
            let script = shell::count_script(&frozen.param, frozen.count);
            let security = member.spec().steps.first().and_then(|step| step.get("securityContext")).cloned();
            let helper = Helper { name, member: index, key, script, security, span: frozen.span };
            let mut draft = helpers.step(helper);
            draft.args = Some(vec![params.outer_reference(&all, outer, frozen.span)]);
            diagnostics.push(told::count(member, &draft, &frozen.param));
            Some(draft)
        };
        frozen.iter().enumerate().filter_map(step).collect()
    }

    /// The step after the last copy that gathers the results of all. Tekton lists them in the order of the TaskRuns' names, so
    /// 10 comes before 2, and leaves out those that were not written (`createResultsCacheMatrixedTaskRuns`,
    /// `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).
    pub(super) fn gather_step(
        &self,
        index: usize,
        members: &[Member<'_>],
        results: &super::results::Results,
        helpers: &Helpers,
        diagnostics: &mut Diagnostics,
    ) -> Option<Draft> {
        let (_, name, read) = self.gather.iter().find(|(last, ..)| *last == index)?;
        let member = members.get(index)?;
        let copies = members.iter().enumerate().filter(|(_, other)| other.index == member.index);
        let mut copies: Vec<(String, usize)> =
            copies.filter_map(|(at, other)| Some((other.copy?.number.to_string(), at))).collect();
        copies.sort();
        let gather = |result: &String| Gather {
            from: copies.iter().filter_map(|(_, at)| Some(results.get(*at, result)?.file.clone())).collect(),
            to: results.gathered(index, result).map_or_else(String::new, |gathered| gathered.file.clone()),
        };
        let script = shell::gather_script(&read.iter().map(gather).collect::<Vec<_>>());
        let security = member.spec().steps.last().and_then(|step| step.get("securityContext")).cloned();
        let span = member.task.name.span;
        let draft =
            helpers.step(Helper { name: name.clone(), member: index, key: StepKey::Gather, script, security, span });
        let exported = |result: &&PlannedResult| {
            result.export.as_ref().is_some_and(|export| matches!(export.step, Some((StepKey::Gather, _))))
        };
        let exported: Vec<&str> =
            results.of(index).iter().filter(exported).map(|result| result.name.as_str()).collect();
        diagnostics.push(told::gather(member, &draft, &exported));
        Some(draft)
    }
}

/// A text that names a number of combinations, as the number.
pub(super) fn length_text(rest: &str, count: usize) -> Option<Template> {
    (rest == "matrix.length").then(|| Template::text(count.to_string()))
}

#[cfg(test)]
mod tests;
