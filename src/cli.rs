//! The command line: types only.

mod suggest;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use suggest::{Form, Suggest};

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
    /// Give the fused Task of an inline pipelineSpec a document of its own instead of embedding it
    #[arg(long)]
    pub separate_task: bool,
    /// Choose groups for Pipelines that ask for none
    #[arg(long, value_enum, value_name = "HOW")]
    pub auto: Option<Auto>,
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
