//! Control flow of members that one TaskRun cannot have for each of them.

use super::{Subject, cut, matrix};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::Variable;
use crate::graph::references;
use crate::group::GroupPlan;
use crate::model::PipelineTask;
use crate::yaml::{Node, Value};

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        when(subject, group, diagnostics);
        for rule in &FIELDS {
            field(subject, group, rule, diagnostics);
        }
    }
    reads(subject, diagnostics);
}

/// A field of a pipeline task that belongs to a whole TaskRun.
struct FieldRule {
    key: &'static str,
    code: Code,
    /// Why members of a group cannot have it.
    why: &'static str,
    /// Values that mean the same as no field at all.
    harmless: &'static [&'static str],
}

const FIELDS: [FieldRule; 2] = [
    FieldRule {
        key: "onError",
        code: Code::MemberOnError,
        why: "a failure would be forgiven for the whole pod",
        harmless: &["stopAndFail"],
    },
    FieldRule {
        key: "retries",
        code: Code::MemberRetries,
        why: "Tekton could only run all members of the pod again",
        harmless: &["0"],
    },
];

fn field(subject: &Subject<'_>, group: &GroupPlan, rule: &FieldRule, diagnostics: &mut Diagnostics) {
    let harmless = |node: &Node| match &node.value {
        Value::Scalar(scalar) => rule.harmless.contains(&scalar.text.as_str()),
        Value::Mapping(mapping) => mapping.entries.is_empty(),
        Value::Sequence(_) => false,
    };
    let has = |(index, task): (usize, &'_ PipelineTask)| {
        let node = task.field(rule.key).filter(|node| !harmless(node))?;
        Some((index, node.span))
    };
    let found: Vec<_> = subject.members(group).filter_map(has).collect();
    if found.is_empty() {
        return;
    }
    let members: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
    let verb = if members.len() == 1 { "has" } else { "have" };
    let (names, name, key) = (subject.names(&members), &group.name.value, rule.key);
    let message = format!("{names} of the group `{name}` {verb} `{key}`: {}", rule.why);
    let mut diagnostic = Diagnostic::new(rule.code, message);
    for (index, span) in found {
        diagnostic = diagnostic.at(span, format!("of `{}`", subject.name(index)));
    }
    diagnostics.push(diagnostic.help(format!("{}, or remove `{key}`", cut::around(subject, group, &members))));
}

/// A condition that all members share becomes the fused task's; any other is refused.
fn when(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let condition = |task: &'_ PipelineTask| -> Option<Node> {
        task.field("when").filter(|node| node.as_sequence().is_none_or(|items| !items.is_empty())).cloned()
    };
    let conditions: Vec<_> = subject.members(group).map(|(index, task)| (index, condition(task))).collect();
    let Some((_, Some(first))) = conditions.iter().find(|(_, when)| when.is_some()) else { return };
    let guarded = conditions.iter().filter_map(|(index, when)| when.as_ref().map(|_| *index)).collect::<Vec<_>>();
    let shared = conditions.iter().all(|(_, when)| when.as_ref().is_some_and(|when| when.equivalent(first)));
    let inner = references(subject.sources, first).into_iter().find(|reference| {
        let task = read_task(&reference.variable);
        group.members.iter().any(|&member| task == Some(subject.name(member)))
    });
    let name = &group.name.value;
    let mut diagnostic = match (shared, inner) {
        (true, None) => return,
        (true, Some(reference)) => {
            let message = format!("the condition of the group `{name}` reads a result of one of its members");
            Diagnostic::new(Code::MemberWhen, message).at(reference.span, "known only while the group runs")
        }
        (false, _) => {
            let message = format!("the members of the group `{name}` run under different conditions");
            Diagnostic::new(Code::MemberWhen, message)
        }
    };
    let free = conditions.iter().position(|(_, when)| when.is_none());
    let shown = conditions.iter().enumerate().filter(|(at, (_, when))| when.is_some() || Some(*at) == free);
    for (_, (index, when)) in shown {
        let task = subject.name(*index);
        diagnostic = match when {
            Some(node) => diagnostic.at(node.span, format!("condition of `{task}`")),
            None => diagnostic.at(group.place(*index), format!("`{task}` has no `when`")),
        };
    }
    let help = format!("{}, or give every member the same `when`", cut::around(subject, group, &guarded));
    diagnostics.push(diagnostic.help(if shared { cut::around(subject, group, &guarded) } else { help }));
}

/// The task that a variable reads something of.
fn read_task(variable: &Variable) -> Option<&str> {
    match variable {
        Variable::TaskResult { task, .. } | Variable::TaskOther { task, .. } => Some(task),
        Variable::Status { task, .. } => task.as_deref(),
        _ => None,
    }
}

/// What is read of a member that only a task of its own has: status, reason, matrix lengths, artifacts.
fn reads(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let spec_of = |task: &PipelineTask| -> Vec<Node> {
        let entries = task.node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
        entries.filter(|entry| entry.key != "taskSpec").map(|entry| entry.value.clone()).collect()
    };
    let results = subject.pipeline.results.iter().map(|result| result.value.clone());
    let nodes = subject.pipeline.tasks.iter().flat_map(spec_of).chain(results);
    for reference in nodes.flat_map(|node| references(subject.sources, &node)) {
        let (task, code, what) = match &reference.variable {
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
        let message = format!("{what} of `{task}` is read, but the group `{name}` has one status for all its members");
        let place = Diagnostic::new(code, message).at(reference.span, "read here");
        let place = place.at(group.place(member), format!("`{task}` is put into `{name}` here"));
        diagnostics.push(place.help(cut::around(subject, group, &[member])));
    }
}
