//! The compiler itself: joins the stages, does no input or output.

mod changes;
mod planned;
mod scratch;
mod suggest;
mod text;

use std::collections::{HashMap, HashSet};

use crate::check;
use crate::diag::{About, Code, Diagnostic, Diagnostics, Severity};
use crate::fuse::Fused;
use crate::graph::TaskGraph;
use crate::group::{self, Grouping};
use crate::model::{Kind, Object, Pipeline};
use crate::plan::{Estimates, PipelinePlan};
use crate::resolve::Library;
use crate::resources::Policy;
use crate::source::{SourceId, Sources, Span};
use crate::suggest::{Suggestion, Wishes};
use crate::yaml::Node;
use changes::Changes;
use planned::Planned;
use suggest::Plain;
use text::Text;

/// What `compile` and `lint` are asked to do, apart from the texts.
#[derive(Debug, Default)]
pub struct Options {
    /// The values of `--group [PIPELINE/]NAME=a,b,c`, each as a source of its own so that diagnostics can point into it.
    pub groups: Vec<SourceId>,
    /// Whether the fused Task of an inline Pipeline becomes a document of its own.
    pub separate_task: bool,
    /// What is asked about requests.
    pub requests: Policy,
    /// The inputs that nobody named: if one is no YAML at all, it passes.
    pub found: HashSet<SourceId>,
    /// What plans assume about times; without it there are no plans.
    pub plan: Option<Estimates>,
    /// Whether a Pipeline that asks for no group gets those that would be suggested (`--auto safe`).
    pub auto: bool,
    /// What suggestions should be like.
    pub wishes: Wishes,
    /// Whether to suggest groups instead of fusing; the outputs are the inputs with these marked, if a form is given.
    pub suggest: bool,
    /// How suggested groups are marked.
    pub mark: Option<group::Form>,
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

/// All that came of a compilation.
#[derive(Debug, Default)]
pub struct Compiled {
    /// One text for each input.
    pub outputs: Vec<Output>,
    /// What fusing saves and costs, for each Pipeline of the inputs, if that was asked for.
    pub plans: Vec<PipelinePlan>,
    /// What is suggested for each Pipeline, or what `--auto` chose for it, if that was asked for.
    pub suggestions: Vec<Suggestion>,
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
) -> Compiled {
    let read: Vec<Text> = inputs.iter().map(|id| Text::read(sources, *id, options, diagnostics)).collect();
    let shelf: Vec<Text> = tasks.iter().map(|id| Text::read(sources, *id, options, diagnostics)).collect();
    let objects: Vec<Object> = read.iter().flat_map(|text| text.objects(diagnostics)).collect();
    let tasks: Vec<Object> = shelf.iter().flat_map(|text| text.objects(&mut Diagnostics::default())).collect();
    let library = Library::new(sources, &objects, &tasks);
    let (separate_task, requests) = (options.separate_task, &options.requests);
    let inputs = Inputs {
        sources,
        objects: &objects,
        shelf: &tasks,
        library: &library,
        separate_task,
        requests,
        // Only plans look at them; those of the inputs win.
        step_actions: match options.plan {
            Some(_) => shelf.iter().chain(&read).flat_map(Text::step_actions).collect(),
            None => HashMap::new(),
        },
        estimates: options.plan.as_ref(),
    };
    let mut changes = Changes::new(&read);
    let (plans, suggestions) = match options.suggest {
        true => (Vec::new(), inputs.suggest_all(options, &mut changes, diagnostics)),
        false => inputs.fuse_all(options, &mut changes, diagnostics),
    };
    let outputs = read.iter().filter_map(|text| text.emit(sources, &changes, options, diagnostics)).collect();
    diagnostics.drop_moot();
    Compiled { outputs, plans, suggestions }
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
    requests: &'a Policy,
    /// StepActions by name, if plans are asked for.
    step_actions: HashMap<String, &'a Node>,
    /// What plans assume, if they are asked for.
    estimates: Option<&'a Estimates>,
}

/// What came of a Pipeline.
struct Done {
    /// Whether it has groups, or anything that asks for one.
    asked: bool,
    /// What fusing saves and costs, if that was asked for.
    plan: Option<PipelinePlan>,
    /// What was chosen, if that was asked for.
    suggestion: Option<Suggestion>,
}

impl<'a> Inputs<'a> {
    /// The Pipelines, each with what it stands in.
    fn pipelines(&self) -> Vec<(&'a Object, &'a Pipeline)> {
        let of = |object: &'a Object| object.pipelines().into_iter().map(move |pipeline| (object, pipeline));
        self.objects.iter().flat_map(of).collect()
    }

    /// Fuses the groups of all Pipelines; what that saves and costs, and which were chosen.
    fn fuse_all(
        &self,
        options: &Options,
        changes: &mut Changes,
        diagnostics: &mut Diagnostics,
    ) -> (Vec<PipelinePlan>, Vec<Suggestion>) {
        let pipelines = self.pipelines();
        let list: Vec<&Pipeline> = pipelines.iter().map(|(_, pipeline)| *pipeline).collect();
        let requests = group::requests(self.sources, &options.groups, &list, diagnostics);
        let mut taken = self.task_names();
        let mut asked = !options.groups.is_empty();
        let (mut plans, mut suggestions) = (Vec::new(), Vec::new());
        for (of_object, requests) in pipelines.into_iter().zip(requests) {
            let about = About::pipeline(&of_object.1.name.value);
            let fuse =
                |found: &mut Diagnostics| self.fuse_pipeline(of_object, &requests, options, &mut taken, changes, found);
            let done = diagnostics.about(about, fuse);
            asked |= done.asked;
            plans.extend(done.plan);
            suggestions.extend(done.suggestion);
        }
        if !asked && !diagnostics.has_errors() {
            no_group(&list, self.objects, options.auto).into_iter().for_each(|note| diagnostics.push(note));
        }
        (plans, suggestions)
    }

    /// Fuses the groups of a Pipeline.
    fn fuse_pipeline(
        &self,
        (object, pipeline): (&'a Object, &'a Pipeline),
        requests: &[group::Request],
        options: &Options,
        taken: &mut Taken,
        changes: &mut Changes,
        diagnostics: &mut Diagnostics,
    ) -> Done {
        let known = diagnostics.count(Severity::Error);
        let graph = TaskGraph::new(self.sources, pipeline);
        let mut grouping = group::groups(self.sources, pipeline, requests, &graph, diagnostics);
        let runs = check::runs_of(self.sources, self.objects, pipeline);
        let mut asked = !(grouping.groups.is_empty() && grouping.marks.is_empty());
        let (graph, runs) = (&graph, runs.as_slice());
        let suggestion = options.auto.then(|| {
            let plain = Plain { inputs: self, object, pipeline, graph, runs, wishes: &options.wishes, taken };
            if asked || !requests.is_empty() {
                return plain.asked();
            }
            let chosen = plain.choose(false);
            let notes = chosen.suggestion.groups.iter().zip(&chosen.groups);
            notes.for_each(|(group, plan)| diagnostics.push(suggest::chosen(group, plan)));
            grouping.groups = chosen.groups;
            asked = !grouping.groups.is_empty();
            chosen.suggestion
        });
        let planned = Planned { inputs: self, object, pipeline, graph, grouping: &grouping, runs };
        if !asked {
            return Done { asked: false, plan: planned.plan(&[], &[], diagnostics), suggestion };
        }
        let fused = planned.fuse(known, diagnostics);
        let names = fused.iter().filter(|_| !pipeline.inline || self.separate_task);
        names.for_each(|fused| claim(taken, pipeline, fused, &grouping, diagnostics));
        let added = planned.change(&fused, changes, diagnostics);
        Done { asked: true, plan: planned.plan(&fused, &added, diagnostics), suggestion }
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
fn no_group(pipelines: &[&Pipeline], objects: &[Object], auto: bool) -> Option<Diagnostic> {
    let message = match pipelines {
        [] => "no Pipeline is among the inputs, so nothing is fused".to_owned(),
        _ if auto => "`--auto safe` finds no tasks that could share a pod at no cost, so nothing is fused".to_owned(),
        [only] => format!("the Pipeline `{}` asks for no group, so nothing is fused", only.name.value),
        _ => "no Pipeline of the inputs asks for a group, so nothing is fused".to_owned(),
    };
    let first = pipelines.first().map(|pipeline| pipeline.name.span);
    let place = first.or_else(|| Some(Span::new(objects.first()?.location.source, 0..0)))?;
    let text = if pipelines.is_empty() { "the first object" } else { "no group here" };
    let help = match auto && !pipelines.is_empty() {
        true => "`tkn-fuse suggest` says why",
        false => "mark tasks with `group: NAME`, or pass `--group NAME=a,b`",
    };
    Some(Diagnostic::new(Code::NoGroup, message).at(place, text).help(help))
}
