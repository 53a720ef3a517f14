//! The concrete syntax of one document: what stands where, with anchors and aliases as they were written.
//!
//! The only module that knows `granit_parser`. Offsets are bytes of the parsed text, which is one
//! document: composing and editing add the document's place in its source.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StructureStyle};

mod scan;

pub(super) use scan::skip_blanks;

/// Deepest nesting that is read; Kubernetes objects stay far below.
pub(super) const MAX_DEPTH: usize = 200;

/// Index of a node; parents and anchors come before children and aliases.
pub(super) type NodeId = usize;

/// One parsed document.
#[derive(Debug, Default)]
pub(super) struct Syntax<'a> {
    /// All nodes in the order in which they start.
    pub(super) nodes: Vec<SyntaxNode<'a>>,
    /// Whether there is any node: the root is the first.
    pub(super) root: Option<NodeId>,
    /// Where text stands that go-yaml never looks at, because the document has ended before it.
    pub(super) after_end: Option<usize>,
}

/// One node as it was written.
#[derive(Debug)]
pub(super) struct SyntaxNode<'a> {
    /// The node without anchor and tag, from a block scalar's header on, without the last line break.
    pub(super) range: Range<usize>,
    /// Where the content starts: behind the header of a block scalar.
    pub(super) content_start: usize,
    /// `&name` and its place.
    pub(super) anchor: Option<(&'a str, Range<usize>)>,
    /// The resolved tag and its place.
    pub(super) tag: Option<(String, Range<usize>)>,
    /// The `-`, `?` or `:` that introduces the node.
    pub(super) indicator: Option<usize>,
    /// The collection it is in.
    pub(super) parent: Option<NodeId>,
    /// What it is.
    pub(super) content: Content<'a>,
}

/// The kinds of nodes, as written.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// A scalar with its value.
    Scalar { text: Cow<'a, str>, style: Style },
    /// `*name`; no target if the anchor is unknown.
    Alias { name: &'a str, target: Option<NodeId> },
    /// A list.
    Sequence { flow: bool, items: Vec<NodeId> },
    /// Keys with values.
    Mapping { flow: bool, entries: Vec<(NodeId, NodeId)> },
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes.
    Plain,
    /// `'...'`
    Single,
    /// `"..."`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// Why a text is no YAML.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// Byte offset of the problem.
    pub(super) offset: usize,
    /// A plain phrase.
    pub(super) message: String,
    /// What to do, where that is clear.
    pub(super) help: Option<&'static str>,
}

impl SyntaxNode<'_> {
    /// Where the node starts, its anchor and tag included.
    pub(super) fn start(&self) -> usize {
        let anchor = self.anchor.as_ref().map(|(_, range)| range.start);
        let tag = self.tag.as_ref().map(|(_, range)| range.start);
        [anchor, tag].into_iter().flatten().fold(self.range.start, usize::min)
    }

    /// The children in source order: items, or keys and values in turn.
    pub(super) fn children(&self) -> Vec<NodeId> {
        match &self.content {
            Content::Sequence { items, .. } => items.clone(),
            Content::Mapping { entries, .. } => entries.iter().flat_map(|&(key, value)| [key, value]).collect(),
            Content::Scalar { .. } | Content::Alias { .. } => Vec::new(),
        }
    }
}

/// Parses one document.
pub(super) fn parse(text: &str) -> Result<Syntax<'_>, SyntaxError> {
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_comments: false,
        emit_unresolved_aliases: true,
    };
    let mut builder = Builder { text, syntax: Syntax::default(), open: Vec::new(), cursor: 0, anchors: HashMap::new() };
    let mut ended = false;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((Event::DocumentStart(..), span)) if ended => {
                builder.syntax.after_end = Some(offset(span.start));
                break;
            }
            Ok((Event::DocumentEnd, _)) => ended = true,
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) if ended => {
                builder.syntax.after_end = Some(offset(*error.marker()).min(text.len()));
                break;
            }
            Err(error) => {
                let (message, help) = (error.kind().to_string(), help(error.kind()));
                return Err(SyntaxError { offset: offset(*error.marker()), message, help });
            }
        }
    }
    Ok(builder.syntax)
}

/// The way out of the mistakes that people make most.
fn help(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::MappingValueNotAllowed => {
            "quote the value if it holds `: `, else indent the line like its neighbours"
        }
        ErrorKind::UnexpectedCharacter { .. } => "quote the value",
        ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
            "indent with spaces"
        }
        ErrorKind::UnclosedQuotedScalar => "close the quotes",
        ErrorKind::UnclosedFlowCollection { .. } => "close the bracket",
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => "indent the line like its neighbours",
        ErrorKind::UnknownQuotedScalarEscape => "write `\\\\` for a backslash, or use single quotes",
        _ => return None,
    })
}

fn offset(marker: granit_parser::Marker) -> usize {
    marker.byte_offset().unwrap_or_default()
}

/// Turns events into nodes. granit reports no indicators; a cursor behind the last token finds them.
struct Builder<'a> {
    text: &'a str,
    syntax: Syntax<'a>,
    /// The collections that are still open, with the key that waits for its value.
    open: Vec<(NodeId, Option<NodeId>)>,
    cursor: usize,
    anchors: HashMap<usize, NodeId>,
}

impl<'a> Builder<'a> {
    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(text, style, anchor, span),
            Event::Alias(id) => {
                let target = self.anchors.get(&id).copied();
                self.alias(target, span);
            }
            Event::UnresolvedAlias(_) => self.alias(None, span),
            Event::SequenceStart(style, anchor, _) => {
                let flow = style == StructureStyle::Flow;
                self.start(Content::Sequence { flow, items: Vec::new() }, flow, anchor, span)?;
            }
            Event::MappingStart(style, anchor, _) => {
                let flow = style == StructureStyle::Flow;
                self.start(Content::Mapping { flow, entries: Vec::new() }, flow, anchor, span)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Anchor(_, _) => self.anchor(span),
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, anchor: usize, span: Span) {
        let indicator = self.indicator();
        let tag = self.tag(span);
        let start = offset(span.start);
        let style = match style {
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Plain,
        };
        let mut range = start..offset(span.end);
        let mut text = text;
        let mut content_start = start;
        if matches!(style, Style::Literal | Style::Folded) {
            range.start = scan::block_header(self.text, self.cursor).unwrap_or(start);
            range.end = scan::block_end(self.text, range.clone());
            content_start =
                scan::next_line(self.text, range.start).clamp(range.start, range.end).max(start.min(range.end));
        } else if style == Style::Plain && range.is_empty() {
            range = self.cursor..self.cursor;
            content_start = self.cursor;
            text = Cow::Borrowed("");
        }
        self.cursor = range.end.max(self.cursor);
        self.push(Content::Scalar { text, style }, range, content_start, tag, indicator, anchor);
    }

    fn alias(&mut self, target: Option<NodeId>, span: Span) {
        let indicator = self.indicator();
        let range = offset(span.start)..offset(span.end);
        let name = self.text.get(range.start + 1..range.end).unwrap_or_default();
        self.cursor = range.end;
        self.push(Content::Alias { name, target }, range.clone(), range.start, None, indicator, 0);
    }

    fn start(&mut self, content: Content<'a>, flow: bool, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        let start = offset(span.start);
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(SyntaxError { offset: start, message, help: None });
        }
        let indicator = self.indicator();
        let tag = self.tag(span);
        let bracket = flow && self.text[start..].starts_with(['[', '{']);
        if bracket {
            self.cursor = start + 1;
        }
        let id = self.push(content, start..start, start, tag, indicator, anchor);
        self.open.push((id, None));
        Ok(())
    }

    /// Closes a collection. Block collections and bare pairs reach from their first child to their last.
    fn end(&mut self, span: Span) {
        let Some((id, _)) = self.open.pop() else { return };
        let closing = offset(span.start)..offset(span.end);
        let children = self.syntax.nodes[id].children();
        if !closing.is_empty() {
            self.cursor = closing.end;
            self.syntax.nodes[id].range.end = closing.end;
            return;
        }
        let Some((&first, &last)) = children.first().zip(children.last()) else { return };
        let first = &self.syntax.nodes[first];
        let start = first.indicator.map_or(first.start(), |indicator| indicator.min(first.start()));
        let end = self.syntax.nodes[last].range.end.max(self.syntax.nodes[last].indicator.map_or(0, |at| at + 1));
        let node = &mut self.syntax.nodes[id];
        node.range = start..end.max(start);
        node.content_start = start;
    }

    /// `&name` comes after the event of its node and before the node's children.
    fn anchor(&mut self, span: Span) {
        let range = offset(span.start)..offset(span.end);
        self.cursor = self.cursor.max(range.end);
        if let Some(node) = self.syntax.nodes.last_mut() {
            if node.range.is_empty() && matches!(node.content, Content::Scalar { .. }) {
                node.range = range.end.max(node.range.start)..range.end.max(node.range.start);
                node.content_start = node.range.start;
            }
            node.anchor = Some((self.text.get(range.start + 1..range.end).unwrap_or_default(), range));
        }
    }

    fn tag(&mut self, span: Span) -> Option<Range<usize>> {
        let tag = span.tag_span()?;
        let range = offset(tag.start)..offset(tag.end);
        self.cursor = self.cursor.max(range.end);
        Some(range)
    }

    /// Finds the `-`, `?` or `:` before the node that starts now.
    fn indicator(&mut self) -> Option<usize> {
        let &(parent, key) = self.open.last()?;
        let expected = match (&self.syntax.nodes[parent].content, key) {
            (Content::Sequence { flow: true, .. }, _) => return None,
            (Content::Mapping { .. }, None) => '?',
            (Content::Mapping { .. }, Some(_)) => ':',
            _ => '-',
        };
        let at = scan::skip(self.text, self.cursor);
        let found = self.text[at..].strip_prefix(expected)?;
        if expected == '?' && !found.starts_with([' ', '\t', '\r', '\n']) && !found.is_empty() {
            return None;
        }
        self.cursor = at + 1;
        Some(at)
    }

    fn push(
        &mut self,
        content: Content<'a>,
        range: Range<usize>,
        content_start: usize,
        tag: Option<Range<usize>>,
        indicator: Option<usize>,
        anchor: usize,
    ) -> NodeId {
        let id = self.syntax.nodes.len();
        let parent = self.attach(id);
        let tag = tag.map(|range| (scan::tag(self.text, range.clone()), range));
        self.syntax.nodes.push(SyntaxNode { range, content_start, anchor: None, tag, indicator, parent, content });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        id
    }

    /// Enters a new node into its collection.
    fn attach(&mut self, id: NodeId) -> Option<NodeId> {
        let Some((parent, key)) = self.open.last_mut() else {
            self.syntax.root.get_or_insert(id);
            return None;
        };
        match &mut self.syntax.nodes[*parent].content {
            Content::Sequence { items, .. } => items.push(id),
            Content::Mapping { entries, .. } => match key.take() {
                Some(key) => entries.push((key, id)),
                None => *key = Some(id),
            },
            Content::Scalar { .. } | Content::Alias { .. } => {}
        }
        Some(*parent)
    }
}
