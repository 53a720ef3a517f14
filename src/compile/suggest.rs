//! Groups for Pipelines that ask for none: candidates are fused on trial, and the best of those that can be fused without
//! anything above a note are chosen.

use std::collections::{BTreeSet, HashMap};

use super::changes::Changes;
use super::planned::Planned;
use super::scratch::{Scratch, scratch};
use super::{Inputs, Options, Taken};
use crate::check;
use crate::diag::{About, Code, Diagnostic, Diagnostics};
use crate::fuse::{self, Fused};
use crate::graph::TaskGraph;
use crate::group::{self, GroupPlan, Grouping, Mark, Run as When};
use crate::model::{Object, Pipeline, Run, Text};
use crate::suggest::{
    self, Apart, EmptyDir, Obstacle, Oracle, Order, Proposal, Refusal, Suggestion, WINDOW, Why, Wishes,
};
use crate::yaml::Node;

/// How many names of a group are tried before one that is taken is left to be reported.
const NAMES: usize = 100;

/// A Pipeline that asks for no group.
#[derive(Clone, Copy)]
pub(super) struct Plain<'p, 'a> {
    pub(super) inputs: &'p Inputs<'a>,
    /// What the Pipeline stands in.
    pub(super) object: &'a Object,
    pub(super) pipeline: &'a Pipeline,
    pub(super) graph: &'p TaskGraph,
    /// Its runs among the inputs.
    pub(super) runs: &'p [&'a Run],
    pub(super) wishes: &'p Wishes,
    /// Names of Tasks that the fused ones may not have.
    pub(super) taken: &'p Taken,
}

/// The groups that were chosen.
pub(super) struct Chosen {
    /// As if the Pipeline had asked for them.
    pub(super) groups: Vec<GroupPlan>,
    /// The names of the fused Tasks, if these become documents.
    pub(super) task_names: Vec<String>,
    /// What is said of them.
    pub(super) suggestion: Suggestion,
}

/// A group that can be fused.
#[derive(Clone)]
struct Fit {
    plan: GroupPlan,
    task_name: String,
    steps: usize,
}

/// Tries candidates, each once.
struct Trials<'p, 'a> {
    plain: Plain<'p, 'a>,
    /// What forbids every group.
    refusal: Option<Refusal>,
    /// Workspaces that may become emptyDirs.
    scratch: Vec<Scratch>,
    tried: HashMap<Vec<usize>, Result<Fit, Refusal>>,
}

impl<'a> Inputs<'a> {
    /// Suggests groups for all Pipelines that ask for none, and marks them in their documents if a form is given.
    pub(super) fn suggest_all(
        &self,
        options: &Options,
        changes: &mut Changes,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Suggestion> {
        let pipelines = self.pipelines();
        let list: Vec<&Pipeline> = pipelines.iter().map(|(_, pipeline)| *pipeline).collect();
        let requests = group::requests(self.sources, &options.groups, &list, diagnostics);
        let (mut taken, wishes) = (self.task_names(), &options.wishes);
        let mut suggestions = Vec::new();
        for ((object, pipeline), requests) in pipelines.into_iter().zip(requests) {
            let graph = &TaskGraph::new(self.sources, pipeline);
            let about = About::pipeline(&pipeline.name.value);
            let read = |found: &mut Diagnostics| group::groups(self.sources, pipeline, &requests, graph, found);
            let grouping = diagnostics.about(about, read);
            let runs = &check::runs_of(self.sources, self.objects, pipeline);
            let plain = Plain { inputs: self, object, pipeline, graph, runs, wishes, taken: &taken };
            if !(requests.is_empty() && grouping.groups.is_empty() && grouping.marks.is_empty()) {
                suggestions.push(plain.asked());
                continue;
            }
            let Chosen { task_names, suggestion, .. } = plain.choose(true);
            let named = |name: String| ((pipeline.namespace.clone(), name), pipeline.name.span);
            taken.extend(task_names.into_iter().map(named));
            if let Some(form) = options.mark {
                let groups: Vec<Mark<'_>> = suggestion.groups.iter().map(mark).collect();
                changes.add(&object.location, group::marks(pipeline, form, &groups), Vec::new(), []);
            }
            suggestions.push(suggestion);
        }
        suggestions
    }
}

impl<'p, 'a> Plain<'p, 'a> {
    /// Nothing, since the Pipeline asks for groups itself.
    pub(super) fn asked(&self) -> Suggestion {
        Suggestion { asked: true, ..self.suggestion(Vec::new(), Vec::new()) }
    }

    /// Finds the best groups that can be fused without anything above a note. `explain`: also why other tasks stay apart,
    /// which takes more trials.
    pub(super) fn choose(self, explain: bool) -> Chosen {
        let order = self.order();
        let scratch = |order| scratch(self.inputs.library, self.pipeline, order, self.runs);
        let scratch = order.as_ref().filter(|_| self.wishes.ephemeral).map(scratch).unwrap_or_default();
        let mut trials = Trials { plain: self, refusal: self.refusal(), scratch, tried: HashMap::new() };
        let paths: Vec<Vec<usize>> =
            order.iter().flat_map(Order::paths).flat_map(|path| self.without_kept(&path)).collect();
        let mut segments: Vec<Vec<usize>> = Vec::new();
        for path in &paths {
            segments.extend(suggest::best(path, &mut trials).into_iter().map(<[usize]>::to_vec));
        }
        segments.sort_by_key(|segment| segment.iter().min().copied());
        let mut fits: Vec<Fit> = segments.iter().filter_map(|segment| trials.fit(segment).ok()).collect();
        let dropped = self.settle(&mut fits);
        let apart = match explain {
            true => self.apart(order.as_ref(), &paths, &fits, &dropped, &mut trials),
            false => Vec::new(),
        };
        let groups = fits.iter().map(|fit| self.proposal(fit, &trials.scratch)).collect();
        let suggestion = self.suggestion(groups, apart);
        let task_names = fits.iter().filter(|_| self.writes_tasks()).map(|fit| fit.task_name.clone()).collect();
        Chosen { groups: fits.into_iter().map(|fit| fit.plan).collect(), task_names, suggestion }
    }

    fn suggestion(&self, groups: Vec<Proposal>, apart: Vec<Apart>) -> Suggestion {
        let Pipeline { name, location, tasks, .. } = self.pipeline;
        Suggestion {
            pipeline: name.value.clone(),
            source: location.source,
            tasks: tasks.iter().map(|task| task.name.value.clone()).collect(),
            asked: false,
            groups,
            apart,
        }
    }

    fn proposal(&self, fit: &Fit, scratch: &[Scratch]) -> Proposal {
        let names = |tasks: &[usize]| tasks.iter().map(|&task| self.name(task).to_owned()).collect::<Vec<_>>();
        let chosen = |found: &&Scratch| fit.plan.options.empty_dir.iter().any(|name| name.value == found.workspace);
        let empty_dir = |found: &Scratch| {
            let mut users = names(&found.users).into_iter();
            let first = users.next().unwrap_or_default();
            EmptyDir { workspace: found.workspace.clone(), first, write: found.write.clone(), others: users.collect() }
        };
        Proposal {
            name: fit.plan.name.value.clone(),
            members: names(&fit.plan.members),
            steps: fit.steps,
            empty_dirs: scratch.iter().filter(chosen).map(empty_dir).collect(),
        }
    }

    fn name(&self, task: usize) -> &'a str {
        &self.pipeline.tasks[task].name.value
    }

    /// Whether fused Tasks become documents, whose names nobody else may have.
    fn writes_tasks(&self) -> bool {
        !self.pipeline.inline || self.inputs.separate_task
    }

    /// What forbids every group: fields that Tekton does not know, for one. They pass while nothing is fused.
    fn refusal(&self) -> Option<Refusal> {
        let mut told = Diagnostics::default();
        group::unknown_fields(self.pipeline, &mut told);
        self.graph.problems().iter().for_each(|problem| told.push(problem.clone()));
        Refusal::of(told.iter())
    }

    /// The order of the tasks; finally tasks stand beside it. `None` if tasks wait for each other.
    fn order(&self) -> Option<Order> {
        let tasks = &self.pipeline.tasks;
        let edges = self.graph.edges().map(|(from, to, _)| (from, to));
        Order::new(tasks.len(), edges.filter(|&(from, to)| !tasks[from].finally && !tasks[to].finally))
    }

    fn is_kept(&self, task: usize) -> bool {
        self.wishes.keep.iter().any(|keep| keep.means(&self.pipeline.name.value, self.name(task)))
    }

    /// The parts of a path between tasks that stay in pods of their own.
    fn without_kept(&self, path: &[usize]) -> Vec<Vec<usize>> {
        let parts = path.split(|&task| self.is_kept(task));
        parts.filter(|part| part.len() > 1).map(<[usize]>::to_vec).collect()
    }

    /// A group of these tasks with these workspaces as emptyDirs.
    fn plan(&self, name: String, members: &[usize], empty_dirs: &[&str]) -> GroupPlan {
        let place = |&task: &usize| self.pipeline.tasks[task].name.span;
        let places: Vec<_> = members.iter().map(place).collect();
        let span = places.first().copied().unwrap_or(self.pipeline.name.span);
        let runs = vec![When::Plain; members.len()];
        let empty_dir = empty_dirs.iter().map(|&workspace| Text::new(workspace, span)).collect();
        let (members, options) = (members.to_vec(), group::Options { empty_dir, ..group::Options::default() });
        GroupPlan { name: Text::new(name, span), members, places, runs, span, options }
    }

    /// Fuses groups on trial; nothing but what is said remains of it.
    fn fuse(&self, groups: Vec<GroupPlan>) -> (Vec<Fused>, Diagnostics) {
        let &Plain { inputs, object, pipeline, graph, runs, .. } = self;
        let mut told = Diagnostics::default();
        let grouping = Grouping { groups, marks: Vec::new() };
        let planned = Planned { inputs, object, pipeline, graph, grouping: &grouping, runs };
        let fused = planned.fuse(0, &mut told);
        if !told.has_errors() {
            fuse::edits(pipeline, graph, &fused, &mut told);
        }
        (fused, told)
    }

    /// A group of these tasks under the first name that is free.
    fn attempt(&self, segment: &[usize], empty_dirs: &[&str]) -> Result<Fit, Refusal> {
        let members: Vec<&str> = segment.iter().map(|&task| self.name(task)).collect();
        let is_task = |name: &String| self.pipeline.tasks.iter().any(|task| task.name.value == *name);
        let mut taken = None;
        for name in suggest::names(&members).filter(|name| !is_task(name)).take(NAMES) {
            let plan = self.plan(name, segment, empty_dirs);
            let (fused, told) = self.fuse(vec![plan.clone()]);
            if let Some(refusal) = Refusal::of(told.iter()) {
                return Err(refusal);
            }
            let Some(fused) = fused.first() else { break };
            if self.writes_tasks() && self.is_taken(&fused.task_name) {
                let message = format!("a Task is called `{}` already", fused.task_name);
                taken = Some(Refusal::Told { code: Code::TaskNameTaken, message });
                continue;
            }
            let spec = fused.task.get("spec").unwrap_or(&fused.task);
            let steps = spec.get("steps").and_then(Node::as_sequence).map_or(0, <[Node]>::len);
            return match self.wishes.passed(spec) {
                Some(refusal) => Err(refusal),
                None => Ok(Fit { plan, task_name: fused.task_name.clone(), steps }),
            };
        }
        Err(taken.unwrap_or(Refusal::Limit("there is no name for the group".to_owned())))
    }

    fn is_taken(&self, task_name: &str) -> bool {
        self.taken.contains_key(&(self.pipeline.namespace.clone(), task_name.to_owned()))
    }

    /// Takes groups out until all that are left can be fused together as each of them could alone: the last one that is
    /// named in what forbids it. Returns what was taken out, and why.
    fn settle(&self, fits: &mut Vec<Fit>) -> Vec<(Vec<usize>, Refusal)> {
        let mut dropped = Vec::new();
        while fits.len() > 1 {
            let (_, told) = self.fuse(fits.iter().map(|fit| fit.plan.clone()).collect());
            let Some(refusal) = Refusal::of(told.iter()) else { break };
            let bad: Vec<&Diagnostic> = told.iter().filter(|it| suggest::forbids(it)).collect();
            let named = |fit: &Fit| bad.iter().any(|told| self.is_named(&fit.plan, told));
            let last = fits.iter().rposition(named).unwrap_or(fits.len() - 1);
            dropped.push((fits.remove(last).plan.members, refusal));
        }
        dropped
    }

    fn is_named(&self, group: &GroupPlan, told: &Diagnostic) -> bool {
        let name = &group.name.value;
        let is_member = |name: &String| group.members.iter().any(|&member| self.name(member) == name);
        told.about.group.as_ref() == Some(name)
            || told.about.members.iter().any(is_member)
            || told.message.contains(&format!("`{name}`"))
    }

    /// Why tasks that follow each other stay in different pods.
    fn apart(
        &self,
        order: Option<&Order>,
        paths: &[Vec<usize>],
        fits: &[Fit],
        dropped: &[(Vec<usize>, Refusal)],
        trials: &mut Trials<'p, 'a>,
    ) -> Vec<Apart> {
        let home = |task: usize| fits.iter().position(|fit| fit.plan.members.contains(&task));
        let edges: BTreeSet<(usize, usize)> = self.graph.edges().map(|(from, to, _)| (from, to)).collect();
        let mut apart = Vec::new();
        for (from, to) in edges {
            if home(from).is_some() && home(from) == home(to) {
                continue;
            }
            let why = if self.pipeline.tasks[to].finally {
                Why::Finally
            } else if let Some(kept) = [from, to].into_iter().find(|&task| self.is_kept(task)) {
                Why::Kept(self.name(kept).to_owned())
            } else {
                match order.and_then(|order| order.obstacle(from, to)) {
                    Some(Obstacle::Between(task)) => Why::Between(self.name(task).to_owned()),
                    Some(Obstacle::Before(task)) => Why::Before(self.name(task).to_owned()),
                    Some(Obstacle::After(task)) => Why::After(self.name(task).to_owned()),
                    None => self.neighbours((from, to), paths, fits, dropped, trials),
                }
            };
            apart.push(Apart { before: self.name(from).to_owned(), after: self.name(to).to_owned(), why });
        }
        apart
    }

    /// Why two tasks that could be one as far as the order goes are in different pods: they cannot be one, or what stands
    /// on their two sides cannot.
    fn neighbours(
        &self,
        (from, to): (usize, usize),
        paths: &[Vec<usize>],
        fits: &[Fit],
        dropped: &[(Vec<usize>, Refusal)],
        trials: &mut Trials<'p, 'a>,
    ) -> Why {
        let refused = |members: &[usize], refusal: &Refusal| {
            let with = members.iter().filter(|&&task| task != from && task != to);
            Why::Refused { with: with.map(|&task| self.name(task).to_owned()).collect(), refusal: refusal.clone() }
        };
        if let Some(refusal) = &trials.refusal {
            return refused(&[], refusal);
        }
        if let Some((members, refusal)) =
            dropped.iter().find(|(members, _)| members.contains(&from) && members.contains(&to))
        {
            return refused(members, refusal);
        }
        let side = |task: usize| {
            let fit = fits.iter().find(|fit| fit.plan.members.contains(&task));
            fit.map_or(vec![task], |fit| fit.plan.members.clone())
        };
        let both = [side(from), side(to)].concat();
        let is_whole = || paths.contains(&both);
        for members in [&[from, to][..], &both] {
            if members.len() > WINDOW && !is_whole() {
                break;
            }
            if let Err(refusal) = trials.fit(members) {
                return refused(members, &refusal);
            }
        }
        Why::TooLong
    }
}

impl Trials<'_, '_> {
    /// The group of a segment, if it can be one.
    fn fit(&mut self, segment: &[usize]) -> Result<Fit, Refusal> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        if let Some(known) = self.tried.get(segment) {
            return known.clone();
        }
        let scratch: Vec<&str> = self.scratch_of(segment).map(|found| found.workspace.as_str()).collect();
        let mut found = Err(Refusal::Limit(String::new()));
        for empty_dirs in choices(&scratch) {
            found = self.plain.attempt(segment, &empty_dirs);
            if found.is_ok() {
                break;
            }
        }
        self.tried.insert(segment.to_vec(), found.clone());
        found
    }

    /// The workspaces that could be emptyDirs of a group.
    fn scratch_of(&self, segment: &[usize]) -> impl Iterator<Item = &Scratch> {
        self.scratch.iter().filter(|found| found.users.iter().all(|user| segment.contains(user)))
    }
}

/// The selections of these workspaces that are tried, larger ones first: all of them, all but one, one alone, none. With up
/// to three workspaces these are all that there are.
fn choices<'w>(workspaces: &[&'w str]) -> Vec<Vec<&'w str>> {
    let without = |left: &&'w str| workspaces.iter().copied().filter(|other| other != left).collect();
    let mut choices: Vec<Vec<&str>> = vec![workspaces.to_vec()];
    choices.extend(workspaces.iter().map(without).filter(|_| workspaces.len() > 1));
    choices.extend(workspaces.iter().map(|&alone| vec![alone]).filter(|_| workspaces.len() > 2));
    choices.extend((!workspaces.is_empty()).then(Vec::new));
    choices
}

impl Oracle for Trials<'_, '_> {
    fn volumes_at_most(&self, segment: &[usize]) -> usize {
        self.scratch_of(segment).count()
    }

    fn volumes(&mut self, segment: &[usize]) -> Option<usize> {
        self.fit(segment).ok().map(|fit| fit.plan.options.empty_dir.len())
    }
}

/// What asks for a group.
fn mark(group: &Proposal) -> Mark<'_> {
    let members = group.members.iter().map(String::as_str).collect();
    Mark { name: &group.name, members, empty_dirs: group.empty_dirs.iter().map(|it| it.workspace.as_str()).collect() }
}

/// Says which group was chosen.
pub(super) fn chosen(group: &Proposal, plan: &GroupPlan) -> Diagnostic {
    let members = crate::diag::enumerate(group.members.iter().map(String::as_str));
    let message = format!("`--auto safe` makes the group `{}` of {members}", group.name);
    let place = Diagnostic::new(Code::AutoGroup, message).at(plan.span, "its first member");
    place.help("`tkn-fuse suggest --write` puts it into the source, so that it stays as it is")
}
