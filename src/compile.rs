//! The compiler itself: joins the stages, does no input or output.

use std::collections::{HashMap, HashSet};

use crate::check::{self, Subject};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::emit::{Change, emit};
use crate::fuse::{self, Fused, HELPER_IMAGE, Member};
use crate::graph::TaskGraph;
use crate::group::{self, GroupPlan, Grouping};
use crate::header::source_hash;
use crate::model::{self, Kind, Location, Object, Pipeline, Run};
use crate::resolve::{Library, Resolved};
use crate::source::{SourceId, Sources, Span};
use crate::yaml::{self, Document, Edit, Node, Segment};

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
    let inputs = Inputs { sources, objects: &objects, library: &library, separate_task: options.separate_task };
    let mut changes = Changes::new(&read);
    inputs.fuse_all(options, &mut changes, diagnostics);
    let outputs = read.iter().filter_map(|text| text.emit(sources, &changes, options, diagnostics)).collect();
    diagnostics.drop_moot();
    outputs
}

/// A text with its documents.
struct Text {
    source: SourceId,
    documents: Vec<Document>,
}

impl Text {
    fn read(sources: &Sources, source: SourceId, options: &Options, diagnostics: &mut Diagnostics) -> Self {
        let mut documents = yaml::documents(sources, source);
        let broken = documents.iter().any(|document| document.broken);
        if broken && options.found.contains(&source) {
            let problem =
                documents.iter().flat_map(|document| &document.problems).find(|p| p.severity == Severity::Error);
            let reason = problem.map_or_else(String::new, |problem| format!(": {}", problem.message));
            let message = format!("this file passes unread, as it is no YAML{reason}");
            let start = Span::new(source, 0..0);
            diagnostics.push(Diagnostic::new(Code::NotYaml, message).at(start, "found by walking"));
            documents.iter_mut().for_each(|document| document.root = None);
        } else {
            documents
                .iter()
                .flat_map(|document| &document.problems)
                .for_each(|problem| diagnostics.push(problem.clone()));
        }
        Self { source, documents }
    }

    fn objects(&self, diagnostics: &mut Diagnostics) -> Vec<Object> {
        let mut objects = Vec::new();
        for (document, read) in self.documents.iter().enumerate() {
            let Some(root) = read.root.as_ref().filter(|root| root.as_mapping().is_some()) else { continue };
            let location = Location { source: self.source, document, path: Vec::new() };
            objects.extend(model::objects(location, root, diagnostics));
        }
        objects
    }

    fn emit(
        &self,
        sources: &Sources,
        changes: &Changes,
        options: &Options,
        diagnostics: &mut Diagnostics,
    ) -> Option<Output> {
        let source = self.source;
        let Some((changes, used)) = changes.of(source) else {
            return Some(Output { source, text: sources.get(source).text.clone(), fused: false });
        };
        if diagnostics.has_errors() {
            return None;
        }
        let texts = [source].into_iter().chain(used.iter().copied()).chain(options.groups.iter().copied());
        let hash = source_hash(texts.map(|id| sources.get(id).text.as_str()));
        let text = emit(sources, &self.documents, changes, &hash, diagnostics)?;
        Some(Output { source, text, fused: true })
    }
}

/// What becomes of the documents of all inputs.
struct Changes {
    /// Per source: one change for each document, whether anything changes at all, and the sources that went into it.
    sources: HashMap<SourceId, (Vec<Change>, bool, Vec<SourceId>)>,
}

impl Changes {
    fn new(texts: &[Text]) -> Self {
        let none = |text: &Text| text.documents.iter().map(|_| Change::default()).collect();
        Self { sources: texts.iter().map(|text| (text.source, (none(text), false, Vec::new()))).collect() }
    }

    /// The changes of a source, if there are any.
    fn of(&self, source: SourceId) -> Option<(&[Change], &[SourceId])> {
        let (changes, changed, used) = self.sources.get(&source)?;
        changed.then_some((changes, used))
    }

    /// Adds edits to the document of an object, and Tasks before it: before the document, or before the item of a list.
    fn add(
        &mut self,
        location: &Location,
        edits: Vec<Edit>,
        before: Vec<Node>,
        used: impl IntoIterator<Item = SourceId>,
    ) {
        let Some((changes, changed, sources)) = self.sources.get_mut(&location.source) else { return };
        let Some(change) = changes.get_mut(location.document) else { return };
        *changed |= !(edits.is_empty() && before.is_empty());
        for source in used {
            if source != location.source && !sources.contains(&source) {
                sources.push(source);
            }
        }
        change.edits.extend(edits);
        match location.path.split_last() {
            Some((Segment::Index(at), list)) => change.edits.extend(before.into_iter().map(|node| Edit::Insert {
                parent: list.to_vec(),
                at: *at,
                key: None,
                node,
            })),
            _ => change.before.extend(before),
        }
    }
}

/// Everything that was read.
struct Inputs<'a> {
    sources: &'a Sources,
    objects: &'a [Object],
    library: &'a Library<'a>,
    separate_task: bool,
}

impl<'a> Inputs<'a> {
    fn fuse_all(&self, options: &Options, changes: &mut Changes, diagnostics: &mut Diagnostics) {
        let pipelines: Vec<(&Object, &Pipeline)> = self.objects.iter().flat_map(pipelines).collect();
        let list: Vec<&Pipeline> = pipelines.iter().map(|(_, pipeline)| *pipeline).collect();
        let requests = group::requests(self.sources, &options.groups, &list, diagnostics);
        let mut taken = self.task_names();
        let mut asked = !options.groups.is_empty();
        for ((object, pipeline), requests) in pipelines.into_iter().zip(requests) {
            let graph = TaskGraph::new(self.sources, pipeline);
            let grouping = group::groups(self.sources, pipeline, &requests, &graph, diagnostics);
            if grouping.groups.is_empty() && grouping.marks.is_empty() {
                continue;
            }
            asked = true;
            let runs = check::runs_of(self.objects, pipeline);
            let planned = Planned { object, pipeline, graph, grouping, runs };
            let fused = self.fuse(&planned, diagnostics);
            let names = fused.iter().filter(|_| !pipeline.inline || self.separate_task);
            names.for_each(|fused| claim(&mut taken, pipeline, fused, &planned.grouping, diagnostics));
            planned.change(fused, self.separate_task, changes, diagnostics);
        }
        if !asked && !diagnostics.has_errors() {
            no_group(&list, self.objects).into_iter().for_each(|note| diagnostics.push(note));
        }
    }

    /// The groups of a Pipeline as fused Tasks; empty if any of them is invalid.
    fn fuse(&self, planned: &Planned<'a>, diagnostics: &mut Diagnostics) -> Vec<Fused> {
        let &Planned { pipeline, ref graph, ref grouping, ref runs, .. } = planned;
        let members: HashSet<usize> = grouping.groups.iter().flat_map(|group| group.members.iter().copied()).collect();
        let resolve = |(index, task)| {
            let wanted = members.contains(&index);
            wanted.then(|| self.library.resolve(pipeline.namespace.as_deref(), task, diagnostics)).flatten()
        };
        let resolved: Vec<Option<Resolved<'a>>> = pipeline.tasks.iter().enumerate().map(resolve).collect();
        let (sources, groups) = (self.sources, grouping.groups.as_slice());
        check::check(&Subject { sources, pipeline, graph, groups, resolved: &resolved, runs }, diagnostics);
        if diagnostics.has_errors() {
            return Vec::new();
        }
        let run_params = runs.first().filter(|_| pipeline.inline).map_or(&[][..], |run| run.params.as_slice());
        let fuse = |group: &GroupPlan| {
            let members = members_of(pipeline, group, &resolved)?;
            let embeds = pipeline.inline && !self.separate_task;
            let request = fuse::Request { pipeline, group, members, embeds, run_params, helper_image: HELPER_IMAGE };
            Some(fuse::fuse(&request, diagnostics))
        };
        groups.iter().filter_map(fuse).collect()
    }

    /// The names of the input's Tasks, with a place for each.
    fn task_names(&self) -> HashMap<(Option<String>, String), Span> {
        let task = |object: &Object| match &object.kind {
            Kind::Task(task) => Some(((task.namespace.clone(), task.name.value.clone()), task.name.span)),
            _ => None,
        };
        self.objects.iter().filter_map(task).collect()
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
        let mut edits = fuse::edits(pipeline, &fused, diagnostics);
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

/// The members of a group with their Tasks, if all were found.
fn members_of<'p>(
    pipeline: &'p Pipeline,
    group: &GroupPlan,
    resolved: &[Option<Resolved<'p>>],
) -> Option<Vec<Member<'p>>> {
    let member = |&index: &usize| {
        Some(Member { index, task: &pipeline.tasks[index], resolved: resolved.get(index).copied().flatten()? })
    };
    group.members.iter().map(member).collect()
}

/// The Pipelines of an object.
fn pipelines(object: &Object) -> Vec<(&Object, &Pipeline)> {
    let pipelines: Vec<&Pipeline> = match &object.kind {
        Kind::Pipeline(pipeline) => vec![pipeline],
        Kind::Run(_, pipeline) => pipeline.iter().collect(),
        Kind::Template(runs) => runs.iter().filter_map(|(_, pipeline)| pipeline.as_ref()).collect(),
        Kind::Task(_) | Kind::Other => Vec::new(),
    };
    pipelines.into_iter().map(|pipeline| (object, pipeline)).collect()
}

/// Takes the name of a fused Task; one that another Task has is an error.
fn claim(
    taken: &mut HashMap<(Option<String>, String), Span>,
    pipeline: &Pipeline,
    fused: &Fused,
    grouping: &Grouping,
    diagnostics: &mut Diagnostics,
) {
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
