//! What each step has to look at before it runs, and what it leaves behind for later ones: in terms of files of the pod.

use std::collections::HashSet;

use super::control::{Clause, Control, MemberControl};
use super::member::Member;
use super::results::{Results, StepKey};
use super::steps::Draft;
use crate::shell::{FileText, Gate, Inherited, Settle, State, Watched};

/// A member's status as `$(tasks.M.status)` says it (`GetPipelineTaskStatus`,
/// `pkg/reconciler/pipelinerun/resources/pipelinerunstate.go`, v1.15).
const NOT_RUN: &str = "None";
const FAILED: &str = "Failed";

/// What is decided before one step.
#[derive(Debug)]
pub(super) struct GatePlan<'a> {
    /// All but the clauses of the member's `when`, whose values are not read yet.
    pub(super) gate: Gate,
    /// The member's `when`.
    pub(super) clauses: &'a [Clause],
}

impl GatePlan<'_> {
    /// Whether there is nothing to do.
    fn is_empty(&self) -> bool {
        self.gate == Gate { member: self.gate.member.clone(), ..Gate::default() } && self.clauses.is_empty()
    }

    /// Whether the step may be passed over.
    pub(super) fn guards(&self) -> bool {
        let gate = &self.gate;
        let state = gate.state.as_ref().is_some_and(|state| state.lenient);
        state || gate.own.is_some() || !(gate.failures.is_empty() && gate.skips.is_empty() && self.clauses.is_empty())
    }

    /// Whether it only asks what was decided before the member's first step.
    pub(super) fn asks_only_the_first(&self) -> bool {
        self.gate.own.is_some() && self.gate.failures.is_empty()
    }
}

/// The gates of one member.
pub(super) struct MemberGates<'a> {
    /// Before its first step.
    pub(super) first: Option<GatePlan<'a>>,
    /// What its other steps ask of the first one's decision.
    own: Option<String>,
    /// Whether a failure of one of its steps passes over those that follow instead of ending the pod.
    pub(super) goes_on: bool,
    member: String,
}

impl<'a> MemberGates<'a> {
    /// Before a later step; `before` are the steps of the member so far whose failure counts.
    pub(super) fn later(&self, before: &[Watched]) -> Option<GatePlan<'a>> {
        let failures = if self.goes_on { before.to_vec() } else { Vec::new() };
        let gate = Gate { member: self.member.clone(), failures, own: self.own.clone(), ..Gate::default() };
        Some(GatePlan { gate, clauses: &[] }).filter(|plan| !plan.is_empty())
    }
}

/// The gates of a group in the making, member by member.
pub(super) struct Gates<'a> {
    members: &'a [Member<'a>],
    control: &'a Control,
    results: &'a Results,
    /// The steps so far whose failure is one, each with its member.
    steps: Vec<(usize, Watched)>,
    /// Members that have ended and whose status nobody has written down yet.
    ended: Vec<usize>,
    /// Members that leave word of whether they ran.
    decided: HashSet<usize>,
}

impl<'a> Gates<'a> {
    /// Before the first member.
    pub(super) fn new(members: &'a [Member<'a>], control: &'a Control, results: &'a Results) -> Self {
        Self { members, control, results, steps: Vec::new(), ended: Vec::new(), decided: HashSet::new() }
    }

    /// What is decided before the steps of the next member, which are so many.
    pub(super) fn member(&mut self, index: usize, steps: usize) -> MemberGates<'a> {
        let (control, member) = (&self.control.members[index], &self.members[index]);
        let waits = self.control.always && !control.always;
        let failures = if waits { self.steps() } else { Vec::new() };
        let skips: Vec<Inherited> =
            control.inherits.iter().filter(|_| control.dynamic).map(|parent| self.inherited(*parent)).collect();
        let asks = !failures.is_empty() || control.dynamic && control.skippable();
        let several = steps > 1;
        let file = (asks && (several || control.dynamic || control.status)).then(|| self.results.ran_file(index));
        if file.is_some() {
            self.decided.insert(index);
        }
        let state = State {
            file: file.clone(),
            clauses: Vec::new(),
            probe: None,
            lenient: control.lenient() && control.by_parent,
            on_run: self.status_text(index, FAILED).filter(|_| control.status).into_iter().collect(),
            on_skip: if control.exported {
                self.results.stand_ins(index, member.name(), &self.control.outside)
            } else {
                Vec::new()
            },
        };
        let is_needed = asks || !state.on_run.is_empty();
        let gate = Gate {
            member: member.own_name().to_owned(),
            writes: self.first_statuses(index),
            settles: self.settles(),
            failures,
            skips,
            state: is_needed.then_some(state),
            ..Gate::default()
        };
        let clauses: &[Clause] = if control.dynamic { &control.clauses } else { &[] };
        let first = Some(GatePlan { gate, clauses }).filter(|plan| !plan.is_empty());
        let goes_on = self.control.always || control.forgiven;
        MemberGates { first, own: file.filter(|_| several), goes_on, member: member.own_name().to_owned() }
    }

    /// Takes note of the steps of a member, helpers included.
    pub(super) fn passed(&mut self, index: usize, drafts: &[Draft]) {
        let control = &self.control.members[index];
        let counted = drafts.iter().filter(|draft| !draft.is_forgiven);
        let member = &self.members[index];
        self.steps.extend(counted.map(|draft| (index, watched(member, &draft.name, draft.key))));
        if control.status {
            self.ended.push(index);
        }
    }

    /// The statuses that have to be written down before the next step.
    pub(super) fn settles(&mut self) -> Vec<Settle> {
        std::mem::take(&mut self.ended).into_iter().map(|index| self.settle(index)).collect()
    }

    /// All steps whose failure fails the Task.
    pub(super) fn steps(&self) -> Vec<Watched> {
        let counts = |(member, _): &&(usize, Watched)| !self.control.members[*member].forgiven;
        self.steps.iter().filter(counts).map(|(_, watched)| watched.clone()).collect()
    }

    fn settle(&self, index: usize) -> Settle {
        let control = &self.control.members[index];
        let goes_on = self.control.always || control.forgiven;
        let steps = self.steps.iter().filter(|(member, _)| goes_on && *member == index);
        let ran = self.decided.contains(&index).then(|| self.results.ran_file(index));
        Settle {
            status: self.results.status_file(index),
            ran,
            steps: steps.map(|(_, watched)| watched.clone()).collect(),
        }
    }

    /// What the statuses of all members are before anything has run.
    fn first_statuses(&self, index: usize) -> Vec<FileText> {
        let of_others =
            |(other, control): &(usize, &MemberControl)| control.status && (*other > 0 || control.skippable());
        let members = self.control.members.iter().enumerate().filter(|_| index == 0).filter(of_others);
        members.filter_map(|(other, _)| self.status_text(other, NOT_RUN)).collect()
    }

    fn status_text(&self, index: usize, text: &str) -> Option<FileText> {
        let path = self.results.status_file(index);
        self.control.members[index].status.then(|| FileText { path, text: text.to_owned() })
    }

    fn inherited(&self, parent: super::control::Parent) -> Inherited {
        Inherited {
            ran: self.results.ran_file(parent.member),
            member: self.members[parent.member].own_name().to_owned(),
            results: parent.results,
        }
    }
}

/// A step as others look at it, with the name that its author gave it.
pub(super) fn watched(member: &Member<'_>, name: &str, key: StepKey) -> Watched {
    let origin = match key {
        StepKey::Step(step) => member.step_name(step),
        _ => String::new(),
    };
    Watched { step: name.to_owned(), member: member.own_name().to_owned(), origin }
}
