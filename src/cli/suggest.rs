//! The command line of `suggest`.

use clap::{Args, ValueEnum};

use super::Input;
use crate::quantity::Quantity;

pub(super) const EXAMPLES: &str = "\
Examples:
  tkn-fuse suggest pipelines --tasks tasks                      what could share a pod?
  tkn-fuse suggest pipelines --tasks tasks --write              put that into the sources";

/// `tkn-fuse suggest`.
#[derive(Debug, Args)]
pub struct Suggest {
    /// What is read.
    #[command(flatten)]
    pub input: Input,
    /// Propose emptyDirs for workspaces that only one group uses, and that one of its tasks writes to first
    #[arg(long)]
    pub ephemeral: bool,
    /// Write the groups into the sources; standard input comes out with them
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "annotation")]
    pub write: Option<Form>,
}

/// What groups may be chosen, by `suggest` and by `--auto`.
#[derive(Debug, Args)]
pub struct Choice {
    /// Choose no group whose pod has more steps than this
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_steps: Option<u32>,
    /// Choose no group whose pod requests more CPU than this, such as 2 or 500m
    #[arg(long, value_name = "AMOUNT")]
    pub max_cpu: Option<Quantity>,
    /// Choose no group whose pod requests more memory than this, such as 4Gi
    #[arg(long, value_name = "AMOUNT")]
    pub max_memory: Option<Quantity>,
    /// Leave this task in a pod of its own (repeatable)
    #[arg(long, value_name = "[PIPELINE/]TASK")]
    pub keep: Vec<String>,
}

impl Choice {
    /// Whether anything is asked.
    pub fn is_asked(&self) -> bool {
        let Self { max_steps, max_cpu, max_memory, keep } = self;
        max_steps.is_some() || max_cpu.is_some() || max_memory.is_some() || !keep.is_empty()
    }
}

/// How groups are written into a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// The annotation `tkn-fuse/groups`: the source still runs unfused
    Annotation,
    /// The field `group` of each member
    Field,
    /// The list `spec.groups`
    List,
}
