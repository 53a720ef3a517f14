//! Control flow of members that one TaskRun cannot have for each of them.

use super::{Subject, cut, matrix};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::Variable;
use crate::graph::references;
use crate::group::GroupPlan;
use crate::model::PipelineTask;
use crate::source::Span;
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    reads(subject, diagnostics);
}

/// What is read of a member that only a task of its own has: reason, matrix lengths, artifacts; and statuses that nobody could
/// tell.
fn reads(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let spec_of = |task: &PipelineTask| -> Vec<Node> {
        let entries = task.node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
        entries.filter(|entry| entry.key != "taskSpec").map(|entry| entry.value.clone()).collect()
    };
    let results = subject.pipeline.results.iter().map(|result| result.value.clone());
    let nodes = subject.pipeline.tasks.iter().flat_map(spec_of).chain(results);
    for reference in nodes.flat_map(|node| references(subject.sources, &node)) {
        let (task, code, what) = match &reference.variable {
            Variable::Status { task: None, .. } => {
                aggregate(subject, reference.span, diagnostics);
                continue;
            }
            Variable::Status { task: Some(task), property } => {
                (task, Code::MemberStatusRead, format!("the {property}"))
            }
            variable if matrix::is_length(subject, variable) => continue,
            Variable::TaskOther { task, rest } => (task, Code::MemberPropertyRead, format!("`{rest}`")),
            _ => continue,
        };
        let Some(member) = subject.pipeline.tasks.iter().position(|other| other.name.value == *task) else { continue };
        let Some(group) = subject.group_of(member) else { continue };
        let name = &group.name.value;
        let why = match &reference.variable {
            Variable::Status { property, .. } if property == "status" => match may_not_start(subject, group) {
                Some(why) => format!("but the group `{name}` {why}, and then nobody would tell it"),
                None => continue,
            },
            _ => format!("but the group `{name}` has one for all its members"),
        };
        let place = Diagnostic::new(code, format!("{what} of `{task}` is read, {why}")).at(reference.span, "read here");
        let place = place.at(group.place(member), format!("`{task}` is put into `{name}` here"));
        diagnostics.push(place.help(cut::around(subject, group, &[member])));
    }
}

/// Why a group may not start in an ordinary run, if so: nothing of its members can be known then.
fn may_not_start(subject: &Subject<'_>, group: &GroupPlan) -> Option<String> {
    if group.common_when(subject.pipeline).is_some() {
        return Some("may be skipped by its `when`".to_owned());
    }
    let before = group.members.iter().flat_map(|member| subject.graph.predecessors(*member));
    let outside = before.into_iter().find(|task| !group.members.contains(task))?;
    Some(format!("does not start if `{}` fails", subject.name(outside)))
}

/// `$(tasks.status)` knows of skipped tasks and of forgiven failures; a skip inside a group is none, nor is such a failure.
fn aggregate(subject: &Subject<'_>, span: Span, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let members = || subject.members(group).filter(|(_, task)| !task.finally);
        let forgiven = members()
            .filter(|(_, task)| task.is_forgiven())
            .find_map(|(index, task)| Some((index, task.field("onError")?.span)));
        let guarded = members().find_map(|(index, task)| Some((index, task.when()?.span)));
        let guarded = guarded.filter(|_| group.common_when(subject.pipeline).is_none());
        let (code, what, (member, place)) = match (forgiven, guarded) {
            (Some(found), _) => (Code::MemberOnError, "may fail and be forgiven", found),
            (None, Some(found)) => (Code::MemberStatusRead, "may be skipped", found),
            (None, None) => continue,
        };
        let (task, name) = (subject.name(member), &group.name.value);
        let message = format!("`$(tasks.status)` would not tell any more that `{task}` {what} inside `{name}`");
        let told = Diagnostic::new(code, message).at(span, "read here").at(place, format!("of `{task}`"));
        diagnostics.push(told.help(cut::around(subject, group, &[member])));
    }
}
