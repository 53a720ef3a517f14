//! Splits a text into documents exactly as Kubernetes does, and says what Kubernetes would not.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::compose::{self, Place};
use super::tree::Node;
use super::{json, lint, syntax};
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

impl Document {
    /// A text that this document was turned into, as part of a YAML stream; and whether it needs a separator of its own,
    /// since JSON values may follow each other without one.
    pub fn in_yaml(&self, text: &str) -> (String, bool) {
        if self.json { (json::as_yaml(text), true) } else { (text.to_owned(), false) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Severity;

    fn read(text: &str) -> (Sources, Vec<Document>) {
        let mut sources = Sources::default();
        let id = sources.add("test.yaml", text);
        let documents = documents(&sources, id);
        (sources, documents)
    }

    /// Each document as its JSON, and the codes of its problems.
    fn told(text: &str) -> Vec<String> {
        let (_, documents) = read(text);
        let told = |document: &Document| {
            let json = document.root.as_ref().map_or("-".to_owned(), Node::json);
            let codes: Vec<&str> = document.problems.iter().map(|problem| problem.code.id()).collect();
            format!("{json} {}", codes.join(" ")).trim_end().to_owned()
        };
        documents.iter().map(told).collect()
    }

    #[test]
    fn separators_are_lines_that_start_with_three_dashes() {
        assert_eq!(told(""), ["-"]);
        assert_eq!(told("a: 1"), [r#"{"a":1}"#]);
        assert_eq!(told("---\na: 1\n---\n"), [r#"{"a":1}"#, "-"]);
        assert_eq!(told("a: 1\n--- # comment\nb: 2\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
        assert_eq!(told("a: 1\n--- x\nb: 2\n"), [r#"{"a":1}"#, r#"{"b":2} TF104"#]);
        assert_eq!(told("a: 1\n---- \n"), [r#"{"a":1}"#, "- TF104"]);
        assert_eq!(told("\u{feff}---\na: 1\r\n---\r\nb: 1\r\n"), [r#"{"a":1}"#, r#"{"b":1}"#]);
    }

    #[test]
    fn streams_of_json_values_are_split() {
        assert_eq!(told("{\"a\":\"\\/\"}\n {\"b\":2}{}"), [r#"{"a":"/"}"#, r#"{"b":2}"#, "{}"]);
        assert_eq!(told("{a: 1}\n{b: 2}\n"), [r#"{"a":1} TF105"#]);
        assert_eq!(told("x: {}\n---\n{}\n{}\n"), [r#"{"x":{}}"#, "{} TF105"]);
    }

    #[test]
    fn lost_and_refused_text_is_told() {
        assert_eq!(told("a: 1\n...\nb: 2\n"), [r#"{"a":1} TF105"#]);
        assert_eq!(told("a: 1\n...\n# comment\n"), [r#"{"a":1}"#]);
        assert_eq!(told("%YAML 1.1\n---\na: 1\n"), ["- TF116", r#"{"a":1}"#]);
        assert_eq!(told("a: \"\\/\"\n"), [r#"{"a":"/"} TF107"#]);
        assert_eq!(told("a: \"\\ud83d\\ude00\"\n"), ["{\"a\":\"😀\"} TF107"]);
        assert_eq!(told("a: \"x\u{2028}y\"\n"), ["{\"a\":\"x\\u2028y\"} TF106"]);
        assert_eq!(told("a: |\n  \tx\n"), ["{\"a\":\"\\tx\\n\"} TF117"]);
        assert_eq!(told("a: 1\nb: 2\na: 3\n"), [r#"{"a":3,"b":2} TF102"#]);
        assert_eq!(told("~: 1\n"), ["{} TF111"]);
        assert_eq!(told("a: .inf\n"), [r#"{"a":null} TF114"#]);
        assert_eq!(told("a: !x 1\nb: !!int x\n"), [r#"{"a":"1","b":"x"} TF112 TF113"#]);
        assert_eq!(told("a: *x\nb: &y 1\n"), [r#"{"a":null,"b":1} TF108 TF115"#]);
        assert_eq!(told("a: &x [*x]\n"), [r#"{"a":[null]} TF108"#]);
        assert_eq!(told("- [?x]\n- {a:, b: 1}\n"), [r#"[["?x"],{"a":null,"b":1}] TF118 TF118"#]);
        assert_eq!(told("- !x,\n"), ["- TF101"]);
        assert_eq!(told("|\ntext\n"), ["\"text\\n\" TF118"]);
        assert_eq!(told("a:\n- b\n-\tc\n"), [r#"{"a":["b","c"]} TF117"#]);
        assert_eq!(told("a: 1\n<<: {a: 2}\n"), [r#"{"a":2} TF110"#]);
        assert_eq!(told("<<: 1\n"), ["{} TF109"]);
    }

    #[test]
    fn templates_are_broken_and_nothing_more() {
        let (_, documents) = read("a: {{ .Values.x }}\n{{- if .y }}\nb: 1\n{{- end }}\n");
        assert!(documents[0].broken && documents[0].root.is_none());
        assert_eq!(documents[0].problems[0].code, Code::Syntax);
    }

    #[test]
    fn duplicate_keys_show_both_places() {
        let (sources, documents) = read("é: 1\nb: 2\né: 3\n");
        let labels = &documents[0].problems[0].labels;
        assert_eq!((sources.text(labels[0].span), labels[0].span.start), ("é", 11));
        assert_eq!((sources.text(labels[1].span), labels[1].span.start), ("é", 0));
    }

    #[test]
    fn spans_cover_what_was_written() {
        let (sources, documents) = read("# c\na: é # x\nb: |\r\n  x\r\n\r\nc: [1, {d: \"e\"}]\nf:\n  - g: 'h'\n");
        let root = documents[0].root.as_ref().map(|root| {
            let text = |path: &[super::super::Segment]| root.at(path).map(|node| sources.text(node.span));
            assert_eq!(text(&["a".into()]), Some("é"));
            assert_eq!(text(&["b".into()]), Some("x"));
            assert_eq!(text(&["c".into()]), Some("[1, {d: \"e\"}]"));
            assert_eq!(text(&["c".into(), 1.into(), "d".into()]), Some("\"e\""));
            assert_eq!(text(&["f".into()]), Some("- g: 'h'"));
            assert_eq!(text(&["f".into(), 0.into()]), Some("g: 'h'"));
        });
        assert_eq!(root, Some(()));
    }

    /// Nothing of this may take long, overflow the stack or eat the memory.
    #[test]
    fn hostile_documents_end_in_an_error() {
        let laughs = (0..9).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
            format!("{text}a{0}: &a{0} [{1}]\n", n + 1, vec![format!("*a{n}"); 10].join(","))
        });
        let deep_aliases = (0..40).fold("a0: &a0 x\n".to_owned(), |text, n| {
            format!("{text}a{0}: &a{0} {1}*a{n}{2}\n", n + 1, "[".repeat(90), "]".repeat(90))
        });
        let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(200_000), "*a,".repeat(20_000));
        let hostile = [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(100_000),
            "? ".repeat(20_000),
            (0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
            laughs,
            deep_aliases,
            long,
        ];
        for text in hostile {
            let start = std::time::Instant::now();
            let (_, documents) = read(&text);
            let refused = documents[0].problems.iter().any(|problem| problem.severity == Severity::Error);
            assert!(refused && documents[0].broken, "{}", &text[..60.min(text.len())]);
            assert!(start.elapsed().as_secs() < 20, "{}", &text[..60.min(text.len())]);
        }
        let wide: String = (0..30_000).map(|n| format!("key{n}: 1\n")).collect();
        let (_, documents) = read(&wide);
        assert!(documents[0].problems.is_empty() && !documents[0].broken);
    }
}
