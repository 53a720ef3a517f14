//! One group of tasks becomes one Task.
//!
//! Takes a valid [`GroupPlan`] with the Tasks of its members; gives the fused Task, the pipeline task that runs it, and where
//! everything of the members went, from which the edits of the Pipeline and of its runs follow (`pipeline`, `runs`).
//! Never learns which surface asked for the group.

mod carry;
mod control;
mod fields;
mod gated;
mod gates;
mod guard;
mod helper;
mod hint;
mod matrix;
mod member;
mod names;
mod params;
mod paths;
mod pipeline;
mod probe;
mod reads;
mod requests;
mod results;
mod runs;
mod scope;
mod script;
mod settle;
mod sidecars;
mod steps;
mod task;
mod timeouts;
mod told;
mod volumes;
mod workdir;
mod workspaces;

use std::collections::{HashMap, HashSet};

use crate::diag::Diagnostics;
use crate::expr::{Template, Variable};
use crate::group::GroupPlan;
use crate::model::{Pipeline, RunParam};
use crate::resources::Policy;
use crate::shell::{Move, Verdict};
use crate::source::{SourceId, Span};
use crate::yaml::Node;

pub use helper::IMAGE as HELPER_IMAGE;
pub use helper::{HelperKind, HelperStep};
pub use matrix::{Copies, Copy};
pub use member::Member;
pub use pipeline::{Readers, Rewritten, edits};
pub use runs::{run_edits, task_run_spec};
pub use told::{Room, SCRIPT_BYTES};
pub use workspaces::uses_workspace;

use control::Control;
use gated::add_when;
use gates::Gates;
use helper::{Helper, Helpers};
use member::each_text;
use names::{StepNames, result_file};
use params::Params;
use paths::Paths;
use reads::Lowerer;
use results::{PlannedResult, Results, StepKey};
use scope::{Outer, Rewriter, Scope};
use sidecars::SidecarNames;
use steps::Draft;
use timeouts::Timeouts;
use volumes::Volumes;
use workdir::WorkingDirs;
use workspaces::Workspaces;

/// A group that is to be fused.
#[derive(Debug)]
pub struct Request<'a> {
    /// The Pipeline it is in.
    pub pipeline: &'a Pipeline,
    /// The plan, which has passed all checks.
    pub group: &'a GroupPlan,
    /// Its members in the order in which they run.
    pub members: Vec<Member<'a>>,
    /// Who reads the results of the Pipeline's tasks.
    pub readers: &'a Readers,
    /// Whether the fused Task becomes a `taskSpec` in the Pipeline instead of a document.
    pub embeds: bool,
    /// Params that the run of an inline Pipeline passes.
    pub run_params: &'a [RunParam],
    /// Names of volumes that a pod may have beside those of its Task: pod templates of runs bring them.
    pub pod_volumes: &'a [&'a str],
    /// The image of helper steps.
    pub helper_image: &'a str,
    /// What is asked about requests.
    pub requests: &'a Policy,
}

/// A fused group.
#[derive(Debug)]
pub struct Fused {
    /// The name of the pipeline task: the group's.
    pub name: String,
    /// The Task: a document, or the value of `taskSpec` for an inline Pipeline.
    pub task: Node,
    /// The Task's name.
    pub task_name: String,
    /// The pipeline task.
    pub entry: Node,
    /// The members' places in `Pipeline::tasks`.
    pub members: Vec<usize>,
    /// The texts that the members' Tasks stand in.
    pub sources: Vec<SourceId>,
    /// Workspaces of the Pipeline that are emptyDir volumes of the fused Task now.
    pub empty_dirs: Vec<String>,
    /// The image of helper steps.
    pub helper_image: String,
    /// The members that may be skipped while the others run.
    pub skips: Vec<Skip>,
    /// The fused result for (member's name, result's name), if it leaves the group.
    pub results: HashMap<(String, String), String>,
    /// The fused result that tells a member's status, if somebody reads it.
    pub statuses: HashMap<String, String>,
    /// The fused steps for (member's name, step's name): several if the member has a `matrix`.
    pub steps: HashMap<(String, String), Vec<String>>,
    /// The fused sidecars for (member's name, sidecar's name), likewise.
    pub sidecars: HashMap<(String, String), Vec<String>>,
    /// How many combinations a member's `matrix` has.
    pub lengths: HashMap<String, usize>,
    /// The steps that no Task of a member has, in their order.
    pub helpers: Vec<HelperStep>,
    /// What the pod has room for.
    pub room: Room,
}

/// A member that may be skipped inside the pod of its group, whose TaskRun succeeds all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The member's name.
    pub member: String,
    /// The fused result that says whether it ran: `true`, `false` if its own `when` said no, `parent` if others are why.
    pub ran: String,
    /// Whether its own `when` can say no.
    pub by_when: bool,
    /// Whether it can be skipped because of others.
    pub by_parent: bool,
}

/// Fuses one group. What cannot be lowered is reported; the result is then not fit for use.
pub fn fuse(request: &Request<'_>, diagnostics: &mut Diagnostics) -> Fused {
    let mut volumes = Volumes::plan(request.pipeline, &request.members, request.pod_volumes);
    let layout = Layout::plan(request, &mut volumes, diagnostics);
    let helpers = Helpers::new(image(request), volumes.take("fuse-scripts"));
    let timeouts = Timeouts::plan(&request.members, diagnostics);
    let gates = Gates::new(&request.members, &layout.control, &layout.results);
    let mut making = Making {
        request,
        layout: &layout,
        volumes,
        timeouts,
        params: Params::new(),
        helpers,
        gates,
        parts: Parts::default(),
    };
    for (index, member) in request.members.iter().enumerate() {
        making.member(index, member, diagnostics);
    }
    let Making { timeouts, params, helpers, gates, mut parts, .. } = making;
    parts.steps.extend(verdict(request, &layout, &helpers, gates, diagnostics));
    parts.volumes.extend(helpers.volumes(request.group.span));
    let empty_dirs = layout.workspaces.empty_dirs.iter();
    parts.volumes.extend(empty_dirs.map(|(_, volume)| volumes::empty_dir(volume, request.group.span)));
    requests::lower(request, &mut parts, diagnostics);
    control::tell(request, &layout.control, diagnostics);
    let room = Room::of(&layout, &parts);
    told::differences(request, &layout, room, diagnostics);
    layout.directories.tell(&request.members, diagnostics);
    timeouts.tell(request, diagnostics);
    parts.timeout = timeouts.of_group();
    task::assemble(request, &layout, params, (parts, room), diagnostics)
}

/// A fused Task in the making, member by member.
struct Making<'m, 'a> {
    request: &'m Request<'a>,
    layout: &'m Layout<'a>,
    volumes: Volumes,
    timeouts: Timeouts,
    params: Params,
    helpers: Helpers,
    gates: Gates<'m>,
    parts: Parts,
}

impl<'m, 'a> Making<'m, 'a> {
    /// Adds all that comes of a member.
    fn member(&mut self, index: usize, member: &'m Member<'a>, diagnostics: &mut Diagnostics) {
        let layout = self.layout;
        let scope = layout.scope(index, member);
        let bound = self.params.bind(member, &layout.outer, &|text| scope.rename(text), diagnostics);
        let mut rewriter = Rewriter {
            scope: &scope,
            outer: &layout.outer,
            bound: &bound,
            params: &mut self.params,
            unlisted: Vec::new(),
            step: None,
            diagnostics,
        };
        let mut drafts = steps::drafts(member, &mut rewriter, &self.volumes, &layout.paths);
        let sidecars = sidecars::sidecars(member, &layout.sidecar_names, &mut rewriter, &self.volumes, &layout.paths);
        self.parts.sidecars.extend(sidecars);
        self.parts.volumes.extend(self.volumes.declare(member, &mut rewriter));
        self.timeouts.limit_steps(index, &mut drafts);
        let made = (&mut self.params, &self.helpers);
        let counts = layout.copies.count_steps(index, member, &layout.outer, made, diagnostics);
        drafts.splice(0..0, counts);
        let steps = self.steps(index, member, drafts, diagnostics);
        self.parts.steps.extend(steps);
    }

    /// The steps of a member with the helpers around them.
    fn steps(
        &mut self,
        index: usize,
        member: &Member<'_>,
        drafts: Vec<Draft>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Draft> {
        let (layout, members) = (self.layout, &self.request.members);
        let gates = self.gates.member(index, drafts.len());
        let mut lowerer = Lowerer {
            members,
            index,
            results: &layout.results,
            names: &layout.step_names,
            directories: &layout.directories,
            outer: &layout.outer,
            params: &mut self.params,
            helpers: &mut self.helpers,
            diagnostics,
        };
        let mut steps = lowerer.lower(drafts, &layout.needed[index], gates);
        let conditions = lowerer.static_when(&layout.control.conditions(index));
        steps.iter_mut().for_each(|step| conditions.iter().for_each(|when| add_when(step, when.clone())));
        steps.extend(collector(index, member, layout, &self.helpers, diagnostics));
        steps.extend(layout.copies.gather_step(index, members, &layout.results, &self.helpers, diagnostics));
        self.gates.passed(index, &steps);
        if layout.control.goes_on(index) {
            steps.iter_mut().for_each(Draft::go_on);
        }
        steps
    }
}

/// The image of the group's helper steps.
fn image<'r>(request: &'r Request<'_>) -> &'r str {
    request.group.options.helper_image.as_ref().map_or(request.helper_image, |image| &image.value)
}

/// Everything that is decided before a text is rewritten.
struct Layout<'a> {
    outer: Outer<'a>,
    step_names: StepNames,
    sidecar_names: SidecarNames,
    workspaces: Workspaces,
    results: Results,
    control: Control,
    paths: Paths,
    directories: WorkingDirs,
    copies: matrix::Plan,
    /// Per member: the results of the group without which it does not start.
    needed: Vec<Vec<(Variable, Span)>>,
}

/// What the fused Task is made of.
#[derive(Default)]
struct Parts {
    steps: Vec<Draft>,
    sidecars: Vec<Node>,
    volumes: Vec<Node>,
    /// The timeout of the fused pipeline task.
    timeout: Option<String>,
}

impl<'a> Layout<'a> {
    fn plan(request: &Request<'a>, volumes: &mut Volumes, diagnostics: &mut Diagnostics) -> Self {
        let members = &request.members;
        let names: HashSet<&str> = members.iter().map(Member::name).collect();
        let outer = Outer {
            pipeline: request.pipeline,
            members: names,
            embeds: request.embeds,
            run_params: request.run_params,
        };
        let steps = |member: &Member<'a>| (0..member.spec().steps.len()).map(|index| member.step_name(index)).collect();
        let mut step_names = StepNames::new(members.iter().map(|member| (member.own_name(), steps(member))));
        let copies = matrix::Plan::new(members, request.readers, &mut step_names);
        let workspaces = Workspaces::plan(request, volumes, diagnostics);
        let needed: Vec<_> = members.iter().map(|member| needed(member, &outer)).collect();
        let control = Control::plan(request, &outer, diagnostics);
        let results = Results::plan(members, &step_names, &control.outside, &control.skippable(), &copies, diagnostics);
        Self {
            paths: Paths::new(members, &step_names),
            directories: WorkingDirs::new(request.pipeline, members),
            sidecar_names: SidecarNames::new(members),
            copies,
            outer,
            step_names,
            workspaces,
            results,
            control,
            needed,
        }
    }

    fn scope<'s>(&'s self, index: usize, member: &'s Member<'s>) -> Scope<'s> {
        Scope {
            index,
            member,
            workspaces: &self.workspaces,
            results: &self.results,
            steps: &self.step_names,
            sidecars: &self.sidecar_names,
        }
    }
}

/// The results of members that a member's pipeline task refers to, used by its Task or not: Tekton does not start it
/// without them.
fn needed(member: &Member<'_>, outer: &Outer<'_>) -> Vec<(Variable, Span)> {
    let mut found: Vec<(Variable, Span)> = Vec::new();
    let mut look = |text: &str, span: Span, is_wanted: &dyn Fn(&Variable) -> bool| {
        let template = Template::parse(text);
        for variable in template.variables().filter(|variable| is_wanted(variable)) {
            if !found.iter().any(|(other, _)| other == variable) {
                found.push((variable.clone(), span));
            }
        }
    };
    let inside = |variable: &Variable| outer.is_inside(variable);
    for param in &member.task.params {
        each_text(&param.node, &mut |text| look(text, param.node.span, &inside));
    }
    if let Some(when) = member.task.field("when") {
        each_text(when, &mut |text| look(text, when.span, &inside));
    }
    // Without one of them none of the copies starts.
    if let Some(matrix) = member.task.field("matrix") {
        each_text(matrix, &mut |text| look(text, matrix.span, &inside));
    }
    if member.embedded() {
        each_text(&member.spec().node, &mut |text| {
            look(text, member.task.name.span, &|variable| outer.is_result(variable))
        });
    }
    found
}

/// The step after a member that moves results away from paths which a later member writes too.
fn collector(
    index: usize,
    member: &Member<'_>,
    layout: &Layout<'_>,
    helpers: &Helpers,
    diagnostics: &mut Diagnostics,
) -> Option<Draft> {
    let collected = layout.results.of(index).iter().filter(|result| result.collected.is_some());
    let bring = |result: &PlannedResult| {
        let from = result.collected.clone()?;
        Some(Move { stays: from.starts_with("/tekton/steps/"), from, to: result.file.clone() })
    };
    let moves: Vec<Move> = collected.clone().filter_map(bring).collect();
    if moves.is_empty() {
        return None;
    }
    let name = layout.step_names.collector(index).to_owned();
    let security = member.spec().steps.last().and_then(|step| step.get("securityContext")).cloned();
    let script = crate::shell::collector_script(&moves);
    let span = member.task.name.span;
    let draft = helpers.step(Helper { name, member: index, key: StepKey::Collector, script, security, span });
    let exported: Vec<&str> =
        collected.filter(|result| result.export.is_some()).map(|result| result.name.as_str()).collect();
    if member.copy.is_none_or(|copy| copy.number == 0) {
        diagnostics.push(told::collector(member, &draft, &exported));
    }
    Some(draft)
}

/// The result of the verdict: the first member that failed.
const FAILED: &str = "failed";

/// The last step of a group that goes on after failures: it fails the Task. It also writes down what became of the last
/// members, where somebody asks.
fn verdict(
    request: &Request<'_>,
    layout: &Layout<'_>,
    helpers: &Helpers,
    mut gates: Gates<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Draft> {
    let settles = gates.settles();
    let watched = if layout.control.always { gates.steps() } else { Vec::new() };
    if settles.is_empty() && watched.is_empty() {
        return None;
    }
    let last = request.members.len().checked_sub(1)?;
    let name = layout.step_names.verdict().to_owned();
    let failed_to = layout.control.always.then(|| result_file(&name, FAILED));
    let script = crate::shell::verdict_script(&Verdict { settles, watched, failed_to });
    let span = request.group.span;
    let mut draft = helpers.step(Helper { name, member: last, key: StepKey::Verdict, script, security: None, span });
    if layout.control.always {
        draft.declare(FAILED);
    }
    diagnostics.push(told::verdict(request, &draft, layout.control.always));
    Some(draft)
}

/// Whether a key is that of a step of a member's own Task.
fn is_own(draft: &Draft) -> bool {
    matches!(draft.key, StepKey::Step(_))
}

#[cfg(test)]
mod tests;
