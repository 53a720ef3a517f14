//! The annotation `tkn-fuse/groups`: a YAML mapping in a string.

use super::asked::{self, Asked};
use super::{ANNOTATION, root_path, take_out};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::Pipeline;
use crate::source::{Sources, Span};
use crate::yaml::{Edit, Entry, Mapping, Node, ScalarKind, Value};

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
    let mut locator = Locator::new(sources, node.span);
    let mut found = match parse_annotation(text, &mut locator) {
        Ok(Node { value: Value::Mapping(mapping), .. }) => asked::named(&mapping, diagnostics),
        Ok(list @ Node { value: Value::Sequence(_), .. }) => asked::list(&list, diagnostics),
        Ok(nothing) if nothing.is_null() => Vec::new(),
        Ok(_) => {
            diagnostics.push(asked::unreadable(&format!("`{ANNOTATION}` names no group"), node, example));
            return;
        }
        Err(error) => {
            let message = format!("`{ANNOTATION}` is no YAML: {error}");
            diagnostics.push(Diagnostic::new(Code::GroupSyntax, message).at(node.span, "this text").help(example));
            return;
        }
    };
    asked.append(&mut found);
}

/// The YAML inside an annotation.
fn parse_annotation(text: &str, locator: &mut Locator<'_>) -> Result<Node, String> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    Ok(to_node(&value, locator))
}

/// A parsed value as a node whose scalars and keys have the places where the locator finds their text.
pub(crate) fn to_node(value: &serde_yaml::Value, locator: &mut Locator<'_>) -> Node {
    use serde_yaml::Value as Yaml;
    let (kind, text) = match value {
        Yaml::Null => (ScalarKind::Null, "null".to_owned()),
        Yaml::Bool(value) => (ScalarKind::Bool, value.to_string()),
        Yaml::Number(number) if number.is_f64() => (ScalarKind::Float, number.to_string()),
        Yaml::Number(number) => (ScalarKind::Int, number.to_string()),
        Yaml::String(text) => (ScalarKind::String, text.clone()),
        Yaml::Sequence(items) => {
            let items: Vec<Node> = items.iter().map(|item| to_node(item, locator)).collect();
            let span = items.iter().map(|item| item.span).reduce(join).unwrap_or(locator.here());
            return Node::sequence(span, items);
        }
        Yaml::Mapping(mapping) => {
            let entries: Vec<Entry> = mapping.iter().map(|(key, value)| entry(key, value, locator)).collect();
            let span = entries.iter().map(|entry| join(entry.key_span, entry.value.span)).reduce(join);
            let span = span.unwrap_or(locator.here());
            return Node { span, value: Value::Mapping(Mapping { entries }) };
        }
        Yaml::Tagged(tagged) => return to_node(&tagged.value, locator),
    };
    Node::scalar(if kind == ScalarKind::Null { locator.here() } else { locator.locate(&text) }, kind, text)
}

fn entry(key: &serde_yaml::Value, value: &serde_yaml::Value, locator: &mut Locator<'_>) -> Entry {
    let key = to_node(key, locator);
    let text = key.as_scalar().map(|scalar| scalar.text.clone()).unwrap_or_default();
    Entry { key: text, key_span: key.span, value: to_node(value, locator) }
}

fn join(a: Span, b: Span) -> Span {
    Span { start: a.start.min(b.start), end: a.end.max(b.end), ..a }
}

/// Finds names in a text from front to back.
pub(crate) struct Locator<'a> {
    text: &'a str,
    whole: Span,
    at: usize,
}

impl<'a> Locator<'a> {
    /// Looks inside `whole`.
    pub(crate) fn new(sources: &'a Sources, whole: Span) -> Self {
        Self { text: sources.text(whole), whole, at: 0 }
    }

    /// The next place of `name` as a word of its own; the whole text if there is none.
    pub(crate) fn locate(&mut self, name: &str) -> Span {
        let Some(start) = self.find(name) else { return self.whole };
        self.at = start + name.len();
        self.part(start..self.at)
    }

    fn find(&self, name: &str) -> Option<usize> {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let rest = self.text.get(self.at..)?;
        let alone = |at: &usize| {
            let before = rest[..*at].chars().next_back();
            let after = rest[at + name.len()..].chars().next();
            !before.is_some_and(word) && !after.is_some_and(word)
        };
        let found = rest.match_indices(name).map(|(at, _)| at).find(alone)?;
        (!name.is_empty()).then_some(self.at + found)
    }

    fn here(&self) -> Span {
        self.part(self.at..self.at)
    }

    fn part(&self, range: std::ops::Range<usize>) -> Span {
        let start = self.whole.range().start;
        Span::new(self.whole.source, start + range.start..start + range.end)
    }
}
