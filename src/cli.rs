//! The command line: types only.

mod plan;
mod suggest;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::quantity::Quantity;
use crate::resources::{Amounts, OVERCOMMITTED, Policy, Strategy};

pub use plan::{Plan, Print};
pub use suggest::{Choice, Form, Suggest};

/// Fuse Tekton tasks into one pod, offline.
#[derive(Debug, Parser)]
#[command(name = "tkn-fuse", bin_name = "tkn-fuse", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to colour diagnostics and help
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  fine
  1  the input has errors (or warnings, with --deny-warnings)
  2  wrong usage
  3  --check or --diff found a difference
  4  nothing to read, or a file could not be read or written";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the pipelines with their groups fused
    #[command(after_help = COMPILE_EXAMPLES)]
    Compile(Compile),
    /// Say what is wrong with the input, write nothing
    Lint(Input),
    /// Say what fusing saves and costs: pods, volumes, requests, time
    #[command(after_help = plan::EXAMPLES)]
    Plan(Plan),
    /// Propose groups that cost nothing, and say why other tasks stay apart
    #[command(after_help = suggest::EXAMPLES)]
    Suggest(Suggest),
    /// Print a completion script for a shell
    Completions {
        /// The shell the script is for
        shell: Shell,
    },
}

impl Command {
    /// How the command prints diagnostics.
    pub fn format(&self) -> Format {
        match self {
            Self::Compile(command) => command.input.format,
            Self::Lint(input) => input.format,
            Self::Plan(command) => command.input.format,
            Self::Suggest(command) => command.input.format,
            Self::Completions { .. } => Format::Human,
        }
    }
}

const COMPILE_EXAMPLES: &str = "\
Examples:
  tkn-fuse compile pipelines --tasks tasks -o deploy/           write deploy/, ready to apply
  tkn-fuse compile pipelines --tasks tasks -o deploy/ --check   is deploy/ up to date?
  kustomize build . | tkn-fuse compile - | kubectl apply -f -   as a filter";

/// What is read, and how strictly; shared by all commands that read pipelines.
#[derive(Debug, Args)]
pub struct Input {
    /// Files, directories (walked for *.yaml, *.yml, *.json), or - for standard input
    #[arg(value_name = "PATH|-")]
    pub paths: Vec<PathBuf>,
    /// Look Tasks up in this file or directory, too, without emitting them (repeatable)
    #[arg(long, value_name = "PATH")]
    pub tasks: Vec<PathBuf>,
    /// Fuse these tasks, whatever the input asks for (repeatable)
    #[arg(long = "group", value_name = "[PIPELINE/]NAME=a,b,c")]
    pub groups: Vec<String>,
    /// What the pod of a group asks for: the largest request of its steps, or their sum; a group may say otherwise
    #[arg(long, value_enum, value_name = "STRATEGY", default_value_t)]
    pub requests: Requests,
    /// What a step asks for at least where another one asks for all, such as cpu=10m,memory=16Mi: a LimitRange may want that
    #[arg(long, value_name = "RESOURCE=AMOUNT,...", value_parser = min_request, default_value = "", hide_default_value = true)]
    pub min_request: Amounts,
    /// Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it
    #[arg(long)]
    pub separate_task: bool,
    /// Choose groups for Pipelines that ask for none
    #[arg(long, value_enum, value_name = "HOW")]
    pub auto: Option<Auto>,
    /// What groups may be chosen.
    #[command(flatten)]
    pub choice: Choice,
    /// Treat warnings as errors
    #[arg(long)]
    pub deny_warnings: bool,
    /// How to print diagnostics on standard error
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
    /// What to call standard input in diagnostics and in output
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<PathBuf>,
}

/// `tkn-fuse compile`.
#[derive(Debug, Args)]
pub struct Compile {
    /// What is read.
    #[command(flatten)]
    pub input: Input,
    /// Write here: a file, or a directory (existing, or ending in /) that gets one file per input
    #[arg(short, long, value_name = "FILE|DIR")]
    pub output: Option<PathBuf>,
    /// Write nothing; exit with 3 if what -o names is not up to date
    #[arg(long)]
    pub check: bool,
    /// Write nothing; print what would change, and exit with 3 if anything would
    #[arg(long)]
    pub diff: bool,
}

/// How to choose groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Auto {
    /// Those that `tkn-fuse suggest` proposes
    Safe,
}

/// How to print diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Reports for people
    #[default]
    Human,
    /// One JSON document for programs
    Json,
}

/// Reads the value of `--min-request`.
fn min_request(text: &str) -> Result<Amounts, String> {
    let amount = |part: &str| {
        let (resource, amount) = part.split_once('=').ok_or_else(|| format!("`{part}` is not RESOURCE=AMOUNT"))?;
        let resource = resource.trim();
        if !OVERCOMMITTED.contains(&resource) {
            return Err(format!("`{resource}` is none of {}", OVERCOMMITTED.join(", ")));
        }
        let amount: Quantity = amount.trim().parse().map_err(|error| format!("`{part}`: {error}"))?;
        if amount.is_negative() {
            Err(format!("`{part}` is less than nothing"))
        } else {
            Ok((resource.to_owned(), amount))
        }
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(amount).collect()
}

/// How the requests of a fused pod come from those of its steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Requests {
    /// The largest step, since steps run one after another
    #[default]
    Max,
    /// All steps together, as Kubernetes adds them up
    Sum,
}

impl Input {
    /// What is asked about requests.
    pub fn requests(&self) -> Policy {
        let strategy = match self.requests {
            Requests::Max => Strategy::Max,
            Requests::Sum => Strategy::Sum,
        };
        Policy { strategy, floor: self.min_request.clone() }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
