//! Who must be finished before whom, and which tasks can be one without changing that.

use std::collections::BTreeSet;

use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};

/// The order of tasks, which are numbers from 0.
#[derive(Debug)]
pub struct Order {
    /// Per task: those that wait for it directly.
    next: Vec<BTreeSet<usize>>,
    /// Per task: all that must be finished before it starts.
    before: Vec<BTreeSet<usize>>,
    /// Per task: all that start only when it is finished.
    after: Vec<BTreeSet<usize>>,
}

/// Why two tasks of which one waits for the other cannot be one without changing the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// This task waits for the first, and the second waits for it.
    Between(usize),
    /// The second waits for this task as well, for which the first does not wait.
    Before(usize),
    /// This task waits for the first, but not for the second.
    After(usize),
}

impl Order {
    /// The order of `tasks` tasks where each edge leads from a task to one that waits for it; `None` if tasks wait for each
    /// other.
    pub fn new(tasks: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Option<Self> {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        (0..tasks).for_each(|_| _ = graph.add_node(()));
        let mut next = vec![BTreeSet::new(); tasks];
        for (from, to) in edges {
            next.get_mut(from)?.insert(to);
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        let order: Vec<usize> = toposort(&graph, None).ok()?.into_iter().map(NodeIndex::index).collect();
        let mut after = vec![BTreeSet::new(); tasks];
        let mut before = after.clone();
        for &task in order.iter().rev() {
            let reached = next[task].iter().flat_map(|&other| after[other].iter().copied().chain([other]));
            after[task] = reached.collect::<BTreeSet<usize>>();
        }
        for (task, after) in after.iter().enumerate() {
            after.iter().for_each(|&other| _ = before[other].insert(task));
        }
        Some(Self { next, before, after })
    }

    /// The edges, in the order of their first and then of their second task.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.next.iter().enumerate().flat_map(|(from, next)| next.iter().map(move |&to| (from, to)))
    }

    /// Whether a task must be finished before another starts.
    pub fn is_before(&self, one: usize, other: usize) -> bool {
        self.after[one].contains(&other)
    }

    /// Why `from` and `to`, which waits for it, cannot be one without changing the order; `None` if they can.
    ///
    /// If they are one, it starts when all that `to` waits for is finished, and all that waited for `from` waits for `to`.
    /// The order stays as it is only if that was so before: nothing but `from` may stand before `to` and not before `from`,
    /// and nothing but `to` behind `from` and not behind `to`.
    pub fn obstacle(&self, from: usize, to: usize) -> Option<Obstacle> {
        let early = self.before[to].iter().find(|&&task| task != from && !self.before[from].contains(&task));
        let late = self.after[from].iter().find(|&&task| task != to && !self.after[to].contains(&task));
        match (early, late) {
            (Some(&task), _) if self.after[from].contains(&task) => Some(Obstacle::Between(task)),
            (Some(&task), _) => Some(Obstacle::Before(task)),
            (None, Some(&task)) => Some(Obstacle::After(task)),
            (None, None) => None,
        }
    }

    /// The longest paths on which neighbours can be one, each of two tasks or more, by their first tasks.
    ///
    /// A set of tasks can be one without changing the order exactly if it is a segment of such a path. Members run one
    /// after another, so they have to be a chain; whatever stands before or behind any of them has to stand before the
    /// first or behind the last, which is to say that no two neighbours have an [`Obstacle`]. Several such sets do not
    /// disturb each other: what one makes wait has waited for all of the other before. No task has two such neighbours
    /// behind it, or each of these would wait for the other; so the paths are disjoint.
    pub fn paths(&self) -> Vec<Vec<usize>> {
        let next = |task: usize| {
            let may_follow = |&&to: &&usize| {
                // What stands before `task` stands before whatever waits for it, so the numbers tell.
                self.before[to].len() == self.before[task].len() + 1
                    && self.after[task].len() == self.after[to].len() + 1
            };
            self.next[task].iter().find(may_follow).copied()
        };
        let followers: Vec<Option<usize>> = (0..self.next.len()).map(next).collect();
        let inside: BTreeSet<usize> = followers.iter().flatten().copied().collect();
        let starts = (0..followers.len()).filter(|task| !inside.contains(task) && followers[*task].is_some());
        starts.map(|start| std::iter::successors(Some(start), |&task| followers[task]).collect()).collect()
    }
}
