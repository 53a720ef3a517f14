//! The compiler itself: joins the stages, does no input or output.

mod changes;
mod text;

use std::collections::{HashMap, HashSet};

use crate::check::{self, Subject};
use crate::diag::{About, Code, Diagnostic, Diagnostics, Severity};
use crate::fuse::{self, Copies, Fused, HELPER_IMAGE, Readers};
use crate::graph::TaskGraph;
use crate::group::{self, GroupPlan, Grouping};
use crate::model::{Kind, Object, Pipeline, Run};
use crate::resolve::{Library, Resolved};
use crate::source::{SourceId, Sources, Span};
use changes::Changes;
use text::Text;

/// What `compile` and `lint` are asked to do, apart from the texts.
#[derive(Debug, Default)]
pub struct Options {
    /// The values of `--group [PIPELINE/]NAME=a,b,c`, each as a source of its own so that diagnostics can point into it.
    pub groups: Vec<SourceId>,
    /// Whether the fused Task of an inline Pipeline becomes a document of its own.
    pub separate_task: bool,
    /// The inputs that nobody named: if one is no YAML at all, it passes.
    pub found: HashSet<SourceId>,
}

/// The text that came out for one input.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// The input it was made from.
    pub source: SourceId,
    /// The whole new text; byte for byte the input where nothing was fused.
    pub text: String,
    /// Whether anything in it was fused.
    pub fused: bool,
}

/// Compiles `inputs`; Tasks are looked up in `inputs` first, then in `tasks`, which are not emitted.
///
/// What comes back is only fit to be written if `diagnostics` has no error.
pub fn compile(
    sources: &Sources,
    inputs: &[SourceId],
    tasks: &[SourceId],
    options: &Options,
    diagnostics: &mut Diagnostics,
) -> Vec<Output> {
    let read: Vec<Text> = inputs.iter().map(|id| Text::read(sources, *id, options, diagnostics)).collect();
    let shelf: Vec<Text> = tasks.iter().map(|id| Text::read(sources, *id, options, diagnostics)).collect();
    let objects: Vec<Object> = read.iter().flat_map(|text| text.objects(diagnostics)).collect();
    let tasks: Vec<Object> = shelf.iter().flat_map(|text| text.objects(&mut Diagnostics::default())).collect();
    let library = Library::new(sources, &objects, &tasks);
    let separate_task = options.separate_task;
    let inputs = Inputs { sources, objects: &objects, shelf: &tasks, library: &library, separate_task };
    let mut changes = Changes::new(&read);
    inputs.fuse_all(options, &mut changes, diagnostics);
    let outputs = read.iter().filter_map(|text| text.emit(sources, &changes, options, diagnostics)).collect();
    diagnostics.drop_moot();
    outputs
}

/// Names of Tasks with their namespaces, and a place for each.
type Taken = HashMap<(Option<String>, String), Span>;

/// Everything that was read.
struct Inputs<'a> {
    sources: &'a Sources,
    objects: &'a [Object],
    /// What stands in `--tasks`.
    shelf: &'a [Object],
    library: &'a Library<'a>,
    separate_task: bool,
}

impl<'a> Inputs<'a> {
    fn fuse_all(&self, options: &Options, changes: &mut Changes, diagnostics: &mut Diagnostics) {
        let pipelines: Vec<(&Object, &Pipeline)> = self
            .objects
            .iter()
            .flat_map(|object| object.pipelines().into_iter().map(move |pipeline| (object, pipeline)))
            .collect();
        let list: Vec<&Pipeline> = pipelines.iter().map(|(_, pipeline)| *pipeline).collect();
        let requests = group::requests(self.sources, &options.groups, &list, diagnostics);
        let mut taken = self.task_names();
        let mut asked = !options.groups.is_empty();
        for (of_object, requests) in pipelines.into_iter().zip(requests) {
            let about = About::pipeline(&of_object.1.name.value);
            let fuse = |found: &mut Diagnostics| self.fuse_pipeline(of_object, &requests, &mut taken, changes, found);
            asked |= diagnostics.about(about, fuse);
        }
        if !asked && !diagnostics.has_errors() {
            no_group(&list, self.objects).into_iter().for_each(|note| diagnostics.push(note));
        }
    }

    /// Fuses the groups of a Pipeline; whether there is any, or anything that asks for one.
    fn fuse_pipeline(
        &self,
        (object, pipeline): (&Object, &'a Pipeline),
        requests: &[group::Request],
        taken: &mut Taken,
        changes: &mut Changes,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let errors = diagnostics.count(Severity::Error);
        let graph = TaskGraph::new(self.sources, pipeline);
        let grouping = group::groups(self.sources, pipeline, requests, &graph, diagnostics);
        if grouping.groups.is_empty() && grouping.marks.is_empty() {
            return false;
        }
        let runs = check::runs_of(self.sources, self.objects, pipeline);
        let planned = Planned { object, pipeline, graph, grouping, runs };
        let fused = self.fuse(&planned, errors, diagnostics);
        let names = fused.iter().filter(|_| !pipeline.inline || self.separate_task);
        names.for_each(|fused| claim(taken, pipeline, fused, &planned.grouping, diagnostics));
        planned.change(fused, self.separate_task, changes, diagnostics);
        true
    }

    /// The groups of a Pipeline as fused Tasks; empty if any of them is invalid: if there are more errors than `known` then.
    fn fuse(&self, planned: &Planned<'a>, known: usize, diagnostics: &mut Diagnostics) -> Vec<Fused> {
        let &Planned { pipeline, ref graph, ref grouping, ref runs, .. } = planned;
        let members: HashSet<usize> = grouping.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        let resolve = |(index, task)| {
            let wanted = members.contains(&index);
            wanted.then(|| self.library.resolve(pipeline.namespace.as_deref(), task, diagnostics)).flatten()
        };
        let resolved: Vec<Option<Resolved<'a>>> = pipeline.tasks.iter().enumerate().map(resolve).collect();
        let (sources, groups) = (self.sources, grouping.groups.as_slice());
        check::check(&Subject { sources, pipeline, graph, groups, resolved: &resolved, runs }, diagnostics);
        if diagnostics.count(Severity::Error) > known {
            return Vec::new();
        }
        let run_params = runs.first().filter(|_| pipeline.inline).map_or(&[][..], |run| run.params.as_slice());
        let pod_volumes: Vec<&str> =
            runs.iter().flat_map(|run| run.pod_volumes()).filter_map(|volume| volume.get("name")?.as_str()).collect();
        let readers = Readers::of(pipeline);
        let copies = Copies::of(pipeline, members.iter().copied(), run_params);
        let fuse = |group: &GroupPlan| {
            let members = copies.members(pipeline, group, &resolved, run_params)?;
            let embeds = pipeline.inline && !self.separate_task;
            let helper_image = HELPER_IMAGE;
            let (readers, pod_volumes) = (&readers, pod_volumes.as_slice());
            let request =
                fuse::Request { pipeline, group, members, readers, embeds, run_params, pod_volumes, helper_image };
            Some(diagnostics.about(About::group(&group.name.value), |found| fuse::fuse(&request, found)))
        };
        groups.iter().filter_map(fuse).collect()
    }

    /// The names of the Tasks that are known, with a place for each: those of `--tasks` are applied as well, from elsewhere.
    fn task_names(&self) -> Taken {
        let task = |object: &Object| match &object.kind {
            Kind::Task(task) if !task.cluster => {
                Some(((task.namespace.clone(), task.name.value.clone()), task.name.span))
            }
            _ => None,
        };
        self.shelf.iter().chain(self.objects).filter_map(task).collect()
    }
}

/// A Pipeline with what is to become of it.
struct Planned<'a> {
    object: &'a Object,
    pipeline: &'a Pipeline,
    graph: TaskGraph,
    grouping: Grouping,
    /// Its runs among the inputs.
    runs: Vec<&'a Run>,
}

impl Planned<'_> {
    /// Adds what the fused Tasks change in the documents. `separate_task`: those of inline specs stand beside their run, too.
    fn change(&self, fused: Vec<Fused>, separate_task: bool, changes: &mut Changes, diagnostics: &mut Diagnostics) {
        let (object, pipeline) = (self.object, self.pipeline);
        let mut edits = fuse::edits(pipeline, &self.graph, &fused, diagnostics);
        if !object.conversion.is_empty() {
            diagnostics.push(converted(pipeline));
        }
        let conversion = object.conversion.iter().filter(|_| !pipeline.inline);
        edits.extend(self.grouping.marks.iter().chain(conversion).cloned());
        let used: Vec<SourceId> = fused.iter().flat_map(|fused| fused.sources.iter().copied()).collect();
        for run in &self.runs {
            let mut edits = fuse::run_edits(pipeline, run, &fused);
            if pipeline.inline || !edits.is_empty() {
                edits.extend(run.conversion.iter().cloned());
            }
            changes.add(&run.location, edits, Vec::new(), []);
        }
        let tasks = fused.into_iter().map(|fused| fused.task).filter(|_| !pipeline.inline || separate_task).collect();
        changes.add(&object.location, edits, tasks, used);
    }
}

/// Takes the name of a fused Task; one that another Task has is an error.
fn claim(taken: &mut Taken, pipeline: &Pipeline, fused: &Fused, grouping: &Grouping, diagnostics: &mut Diagnostics) {
    let group = grouping.groups.iter().find(|group| group.name.value == fused.name);
    let span = group.map_or(pipeline.name.span, |group| group.name.span);
    if let Some(other) = taken.insert((pipeline.namespace.clone(), fused.task_name.clone()), span) {
        let message = format!("the fused Task would be called `{}`, which a Task is called already", fused.task_name);
        let place = Diagnostic::new(Code::TaskNameTaken, message).at(span, "this group").at(other, "the other Task");
        diagnostics.push(place.help("give the group or the Task another name"));
    }
}

/// Says why nothing was fused; nothing if there are no objects at all.
fn no_group(pipelines: &[&Pipeline], objects: &[Object]) -> Option<Diagnostic> {
    let message = match pipelines {
        [] => "no Pipeline is among the inputs, so nothing is fused".to_owned(),
        [only] => format!("the Pipeline `{}` asks for no group, so nothing is fused", only.name.value),
        _ => "no Pipeline of the inputs asks for a group, so nothing is fused".to_owned(),
    };
    let first = pipelines.first().map(|pipeline| pipeline.name.span);
    let place = first.or_else(|| Some(Span::new(objects.first()?.location.source, 0..0)))?;
    let text = if pipelines.is_empty() { "the first object" } else { "no group here" };
    let help = "mark tasks with `group: NAME`, or pass `--group NAME=a,b`";
    Some(Diagnostic::new(Code::NoGroup, message).at(place, text).help(help))
}

fn converted(pipeline: &Pipeline) -> Diagnostic {
    let message = format!("`{}` is written as tekton.dev/v1", pipeline.name.value);
    Diagnostic::new(Code::Converted, message).at(pipeline.name.span, "v1beta1 here")
}
