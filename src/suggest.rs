//! Which tasks of a Pipeline that asks for no group could share a pod at no cost.
//!
//! A group that is proposed loses no parallelism: the order "must be finished before" among all tasks is the same with it.
//! Such groups are segments of disjoint paths (see [`Order::paths`]), so that the best ones are found path by path
//! ([`best`]). Whether a segment can be one pod is not known here: an [`Oracle`] says so, in `compile` by trying it.

mod apart;
mod evidence;
mod names;
mod optimise;
mod order;

use crate::quantity::Quantity;
use crate::resources::{Kind, of_pod};
use crate::source::SourceId;
use crate::yaml::Node;

pub use apart::{Apart, Refusal, Why, forbids};
pub use evidence::{FirstWrite, Place, first_write};
pub use names::names;
pub use optimise::{Oracle, WINDOW, best};
pub use order::{Obstacle, Order};

/// What somebody who asks for suggestions wants of them.
#[derive(Debug, Default)]
pub struct Wishes {
    /// The most steps that a pod may have.
    pub max_steps: Option<usize>,
    /// The most CPU that a pod may request.
    pub max_cpu: Option<Quantity>,
    /// The most memory that a pod may request.
    pub max_memory: Option<Quantity>,
    /// Tasks that stay in pods of their own.
    pub keep: Vec<Keep>,
    /// Whether to propose emptyDirs in the place of workspaces.
    pub ephemeral: bool,
}

/// A task that stays in a pod of its own: `[PIPELINE/]TASK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The Pipeline; any that has the task if it is not said.
    pub pipeline: Option<String>,
    /// The pipeline task.
    pub task: String,
}

impl Keep {
    /// Reads `[PIPELINE/]TASK`.
    pub fn parse(text: &str) -> Self {
        match text.rsplit_once('/') {
            Some((pipeline, task)) => Self { pipeline: Some(pipeline.to_owned()), task: task.to_owned() },
            None => Self { pipeline: None, task: text.to_owned() },
        }
    }

    /// Whether a task of a Pipeline is meant.
    pub fn means(&self, pipeline: &str, task: &str) -> bool {
        self.task == task && self.pipeline.as_ref().is_none_or(|name| name == pipeline)
    }
}

/// What is suggested for one Pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The Pipeline's name.
    pub pipeline: String,
    /// The text it stands in.
    pub source: SourceId,
    /// Its tasks, finally tasks included.
    pub tasks: Vec<String>,
    /// It asks for groups already (or for none, by an empty list), and is left as it is.
    pub asked: bool,
    /// The groups, in source order.
    pub groups: Vec<Proposal>,
    /// Tasks that follow each other and stay in different pods, in source order.
    pub apart: Vec<Apart>,
}

/// A group that is suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// Its members, in the order in which they run.
    pub members: Vec<String>,
    /// How many steps its pod has.
    pub steps: usize,
    /// Workspaces that become emptyDirs of the pod.
    pub empty_dirs: Vec<EmptyDir>,
}

/// A workspace that becomes an emptyDir of a pod, and what speaks for that. No task outside of the group uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyDir {
    /// The Pipeline's workspace.
    pub workspace: String,
    /// The member that uses it before all others.
    pub first: String,
    /// How it writes to it before it reads, as far as its text shows.
    pub write: FirstWrite,
    /// The members that use it after that.
    pub others: Vec<String>,
}

impl Proposal {
    /// The value of `--group` that asks for it.
    pub fn argument(&self) -> String {
        format!("{}={}", self.name, self.members.join(","))
    }

    /// How many pods it saves.
    pub fn pods_saved(&self) -> usize {
        self.members.len().saturating_sub(1)
    }
}

impl Wishes {
    /// The limit that a pod of this spec would pass, with what it would have.
    pub fn passed(&self, spec: &Node) -> Option<Refusal> {
        let steps = spec.get("steps").and_then(Node::as_sequence).map_or(0, <[Node]>::len);
        if let Some(most) = self.max_steps.filter(|&most| steps > most) {
            return Some(Refusal::Limit(format!("--max-steps {most}: the pod would have {steps} steps")));
        }
        let asked = of_pod(spec, Kind::Requests);
        for (resource, most) in [("cpu", &self.max_cpu), ("memory", &self.max_memory)] {
            if let (Some(most), Some(amount)) = (most, asked.get(resource))
                && amount > most
            {
                let message = format!("--max-{resource} {most}: the pod would request {resource} {amount}");
                return Some(Refusal::Limit(message));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
