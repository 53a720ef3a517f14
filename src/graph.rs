//! The task graph: who waits for whom, and why.
//!
//! Nodes are indices into `Pipeline::tasks`. Tekton derives the edges from `runAfter` and from references to other
//! tasks (`PipelineTask.Deps`, `pkg/apis/pipeline/v1/pipeline_types.go`, v1.15).

mod lengths;
mod quotient;
mod references;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::diag::{Code, Diagnostic, suggest};
use crate::model::{Pipeline, PipelineTask};
use crate::source::{Sources, Span};

pub use quotient::Unit;
pub(crate) use references::{Reference, references};

use lengths::Lengths;

/// Why a task waits for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// `runAfter`.
    RunAfter,
    /// A result of the other task, by name.
    Result(String),
    /// `$(tasks.T.matrix...)`: how many there were.
    Matrix,
}

/// One reason for one task to wait for another.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Why.
    pub cause: Cause,
    /// Where it says so.
    pub span: Span,
}

/// The graph of one Pipeline.
#[derive(Debug)]
pub struct TaskGraph {
    graph: DiGraph<(), Edge>,
    lengths: Option<Lengths>,
    problems: Vec<Diagnostic>,
}

impl TaskGraph {
    /// The graph of `pipeline`. What is wrong with it is kept in [`Self::problems`].
    pub fn new(sources: &Sources, pipeline: &Pipeline) -> Self {
        let mut graph = DiGraph::new();
        pipeline.tasks.iter().for_each(|_| _ = graph.add_node(()));
        let mut this = Self { graph, lengths: None, problems: Vec::new() };
        let names = waited_for_by_name(pipeline);
        for (index, task) in pipeline.tasks.iter().enumerate() {
            for name in task.run_after.iter().filter(|_| !task.finally) {
                let edge = Edge { cause: Cause::RunAfter, span: name.span };
                this.connect(pipeline, &names, index, &name.value, edge);
            }
            for Reference { variable, span } in references::waited_for(sources, task) {
                let Some((name, cause)) = references::cause(&variable) else { continue };
                this.connect(pipeline, &names, index, name, Edge { cause, span });
            }
        }
        this.report_cycles(&pipeline.tasks);
        this.lengths = Lengths::of(&this.graph, |task| usize::from(!pipeline.tasks[task].finally));
        this
    }

    fn connect(&mut self, pipeline: &Pipeline, names: &HashMap<&str, usize>, task: usize, waits_for: &str, edge: Edge) {
        match names.get(waits_for) {
            Some(&other) => _ = self.graph.add_edge(NodeIndex::new(other), NodeIndex::new(task), edge),
            None => {
                let name = &pipeline.tasks[task].name;
                let message = format!("`{}` waits for `{waits_for}`, which is no task of the Pipeline", name.value);
                let finally = pipeline.tasks.iter().any(|other| other.name.value == waits_for);
                let text = if finally { "a finally task" } else { "no such task" };
                let tasks = pipeline.tasks.iter().filter(|other| !other.finally);
                let help = match suggest(waits_for, tasks.map(|other| other.name.value.as_str())) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a task under `tasks`, or remove this".to_owned(),
                };
                self.problems.push(Diagnostic::new(Code::UnknownDependency, message).at(edge.span, text).help(help));
            }
        }
    }

    fn report_cycles(&mut self, tasks: &[PipelineTask]) {
        let mut cycles: Vec<_> = tarjan_scc(&self.graph).into_iter().filter_map(|scc| self.cycle_in(&scc)).collect();
        cycles.sort();
        for cycle in cycles {
            let names: Vec<_> = cycle.iter().map(|&task| format!("`{}`", tasks[task].name.value)).collect();
            let message = match names.as_slice() {
                [only, _] => format!("{only} waits for itself"),
                _ => format!("tasks wait for each other: {}", names.join(" -> ")),
            };
            let mut diagnostic = Diagnostic::new(Code::TaskCycle, message);
            for pair in cycle.windows(2) {
                let Some(edge) = self.edges_between(pair[0], pair[1]).next() else { continue };
                diagnostic = diagnostic.at(edge.span, format!("`{}` waits here", tasks[pair[1]].name.value));
            }
            self.problems.push(diagnostic.help("remove one of these; Tekton refuses such a Pipeline"));
        }
    }

    /// A shortest cycle of a strongly connected component, its first task repeated at the end.
    fn cycle_in(&self, component: &[NodeIndex]) -> Option<Vec<usize>> {
        let inside: BTreeSet<usize> = component.iter().map(|node| node.index()).collect();
        let start = *inside.first()?;
        if inside.len() == 1 && !self.successors(start).contains(&start) {
            return None;
        }
        shortest_way(start, |task| self.successors(task).intersection(&inside).copied().collect(), |task| task == start)
    }

    /// What is wrong with the graph itself: unknown names, cycles. Errors for whoever wants to group its tasks;
    /// a Pipeline without groups is none of our business.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// Whether no task waits for itself.
    pub fn is_acyclic(&self) -> bool {
        self.problems.iter().all(|problem| problem.code != Code::TaskCycle)
    }

    /// Every edge: the task that is waited for, the one that waits, and why.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, &Edge)> {
        let ends = |edge| self.graph.edge_endpoints(edge);
        self.graph.edge_indices().filter_map(move |edge| {
            let (from, to) = ends(edge)?;
            Some((from.index(), to.index(), self.graph.edge_weight(edge)?))
        })
    }

    /// Why `to` waits for `from` directly, in source order.
    pub fn edges_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Edge> {
        self.edges().filter(move |&(a, b, _)| (a, b) == (from, to)).map(|(_, _, edge)| edge)
    }

    /// The tasks that wait for `task` directly.
    pub fn successors(&self, task: usize) -> BTreeSet<usize> {
        self.neighbors(task, Direction::Outgoing)
    }

    /// The tasks that `task` waits for directly.
    pub fn predecessors(&self, task: usize) -> BTreeSet<usize> {
        self.neighbors(task, Direction::Incoming)
    }

    fn neighbors(&self, task: usize, direction: Direction) -> BTreeSet<usize> {
        self.graph.neighbors_directed(NodeIndex::new(task), direction).map(NodeIndex::index).collect()
    }

    /// All tasks that must be done before `task` starts.
    pub fn ancestors(&self, task: usize) -> BTreeSet<usize> {
        closure(task, |task| self.predecessors(task))
    }

    /// The tasks of `members` that must be done before `task` starts; `members` must be convex.
    pub fn ancestors_within(&self, task: usize, members: &BTreeSet<usize>) -> BTreeSet<usize> {
        closure(task, |task| self.predecessors(task).intersection(members).copied().collect())
    }

    /// The tasks of `members` that must be done before `task`, which is none of them, starts.
    pub fn members_before(&self, task: usize, members: &BTreeSet<usize>) -> BTreeSet<usize> {
        // A path from a member only ever goes to later tasks, so what is earlier than all members need not be looked at.
        let floor = members.iter().map(|&member| self.depth(member)).min().unwrap_or_default();
        let late = |task: &usize| self.depth(*task) >= floor;
        let before = closure(task, |task| self.predecessors(task).into_iter().filter(late).collect());
        before.intersection(members).copied().collect()
    }

    /// All tasks that start only after `task` is done.
    pub fn descendants(&self, task: usize) -> BTreeSet<usize> {
        closure(task, |task| self.successors(task))
    }

    /// `members` in topological order, source order among equals. Members of a cycle come last, in source order.
    pub fn order(&self, members: &[usize]) -> Vec<usize> {
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let waits = |task: usize| self.predecessors(task).intersection(&inside).count();
        let mut waiting: BTreeMap<usize, usize> = inside.iter().map(|&task| (task, waits(task))).collect();
        let mut ready: BTreeSet<usize> =
            waiting.iter().filter(|&(_, &count)| count == 0).map(|(&task, _)| task).collect();
        let mut order = Vec::new();
        while let Some(task) = ready.pop_first() {
            order.push(task);
            for next in self.successors(task) {
                let Some(count) = waiting.get_mut(&next) else { continue };
                *count -= 1;
                if *count == 0 {
                    ready.insert(next);
                }
            }
        }
        // Those of a cycle never get ready.
        order.extend(waiting.into_iter().filter(|&(_, count)| count > 0).map(|(task, _)| task));
        order
    }

    /// A shortest path that leaves `members` and comes back: a member, tasks outside, a member.
    pub fn detour(&self, members: &[usize]) -> Option<Vec<usize>> {
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        let last = members.iter().map(|&member| self.depth(member)).max().unwrap_or_default();
        // What stands behind all members leads to none of them.
        let next = |task: usize| self.successors(task).into_iter().filter(|&next| self.depth(next) <= last);
        let starts = members.iter().flat_map(|&member| {
            let step = |task: usize| next(task).filter(|next| task != member || !inside.contains(next)).collect();
            shortest_way(member, step, |task| task != member && inside.contains(&task))
        });
        starts.min_by_key(Vec::len)
    }

    /// The tasks outside `members` that wait for one member while another waits for them.
    pub fn between(&self, members: &[usize]) -> Vec<usize> {
        let reached: BTreeSet<usize> = members.iter().flat_map(|&member| self.descendants(member)).collect();
        let needed: BTreeSet<usize> = members.iter().flat_map(|&member| self.ancestors(member)).collect();
        reached.intersection(&needed).filter(|task| !members.contains(task)).copied().collect()
    }

    /// The fewest pieces of `members`, in order, that no path leaves and comes back to.
    ///
    /// A member's piece is the largest number of times that a path to it has left `members` before.
    pub fn split(&self, members: &[usize]) -> Vec<Vec<usize>> {
        let all: Vec<usize> = (0..self.graph.node_count()).collect();
        let mut piece_of: BTreeMap<usize, usize> = BTreeMap::new();
        for task in self.order(&all) {
            let inside = members.contains(&task);
            let before = self.predecessors(task).into_iter().filter_map(|other| {
                let left = inside && !members.contains(&other);
                piece_of.get(&other).map(|piece| piece + usize::from(left))
            });
            match before.max() {
                Some(piece) => _ = piece_of.insert(task, piece),
                None if inside => _ = piece_of.insert(task, 0),
                None => {}
            }
        }
        let mut pieces: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &member in members {
            pieces.entry(piece_of.get(&member).copied().unwrap_or_default()).or_default().push(member);
        }
        pieces.into_values().map(|piece| self.order(&piece)).collect()
    }
}

/// The tasks that others can wait for, by name.
fn waited_for_by_name(pipeline: &Pipeline) -> HashMap<&str, usize> {
    let mut names = HashMap::new();
    for (index, task) in pipeline.tasks.iter().enumerate().filter(|(_, task)| !task.finally) {
        names.entry(task.name.value.as_str()).or_insert(index);
    }
    names
}

/// Everything that can be reached from `start`; `start` itself only by a cycle.
fn closure(start: usize, next: impl Fn(usize) -> BTreeSet<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut queue = vec![start];
    while let Some(task) = queue.pop() {
        queue.extend(next(task).into_iter().filter(|&task| found.insert(task)));
    }
    found
}

/// A shortest way of at least one step from `start` to a `goal`, both ends included.
fn shortest_way(
    start: usize,
    next: impl Fn(usize) -> BTreeSet<usize>,
    goal: impl Fn(usize) -> bool,
) -> Option<Vec<usize>> {
    let mut came_from: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(task) = queue.pop_front() {
        for step in next(task) {
            if goal(step) {
                let mut way = vec![step, task];
                let mut at = task;
                while let Some(&earlier) = came_from.get(&at).filter(|_| at != start) {
                    way.push(earlier);
                    at = earlier;
                }
                way.reverse();
                return Some(way);
            }
            if step != start && !came_from.contains_key(&step) {
                came_from.insert(step, task);
                queue.push_back(step);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
