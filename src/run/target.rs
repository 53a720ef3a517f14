//! Where the output goes.

use std::collections::HashMap;
use std::path::PathBuf;

use super::failure::Failure;
use super::input::Inputs;
use super::place::{identity, name, names_directory};
use crate::cli::Compile;
use crate::source::SourceId;

/// Where the output goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// One stream to standard output.
    Stdout,
    /// One stream into this file.
    File(PathBuf),
    /// One file per input below this directory.
    Directory(PathBuf),
}

impl Target {
    /// What `-o` means.
    pub(super) fn new(command: &Compile) -> Result<Self, Failure> {
        let target = match &command.output {
            None => Self::Stdout,
            Some(path) if path.as_os_str() == "-" => Self::Stdout,
            Some(path) if names_directory(path) || path.is_dir() => Self::Directory(path.clone()),
            Some(path) => Self::File(path.clone()),
        };
        if target == Self::Stdout && command.check {
            let help = "name what is to be checked, as in: tkn-fuse compile pipelines -o deploy/ --check";
            return Err(Failure::usage("--check needs -o with a file or directory", help));
        }
        Ok(target)
    }

    /// The one path that is never read while directories are walked.
    pub(super) fn identity(&self) -> Option<PathBuf> {
        match self {
            Self::Stdout => None,
            Self::File(path) | Self::Directory(path) => Some(identity(path)),
        }
    }

    /// Where the output of each input goes; nothing for standard output.
    ///
    /// Two inputs in one place and an output in an input's place are wrong usage.
    pub(super) fn places(&self, inputs: &Inputs) -> Result<HashMap<SourceId, PathBuf>, Failure> {
        let mut places = HashMap::new();
        let mut taken: HashMap<PathBuf, SourceId> = HashMap::new();
        let shown = |source| &inputs.sources.get(source).name;
        for input in &inputs.inputs {
            let path = match self {
                Self::Stdout => return Ok(places),
                Self::File(path) => path.clone(),
                Self::Directory(directory) => directory.join(&input.relative),
            };
            let identity = identity(&path);
            if let Some(&source) = inputs.files.get(&identity) {
                let message = format!("the output would overwrite {}, which is read", shown(source));
                return Err(Failure::usage(message, "name another file or directory with -o, as in: -o deploy/"));
            }
            let other = taken.insert(identity, input.source);
            if let (Self::Directory(_), Some(other)) = (self, other) {
                let (one, two, path) = (shown(other), shown(input.source), name(&path));
                let help = "name the directory above them as one PATH, so that their outputs get paths of their own";
                return Err(Failure::usage(format!("{one} and {two} would both be written to {path}"), help));
            }
            places.insert(input.source, path);
        }
        Ok(places)
    }
}
