//! What is said of the tasks around a group with members that may be skipped.

use std::collections::BTreeSet;

use super::super::Fused;
use super::super::member::each_text;
use super::Case;
use super::reach::{Before, Kind, Web};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, enumerate, list};
use crate::expr::{Template, Variable};
use crate::source::Span;
use crate::yaml::Node;

/// Everything that differs around a group.
pub(super) fn differences(web: &Web<'_>, group: &Fused, cases: &[Case<'_>], diagnostics: &mut Diagnostics) {
    guarded(web, group, cases, diagnostics);
    for case in cases {
        wider(web, case, diagnostics);
        failing(web, case, diagnostics);
    }
    behind_skipped_group(web, group, cases, diagnostics);
}

/// Tasks that are skipped as before, and for which Tekton gives another reason.
fn guarded(web: &Web<'_>, group: &Fused, cases: &[Case<'_>], diagnostics: &mut Diagnostics) {
    let tasks: BTreeSet<usize> = cases.iter().flat_map(|case| case.reached.keys().copied()).collect();
    let Some(first) = tasks.first() else { return };
    let mut members: Vec<String> = cases.iter().map(|case| format!("`{}`", case.skip.member)).collect();
    members.dedup();
    let verb = if tasks.len() == 1 { "looks" } else { "look" };
    let message = format!(
        "{} {verb} whether {} of the group `{}` ran, by a `when` that is added",
        web.names(&tasks),
        list(&members, "or"),
        group.name
    );
    let place = Diagnostic::new(Code::ReaderGuarded, message).at(web.span(*first), "behind the member");
    let place = place.of(tasks.iter().map(|task| web.name(*task))).only_if(Condition::MemberSkipped);
    diagnostics
        .push(place.help("they are skipped with the member as before, but Tekton names the `when` as the reason"));
}

/// Tasks that could run though the member was skipped: they only wait for one whose own `when` had said no.
fn wider(web: &Web<'_>, case: &Case<'_>, diagnostics: &mut Diagnostics) {
    let perhaps: BTreeSet<usize> = case.with(Before::Perhaps).collect();
    let is_cause = |task: &usize| perhaps.iter().any(|behind| web.only_waits(*behind, *task));
    let causes: BTreeSet<usize> = case.with(Before::Skipped).filter(is_cause).collect();
    let Some(&cause) = causes.first() else { return };
    let member = &case.skip.member;
    let message = format!(
        "{} could run when `{member}` was skipped and the `when` of {} said no as well, and cannot now",
        web.names(&perhaps),
        web.names(&causes),
    );
    let when = web.pipeline.tasks[cause].field("when").map_or(web.span(cause), |when| when.span);
    let mut place = Diagnostic::new(Code::SkipWider, message).at(when, "this condition is not told from the skip");
    if let Some(&first) = perhaps.first() {
        place = place.at(web.span(first), "skipped now");
    }
    let place = place.of(perhaps.iter().map(|task| web.name(*task))).only_if(Condition::MemberSkipped);
    diagnostics.push(place.help(format!("leave `{member}` out of the group if that matters")));
}

/// Readers for whose missing result Tekton fails the run, or never ends it.
fn failing(web: &Web<'_>, case: &Case<'_>, diagnostics: &mut Diagnostics) {
    let strict = case.reached.iter().filter(|(task, reached)| reached.direct && !web.is_lenient(**task));
    for (&task, _) in strict {
        let finally = web.pipeline.tasks[task].finally;
        if !finally && case.kind == Kind::Parent {
            continue; // Skipped with its parent before anybody looks for the result.
        }
        let (member, name) = (&case.skip.member, web.name(task));
        let was = if finally { "the run did not end" } else { "the run failed" };
        let message = format!("`{name}` is skipped when `{member}` is; {was} over the missing result");
        let place = Diagnostic::new(Code::SkipWider, message)
            .at(web.span(task), "reads a result, though not in `params` or `when`")
            .of([name])
            .only_if(Condition::MemberSkipped);
        diagnostics
            .push(place.help(format!("pass the result of `{member}` in `params`, and it is skipped either way")));
    }
}

/// Tasks that only wait for the group run if its own `when` says no. With a clause, they need a result of it.
fn behind_skipped_group(web: &Web<'_>, group: &Fused, cases: &[Case<'_>], diagnostics: &mut Diagnostics) {
    let Some(when) = group.entry.get("when") else { return };
    let readers = group.members.iter().flat_map(|&member| web.reached(member, Kind::When));
    let readers: BTreeSet<usize> = readers.map(|(task, _)| task).collect();
    let guarded = cases.iter().flat_map(|case| case.reached.iter().filter(|(_, reached)| reached.is_guarded()));
    let lost: BTreeSet<usize> = guarded.map(|(task, _)| *task).filter(|task| !readers.contains(task)).collect();
    let Some(&first) = lost.first() else { return };
    let message =
        format!("{} ran when the `when` of the group `{}` said no, and cannot now", web.names(&lost), group.name);
    let place = Diagnostic::new(Code::SkipWider, message).at(web.span(first), "waits for a member of it");
    let place = place.at(when.span, "this condition").of(lost.iter().map(|task| web.name(*task)));
    let place = place.only_if(Condition::MemberSkipped);
    diagnostics.push(place.help("give the condition to single members, or leave one of them out of the group"));
}

/// Results that Tekton puts into a text without waiting for them: it leaves the text as it is if there is none, where
/// the fused Task of a skipped member has an empty one.
pub(super) fn unwaited(web: &Web<'_>, group: &Fused, diagnostics: &mut Diagnostics) {
    for (index, task) in web.pipeline.tasks.iter().enumerate().filter(|(index, _)| !group.members.contains(index)) {
        let own = task.node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
        let own = own.filter(|entry| !WAITED_FOR.contains(&entry.key.as_str()) && entry.key != "displayName");
        let embedded = task.field("taskSpec").and_then(Node::as_mapping).into_iter().flat_map(|spec| &spec.entries);
        let embedded = embedded.filter(|entry| !["steps", "sidecars", "description"].contains(&entry.key.as_str()));
        for entry in own.chain(embedded) {
            let mut read = None;
            each_text(&entry.value, &mut |text| {
                read = read.take().or_else(|| Template::parse(text).variables().find_map(|it| skippable(group, it)));
            });
            if let Some(member) = read {
                let (name, key) = (web.name(index), &entry.key);
                let message = format!("`{name}` reads a result of `{member}` in `{key}`, where a skip cannot be shown");
                let place = Diagnostic::new(Code::ResultOfSkipped, message).at(entry.value.span, "read here");
                diagnostics.push(place.help(format!("pass it in `params`, or leave `{member}` out of the group")));
            }
        }
    }
}

/// Fields of a pipeline task whose references make it wait, and `taskSpec`, of which only a part does.
const WAITED_FOR: &[&str] = &["params", "when", "matrix", "taskSpec"];

/// The member that may be skipped whose result a variable is.
fn skippable(group: &Fused, variable: &Variable) -> Option<String> {
    let Variable::TaskResult { task, .. } = variable else { return None };
    group.skips.iter().any(|skip| skip.member == *task).then(|| task.clone())
}

/// A group of which only some members may run.
pub(super) fn torn(web: &Web<'_>, other: &Fused, case: &Case<'_>, left: &[usize]) -> Diagnostic {
    let left: BTreeSet<usize> = left.iter().copied().collect();
    let felt: BTreeSet<usize> =
        other.members.iter().copied().filter(|member| case.reached.contains_key(member)).collect();
    let member = &case.skip.member;
    let verb = if felt.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} of the group `{}` {verb} skipped with `{member}` of the group `{}`, and {} not",
        web.names(&felt),
        other.name,
        case.group.name,
        web.names(&left)
    );
    let mut place = Diagnostic::new(Code::MemberWhen, message);
    if let (Some(&felt), Some(&left)) = (felt.first(), left.first()) {
        place = place.at(web.span(felt), "skipped").at(web.span(left), "not skipped");
    }
    place.help(format!(
        "merge the groups `{}` and `{}`, or leave {} out of `{}`",
        case.group.name,
        other.name,
        web.names(&felt),
        other.name
    ))
}

impl Case<'_> {
    fn with(&self, before: Before) -> impl Iterator<Item = usize> {
        self.reached.iter().filter(move |(_, reached)| reached.before == before).map(|(task, _)| *task)
    }
}

impl<'a> Web<'a> {
    fn name(&self, task: usize) -> &'a str {
        &self.pipeline.tasks[task].name.value
    }

    fn span(&self, task: usize) -> Span {
        self.pipeline.tasks[task].name.span
    }

    fn names(&self, tasks: &BTreeSet<usize>) -> String {
        enumerate(tasks.iter().map(|task| self.name(*task)))
    }
}
