//! PipelineRuns, as documents and as resource templates of a TriggerTemplate.

use super::decode::Fields;
use super::pipeline::{PipelineHome, param_value, pipeline_spec};
use super::{Location, ParamValue, Pipeline, Text, convert, join};
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
    /// The params that it passes.
    pub params: Vec<RunParam>,
    /// Names of the workspaces that it binds, each with its binding.
    pub workspaces: Vec<(String, Node)>,
    /// What it says of single tasks.
    pub task_run_specs: Vec<TaskRunSpec>,
    /// Its inline `pipelineSpec`.
    pub inline: Option<Box<Pipeline>>,
    /// All of it, as v1.
    pub node: Node,
    /// What turns it into v1; in terms of the original tree of its document.
    pub conversion: Vec<Edit>,
}

impl Run {
    /// The volumes that its pod templates bring.
    pub fn pod_volumes(&self) -> impl Iterator<Item = &Node> {
        let own = self.node.get("spec").and_then(|spec| spec.get("taskRunTemplate")?.get("podTemplate"));
        let of_tasks = self
            .task_run_specs
            .iter()
            .flat_map(|spec| ["podTemplate", "taskPodTemplate"].into_iter().filter_map(|key| spec.node.get(key)));
        let volumes = own.into_iter().chain(of_tasks).filter_map(|template| template.get("volumes")?.as_sequence());
        volumes.flatten()
    }
}

/// A param that a run passes.
#[derive(Clone, Debug)]
pub struct RunParam {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: ParamValue,
}

/// A `pipelineRef`.
#[derive(Clone, Debug)]
pub struct PipelineReference {
    /// The Pipeline's name, or the path of its file in a repository.
    pub name: Text,
    /// Whether a resolver fetches it.
    pub remote: bool,
}

impl PipelineReference {
    /// Whether it can mean a Pipeline of this name that stands in this file.
    pub fn is_to(&self, pipeline: &str, file: &str) -> bool {
        let wanted = self.name.value.as_str();
        wanted == pipeline || self.remote && [pipeline, base_name(file)].contains(&base_name(wanted))
    }
}

/// `build` of `pipelines/build.yaml`.
pub fn base_name(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml")).unwrap_or(file)
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
) -> Run {
    let metadata = root.get("metadata");
    let name = run_name(root, metadata, diagnostics);
    let spec_path = join(path, [Segment::from("spec")]);
    let empty = Node::mapping(root.span, Vec::<(&str, Node)>::new());
    let spec = root.get("spec").unwrap_or(&empty);
    let fields = Fields::of(spec, "the PipelineRun's spec", diagnostics);
    let reference = fields.get("pipelineRef").and_then(|node| reference(node, diagnostics));
    let params = fields.list("params", diagnostics).iter();
    let params = params.filter_map(|node| {
        let name = node.get("name")?.as_str()?.to_owned();
        Some(RunParam { name, value: param_value(node.get("value")?) })
    });
    let params = params.collect();
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
    let inline = fields.get("pipelineSpec").map(|inline| {
        let path = join(&spec_path, [Segment::from("pipelineSpec")]);
        let home = PipelineHome { name: name.clone(), metadata, location, path, inline: true, root };
        let bound = fields.list("workspaces", diagnostics).iter().filter_map(|node| node.get("name"));
        let run_workspaces = bound.filter_map(|name| Some(Text::new(name.as_str()?, name.span))).collect();
        Box::new(Pipeline { run_workspaces, ..pipeline_spec(home, inline.clone(), diagnostics) })
    });
    Run {
        name,
        location: Location { path: path.clone(), ..location.clone() },
        path: path.clone(),
        pipeline: reference,
        params,
        workspaces,
        task_run_specs,
        inline,
        node: root.clone(),
        conversion,
    }
}

/// The Pipeline that a reference names. One that a resolver fetches is known by its name, or by the name of its file.
fn reference(node: &Node, diagnostics: &mut Diagnostics) -> Option<PipelineReference> {
    if node.get("resolver").is_none() && node.get("bundle").is_none() {
        let name = Fields::of(node, "`pipelineRef`", diagnostics).text("name", diagnostics)?;
        return Some(PipelineReference { name, remote: false });
    }
    let params = node.get("params").and_then(Node::as_sequence).unwrap_or_default();
    let param = |wanted: &str| {
        let param = params.iter().find(|param| param.get("name").and_then(Node::as_str) == Some(wanted))?;
        Some(Text::new(param.get("value")?.as_str()?, param.span))
    };
    let named = || node.get("name").and_then(|name| Some(Text::new(name.as_str()?, name.span)));
    let name = named().or_else(|| param("name")).or_else(|| param("pathInRepo"))?;
    Some(PipelineReference { name, remote: true })
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
pub(super) fn template(root: &Node, location: &Location, diagnostics: &mut Diagnostics) -> Vec<Run> {
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
