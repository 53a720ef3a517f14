//! Typed Tekton objects over the nodes of a document.
//!
//! Typed is what grouping and fusing decide on; everything else stays a node, so that nothing is dropped.
//! v1beta1 is converted on the way in (`convert`).

mod convert;
mod decode;
#[cfg(test)]
pub(crate) mod from_yaml;
mod matrix;
mod merge;
mod pipeline;
mod run;
mod task;
mod when;

use crate::diag::Diagnostics;
use crate::source::{SourceId, Span};
use crate::yaml::{Edit, Node, Path, Segment};

pub use convert::Version;
pub use matrix::{Include, Matrix};
pub(crate) use merge::merge;
pub use pipeline::{Binding, Param, ParamValue, Pipeline, PipelineResult, PipelineTask, PipelineWorkspace, TaskSource};
pub use run::{PipelineReference, Run, RunParam, TaskRunSpec, base_name};
pub use task::{ParamSpec, ParamType, ResultSpec, Task, TaskSpec, WorkspaceSpec};
pub use when::{Comparison, cel};

/// A string with its place.
#[derive(Clone, Debug)]
pub struct Text {
    /// The string.
    pub value: String,
    /// Where it stands.
    pub span: Span,
}

impl Text {
    /// A string at a place.
    pub fn new(value: impl Into<String>, span: Span) -> Self {
        Self { value: value.into(), span }
    }
}

/// Where an object stands: a document, or an item of a `kind: List` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The text.
    pub source: SourceId,
    /// Which document of it.
    pub document: usize,
    /// The way to the object; empty unless it is an item of a list.
    pub path: Path,
}

/// One Kubernetes object of the input.
#[derive(Clone, Debug)]
pub struct Object {
    /// Where it stands.
    pub location: Location,
    /// `metadata.name`, if any.
    pub name: Option<Text>,
    /// What it is.
    pub kind: Kind,
    /// What turns its document into v1; in terms of the original tree of the document.
    pub conversion: Vec<Edit>,
}

impl Object {
    /// The Pipelines in it, inline ones included.
    pub fn pipelines(&self) -> Vec<&Pipeline> {
        match &self.kind {
            Kind::Pipeline(pipeline) => vec![pipeline],
            Kind::Runs(runs) => runs.iter().filter_map(|run| run.inline.as_deref()).collect(),
            Kind::Task(_) | Kind::Other => Vec::new(),
        }
    }
}

/// The kinds that matter here.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A Pipeline.
    Pipeline(Box<Pipeline>),
    /// A Task (a ClusterTask is one that is looked up under its own kind).
    Task(Box<Task>),
    /// A PipelineRun, or those among the resource templates of a TriggerTemplate.
    Runs(Vec<Run>),
    /// Anything else: passed through.
    Other,
}

/// Reads the objects of one document.
pub fn objects(location: Location, root: &Node, diagnostics: &mut Diagnostics) -> Vec<Object> {
    let kind = root.get("kind").and_then(Node::as_str);
    let is_list = kind == Some("List") && root.get("apiVersion").and_then(Node::as_str) == Some("v1");
    let Some(items) = root.get("items").and_then(Node::as_sequence).filter(|_| is_list) else {
        return vec![object(location, root, diagnostics)];
    };
    let item = |(index, item): (usize, &Node)| {
        let path = vec![Segment::from("items"), Segment::from(index)];
        object(Location { path, ..location.clone() }, item, diagnostics)
    };
    items.iter().enumerate().map(item).collect()
}

fn object(location: Location, root: &Node, diagnostics: &mut Diagnostics) -> Object {
    let name = root.at(&["metadata".into(), "name".into()]);
    let name = name.and_then(|node| Some(Text::new(node.as_str()?, node.span)));
    let (root, conversion) = convert::to_v1(root, &location.path);
    let kind = match (Version::of(&root), root.get("kind").and_then(Node::as_str)) {
        (Some(Version::Triggers), Some("TriggerTemplate")) => Kind::Runs(run::template(&root, &location, diagnostics)),
        (Some(Version::V1 | Version::V1beta1), Some(kind)) => match kind {
            "Pipeline" => Kind::Pipeline(Box::new(pipeline::pipeline(&root, &location, diagnostics))),
            "Task" | "ClusterTask" => Kind::Task(Box::new(task::task(&root, diagnostics))),
            "PipelineRun" => {
                Kind::Runs(vec![run::run(&root, &location.path, &location, conversion.clone(), diagnostics)])
            }
            _ => Kind::Other,
        },
        _ => Kind::Other,
    };
    Object { location, name, kind, conversion }
}

/// `path` followed by more segments.
pub fn join(path: &[Segment], more: impl IntoIterator<Item = Segment>) -> Path {
    path.iter().cloned().chain(more).collect()
}
