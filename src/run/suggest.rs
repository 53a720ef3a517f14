//! `tkn-fuse suggest`: what could share a pod, said on standard output, and written into the sources if asked for.

mod json;
mod text;

use std::borrow::Cow;

use super::failure::Failure;
use super::input::Inputs;
use super::stream::join;
use super::write::{Planned, write_all};
use super::{Exit, Streams, compile_unless_unread, print_to, read_input, refused, report};
use crate::cli::{Choice, Form, Format, Suggest};
use crate::compile::Compiled;
use crate::diag::{Diagnostics, suggest as near};
use crate::group;
use crate::suggest::{Keep, Suggestion, Wishes};

/// Does what the command asks for.
pub(super) fn command(command: &Suggest, streams: &mut Streams) -> Exit {
    let outcome = suggest(command, streams);
    outcome.unwrap_or_else(|failure| streams.reporter.failure(failure))
}

fn suggest(command: &Suggest, streams: &mut Streams) -> Result<Exit, Failure> {
    let stdin = command.input.paths.iter().any(|path| path.as_os_str() == "-");
    if command.write.is_some() && stdin && command.input.paths.len() > 1 {
        let help = "leave out the -, or read standard input alone: it is written to standard output";
        return Err(Failure::usage("--write changes files, and standard input is none", help));
    }
    if command.ephemeral && command.write == Some(Form::Field) {
        let help = "write --write=annotation or --write=list";
        return Err(Failure::usage("the field `group` cannot say which workspaces become emptyDirs", help));
    }
    let mut diagnostics = Diagnostics::default();
    let mut inputs = read_input(&command.input, None, &mut diagnostics, streams)?;
    inputs.options.suggest = true;
    inputs.options.wishes.ephemeral = command.ephemeral;
    inputs.options.mark = command.write.map(form);
    let compiled = compile_unless_unread(&inputs, &mut diagnostics);
    let consequence = if command.write.is_some() { "; nothing was written" } else { "" };
    if report(&inputs, &diagnostics, &command.input, consequence, &mut streams.reporter) {
        return Ok(refused(&inputs, &diagnostics));
    }
    known(&inputs.options.wishes.keep, &compiled.suggestions)?;
    if command.write.is_some() && stdin {
        let texts: Vec<&str> = compiled.outputs.iter().map(|output| output.text.as_str()).collect();
        print_to(streams.stdout, &join(&texts))?;
        return Ok(Exit::Fine);
    }
    let shown = match command.input.format {
        Format::Human => text::text(&inputs.sources, &compiled.suggestions),
        Format::Json => json::text(&inputs.sources, &compiled.suggestions),
    };
    if command.write.is_some() {
        write(&inputs, &compiled, streams)?;
    }
    print_to(streams.stdout, &shown)?;
    Ok(Exit::Fine)
}

/// What is asked of groups that are chosen.
pub(super) fn wishes(choice: &Choice) -> Wishes {
    Wishes {
        max_steps: choice.max_steps.map(|most| most as usize),
        max_cpu: choice.max_cpu.clone(),
        max_memory: choice.max_memory.clone(),
        keep: choice.keep.iter().map(|text| Keep::parse(text)).collect(),
        ephemeral: false,
    }
}

fn form(form: Form) -> group::Form {
    match form {
        Form::Annotation => group::Form::Annotation,
        Form::Field => group::Form::Field,
        Form::List => group::Form::List,
    }
}

/// Refuses a `--keep` that means no task.
pub(super) fn known(keep: &[Keep], suggestions: &[Suggestion]) -> Result<(), Failure> {
    let tasks = || suggestions.iter().flat_map(|found| found.tasks.iter().map(move |task| (&found.pipeline, task)));
    for keep in keep {
        if tasks().any(|(pipeline, task)| keep.means(pipeline, task)) {
            continue;
        }
        let shown = |(pipeline, task): (&String, &String)| match &keep.pipeline {
            Some(_) => format!("{pipeline}/{task}"),
            None => task.clone(),
        };
        let given = keep.pipeline.as_ref().map_or(keep.task.clone(), |pipeline| format!("{pipeline}/{}", keep.task));
        let known: Vec<String> = tasks().map(shown).collect();
        let help = match near(&given, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "there is no Pipeline among the inputs".to_owned(),
            None => format!("name one of: {}", known.join(", ")),
        };
        return Err(Failure::usage(format!("--keep {given}: no Pipeline of the inputs has such a task"), help));
    }
    Ok(())
}

/// Writes the sources that have groups now.
fn write(inputs: &Inputs, compiled: &Compiled, streams: &mut Streams) -> Result<(), Failure> {
    let mut files = Vec::new();
    for output in compiled.outputs.iter().filter(|output| output.fused) {
        let input = inputs.inputs.iter().find(|input| input.source == output.source);
        let Some(path) = input.and_then(|input| input.path.clone()) else { continue };
        files.push(Planned::new(path, Cow::Borrowed(&output.text))?);
    }
    write_all(&files)?;
    let written: Vec<_> = files.iter().filter(|file| !file.is_current()).map(|file| file.path.as_path()).collect();
    streams.reporter.wrote(&written, &[], inputs.inputs.len() - written.len());
    Ok(())
}
