//! Takes what the compiler made to where it belongs, or compares it with what is there.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::difference::{refresh_command, unified};
use super::failure::Failure;
use super::place::{identity, name};
use super::report::State;
use super::stream::join;
use super::target::Target;
use super::walk::is_yaml;
use super::write::{Existing, Planned, remove_all, write_all};
use super::{Exit, Streams, print_to};
use crate::cli::Compile;
use crate::compile::Output;
use crate::header::is_generated;
use crate::source::{SourceId, Sources};

/// What the compiler made, and where it belongs.
pub(super) struct Delivery<'a> {
    pub(super) sources: &'a Sources,
    pub(super) outputs: &'a [Output],
    pub(super) target: &'a Target,
    /// What [`Target::places`] said.
    pub(super) places: &'a HashMap<SourceId, PathBuf>,
}

/// What has to happen so that the output is up to date.
struct Plan<'a> {
    files: Vec<Planned<'a>>,
    /// Files of ours in the output directory that no input produces any more.
    left_over: Vec<PathBuf>,
}

impl Delivery<'_> {
    /// Writes files, or one stream to standard output.
    pub(super) fn write(&self, streams: &mut Streams) -> Result<Exit, Failure> {
        if *self.target == Target::Stdout {
            print_to(streams.stdout, &self.stream())?;
            return Ok(Exit::Fine);
        }
        let plan = self.plan()?;
        write_all(&plan.files)?;
        remove_all(&plan.left_over)?;
        let written = plan.files.iter().filter(|file| !file.is_current());
        let written: Vec<&Path> = written.map(|file| file.path.as_path()).collect();
        streams.reporter.wrote(&written, &plan.left_over, plan.files.len() - written.len());
        Ok(Exit::Fine)
    }

    /// Does what `--check` and `--diff` ask for; writes no file.
    pub(super) fn compare(&self, command: &Compile, args: &[OsString], streams: &mut Streams) -> Result<Exit, Failure> {
        if *self.target == Target::Stdout {
            let diff: String = self.outputs.iter().map(|output| self.diff_of_source(output)).collect();
            print_to(streams.stdout, &diff)?;
            return Ok(if diff.is_empty() { Exit::Fine } else { Exit::Differs });
        }
        let plan = self.plan()?;
        if command.diff {
            print_to(streams.stdout, &plan.diff()?)?;
        }
        let stale = plan.stale();
        if stale.is_empty() {
            return Ok(Exit::Fine);
        }
        if command.check {
            streams.reporter.not_current(&stale, refresh_command(args));
        }
        Ok(Exit::Differs)
    }

    fn stream(&self) -> Cow<'_, str> {
        let texts: Vec<&str> = self.outputs.iter().map(|output| output.text.as_str()).collect();
        join(&texts)
    }

    fn diff_of_source(&self, output: &Output) -> String {
        let source = self.sources.get(output.source);
        unified(Some(&source.name), Some(&source.name), &source.text, &output.text)
    }

    fn plan<'s>(&'s self) -> Result<Plan<'s>, Failure> {
        match self.target {
            Target::Stdout => Ok(Plan { files: Vec::new(), left_over: Vec::new() }),
            Target::File(path) => {
                let file = Planned::new(path.clone(), self.stream())?;
                Ok(Plan { files: vec![file], left_over: Vec::new() })
            }
            Target::Directory(directory) => {
                let placed = |output: &'s Output| Some((self.places.get(&output.source)?, output));
                let files = self
                    .outputs
                    .iter()
                    .filter_map(placed)
                    .map(|(path, output)| Planned::new(path.clone(), Cow::Borrowed(&output.text)))
                    .collect::<Result<Vec<_>, _>>()?;
                let left_over = left_over(directory, &files)
                    .map_err(|error| Failure::io(format!("cannot read {}: {error}", name(directory))))?;
                Ok(Plan { files, left_over })
            }
        }
    }
}

impl Plan<'_> {
    /// What is not up to date, and how.
    fn stale(&self) -> Vec<(State, &Path)> {
        let state = |file: &Planned| match file.existing {
            Existing::Same => None,
            Existing::Nothing => Some(State::Missing),
            Existing::Other(_) | Existing::Special => Some(State::Stale),
        };
        let files = self.files.iter().filter_map(|file| Some((state(file)?, file.path.as_path())));
        files.chain(self.left_over.iter().map(|path| (State::LeftOver, path.as_path()))).collect()
    }

    /// The existing files against the new ones.
    fn diff(&self) -> Result<String, Failure> {
        let mut diff = String::new();
        for file in self.files.iter().filter(|file| !file.is_current()) {
            let name = name(&file.path);
            match &file.existing {
                Existing::Other(bytes) => {
                    let old = String::from_utf8_lossy(bytes);
                    diff += &unified(Some(&name), Some(&name), &old, &file.text);
                }
                _ => diff += &unified(None, Some(&name), "", &file.text),
            }
        }
        for path in &self.left_over {
            let cannot_read = |error| Failure::io(format!("cannot read {}: {error}", name(path)));
            let old = std::fs::read_to_string(path).map_err(cannot_read)?;
            diff += &unified(Some(&name(path)), None, &old, "");
        }
        Ok(diff)
    }
}

/// Files with our header below `directory` that are not among `files`. Links are not followed: what they lead to
/// may be somebody else's.
fn left_over(directory: &Path, files: &[Planned]) -> io::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let wanted: HashSet<PathBuf> = files.iter().map(|file| identity(&file.path)).collect();
    let mut left_over = Vec::new();
    for entry in WalkDir::new(directory).sort_by_file_name() {
        let entry = entry?;
        let ours = entry.file_type().is_file()
            && is_yaml(entry.path())
            && !wanted.contains(&identity(entry.path()))
            && begins_with_header(entry.path())?;
        if ours {
            left_over.push(entry.into_path());
        }
    }
    Ok(left_over)
}

fn begins_with_header(path: &Path) -> io::Result<bool> {
    // The two lines of a header are far shorter.
    let mut start = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut start)?;
    Ok(is_generated(&String::from_utf8_lossy(&start)))
}
