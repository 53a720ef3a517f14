//! Workspaces: one declaration per (pipeline workspace, subPath), isolated to the steps whose own Task had it, each at
//! the path its own Task gave it.
//!
//! A second declaration of the same pipeline workspace costs nothing where it is a claim (`CreateVolumes` of
//! `pkg/workspace/apply.go`, v1.15, makes one volume of bindings to one claim) and is what each pod had where it is not.

use std::collections::{HashMap, HashSet};

use super::Request;
use super::member::{Member, names_workspace};
use super::names::{FREE, Names};
use super::volumes::Volumes;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable};
use crate::model::{Binding, Pipeline, PipelineTask, TaskSource, WorkspaceSpec};
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
    /// The members that use it, each with its name there.
    pub(super) users: Vec<(usize, String)>,
    span: Span,
}

/// Where a declaration mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MountPath {
    /// `/tekton-fuse/<name>`: every step says its own path.
    Away,
    /// A path with variables, in terms of the Pipeline: a step cannot say it, since its `mountPath` is not substituted.
    Declared(String),
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
        /// Whether a run may leave it unbound; its path is empty then.
        optional: bool,
    },
    /// An emptyDir of the fused Task, as the group asks for.
    Volume {
        /// The volume.
        volume: String,
        /// Where the member's steps have it.
        mount_path: String,
        /// The directory of it, in terms of the Pipeline.
        sub_path: Option<String>,
        /// As the member's Task declares it.
        read_only: bool,
    },
    /// Optional and not bound: Tekton says so in its variables.
    Unbound,
}

/// The workspaces of a group.
#[derive(Debug, Default)]
pub(super) struct Workspaces {
    /// What the fused Task declares.
    pub(super) fused: Vec<FusedWorkspace>,
    /// Workspaces of the Pipeline that are emptyDir volumes now, each with its volume.
    pub(super) empty_dirs: Vec<(String, String)>,
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
    pub(super) fn plan(request: &Request<'_>, volumes: &mut Volumes, diagnostics: &mut Diagnostics) -> Self {
        let (pipeline, members) = (request.pipeline, &request.members);
        let mut plan = Self { empty_dirs: empty_dirs(request, volumes, diagnostics), ..Self::default() };
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
                if let Some(choice) = plan.empty_dir(&spec, &binding) {
                    choices.push((spec.name.value.clone(), choice));
                    continue;
                }
                let path = member.in_pipeline_terms(&spec.mount_path.value);
                let key = key(&path, &spec, &binding, &keys, &choices);
                let at = keys.iter().position(|other| *other == key).unwrap_or_else(|| {
                    plan.fused.push(FusedWorkspace::new(&key, &spec, &binding));
                    keys.push(key);
                    keys.len() - 1
                });
                plan.fused[at].join(index, &spec);
                choices.push((spec.name.value.clone(), Choice::Shared(at, path.to_string())));
            }
            chosen.push(choices);
        }
        let unbound = chosen.iter().flatten().filter(|(_, choice)| matches!(choice, Choice::Unbound));
        plan.name(request, unbound.map(|(name, _)| name.as_str()));
        plan.targets = chosen.into_iter().map(|choices| plan.resolve(choices)).collect();
        plan
    }

    fn empty_dir(&self, spec: &WorkspaceSpec, binding: &Binding) -> Option<Choice> {
        let (_, volume) = self.empty_dirs.iter().find(|(workspace, _)| *workspace == binding.workspace.value)?;
        Some(Choice::Volume(Target::Volume {
            volume: volume.clone(),
            mount_path: spec.mount_path.value.clone(),
            sub_path: binding.sub_path.as_ref().map(|path| path.value.clone()),
            read_only: spec.read_only,
        }))
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

    /// A workspace keeps its members' name for it where they agree and it is free, else takes the Pipeline's. In an embedded
    /// spec Tekton puts in `$(workspaces.W.bound)` of the Pipeline's `W` (`propagateParams`,
    /// `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15), so no other workspace may be called `W` there.
    fn name<'n>(&mut self, request: &Request<'_>, unbound: impl Iterator<Item = &'n str>) {
        let mut names = Names::new(FREE);
        // Variables of an unbound workspace stay as they are and must not speak of another one.
        unbound.for_each(|name| _ = names.take(name));
        let agreed = |workspace: &FusedWorkspace| {
            let (_, first) = workspace.users.first()?;
            workspace.users.iter().all(|(_, name)| name == first).then(|| first.clone())
        };
        let agreed: Vec<Option<String>> = self.fused.iter().map(agreed).collect();
        let outer = request.pipeline.workspace_names().filter(|_| request.embeds);
        let outer: HashSet<&String> = outer.map(|name| &name.value).collect();
        for (workspace, agreed) in self.fused.iter_mut().zip(agreed) {
            let captured = |name: &String| *name != workspace.workspace && outer.contains(name);
            let kept = agreed.filter(|name| !captured(name)).and_then(|name| names.take_exactly(&name));
            let free = || std::iter::repeat_with(|| names.take(&workspace.workspace)).find(|name| !captured(name));
            workspace.name = kept.or_else(free).unwrap_or_default();
        }
    }

    fn resolve(&self, choices: Vec<(String, Choice)>) -> HashMap<String, Target> {
        let target = |choice| match choice {
            Choice::Unbound => Target::Unbound,
            Choice::Volume(target) => target,
            Choice::Shared(at, mount_path) => Target::Declared {
                name: self.fused[at].name.clone(),
                mount_path: (self.fused[at].mount_path == MountPath::Away).then_some(mount_path),
                optional: self.fused[at].optional,
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

    /// Workspaces of the Pipeline that are optional for one member, which is named, but not for all.
    pub(super) fn no_longer_optional<'a>(
        &'a self,
        members: &'a [Member<'a>],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let of = |workspace: &'a FusedWorkspace| {
            let optional = |(member, name): &&(usize, String)| {
                members[*member].workspaces().iter().any(|spec| spec.name.value == *name && spec.optional)
            };
            let user = workspace.users.iter().find(optional).filter(|_| !workspace.optional);
            user.map(|(member, _)| (workspace.workspace.as_str(), members[*member].name()))
        };
        self.fused.iter().filter_map(of)
    }

    /// The members with a workspace of the Pipeline that is an emptyDir volume now.
    pub(super) fn with_empty_dir(&self, workspace: &str) -> impl Iterator<Item = usize> {
        let volume = self.empty_dirs.iter().find(|(name, _)| name == workspace).map(|(_, volume)| volume);
        let is_it = move |target: &Target| matches!(target, Target::Volume { volume: of, .. } if Some(of) == volume);
        let users = self.targets.iter().enumerate().filter(move |(_, targets)| targets.values().any(is_it));
        users.map(|(member, _)| member)
    }

    /// Directories of a workspace that a later member gets, while an earlier one has a directory above it, with a place and
    /// the members that may see it each: a run may bind one claim to several workspaces.
    pub(super) fn early_directories(&self) -> impl Iterator<Item = (&str, Span, Vec<usize>)> {
        let above = |outer: Option<&str>, inner: &str| {
            outer.is_none_or(|outer| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')))
        };
        self.fused.iter().filter_map(move |later| {
            let (inner, last) = (later.sub_path.as_deref()?, later.users.last()?.0);
            let others = self.fused.iter().filter(|other| above(other.sub_path.as_deref(), inner));
            let is_earlier = |other: &FusedWorkspace| other.members().any(|member| member < last);
            let found =
                others.clone().any(|other| other.workspace == later.workspace && !other.read_only && is_earlier(other));
            let members = others.flat_map(FusedWorkspace::members).filter(|member| *member < last);
            found.then(|| (inner, later.span, distinct(members.chain(later.members()).collect())))
        })
    }

    /// The paths that variables decide, if there are several: the pod is refused if two turn out equal.
    pub(super) fn variable_paths(&self) -> Vec<(&str, Span)> {
        let path = |workspace: &'_ FusedWorkspace| match &workspace.mount_path {
            MountPath::Declared(_) => Some(workspace.span),
            MountPath::Away => None,
        };
        let paths = self.fused.iter().filter_map(|workspace| Some((workspace.name.as_str(), path(workspace)?)));
        Some(paths.collect::<Vec<_>>()).filter(|paths| paths.len() > 1).unwrap_or_default()
    }

    /// Pipeline workspaces that several members use, each with a place and the members: if a run binds an emptyDir, it is
    /// shared now.
    pub(super) fn shared(&self) -> Vec<(&str, Span, Vec<usize>)> {
        let mut shared: Vec<(&str, Span, Vec<usize>)> = Vec::new();
        for workspace in &self.fused {
            let members = distinct(workspace.members().collect());
            match shared.iter_mut().find(|(name, ..)| *name == workspace.workspace) {
                _ if members.len() < 2 => {}
                Some((.., known)) => *known = distinct(known.iter().copied().chain(members).collect()),
                None => shared.push((&workspace.workspace, workspace.span, members)),
            }
        }
        shared
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
    Volume(Target),
    Shared(usize, String),
}

fn key(path: &Template, spec: &WorkspaceSpec, binding: &Binding, keys: &[Key], choices: &[(String, Choice)]) -> Key {
    let sub_path = binding.sub_path.as_ref().map(|path| path.value.clone());
    let mount_path = match path.variables().next() {
        Some(_) => MountPath::Declared(path.to_string()),
        None => MountPath::Away,
    };
    let mine = choices.iter().filter_map(|(_, choice)| match choice {
        Choice::Shared(at, _) => keys.get(*at),
        Choice::Unbound | Choice::Volume(_) => None,
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

    fn members(&self) -> impl Iterator<Item = usize> {
        self.users.iter().map(|(member, _)| *member)
    }

    fn join(&mut self, member: usize, spec: &WorkspaceSpec) {
        self.optional &= spec.optional;
        self.users.push((member, spec.name.value.clone()));
        if self.description.is_none() {
            self.description = spec.node.get("description").cloned();
        }
    }
}

fn distinct(mut members: Vec<usize>) -> Vec<usize> {
    members.sort_unstable();
    members.dedup();
    members
}

/// Whether a pipeline task uses a workspace of the Pipeline: by a binding, or by a name in its embedded spec.
pub fn uses_workspace(task: &PipelineTask, workspace: &str) -> bool {
    let bound = task.workspaces.iter().any(|binding| binding.workspace.value == workspace);
    bound || matches!(&task.source, TaskSource::Embedded(spec) if names_workspace(&spec.node, workspace))
}

/// The workspaces that the group wants as emptyDir volumes. Only those that nobody else uses can be.
fn empty_dirs(request: &Request<'_>, volumes: &mut Volumes, diagnostics: &mut Diagnostics) -> Vec<(String, String)> {
    let members = |index: usize| request.members.iter().any(|member| member.index == index);
    let mut found = Vec::new();
    for wanted in &request.group.options.empty_dir {
        let name = &wanted.value;
        let mut tasks = request.pipeline.tasks.iter().enumerate();
        let other = tasks.find(|(index, task)| !members(*index) && uses_workspace(task, name));
        let problem = if !request.pipeline.workspaces.iter().any(|workspace| workspace.name.value == *name) {
            Some((format!("the Pipeline has no workspace `{name}`"), "name one of its workspaces".to_owned()))
        } else {
            let (_, task) = other.unzip();
            task.map(|task| {
                let task = &task.name.value;
                let message = format!("`{task}` uses the workspace `{name}` outside of the group");
                (message, format!("add `{task}` to the group, or keep `{name}` a workspace"))
            })
        };
        match problem {
            Some((message, help)) => {
                diagnostics
                    .push(Diagnostic::new(Code::EmptyDirRefused, message).at(wanted.span, "asked for here").help(help));
            }
            None => found.push((name.clone(), volumes.take(name))),
        }
    }
    found
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
    if !pipeline.workspace_names().any(|declared| declared.value == *name) {
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

#[cfg(test)]
mod tests;
