//! The driver: joins command line, files, streams and the compiler.
//!
//! All input and output of the program happens here and below.

mod deliver;
mod difference;
mod environment;
mod failure;
mod input;
mod place;
mod report;
mod stream;
mod suggest;
mod target;
mod walk;
mod write;

use std::ffi::OsString;
use std::io::{self, Read, Write};

use clap::{CommandFactory, FromArgMatches};

pub use environment::Environment;

use crate::cli::{Cli, Color, Command, Compile, Format, Input, Plan, Print};
use crate::compile::{Compiled, Options, compile};
use crate::diag::render;
use crate::diag::{Code, Diagnostic, Diagnostics, Label, Severity};
use crate::plan;
use deliver::Delivery;
use failure::Failure;
use input::{Inputs, read};
use report::Reporter;
use target::Target;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Fine = 0,
    Findings = 1,
    Usage = 2,
    Differs = 3,
    Unreadable = 4,
}

/// The process's streams.
struct Streams<'a> {
    stdin: &'a mut dyn Read,
    stdout: &'a mut dyn Write,
    reporter: Reporter<'a>,
}

/// Does what `args` (the first is the program's name) ask for and returns the exit code:
/// 0 fine, 1 the input has errors, 2 wrong usage, 3 `--check` or `--diff` found a difference,
/// 4 nothing to read, or a file could not be read or written.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    environment: &Environment,
) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let parsed = Cli::command().try_get_matches_from(&args).and_then(|matches| Cli::from_arg_matches(&matches));
    let (format, color) = match &parsed {
        Ok(cli) => (cli.command.format(), cli.color),
        Err(_) => (Format::Human, Color::Auto),
    };
    let reporter = Reporter::new(stderr, format, environment.style(color));
    let mut streams = Streams { stdin, stdout, reporter };
    let exit = match parsed {
        Ok(cli) => dispatch(cli, &args, &mut streams),
        Err(error) => say_usage(&error, &mut streams, environment),
    };
    streams.reporter.finish();
    exit as u8
}

/// Help, the version, or what is wrong with the arguments.
fn say_usage(error: &clap::Error, streams: &mut Streams, environment: &Environment) -> Exit {
    let (text, to_stderr) = (error.render(), error.use_stderr());
    let colored = environment.color(Color::Auto, to_stderr);
    let text = if colored { text.ansi().to_string() } else { text.to_string() };
    if to_stderr {
        streams.reporter.line(&text);
        return Exit::Usage;
    }
    print(streams, &text)
}

fn dispatch(cli: Cli, args: &[OsString], streams: &mut Streams) -> Exit {
    match cli.command {
        Command::Compile(command) => compile_command(&command, args, streams),
        Command::Lint(input) => lint_command(&input, streams),
        Command::Plan(command) => plan_command(&command, streams),
        Command::Suggest(command) => suggest::command(&command, streams),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tkn-fuse", &mut script);
            print(streams, &String::from_utf8_lossy(&script))
        }
    }
}

fn compile_command(command: &Compile, args: &[OsString], streams: &mut Streams) -> Exit {
    let outcome = Target::new(command).and_then(|target| {
        chooses(&command.input)?;
        let mut diagnostics = Diagnostics::default();
        let inputs = read_input(&command.input, Some(&target), &mut diagnostics, streams)?;
        let places = target.places(&inputs)?;
        let Compiled { outputs, suggestions, .. } = compile_unless_unread(&inputs, &mut diagnostics);
        if report(&inputs, &diagnostics, &command.input, "; nothing was written", &mut streams.reporter) {
            return Ok(refused(&inputs, &diagnostics));
        }
        suggest::known(&inputs.options.wishes.keep, &suggestions)?;
        let delivery = Delivery { sources: &inputs.sources, outputs: &outputs, target: &target, places: &places };
        if command.check || command.diff { delivery.compare(command, args, streams) } else { delivery.write(streams) }
    });
    outcome.unwrap_or_else(|failure| streams.reporter.failure(failure))
}

fn lint_command(input: &Input, streams: &mut Streams) -> Exit {
    let outcome =
        looked_at(input, |_| {}, "", streams).map(|compiled| compiled.map_or_else(|exit| exit, |_| Exit::Fine));
    outcome.unwrap_or_else(|failure| streams.reporter.failure(failure))
}

fn plan_command(command: &Plan, streams: &mut Streams) -> Exit {
    let estimates = command.estimates();
    let ask = |options: &mut Options| options.plan = Some(estimates);
    let plans = match looked_at(&command.input, ask, "; there is no plan", streams) {
        Err(failure) => return streams.reporter.failure(failure),
        Ok(Err(exit)) => return exit,
        Ok(Ok(compiled)) => compiled.plans,
    };
    let text = match command.print() {
        Print::Table => plan::table(&plans),
        Print::Markdown => plan::markdown(&plans),
        Print::Json => plan::json(&plans, &estimates),
    };
    print(streams, &text)
}

/// Compiles without writing anything and says what was found; how the program ends if that forbids to go on. `consequence`
/// ends the summary then.
fn looked_at(
    input: &Input,
    ask: impl FnOnce(&mut Options),
    consequence: &str,
    streams: &mut Streams,
) -> Result<Result<Compiled, Exit>, Failure> {
    chooses(input)?;
    let mut diagnostics = Diagnostics::default();
    let mut inputs = read_input(input, None, &mut diagnostics, streams)?;
    ask(&mut inputs.options);
    let compiled = compile_unless_unread(&inputs, &mut diagnostics);
    if report(&inputs, &diagnostics, input, consequence, &mut streams.reporter) {
        return Ok(Err(refused(&inputs, &diagnostics)));
    }
    suggest::known(&inputs.options.wishes.keep, &compiled.suggestions)?;
    Ok(Ok(compiled))
}

/// Refuses to be told which groups to choose where none are chosen.
fn chooses(input: &Input) -> Result<(), Failure> {
    match input.choice.is_asked() && input.auto.is_none() {
        true => Err(Failure::usage("--max-steps, --max-cpu, --max-memory and --keep choose groups", "add --auto safe")),
        false => Ok(()),
    }
}

/// Reads everything. What was found out before a failure is reported first: it often tells the cause.
fn read_input(
    input: &Input,
    target: Option<&Target>,
    diagnostics: &mut Diagnostics,
    streams: &mut Streams,
) -> Result<Inputs, Failure> {
    let (mut inputs, failure) = read(input, target, streams.stdin, diagnostics);
    match failure {
        Some(failure) => {
            streams.reporter.diagnostics(&inputs.sources, diagnostics);
            Err(failure)
        }
        None => {
            let groups = input.groups.iter().map(|group| inputs.sources.add("--group", group)).collect();
            inputs.options.groups = groups;
            inputs.options.separate_task = input.separate_task;
            inputs.options.auto = input.auto.is_some();
            inputs.options.wishes = suggest::wishes(&input.choice);
            inputs.options.requests = input.requests();
            Ok(inputs)
        }
    }
}

/// Compiles, unless a text is missing: all that would be found to be unknown might be in it.
fn compile_unless_unread(inputs: &Inputs, diagnostics: &mut Diagnostics) -> Compiled {
    if diagnostics.has_errors() {
        return Compiled::default();
    }
    compile(&inputs.sources, &inputs.ids(), &inputs.tasks, &inputs.options, diagnostics)
}

/// Says all that was found, and whether it forbids output. `consequence` ends the summary if so.
fn report(
    inputs: &Inputs,
    diagnostics: &Diagnostics,
    input: &Input,
    consequence: &str,
    reporter: &mut Reporter,
) -> bool {
    reporter.diagnostics(&inputs.sources, diagnostics);
    let denied = input.deny_warnings && diagnostics.count(Severity::Warning) > 0;
    let bad = denied || diagnostics.has_errors();
    if let Some(summary) = render::summary(diagnostics) {
        let denied = if denied { " (warnings are denied)" } else { "" };
        let consequence = if bad { consequence } else { "" };
        reporter.summary(&format!("{summary}{denied}{consequence}"));
    }
    bad
}

/// How the program ends when something forbids output: a `--group` that cannot be read is wrong usage.
fn refused(inputs: &Inputs, diagnostics: &Diagnostics) -> Exit {
    let is_argument = |label: &Label| inputs.options.groups.contains(&label.span.source);
    let malformed = |diagnostic: &Diagnostic| {
        matches!(diagnostic.code, Code::GroupSyntax | Code::EmptyGroup) && diagnostic.labels.iter().any(is_argument)
    };
    if diagnostics.iter().any(malformed) { Exit::Usage } else { Exit::Findings }
}

/// Writes to standard output and ends.
fn print(streams: &mut Streams, text: &str) -> Exit {
    print_to(streams.stdout, text).map_or_else(|failure| streams.reporter.failure(failure), |()| Exit::Fine)
}

/// Writes to standard output. That the reader has closed it is the reader's right, as with `| head`.
fn print_to(stdout: &mut dyn Write, text: &str) -> Result<(), Failure> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::io(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
