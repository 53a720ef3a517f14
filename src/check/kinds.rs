//! Members that are no steps: custom tasks, Pipelines, finally tasks.

use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::group::GroupPlan;
use crate::model::TaskSource;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        for (index, task) in subject.members(group) {
            let name = &task.name.value;
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
        finally(subject, group, diagnostics);
    }
}

fn finally(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let members: Vec<usize> = subject.members(group).filter(|(_, task)| task.finally).map(|(index, _)| index).collect();
    if members.is_empty() {
        return;
    }
    let name = &group.name.value;
    let message = match members.len() == group.members.len() {
        true => format!("the group `{name}` is made of finally tasks, which run whether or not others fail"),
        false => format!("the group `{name}` mixes finally tasks with others; they run even after a failure"),
    };
    let mut place = Diagnostic::new(Code::FinallyMember, message);
    for &member in &members {
        place = place.at(group.place(member), format!("`{}` stands under `finally`", subject.name(member)));
    }
    diagnostics.push(place.help(cut::around(subject, group, &members)));
}
