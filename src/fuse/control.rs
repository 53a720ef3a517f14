//! Whether each member runs: its `when`, what it inherits from members that are skipped, what it does about failures.
//!
//! Unfused, Tekton decides this before it makes a TaskRun (`skip` and `IsFinallySkipped` of
//! `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15). In a pod, steps decide by their `when` where the
//! Pipeline's params are all that is asked (a *static* member), and look at files of the pod elsewhere (a *dynamic* one).

mod clause;
mod told;

use std::collections::HashSet;

use super::member::{Member, each_text};
use super::results::OutsideReads;
use super::scope::Outer;
use super::{Readers, Request};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable};
use crate::group::Run;
use crate::model::Pipeline;
use crate::yaml::Node;

pub(super) use clause::Clause;
pub(super) use told::tell;

/// The control flow of a group.
#[derive(Debug)]
pub(super) struct Control {
    /// In the order in which the members run.
    pub(super) members: Vec<MemberControl>,
    /// Whether a member runs also if others fail: no step stops the pod then, and a last one fails the Task.
    pub(super) always: bool,
    /// The condition that all members share: the fused task's.
    pub(super) common: Option<Node>,
    /// The results that leave the group.
    pub(super) outside: OutsideReads,
}

/// The control flow of one member.
#[derive(Debug, Default)]
pub(super) struct MemberControl {
    /// It runs also if others fail.
    pub(super) always: bool,
    /// Nobody minds if it fails (`onError: continue` of the pipeline task).
    pub(super) forgiven: bool,
    /// Its own `when`.
    pub(super) clauses: Vec<Clause>,
    /// The members whose skip may skip this one.
    pub(super) inherits: Vec<Parent>,
    /// Its own `when` may skip it: those that only wait for it run all the same.
    pub(super) by_when: bool,
    /// Others may skip it: nothing that waits for it runs.
    pub(super) by_parent: bool,
    /// Its steps look at files of the pod to see whether they run.
    pub(super) dynamic: bool,
    /// Somebody outside has to know whether it ran.
    pub(super) exported: bool,
    /// Somebody reads its status.
    pub(super) status: bool,
    /// Somebody outside does.
    pub(super) status_exported: bool,
}

/// A member that another one waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    /// Its place in the group.
    pub(super) member: usize,
    /// Whether its results are used, or only its end is waited for.
    pub(super) results: bool,
}

impl MemberControl {
    /// Whether it may be skipped in a run in which nothing fails.
    pub(super) fn skippable(&self) -> bool {
        self.by_when || self.by_parent
    }

    /// Whether a result that it needs and that is missing skips it, where others fail.
    pub(super) fn lenient(&self) -> bool {
        self.always || self.forgiven
    }
}

impl Control {
    /// Looks at all members. What cannot be decided in a pod is reported.
    pub(super) fn plan(request: &Request<'_>, outer: &Outer<'_>, diagnostics: &mut Diagnostics) -> Self {
        let members = &request.members;
        let common = request.group.common_when(request.pipeline).cloned();
        let outside = request.readers.outside(members);
        let mut plan = Self { members: Vec::new(), always: request.group.always(), common, outside };
        let read: HashSet<String> = plan.outside.keys().map(|(task, _)| task.clone()).collect();
        let (names, waited_for) = (names(members), waited_for(members, request.pipeline));
        for (index, member) in members.iter().enumerate() {
            let own = member.task.field("when").filter(|_| plan.common.is_none());
            let when = |when| clause::clauses(member, when, &names, outer, diagnostics);
            let clauses = own.map_or_else(Vec::new, when);
            let outside = (read.contains(member.name()), waited_for.contains(member.name()));
            plan.members.push(plan.member(index, member, clauses, request, outside));
        }
        plan.spread();
        plan.refuse(request, diagnostics);
        plan
    }

    /// Per member: whether it may be skipped.
    pub(super) fn skippable(&self) -> Vec<bool> {
        self.members.iter().map(MemberControl::skippable).collect()
    }

    /// Whether the pod goes on if a step of a member fails.
    pub(super) fn goes_on(&self, member: usize) -> bool {
        self.always || self.members[member].forgiven
    }

    /// The conditions under which the steps of a static member run: its own, and those of members whose results it uses.
    pub(super) fn conditions(&self, member: usize) -> Vec<&Clause> {
        let control = &self.members[member];
        if control.dynamic {
            return Vec::new();
        }
        let inherited = control.inherits.iter().flat_map(|parent| &self.members[parent.member].clauses);
        control.clauses.iter().chain(inherited).collect()
    }

    fn member(
        &self,
        index: usize,
        member: &Member<'_>,
        clauses: Vec<Clause>,
        request: &Request<'_>,
        (is_read, is_waited_for): (bool, bool),
    ) -> MemberControl {
        let members = &request.members;
        let always = request.group.run(member.index) == Run::Always;
        let forgiven = member.task.is_forgiven();
        let parents = parents(member, &members[..index]);
        let needs_results = parents.iter().any(|parent| parent.results);
        let matters = |parent: &&Parent| {
            let control = &self.members[parent.member];
            control.by_parent || parent.results && control.by_when
        };
        let inherits: Vec<Parent> = parents.iter().filter(matters).copied().collect();
        let by_parent = !inherits.is_empty() || (always || forgiven) && needs_results;
        let by_when = !clauses.is_empty();
        // The last copy of a member with a matrix speaks for all of them: they have the same conditions.
        let speaks = member.copy.is_none_or(|copy| copy.number + 1 == copy.count);
        let exported = speaks && ((by_when || by_parent) && is_read || by_parent && is_waited_for);
        let (status, status_exported) = status_readers(member, members, request.readers);
        let inside = clauses.iter().any(|clause| clause.reads_inside);
        let dynamic = inside || exported || status && (by_when || by_parent) || (always || forgiven) && needs_results;
        MemberControl {
            always,
            forgiven,
            clauses,
            inherits,
            by_when,
            by_parent,
            dynamic,
            exported,
            status,
            status_exported,
        }
    }

    /// A member whose skip somebody looks at in the pod must leave word of it, and who looks at one does it in the pod.
    fn spread(&mut self) {
        loop {
            let mut changed = false;
            for child in 0..self.members.len() {
                for Parent { member: parent, .. } in self.members[child].inherits.clone() {
                    let both = [child, parent].map(|member| self.members[member].dynamic);
                    if both != [true; 2] && (both.contains(&true) || self.members[parent].by_parent) {
                        self.members[child].dynamic = true;
                        self.members[parent].dynamic = true;
                        changed = true;
                    }
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Refuses what only Tekton's controller can decide.
    fn refuse(&self, request: &Request<'_>, diagnostics: &mut Diagnostics) {
        for (index, (control, member)) in self.members.iter().zip(&request.members).enumerate() {
            let of_steps =
                member.spec().steps.iter().filter(|_| self.goes_on(index)).filter_map(|step| step.get("onError"));
            for node in of_steps.chain(member.task.field("onError")).filter(|node| is_open(node)) {
                let message = format!("only a run knows whether a failure of `{}` is forgiven", member.name());
                let place = Diagnostic::new(Code::MemberOnError, message).at(node.span, "has a variable");
                diagnostics.push(place.help("write `continue` or `stopAndFail`"));
            }
            for clause in &control.clauses {
                if let Some(why) = clause.refusal() {
                    let message = format!("the `when` of `{}` {why}", member.name());
                    let place = Diagnostic::new(Code::MemberWhen, message).at(clause.span, "this condition");
                    let help = format!("cut the group before `{}`, or say the condition without it", member.name());
                    diagnostics.push(place.help(help));
                }
            }
        }
    }
}

/// Whether a text has a variable in it.
fn is_open(node: &Node) -> bool {
    node.as_str().is_some_and(|text| Template::parse(text).variables().next().is_some())
}

/// The names by which the Pipeline speaks of the members.
fn names<'m>(members: &[Member<'m>]) -> HashSet<&'m str> {
    members.iter().map(|member| member.task.name.value.as_str()).collect()
}

/// The members before this one that it waits for (`PipelineTask.Deps`, `pkg/apis/pipeline/v1/pipeline_types.go`, v1.15).
fn parents(member: &Member<'_>, before: &[Member<'_>]) -> Vec<Parent> {
    let mut used: HashSet<String> = HashSet::new();
    let mut look = |text: &str| {
        for variable in Template::parse(text).variables() {
            if let Variable::TaskResult { task, .. } = variable {
                used.insert(task.clone());
            }
        }
    };
    for key in ["params", "when", "matrix"] {
        member.task.field(key).into_iter().for_each(|node| each_text(node, &mut look));
    }
    if member.embedded() {
        each_text(&member.spec().node, &mut look);
    }
    let waits = |name: &str| member.task.run_after.iter().any(|after| after.value == name);
    let parent = |(index, other): (usize, &Member<'_>)| {
        let name = other.task.name.value.as_str();
        let results = used.contains(name);
        (results || waits(name)).then_some(Parent { member: index, results })
    };
    before.iter().enumerate().filter_map(parent).collect()
}

/// The names that tasks outside of the group wait for.
fn waited_for<'p>(members: &[Member<'_>], pipeline: &'p Pipeline) -> HashSet<&'p str> {
    let inside: HashSet<usize> = members.iter().map(|member| member.index).collect();
    let outside = pipeline.tasks.iter().enumerate().filter(|(index, _)| !inside.contains(index));
    outside.flat_map(|(_, task)| &task.run_after).map(|name| name.value.as_str()).collect()
}

/// Whether anybody reads the status of a member, and whether somebody outside of the group does.
fn status_readers(member: &Member<'_>, members: &[Member<'_>], readers: &Readers) -> (bool, bool) {
    let readers = readers.statuses.get(member.name()).map_or(&[][..], Vec::as_slice);
    let is_member = |reader: &usize| members.iter().any(|member| member.index == *reader);
    (!readers.is_empty(), !readers.iter().all(is_member))
}
