//! Workspaces: one declaration per (pipeline workspace, subPath), isolated to the steps whose own Task had it, each at
//! the path its own Task gave it.
//!
//! A second declaration of the same pipeline workspace costs nothing where it is a claim (`CreateVolumes` of
//! `pkg/workspace/apply.go`, v1.15, makes one volume of bindings to one claim) and is what each pod had where it is not.

use std::collections::HashMap;

use super::member::Member;
use super::names::{FREE, Names};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable};
use crate::model::{Binding, Pipeline, WorkspaceSpec};
use crate::source::Span;
use crate::yaml::Node;

/// A workspace that the fused Task declares.
#[derive(Debug)]
pub(super) struct FusedWorkspace {
    /// Its name in the fused Task.
    pub(super) name: String,
    /// The Pipeline's workspace that it is bound to.
    pub(super) workspace: String,
    /// The directory of it, in terms of the Pipeline.
    pub(super) sub_path: Option<String>,
    /// Its place in the pod; out of everybody's way unless a variable decides it.
    pub(super) mount_path: MountPath,
    /// As all its users declare it.
    pub(super) read_only: bool,
    /// Only if it is optional for all its users.
    pub(super) optional: bool,
    /// The first description among its users.
    pub(super) description: Option<Node>,
    users: Vec<(usize, String)>,
    span: Span,
}

/// Where a declaration mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MountPath {
    /// `/tekton-fuse/<name>`: every step says its own path.
    Away,
    /// A path with variables of this member's Task: a step cannot say it, since its `mountPath` is not substituted.
    Declared(usize, String),
}

/// What a member's workspace became.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// Declared by the fused Task.
    Declared {
        /// Its name there.
        name: String,
        /// Where the member's steps have it; `None` if the declaration says it.
        mount_path: Option<String>,
    },
    /// Optional and not bound: Tekton says so in its variables.
    Unbound,
}

/// The workspaces of a group.
#[derive(Debug, Default)]
pub(super) struct Workspaces {
    /// What the fused Task declares.
    pub(super) fused: Vec<FusedWorkspace>,
    targets: Vec<HashMap<String, Target>>,
}

/// Which bindings can share a declaration.
#[derive(PartialEq)]
struct Key {
    workspace: String,
    sub_path: Option<String>,
    read_only: bool,
    mount_path: MountPath,
    /// The how many-th binding of a member to this workspace: a step would mount only the first of two.
    nth: usize,
}

impl Workspaces {
    /// Lays out the workspaces of all members.
    pub(super) fn plan(pipeline: &Pipeline, members: &[Member<'_>], diagnostics: &mut Diagnostics) -> Self {
        let mut plan = Self::default();
        let mut keys: Vec<Key> = Vec::new();
        let mut chosen: Vec<Vec<(String, Choice)>> = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let mut choices = Vec::new();
            for spec in member.workspaces() {
                let Some(binding) = member.binding(pipeline, &spec.name.value) else {
                    if !spec.optional {
                        diagnostics.push(unbound(member, &spec));
                    }
                    choices.push((spec.name.value.clone(), Choice::Unbound));
                    continue;
                };
                faults(pipeline, members, member, &binding, diagnostics);
                let key = key(index, &spec, &binding, &keys, &choices);
                let at = keys.iter().position(|other| *other == key).unwrap_or_else(|| {
                    plan.fused.push(FusedWorkspace::new(&key, &spec, &binding));
                    keys.push(key);
                    keys.len() - 1
                });
                plan.fused[at].join(index, &spec);
                choices.push((spec.name.value.clone(), Choice::Shared(at, spec.mount_path.value.clone())));
            }
            chosen.push(choices);
        }
        plan.name();
        plan.targets = chosen.into_iter().map(|choices| plan.resolve(choices)).collect();
        plan
    }

    /// What a member's workspace became; `None` if its Task declares no such workspace.
    pub(super) fn target(&self, member: usize, workspace: &str) -> Option<&Target> {
        self.targets.get(member)?.get(workspace)
    }

    /// The workspaces of a member, by the names its Task gives them.
    pub(super) fn of(&self, member: usize) -> impl Iterator<Item = (&str, &Target)> {
        let mut targets: Vec<_> = self.targets.get(member).into_iter().flatten().collect();
        targets.sort_by_key(|(name, _)| name.as_str());
        targets.into_iter().map(|(name, target)| (name.as_str(), target))
    }

    /// A workspace keeps its members' name for it where they agree and it is free, else takes the Pipeline's.
    fn name(&mut self) {
        let mut names = Names::new(FREE);
        let agreed = |workspace: &FusedWorkspace| {
            let (_, first) = workspace.users.first()?;
            workspace.users.iter().all(|(_, name)| name == first).then(|| first.clone())
        };
        let agreed: Vec<Option<String>> = self.fused.iter().map(agreed).collect();
        for (workspace, agreed) in self.fused.iter_mut().zip(agreed) {
            let kept = agreed.and_then(|name| names.take_exactly(&name));
            workspace.name = kept.unwrap_or_else(|| names.take(&workspace.workspace));
        }
    }

    fn resolve(&self, choices: Vec<(String, Choice)>) -> HashMap<String, Target> {
        let target = |choice| match choice {
            Choice::Unbound => Target::Unbound,
            Choice::Shared(at, mount_path) => Target::Declared {
                name: self.fused[at].name.clone(),
                mount_path: (self.fused[at].mount_path == MountPath::Away).then_some(mount_path),
            },
        };
        choices.into_iter().map(|(name, choice)| (name, target(choice))).collect()
    }

    /// The members whose steps know a workspace by another name than their own Task gave it: a param value given at run
    /// time that names it is not rewritten.
    pub(super) fn renamed<'a>(
        &'a self,
        members: &'a [Member<'a>],
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        self.fused.iter().flat_map(move |workspace| {
            let renamed = workspace.users.iter().filter(|(_, name)| *name != workspace.name);
            renamed.map(move |(member, name)| (members[*member].name(), name.as_str(), workspace.name.as_str()))
        })
    }

    /// Pipeline workspaces that several members use, each with a place: if a run binds an emptyDir, it is shared now.
    pub(super) fn shared(&self) -> impl Iterator<Item = (&str, Span)> {
        let shared = self.fused.iter().filter(|workspace| {
            let mut users: Vec<usize> = workspace.users.iter().map(|(member, _)| *member).collect();
            users.dedup();
            users.len() > 1
        });
        shared.map(|workspace| (workspace.workspace.as_str(), workspace.span))
    }

    /// Pipeline workspaces of which the group uses several directories or that it declares several times.
    pub(super) fn split(&self) -> impl Iterator<Item = (&str, Span)> {
        let several = |(at, workspace): &(usize, &FusedWorkspace)| {
            self.fused[..*at].iter().any(|other| other.workspace == workspace.workspace)
        };
        let split = self.fused.iter().enumerate().filter(several);
        split.map(|(_, workspace)| (workspace.workspace.as_str(), workspace.span))
    }
}

enum Choice {
    Unbound,
    Shared(usize, String),
}

fn key(member: usize, spec: &WorkspaceSpec, binding: &Binding, keys: &[Key], choices: &[(String, Choice)]) -> Key {
    let sub_path = binding.sub_path.as_ref().map(|path| path.value.clone());
    let has_variable = Template::parse(&spec.mount_path.value).variables().next().is_some();
    let mount_path = match has_variable {
        true => MountPath::Declared(member, spec.mount_path.value.clone()),
        false => MountPath::Away,
    };
    let mine = choices.iter().filter_map(|(_, choice)| match choice {
        Choice::Shared(at, _) => keys.get(*at),
        Choice::Unbound => None,
    });
    let workspace = binding.workspace.value.clone();
    let nth = mine.filter(|key| key.workspace == workspace && key.sub_path == sub_path).count();
    Key { workspace, sub_path, read_only: spec.read_only, mount_path, nth }
}

impl FusedWorkspace {
    fn new(key: &Key, spec: &WorkspaceSpec, binding: &Binding) -> Self {
        Self {
            name: String::new(),
            workspace: key.workspace.clone(),
            sub_path: key.sub_path.clone(),
            mount_path: key.mount_path.clone(),
            read_only: spec.read_only,
            optional: true,
            description: None,
            users: Vec::new(),
            span: binding.workspace.span,
        }
    }

    fn join(&mut self, member: usize, spec: &WorkspaceSpec) {
        self.optional &= spec.optional;
        self.users.push((member, spec.name.value.clone()));
        if self.description.is_none() {
            self.description = spec.node.get("description").cloned();
        }
    }
}

/// What is wrong with a binding: it names no workspace of the Pipeline, or a directory that only a result will tell.
fn faults(
    pipeline: &Pipeline,
    members: &[Member<'_>],
    member: &Member<'_>,
    binding: &Binding,
    diagnostics: &mut Diagnostics,
) {
    let name = &binding.workspace.value;
    let declared = pipeline.workspaces.iter().any(|workspace| workspace.name.value == *name);
    if !declared && !pipeline.inline {
        let message = format!("the Pipeline has no workspace `{name}`");
        let place = Diagnostic::new(Code::WorkspaceUndeclared, message).at(binding.workspace.span, "bound here");
        diagnostics.push(place.help(format!("add `{name}` to the Pipeline's `workspaces`, or bind another one")));
    }
    let Some(path) = &binding.sub_path else { return };
    for variable in Template::parse(&path.value).variables() {
        if let Variable::TaskResult { task, .. } = variable
            && members.iter().any(|other| other.name() == task)
        {
            let message = format!("`subPath` of `{}` would need `$({variable})` before the pod starts", member.name());
            let place = Diagnostic::new(Code::ResultUnreachable, message);
            let place = place.at(path.span, "no run-time value can reach this field");
            diagnostics.push(place.help(format!("cut the group between `{task}` and `{}`", member.name())));
        }
    }
}

fn unbound(member: &Member<'_>, spec: &WorkspaceSpec) -> Diagnostic {
    let name = &spec.name.value;
    let message = format!("`{}` does not bind the workspace `{name}` that its Task needs", member.name());
    let place = Diagnostic::new(Code::WorkspaceUnbound, message).at(member.task.name.span, "not bound here");
    let place = place.at(spec.name.span, "declared here");
    place.help(format!("add `workspaces: [{{name: {name}, workspace: ...}}]` to `{}`", member.name()))
}
