//! What is said on standard error: lines for people, or one document for programs.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::Exit;
use super::failure::Failure;
use super::place::name;
use crate::cli::Format;
use crate::diag::render::{self, Style};
use crate::diag::{Diagnostics, json};
use crate::source::Sources;

/// What became of a file of the output, or what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Written,
    Removed,
    Missing,
    Stale,
    LeftOver,
}

/// What `--format json` prints.
#[derive(Debug, Default, Serialize)]
struct Document {
    version: u32,
    diagnostics: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<Entry>,
    /// The command that brings the files up to date.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

#[derive(Debug, Serialize)]
struct Entry {
    path: String,
    state: State,
}

/// Says things on standard error in the form that was asked for.
pub(super) struct Reporter<'a> {
    stderr: &'a mut dyn Write,
    style: Style,
    /// Collects what a program is told at the end; `None`: people are told at once.
    document: Option<Document>,
}

impl<'a> Reporter<'a> {
    /// Says nothing yet.
    pub(super) fn new(stderr: &'a mut dyn Write, format: Format, style: Style) -> Self {
        let document = match format {
            Format::Human => None,
            Format::Json => Some(Document { version: 1, ..Document::default() }),
        };
        Self { stderr, style, document }
    }

    /// Says all that was found.
    pub(super) fn diagnostics(&mut self, sources: &Sources, diagnostics: &Diagnostics) {
        match &mut self.document {
            None => self.line(&render::render(sources, diagnostics, self.style)),
            Some(document) => {
                let entries = json::entries(sources, diagnostics);
                document.diagnostics.extend(entries.into_iter().filter_map(|entry| serde_json::to_value(entry).ok()));
            }
        }
    }

    /// What sums up or goes without saying: for people only.
    pub(super) fn summary(&mut self, text: &str) {
        if self.document.is_none() {
            self.line(&format!("tkn-fuse: {text}\n"));
        }
    }

    /// Files that were written, and those that were removed.
    pub(super) fn wrote(&mut self, written: &[&Path], removed: &[PathBuf], unchanged: usize) {
        if let Some(document) = &mut self.document {
            document.files.extend(written.iter().map(|path| Entry::new(State::Written, path)));
            document.files.extend(removed.iter().map(|path| Entry::new(State::Removed, path)));
            return;
        }
        for path in removed {
            self.line(&format!("removed {}: no input produces it any more\n", name(path)));
        }
        let files = if written.len() == 1 { "file" } else { "files" };
        self.summary(&format!("{} {files} written, {unchanged} unchanged", written.len()));
    }

    /// Files that are not up to date, and the command that helps.
    pub(super) fn not_current(&mut self, files: &[(State, &Path)], refresh: String) {
        if let Some(document) = &mut self.document {
            document.files.extend(files.iter().map(|(state, path)| Entry::new(*state, path)));
            document.refresh = Some(refresh);
            return;
        }
        for (state, path) in files {
            self.line(&format!("{}: {}\n", state.as_str(), name(path)));
        }
        let (count, are) = (files.len(), if files.len() == 1 { "file is" } else { "files are" });
        self.summary(&format!("{count} {are} not up to date; run: {refresh}"));
    }

    /// Why the program stops, and how it ends then.
    pub(super) fn failure(&mut self, failure: Failure) -> Exit {
        let exit = failure.exit();
        match &mut self.document {
            None => self.line(&failure.to_string()),
            Some(document) => document.failure = Some(failure),
        }
        exit
    }

    /// Text as it is, whatever the form.
    pub(super) fn line(&mut self, text: &str) {
        // There is nobody to tell if this fails.
        let _ = self.stderr.write_all(text.as_bytes());
        let _ = self.stderr.flush();
    }

    /// Says what was collected. Nothing can be said after that.
    pub(super) fn finish(mut self) {
        if let Some(text) = self.document.take().and_then(|document| serde_json::to_string_pretty(&document).ok()) {
            self.line(&format!("{text}\n"));
        }
    }
}

impl Entry {
    fn new(state: State, path: &Path) -> Self {
        Self { path: name(path), state }
    }
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Removed => "removed",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::LeftOver => "left over",
        }
    }
}
