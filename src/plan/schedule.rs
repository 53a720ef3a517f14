//! When each unit runs, from who waits for whom and from what is assumed about times.

use std::collections::{BTreeMap, BTreeSet};

use super::units::{Unit, Units};
use super::{Change, Estimates, Requests, rounded};
use crate::resources::Amounts;

/// Gives each unit its start and its duration. `volumes` are the claims that each mounts. Units under `finally` start when
/// all others have ended.
pub(super) fn schedule(units: &mut Units, volumes: &[BTreeSet<String>], estimates: &Estimates) {
    let order = order(units);
    let mut mounted: Vec<BTreeSet<String>> = vec![BTreeSet::new(); units.list.len()];
    for at in order {
        let before = waited_for(units, at);
        let start = before.iter().map(|&other| end(&units.list[other])).fold(0.0, f64::max);
        let known: BTreeSet<String> = before.iter().flat_map(|&other| mounted[other].iter().cloned()).collect();
        let volume = match volumes[at].iter().all(|volume| known.contains(volume)) {
            true if volumes[at].is_empty() => 0.0,
            true => estimates.volume_reattach,
            false => estimates.volume_attach,
        };
        mounted[at] = known.union(&volumes[at]).cloned().collect();
        let unit = &mut units.list[at];
        unit.start = rounded(start);
        unit.seconds = rounded(own_seconds(unit, estimates) + if unit.pods == Some(0) { 0.0 } else { volume });
    }
}

/// How long a unit takes without its volumes. One whose steps are not known has one.
fn own_seconds(unit: &Unit, estimates: &Estimates) -> f64 {
    let steps = unit.pod.as_ref().map_or(1, |pod| pod.steps);
    let times = steps.saturating_sub(unit.helpers);
    let start = if unit.pods == Some(0) { 0.0 } else { estimates.pod_start };
    start + count(times) * estimates.step_time + count(steps.saturating_sub(1)) * estimates.step_handover
}

#[allow(clippy::cast_precision_loss, reason = "nobody has that many")]
fn count(number: usize) -> f64 {
    number as f64
}

fn end(unit: &Unit) -> f64 {
    unit.start + unit.seconds
}

/// The units that a unit waits for.
fn waited_for(units: &Units, at: usize) -> Vec<usize> {
    if units.list[at].finally {
        return (0..units.list.len()).filter(|&other| !units.list[other].finally).collect();
    }
    units.edges.iter().filter(|(_, to)| *to == at).map(|(from, _)| *from).collect()
}

/// Units in an order in which each comes behind those that it waits for; those of a cycle come last.
fn order(units: &Units) -> Vec<usize> {
    let mut left: Vec<usize> = (0..units.list.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_ready = |at: &usize| waited_for(units, *at).iter().all(|other| order.contains(other));
        let (ready, rest): (Vec<usize>, Vec<usize>) = left.iter().partition(|at| is_ready(at));
        if ready.is_empty() {
            order.extend(rest);
            break;
        }
        order.extend(ready);
        left = rest;
    }
    order
}

/// The units that decide how long the run takes, in the order in which they run.
pub(super) fn critical(units: &Units) -> Vec<usize> {
    let last = |of: &[usize]| {
        of.iter().copied().max_by(|&a, &b| end(&units.list[a]).total_cmp(&end(&units.list[b])).then(b.cmp(&a)))
    };
    let all: Vec<usize> = (0..units.list.len()).collect();
    let mut path: Vec<usize> = Vec::new();
    let mut next = last(&all);
    while let Some(at) = next.filter(|at| !path.contains(at)) {
        path.push(at);
        next = last(&waited_for(units, at));
    }
    path.reverse();
    path
}

/// How many tasks run one after another on the longest path of those under `tasks`; a group counts as often as it has tasks.
pub(super) fn longest_in_tasks(units: &Units) -> usize {
    let mut to = vec![0; units.list.len()];
    for at in order(units).into_iter().filter(|&at| !units.list[at].finally) {
        let before = waited_for(units, at).into_iter().map(|other| to[other]).max().unwrap_or(0);
        to[at] = before + units.list[at].tasks;
    }
    to.into_iter().max().unwrap_or(0)
}

/// How long the members of a group take from the start of the first to the end of the last, each with its own `seconds`,
/// if nothing outside holds them up; those under `finally` come behind the others.
pub(super) fn span(units: &Units, members: &[usize]) -> f64 {
    let mut ends: BTreeMap<usize, f64> = BTreeMap::new();
    for at in order(units).into_iter().filter(|at| members.contains(at)) {
        let before = waited_for(units, at);
        let start = before.iter().filter_map(|other| ends.get(other)).copied().fold(0.0, f64::max);
        ends.insert(at, start + units.list[at].seconds);
    }
    rounded(ends.into_values().fold(0.0, f64::max))
}

/// The most that pods ask for at one time, per resource. Pods ask from their start to their end; at the moment in which one
/// ends and another starts, only the later one counts.
pub(super) fn peak<'u>(units: impl Iterator<Item = &'u Unit> + Clone) -> Requests {
    let mut peak = Amounts::default();
    for now in units.clone().map(|unit| unit.start) {
        let mut sum = Amounts::default();
        let running = units.clone().filter(|unit| unit.start <= now && now < end(unit));
        running.for_each(|unit| sum.add(&requests(unit)));
        peak.raise(&sum);
    }
    Requests(peak)
}

/// What all pods of a unit ask for.
fn requests(unit: &Unit) -> Amounts {
    let mut sum = Amounts::default();
    if let Some(pod) = &unit.pod {
        (0..unit.pods.unwrap_or(1)).for_each(|_| sum.add(&pod.requests.0));
    }
    sum
}

/// Requests times seconds, by resource: CPUs and things that are counted by one, bytes in GiB.
pub(super) fn request_seconds<'u>(units: impl Iterator<Item = &'u Unit>) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for unit in units {
        for (resource, amount) in requests(unit).iter().filter(|(_, amount)| !amount.is_zero()) {
            *sums.entry(resource.to_owned()).or_default() += amount.as_f64() / measure(resource) * unit.seconds;
        }
    }
    sums.values_mut().for_each(|sum| *sum = rounded(*sum));
    sums
}

/// What amounts of a resource are counted by.
fn measure(resource: &str) -> f64 {
    if is_bytes(resource) { f64::from(1 << 30) } else { 1.0 }
}

/// Whether amounts of a resource are bytes.
pub(super) fn is_bytes(resource: &str) -> bool {
    ["memory", "ephemeral-storage"].contains(&resource) || resource.starts_with("hugepages-")
}

/// The time of a group, before and after.
pub(super) fn group_seconds(before: &Units, members: &[usize], after: Option<&Unit>) -> Change<f64> {
    let before = span(before, members);
    Change { before, after: after.map_or(before, |unit| unit.seconds) }
}
