//! What a surface asks for, in names; and the list of groups as two surfaces write it.

use std::collections::BTreeSet;

use super::name;
use super::options::{Options, options};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::model::Text;
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node, Value};

/// A group before its names are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) name: Text,
    pub(crate) members: Vec<Text>,
    pub(crate) span: Span,
    pub(crate) options: Options,
}

impl Asked {
    pub(super) fn member_names(&self) -> BTreeSet<&str> {
        self.members.iter().map(|member| member.value.as_str()).collect()
    }

    /// The members as they would be typed.
    pub(super) fn member_list(&self) -> String {
        self.members.iter().map(|member| member.value.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// A group that is named after its members.
    fn unnamed(members: Vec<Text>, span: Span) -> Self {
        let joined = members.iter().map(|member| member.value.as_str()).collect::<Vec<_>>().join("-");
        Self { name: Text::new(name::shorten(&joined, name::MAX), span), members, span, options: Options::default() }
    }
}

/// Reads a list of groups: each a list of tasks, or a mapping with `name` and `tasks`. A single group where the list
/// belongs is read as meant, with a warning.
pub(super) fn list(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Asked> {
    let plain = |item: &Node| item.as_str().is_some_and(|text| !text.contains(separator));
    match &node.value {
        Value::Sequence(items) if !items.is_empty() && items.iter().all(plain) => {
            single(node, "a list of groups, each a list of tasks", "write `- [a, b]`", diagnostics);
            group(node, diagnostics).into_iter().collect()
        }
        Value::Sequence(items) => items.iter().filter_map(|item| group(item, diagnostics)).collect(),
        Value::Mapping(mapping) if mapping.get("tasks").is_none() && mapping.get("name").is_none() => {
            single(node, "a list of groups", "write `- {name: NAME, tasks: [a, b]}` for each", diagnostics);
            named(mapping, diagnostics)
        }
        Value::Mapping(_) => {
            single(node, "a list of groups", "put `- ` before the group", diagnostics);
            group(node, diagnostics).into_iter().collect()
        }
        Value::Scalar(_) if node.is_null() => Vec::new(),
        Value::Scalar(_) => {
            let asked = group(node, diagnostics);
            if asked.is_some() {
                single(node, "a list of groups, each a list of tasks", "write `- [a, b]`", diagnostics);
            }
            asked.into_iter().collect()
        }
    }
}

/// Reads a mapping from names to groups, as the annotation writes it.
pub(super) fn named(mapping: &Mapping, diagnostics: &mut Diagnostics) -> Vec<Asked> {
    mapping.entries.iter().filter_map(|entry| named_group(entry, diagnostics)).collect()
}

fn named_group(entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Asked> {
    let name = Text::new(&entry.key, entry.key_span);
    let Some(mapping) = entry.value.as_mapping() else {
        let options = Options::default();
        return Some(Asked { span: name.span, name, members: members(&entry.value, diagnostics)?, options });
    };
    let options = options(mapping, diagnostics);
    if let Some(inner) = mapping.get("name").filter(|inner| inner.as_str() != Some(&entry.key)) {
        let message = format!("the group `{}` is given a second name", entry.key);
        let place = Diagnostic::new(Code::GroupContradiction, message).at(inner.span, "second name");
        diagnostics.push(place.at(entry.key_span, "first name").help("remove `name`"));
    }
    Some(Asked { span: name.span, name, members: tasks_of(mapping, &entry.value, diagnostics)?, options })
}

/// Reads an item of a list of groups.
fn group(node: &Node, diagnostics: &mut Diagnostics) -> Option<Asked> {
    let Some(mapping) = node.as_mapping() else {
        return Some(Asked::unnamed(members(node, diagnostics)?, node.span));
    };
    let options = options(mapping, diagnostics);
    let members = tasks_of(mapping, node, diagnostics)?;
    let Some(name) = mapping.get("name").filter(|name| !name.is_null()) else {
        return Some(Asked { options, ..Asked::unnamed(members, node.span) });
    };
    let Some(text) = name::text(name) else {
        diagnostics.push(unreadable("the name of a group is a string", name, "write `name: NAME`"));
        return None;
    };
    Some(Asked { name: Text::new(text, name.span), members, span: name.span, options })
}

fn tasks_of(mapping: &Mapping, node: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<Text>> {
    match mapping.get("tasks") {
        Some(tasks) => members(tasks, diagnostics),
        None => {
            diagnostics.push(unreadable("a group names no tasks", node, "add `tasks: [a, b]`"));
            None
        }
    }
}

/// Reads members: a list of names or of mappings with a name, or names with commas or blanks between them.
fn members(node: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<Text>> {
    if let Some(text) = node.as_str() {
        return Some(split(text).map(|(at, name)| Text::new(name, part(node, text, at, name))).collect());
    }
    let Some(items) = node.as_sequence() else {
        diagnostics.push(unreadable("the members of a group are a list of task names", node, "write `[a, b]`"));
        return None;
    };
    let mut members = Vec::new();
    for item in items {
        let name = item.get("name").unwrap_or(item);
        match name.as_str() {
            Some(text) => members.push(Text::new(text, name.span)),
            None => diagnostics.push(unreadable(
                "a member of a group is the name of a task",
                item,
                "write its name, in quotes if YAML takes it for something else",
            )),
        }
    }
    (items.is_empty() || !members.is_empty()).then_some(members)
}

/// The place of a name inside a string, if the string stands in the source as it is, plain or in quotes.
fn part(node: &Node, text: &str, at: usize, name: &str) -> Span {
    let range = node.span.range();
    let quote = match range.len().checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return node.span,
    };
    let start = range.start + quote + at;
    Span::new(node.span.source, start..start + name.len())
}

/// What may stand between names in one string.
fn separator(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// The names in a string, each with its offset.
pub(super) fn split(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive(separator).filter_map(move |piece| {
        let start = at;
        at += piece.len();
        let name = piece.trim_end_matches(separator);
        (!name.is_empty()).then_some((start, name))
    })
}

fn single(node: &Node, expected: &str, help: &str, diagnostics: &mut Diagnostics) {
    let message = format!("`groups` is {expected}");
    diagnostics.push(Diagnostic::new(Code::ListExpected, message).at(node.span, "read as meant").help(help));
}

/// A group of which nothing can be made.
pub(super) fn unreadable(message: &str, node: &Node, help: &str) -> Diagnostic {
    Diagnostic::new(Code::GroupSyntax, message).at(node.span, "here").help(help)
}
