//! What a surface asks for, in names; and the list of groups as two surfaces write it.

use std::collections::{BTreeMap, BTreeSet};

use super::options::{Options, options};
use super::{Run, name};
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::model::Text;
use crate::source::Span;
use crate::yaml::{Entry, Mapping, Node, Value};

/// A group before its names are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) name: Text,
    pub(crate) members: Vec<AskedMember>,
    pub(crate) span: Span,
    pub(crate) options: Options,
}

/// A member before its name is looked up.
#[derive(Clone, Debug)]
pub(crate) struct AskedMember {
    pub(crate) name: Text,
    /// When it is to run, if that is said.
    pub(crate) run: Option<Run>,
}

impl AskedMember {
    /// A member of which nothing but the name is said.
    pub(super) fn named(name: Text) -> Self {
        Self { name, run: None }
    }

    pub(super) fn run(&self) -> Run {
        self.run.unwrap_or_default()
    }
}

impl Asked {
    pub(super) fn member_names(&self) -> BTreeSet<&str> {
        self.members.iter().map(|member| member.name.value.as_str()).collect()
    }

    /// The members with what is asked of each.
    pub(super) fn member_runs(&self) -> BTreeMap<&str, Run> {
        self.members.iter().map(|member| (member.name.value.as_str(), member.run())).collect()
    }

    /// The members as they would be typed.
    pub(super) fn member_list(&self) -> String {
        let typed = |member: &AskedMember| match member.run() {
            Run::Plain => member.name.value.clone(),
            Run::Always => format!("{{name: {}, run: always}}", member.name.value),
        };
        self.members.iter().map(typed).collect::<Vec<_>>().join(", ")
    }

    /// A group that is named after its members.
    fn unnamed(members: Vec<AskedMember>, span: Span) -> Self {
        let joined = members.iter().map(|member| member.name.value.as_str()).collect::<Vec<_>>().join("-");
        Self { name: Text::new(name::shorten(&joined, name::MAX), span), members, span, options: Options::default() }
    }
}

/// Reads a list of groups: each a list of tasks, or a mapping with `name` and `tasks`. A single group where the list
/// belongs is read as meant, with a warning.
pub(super) fn list(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Asked> {
    let plain = |item: &Node| match item.as_mapping() {
        Some(mapping) => mapping.get("run").is_some() && mapping.get("tasks").is_none(),
        None => item.as_str().is_some_and(|text| !text.contains(separator)),
    };
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

fn tasks_of(mapping: &Mapping, node: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<AskedMember>> {
    match mapping.get("tasks") {
        Some(tasks) => members(tasks, diagnostics),
        None => {
            diagnostics.push(unreadable("a group names no tasks", node, "add `tasks: [a, b]`"));
            None
        }
    }
}

/// Reads members: a list of names or of mappings with a name, or names with commas or blanks between them.
fn members(node: &Node, diagnostics: &mut Diagnostics) -> Option<Vec<AskedMember>> {
    if let Some(text) = node.as_str() {
        let member = |(at, name)| AskedMember::named(Text::new(name, part(node, text, at, name)));
        return Some(split(text).map(member).collect());
    }
    let Some(items) = node.as_sequence() else {
        diagnostics.push(unreadable("the members of a group are a list of task names", node, "write `[a, b]`"));
        return None;
    };
    let mut members = Vec::new();
    for item in items {
        let name = item.get("name").unwrap_or(item);
        let run = item.as_mapping().and_then(|mapping| run(mapping, diagnostics));
        match name.as_str() {
            Some(text) => members.push(AskedMember { name: Text::new(text, name.span), run }),
            None => diagnostics.push(unreadable(
                "a member of a group is the name of a task",
                item,
                "write its name, in quotes if YAML takes it for something else",
            )),
        }
    }
    (items.is_empty() || !members.is_empty()).then_some(members)
}

/// What a member in mapping form says besides its name.
fn run(mapping: &Mapping, diagnostics: &mut Diagnostics) -> Option<Run> {
    for entry in mapping.entries.iter().filter(|entry| entry.key != "name" && entry.key != "run") {
        let key = entry.key.as_str();
        let help = match suggest(key, ["name", "run"].into_iter()) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("remove `{key}`; a member has `name` and `run`"),
        };
        let message = format!("a member of a group has no option `{key}`");
        diagnostics.push(Diagnostic::new(Code::UnknownOption, message).at(entry.key_span, "unknown").help(help));
    }
    let node = mapping.get("run")?;
    match node.as_str() {
        Some("always") => Some(Run::Always),
        Some("plain") => Some(Run::Plain),
        other => {
            let near = other.and_then(|text| suggest(text, ["always", "plain"].into_iter()));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write `run: always` or `run: plain`".to_owned(),
            };
            diagnostics.push(unreadable("a member runs `always` or `plain`", node, &help));
            None
        }
    }
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
