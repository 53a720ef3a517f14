//! The way back: marks that ask for groups, as edits of a Pipeline that has none.

use super::{ANNOTATION, root_path};
use crate::model::Pipeline;
use crate::source::Span;
use crate::yaml::{self, Edit, Node, Path, Segment};

/// How a mark is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The annotation `tkn-fuse/groups`.
    Annotation,
    /// The field `group` of each member.
    Field,
    /// The list `spec.groups`.
    List,
}

/// A group that is to be asked for.
#[derive(Debug)]
pub struct Mark<'m> {
    /// Its name.
    pub name: &'m str,
    /// Its members, which are tasks of the Pipeline.
    pub members: Vec<&'m str>,
    /// Workspaces of the Pipeline that become emptyDirs; the field cannot say that.
    pub empty_dirs: Vec<&'m str>,
}

/// The edits that mark groups in a Pipeline which asks for none.
pub fn marks(pipeline: &Pipeline, form: Form, groups: &[Mark<'_>]) -> Vec<Edit> {
    if groups.is_empty() {
        return Vec::new();
    }
    match form {
        Form::Annotation => annotation(pipeline, groups).into_iter().collect(),
        Form::Field => groups.iter().flat_map(|group| fields(pipeline, group)).collect(),
        Form::List => vec![list(pipeline, groups)],
    }
}

/// `NAME: a, b` for each group, or a mapping with its options.
fn annotation(pipeline: &Pipeline, groups: &[Mark<'_>]) -> Option<Edit> {
    let span = pipeline.name.span;
    let value = |group: &Mark<'_>| match group.empty_dirs.is_empty() {
        true => Node::string(span, group.members.join(", ")),
        false => Node::mapping(span, options(group, span)),
    };
    let lines = groups.iter().map(|group| (group.name, value(group)));
    let text = Node::string(span, yaml::write(&Node::mapping(span, lines)));
    let mut path = root_path(pipeline);
    let mut node = &pipeline.root;
    let mut way = ["metadata", "annotations", ANNOTATION].into_iter();
    let mut rest = Vec::new();
    while let Some(key) = way.next() {
        match node.get(key).filter(|value| value.as_mapping().is_some_and(|mapping| !mapping.entries.is_empty())) {
            Some(value) => {
                node = value;
                path.push(key.into());
            }
            None => {
                rest = way.rev().collect();
                rest.push(key);
                break;
            }
        }
    }
    let key = rest.pop()?;
    let value = rest.into_iter().fold(text, |value, key| Node::mapping(span, [(key, value)]));
    Some(put(node, path, key, value, usize::MAX))
}

/// `group: NAME` behind the name of each member.
fn fields(pipeline: &Pipeline, group: &Mark<'_>) -> Vec<Edit> {
    let members = pipeline.tasks.iter().filter(|task| group.members.contains(&task.name.value.as_str()));
    let edit = |task: &crate::model::PipelineTask| {
        let value = Node::string(task.name.span, group.name);
        put(&task.node, task.path.clone(), "group", value, position(&task.node, "name").map_or(usize::MAX, |at| at + 1))
    };
    members.map(edit).collect()
}

/// `groups` before `tasks`.
fn list(pipeline: &Pipeline, groups: &[Mark<'_>]) -> Edit {
    let span = pipeline.name.span;
    let item = |group: &Mark<'_>| {
        let name = ("name", Node::string(span, group.name));
        Node::mapping(span, [name].into_iter().chain(options(group, span)))
    };
    let value = Node::sequence(span, groups.iter().map(item).collect());
    let at = position(&pipeline.spec, "tasks").unwrap_or(usize::MAX);
    put(&pipeline.spec, pipeline.path.clone(), "groups", value, at)
}

/// What a group in mapping form says besides its name.
fn options(group: &Mark<'_>, span: Span) -> Vec<(&'static str, Node)> {
    let list = |names: &[&str]| Node::sequence(span, names.iter().map(|name| Node::string(span, *name)).collect());
    let empty_dirs = (!group.empty_dirs.is_empty()).then(|| ("emptyDir", list(&group.empty_dirs)));
    [("tasks", list(&group.members))].into_iter().chain(empty_dirs).collect()
}

fn position(node: &Node, key: &str) -> Option<usize> {
    node.as_mapping()?.entries.iter().position(|entry| entry.key == key)
}

/// Puts an entry into the mapping at `path`, before the entry that is `at` now; one that is there already gives way.
fn put(mapping: &Node, mut path: Path, key: &str, node: Node, at: usize) -> Edit {
    if mapping.get(key).is_some() {
        path.push(Segment::from(key));
        return Edit::Replace(path, node);
    }
    let entries = mapping.as_mapping().map_or(0, |mapping| mapping.entries.len());
    Edit::Insert { parent: path, at: at.min(entries), key: Some(key.to_owned()), node }
}
