//! Results of the Pipeline that are results of a member which may be skipped, or may fail.
//!
//! Tekton leaves a result of the Pipeline out if its task was skipped or failed without writing it, and fails the run if the
//! task succeeded without writing it (`ApplyTaskResultsToPipelineResults`,
//! `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15). The group's task succeeds though the member was skipped, or
//! failed with `onError: continue`. So a further task, the *results task*, runs if the member ran, and hands the values on.
//! Of a member that may fail each result has a task of its own: Tekton skips it if it does not get the value
//! (`IsFinallySkipped`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15). They stand under `finally`:
//! the values of a run that fails are reported as well, and among `tasks` none would start once another task has failed.

mod task;
mod told;

use std::collections::HashMap;

use super::names::{LABEL, Names};
use super::{Fused, Skip};
use crate::diag::{About, Diagnostics};
use crate::expr::{Template, Variable};
use crate::model::{Pipeline, join};
use crate::source::Span;
use crate::yaml::{Edit, Node, Segment, Value};

use task::Handed;

/// A result of a member: (its name, the result's name).
type Key = (String, String);

/// The results tasks of a Pipeline.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    tasks: Vec<Node>,
    /// The results task, with its own result, that has a member's result now.
    results: HashMap<Key, (String, String)>,
}

/// A member whose results are handed on.
struct Producer<'a> {
    group: &'a Fused,
    member: &'a str,
    /// If it may be skipped.
    skip: Option<&'a Skip>,
    /// Whether it may fail, and leave results out, without failing the run.
    forgiven: bool,
    /// Whether the group stands under `finally`.
    last: bool,
}

impl Carriers {
    /// Decides which results are handed on. What cannot be is an error.
    pub(super) fn plan(pipeline: &Pipeline, fused: &[Fused], diagnostics: &mut Diagnostics) -> Self {
        let mut carriers = Self::default();
        let mut names = Names::new(LABEL);
        pipeline.tasks.iter().for_each(|task| _ = names.take(&task.name.value));
        fused.iter().for_each(|group| _ = names.take(&group.name));
        for group in fused {
            for producer in producers(pipeline, group) {
                diagnostics.about(About::group(&group.name), |found| {
                    carriers.member(pipeline, &producer, &mut names, found);
                });
            }
        }
        carriers
    }

    /// The results of one member.
    fn member(
        &mut self,
        pipeline: &Pipeline,
        producer: &Producer<'_>,
        names: &mut Names,
        diagnostics: &mut Diagnostics,
    ) {
        let mut handed: Vec<Handed<'_>> = Vec::new();
        let mut first: Option<Span> = None;
        for (variable, span) in pipeline.results.iter().flat_map(|result| variables(&result.value)) {
            let Some(result) = read(&variable, producer.member) else { continue };
            if producer.last {
                diagnostics.push(told::finally(producer, &variable, span));
                continue;
            }
            let Some(found) = Handed::find(producer.group, producer.member, result, handed.len() + 1) else { continue };
            first.get_or_insert(span);
            if handed.iter().any(|other| other.result == *result) {
                continue;
            }
            match found.keys() {
                Err(()) => diagnostics.push(told::unknown_keys(producer, result, span)),
                Ok(_) => handed.push(found),
            }
        }
        let Some(span) = first.filter(|_| !handed.is_empty()) else { return };
        let together = if producer.forgiven { 1 } else { handed.len() };
        let mut added = Vec::new();
        for handed in handed.chunks(together) {
            let name = names.take(&format!("{}-results", producer.group.name));
            self.tasks.push(task::task(producer, &name, handed, span));
            for found in handed {
                let key = (producer.member.to_owned(), found.result.clone());
                self.results.insert(key, (name.clone(), found.name.clone()));
            }
            added.push(name);
        }
        told::differences(producer, &added, &handed, span, diagnostics);
    }

    /// What stands for a result of a member, or a part of it, in the results of the Pipeline.
    pub(super) fn follow(&self, task: &str, result: &str, part: &str) -> Option<Variable> {
        let (task, name) = self.results.get(&(task.to_owned(), result.to_owned()))?;
        Some(Variable::FinallyResult { task: task.clone(), rest: format!("{name}{part}") })
    }

    /// The results tasks themselves.
    pub(super) fn into_tasks(self) -> Vec<Node> {
        self.tasks
    }

    /// The edits that put the results tasks into the Pipeline. `emptied`: nothing else remains under `finally`.
    pub(super) fn edits(&self, pipeline: &Pipeline, emptied: bool) -> Vec<Edit> {
        let path = join(&pipeline.path, [Segment::from("finally")]);
        let all = Node::sequence(pipeline.spec.span, self.tasks.clone());
        match (self.tasks.is_empty(), emptied) {
            (true, true) => return vec![Edit::Remove(path)],
            (true, false) => return Vec::new(),
            (false, true) => return vec![Edit::Replace(path, all)],
            (false, false) => {}
        }
        match pipeline.spec.get("finally") {
            Some(list) => match list.as_sequence() {
                Some(items) => {
                    let edit = |node: &Node| {
                        let (parent, at) = (path.clone(), items.len());
                        Edit::Insert { parent, at, key: None, node: node.clone() }
                    };
                    self.tasks.iter().map(edit).collect()
                }
                None => vec![Edit::Replace(path, all)],
            },
            None => {
                let entries = pipeline.spec.as_mapping().map_or(&[][..], |mapping| &mapping.entries);
                let tasks = entries.iter().position(|entry| entry.key == "tasks");
                let (parent, at) = (pipeline.path.clone(), tasks.map_or(entries.len(), |at| at + 1));
                vec![Edit::Insert { parent, at, key: Some("finally".to_owned()), node: all }]
            }
        }
    }
}

/// The members of a group that may leave a result out though the group's task succeeds.
fn producers<'a>(pipeline: &'a Pipeline, group: &'a Fused) -> Vec<Producer<'a>> {
    let last = group.members.iter().all(|&index| pipeline.tasks[index].finally);
    let producer = |&index: &usize| {
        let task = &pipeline.tasks[index];
        let member = task.name.value.as_str();
        let skip = group.skips.iter().find(|skip| skip.member == member);
        Producer { group, member, skip, forgiven: task.is_forgiven(), last }
    };
    let all = group.members.iter().map(producer);
    all.filter(|producer| producer.skip.is_some() || producer.forgiven).collect()
}

/// The result of a member that a variable is in the Pipeline's results.
fn read<'v>(variable: &'v Variable, member: &str) -> Option<&'v str> {
    match variable {
        Variable::TaskResult { task, result, .. } if task == member => Some(result),
        Variable::FinallyResult { task, rest } if task == member => Some(super::pipeline::split_rest(rest).0),
        _ => None,
    }
}

/// The variables in the strings below a node, each with its place.
fn variables(node: &Node) -> Vec<(Variable, Span)> {
    match &node.value {
        Value::Scalar(_) => {
            let template = Template::parse(node.as_str().unwrap_or_default());
            template.variables().map(|variable| (variable.clone(), node.span)).collect()
        }
        Value::Sequence(items) => items.iter().flat_map(variables).collect(),
        Value::Mapping(mapping) => mapping.entries.iter().flat_map(|entry| variables(&entry.value)).collect(),
    }
}

#[cfg(test)]
mod tests;
