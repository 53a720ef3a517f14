//! Concrete syntax -> the tree that Kubernetes reads: tags, aliases, merge keys and JSON keys applied.

use std::collections::HashMap;
use std::ops::Range;

use super::scalar;
use super::syntax::{Content, MAX_DEPTH, NodeId, Style, Syntax, SyntaxNode};
use super::tree::{Entry, Mapping, Node, Scalar, ScalarKind, Value};
use crate::diag::{Code, Diagnostic};
use crate::source::{SourceId, Span};

mod merge;

pub(super) use merge::is_merge;

/// Most nodes that aliases may add to a document.
const MAX_ALIASED_NODES: usize = 100_000;
/// Most bytes of text that aliases may add to a document.
const MAX_ALIASED_BYTES: usize = 16 << 20;

/// The place of a parsed text in its source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The source.
    pub(super) source: SourceId,
    /// The offset of the text's first byte.
    pub(super) start: usize,
}

impl Place {
    /// A range of the text as a span of the source.
    pub(super) fn span(self, range: Range<usize>) -> Span {
        Span::new(self.source, self.start + range.start..self.start + range.end)
    }
}

/// Composes the node `id` with everything below it. `None` if aliases would blow it up.
pub(super) fn compose(syntax: &Syntax<'_>, id: NodeId, place: Place, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut composer = Composer {
        syntax,
        place,
        problems,
        open: vec![false; syntax.nodes.len()],
        used: vec![false; syntax.nodes.len()],
        aliased: None,
        nodes: 0,
        bytes: 0,
    };
    let node = composer.node(id, 0)?;
    composer.report_unused_anchors(id);
    Some(node)
}

struct Composer<'s, 'a> {
    syntax: &'s Syntax<'a>,
    place: Place,
    problems: &'s mut Vec<Diagnostic>,
    /// Nodes that are being composed: an alias to one of them stands inside its own anchor.
    open: Vec<bool>,
    /// Anchored nodes that an alias named.
    used: Vec<bool>,
    /// The outermost alias that is being expanded; its content was checked where it stands.
    aliased: Option<NodeId>,
    nodes: usize,
    bytes: usize,
}

impl<'a> Composer<'_, 'a> {
    fn node(&mut self, id: NodeId, depth: usize) -> Option<Node> {
        let syntax = &self.syntax.nodes[id];
        let span = self.place.span(syntax.content_start..syntax.range.end);
        if depth > MAX_DEPTH || !self.afford(syntax) {
            let at = self.syntax.nodes[self.aliased.unwrap_or(id)].range.clone();
            let problem = Diagnostic::new(Code::Alias, "the document grows too large when its aliases are expanded");
            self.problems.push(problem.at(self.place.span(at), "expanded here").help("write the repeated parts out"));
            return None;
        }
        let value = match &syntax.content {
            Content::Alias { target, name } => return self.alias(id, *target, name, depth),
            Content::Scalar { text, style } => Value::Scalar(self.scalar(id, text, *style)),
            Content::Sequence { items, .. } => {
                self.open[id] = true;
                self.check_tag(syntax, "!!seq");
                let items: Option<_> = items.iter().map(|&item| self.node(item, depth + 1)).collect();
                self.open[id] = false;
                Value::Sequence(items?)
            }
            Content::Mapping { entries, .. } => {
                self.open[id] = true;
                self.check_tag(syntax, "!!map");
                let mapping = self.mapping(entries, depth);
                self.open[id] = false;
                Value::Mapping(mapping?)
            }
        };
        Some(Node { span, value })
    }

    /// Counts what aliases add; `false` once it is too much.
    fn afford(&mut self, node: &SyntaxNode<'_>) -> bool {
        if self.aliased.is_some() {
            self.nodes += 1;
            if let Content::Scalar { text, .. } = &node.content {
                self.bytes += text.len();
            }
        }
        self.nodes <= MAX_ALIASED_NODES && self.bytes <= MAX_ALIASED_BYTES
    }

    fn alias(&mut self, id: NodeId, target: Option<NodeId>, name: &str, depth: usize) -> Option<Node> {
        let span = self.place.span(self.syntax.nodes[id].range.clone());
        let Some(target) = target else {
            let message = format!("no anchor `&{name}` stands before this alias");
            let help = format!("write `&{name}` before the value that is meant, or write the value out");
            self.report(Diagnostic::new(Code::Alias, message).at(span, "unknown").help(help));
            return Some(Node::scalar(span, ScalarKind::Null, ""));
        };
        self.used[target] = true;
        if self.open[target] {
            let anchor = self.syntax.nodes[target].anchor.clone().map_or(0..0, |(_, range)| range);
            let problem = Diagnostic::new(Code::Alias, format!("the alias `*{name}` stands inside its own anchor"))
                .at(span, "needs itself")
                .at(self.place.span(anchor), "the anchor");
            self.report(problem.help("write out the part that is meant"));
            return Some(Node::scalar(span, ScalarKind::Null, ""));
        }
        let outermost = self.aliased.is_none();
        self.aliased.get_or_insert(id);
        let node = self.node(target, depth + 1);
        if outermost {
            self.aliased = None;
        }
        node
    }

    fn scalar(&mut self, id: NodeId, text: &str, style: Style) -> Scalar {
        let syntax = &self.syntax.nodes[id];
        let plain = if style == Style::Plain { scalar::resolve(text) } else { ScalarKind::String };
        let kind = match &syntax.tag {
            None => plain,
            Some((tag, range)) => tagged(tag, text).unwrap_or_else(|| {
                let span = self.place.span(range.clone());
                let message = format!("Kubernetes does not read this value as `{tag}`");
                self.report(Diagnostic::new(Code::TagValue, message).at(span, "").help("remove the tag"));
                ScalarKind::String
            }),
        };
        self.warn_of_own_tag(syntax);
        let finite = !matches!(scalar::number(text), Some(scalar::Number::Float(value)) if !value.is_finite());
        let is_key = self.is_key(id);
        if kind == ScalarKind::Float && !finite && !is_key {
            let problem = Diagnostic::new(Code::NotFinite, format!("`{text}` cannot be said in JSON"));
            let span = self.place.span(syntax.range.clone());
            self.report(problem.at(span, "Kubernetes refuses it").help(format!("quote it: \"{text}\"")));
        }
        Scalar { kind, text: text.to_owned() }
    }

    fn is_key(&self, id: NodeId) -> bool {
        let parent = self.syntax.nodes[id].parent.map(|parent| &self.syntax.nodes[parent].content);
        matches!(parent, Some(Content::Mapping { entries, .. }) if entries.binary_search_by_key(&id, |e| e.0).is_ok())
    }

    fn mapping(&mut self, entries: &[(NodeId, NodeId)], depth: usize) -> Option<Mapping> {
        let mut slots = Slots::default();
        for &(key, value) in entries {
            if merge::is_merge(&self.syntax.nodes[key]) {
                self.merge(key, value, depth, &mut slots)?;
                continue;
            }
            let node = self.node(key, depth + 1)?;
            let value = self.node(value, depth + 1)?;
            let key_span = self.place.span(self.syntax.nodes[key].range.clone());
            let Some(text) = node.as_scalar().and_then(Scalar::json_key) else {
                self.report_key(&node, key_span);
                continue;
            };
            let entry = Entry { key: text, key_span, value };
            if let Some(earlier) = slots.set(entry, false) {
                let key = &slots.mapping.entries[earlier.at].key;
                let problem =
                    Diagnostic::new(Code::DuplicateKey, format!("the key `{key}` stands twice in one mapping"))
                        .at(key_span, "again here")
                        .at(earlier.key_span, "first here");
                self.report(problem.help("remove one of them: Kubernetes silently takes the last one"));
            }
        }
        Some(slots.mapping)
    }

    fn report_key(&mut self, key: &Node, span: Span) {
        let help = match &key.value {
            Value::Scalar(scalar) if !scalar.text.is_empty() => format!("quote it: \"{}\"", scalar.text),
            _ => "write a string as the key".to_owned(),
        };
        let problem =
            Diagnostic::new(Code::Key, "this cannot be a key: Kubernetes takes strings, numbers and booleans");
        self.report(problem.at(span, "").help(help));
    }

    /// Adds a problem, unless an alias is being expanded: then it was found at the anchor.
    fn report(&mut self, problem: Diagnostic) {
        if self.aliased.is_none() {
            self.problems.push(problem);
        }
    }

    fn check_tag(&mut self, node: &SyntaxNode<'_>, own: &str) {
        if node.tag.as_ref().is_some_and(|(tag, _)| tag != own) {
            self.warn_of_own_tag(node);
        }
    }

    fn warn_of_own_tag(&mut self, node: &SyntaxNode<'_>) {
        const KNOWN: [&str; 9] =
            ["!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp", "!!binary", "!!seq", "!!map"];
        let Some((tag, range)) = &node.tag else { return };
        if !KNOWN.contains(&tag.as_str()) {
            let problem = Diagnostic::new(Code::Tag, format!("Kubernetes ignores the tag `{tag}`"));
            self.report(problem.at(self.place.span(range.clone()), "").help("remove the tag"));
        }
    }

    fn report_unused_anchors(&mut self, root: NodeId) {
        for (node, used) in self.syntax.nodes.iter().zip(&self.used).skip(root) {
            if let (Some((name, range)), false) = (&node.anchor, used) {
                let problem = Diagnostic::new(Code::UnusedAnchor, format!("nothing uses the anchor `&{name}`"));
                self.problems.push(problem.at(self.place.span(range.clone()), "").help("remove it"));
            }
        }
    }
}

/// The kind that an explicit tag gives a scalar; `None` where Kubernetes refuses it.
///
/// `!!binary` would have to be decoded into bytes that JSON cannot carry, so it is refused too.
fn tagged(tag: &str, text: &str) -> Option<ScalarKind> {
    let plain = scalar::resolve(text);
    match (tag, plain) {
        ("!!binary", _) => None,
        ("!!bool", ScalarKind::Bool) | ("!!int", ScalarKind::Int) | ("!!null", ScalarKind::Null) => Some(plain),
        ("!!float", ScalarKind::Int | ScalarKind::Float) => Some(ScalarKind::Float),
        ("!!bool" | "!!int" | "!!null" | "!!float", _) => None,
        ("!!timestamp", ScalarKind::String) => Some(ScalarKind::String),
        ("!!timestamp", _) => None,
        _ => Some(ScalarKind::String),
    }
}

/// The entries of a mapping while it grows, found by key.
#[derive(Default)]
struct Slots {
    mapping: Mapping,
    index: HashMap<String, Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    at: usize,
    key_span: Span,
    merged: bool,
}

impl Slots {
    /// Sets a key as go-yaml does: what comes later wins. Returns the entry before it if both are of one kind.
    fn set(&mut self, entry: Entry, merged: bool) -> Option<Slot> {
        let slot = Slot { at: self.mapping.entries.len(), key_span: entry.key_span, merged };
        match self.index.get_mut(&entry.key) {
            None => {
                self.index.insert(entry.key.clone(), slot);
                self.mapping.entries.push(entry);
                None
            }
            Some(earlier) => {
                let before = *earlier;
                *earlier = Slot { at: before.at, ..slot };
                self.mapping.entries[before.at] = entry;
                (before.merged == merged).then_some(before)
            }
        }
    }
}
