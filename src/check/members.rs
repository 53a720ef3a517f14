//! Names, and who is in which group.

use std::collections::{BTreeMap, HashMap};

use super::Subject;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::group::{GroupPlan, name};
use crate::source::Span;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    nameless(subject, diagnostics);
    duplicate_names(subject, diagnostics);
    two_groups(subject, diagnostics);
    for group in subject.groups {
        bad_name(subject, group, diagnostics);
        named_like_task(subject, group, diagnostics);
    }
}

/// The fused Task is named after its Pipeline, and Kubernetes takes nothing without a name.
fn nameless(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let pipeline = subject.pipeline;
    if !pipeline.name.value.is_empty() {
        return;
    }
    let (what, help) = match pipeline.inline {
        true => ("the run with the Pipeline", "add `name: ...` or `generateName: ...` to its `metadata`"),
        false => ("the Pipeline", "add `name: ...` to its `metadata`"),
    };
    let place = pipeline.metadata.as_ref().map_or(pipeline.name.span, |metadata| metadata.span);
    let told = Diagnostic::new(Code::MissingName, format!("{what} has groups but no name")).at(place, "no name here");
    diagnostics.push(told.help(help));
}

fn duplicate_names(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let mut known: HashMap<&str, Span> = HashMap::new();
    for task in &subject.pipeline.tasks {
        let Some(&first) = known.get(task.name.value.as_str()) else {
            known.insert(&task.name.value, task.name.span);
            continue;
        };
        let message = format!("two tasks are called `{}`", task.name.value);
        let place = Diagnostic::new(Code::DuplicateTaskName, message).at(task.name.span, "second");
        let help = "give one of them another name; names are unique over `tasks` and `finally`";
        diagnostics.push(place.at(first, "first").help(help));
    }
}

fn two_groups(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let mut groups: BTreeMap<usize, Vec<&GroupPlan>> = BTreeMap::new();
    for group in subject.groups {
        group.members.iter().for_each(|&member| groups.entry(member).or_default().push(group));
    }
    for (task, groups) in groups {
        let Some((first, others)) = groups.split_first() else { continue };
        for other in others {
            let (name, one, two) = (subject.name(task), &first.name.value, &other.name.value);
            let message = format!("`{name}` is in two groups, `{one}` and `{two}`");
            let place = Diagnostic::new(Code::TaskInTwoGroups, message).at(other.place(task), format!("in `{two}`"));
            let help = format!("take `{name}` out of `{one}` or out of `{two}`, or make one group of both");
            diagnostics.push(place.at(first.place(task), format!("in `{one}`")).help(help));
        }
    }
}

fn bad_name(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let Some(fault) = name::fault(&group.name.value) else { return };
    let message = format!("`{}` cannot be the name of a pipeline task: {fault}", group.name.value);
    let help = format!("call it `{}`", free(subject, &name::propose(&group.name.value)));
    diagnostics.push(Diagnostic::new(Code::BadGroupName, message).at(group.name.span, "this name").help(help));
}

fn named_like_task(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let Some(task) = subject.pipeline.tasks.iter().find(|task| task.name.value == group.name.value) else { return };
    let message = format!("the group `{}` has the name of a task", group.name.value);
    let place = Diagnostic::new(Code::GroupNamedLikeTask, message).at(group.name.span, "the group");
    let help = format!("call the group `{}`", free(subject, &format!("{}-group", group.name.value)));
    diagnostics.push(place.at(task.name.span, "the task").help(help));
}

/// `name`, or `name-2` and so on, whichever no task and no group has.
fn free(subject: &Subject<'_>, name: &str) -> String {
    let taken = |name: &str| {
        subject.pipeline.tasks.iter().any(|task| task.name.value == name)
            || subject.groups.iter().any(|group| group.name.value == name)
    };
    let numbered = (2..).map(|number| name::shorten(&format!("{name}-{number}"), name::MAX));
    let mut candidates = std::iter::once(name::shorten(name, name::MAX)).chain(numbered);
    candidates.find(|candidate| !taken(candidate)).unwrap_or_else(|| name.to_owned())
}
