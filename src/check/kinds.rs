//! Members that are no steps: custom tasks, Pipelines.

use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics, enumerate};
use crate::group::GroupPlan;
use crate::model::TaskSource;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        for (index, task) in subject.members(group) {
            let name = &task.name.value;
            one_source(subject, group, index, diagnostics);
            let (code, message, span, text) = match &task.source {
                TaskSource::Custom(span) => {
                    let message = format!("`{name}` is a custom task: a controller of its own runs it, not a pod");
                    (Code::CustomTaskMember, message, *span, "no Tekton Task")
                }
                TaskSource::Pipeline(span) => {
                    let message = format!("`{name}` is a whole Pipeline, which cannot be steps of a pod");
                    (Code::PipelineMember, message, *span, "a Pipeline")
                }
                _ => continue,
            };
            let place = Diagnostic::new(code, message).at(span, text).at(group.place(index), "put into the group here");
            diagnostics.push(place.help(cut::around(subject, group, &[index])));
        }
    }
}

/// The fields that say what a pipeline task runs, of which Tekton takes exactly one (`PipelineTask.validateRefOrSpec`,
/// `pkg/apis/pipeline/v1/pipeline_types.go`, v1.15).
const SOURCES: [&str; 4] = ["taskRef", "taskSpec", "pipelineRef", "pipelineSpec"];

fn one_source(subject: &Subject<'_>, group: &GroupPlan, index: usize, diagnostics: &mut Diagnostics) {
    let task = subject.task(index);
    let found: Vec<_> = SOURCES.iter().filter_map(|&key| Some((key, task.field(key)?))).collect();
    if found.len() < 2 {
        return;
    }
    let names = enumerate(found.iter().map(|(key, _)| *key));
    let message = format!("`{}` has {names}; Tekton takes exactly one of them", task.name.value);
    let mut place = Diagnostic::new(Code::SeveralTasks, message);
    for (key, node) in found {
        place = place.at(node.span, format!("`{key}`"));
    }
    let place = place.at(group.place(index), "put into the group here");
    diagnostics.push(place.help("keep the one that is meant, and remove the others"));
}
