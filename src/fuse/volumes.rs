//! Volumes: never shared between members, even under one name; and the directories that every pod of Tekton has for
//! itself, which members that touch them keep for themselves.

use super::fields::{self, Leaf};
use super::member::{Member, each_text};
use super::names::{FREE, LABEL, Names};
use super::scope::Rewriter;
use super::steps::fixed;
use crate::model::{Pipeline, WorkspaceSpec};
use crate::source::Span;
use crate::yaml::{Mapping, Node, Value};

/// The directories that are an emptyDir of the pod, mounted into every step (`pkg/pod/pod.go`, v1.15), with a word for each.
const PRIVATE: &[(&str, &str)] = &[("/workspace", "workspace-dir"), ("/tekton/home", "home")];

/// The volumes of a group.
#[derive(Debug)]
pub(super) struct Volumes {
    names: Names,
    /// Per member: the volumes its Task declares, old name and new.
    renamed: Vec<Vec<(String, String)>>,
    /// Per member: path and volume of the directories it gets for itself.
    private: Vec<Vec<(&'static str, String)>>,
}

impl Volumes {
    /// Names for all volumes of all members, other than those of the volumes that pod templates bring: known ones, and those
    /// that members mount without declaring them.
    pub(super) fn plan(pipeline: &Pipeline, members: &[Member<'_>], pod_volumes: &[&str]) -> Self {
        let mut names = Names::new(LABEL);
        for name in pod_volumes.iter().copied().chain(members.iter().flat_map(undeclared_mounts)) {
            let _ = names.take_exactly(name);
        }
        // A name with a variable must not be cut; nobody can tell how long it will be.
        let mut open = Names::new(FREE);
        let mut rename = |member: &Member<'_>| {
            let mut renamed = |name: &str| {
                let names = if name.contains("$(") { &mut open } else { &mut names };
                (name.to_owned(), names.take(&format!("{}-{name}", member.own_name())))
            };
            member.spec().volumes.iter().map(|volume| renamed(name_of(volume))).collect()
        };
        let renamed = members.iter().map(&mut rename).collect();
        let mut private = |member: &Member<'_>| {
            let touched = PRIVATE.iter().filter(|(path, _)| touches(pipeline, member, path));
            touched.map(|(path, word)| (*path, names.take(&format!("{}-{word}", member.own_name())))).collect()
        };
        let private = members.iter().map(&mut private).collect();
        Self { names, renamed, private }
    }

    /// A volume of the group as a whole.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        self.names.take(wanted)
    }

    /// Renames the mounts of a container. Names that the Task does not declare are a podTemplate's and stay.
    pub(super) fn rename_mounts(&self, member: usize, container: &mut Node) {
        fields::visit(container, fields::MOUNTS, &mut |leaf| {
            if let Leaf::Text(_, node) = leaf
                && let Some((_, new)) = self.renamed[member].iter().find(|(old, _)| node.as_str() == Some(old))
            {
                *node = Node::string(node.span, new);
            }
        });
    }

    /// Mounts what the member has for itself into one of its steps.
    pub(super) fn add_private(&self, member: usize, fields: &mut Mapping, span: Span) {
        // A step with `ref` may not have mounts (`pkg/apis/pipeline/v1/container_validation.go`, v1.15).
        if fields.get("ref").is_some() {
            return;
        }
        let mut mounts = fields.get("volumeMounts").and_then(Node::as_sequence).unwrap_or_default().to_vec();
        for (path, volume) in &self.private[member] {
            let taken = |mount: &Node| mount.get("mountPath").and_then(Node::as_str) == Some(path);
            if !mounts.iter().any(taken) {
                let entries = [("name", Node::string(span, volume)), ("mountPath", Node::string(span, *path))];
                mounts.push(Node::mapping(span, entries));
            }
        }
        if !mounts.is_empty() {
            fields.set("volumeMounts", Node::sequence(span, mounts));
        }
    }

    /// Whether a member has a directory of its own that a step with `ref` does not see.
    pub(super) fn hides_from_refs(&self, member: usize) -> Option<&'static str> {
        self.private[member].first().map(|(path, _)| *path)
    }

    /// The declarations of a member's volumes.
    pub(super) fn declare(&self, member: &Member<'_>, rewriter: &mut Rewriter<'_, '_>) -> Vec<Node> {
        let index = rewriter.scope.index;
        let mut declared = Vec::new();
        for (volume, (_, name)) in member.spec().volumes.iter().zip(&self.renamed[index]) {
            let mut volume = volume.clone();
            fields::visit(&mut volume, fields::VOLUME, &mut |leaf| fixed(leaf, rewriter));
            rewriter.scope.rename_containers(&mut volume);
            if let Value::Mapping(mapping) = &mut volume.value {
                let mut name = Node::string(volume.span, name);
                fixed(Leaf::Text("name", &mut name), rewriter);
                mapping.set("name", name);
            }
            declared.push(volume);
        }
        let span = member.task.name.span;
        declared.extend(self.private[index].iter().map(|(_, name)| empty_dir(name, span)));
        declared
    }
}

/// The volumes that a member mounts and its Task does not declare.
fn undeclared_mounts<'m>(member: &'m Member<'_>) -> impl Iterator<Item = &'m str> {
    let spec = member.spec();
    let containers = spec.steps.iter().chain(&spec.step_template).chain(&spec.sidecars);
    let mounts = containers.filter_map(|container| container.get("volumeMounts")?.as_sequence()).flatten();
    let names = mounts.filter_map(|mount| mount.get("name")?.as_str());
    names.filter(|name| !spec.volumes.iter().any(|volume| name_of(volume) == *name))
}

/// The name of a declared volume; Kubernetes refuses one without.
fn name_of(volume: &Node) -> &str {
    volume.get("name").and_then(Node::as_str).unwrap_or_default()
}

/// An emptyDir volume.
pub(super) fn empty_dir(name: &str, span: Span) -> Node {
    let nothing = Node::mapping(span, Vec::<(&str, Node)>::new());
    Node::mapping(span, [("name", Node::string(span, name)), ("emptyDir", nothing)])
}

/// Whether a Task names a directory beside the workspaces that it has below it. One that it has not, since the pipeline task
/// leaves it unbound, is nothing but a name in that directory.
fn touches(pipeline: &Pipeline, member: &Member<'_>, directory: &str) -> bool {
    let bound = |workspace: &WorkspaceSpec| member.binding(pipeline, &workspace.name.value).is_some();
    let own = member.workspaces().into_iter().filter(bound).map(|workspace| workspace.mount_path.value);
    let own: Vec<String> = own.collect();
    let mut touched = false;
    let mut look = |text: &str| {
        for (at, _) in text.match_indices(directory) {
            let path = &text[at..];
            let rest = &path[directory.len()..];
            let inside = |mount: &String| {
                path.strip_prefix(mount.as_str()).is_some_and(|rest| !rest.starts_with(is_name)) && mount != directory
            };
            touched |= !rest.starts_with(is_name) && !own.iter().any(inside);
        }
    };
    let spec = member.spec();
    spec.steps.iter().chain(&spec.step_template).for_each(|node| each_text(node, &mut look));
    member.params().for_each(|param| each_text(&param.node, &mut look));
    spec.params.iter().filter_map(|param| param.node.get("default")).for_each(|node| each_text(node, &mut look));
    let relative = |step: &Node| {
        let directory = step.get("workingDir").and_then(Node::as_str);
        directory.is_some_and(|path| !path.is_empty() && !path.starts_with(['/', '$']))
    };
    touched || directory == "/workspace" && spec.steps.iter().chain(&spec.step_template).any(relative)
}

/// Whether a character continues a file's name.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || "-_.".contains(c)
}
