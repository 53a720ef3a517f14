//! The texts of a Task with the values that its pod gets, as far as the documents tell them.

use crate::expr::{Access, Template, Variable, WorkspaceProperty};
use crate::model::{ParamValue, Pipeline, Run, param_value};
use crate::yaml::{Node, ScalarKind};

/// Where a Task runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// The run whose params and workspaces count.
    pub(super) run: Option<&'a Run>,
    /// The pipeline task.
    pub(super) task: &'a Node,
    /// The spec of the Task.
    pub(super) spec: &'a Node,
    /// Whether the spec stands in the pipeline task.
    pub(super) embedded: bool,
}

impl Scope<'_> {
    /// A text of a step, with params and paths of workspaces replaced in Tekton's order; what is not known stays a variable.
    pub(super) fn text(&self, step: &Node, text: &str) -> Template {
        self.with_params(text).map(|variable| match variable {
            Variable::Workspace(name, WorkspaceProperty::Path) => Some(self.path(step, name)),
            _ => None,
        })
    }

    fn with_params(&self, text: &str) -> Template {
        Template::parse(text).map(|variable| {
            let Variable::Param(name, access) = variable else { return None };
            let (name, access) = name.resolve(access, |name| self.value(name).is_some());
            part(&self.value(&name)?, &access)
        })
    }

    /// The value of a param of the Task: passed, inherited in an embedded spec, or its default.
    fn value(&self, name: &str) -> Option<ParamValue> {
        let of_matrix =
            self.task.get("matrix").is_some_and(|matrix| names(matrix, "params").any(|other| other == name));
        if of_matrix {
            return None;
        }
        if let Some(passed) = named(self.task, "params", name) {
            let value = param_value(passed.get("value")?);
            return Some(value.map(|text| self.in_pipeline(text, 0)));
        }
        let inherited = self.pipeline_value(name).filter(|_| self.embedded);
        let default = || named(self.spec, "params", name)?.get("default").map(param_value);
        inherited.map(|value| value.map(|text| self.in_pipeline(text, 0))).or_else(default)
    }

    /// A text of the Pipeline with the values of its params. Defaults may name others, ten deep
    /// (`pkg/reconciler/pipelinerun/resources/apply.go`, v1.15).
    fn in_pipeline(&self, text: &Template, depth: usize) -> Template {
        text.map(|variable| {
            let Variable::Param(name, access) = variable else { return None };
            let (name, access) = name.resolve(access, |name| self.pipeline_value(name).is_some());
            let text = part(&self.pipeline_value(&name)?, &access)?;
            Some(if depth < 10 { self.in_pipeline(&text, depth + 1) } else { text })
        })
    }

    fn pipeline_value(&self, name: &str) -> Option<ParamValue> {
        let given = self.run.and_then(|run| run.params.iter().find(|param| param.name == name));
        let declared = || self.pipeline.params.iter().find(|param| param.name.value == name)?.default.clone();
        given.map(|param| param.value.clone()).or_else(declared)
    }

    /// Where a step finds a workspace; nothing if it is left unbound.
    fn path(&self, step: &Node, name: &str) -> Template {
        let declared = named(self.spec, "workspaces", name);
        let optional =
            declared.and_then(|node| node.get("optional")?.as_scalar()).is_some_and(|it| it.json() == "true");
        if optional && !self.is_bound(name) {
            return Template::default();
        }
        let mounted = named(step, "workspaces", name).and_then(|node| node.get("mountPath")?.as_str());
        if let Some(path) = mounted.filter(|path| !path.is_empty()) {
            return Template::text(path);
        }
        let path = declared.and_then(|node| node.get("mountPath")?.as_str()).filter(|path| !path.is_empty());
        path.map_or_else(|| Template::text(format!("/workspace/{name}")), |path| self.with_params(path))
    }

    /// Whether a workspace of the Task is bound; one of the Pipeline is, unless the run that counts leaves it out.
    fn is_bound(&self, name: &str) -> bool {
        let binding = named(self.task, "workspaces", name);
        let outer = binding.map(|node| node.get("workspace").and_then(Node::as_str).unwrap_or(name));
        let propagated =
            || self.pipeline.workspace_names().any(|other| self.embedded && other.value == name).then_some(name);
        let Some(outer) = outer.or_else(propagated) else { return false };
        self.run.is_none_or(|run| run.workspaces.iter().any(|(bound, _)| bound == outer))
    }
}

fn part(value: &ParamValue, access: &Access) -> Option<Template> {
    match (value, access) {
        (ParamValue::String(text), Access::Whole) => Some(text.clone()),
        (ParamValue::Array(items), Access::Index(index)) => items.get(*index).cloned(),
        (ParamValue::Object(fields), Access::Key(key)) => fields.get(key).cloned(),
        _ => None,
    }
}

/// The entry of a list that has a name.
pub(super) fn named<'n>(node: &'n Node, list: &str, name: &str) -> Option<&'n Node> {
    items(node, list).iter().find(|item| item.get("name").and_then(Node::as_str) == Some(name))
}

fn names<'n>(node: &'n Node, list: &str) -> impl Iterator<Item = &'n str> {
    let included = items(node, "include").iter().flat_map(move |item| items(item, "params"));
    items(node, list).iter().chain(included).filter_map(|item| item.get("name")?.as_str())
}

/// A list of a node; empty if there is none.
pub(super) fn items<'n>(node: &'n Node, list: &str) -> &'n [Node] {
    node.get(list).and_then(Node::as_sequence).unwrap_or_default()
}

/// A text that is there and not empty.
pub(super) fn filled<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    let scalar = node.get(key)?.as_scalar()?;
    (scalar.kind != ScalarKind::Null && !scalar.text.is_empty()).then_some(scalar.text.as_str())
}
