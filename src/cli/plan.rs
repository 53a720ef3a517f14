//! The command line of `plan`.

use clap::{Args, ValueEnum};

use super::{Format, Input};
use crate::plan::Estimates;

pub(super) const EXAMPLES: &str = "\
Examples:
  tkn-fuse plan pipelines --tasks tasks                         a table for each Pipeline
  tkn-fuse plan pipelines --tasks tasks --print markdown        for a pull request
  tkn-fuse plan pipelines --tasks tasks --format json           for programs";

/// `tkn-fuse plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// What is read.
    #[command(flatten)]
    pub input: Input,
    /// How to print the plan on standard output; json if --format is json, otherwise table
    #[arg(long, value_enum, value_name = "FORM")]
    pub print: Option<Print>,
    /// Assume that it takes so long from the end of a task to the start of the next one's first step
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = Estimates::default().pod_start)]
    pub pod_start: f64,
    /// Assume that the first pod that mounts a claim starts so much later
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = Estimates::default().volume_attach)]
    pub volume_attach: f64,
    /// Assume that each later pod that mounts it starts so much later: 10 where pods of a run may be on different nodes
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = Estimates::default().volume_reattach)]
    pub volume_reattach: f64,
    /// Assume that it takes so long from the end of a step to the start of the next one
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = Estimates::default().step_handover)]
    pub step_handover: f64,
    /// Assume that a step runs so long
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value_t = Estimates::default().step_time)]
    pub step_time: f64,
}

impl Plan {
    /// What is assumed about times.
    pub fn estimates(&self) -> Estimates {
        let &Self { pod_start, volume_attach, volume_reattach, step_handover, step_time, .. } = self;
        Estimates { pod_start, volume_attach, volume_reattach, step_handover, step_time }
    }

    /// How to print the plan.
    pub fn print(&self) -> Print {
        self.print.unwrap_or(match self.input.format {
            Format::Human => Print::Table,
            Format::Json => Print::Json,
        })
    }
}

/// How to print a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// For people
    Table,
    /// For pull requests
    Markdown,
    /// One JSON document for programs
    Json,
}

/// The longest time that is taken: a year.
const LONGEST: f64 = 366.0 * 24.0 * 3600.0;

/// Reads a number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=LONGEST).contains(&number) => Ok(number),
        _ => Err(format!("`{text}` is no number of seconds")),
    }
}
