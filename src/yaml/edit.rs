//! Edits a document instead of printing it anew: bytes, comments and order of all that stays survive.
//!
//! Edits name nodes by their path in the tree as it was read. They become splices of the text; the result
//! is read again and compared with the edited tree, so a wrong text can never leave this module.

use std::fmt;

use super::stream::{self, Document};
use super::tree::{Node, Path, Segment};
use crate::diag::Severity;

mod anchor;
mod apply;
mod block;
mod flow;
mod lines;
mod plan;
mod replace;
mod splice;

pub use apply::apply;

/// One change of a document. Paths and indices are those of the tree before any edit.
///
/// An edit below a node that another edit replaces or removes has no effect.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Puts a node in the place of another. A scalar keeps its quotes or block style where the text allows.
    Replace(Path, Node),
    /// Takes an entry or item out, with the comments that belong to it: those directly above it at its
    /// indentation and those on its own lines.
    Remove(Path),
    /// Puts an entry or item before the child that was at index `at`, or at the end. Several at one place
    /// stand in the order of the edits.
    Insert {
        /// The mapping or list.
        parent: Path,
        /// An index among the original children.
        at: usize,
        /// The key, in a mapping.
        key: Option<String>,
        /// The value or item.
        node: Node,
    },
    /// Gives the entry at a path another key.
    Rename(Path, String),
}

impl Edit {
    /// The edit for a tree in which what it was made for stands below `prefix`.
    #[must_use]
    pub fn below(self, prefix: &[Segment]) -> Self {
        let join = |path: Path| -> Path { prefix.iter().cloned().chain(path).collect() };
        match self {
            Self::Replace(path, node) => Self::Replace(join(path), node),
            Self::Remove(path) => Self::Remove(join(path)),
            Self::Insert { parent, at, key, node } => Self::Insert { parent: join(parent), at, key, node },
            Self::Rename(path, key) => Self::Rename(join(path), key),
        }
    }
}

/// Why a document could not be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// The document has no node at this path, or not one of the right kind.
    NoSuchPath(Path),
    /// Two edits contradict each other here.
    Conflict(Path),
    /// Two entries would have this key.
    KeyExists(String),
    /// No text could be found that reads back as the edited tree.
    Unwritable,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchPath(path) => write!(f, "there is nothing to edit at `{}`", show(path)),
            Self::Conflict(path) => write!(f, "two edits contradict each other at `{}`", show(path)),
            Self::KeyExists(key) => write!(f, "the key `{key}` would stand twice"),
            Self::Unwritable => write!(f, "the edited document cannot be written"),
        }
    }
}

impl std::error::Error for EditError {}

fn show(path: &[Segment]) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Key(key) => key.clone(),
        Segment::Index(index) => index.to_string(),
    };
    path.iter().map(part).collect::<Vec<_>>().join(".")
}

/// The new text of `document`, which was read from `text`, the whole text of its source.
///
/// What comes back takes the place of the bytes of `document.span`.
///
/// # Errors
///
/// If the edits do not fit the document or each other, or if the document is empty or broken.
pub fn rewrite(text: &str, document: &Document, edits: &[Edit]) -> Result<String, EditError> {
    let old = text.get(document.span.range()).unwrap_or_default();
    let root = document.root.as_ref().ok_or(EditError::NoSuchPath(Vec::new()))?;
    let meant = apply(root, edits)?;
    if meant.same(root) {
        return Ok(old.to_owned());
    }
    let verified = |new: &String| reads_as(new, document, &meant);
    if let Some(new) = splice::rewrite(old, document, root, edits).filter(verified) {
        return Ok(new);
    }
    let mut around = common_container(edits);
    loop {
        let whole = meant.at(&around).cloned().map(|node| [Edit::Replace(around.clone(), node)]);
        if let Some(new) = whole.and_then(|whole| splice::rewrite(old, document, root, &whole)).filter(verified) {
            return Ok(new);
        }
        if around.pop().is_none() {
            let new = if document.json { meant.json() } else { super::write(&meant) };
            return Some(new).filter(verified).ok_or(EditError::Unwritable);
        }
    }
}

/// Whether a text reads as a tree, without an error.
fn reads_as(text: &str, document: &Document, tree: &Node) -> bool {
    let read = stream::parsed(text, document.span.source, 0..text.len(), document.json);
    let splits = !document.json && text.lines().any(|line| line.starts_with("---"));
    let fine = read.problems.iter().all(|problem| problem.severity < Severity::Error);
    fine && !splits && read.root.is_some_and(|root| root.same(tree))
}

/// The innermost collection that holds all that the edits touch.
fn common_container(edits: &[Edit]) -> Path {
    let touched = edits.iter().map(|edit| match edit {
        Edit::Insert { parent, .. } => parent.as_slice(),
        Edit::Replace(path, _) | Edit::Remove(path) | Edit::Rename(path, _) => {
            path.split_last().map_or(&[][..], |(_, parent)| parent)
        }
    });
    let shared = |a: &[Segment], b: &[Segment]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    touched.reduce(|a, b| &a[..shared(a, b)]).map(<[Segment]>::to_vec).unwrap_or_default()
}
