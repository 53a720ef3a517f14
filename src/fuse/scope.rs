//! What a variable of the Pipeline, or of a member's Task, becomes in the fused Task.

use std::collections::{HashMap, HashSet};

use super::fields::{self, Leaf};
use super::member::Member;
use super::names::StepNames;
use super::params::{Bound, Params};
use super::results::Results;
use super::sidecars::SidecarNames;
use super::told;
use super::workspaces::{Target, Workspaces};
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::expr::{Access, ParamName, Template, Variable, WorkspaceProperty};
use crate::model::{ParamSpec, ParamType, ParamValue, Pipeline, RunParam};
use crate::source::Span;
use crate::yaml::Node;

/// The scope around the group: what the Pipeline substitutes before the Task sees it.
#[derive(Debug)]
pub(super) struct Outer<'a> {
    /// The Pipeline.
    pub(super) pipeline: &'a Pipeline,
    /// Names of the group's members.
    pub(super) members: HashSet<&'a str>,
    /// Whether the fused Task becomes a `taskSpec` in the Pipeline.
    pub(super) embeds: bool,
    /// Params that the run of an inline Pipeline passes, declared or not.
    pub(super) run_params: &'a [RunParam],
}

impl<'a> Outer<'a> {
    /// A declared param of the Pipeline.
    pub(super) fn param(&self, name: &str) -> Option<&'a ParamSpec> {
        self.pipeline.params.iter().find(|param| param.name.value == name)
    }

    /// Whether the Pipeline substitutes a param.
    pub(super) fn has_param(&self, name: &str) -> bool {
        self.param(name).is_some() || self.run_param(name).is_some()
    }

    /// A param that only the run knows.
    pub(super) fn run_param(&self, name: &str) -> Option<&'a RunParam> {
        self.run_params.iter().find(|param| param.name == name)
    }

    /// The type of a param.
    pub(super) fn param_kind(&self, name: &str) -> ParamType {
        let of_run = || self.run_param(name).map_or(ParamType::String, |param| param.value.kind());
        self.param(name).map_or_else(of_run, |param| param.kind)
    }

    /// The type that a value has once the Pipeline's variables are substituted.
    pub(super) fn kind_of(&self, value: &ParamValue) -> ParamType {
        let ParamValue::String(text) = value else { return value.kind() };
        match text.sole_variable() {
            Some(Variable::Param(name, Access::Star)) => self.param_kind(name.as_str()),
            Some(Variable::TaskResult { access: Access::Star, .. }) => ParamType::Array,
            _ => ParamType::String,
        }
    }

    /// Whether a variable is a result of a member, or its status.
    pub(super) fn is_inside(&self, variable: &Variable) -> bool {
        match variable {
            Variable::Status { task: Some(task), property } => {
                property == "status" && self.members.contains(task.as_str())
            }
            variable => self.is_result(variable),
        }
    }

    /// Whether a variable is a result of a member.
    pub(super) fn is_result(&self, variable: &Variable) -> bool {
        matches!(variable, Variable::TaskResult { task, .. } if self.members.contains(task.as_str()))
    }

    /// Whether the Pipeline substitutes a variable inside an embedded spec; others are for params and `when` only.
    fn reaches_into_specs(&self, variable: &Variable) -> bool {
        let only_outside = match variable {
            Variable::Status { .. } | Variable::TaskOther { .. } => true,
            Variable::Context(name) => name.starts_with("pipelineTask."),
            _ => false,
        };
        !only_outside && self.substitutes(variable)
    }

    /// Whether a variable means something in a Pipeline and nothing in a Task. A result of a finally task is substituted nowhere
    /// in the tasks, but Tekton takes it for a dependency (`PipelineTaskResultRefs`, `pkg/apis/pipeline/v1/resultref.go`, v1.15).
    fn is_for_pipelines(&self, variable: &Variable) -> bool {
        match variable {
            Variable::Param(..) | Variable::Workspace(..) => false,
            Variable::FinallyResult { .. } => true,
            variable => self.substitutes(variable),
        }
    }

    /// Whether the Pipeline substitutes a variable before the Task sees it.
    pub(super) fn substitutes(&self, variable: &Variable) -> bool {
        match variable {
            Variable::Param(name, access) => {
                let (name, _) = name.resolve(access, |name| self.has_param(name));
                self.has_param(&name)
            }
            Variable::TaskResult { .. } | Variable::Status { .. } | Variable::TaskOther { .. } => true,
            Variable::Context(name) => {
                ["pipelineRun.", "pipeline.", "pipelineTask."].iter().any(|prefix| name.starts_with(prefix))
            }
            Variable::Workspace(name, WorkspaceProperty::Bound) => {
                self.pipeline.workspace_names().any(|known| known.value == *name)
            }
            _ => false,
        }
    }
}

/// The scope of a member's Task.
pub(super) struct Scope<'a> {
    pub(super) index: usize,
    pub(super) member: &'a Member<'a>,
    pub(super) workspaces: &'a Workspaces,
    pub(super) results: &'a Results,
    pub(super) steps: &'a StepNames,
    pub(super) sidecars: &'a SidecarNames,
}

impl Scope<'_> {
    /// A text in which everything but params is renamed: values of params, where `$(params...)` is the Pipeline's.
    pub(super) fn rename(&self, text: &Template) -> Template {
        text.map(|variable| self.task_variable(variable))
    }

    /// What a variable other than a param becomes; `None` leaves it as it is.
    pub(super) fn task_variable(&self, variable: &Variable) -> Option<Template> {
        match variable {
            Variable::ResultPath(name) => self.results.get(self.index, name).map(|result| result.written.clone()),
            Variable::StepResult { step, rest } => {
                let step = self.step(step)?.to_owned();
                Some(Template::variable(Variable::StepResult { step, rest: rest.clone() }))
            }
            Variable::StepArtifacts { step, rest } => {
                let step = self.step(step)?.to_owned();
                Some(Template::variable(Variable::StepArtifacts { step, rest: rest.clone() }))
            }
            Variable::ExitCodePath(step) => {
                Some(Template::variable(Variable::ExitCodePath(self.step(step)?.to_owned())))
            }
            Variable::Workspace(name, property) => self.workspace(name, *property),
            Variable::Context(name) if name == "task.name" => Some(match self.member.resolved.task {
                Some(task) => Template::text(&task.name.value),
                None => Template::variable(Variable::Context("taskRun.name".to_owned())),
            }),
            _ => None,
        }
    }

    /// The path that the member's Task gave a workspace, for containers that do not get it.
    fn own_path(&self, variable: &Variable, unlisted: &[String]) -> Option<Template> {
        let Variable::Workspace(name, WorkspaceProperty::Path) = variable else { return None };
        match self.workspaces.target(self.index, name)? {
            Target::Declared { mount_path: Some(path), .. } if unlisted.contains(name) => Some(Template::text(path)),
            _ => None,
        }
    }

    /// Whether a variable is the path of a workspace that a run may leave unbound.
    fn may_be_empty(&self, variable: &Variable) -> bool {
        let Variable::Workspace(name, WorkspaceProperty::Path) = variable else { return false };
        matches!(self.workspaces.target(self.index, name), Some(Target::Declared { optional: true, .. }))
    }

    fn rename_with_own_paths(&self, text: &Template, unlisted: &[String]) -> Template {
        text.map(|variable| self.own_path(variable, unlisted).or_else(|| self.task_variable(variable)))
    }

    fn workspace(&self, name: &str, property: WorkspaceProperty) -> Option<Template> {
        match (self.workspaces.target(self.index, name)?, property) {
            (Target::Declared { name, .. }, _) => Some(Template::variable(Variable::Workspace(name.clone(), property))),
            (Target::Volume { volume, mount_path, .. }, property) => Some(Template::text(match property {
                WorkspaceProperty::Path => mount_path.as_str(),
                WorkspaceProperty::Bound => "true",
                WorkspaceProperty::Claim => "",
                WorkspaceProperty::Volume => volume.as_str(),
            })),
            (Target::Unbound, WorkspaceProperty::Bound) => Some(Template::text("false")),
            (Target::Unbound, WorkspaceProperty::Path) => Some(Template::default()),
            // Tekton leaves the others of an unbound workspace as they are (`ApplyWorkspaces`, v1.15).
            (Target::Unbound, _) => None,
        }
    }

    /// Renames the containers that `resourceFieldRef`s of a container or volume speak of.
    pub(super) fn rename_containers(&self, node: &mut Node) {
        fields::visit(node, fields::CONTAINERS, &mut |leaf| {
            let Leaf::Text(_, node) = leaf else { return };
            let Some(name) = node.as_str() else { return };
            let step = name.strip_prefix("step-").and_then(|name| self.step(name)).map(|name| format!("step-{name}"));
            let sidecar = || Some(format!("sidecar-{}", self.sidecar(name.strip_prefix("sidecar-")?)?));
            if let Some(renamed) = step.or_else(sidecar) {
                *node = Node::string(node.span, renamed);
            }
        });
    }

    /// The fused name of a sidecar of this member.
    fn sidecar(&self, name: &str) -> Option<&str> {
        let sidecars = &self.member.spec().sidecars;
        let index = sidecars.iter().position(|sidecar| sidecar.get("name").and_then(Node::as_str) == Some(name))?;
        Some(self.sidecars.get(self.index, index))
    }

    /// The fused name of a step of this member.
    fn step(&self, name: &str) -> Option<&str> {
        let index = (0..self.member.spec().steps.len()).find(|index| self.member.step_name(*index) == name)?;
        Some(self.steps.step(self.index, index))
    }
}

/// Rewrites the texts of a member's Task.
pub(super) struct Rewriter<'a, 's> {
    pub(super) scope: &'s Scope<'a>,
    pub(super) outer: &'s Outer<'a>,
    pub(super) bound: &'s HashMap<String, Bound>,
    pub(super) params: &'s mut Params,
    /// Workspaces that the container at hand does not get.
    pub(super) unlisted: Vec<String>,
    /// The step at hand, by its name in the member's Task.
    pub(super) step: Option<String>,
    pub(super) diagnostics: &'s mut Diagnostics,
}

impl Rewriter<'_, '_> {
    /// A text of the Task as text of the fused Task. Results of members stay in it as `tasks.M.results.R`.
    pub(super) fn text(&mut self, text: &Template, span: Span) -> Template {
        text.map(|variable| self.variable(variable, span))
    }

    /// The items that take the place of one item of a list.
    pub(super) fn items(&mut self, item: &Template, span: Span) -> Vec<Template> {
        let array = item.sole_variable().and_then(|variable| self.array(variable));
        array.unwrap_or_else(|| vec![self.text(item, span)])
    }

    /// The items of a param that is an array with results of members in it.
    pub(super) fn array(&self, variable: &Variable) -> Option<Vec<Template>> {
        let Variable::Param(name, access) = variable else { return None };
        let (name, access) = name.resolve(access, |name| self.bound.contains_key(name));
        self.bound.get(&name)?.items(&access)
    }

    /// A text of the pipeline task as text of the fused Task.
    pub(super) fn outer_text(&mut self, text: &str, span: Span) -> String {
        let scope = self.scope;
        self.params.inline(&Template::parse(text), self.outer, &|text| scope.rename(text), span).to_string()
    }

    fn variable(&mut self, variable: &Variable, span: Span) -> Option<Template> {
        let embedded = self.scope.member.embedded();
        match variable {
            Variable::Param(name, access) => {
                let (name, access) = name.resolve(access, |name| self.bound.contains_key(name));
                if self.is_element_of_pipeline(&name, &access) {
                    return Some(self.of_pipeline(&Variable::Param(ParamName::Plain(name), access), span));
                }
                if let Some(value) = self.needs_own_paths(&name) {
                    value.variables().for_each(|variable| self.tell_if_empty(variable, span));
                    let scope = self.scope;
                    let unlisted = std::mem::take(&mut self.unlisted);
                    let rename = |text: &Template| scope.rename_with_own_paths(text, &unlisted);
                    let inlined = self.params.inline(&value, self.outer, &rename, span);
                    self.unlisted = unlisted;
                    return Some(inlined);
                }
                if let Some(bound) = self.bound.get(&name) {
                    let replaced = bound.text(&access);
                    if replaced.is_none() {
                        self.report_unreachable(variable, span);
                    }
                    return replaced;
                }
                (embedded && self.outer.has_param(&name)).then(|| self.of_pipeline(variable, span))
            }
            variable if embedded && self.outer.is_result(variable) => None,
            variable if embedded && self.outer.reaches_into_specs(variable) => Some(self.of_pipeline(variable, span)),
            // In a Task that is referred to, Tekton leaves them as they are.
            variable if self.outer.embeds && self.outer.is_for_pipelines(variable) => {
                Some(self.params.literal(variable, span))
            }
            Variable::TaskResult { .. } | Variable::Status { .. } => Some(Template::text(format!("$({variable})"))),
            variable => {
                let told = told::context_changed(self.scope.member, variable, span);
                told.into_iter().for_each(|told| self.diagnostics.push(told.in_steps(self.step.clone())));
                if let Some(path) = self.scope.own_path(variable, &self.unlisted) {
                    self.tell_if_empty(variable, span);
                    return Some(path);
                }
                self.scope.task_variable(variable)
            }
        }
    }

    /// Whether an element is that of the Pipeline's array, though the member passes another array by the same name: an embedded
    /// spec gets the Pipeline's elements first (`propagateParams`, `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15).
    fn is_element_of_pipeline(&self, name: &str, access: &Access) -> bool {
        let is_array = matches!(access, Access::Index(_))
            && self.scope.member.embedded()
            && self.outer.has_param(name)
            && self.outer.param_kind(name) == ParamType::Array;
        is_array && self.scope.member.passed(name).is_some()
    }

    /// The value of a param that speaks of the path of a workspace which the container at hand does not get.
    fn needs_own_paths(&self, name: &str) -> Option<Template> {
        let ParamValue::String(value) = self.scope.member.passed(name)? else { return None };
        let speaks = value.variables().any(|variable| self.scope.own_path(variable, &self.unlisted).is_some());
        speaks.then(|| value.clone())
    }

    /// Says that a path which is text now would have been empty where the workspace is not bound.
    fn tell_if_empty(&mut self, variable: &Variable, span: Span) {
        if !self.scope.may_be_empty(variable) {
            return;
        }
        let member = self.scope.member.name();
        let message = format!("`$({variable})` in `{member}` is not empty any more where the workspace is not bound");
        let place = Diagnostic::new(Code::UnboundPath, message).at(span, "this text does not get the workspace itself");
        let mut place = place.of([member]).in_steps(self.step.clone());
        if let Variable::Workspace(name, _) = variable
            && let Some(binding) = self.scope.member.binding(self.outer.pipeline, name)
        {
            place = place.only_if(Condition::Unbound(binding.workspace.value));
        }
        self.diagnostics.push(place.help("ask for `.bound` instead of comparing the path with an empty text"));
    }

    fn of_pipeline(&mut self, variable: &Variable, span: Span) -> Template {
        self.params.outer_reference(variable, self.outer, span)
    }

    fn report_unreachable(&mut self, variable: &Variable, span: Span) {
        let member = self.scope.member.name();
        let message =
            format!("`$({variable})` in `{member}` asks for a part of a value that is only known at run time");
        let place = Diagnostic::new(Code::PartUnknown, message).at(span, "used here");
        self.diagnostics
            .push(place.help(format!("leave `{member}` out of the group, or pass the part as a param of its own")));
    }
}

#[cfg(test)]
mod tests;
