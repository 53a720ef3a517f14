//! The graph in which each group is one node.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;

use super::{TaskGraph, shortest_way};

/// What becomes one pipeline task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// A group, by its index.
    Group(usize),
    /// A task that is in no group.
    Task(usize),
}

/// Units by number, with the edges between them.
struct Quotient {
    units: Vec<Unit>,
    graph: DiGraph<(), ()>,
}

impl Quotient {
    fn new(tasks: &TaskGraph, groups: &[&[usize]]) -> Self {
        let members =
            groups.iter().enumerate().flat_map(|(group, members)| members.iter().map(move |&task| (task, group)));
        let groups: HashMap<usize, usize> = members.collect();
        let unit = |task: usize| groups.get(&task).map_or(Unit::Task(task), |&group| Unit::Group(group));
        let all: BTreeSet<Unit> = (0..tasks.graph.node_count()).map(unit).collect();
        let mut graph = DiGraph::new();
        let nodes: BTreeMap<Unit, _> = all.iter().map(|&unit| (unit, graph.add_node(()))).collect();
        let edges: BTreeSet<(Unit, Unit)> = tasks.edges().map(|(from, to, _)| (unit(from), unit(to))).collect();
        for (from, to) in edges.into_iter().filter(|(from, to)| from != to) {
            if let (Some(&from), Some(&to)) = (nodes.get(&from), nodes.get(&to)) {
                graph.add_edge(from, to, ());
            }
        }
        Self { units: all.into_iter().collect(), graph }
    }
}

impl TaskGraph {
    /// Groups and tasks that wait for each other once each group is one task: one cycle per knot, its first unit
    /// repeated at the end. Empty if the fused Pipeline can run.
    pub fn group_cycles(&self, groups: &[&[usize]]) -> Vec<Vec<Unit>> {
        let Quotient { units, graph } = Quotient::new(self, groups);
        let mut cycles = Vec::new();
        for component in tarjan_scc(&graph).into_iter().filter(|component| component.len() > 1) {
            let inside: BTreeSet<usize> = component.iter().map(|node| node.index()).collect();
            let Some(&start) = inside.first() else { continue };
            let next = |unit: usize| {
                let next = graph.neighbors(petgraph::graph::NodeIndex::new(unit)).map(|node| node.index());
                next.filter(|unit| inside.contains(unit)).collect()
            };
            let way = shortest_way(start, next, |unit| unit == start).unwrap_or_default();
            cycles.push(way.into_iter().map(|unit| units[unit]).collect());
        }
        cycles.sort();
        cycles
    }
}
