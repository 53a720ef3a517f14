//! The order of things: paths that leave a group and come back, groups that wait for each other, lost parallelism.

use std::collections::BTreeSet;

use super::{Subject, cut, finally};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity, enumerate};
use crate::graph::Unit;
use crate::group::{GroupPlan, Run};

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    if !subject.graph.is_acyclic() {
        return;
    }
    let mut convex = Vec::new();
    for group in subject.groups {
        match subject.graph.detour(ordered(subject, group)) {
            Some(path) => diagnostics.push(not_convex(subject, group, &path)),
            None => convex.push(group),
        }
    }
    let mut seen = BTreeSet::new();
    let disjoint = convex.iter().flat_map(|group| &group.members).all(|task| seen.insert(task));
    if disjoint {
        let members: Vec<&[usize]> = convex.iter().map(|group| ordered(subject, group)).collect();
        let cycles = subject.graph.group_cycles(&members);
        cycles.iter().for_each(|cycle| diagnostics.push(group_cycle(subject, &convex, cycle)));
    }
}

/// The members that stand under `tasks`. Finally tasks, which stand behind them, wait for all of them: `finally` sees to it.
fn ordered<'g>(subject: &Subject<'_>, group: &'g GroupPlan) -> &'g [usize] {
    let end = group.members.iter().position(|&member| subject.task(member).finally);
    &group.members[..end.unwrap_or(group.members.len())]
}

/// Tells what each group costs in time. Only a valid plan runs in the order that is shown.
pub(super) fn costs(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    if !diagnostics.has_errors() {
        subject.groups.iter().for_each(|group| lost_parallelism(subject, group, diagnostics));
        finally::tell(subject, diagnostics);
    }
}

fn not_convex(subject: &Subject<'_>, group: &GroupPlan, path: &[usize]) -> Diagnostic {
    let shown = path.iter().map(|&task| subject.name(task)).collect::<Vec<_>>().join(" -> ");
    let message = format!("a path leaves the group `{}` and comes back: {shown}", group.name.value);
    let mut diagnostic = Diagnostic::new(Code::NotConvex, message);
    for pair in path.windows(2) {
        let Some(edge) = subject.graph.edges_between(pair[0], pair[1]).next() else { continue };
        let text = format!("`{}` waits for `{}`", subject.name(pair[1]), subject.name(pair[0]));
        diagnostic = diagnostic.at(edge.span, text);
    }
    let outside = subject.graph.between(ordered(subject, group));
    let can_join = outside.iter().all(|&task| subject.group_of(task).is_none());
    let add = can_join.then(|| format!("add {} to the group", subject.names(&outside)));
    let split = cut::pieces(subject, group, ordered(subject, group)).map(|pieces| format!("split it: {pieces}"));
    let help = add.into_iter().chain(split).collect::<Vec<_>>().join(", or ");
    diagnostic.at(group.span, "the group").help(if help.is_empty() { "remove the group".to_owned() } else { help })
}

fn group_cycle(subject: &Subject<'_>, groups: &[&GroupPlan], cycle: &[Unit]) -> Diagnostic {
    let name = |unit: Unit| match unit {
        Unit::Group(group) => groups.get(group).map_or("", |group| group.name.value.as_str()),
        Unit::Task(task) => subject.name(task),
    };
    let shown = cycle.iter().map(|&unit| name(unit)).collect::<Vec<_>>().join(" -> ");
    let mut diagnostic = Diagnostic::new(Code::GroupCycle, format!("groups wait for each other: {shown}"));
    let tasks = |unit: Unit| match unit {
        Unit::Group(group) => groups.get(group).map_or(Vec::new(), |group| group.members.clone()),
        Unit::Task(task) => vec![task],
    };
    for pair in cycle.windows(2) {
        let (from, to) = (tasks(pair[0]), tasks(pair[1]));
        let edge = subject.graph.edges().find(|(a, b, _)| from.contains(a) && to.contains(b));
        let Some((a, b, edge)) = edge else { continue };
        diagnostic = diagnostic.at(edge.span, format!("`{}` waits for `{}`", subject.name(b), subject.name(a)));
    }
    let help = cycle_help(subject, groups, cycle, &name);
    diagnostic.help(help)
}

/// Cutting one group of the cycle into what the others need and what needs the others helps, unless they are
/// entangled more than once; one group of everything always does.
fn cycle_help<'a>(
    subject: &Subject<'a>,
    groups: &[&'a GroupPlan],
    cycle: &[Unit],
    name: &dyn Fn(Unit) -> &'a str,
) -> String {
    let others = |at: usize| -> Vec<usize> {
        let others =
            groups.iter().enumerate().filter(|(other, _)| *other != at && cycle.contains(&Unit::Group(*other)));
        others.flat_map(|(_, group)| group.members.clone()).collect()
    };
    for unit in cycle {
        let Unit::Group(at) = *unit else { continue };
        let Some(group) = groups.get(at) else { continue };
        let others = others(at);
        let waits = |&task: &usize| !subject.graph.ancestors(task).is_disjoint(&others.iter().copied().collect());
        let (late, early): (Vec<usize>, Vec<usize>) = group.members.iter().copied().partition(waits);
        let mut cut: Vec<&[usize]> = groups.iter().map(|group| group.members.as_slice()).collect();
        cut[at] = &early;
        cut.push(&late);
        if !early.is_empty() && !late.is_empty() && subject.graph.group_cycles(&cut).is_empty() {
            return format!(
                "cut `{}` between {} and {}",
                group.name.value,
                subject.names(&early),
                subject.names(&late)
            );
        }
    }
    let all = cycle.split_last().map_or(cycle, |(_, rest)| rest).iter().map(|&unit| name(unit));
    format!("make one group of {}", enumerate(all))
}

/// Tells what could run at the same time and no longer does, and whether that makes the Pipeline longer.
fn lost_parallelism(subject: &Subject<'_>, group: &GroupPlan, diagnostics: &mut Diagnostics) {
    let (parallel, waiting) = (unordered(subject, group), waiting(subject, group));
    let before = subject.graph.longest_path().unwrap_or_default();
    let after = subject.graph.longest_path_with(ordered(subject, group)).unwrap_or_default();
    let mut lost = Vec::new();
    if !parallel.is_empty() {
        let names = subject.names(&parallel);
        let plain = parallel.iter().any(|&member| group.run(member) == Run::Plain);
        let failure = if plain { ", and a failure keeps the later ones from starting" } else { "" };
        let now = format!("run one after another{failure}");
        lost.push(format!("{names} could run at the same time; in the pod they {now}"));
    }
    if !waiting.is_empty() {
        let verb = if waiting.len() == 1 { "waits" } else { "wait" };
        lost.push(format!("{} {verb} for all of the group, not only for a part of it", subject.names(&waiting)));
    }
    let held_back = held_back(subject, group);
    if lost.is_empty() && !held_back.is_empty() {
        lost.push(format!("the group `{}` starts only when all its members could", group.name.value));
    }
    if lost.is_empty() {
        return;
    }
    let lost = lost.join("; ");
    let order = group.members.iter().map(|&task| subject.name(task)).collect::<Vec<_>>().join(", ");
    // What waits for these in turn starts later, or not at all, because of them: a finally task for want of a result.
    let readers = parallel.iter().chain(&held_back).flat_map(|&member| subject.graph.successors(member));
    let readers = readers.filter(|&task| subject.task(task).finally && !group.members.contains(&task)).collect();
    let mut concerned = [parallel, held_back, waiting, readers].concat();
    concerned.sort_unstable();
    concerned.dedup();
    let place = |message: String| {
        let told = Diagnostic::new(Code::LostParallelism, message);
        subject.about(told, group, &concerned).at(group.span, format!("runs in the order {order}"))
    };
    diagnostics.push(match after > before {
        true => place(format!("{lost}; the longest path grows from {before} to {}", tasks(after)))
            .help("leave tasks that take long out of the group, or accept the longer path"),
        false => {
            let note = place(format!("{lost}; the longest path stays at {}", tasks(before)));
            Diagnostic { severity: Severity::Note, ..note }
        }
    });
}

/// `1 task`, `2 tasks`.
fn tasks(count: usize) -> String {
    if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") }
}

/// The tasks outside that wait for a member directly, but not for every member.
fn waiting(subject: &Subject<'_>, group: &GroupPlan) -> Vec<usize> {
    let members: BTreeSet<usize> = group.members.iter().copied().collect();
    let after: BTreeSet<usize> = group.members.iter().flat_map(|&member| subject.graph.successors(member)).collect();
    let outside = after.into_iter().filter(|task| !members.contains(task) && !subject.task(*task).finally);
    outside.filter(|&task| subject.graph.members_before(task, &members).len() < members.len()).collect()
}

/// The members that wait for more tasks outside of the group than they did.
fn held_back(subject: &Subject<'_>, group: &GroupPlan) -> Vec<usize> {
    let before = |member: usize| subject.graph.predecessors(member);
    let members: BTreeSet<usize> = ordered(subject, group).iter().copied().collect();
    let outside: BTreeSet<usize> = members.iter().flat_map(|&member| before(member)).collect();
    let outside = &outside - &members;
    let mut others = BTreeSet::new();
    for &member in ordered(subject, group) {
        let direct = before(member);
        let waited = !direct.is_disjoint(&others)
            || outside.is_subset(&direct)
            || outside.is_subset(&subject.graph.ancestors(member));
        if waited {
            others.insert(member);
        }
    }
    (&members - &others).into_iter().collect()
}

/// The members that could run at the same time as another one.
fn unordered(subject: &Subject<'_>, group: &GroupPlan) -> Vec<usize> {
    let members: BTreeSet<usize> = ordered(subject, group).iter().copied().collect();
    let above = |member| (member, subject.graph.ancestors_within(member, &members));
    let ancestors: Vec<_> = ordered(subject, group).iter().copied().map(above).collect();
    let beside = |(one, above): &&(usize, BTreeSet<usize>)| {
        ancestors.iter().any(|(two, theirs)| one != two && !above.contains(two) && !theirs.contains(one))
    };
    ancestors.iter().filter(beside).map(|(member, _)| *member).collect()
}
