//! How long the paths of a Pipeline are, counted in tasks.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Edge, TaskGraph};

/// The longest paths of a graph without cycles, measured once.
#[derive(Debug)]
pub(super) struct Lengths {
    /// Per task: the longest path that ends with it.
    to: Vec<usize>,
    /// Per task: the longest path that begins with it.
    from: Vec<usize>,
    /// Per task: what it adds to a path.
    weights: Vec<usize>,
}

impl Lengths {
    /// Measures a graph in which each task adds its `weight` to a path; `None` if it has a cycle.
    pub(super) fn of(graph: &DiGraph<(), Edge>, weight: impl Fn(usize) -> usize) -> Option<Self> {
        let order = toposort(graph, None).ok()?;
        let weights: Vec<usize> = (0..graph.node_count()).map(weight).collect();
        let measure = |order: &mut dyn Iterator<Item = &NodeIndex>, before: Direction| {
            let mut lengths = vec![0; weights.len()];
            for &node in order {
                let longest = graph.neighbors_directed(node, before).map(|other| lengths[other.index()]).max();
                lengths[node.index()] = longest.unwrap_or(0) + weights[node.index()];
            }
            lengths
        };
        let to = measure(&mut order.iter(), Direction::Incoming);
        let from = measure(&mut order.iter().rev(), Direction::Outgoing);
        Some(Self { to, from, weights })
    }
}

impl TaskGraph {
    /// How many tasks stand on the longest path; finally tasks are not counted. `None` if there is a cycle.
    pub fn longest_path(&self) -> Option<usize> {
        Some(self.lengths.as_ref()?.to.iter().copied().max().unwrap_or_default())
    }

    /// How many tasks stand on the longest path once `members`, which are convex, run one after another.
    pub fn longest_path_with(&self, members: &[usize]) -> Option<usize> {
        let Lengths { to, from, weights } = self.lengths.as_ref()?;
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let outside = |beside: BTreeSet<usize>, lengths: &[usize]| {
            beside.difference(&inside).map(|&task| lengths[task]).max().unwrap_or_default()
        };
        let before = outside(members.iter().flat_map(|&member| self.predecessors(member)).collect(), to);
        let after = outside(members.iter().flat_map(|&member| self.successors(member)).collect(), from);
        let own: usize = inside.iter().map(|&member| weights[member]).sum();
        // A path around the group is as long as before; one that touched it was no longer than the one through it.
        Some(self.longest_path()?.max(before + own + after))
    }

    /// How many tasks stand on the longest path that ends with a task: it grows along every edge between tasks that are no
    /// finally tasks. 0 for all if there is a cycle.
    pub(super) fn depth(&self, task: usize) -> usize {
        self.lengths.as_ref().map_or(0, |lengths| lengths.to[task])
    }
}
