//! Splits a text into documents exactly as Kubernetes does, and says what Kubernetes would not.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::compose::{self, Place};
use super::tree::Node;
use super::{lint, syntax};
use crate::diag::{Code, Diagnostic};
use crate::source::{SourceId, Sources, Span};

/// One document of a stream.
///
/// The spans of all documents and the text between them, which is separators, are the whole source.
#[derive(Debug)]
pub struct Document {
    /// Its text: what stands between two separators, comments included.
    pub span: Span,
    /// The tree; `None` if there is nothing but comments, or if the document is broken.
    pub root: Option<Node>,
    /// Whether the text is no YAML at all, a template perhaps. Then `problems` says why.
    pub broken: bool,
    /// What was found while reading it. Not pushed to the sink yet: whoever knows whether the user named this
    /// file or it was found by walking decides how much it weighs.
    pub problems: Vec<Diagnostic>,
    /// Whether Kubernetes reads it with its JSON reader: it belongs to a stream of JSON values.
    pub(super) json: bool,
}

/// Reads all documents of a source.
///
/// Kubernetes takes every line that starts with `---` for a separator, wherever it stands, and parses what is
/// between two of them on its own. A stream that starts with JSON values is read value by value.
pub fn documents(sources: &Sources, id: SourceId) -> Vec<Document> {
    let text = &sources.get(id).text;
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut documents = Vec::new();
    for (number, chunk) in chunks(text, start).into_iter().enumerate() {
        let values = if number == 0 { json_values(text, &chunk.range) } else { Vec::new() };
        let mut before = chunk.problem(id).into_iter().collect();
        if values.is_empty() {
            documents.push(document(text, id, chunk.range, before));
            continue;
        }
        for range in values {
            let mut document = parsed(text, id, range, true);
            document.problems.splice(0..0, std::mem::take(&mut before));
            documents.push(document);
        }
    }
    documents
}

/// The text between two separators, and what stands behind the separator before it.
struct Chunk {
    range: Range<usize>,
    trailing: Option<Range<usize>>,
}

impl Chunk {
    fn problem(&self, source: SourceId) -> Option<Diagnostic> {
        let span = Span::new(source, self.trailing.clone()?);
        let problem = Diagnostic::new(Code::Separator, "only a comment may stand behind a document separator");
        Some(problem.at(span, "kubectl refuses this").help("write it on the next line"))
    }
}

/// Cuts at the lines that start with `---`.
fn chunks(text: &str, start: usize) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut current = Chunk { range: start..text.len(), trailing: None };
    let mut at = start;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
        if let Some(rest) = text[at..end].strip_prefix("---") {
            let trimmed = rest.trim();
            let from = end - rest.trim_start().len();
            let trailing = (!trimmed.is_empty() && !trimmed.starts_with('#')).then(|| from..from + trimmed.len());
            let next = Chunk { range: end..text.len(), trailing };
            let done = std::mem::replace(&mut current, next);
            chunks.push(Chunk { range: done.range.start..at, ..done });
        }
        at = end;
    }
    chunks.push(current);
    if chunks.len() > 1 && chunks[0].range.is_empty() {
        chunks.remove(0);
    }
    chunks
}

/// The places of the values if the text is a stream of JSON values, else nothing.
fn json_values(text: &str, chunk: &Range<usize>) -> Vec<Range<usize>> {
    let chunk_text = &text[chunk.clone()];
    if !chunk_text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let mut stream = serde_json::Deserializer::from_str(chunk_text).into_iter::<IgnoredAny>();
    let mut values = Vec::new();
    let mut start = chunk_text.len() - chunk_text.trim_start().len();
    while let Some(value) = stream.next() {
        let end = stream.byte_offset();
        match value {
            Ok(_) if chunk_text[start..end].trim_start().starts_with('{') => {
                let from = end - chunk_text[start..end].trim_start().len();
                values.push(chunk.start + from..chunk.start + end);
                start = end;
            }
            _ => return Vec::new(),
        }
    }
    values
}

/// A YAML document with the problems of its separator.
fn document(text: &str, source: SourceId, range: Range<usize>, before: Vec<Diagnostic>) -> Document {
    let mut document = parsed(text, source, range, false);
    document.problems.splice(0..0, before);
    document
}

/// Reads one document, as JSON if it is part of a JSON stream.
pub(super) fn parsed(text: &str, source: SourceId, range: Range<usize>, json: bool) -> Document {
    let place = Place { source, start: range.start };
    let chunk = &text[range.clone()];
    let span = Span::new(source, range);
    let mut problems = Vec::new();
    if !json {
        lint::characters(chunk, place, &mut problems);
    }
    let syntax = match syntax::parse(chunk) {
        Ok(syntax) => syntax,
        Err(error) => {
            problems.push(lint::syntax_error(chunk, place, &error));
            return Document { span, root: None, broken: true, problems, json };
        }
    };
    if !json {
        lint::syntax(chunk, place, &syntax, &mut problems);
    }
    let root = syntax.root.and_then(|root| compose::compose(&syntax, root, place, &mut problems));
    Document { span, broken: syntax.root.is_some() && root.is_none(), root, problems, json }
}
