//! The annotation `tkn-fuse/groups`: a YAML mapping in a string.

use super::asked::{self, Asked};
use super::{ANNOTATION, root_path, take_out};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::model::Pipeline;
use crate::source::{Sources, Span};
use crate::yaml::{self, Edit, Node, Value};

/// Reads the annotation of the Pipeline or, for an inline spec, of its run.
pub(super) fn groups(
    sources: &Sources,
    pipeline: &Pipeline,
    asked: &mut Vec<Asked>,
    marks: &mut Vec<Edit>,
    diagnostics: &mut Diagnostics,
) {
    let way = ["metadata", "annotations", ANNOTATION];
    let Some(node) = pipeline.root.at(&way.map(Into::into)) else { return };
    marks.push(take_out(&pipeline.root, &root_path(pipeline), &way));
    let example = "write a line `NAME: a, b` for each group, below `tkn-fuse/groups: |`";
    let Some(text) = node.as_str() else {
        diagnostics.push(asked::unreadable(&format!("`{ANNOTATION}` is a string"), node, example));
        return;
    };
    let content = match parse(text) {
        Ok(Some(content)) => Locator::new(sources, node.span).place(content),
        Ok(None) => return,
        Err(problem) => {
            let message = format!("`{ANNOTATION}` cannot be read: {}", problem.message);
            let span = Locator::new(sources, node.span).locate(problem.line.trim());
            diagnostics.push(Diagnostic::new(Code::GroupSyntax, message).at(span, "in this text").help(example));
            return;
        }
    };
    match &content.value {
        Value::Mapping(mapping) => asked.extend(asked::named(mapping, diagnostics)),
        Value::Sequence(_) => asked.extend(asked::list(&content, diagnostics)),
        Value::Scalar(_) if content.is_null() => {}
        Value::Scalar(_) => {
            diagnostics.push(asked::unreadable(&format!("`{ANNOTATION}` names no group"), node, example));
        }
    }
}

/// Why the text of an annotation is no YAML.
struct Problem {
    message: String,
    /// The line where it was noticed.
    line: String,
}

/// The YAML inside an annotation, its places those in `text`; `None` if there is nothing in it.
fn parse(text: &str) -> Result<Option<Node>, Problem> {
    let mut sources = Sources::default();
    let source = sources.add(ANNOTATION, text);
    let documents = yaml::documents(&sources, source);
    let mut problems = documents.iter().flat_map(|document| &document.problems);
    if let Some(problem) = problems.find(|problem| problem.severity == Severity::Error) {
        let at = problem.labels.first().map_or(0, |label| label.span.range().start);
        let mut lines = text.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            Some((*end, line))
        });
        let line = lines.find(|(end, _)| at < *end).map_or("", |(_, line)| line);
        return Err(Problem { message: problem.message.clone(), line: line.to_owned() });
    }
    let mut roots = documents.into_iter().filter_map(|document| document.root);
    let root = roots.next();
    match roots.next() {
        Some(_) => Err(Problem { message: "it has more than one document".to_owned(), line: String::new() }),
        None => Ok(root),
    }
}

/// Finds, from front to back, where the content of a string stands in the source: between the two lie quotes, escapes
/// and the indentation of a block.
struct Locator<'a> {
    text: &'a str,
    whole: Span,
    at: usize,
}

impl<'a> Locator<'a> {
    /// Looks inside `whole`.
    fn new(sources: &'a Sources, whole: Span) -> Self {
        Self { text: sources.text(whole), whole, at: 0 }
    }

    /// The node with the places where its keys and scalars are found.
    fn place(&mut self, node: Node) -> Node {
        let value = match node.value {
            Value::Scalar(scalar) => {
                let span = self.locate(&scalar.text);
                return Node { span, value: Value::Scalar(scalar) };
            }
            Value::Sequence(items) => Value::Sequence(items.into_iter().map(|item| self.place(item)).collect()),
            Value::Mapping(mut mapping) => {
                for entry in &mut mapping.entries {
                    entry.key_span = self.locate(&entry.key);
                    entry.value = self.place(entry.value.clone());
                }
                Value::Mapping(mapping)
            }
        };
        let children: Vec<Span> = match &value {
            Value::Sequence(items) => items.iter().map(|item| item.span).collect(),
            Value::Mapping(mapping) => {
                mapping.entries.iter().flat_map(|entry| [entry.key_span, entry.value.span]).collect()
            }
            Value::Scalar(_) => Vec::new(),
        };
        let join = |a: Span, b: Span| Span { start: a.start.min(b.start), end: a.end.max(b.end), ..a };
        Node { span: children.into_iter().reduce(join).unwrap_or(self.whole), value }
    }

    /// The next place of `text` as a word of its own; the whole annotation if there is none.
    fn locate(&mut self, text: &str) -> Span {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let rest = self.text.get(self.at..).unwrap_or_default();
        let alone = |&at: &usize| {
            let before = rest[..at].chars().next_back();
            let after = rest[at + text.len()..].chars().next();
            !before.is_some_and(word) && !after.is_some_and(word)
        };
        let found = rest.match_indices(text).map(|(at, _)| at).find(alone);
        let Some(found) = found.filter(|_| !text.is_empty()) else { return self.whole };
        let start = self.at + found;
        self.at = start + text.len();
        let whole = self.whole.range().start;
        Span::new(self.whole.source, whole + start..whole + self.at)
    }
}
