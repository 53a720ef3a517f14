//! Tasks.

use super::decode::Fields;
use super::{ParamValue, Text, pipeline};
use crate::diag::Diagnostics;
use crate::source::Span;
use crate::yaml::Node;

/// A Task or ClusterTask of the input.
#[derive(Clone, Debug)]
pub struct Task {
    /// `metadata.name`.
    pub name: Text,
    /// Whether it is a ClusterTask: looked up under that kind only.
    pub cluster: bool,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata.labels` and `.annotations`: Tekton copies them to TaskRun and pod.
    pub metadata: Option<Node>,
    /// The spec.
    pub spec: TaskSpec,
}

/// The spec of a Task, referenced or embedded.
#[derive(Clone, Debug)]
pub struct TaskSpec {
    /// Where it stands.
    pub span: Span,
    /// Declared params.
    pub params: Vec<ParamSpec>,
    /// Declared results.
    pub results: Vec<ResultSpec>,
    /// Declared workspaces.
    pub workspaces: Vec<WorkspaceSpec>,
    /// Containers that run in order.
    pub steps: Vec<Node>,
    /// What each step inherits.
    pub step_template: Option<Node>,
    /// Containers that run beside the steps.
    pub sidecars: Vec<Node>,
    /// Volumes of the pod.
    pub volumes: Vec<Node>,
    /// Everything, for fields that are not listed here.
    pub node: Node,
}

/// A declared param.
#[derive(Clone, Debug)]
pub struct ParamSpec {
    /// Its name.
    pub name: Text,
    /// Declared or inferred as Tekton does it (`ParamSpec.SetDefaults`).
    pub kind: ParamType,
    /// The default, if there is one.
    pub default: Option<ParamValue>,
    /// The whole declaration.
    pub node: Node,
}

/// The three types of params and results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ParamType {
    /// One string.
    #[default]
    String,
    /// A list of strings.
    Array,
    /// Strings by key.
    Object,
}

impl ParamType {
    /// The word for it in YAML.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "string" => Some(Self::String),
            "array" => Some(Self::Array),
            "object" => Some(Self::Object),
            _ => None,
        }
    }
}

/// A declared result.
#[derive(Clone, Debug)]
pub struct ResultSpec {
    /// Its name.
    pub name: Text,
    /// Its type.
    pub kind: ParamType,
    /// `value: $(steps.s.results.r)`, if a step result is handed on.
    pub value: Option<Text>,
    /// The whole declaration.
    pub node: Node,
}

/// A declared workspace.
#[derive(Clone, Debug)]
pub struct WorkspaceSpec {
    /// Its name.
    pub name: Text,
    /// Where it is mounted; `/workspace/<name>` if it does not say.
    pub mount_path: Text,
    /// Mounted read-only.
    pub read_only: bool,
    /// May be left unbound.
    pub optional: bool,
    /// The whole declaration.
    pub node: Node,
}

/// Reads a Task document.
pub(super) fn task(root: &Node, diagnostics: &mut Diagnostics) -> Task {
    let root_fields = Fields::of(root, "the Task", diagnostics);
    let metadata = root_fields.get("metadata");
    let name = metadata.and_then(|node| Fields::of(node, "metadata", diagnostics).text("name", diagnostics));
    Task {
        name: name.unwrap_or_else(|| Text::new("", root.span.at_start())),
        cluster: root.get("kind").and_then(Node::as_str) == Some("ClusterTask"),
        namespace: metadata.and_then(|node| node.get("namespace")).and_then(Node::as_str).map(str::to_owned),
        metadata: metadata.cloned(),
        spec: task_spec(root_fields.get("spec").unwrap_or(root), diagnostics),
    }
}

/// Reads the spec of a Task.
pub(super) fn task_spec(node: &Node, diagnostics: &mut Diagnostics) -> TaskSpec {
    let fields = Fields::of(node, "the Task's spec", diagnostics);
    let params = fields.list("params", diagnostics);
    let results = fields.list("results", diagnostics);
    let workspaces = fields.list("workspaces", diagnostics);
    TaskSpec {
        span: node.span,
        params: params.iter().filter_map(|param| param_spec(param, diagnostics)).collect(),
        results: results.iter().filter_map(|result| result_spec(result, diagnostics)).collect(),
        workspaces: workspaces.iter().filter_map(|workspace| workspace_spec(workspace, diagnostics)).collect(),
        steps: fields.list("steps", diagnostics).to_vec(),
        step_template: fields.get("stepTemplate").cloned(),
        sidecars: fields.list("sidecars", diagnostics).to_vec(),
        volumes: fields.list("volumes", diagnostics).to_vec(),
        node: node.clone(),
    }
}

/// Reads the declaration of a param of a Task or Pipeline.
pub(super) fn param_spec(node: &Node, diagnostics: &mut Diagnostics) -> Option<ParamSpec> {
    let fields = Fields::of(node, "a param", diagnostics);
    let name = fields.name(diagnostics)?;
    let default = fields.get("default").map(pipeline::param_value);
    let declared = fields.text("type", diagnostics).and_then(|text| ParamType::parse(&text.value));
    let kind = declared.unwrap_or_else(|| match (&default, fields.get("properties")) {
        (_, Some(_)) => ParamType::Object,
        (Some(default), None) => default.kind(),
        (None, None) => ParamType::String,
    });
    Some(ParamSpec { name, kind, default, node: node.clone() })
}

fn result_spec(node: &Node, diagnostics: &mut Diagnostics) -> Option<ResultSpec> {
    let fields = Fields::of(node, "a result", diagnostics);
    let name = fields.name(diagnostics)?;
    let declared = fields.text("type", diagnostics).and_then(|text| ParamType::parse(&text.value));
    let inferred = if fields.get("properties").is_some() { ParamType::Object } else { ParamType::String };
    let value = fields.text("value", diagnostics);
    Some(ResultSpec { name, kind: declared.unwrap_or(inferred), value, node: node.clone() })
}

fn workspace_spec(node: &Node, diagnostics: &mut Diagnostics) -> Option<WorkspaceSpec> {
    let fields = Fields::of(node, "a workspace", diagnostics);
    let name = fields.name(diagnostics)?;
    let flag = |key| fields.get(key).and_then(Node::as_scalar).is_some_and(|scalar| scalar.json() == "true");
    let (read_only, optional) = (flag("readOnly"), flag("optional"));
    let declared = fields.text("mountPath", diagnostics).filter(|path| !path.value.is_empty());
    let mount_path = declared.unwrap_or_else(|| Text::new(format!("/workspace/{}", name.value), name.span));
    Some(WorkspaceSpec { name, mount_path, read_only, optional, node: node.clone() })
}
