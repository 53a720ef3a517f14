//! The best groups along one path.

use std::cmp::Reverse;

/// The most tasks of a path that are tried as one, apart from the whole path.
///
/// A path with no more tasks than that is solved exactly. On a longer one groups with more tasks are not found, unless
/// one group is the whole path. Where the parts of every possible group are possible groups as well, at least
/// `(WINDOW - 1) / WINDOW` of the pods are saved that could be: a group of `n` tasks saves `n - 1` pods; cut into
/// `ceil(n / WINDOW)` parts it saves `n - ceil(n / WINDOW)`; of these the part lost is largest for `n = q * WINDOW + 1`, which
/// saves `q * (WINDOW - 1)` pods instead of `q * WINDOW`.
pub const WINDOW: usize = 24;

/// Knows which tasks can be one pod.
pub trait Oracle {
    /// How many volumes a group of these tasks could save at most.
    fn volumes_at_most(&self, segment: &[usize]) -> usize;

    /// How many volumes a group of these tasks saves; `None` if they cannot be one.
    fn volumes(&mut self, segment: &[usize]) -> Option<usize>;
}

/// What groups are worth: most pods saved, then most volumes, then fewest groups.
type Worth = (usize, usize, Reverse<usize>);

fn plus(one: Worth, two: Worth) -> Worth {
    (one.0 + two.0, one.1 + two.1, Reverse(one.2.0 + two.2.0))
}

/// The best groups among the segments of a path, in its order: they save most pods; among these, most volumes; among these,
/// they are fewest; among these, the first is longest, and so on.
///
/// The whole path is tried first, which often is all that is needed. A segment is tried only if the best of those before
/// it is worth less than it could be.
pub fn best<'p>(path: &'p [usize], oracle: &mut dyn Oracle) -> Vec<&'p [usize]> {
    if path.len() < 2 {
        return Vec::new();
    }
    if oracle.volumes(path).is_some() {
        return vec![path];
    }
    // From the end: what the tasks from there on are worth, and how many of them the first segment takes.
    let mut rest: Vec<(Worth, usize)> = vec![((0, 0, Reverse(0)), 0); path.len() + 1];
    for start in (0..path.len()).rev() {
        let mut found: Option<(Worth, usize)> = None;
        // The whole path is refused already.
        let longest = (path.len() - start).min(WINDOW).min(path.len() - 1);
        for length in (1..=longest).rev() {
            let segment = &path[start..start + length];
            let behind = rest[start + length].0;
            let worth = |volumes: usize| match length {
                1 => behind,
                _ => plus((length - 1, volumes, Reverse(1)), behind),
            };
            let better = |worth: Worth| found.is_none_or(|(best, _)| worth > best);
            if !better(worth(oracle.volumes_at_most(segment))) {
                continue;
            }
            let volumes = if length == 1 { Some(0) } else { oracle.volumes(segment) };
            if let Some(worth) = volumes.map(worth).filter(|&worth| better(worth)) {
                found = Some((worth, length));
            }
        }
        rest[start] = found.unwrap_or_default();
    }
    let mut groups = Vec::new();
    let mut start = 0;
    while start < path.len() {
        // A segment has at least one task.
        let length = rest[start].1.max(1);
        groups.extend((length > 1).then_some(&path[start..start + length]));
        start += length;
    }
    groups
}
