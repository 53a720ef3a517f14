//! The tasks around a group whose members may be skipped inside its pod.
//!
//! The TaskRun of the group succeeds then, and Tekton would start what stands behind the member. So these tasks get a
//! further clause in their `when`, which reads whether the member ran:
//!
//! - who reads a result of the member, finally tasks too, is skipped with it;
//! - who only waits for it is skipped if it was skipped because of others;
//! - so is everything behind them. Tekton lets a task run that only waits for one whose own `when` said no
//!   (`skipBecauseParentTaskWasSkipped`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15), and the
//!   clause is such a `when`, so these need it as well.

mod reach;
mod told;

use std::collections::BTreeMap;

use super::{Fused, Skip};
use crate::diag::{About, Diagnostics};
use crate::expr::{Access, Template, Variable};
use crate::graph::TaskGraph;
use crate::model::{Pipeline, PipelineTask, join};
use crate::source::Span;
use crate::yaml::{Edit, Node, Segment, Value};

use reach::{Kind, Reached, Web};

/// For whom a task must not run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    /// The result to look at.
    ran: Variable,
    /// The values of it with which the task is skipped.
    kinds: Vec<Kind>,
}

/// Who gets a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// A task, by its place in `Pipeline::tasks`.
    Task(usize),
    /// The pipeline task of a group, by the group's place.
    Group(usize),
}

/// The clauses that tasks get.
#[derive(Debug, Default)]
pub(super) struct Guards {
    clauses: BTreeMap<Target, Vec<Clause>>,
}

impl Guards {
    /// Decides who gets a clause. A group that would need one for some of its members only is refused.
    pub(super) fn plan(pipeline: &Pipeline, graph: &TaskGraph, fused: &[Fused], diagnostics: &mut Diagnostics) -> Self {
        let mut guards = Self::default();
        if fused.iter().all(|group| group.skips.is_empty()) {
            return guards;
        }
        let web = Web::new(pipeline, graph, fused);
        for group in fused.iter().filter(|group| !group.skips.is_empty()) {
            diagnostics.about(About::group(&group.name), |found| {
                let cases = cases(&web, group);
                cases.iter().for_each(|case| guards.add(&web, fused, case, found));
                told::differences(&web, group, &cases, found);
                told::unwaited(&web, group, found);
            });
        }
        guards
    }

    /// What one case asks of tasks and of other groups.
    fn add(&mut self, web: &Web<'_>, fused: &[Fused], case: &Case<'_>, diagnostics: &mut Diagnostics) {
        for (&task, reached) in &case.reached {
            match web.groups.get(&task) {
                None if reached.is_guarded() => self.put(Target::Task(task), case),
                None => {}
                Some(&at) => {
                    let left: Vec<usize> =
                        fused[at].members.iter().copied().filter(|member| !case.reached.contains_key(member)).collect();
                    match left.is_empty() {
                        true => self.put(Target::Group(at), case),
                        false => diagnostics.push(told::torn(web, &fused[at], case, &left)),
                    }
                }
            }
        }
    }

    fn put(&mut self, target: Target, case: &Case<'_>) {
        let clauses = self.clauses.entry(target).or_default();
        let ran = ran(case.group, case.skip);
        let clause = match clauses.iter_mut().position(|clause| clause.ran == ran) {
            Some(at) => &mut clauses[at],
            None => {
                clauses.push(Clause { ran, kinds: Vec::new() });
                let last = clauses.len() - 1;
                &mut clauses[last]
            }
        };
        if !clause.kinds.contains(&case.kind) {
            clause.kinds.push(case.kind);
        }
    }

    /// The edits that put its clauses behind the `when` of a task. `follow` gives a node with its references changed.
    pub(super) fn edits(&self, index: usize, task: &PipelineTask, follow: impl Fn(&Node) -> Node) -> Vec<Edit> {
        let Some(clauses) = self.clauses.get(&Target::Task(index)) else { return Vec::new() };
        let span = task.name.span;
        let mut clauses: Vec<Node> = clauses.iter().map(|clause| clause.node(span)).collect();
        let path = join(&task.path, [Segment::from("when")]);
        let Some(when) = task.node.get("when") else {
            let (parent, key) = (task.path.clone(), Some("when".to_owned()));
            return vec![Edit::Insert { parent, at: place(&task.node), key, node: Node::sequence(span, clauses) }];
        };
        let insert = |items: &[Node]| {
            let edit = |node| Edit::Insert { parent: path.clone(), at: items.len(), key: None, node };
            clauses.iter().cloned().map(edit).collect()
        };
        match when.as_sequence() {
            Some(items) => insert(items),
            None => {
                if !when.is_null() {
                    clauses.insert(0, follow(when));
                }
                vec![Edit::Replace(path, Node::sequence(span, clauses))]
            }
        }
    }

    /// The pipeline task of a group with its clauses.
    pub(super) fn entry(&self, group: usize, entry: &Node) -> Node {
        let mut entry = entry.clone();
        let (Some(clauses), Value::Mapping(mapping)) = (self.clauses.get(&Target::Group(group)), &mut entry.value)
        else {
            return entry;
        };
        let clauses = clauses.iter().map(|clause| clause.node(entry.span));
        let own = mapping.get("when").and_then(Node::as_sequence).unwrap_or_default();
        let all = own.iter().cloned().chain(clauses).collect();
        mapping.set("when", Node::sequence(entry.span, all));
        entry
    }
}

impl Clause {
    fn node(&self, span: Span) -> Node {
        let text = |text: &str| Node::string(span, text);
        let values = self.kinds.iter().map(|kind| text(kind.value())).collect();
        let fields = [
            ("input", text(&Template::variable(self.ran.clone()).to_string())),
            ("operator", text("notin")),
            ("values", Node::sequence(span, values)),
        ];
        Node::mapping(span, fields)
    }
}

impl Kind {
    /// What the member's record says.
    fn value(self) -> &'static str {
        match self {
            Self::When => "false",
            Self::Parent => "parent",
        }
    }
}

/// One way for a member to be skipped, with the tasks that feel it.
struct Case<'a> {
    group: &'a Fused,
    skip: &'a Skip,
    kind: Kind,
    reached: BTreeMap<usize, Reached>,
}

/// All ways for members of a group to be skipped that somebody outside feels.
fn cases<'a>(web: &Web<'_>, group: &'a Fused) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for skip in &group.skips {
        let is_it = |member: &&usize| web.pipeline.tasks[**member].name.value == skip.member;
        let Some(&member) = group.members.iter().find(is_it) else { continue };
        let kinds = [(Kind::When, skip.by_when), (Kind::Parent, skip.by_parent)];
        let can = kinds.into_iter().filter_map(|(kind, can)| can.then_some(kind));
        cases.extend(can.map(|kind| Case { group, skip, kind, reached: web.reached(member, kind) }));
    }
    cases.retain(|case| !case.reached.is_empty());
    cases
}

/// The result that says whether a member ran.
pub(super) fn ran(group: &Fused, skip: &Skip) -> Variable {
    Variable::TaskResult { task: group.name.clone(), result: skip.ran.clone(), access: Access::Whole }
}

/// Where `when` is usually looked for: behind what is run and what is waited for.
fn place(task: &Node) -> usize {
    let entries = task.as_mapping().map_or(&[][..], |mapping| &mapping.entries);
    let last = entries.iter().rposition(|entry| ["name", "displayName", "taskRef", "runAfter"].contains(&&*entry.key));
    last.map_or(entries.len(), |at| at + 1)
}

#[cfg(test)]
mod tests;
