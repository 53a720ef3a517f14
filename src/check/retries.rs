//! Members that are tried again.
//!
//! Tekton tries a TaskRun again as a whole: all its steps run once more, in a new pod (`retryTaskRun`,
//! `pkg/reconciler/taskrun/taskrun.go`, v1.15).

use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::Variable;
use crate::graph::{Reference, references};
use crate::group::{GroupPlan, Run};
use crate::source::Span;

/// A member that is tried again, how often, and where it says so.
struct Retried {
    member: usize,
    times: u32,
    span: Span,
}

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let found = retried(subject, group, diagnostics);
        let most = found.iter().map(|retried| retried.times).max();
        match (most, group.options.retries) {
            (None, _) => {}
            (Some(_), None) => diagnostics.push(refused(subject, group, &found)),
            (Some(most), Some(option)) => {
                count_reads(subject, group, most, diagnostics);
                diagnostics.push(told(subject, group, &found, most, option));
            }
        }
    }
}

fn retried(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) -> Vec<Retried> {
    let mut found = Vec::new();
    for (member, task) in subject.members(group) {
        let Some(node) = task.field("retries") else { continue };
        match task.retries() {
            Some(0) => {}
            Some(times) => found.push(Retried { member, times, span: node.span }),
            None => {
                let message = format!("the `retries` of `{}` are no whole number", task.name.value);
                let place = Diagnostic::new(Code::WrongType, message).at(node.span, "this");
                diagnostics.push(place.help("write how often it is tried again, as in `retries: 2`"));
            }
        }
    }
    found
}

fn refused(subject: &Subject<'_>, group: &GroupPlan, found: &[Retried]) -> Diagnostic {
    let members: Vec<usize> = found.iter().map(|retried| retried.member).collect();
    let verb = if members.len() == 1 { "has" } else { "have" };
    let (names, name) = (subject.names(&members), &group.name.value);
    let why = "Tekton could only run all members of the pod again";
    let mut place =
        Diagnostic::new(Code::MemberRetries, format!("{names} of the group `{name}` {verb} `retries`: {why}"));
    for retried in found {
        place = place.at(retried.span, format!("of `{}`", subject.name(retried.member)));
    }
    let cut = cut::around(subject, group, &members);
    let whole = "if all members may run again, give the group the option `retries: whole-group`";
    place.help(format!("{cut}, or remove `retries`; {whole}"))
}

fn told(subject: &Subject<'_>, group: &GroupPlan, found: &[Retried], most: u32, option: Span) -> Diagnostic {
    let times = if most == 1 { "once".to_owned() } else { format!("up to {most} times") };
    let mut message = format!("if the group `{}` fails, all its members run again, {times}", group.name.value);
    let always: Vec<usize> = group.members.iter().copied().filter(|&member| group.run(member) == Run::Always).collect();
    if !always.is_empty() {
        let verb = if always.len() == 1 { "runs" } else { "run" };
        message = format!("{message}; {} {verb} at the end of every attempt", subject.names(&always));
    }
    let mut place = subject.about(Diagnostic::new(Code::GroupRetries, message), group, &group.members);
    for retried in found {
        let text = format!("unfused, only `{}` is tried again for this", subject.name(retried.member));
        place = place.at(retried.span, text);
    }
    place.at(option, "asked for here").help("make sure that each member can run again on the files which all have left")
}

/// Refuses members that read how often they are tried, where the group has another number.
fn count_reads(subject: &Subject<'_>, group: &GroupPlan, most: u32, diagnostics: &mut Diagnostics) {
    for (member, task) in subject.members(group) {
        let name = &task.name.value;
        let other = task.retries() != Some(most);
        let counts = |reference: &Reference| match &reference.variable {
            Variable::Context(what) => what == "task.retry-count" || (what == "pipelineTask.retries" && other),
            _ => false,
        };
        let spec = subject.resolved(member).map(|resolved| &resolved.spec.node);
        let params = task.params.iter().map(|param| &param.node);
        let found = params.chain(spec).flat_map(|node| references(subject.sources, node));
        for Reference { variable, span } in found.filter(counts) {
            let message =
                format!("`{name}` reads `$({variable})`, which would be that of the group `{}`", group.name.value);
            let place = Diagnostic::new(Code::MemberRetries, message).at(span, "read here");
            let place = place.at(group.place(member), format!("`{name}` is put into the group here"));
            diagnostics.push(place.help(cut::around(subject, group, &[member])));
        }
    }
}
