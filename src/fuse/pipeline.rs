//! The Pipeline around fused groups: what it reads of them, and the edits that make it speak of them.

use std::collections::{HashMap, HashSet};

use super::carry::Carriers;
use super::guard::Guards;
use super::member::{Member, each_text};
use super::results::OutsideReads;
use super::{Fused, Request, matrix};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Access, Template, Variable};
use crate::graph::TaskGraph;
use crate::model::{Pipeline, join};
use crate::source::Span;
use crate::yaml::{Edit, Node, Path, Scalar, ScalarKind, Segment, Value};

/// Who reads the results of a Pipeline's tasks.
#[derive(Debug, Default)]
pub struct Readers {
    /// By task and result: the places in `Pipeline::tasks` of those that read it; `None` is the Pipeline itself.
    of: HashMap<(String, String), Vec<Option<usize>>>,
    /// By task and result: how many elements a reader needs that takes some by their numbers.
    items: HashMap<(String, String), usize>,
    /// By task: who reads its status.
    pub(super) statuses: HashMap<String, Vec<usize>>,
}

impl Readers {
    /// Looks at every text of a Pipeline once, however many groups it has.
    pub fn of(pipeline: &Pipeline) -> Self {
        let mut readers = Self::default();
        for (index, task) in pipeline.tasks.iter().enumerate() {
            readers.look(&task.node, Some(index));
            // In an embedded spec Tekton leaves the text of a status alone.
            let fields = task.node.as_mapping().into_iter().flat_map(|mapping| &mapping.entries);
            fields
                .filter(|field| field.key != "taskSpec")
                .for_each(|field| readers.look_for_status(&field.value, index));
        }
        pipeline.results.iter().for_each(|result| readers.look(&result.value, None));
        readers
    }

    fn look(&mut self, node: &Node, reader: Option<usize>) {
        each_text(node, &mut |text| {
            for variable in Template::parse(text).variables() {
                let read = match variable {
                    Variable::TaskResult { task, result, access } => {
                        let read = (task.clone(), result.clone());
                        if let Access::Index(index) = access {
                            let items = self.items.entry(read.clone()).or_default();
                            *items = (*items).max(index.saturating_add(1));
                        }
                        read
                    }
                    Variable::FinallyResult { task, rest } => (task.clone(), split_rest(rest).0.to_owned()),
                    _ => continue,
                };
                self.of.entry(read).or_default().push(reader);
            }
        });
    }

    fn look_for_status(&mut self, node: &Node, reader: usize) {
        each_text(node, &mut |text| {
            for variable in Template::parse(text).variables() {
                if let Variable::Status { task: Some(task), .. } = variable {
                    self.statuses.entry(task.clone()).or_default().push(reader);
                }
            }
        });
    }

    /// Whether anybody reads a result of a task.
    pub(super) fn has_any(&self, task: &str, result: &str) -> bool {
        self.of.contains_key(&(task.to_owned(), result.to_owned()))
    }

    /// The tasks that read anything of a task.
    pub(super) fn of_task(&self, name: &str) -> impl Iterator<Item = usize> {
        let results = self.of.iter().filter(move |((task, _), _)| task == name).flat_map(|(_, readers)| readers);
        let mut readers: Vec<usize> =
            results.flatten().chain(self.statuses.get(name).into_iter().flatten()).copied().collect();
        readers.sort_unstable();
        readers.dedup();
        readers.into_iter()
    }

    /// The results of the members that anything but a member reads.
    pub(super) fn outside(&self, members: &[Member<'_>]) -> OutsideReads {
        let is_member = |reader: usize| members.iter().any(|member| member.index == reader);
        let read = |key: &(String, String)| {
            self.of.get(key).is_some_and(|readers| readers.iter().any(|reader| !reader.is_some_and(is_member)))
        };
        let declared = |member: &Member<'_>| {
            let task = member.name().to_owned();
            member
                .spec()
                .results
                .iter()
                .map(move |result| (task.clone(), result.name.value.clone()))
                .collect::<Vec<_>>()
        };
        let items = |key: (String, String)| {
            let items = self.items.get(&key).copied().unwrap_or_default();
            (key, items)
        };
        members.iter().flat_map(declared).filter(read).map(items).collect()
    }
}

/// The name of a result, and which part of it is meant.
pub(super) fn split_rest(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()))
}

/// What the members wait for outside of the group, in the order it is first named. Finally tasks wait for all others without
/// saying so.
pub(super) fn run_after(request: &Request<'_>) -> Vec<String> {
    let members: HashSet<&str> = request.members.iter().map(|member| member.task.name.value.as_str()).collect();
    let mut names: Vec<String> = Vec::new();
    let ordered = request.members.iter().filter(|member| !member.task.finally);
    for name in ordered.flat_map(|member| &member.task.run_after) {
        if !members.contains(name.value.as_str()) && !names.contains(&name.value) {
            names.push(name.value.clone());
        }
    }
    names
}

/// What becomes of the document of a Pipeline.
#[derive(Debug)]
pub struct Rewritten {
    /// The edits of the document.
    pub edits: Vec<Edit>,
    /// The pipeline tasks that come under `finally` to hand results of members on.
    pub added: Vec<Node>,
}

/// The edits that put the fused tasks into the document of their Pipeline and make every reference follow.
pub fn edits(pipeline: &Pipeline, graph: &TaskGraph, fused: &[Fused], diagnostics: &mut Diagnostics) -> Rewritten {
    let guards = Guards::plan(pipeline, graph, fused, diagnostics);
    let carriers = Carriers::plan(pipeline, fused, diagnostics);
    let follow = Follow::new(pipeline, fused);
    let emptied = is_emptied(pipeline, fused);
    let mut edits = places(pipeline, fused, emptied, |at, entry| guards.entry(at, &follow.node(entry, diagnostics)));
    let gone: HashSet<usize> = fused.iter().flat_map(|group| group.members.iter().copied()).collect();
    for (index, task) in pipeline.tasks.iter().enumerate().filter(|(index, _)| !gone.contains(index)) {
        follow.task(&task.node, &task.path, &mut edits, diagnostics);
        edits.extend(guards.edits(index, task, |node| follow.node(node, &mut Diagnostics::default())));
    }
    let gone: Vec<&String> = fused.iter().flat_map(|group| &group.empty_dirs).collect();
    edits.extend(without(&pipeline.spec, &pipeline.path, "workspaces", &gone));
    let results = join(&pipeline.path, [Segment::from("results")]);
    if let Some(node) = pipeline.spec.get("results") {
        follow.carried_by(&carriers).texts(node, &results, &mut edits, diagnostics);
    }
    edits.extend(carriers.edits(pipeline, emptied));
    Rewritten { edits, added: carriers.into_tasks() }
}

/// The edits that put each fused task where its first member stands and take out the other members: what stands under `finally`
/// comes behind all other tasks, so a group with one of these stands under `tasks`. A list `finally` of which nothing remains is
/// `emptied` as a whole by others.
fn places(
    pipeline: &Pipeline,
    fused: &[Fused],
    emptied: bool,
    mut entry: impl FnMut(usize, &Node) -> Node,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, group) in fused.iter().enumerate() {
        if let Some(first) = in_document_order(group).first() {
            edits.push(Edit::Replace(pipeline.tasks[*first].path.clone(), entry(at, &group.entry)));
        }
    }
    let mut removed: Vec<usize> = removed(fused).collect();
    removed.retain(|&index| !(emptied && pipeline.tasks[index].finally));
    removed.sort_unstable();
    edits.extend(removed.into_iter().map(|index| Edit::Remove(pipeline.tasks[index].path.clone())));
    edits
}

/// The members in whose place nothing comes.
fn removed(fused: &[Fused]) -> impl Iterator<Item = usize> {
    fused.iter().flat_map(|group| in_document_order(group).into_iter().skip(1))
}

/// Whether nothing remains of the tasks under `finally`.
fn is_emptied(pipeline: &Pipeline, fused: &[Fused]) -> bool {
    let removed: HashSet<usize> = removed(fused).collect();
    let mut finally = (0..pipeline.tasks.len()).filter(|&index| pipeline.tasks[index].finally).peekable();
    finally.peek().is_some() && finally.all(|index| removed.contains(&index))
}

/// The edits that take entries out of a list by their names, and the list with its last entry.
pub(super) fn without(parent: &Node, path: &Path, list: &str, names: &[&String]) -> Vec<Edit> {
    let items = parent.get(list).and_then(Node::as_sequence).unwrap_or_default();
    let is_gone = |item: &Node| {
        let name = item.get("name").and_then(Node::as_str);
        names.iter().any(|gone| name == Some(gone.as_str()))
    };
    let path = join(path, [Segment::from(list)]);
    if !items.is_empty() && items.iter().all(is_gone) {
        return vec![Edit::Remove(path)];
    }
    let gone = items.iter().enumerate().filter(|(_, item)| is_gone(item));
    gone.map(|(index, _)| Edit::Remove(join(&path, [Segment::from(index)]))).collect()
}

fn in_document_order(group: &Fused) -> Vec<usize> {
    let mut members = group.members.clone();
    members.sort_unstable();
    members
}

/// Where references to members lead now.
struct Follow<'a> {
    groups: HashMap<&'a str, &'a Fused>,
    /// The groups that stand under `finally`.
    finally: HashSet<&'a str>,
    /// Where results of members lead that may be left out, in the results of the Pipeline.
    carriers: Option<&'a Carriers>,
}

impl<'a> Follow<'a> {
    fn new(pipeline: &'a Pipeline, fused: &'a [Fused]) -> Self {
        let of = |group: &'a Fused| {
            group.members.iter().map(move |index| (pipeline.tasks[*index].name.value.as_str(), group))
        };
        let is_finally = |group: &&Fused| group.members.iter().all(|&index| pipeline.tasks[index].finally);
        let finally = fused.iter().filter(is_finally).map(|group| group.name.as_str()).collect();
        Self { groups: fused.iter().flat_map(of).collect(), finally, carriers: None }
    }

    /// For the results of the Pipeline.
    fn carried_by(self, carriers: &'a Carriers) -> Self {
        Self { carriers: Some(carriers), ..self }
    }

    /// A pipeline task that stays.
    fn task(&self, node: &Node, path: &Path, edits: &mut Vec<Edit>, diagnostics: &mut Diagnostics) {
        let Value::Mapping(mapping) = &node.value else { return };
        for entry in &mapping.entries {
            let path = join(path, [Segment::Key(entry.key.clone())]);
            match entry.key.as_str() {
                "runAfter" => self.run_after(&entry.value, &path, edits),
                // A slip that was read as meant is written as meant.
                "taskRef" if entry.value.as_str().is_some() => {
                    let span = entry.value.span;
                    edits.push(Edit::Replace(path, Node::mapping(span, [("name", entry.value.clone())])));
                }
                _ => self.texts(&entry.value, &path, edits, diagnostics),
            }
        }
    }

    /// Members become their group; a name that is there already goes.
    fn run_after(&self, node: &Node, path: &Path, edits: &mut Vec<Edit>) {
        let mut seen: HashSet<&str> = HashSet::new();
        if let Some(name) = node.as_str() {
            let now = self.groups.get(name).map_or(name, |group| group.name.as_str());
            edits.push(Edit::Replace(path.clone(), Node::sequence(node.span, vec![Node::string(node.span, now)])));
        }
        for (index, item) in node.as_sequence().unwrap_or_default().iter().enumerate() {
            let Some(name) = item.as_str() else { continue };
            let path = join(path, [Segment::from(index)]);
            let group = self.groups.get(name);
            let now = group.map_or(name, |group| group.name.as_str());
            match (seen.insert(now), group) {
                (false, _) => edits.push(Edit::Remove(path)),
                (true, Some(_)) => edits.push(Edit::Replace(path, Node::string(item.span, now))),
                (true, None) => {}
            }
        }
    }

    fn texts(&self, node: &Node, path: &Path, edits: &mut Vec<Edit>, diagnostics: &mut Diagnostics) {
        match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::String, text }) => {
                // In an embedded spec Tekton replaces results, and leaves all else of other tasks alone.
                let in_spec = path.contains(&Segment::from("taskSpec"));
                if let Some(text) = self.text(text, node.span, in_spec, diagnostics) {
                    edits.push(Edit::Replace(path.clone(), Node::string(node.span, text)));
                }
            }
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter().enumerate().for_each(|(index, item)| {
                self.texts(item, &join(path, [Segment::from(index)]), edits, diagnostics);
            }),
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| {
                self.texts(&entry.value, &join(path, [Segment::Key(entry.key.clone())]), edits, diagnostics);
            }),
        }
    }

    /// A node with its texts changed.
    fn node(&self, node: &Node, diagnostics: &mut Diagnostics) -> Node {
        let value = match &node.value {
            Value::Scalar(Scalar { kind: ScalarKind::String, text }) => {
                return self
                    .text(text, node.span, false, diagnostics)
                    .map_or_else(|| node.clone(), |text| Node::string(node.span, text));
            }
            Value::Scalar(_) => return node.clone(),
            Value::Sequence(items) => Value::Sequence(items.iter().map(|item| self.node(item, diagnostics)).collect()),
            Value::Mapping(mapping) => {
                let mut mapping = mapping.clone();
                for entry in &mut mapping.entries {
                    entry.value = match entry.key.as_str() {
                        "runAfter" => self.names(&entry.value),
                        _ => self.node(&entry.value, diagnostics),
                    };
                }
                Value::Mapping(mapping)
            }
        };
        Node { span: node.span, value }
    }

    fn names(&self, node: &Node) -> Node {
        let mut names: Vec<&str> = Vec::new();
        for name in node.as_sequence().unwrap_or_default().iter().filter_map(Node::as_str) {
            let now = self.groups.get(name).map_or(name, |group| group.name.as_str());
            if !names.contains(&now) {
                names.push(now);
            }
        }
        Node::sequence(node.span, names.into_iter().map(|name| Node::string(node.span, name)).collect())
    }

    /// The text if it names results of members, or how many copies of one there are.
    fn text(&self, text: &str, span: Span, in_spec: bool, diagnostics: &mut Diagnostics) -> Option<String> {
        let template = Template::parse(text);
        let mut changed = false;
        let followed = template.map(|variable| {
            if in_spec && !matches!(variable, Variable::TaskResult { .. } | Variable::FinallyResult { .. }) {
                return None;
            }
            if let Variable::TaskOther { task, rest } = variable {
                let length = matrix::length_text(rest, *self.groups.get(task.as_str())?.lengths.get(task)?);
                changed |= length.is_some();
                return length;
            }
            if let Variable::Status { task: Some(task), .. } = variable {
                let group = self.groups.get(task.as_str())?;
                let result = group.statuses.get(task)?.clone();
                changed = true;
                let (task, access) = (group.name.clone(), Access::Whole);
                return Some(Template::variable(Variable::TaskResult { task, result, access }));
            }
            let (task, result, part) = match variable {
                Variable::TaskResult { task, result, access } => (task, result.as_str(), access.to_string()),
                Variable::FinallyResult { task, rest } => {
                    let (result, part) = split_rest(rest);
                    (task, result, part.to_owned())
                }
                _ => return None,
            };
            let group = self.groups.get(task.as_str())?;
            changed = true;
            if let Some(carried) = self.carriers.and_then(|carriers| carriers.follow(task, result, &part)) {
                return Some(Template::variable(carried));
            }
            let Some(fused) = group.results.get(&(task.clone(), result.to_owned())) else {
                let message = format!("the Task of `{task}` has no result `{result}`");
                let place = Diagnostic::new(Code::ResultUnknown, message).at(span, "needed here");
                diagnostics.push(
                    place.help(format!("declare `{result}` in the results of that Task, or remove the reference")),
                );
                return None;
            };
            let section = if self.finally.contains(group.name.as_str()) { "finally" } else { "tasks" };
            Variable::parse(&format!("{section}.{}.results.{fused}{part}", group.name)).map(Template::variable)
        });
        changed.then(|| followed.to_string())
    }
}
