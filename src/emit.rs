//! Text: the documents of one input with their edits, the fused Tasks before their Pipelines, and the header.
//!
//! What did not change keeps its bytes. Before a text leaves, it is read back and must be what was meant.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::header::header;
use crate::source::{Sources, Span};
use crate::yaml::{self, Document, Edit, Node};

/// What becomes of one document.
#[derive(Debug, Default)]
pub struct Change {
    /// Edits of its tree.
    pub edits: Vec<Edit>,
    /// Documents to put before it.
    pub before: Vec<Node>,
}

/// The text of a source with its documents changed, with a header if there is a `hash` for it; `None` if that cannot be said in text, which is reported.
pub fn emit(
    sources: &Sources,
    documents: &[Document],
    changes: &[Change],
    hash: Option<&str>,
    diagnostics: &mut Diagnostics,
) -> Option<String> {
    let source = sources.get(documents.first()?.span.source);
    let newline = if source.text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut text = String::new();
    let mut meant: Vec<Node> = Vec::new();
    let mut done = 0;
    for (document, change) in documents.iter().zip(changes) {
        let range = document.span.range();
        text.push_str(source.text.get(done..range.start)?);
        for node in &change.before {
            text.push_str(&yaml::write(node).replace('\n', newline));
            text.push_str("---");
            text.push_str(newline);
            meant.push(node.clone());
        }
        let new = match &document.root {
            Some(root) if !change.edits.is_empty() => {
                let (tree, text) = edited(&source.text, document, root, &change.edits, diagnostics)?;
                meant.push(tree);
                text
            }
            root => {
                meant.extend(root.clone());
                source.text.get(range.clone())?.to_owned()
            }
        };
        // Below a comment nothing is JSON any more.
        let (new, is_value) = if hash.is_some() { document.in_yaml(&new) } else { (new, false) };
        text.push_str(&new);
        if is_value && documents.last().is_some_and(|last| last.span != document.span) {
            text.push_str(newline);
            text.push_str("---");
        }
        done = range.end;
    }
    text.push_str(source.text.get(done..)?);
    let text = match hash {
        Some(hash) => with_header(&text, &header(&source.name, hash).replace('\n', newline)),
        None => text,
    };
    verify(&text, &meant, documents.first()?.span, diagnostics).then_some(text)
}

/// A document with its edits, as a tree and as text.
fn edited(
    text: &str,
    document: &Document,
    root: &Node,
    edits: &[Edit],
    diagnostics: &mut Diagnostics,
) -> Option<(Node, String)> {
    let edited = yaml::apply(root, edits).and_then(|tree| Ok((tree, yaml::rewrite(text, document, edits)?)));
    edited.map_err(|error| diagnostics.push(unwritable(document.span, &error.to_string()))).ok()
}

/// The header goes first, behind a byte order mark.
fn with_header(text: &str, header: &str) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("\u{feff}{header}{rest}"),
        None => format!("{header}{text}"),
    }
}

/// Whether a text reads back as the documents that were meant.
fn verify(text: &str, meant: &[Node], span: Span, diagnostics: &mut Diagnostics) -> bool {
    let mut sources = Sources::default();
    let id = sources.add("output", text);
    let read = yaml::documents(&sources, id);
    let roots: Vec<&Node> = read.iter().filter_map(|document| document.root.as_ref()).collect();
    let same = roots.len() == meant.len() && roots.iter().zip(meant).all(|(read, meant)| read.same(meant));
    if !same {
        diagnostics.push(unwritable(span, "the text that was made does not read back as what was meant"));
    }
    same
}

fn unwritable(span: Span, reason: &str) -> Diagnostic {
    let message = format!("this document cannot be edited: {reason}");
    let help = "write it in block style without anchors; if that does not help, this is a fault of tkn-fuse";
    Diagnostic::new(Code::Unwritable, message).at(span.at_start(), "in this document").help(help)
}
