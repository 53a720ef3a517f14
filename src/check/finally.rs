//! Finally tasks in groups: where a pod can stand for what Tekton does with them.
//!
//! They start once all tasks under `spec.tasks` have ended, run beside each other, and one of them that asks for a result which
//! is not there is skipped (`GetFinalTasks` in `pkg/reconciler/pipelinerun/resources/pipelinerunstate.go` and
//! `IsFinallySkipped` in `pipelinerunresolution.go`, v1.15).

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::Variable;
use crate::graph::{Cause, Reference, references};
use crate::group::GroupPlan;
use crate::model::TaskSource;
use crate::source::Span;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let (last, others): (Vec<usize>, Vec<usize>) =
            group.members.iter().partition(|&&member| subject.task(member).finally);
        match (last.is_empty(), others.is_empty()) {
            (true, _) => {}
            (false, true) => same_reads(subject, group, diagnostics),
            (false, false) => {
                all_tasks(subject, group, &last, diagnostics);
                outcome_read_inside(subject, group, &last, diagnostics);
                outcome_read_beside(subject, group, &last, diagnostics);
            }
        }
    }
}

/// Tells what finally tasks of a group wait for, and who waits for them, that did not.
pub(super) fn tell(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let last: Vec<usize> = group.members.iter().copied().filter(|&member| subject.task(member).finally).collect();
        let mixed = last.len() < group.members.len();
        let beside = if mixed && !last.is_empty() { finally_outside(subject, group) } else { Vec::new() };
        let mut told = Vec::new();
        if last.len() > 1 {
            told.push(format!("{} would start together; in the pod they run one after another", subject.names(&last)));
        }
        if !beside.is_empty() {
            let verb = if beside.len() == 1 { "starts" } else { "start" };
            let (beside, last) = (subject.names(&beside), subject.names(&last));
            told.push(format!("{beside} {verb} when {last} has ended, not beside it"));
        }
        if told.is_empty() {
            continue;
        }
        let order = group.members.iter().map(|&task| subject.name(task)).collect::<Vec<_>>().join(", ");
        let note = Diagnostic::new(Code::FinallySerial, told.join("; "));
        let note = subject.about(note, group, &[last, beside].concat());
        diagnostics.push(note.at(group.span, format!("runs in the order {order}")));
    }
}

/// A result of a task under `spec.tasks`: the task, and its name.
type Read<'a> = (usize, &'a str);

/// The results without which Tekton skips a finally task.
fn reads<'s>(subject: &Subject<'s>, task: usize) -> BTreeSet<Read<'s>> {
    let edges = subject.graph.edges().filter(|(_, to, _)| *to == task);
    let result = |(from, _, edge): (usize, usize, &'s crate::graph::Edge)| match &edge.cause {
        Cause::Result(result) => Some((from, result.as_str())),
        _ => None,
    };
    edges.filter_map(result).collect()
}

/// Finally tasks that are one task are skipped together.
fn same_reads(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let mut kinds: Vec<(BTreeSet<Read<'_>>, Vec<usize>)> = Vec::new();
    for &member in &group.members {
        let reads = reads(subject, member);
        match kinds.iter_mut().find(|(other, _)| *other == reads) {
            Some((_, members)) => members.push(member),
            None => kinds.push((reads, vec![member])),
        }
    }
    if kinds.len() < 2 {
        return;
    }
    // Most members stay; of as many, those that need less.
    let stays =
        |(_, (reads, members)): &(usize, &(BTreeSet<Read<'_>>, Vec<usize>))| (Reverse(members.len()), reads.len());
    let Some((at, _)) = kinds.iter().enumerate().min_by_key(stays) else { return };
    let (common, _) = kinds.remove(at);
    let out: Vec<usize> = kinds.iter().flat_map(|(_, members)| members.iter().copied()).collect();
    let name = &group.name.value;
    let message = format!(
        "the finally tasks of the group `{name}` need different results: one that is missing would skip them all"
    );
    let mut place = Diagnostic::new(Code::FinallyMember, message);
    for (reads, members) in &kinds {
        for &member in members {
            let task = subject.name(member);
            for &(from, result) in reads.difference(&common) {
                let text = format!("`{task}` needs `{result}` of `{}`, others do not", subject.name(from));
                place = place.at(read_at(subject, (from, result), member), text);
            }
            if let Some(&(from, result)) = common.difference(reads).next() {
                let text = format!("`{task}` does without `{result}` of `{}`", subject.name(from));
                place = place.at(group.place(member), text);
            }
        }
    }
    diagnostics.push(place.help(cut::around(subject, group, &out)));
}

/// Where a task asks for a result.
fn read_at(subject: &Subject<'_>, (from, result): Read<'_>, task: usize) -> Span {
    let mut edges = subject.graph.edges_between(from, task);
    let edge = edges.find(|edge| edge.cause == Cause::Result(result.to_owned()));
    edge.map_or(subject.task(task).name.span, |edge| edge.span)
}

/// A finally task starts when all others have ended, so that only a group of all of them can end with it.
fn all_tasks(subject: &Subject<'_>, group: &GroupPlan, last: &[usize], diagnostics: &mut Diagnostics) {
    let outside: Vec<usize> = (0..subject.pipeline.tasks.len())
        .filter(|task| !subject.task(*task).finally && !group.members.contains(task))
        .collect();
    let Some(&first) = outside.first() else { return };
    let (name, last_names) = (&group.name.value, subject.names(last));
    let waits = if last.len() == 1 { "waits" } else { "wait" };
    let message =
        format!("{last_names} {waits} for all tasks under `tasks`, and the group `{name}` does not hold all of them");
    let mut place = Diagnostic::new(Code::FinallyMember, message);
    for &member in last {
        place = place.at(group.place(member), format!("`{}` stands under `finally`", subject.name(member)));
    }
    let more = match outside.len() {
        1 => String::new(),
        count => format!(", nor are {} more", count - 1),
    };
    let place = place.at(subject.task(first).name.span, format!("`{}` is not in the group{more}", subject.name(first)));
    let can_join = |&task: &usize| {
        let fits = !matches!(subject.task(task).source, TaskSource::Custom(_) | TaskSource::Pipeline(_));
        fits && subject.group_of(task).is_none()
    };
    let leave = cut::around(subject, group, last);
    diagnostics.push(place.help(match outside.iter().all(can_join) {
        true => format!("add {} to the group, or {leave}", subject.names(&outside)),
        false => leave,
    }));
}

/// A member cannot know how all tasks end: its own group is one of them.
fn outcome_read_inside(subject: &Subject<'_>, group: &GroupPlan, last: &[usize], diagnostics: &mut Diagnostics) {
    for &member in last {
        let Some(span) = reads_outcome(subject, member) else { continue };
        let (task, name) = (subject.name(member), &group.name.value);
        let message =
            format!("`{task}` reads how all tasks ended, which Tekton knows only when the group `{name}` has ended");
        let place = Diagnostic::new(Code::MemberStatusRead, message).at(span, "read here");
        let place = place.at(group.place(member), format!("`{task}` is put into `{name}` here"));
        diagnostics.push(place.help(cut::around(subject, group, &[member])));
    }
}

/// A finally task beside the group would count the group's finally tasks among those whose outcome it reads.
fn outcome_read_beside(subject: &Subject<'_>, group: &GroupPlan, last: &[usize], diagnostics: &mut Diagnostics) {
    let readers = finally_outside(subject, group).into_iter();
    let Some((reader, span)) = readers.filter_map(|task| Some((task, reads_outcome(subject, task)?))).next() else {
        return;
    };
    let (task, names, name) = (subject.name(reader), subject.names(last), &group.name.value);
    let message = format!("`{task}` reads how all tasks ended, and the group `{name}` would count {names} among them");
    let mut place = Diagnostic::new(Code::MemberStatusRead, message).at(span, "read here");
    for &member in last {
        place = place.at(group.place(member), format!("`{}` is put into `{name}` here", subject.name(member)));
    }
    diagnostics.push(place.help(cut::around(subject, group, last)));
}

/// The finally tasks that are not in a group.
fn finally_outside(subject: &Subject<'_>, group: &GroupPlan) -> Vec<usize> {
    let outside = |task: &usize| subject.task(*task).finally && !group.members.contains(task);
    (0..subject.pipeline.tasks.len()).filter(outside).collect()
}

/// Where a task reads `$(tasks.status)`.
fn reads_outcome(subject: &Subject<'_>, task: usize) -> Option<Span> {
    let found = references(subject.sources, &subject.task(task).node).into_iter();
    let is_outcome = |reference: &Reference| matches!(reference.variable, Variable::Status { task: None, .. });
    found.filter(is_outcome).map(|reference| reference.span).next()
}
