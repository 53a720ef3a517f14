//! Every `taskRef` of a group member to a Task, from files only.

use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::model::{Kind, Object, PipelineTask, Task, TaskSource, TaskSpec, Text, base_name};
use crate::source::{SourceId, Sources};
use crate::yaml::Node;

/// The Tasks that references can be resolved to.
#[derive(Debug)]
pub struct Library<'a> {
    sources: &'a Sources,
    /// Of the inputs, then of `--tasks`: the first list that has a name wins.
    shelves: [Vec<Shelved<'a>>; 2],
}

#[derive(Clone, Copy, Debug)]
struct Shelved<'a> {
    source: SourceId,
    task: &'a Task,
}

/// What a pipeline task runs.
#[derive(Clone, Copy, Debug)]
pub struct Resolved<'a> {
    /// The Task's spec.
    pub spec: &'a TaskSpec,
    /// The Task; `None` if the spec is embedded.
    pub task: Option<&'a Task>,
}

impl<'a> Library<'a> {
    /// The Tasks among `inputs` and `tasks` (`--tasks`).
    pub fn new(sources: &'a Sources, inputs: &'a [Object], tasks: &'a [Object]) -> Self {
        let shelf = |objects: &'a [Object]| {
            let task = |object: &'a Object| match &object.kind {
                Kind::Task(task) => Some(Shelved { source: object.location.source, task }),
                _ => None,
            };
            objects.iter().filter_map(task).collect()
        };
        Self { sources, shelves: [shelf(inputs), shelf(tasks)] }
    }

    /// The Task of a group member in a Pipeline of `namespace`; says why if there is none.
    pub fn resolve(
        &self,
        namespace: Option<&str>,
        member: &'a PipelineTask,
        diagnostics: &mut Diagnostics,
    ) -> Option<Resolved<'a>> {
        match &member.source {
            TaskSource::Embedded(spec) => Some(Resolved { spec, task: None }),
            TaskSource::Named { name, cluster } => {
                if *cluster {
                    diagnostics.push(cluster_task(name));
                }
                if let Some(version) = member.field("taskRef").and_then(|reference| reference.get("version")) {
                    diagnostics.push(version_ignored(version, &name.value));
                }
                let found = self.find(|shelved| shelved.task.name.value == name.value, namespace);
                self.one(member, name, &found, diagnostics)
            }
            TaskSource::Remote(reference) => self.remote(namespace, member, reference, diagnostics),
            TaskSource::Missing => {
                let message = format!("`{}` is in a group but names no Task", member.name.value);
                let help = "add `taskRef: {name: ...}` or a `taskSpec`";
                diagnostics.push(Diagnostic::new(Code::NoTask, message).at(member.name.span, "this task").help(help));
                None
            }
            // Members of other kinds are refused by `check`, which knows the way out.
            TaskSource::Pipeline(_) | TaskSource::Custom(_) => None,
        }
    }

    /// A resolver or bundle reference matches the one Task that has its name, or that stands in a file of its name.
    fn remote(
        &self,
        namespace: Option<&str>,
        member: &PipelineTask,
        reference: &Node,
        diagnostics: &mut Diagnostics,
    ) -> Option<Resolved<'a>> {
        let span = reference.span;
        let Some(wanted) = RemoteName::of(reference) else {
            let message = "the reference says neither a name nor a path to find its Task by";
            let help = "pass the Task with `--tasks FILE` and name it in the reference";
            diagnostics.push(Diagnostic::new(Code::UnresolvedTask, message).at(span, "this reference").help(help));
            return None;
        };
        let mut found = self.find(|shelved| wanted.is_name_of(shelved), namespace);
        if found.is_empty() {
            found = self.find(|shelved| wanted.is_file_of(self.sources, shelved), namespace);
        }
        let resolved = self.one(member, &Text::new(&wanted.name, span), &found, diagnostics)?;
        if let [shelved, ..] = found.as_slice() {
            let file = &self.sources.get(shelved.source).name;
            let message = format!("the remote Task `{}` is taken from {file}", wanted.name);
            diagnostics.push(Diagnostic::new(Code::ResolvedByName, message).at(span, "this reference"));
        }
        Some(resolved)
    }

    fn find(&self, matches: impl Fn(&Shelved<'a>) -> bool, namespace: Option<&str>) -> Vec<Shelved<'a>> {
        let reachable = |shelved: &Shelved<'a>| match (namespace, shelved.task.namespace.as_deref()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        let on = |shelf: &Vec<Shelved<'a>>| shelf.iter().filter(|s| reachable(s) && matches(s)).copied().collect();
        let found = self.shelves.iter().map(on);
        found.into_iter().find(|found: &Vec<_>| !found.is_empty()).unwrap_or_default()
    }

    fn one(
        &self,
        member: &PipelineTask,
        reference: &Text,
        found: &[Shelved<'a>],
        diagnostics: &mut Diagnostics,
    ) -> Option<Resolved<'a>> {
        let name = &reference.value;
        let Some((first, rest)) = found.split_first() else {
            diagnostics.push(self.unresolved(member, reference));
            return None;
        };
        if let Some(other) = rest.iter().find(|other| !other.task.spec.node.equivalent(&first.task.spec.node)) {
            let message = format!("two different Tasks are called `{name}`");
            let place = Diagnostic::new(Code::AmbiguousTask, message).at(reference.span, "which one is meant?");
            let place = place.at(first.task.name.span, "one").at(other.task.name.span, "the other");
            diagnostics.push(place.help("pass only one of them, or give them different names"));
            return None;
        }
        Some(Resolved { spec: &first.task.spec, task: Some(first.task) })
    }

    fn unresolved(&self, member: &PipelineTask, reference: &Text) -> Diagnostic {
        let name = &reference.value;
        let known = self.shelves.iter().flatten().map(|shelved| shelved.task.name.value.as_str());
        let near = suggest(name, known).map(|near| format!("did you mean `{near}`? otherwise ")).unwrap_or_default();
        let out = &member.name.value;
        let message = format!("the Task `{name}` of the group member `{out}` is not among the inputs");
        let help = format!("{near}pass the file that defines it by `--tasks PATH`, or take `{out}` out of the group");
        Diagnostic::new(Code::UnresolvedTask, message).at(reference.span, "not found").help(help)
    }
}

fn cluster_task(name: &Text) -> Diagnostic {
    let message = format!("`{}` is a ClusterTask, which Tekton no longer has", name.value);
    let help = "refer to a Task of the namespace, or use the cluster resolver";
    Diagnostic::new(Code::ClusterTaskGone, message).at(name.span, "resolved by its name").help(help)
}

fn version_ignored(version: &Node, name: &str) -> Diagnostic {
    let message = format!("`version` is no field of Tekton's `taskRef`; `{name}` was resolved by its name");
    let help = "remove it, or make sure that the Task passed is of that version";
    Diagnostic::new(Code::VersionIgnored, message).at(version.span, "not looked at").help(help)
}

/// How a resolver reference calls its Task.
struct RemoteName {
    name: String,
    /// Whether `name` is the base name of a path, so that a file of that name is meant as well.
    file: bool,
}

impl RemoteName {
    fn of(reference: &Node) -> Option<Self> {
        let param = |wanted: &str| {
            let params = reference.get("params").and_then(Node::as_sequence)?;
            let param = params.iter().find(|param| param.get("name").and_then(Node::as_str) == Some(wanted))?;
            param.get("value")?.as_str().map(str::to_owned)
        };
        if let Some(name) = reference.get("name").and_then(Node::as_str).map(str::to_owned).or_else(|| param("name")) {
            return Some(Self { name, file: false });
        }
        let path = param("pathInRepo").or_else(|| param("url"))?;
        Some(Self { name: base_name(&path).to_owned(), file: true })
    }

    fn is_name_of(&self, shelved: &Shelved<'_>) -> bool {
        self.is_like(&shelved.task.name.value)
    }

    fn is_file_of(&self, sources: &Sources, shelved: &Shelved<'_>) -> bool {
        self.file && self.is_like(base_name(&sources.get(shelved.source).name))
    }

    fn is_like(&self, name: &str) -> bool {
        name.replace('_', "-") == self.name.replace('_', "-")
    }
}
