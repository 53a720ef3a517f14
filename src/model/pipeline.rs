//! Pipelines and their tasks.

use indexmap::IndexMap;

use super::decode::{Fields, wrong_type};
use super::task::{param_spec, task_spec};
use super::{Location, ParamSpec, ParamType, TaskSpec, Text, join};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::Template;
use crate::source::Span;
use crate::yaml::{Entry, Node, Path, ScalarKind, Segment, Value};

/// A Pipeline: a document, or the inline spec of a run.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// `metadata.name`; for an inline spec the run's name, or its `generateName` without the dash.
    pub name: Text,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// `metadata` of the Pipeline or the run.
    pub metadata: Option<Node>,
    /// Where the object stands.
    pub location: Location,
    /// The way from the document's root to the spec.
    pub path: Path,
    /// Whether it is the inline spec of a run.
    pub inline: bool,
    /// The spec.
    pub spec: Node,
    /// The whole object (with `groups` at its root, as the proposal writes it).
    pub root: Node,
    /// Declared params.
    pub params: Vec<ParamSpec>,
    /// Declared workspaces.
    pub workspaces: Vec<PipelineWorkspace>,
    /// What the run of an inline Pipeline binds, declared or not: embedded specs get those that they name.
    pub run_workspaces: Vec<Text>,
    /// `tasks`, then `finally`.
    pub tasks: Vec<PipelineTask>,
    /// Declared results.
    pub results: Vec<PipelineResult>,
}

impl Pipeline {
    /// The workspaces that its tasks can use: declared ones, and those that the run of an inline Pipeline binds.
    pub fn workspace_names(&self) -> impl Iterator<Item = &Text> {
        self.workspaces.iter().map(|workspace| &workspace.name).chain(&self.run_workspaces)
    }
}

/// A declared workspace of a Pipeline.
#[derive(Clone, Debug)]
pub struct PipelineWorkspace {
    /// Its name.
    pub name: Text,
    /// May be left unbound by runs.
    pub optional: bool,
}

/// A declared result of a Pipeline.
#[derive(Clone, Debug)]
pub struct PipelineResult {
    /// Its name.
    pub name: Text,
    /// Its value, as written.
    pub value: Node,
}

/// An entry of `tasks` or `finally`.
#[derive(Clone, Debug)]
pub struct PipelineTask {
    /// Its name.
    pub name: Text,
    /// The way from the document's root to it.
    pub path: Path,
    /// Whether it stands under `finally`.
    pub finally: bool,
    /// What it runs.
    pub source: TaskSource,
    /// The params it passes.
    pub params: Vec<Param>,
    /// The workspaces it passes.
    pub workspaces: Vec<Binding>,
    /// Names of tasks that must be done before.
    pub run_after: Vec<Text>,
    /// All of it, for fields that are not listed here.
    pub node: Node,
}

impl PipelineTask {
    /// A field that is there and not null.
    pub fn field(&self, key: &str) -> Option<&Node> {
        self.node.get(key).filter(|node| !node.is_null())
    }

    /// Its `when`, if that says anything.
    pub fn when(&self) -> Option<&Node> {
        self.field("when").filter(|when| when.as_sequence().is_none_or(|entries| !entries.is_empty()))
    }

    /// How often it is tried again if it fails; `None` if that is no number which Tekton takes
    /// (`pkg/apis/pipeline/v1/taskrun_validation.go`, v1.15).
    pub fn retries(&self) -> Option<u32> {
        let Some(node) = self.field("retries") else { return Some(0) };
        node.as_scalar().filter(|scalar| scalar.kind == ScalarKind::Int)?.json().parse().ok()
    }

    /// Whether the run goes on if it fails: `onError: continue`.
    pub fn is_forgiven(&self) -> bool {
        self.field("onError").and_then(Node::as_str) == Some("continue")
    }
}

/// What a pipeline task runs.
#[derive(Clone, Debug)]
pub enum TaskSource {
    /// `taskRef` with a name: a Task or ClusterTask.
    Named {
        /// The Task's name.
        name: Text,
        /// Whether `kind: ClusterTask` was asked for.
        cluster: bool,
    },
    /// `taskRef` with a resolver or bundle: the node of the reference.
    Remote(Node),
    /// `taskSpec`.
    Embedded(Box<TaskSpec>),
    /// `pipelineRef` or `pipelineSpec`.
    Pipeline(Span),
    /// A `taskRef` or `taskSpec` of another API group: a custom task.
    Custom(Span),
    /// None of them.
    Missing,
}

/// A param with its value.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Text,
    /// Its value.
    pub value: ParamValue,
    /// The value as written.
    pub node: Node,
}

/// The value of a param: numbers, booleans and null are strings of their JSON text
/// (`ParamValue.UnmarshalJSON`, `pkg/apis/pipeline/v1/param_types.go`, v1.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// One text.
    String(Template),
    /// A list.
    Array(Vec<Template>),
    /// Texts by key.
    Object(IndexMap<String, Template>),
}

impl ParamValue {
    /// Its type.
    pub fn kind(&self) -> ParamType {
        match self {
            Self::String(_) => ParamType::String,
            Self::Array(_) => ParamType::Array,
            Self::Object(_) => ParamType::Object,
        }
    }

    /// All its texts.
    pub fn templates(&self) -> Box<dyn Iterator<Item = &Template> + '_> {
        match self {
            Self::String(template) => Box::new(std::iter::once(template)),
            Self::Array(items) => Box::new(items.iter()),
            Self::Object(fields) => Box::new(fields.values()),
        }
    }

    /// The value with each text replaced.
    #[must_use]
    pub fn map(&self, mut replace: impl FnMut(&Template) -> Template) -> Self {
        match self {
            Self::String(template) => Self::String(replace(template)),
            Self::Array(items) => Self::Array(items.iter().map(replace).collect()),
            Self::Object(fields) => {
                Self::Object(fields.iter().map(|(key, template)| (key.clone(), replace(template))).collect())
            }
        }
    }

    /// As a node, for output.
    pub fn to_node(&self, span: Span) -> Node {
        let text = |template: &Template| Node::string(span, template.to_string());
        match self {
            Self::String(template) => text(template),
            Self::Array(items) => Node::sequence(span, items.iter().map(text).collect()),
            Self::Object(fields) => Node::mapping(span, fields.iter().map(|(key, value)| (key.clone(), text(value)))),
        }
    }
}

/// A workspace of a pipeline task, bound to one of the Pipeline.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The Task's name for it.
    pub name: Text,
    /// The Pipeline's name for it.
    pub workspace: Text,
    /// A directory of it; may hold variables.
    pub sub_path: Option<Text>,
}

/// Reads a Pipeline document.
pub(super) fn pipeline(root: &Node, location: &Location, diagnostics: &mut Diagnostics) -> Pipeline {
    let metadata = root.get("metadata");
    let name = metadata.and_then(|node| Fields::of(node, "metadata", diagnostics).text("name", diagnostics));
    let name = name.unwrap_or_else(|| Text::new("", root.span.at_start()));
    let path = join(&location.path, [Segment::from("spec")]);
    let spec = root.get("spec").cloned().unwrap_or_else(|| Node::mapping(root.span, Vec::<(&str, Node)>::new()));
    pipeline_spec(PipelineHome { name, metadata, location, path, inline: false, root }, spec, diagnostics)
}

/// What surrounds the spec of a Pipeline.
pub(super) struct PipelineHome<'a> {
    pub(super) name: Text,
    pub(super) metadata: Option<&'a Node>,
    pub(super) location: &'a Location,
    pub(super) path: Path,
    pub(super) inline: bool,
    pub(super) root: &'a Node,
}

/// Reads the spec of a Pipeline.
pub(super) fn pipeline_spec(home: PipelineHome<'_>, spec: Node, diagnostics: &mut Diagnostics) -> Pipeline {
    let fields = Fields::of(&spec, "the Pipeline's spec", diagnostics);
    let params = fields.list("params", diagnostics);
    let params = params.iter().filter_map(|param| param_spec(param, diagnostics)).collect();
    let workspaces = fields.list("workspaces", diagnostics);
    let workspaces = workspaces.iter().filter_map(|node| pipeline_workspace(node, diagnostics)).collect();
    let results = fields.list("results", diagnostics);
    let results = results.iter().filter_map(|node| pipeline_result(node, diagnostics)).collect();
    let mut tasks = Vec::new();
    for section in ["tasks", "finally"] {
        for (index, node) in fields.list(section, diagnostics).iter().enumerate() {
            let path = join(&home.path, [Segment::from(section), Segment::from(index)]);
            tasks.extend(pipeline_task(node, path, section == "finally", diagnostics));
        }
    }
    let namespace = home.metadata.and_then(|node| node.get("namespace")).and_then(Node::as_str).map(str::to_owned);
    Pipeline {
        name: home.name,
        namespace,
        metadata: home.metadata.cloned(),
        location: home.location.clone(),
        path: home.path,
        inline: home.inline,
        root: home.root.clone(),
        params,
        workspaces,
        run_workspaces: Vec::new(),
        tasks,
        results,
        spec,
    }
}

fn pipeline_workspace(node: &Node, diagnostics: &mut Diagnostics) -> Option<PipelineWorkspace> {
    let fields = Fields::of(node, "a workspace", diagnostics);
    let name = fields.name(diagnostics)?;
    let optional = fields.get("optional").and_then(Node::as_scalar).is_some_and(|scalar| scalar.json() == "true");
    Some(PipelineWorkspace { name, optional })
}

fn pipeline_result(node: &Node, diagnostics: &mut Diagnostics) -> Option<PipelineResult> {
    let fields = Fields::of(node, "a result of the Pipeline", diagnostics);
    Some(PipelineResult { name: fields.name(diagnostics)?, value: fields.get("value")?.clone() })
}

fn pipeline_task(node: &Node, path: Path, finally: bool, diagnostics: &mut Diagnostics) -> Option<PipelineTask> {
    let fields = Fields::of(node, "a pipeline task", diagnostics);
    let name = fields.name(diagnostics)?;
    let source = task_source(&fields, diagnostics);
    let params = fields.list("params", diagnostics);
    let workspaces = fields.list("workspaces", diagnostics);
    let mut run_after = Vec::new();
    for node in fields.list("runAfter", diagnostics) {
        match node.as_str() {
            Some(value) => run_after.push(Text::new(value, node.span)),
            None => wrong_type(node, "an entry of `runAfter`", "a string", diagnostics),
        }
    }
    Some(PipelineTask {
        name,
        path,
        finally,
        source,
        params: params.iter().filter_map(|node| param(node, diagnostics)).collect(),
        workspaces: workspaces.iter().filter_map(|node| binding(node, diagnostics)).collect(),
        run_after,
        node: node.clone(),
    })
}

fn task_source(fields: &Fields<'_>, diagnostics: &mut Diagnostics) -> TaskSource {
    if let Some(node) = fields.get("pipelineRef").or_else(|| fields.get("pipelineSpec")) {
        return TaskSource::Pipeline(node.span);
    }
    if let Some(node) = fields.get("taskSpec") {
        if node.get("apiVersion").is_some() {
            return TaskSource::Custom(node.span);
        }
        return TaskSource::Embedded(Box::new(task_spec(node, diagnostics)));
    }
    let Some(node) = fields.get("taskRef") else { return TaskSource::Missing };
    if let Some(name) = node.as_str() {
        let place =
            Diagnostic::new(Code::ListExpected, "`taskRef` is a mapping").at(node.span, "read as the Task's name");
        diagnostics.push(place.help(format!("write `taskRef: {{name: {name}}}`")));
        return TaskSource::Named { name: Text::new(name, node.span), cluster: false };
    }
    let reference = Fields::of(node, "`taskRef`", diagnostics);
    if reference.get("resolver").is_some() || reference.get("bundle").is_some() {
        return TaskSource::Remote(node.clone());
    }
    let kind = reference.text("kind", diagnostics).map(|kind| kind.value);
    let tekton = reference.get("apiVersion").and_then(Node::as_str).is_none_or(|text| text.starts_with("tekton.dev/"));
    match (kind.as_deref(), tekton) {
        (None | Some("Task" | "ClusterTask"), true) => match reference.name(diagnostics) {
            Some(name) => TaskSource::Named { name, cluster: kind.as_deref() == Some("ClusterTask") },
            None => TaskSource::Missing,
        },
        _ => TaskSource::Custom(node.span),
    }
}

/// Reads a param that is passed.
pub(super) fn param(node: &Node, diagnostics: &mut Diagnostics) -> Option<Param> {
    let fields = Fields::of(node, "a param", diagnostics);
    let name = fields.name(diagnostics)?;
    let value = node.get("value")?;
    Some(Param { name, value: param_value(value), node: value.clone() })
}

/// Reads the value of a param as Tekton does: a list or mapping with anything but strings in it is the string
/// of its JSON text, in which variables are substituted like in any other.
pub(crate) fn param_value(node: &Node) -> ParamValue {
    let value = match &node.value {
        Value::Scalar(_) => param_text(node).map(ParamValue::String),
        Value::Sequence(items) => {
            let items = items.iter().map(|item| param_text(item).filter(|_| !is_number(item)));
            items.collect::<Option<_>>().map(ParamValue::Array)
        }
        Value::Mapping(mapping) => {
            let field = |entry: &Entry| {
                let text = param_text(&entry.value).filter(|_| !is_number(&entry.value))?;
                Some((entry.key.clone(), text))
            };
            mapping.entries.iter().map(field).collect::<Option<_>>().map(ParamValue::Object)
        }
    };
    value.unwrap_or_else(|| ParamValue::String(Template::parse(&node.api_json())))
}

/// Whether it is a scalar that does not unmarshal into a Go string.
fn is_number(node: &Node) -> bool {
    node.as_str().is_none() && !node.is_null()
}

fn param_text(node: &Node) -> Option<Template> {
    match (node.as_scalar()?.kind, node.as_str()) {
        (_, Some(text)) => Some(Template::parse(text)),
        (ScalarKind::Null, None) => Some(Template::default()),
        (_, None) => Some(Template::text(node.json())),
    }
}

fn binding(node: &Node, diagnostics: &mut Diagnostics) -> Option<Binding> {
    let fields = Fields::of(node, "a workspace", diagnostics);
    let name = fields.name(diagnostics)?;
    let workspace = fields.text("workspace", diagnostics).unwrap_or_else(|| name.clone());
    let sub_path = fields.text("subPath", diagnostics).filter(|path| !path.value.is_empty());
    Some(Binding { name, workspace, sub_path })
}
