//! A member of a group with the Task it runs, and what its pipeline task gives that Task.

use std::collections::BTreeSet;

use super::matrix::Copy;
use crate::expr::{Access, Template, Variable, WorkspaceProperty};
use crate::model::{
    Binding, Param, ParamSpec, ParamValue, Pipeline, PipelineTask, ResultSpec, RunParam, TaskSpec, Text, WorkspaceSpec,
    merge,
};
use crate::resolve::Resolved;
use crate::yaml::Node;
pub(super) use crate::yaml::each_text;

/// A member of a group.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its place in `Pipeline::tasks`.
    pub index: usize,
    /// The pipeline task.
    pub task: &'a PipelineTask,
    /// The Task it runs.
    pub resolved: Resolved<'a>,
    /// The Pipeline it is in.
    pub pipeline: &'a Pipeline,
    /// Params that the run of an inline Pipeline passes.
    pub run_params: &'a [RunParam],
    /// Which copy of the pipeline task it is, if that has a `matrix`.
    pub copy: Option<&'a Copy>,
}

impl<'a> Member<'a> {
    /// The pipeline task's name; copies share it.
    pub(super) fn name(&self) -> &'a str {
        &self.task.name.value
    }

    /// What its steps, params and results are named after: a copy has a name that no task has.
    pub(super) fn own_name(&self) -> &'a str {
        self.copy.map_or(self.name(), |copy| &copy.name)
    }

    /// The spec of its Task.
    pub(super) fn spec(&self) -> &'a TaskSpec {
        self.resolved.spec
    }

    /// Whether the spec stands in the Pipeline, so that the Pipeline's params and variables reach into it.
    pub(super) fn embedded(&self) -> bool {
        self.resolved.task.is_none()
    }

    /// The name of a step as its container has it (`StepName` of `pkg/pod/container.go`, v1.15).
    pub(super) fn step_name(&self, index: usize) -> String {
        let name = self.spec().steps.get(index).and_then(|step| step.get("name")).and_then(Node::as_str);
        name.filter(|name| !name.is_empty()).map_or_else(|| format!("unnamed-{index}"), str::to_owned)
    }

    /// A declared param.
    pub(super) fn param(&self, name: &str) -> Option<&'a ParamSpec> {
        self.spec().params.iter().find(|param| param.name.value == name)
    }

    /// A declared result.
    pub(super) fn result(&self, name: &str) -> Option<&'a ResultSpec> {
        self.spec().results.iter().find(|result| result.name.value == name)
    }

    /// The params that the pipeline task passes: those of the copy, and those of all copies.
    pub(super) fn params(&self) -> impl DoubleEndedIterator<Item = &'a Param> {
        let own = self.copy.map_or(&[][..], |copy| copy.params.as_slice());
        self.task.params.iter().chain(own)
    }

    /// The value that the pipeline task passes for a param.
    pub(super) fn passed(&self, name: &str) -> Option<&'a ParamValue> {
        self.params().rev().find(|param| param.name.value == name).map(|param| &param.value)
    }

    /// Whether the texts of the Task use a param.
    pub(super) fn uses_param(&self, name: &str) -> bool {
        let mut used = false;
        each_text(&self.spec().node, &mut |text| {
            used |= Template::parse(text).variables().any(|variable| match variable {
                Variable::Param(other, access) => other.resolve(access, |name| self.has_param(name)).0 == name,
                _ => false,
            });
        });
        used
    }

    /// Whether `name` is a param of the Task, declared or passed.
    pub(super) fn has_param(&self, name: &str) -> bool {
        self.param(name).is_some() || self.passed(name).is_some()
    }

    /// Whether an embedded spec gets a param of the Pipeline by its name, before its own default (`propagateParams`,
    /// `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15).
    fn inherits(&self, name: &str) -> bool {
        let declared = || self.pipeline.params.iter().any(|param| param.name.value == name);
        let given = || self.run_params.iter().any(|param| param.name == name);
        self.embedded() && self.passed(name).is_none() && (declared() || given())
    }

    /// The value of a param as far as the Pipeline's text shows it; `None` if it is the Pipeline's param of that name.
    pub(super) fn param_value(&self, name: &str) -> Option<&'a ParamValue> {
        let default = || self.param(name)?.default.as_ref();
        self.passed(name).or_else(|| default().filter(|_| !self.inherits(name)))
    }

    /// A text of the Task with its params replaced by what the Pipeline passes for them, or by their defaults.
    pub(super) fn in_pipeline_terms(&self, text: &str) -> Template {
        Template::parse(text).map(|variable| {
            let Variable::Param(name, access) = variable else { return None };
            let (name, access) = name.resolve(access, |name| self.has_param(name));
            match (self.param_value(&name)?, access) {
                (ParamValue::String(value), Access::Whole) => Some(value.clone()),
                (ParamValue::Array(items), Access::Index(index)) => items.get(index).cloned(),
                (ParamValue::Object(fields), Access::Key(key)) => fields.get(&key).cloned(),
                _ => None,
            }
        })
    }

    /// A step with what it inherits from the `stepTemplate`.
    pub(super) fn merged_step(&self, step: &Node) -> Node {
        match &self.spec().step_template {
            Some(template) if step.get("ref").is_none() => merge(template, step),
            _ => step.clone(),
        }
    }

    /// The workspaces of the Task: declared, and in an embedded spec also those that its text names
    /// (`propagateWorkspaces` of `pkg/reconciler/pipelinerun/pipelinerun.go`, v1.15).
    pub(super) fn workspaces(&self) -> Vec<WorkspaceSpec> {
        let mut workspaces = self.spec().workspaces.clone();
        if self.embedded() {
            for name in named_workspaces(&self.spec().node) {
                if !workspaces.iter().any(|spec| spec.name.value == name) {
                    workspaces.push(self.undeclared(name));
                }
            }
        }
        workspaces
    }

    fn undeclared(&self, name: String) -> WorkspaceSpec {
        let span = self.task.name.span;
        let mount_path = Text::new(format!("/workspace/{name}"), span);
        let node = Node::mapping(span, [("name", Node::string(span, &name))]);
        WorkspaceSpec { name: Text::new(name, span), mount_path, read_only: false, optional: false, node }
    }

    /// What a workspace of the Task is bound to. One that an embedded spec's text names is bound to the Pipeline's of the
    /// same name where the pipeline task does not say.
    pub(super) fn binding(&self, pipeline: &Pipeline, workspace: &str) -> Option<Binding> {
        if let Some(binding) = self.task.workspaces.iter().find(|binding| binding.name.value == workspace) {
            return Some(binding.clone());
        }
        let name = pipeline.workspace_names().find(|name| name.value == workspace)?;
        let propagated = self.embedded() && named_workspaces(&self.spec().node).contains(workspace);
        propagated.then(|| Binding { name: name.clone(), workspace: name.clone(), sub_path: None })
    }
}

/// Whether the texts of an embedded spec name a workspace of the Pipeline, which they get without a binding.
pub(super) fn names_workspace(spec: &Node, workspace: &str) -> bool {
    named_workspaces(spec).contains(workspace)
}

/// The workspaces that the texts of a spec name.
fn named_workspaces(node: &Node) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    each_text(node, &mut |text| {
        for variable in Template::parse(text).variables() {
            match variable {
                // `.bound` of a Pipeline's workspace is substituted before names are looked for.
                Variable::Workspace(_, WorkspaceProperty::Bound) => {}
                Variable::Workspace(name, _) => {
                    names.insert(name.clone());
                }
                _ => {}
            }
        }
    });
    names
}

/// Whether `params` or `when` refer to a result of any task (`hasResultReferences`,
/// `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15): only then Tekton looks for
/// missing ones, in an embedded spec, too. It does not look at the params of a `matrix`.
pub(super) fn has_result_references(task: &PipelineTask) -> bool {
    let is_result = |variable: &Variable| matches!(variable, Variable::TaskResult { .. });
    let refers = |node: &Node| {
        let mut found = false;
        each_text(node, &mut |text| found |= Template::parse(text).variables().any(is_result));
        found
    };
    ["params", "when"].iter().filter_map(|key| task.field(key)).any(refers)
}
