//! What the link steps of a member will do.

use indexmap::IndexMap;

use crate::expr::Variable;
use crate::fuse::names::Names;
use crate::fuse::steps::Draft;
use crate::shell::{Read, Render};
use crate::yaml::Node;

/// The link steps of a member: one for each securityContext among the steps that are served, since what the link writes
/// must be readable there.
#[derive(Default)]
pub(in crate::fuse) struct Links(Vec<LinkPlan>);

impl Links {
    /// Whether there are none.
    pub(in crate::fuse) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they will do, in order.
    pub(in crate::fuse) fn into_plans(self) -> Vec<LinkPlan> {
        self.0
    }

    /// How many there are.
    pub(in crate::fuse) fn count(&self) -> usize {
        self.0.len()
    }

    /// The link that serves a step.
    pub(in crate::fuse) fn of(&mut self, draft: &Draft) -> &mut LinkPlan {
        let security = draft.fields.get("securityContext");
        let same = |plan: &LinkPlan| match (&plan.security, security) {
            (Some(one), Some(other)) => one.equivalent(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let nth = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(LinkPlan { nth: self.0.len(), security: security.cloned(), ..LinkPlan::default() });
            self.0.len() - 1
        });
        &mut self.0[nth]
    }
}

/// What a link step has to do.
#[derive(Default)]
pub(in crate::fuse) struct LinkPlan {
    /// Its place among the member's link steps.
    pub(super) nth: usize,
    /// The securityContext of the steps that it serves, and its own.
    pub(super) security: Option<Node>,
    /// All values it reads; those that nothing else names are checked only.
    pub(in crate::fuse) reads: Vec<Read>,
    /// Values for the entrypoint: the place in `reads`, and the name as a step result.
    pub(super) values: IndexMap<Variable, (usize, String)>,
    pub(super) names: Option<Names>,
    pub(super) renders: Vec<Render>,
}
