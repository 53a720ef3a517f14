//! When each unit runs, from who waits for whom and from what is assumed about times.

use std::collections::{BTreeMap, BTreeSet};

use super::units::{Unit, Units};
use super::{Change, Estimates, Requests, rounded};
use crate::resources::Amounts;

/// Who waits for whom, worked out once.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// By unit: the units that it waits for. Those under `finally` wait for all others.
    before: Vec<Vec<usize>>,
    /// Units in an order in which each comes behind those that it waits for; those of a cycle come last.
    order: Vec<usize>,
}

impl Waits {
    pub(super) fn of(units: &Units) -> Self {
        let all = 0..units.list.len();
        let ordered: Vec<usize> = all.clone().filter(|&at| !units.list[at].finally).collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); units.list.len()];
        units.edges.iter().for_each(|&(from, to)| before[to].push(from));
        all.clone().filter(|&at| units.list[at].finally).for_each(|at| before[at].clone_from(&ordered));
        let mut behind: Vec<Vec<usize>> = vec![Vec::new(); units.list.len()];
        before.iter().enumerate().for_each(|(to, from)| from.iter().for_each(|&from| behind[from].push(to)));
        let mut left: Vec<usize> = before.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = all.clone().filter(|&at| left[at] == 0).collect();
        let mut next = 0;
        while let Some(&at) = order.get(next) {
            next += 1;
            for &later in &behind[at] {
                left[later] -= 1;
                order.extend((left[later] == 0).then_some(later));
            }
        }
        let cyclic: Vec<usize> = all.filter(|at| left[*at] > 0).collect();
        order.extend(cyclic);
        Self { before, order }
    }
}

/// Gives each unit its start and its duration. `volumes` are the claims that each mounts.
pub(super) fn schedule(units: &mut Units, waits: &Waits, volumes: &[BTreeSet<String>], estimates: &Estimates) {
    let mut mounted: Vec<BTreeSet<String>> = vec![BTreeSet::new(); units.list.len()];
    for &at in &waits.order {
        let before = &waits.before[at];
        let start = before.iter().map(|&other| end(&units.list[other])).fold(0.0, f64::max);
        let known: BTreeSet<String> = before.iter().flat_map(|&other| mounted[other].iter().cloned()).collect();
        let volume = match volumes[at].is_subset(&known) {
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
    rounded(unit.start + unit.seconds)
}

/// The units that decide how long the run takes, in the order in which they run.
pub(super) fn critical(units: &Units, waits: &Waits) -> Vec<usize> {
    let last = |of: &[usize]| {
        of.iter().copied().max_by(|&a, &b| end(&units.list[a]).total_cmp(&end(&units.list[b])).then(b.cmp(&a)))
    };
    let all: Vec<usize> = (0..units.list.len()).collect();
    let mut path: Vec<usize> = Vec::new();
    let mut next = last(&all);
    while let Some(at) = next.filter(|at| !path.contains(at)) {
        path.push(at);
        next = last(&waits.before[at]);
    }
    path.reverse();
    path
}

/// How many tasks run one after another on the longest path of those under `tasks`; a group counts as often as it has tasks.
pub(super) fn longest_in_tasks(units: &Units, waits: &Waits) -> usize {
    let mut to = vec![0; units.list.len()];
    for &at in waits.order.iter().filter(|&&at| !units.list[at].finally) {
        let before = waits.before[at].iter().map(|&other| to[other]).max().unwrap_or(0);
        to[at] = before + units.list[at].tasks;
    }
    to.into_iter().max().unwrap_or(0)
}

/// How long the members of a group take from the start of the first to the end of the last, each with its own `seconds`,
/// if nothing outside holds them up; those under `finally` come behind the others.
fn span(units: &[Unit], waits: &Waits, members: &[usize]) -> f64 {
    let mut ends: BTreeMap<usize, f64> = BTreeMap::new();
    for &at in waits.order.iter().filter(|at| members.contains(at)) {
        let start = waits.before[at].iter().filter_map(|other| ends.get(other)).copied().fold(0.0, f64::max);
        ends.insert(at, start + units[at].seconds);
    }
    rounded(ends.into_values().fold(0.0, f64::max))
}

/// The most that pods ask for at one time, per resource. Pods ask from their start to their end; at the moment in which one
/// ends and another starts, only the later one counts.
pub(super) fn peak<'u>(units: impl Iterator<Item = &'u Unit> + Clone) -> Requests {
    let mut peak = Amounts::default();
    for now in units.clone().map(|unit| unit.start) {
        let mut sum = Amounts::default();
        let running = units.clone().filter(|unit| unit.start == now || unit.start < now && now < end(unit));
        running.for_each(|unit| sum.add(&requests(unit)));
        peak.raise(&sum);
    }
    Requests(peak)
}

/// What all pods of a unit ask for; nothing if their number is not known.
fn requests(unit: &Unit) -> Amounts {
    let mut sum = Amounts::default();
    if let Some(pod) = &unit.pod {
        (0..unit.pods.unwrap_or(0)).for_each(|_| sum.add(&pod.requests.0));
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
pub(super) fn group_seconds(before: &[Unit], waits: &Waits, members: &[usize], after: Option<&Unit>) -> Change<f64> {
    let before = span(before, waits, members);
    Change { before, after: after.map_or(before, |unit| unit.seconds) }
}
