//! PipelineRuns, as documents and as resource templates of a TriggerTemplate.

use super::decode::Fields;
use super::pipeline::{PipelineHome, pipeline_spec};
use super::{Location, Pipeline, Text, convert, join};
use crate::diag::Diagnostics;
use crate::yaml::{Edit, Node, Path, Segment};

/// A PipelineRun.
#[derive(Clone, Debug)]
pub struct Run {
    /// `metadata.name`, or `generateName` without the dash.
    pub name: Text,
    /// The object it is, or is in.
    pub location: Location,
    /// The way from the document's root to it.
    pub path: Path,
    /// The Pipeline it names; `None` if it has an inline spec or fetches one from elsewhere.
    pub pipeline: Option<PipelineReference>,
    /// Names of the params that it passes.
    pub params: Vec<String>,
    /// Names of the workspaces that it binds, each with its binding.
    pub workspaces: Vec<(String, Node)>,
    /// What it says of single tasks.
    pub task_run_specs: Vec<TaskRunSpec>,
    /// All of it, as v1.
    pub node: Node,
    /// What turns it into v1; in terms of the original tree of its document.
    pub conversion: Vec<Edit>,
}

/// A `pipelineRef` by name.
#[derive(Clone, Debug)]
pub struct PipelineReference {
    /// The Pipeline's name.
    pub name: Text,
}

/// An entry of `taskRunSpecs`.
#[derive(Clone, Debug)]
pub struct TaskRunSpec {
    /// The pipeline task it speaks of.
    pub task: Text,
    /// The way from the document's root to it.
    pub path: Path,
    /// All of it.
    pub node: Node,
}

/// Reads a PipelineRun at `path` of its document.
pub(super) fn run(
    root: &Node,
    path: &Path,
    location: &Location,
    conversion: Vec<Edit>,
    diagnostics: &mut Diagnostics,
) -> (Run, Option<Pipeline>) {
    let metadata = root.get("metadata");
    let name = run_name(root, metadata, diagnostics);
    let spec_path = join(path, [Segment::from("spec")]);
    let empty = Node::mapping(root.span, Vec::<(&str, Node)>::new());
    let spec = root.get("spec").unwrap_or(&empty);
    let fields = Fields::of(spec, "the PipelineRun's spec", diagnostics);
    let reference =
        fields.get("pipelineRef").filter(|node| node.get("resolver").is_none() && node.get("bundle").is_none());
    let reference = reference.and_then(|node| Fields::of(node, "`pipelineRef`", diagnostics).text("name", diagnostics));
    let params = fields.list("params", diagnostics).iter();
    let params = params.filter_map(|node| node.get("name")?.as_str().map(str::to_owned)).collect();
    let workspaces = fields.list("workspaces", diagnostics).iter();
    let workspaces =
        workspaces.filter_map(|node| Some((node.get("name")?.as_str()?.to_owned(), node.clone()))).collect();
    let specs = fields.list("taskRunSpecs", diagnostics).iter().enumerate();
    let task_run_specs = specs.filter_map(|(index, node)| {
        let task = Fields::of(node, "an entry of `taskRunSpecs`", diagnostics).text("pipelineTaskName", diagnostics)?;
        let path = join(&spec_path, [Segment::from("taskRunSpecs"), Segment::from(index)]);
        Some(TaskRunSpec { task, path, node: node.clone() })
    });
    let task_run_specs = task_run_specs.collect();
    let pipeline = fields.get("pipelineSpec").map(|inline| {
        let path = join(&spec_path, [Segment::from("pipelineSpec")]);
        let home = PipelineHome { name: name.clone(), metadata, location, path, inline: true, root };
        pipeline_spec(home, inline.clone(), diagnostics)
    });
    let run = Run {
        name,
        location: Location { path: path.clone(), ..location.clone() },
        path: path.clone(),
        pipeline: reference.map(|name| PipelineReference { name }),
        params,
        workspaces,
        task_run_specs,
        node: root.clone(),
        conversion,
    };
    (run, pipeline)
}

fn run_name(root: &Node, metadata: Option<&Node>, diagnostics: &mut Diagnostics) -> Text {
    let Some(metadata) = metadata else { return Text::new("", root.span.at_start()) };
    let fields = Fields::of(metadata, "metadata", diagnostics);
    let generated = |text: Text| Text::new(text.value.trim_end_matches('-'), text.span);
    let name = fields.text("name", diagnostics);
    let name = name.or_else(|| fields.text("generateName", diagnostics).map(generated));
    name.unwrap_or_else(|| Text::new("", metadata.span.at_start()))
}

/// Reads the PipelineRuns among the resource templates of a TriggerTemplate.
pub(super) fn template(
    root: &Node,
    location: &Location,
    diagnostics: &mut Diagnostics,
) -> Vec<(Run, Option<Pipeline>)> {
    let Some(spec) = root.get("spec") else { return Vec::new() };
    let templates = Fields::of(spec, "the TriggerTemplate's spec", diagnostics).list("resourcetemplates", diagnostics);
    let is_run = |node: &Node| {
        node.get("kind").and_then(Node::as_str) == Some("PipelineRun") && convert::Version::of(node).is_some()
    };
    let runs = templates.iter().enumerate().filter(|(_, node)| is_run(node));
    runs.map(|(index, node)| {
        let path = join(&location.path, ["spec".into(), "resourcetemplates".into(), Segment::from(index)]);
        let (node, conversion) = convert::to_v1(node, &path);
        run(&node, &path, location, conversion, diagnostics)
    })
    .collect()
}
