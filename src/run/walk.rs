//! The files that a PATH argument stands for.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::place::identity;

/// A file to read.
pub(super) struct Found {
    /// The path to open.
    pub(super) path: PathBuf,
    /// Its place below the argument: what its output is called in an output directory.
    pub(super) relative: PathBuf,
    /// The argument named a directory, and this file was found in it.
    pub(super) walked: bool,
}

/// What walking came upon.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) files: Vec<Found>,
    /// Paths left out because the output goes there.
    pub(super) outputs: Vec<PathBuf>,
    /// Sentences about what could not be read.
    pub(super) failures: Vec<String>,
}

/// The files of one argument, by name. Hidden files and directories below it are left out, as is the output.
pub(super) fn walk(argument: &Path, output: Option<&Path>) -> Walked {
    let mut walked = Walked::default();
    if !argument.is_dir() {
        let relative = argument.file_name().map_or_else(|| argument.to_owned(), PathBuf::from);
        walked.files.push(Found { path: argument.to_owned(), relative, walked: false });
        return walked;
    }
    let mut entries = WalkDir::new(argument).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            // A loop leads only to files that are found without it.
            Err(error) if error.loop_ancestor().is_some() => {}
            Err(error) if is_unimportant(&error) => {}
            Err(error) => walked.failures.push(failure(argument, &error)),
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) if is_hidden(&entry) => skip(&mut entries, &entry),
            Ok(entry) if is_output(&entry, output) => {
                skip(&mut entries, &entry);
                walked.outputs.push(entry.into_path());
            }
            Ok(entry) if entry.file_type().is_file() && is_yaml(entry.path()) => {
                let relative = entry.path().strip_prefix(argument).unwrap_or(entry.path()).to_owned();
                walked.files.push(Found { path: entry.into_path(), relative, walked: true });
            }
            Ok(_) => {}
        }
    }
    walked
}

fn skip(entries: &mut walkdir::IntoIter, entry: &DirEntry) {
    if entry.file_type().is_dir() {
        entries.skip_current_dir();
    }
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_output(entry: &DirEntry, output: Option<&Path>) -> bool {
    let may_be = |output: &Path| entry.path_is_symlink() || output.file_name() == Some(entry.file_name());
    output.is_some_and(|output| may_be(output) && identity(entry.path()) == output)
}

/// Whether the file's name says that it is YAML or JSON.
pub(super) fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml" || extension == "json")
}

/// A link to nowhere that would not have been read anyway, such as an editor's lock.
fn is_unimportant(error: &walkdir::Error) -> bool {
    let missing = error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    missing && error.depth() > 0 && error.path().is_some_and(|path| hidden(path) || !is_yaml(path))
}

fn failure(argument: &Path, error: &walkdir::Error) -> String {
    let path = error.path().unwrap_or(argument).display();
    match error.io_error() {
        Some(error) => format!("cannot read {path}: {error}"),
        None => format!("cannot read {path}: {error}"),
    }
}
