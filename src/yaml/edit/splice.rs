//! Operations -> splices of the text.

use std::ops::Range;

use super::anchor;
use super::apply::{Ahead, path_of};
use super::plan::{self, Operation};
use super::{Edit, lines};
use crate::yaml::compose::Place;
use crate::yaml::stream::Document;
use crate::yaml::syntax::{self, Content, NodeId, Syntax, SyntaxNode};
use crate::yaml::tree::Node;
use crate::yaml::write::Layout;

/// The text of a document with edits spliced in; `None` where that cannot be done.
pub(super) fn rewrite(text: &str, document: &Document, root: &Node, edits: &[Edit]) -> Option<String> {
    let syntax = syntax::parse(text).ok()?;
    let ahead: Vec<Ahead<'_>> = edits.iter().map(|edit| (path_of(edit), edit)).collect();
    let mut plan = plan::plan(&syntax, root, &ahead)?;
    let place = Place { source: document.span.source, start: document.span.range().start };
    let mut splicer = Splicer {
        text,
        syntax: &syntax,
        layout: layout(text, &syntax),
        json: document.json,
        line_break: if text.contains("\r\n") { "\r\n" } else { "\n" },
        splices: Vec::new(),
    };
    let dropped = anchor::keep(&syntax, place, &mut plan.operations)?;
    for anchored in dropped {
        splicer.drop_anchor(anchored);
    }
    for operation in &plan.operations {
        match operation {
            Operation::Replace { id, node, anchor } => splicer.replace(*id, node, anchor.as_deref())?,
            Operation::Rename { id, key } => splicer.rename(*id, key)?,
            Operation::Children(children) if splicer.is_flow(children.id) => splicer.flow_children(children)?,
            Operation::Children(children) => splicer.block_children(children)?,
        }
    }
    splicer.finish()
}

/// Collects splices of one text.
pub(super) struct Splicer<'s, 'a> {
    /// The text of the document.
    pub(super) text: &'a str,
    /// What it was parsed into.
    pub(super) syntax: &'s Syntax<'a>,
    /// How new lines are indented.
    pub(super) layout: Layout,
    /// Whether everything new has to be JSON.
    pub(super) json: bool,
    line_break: &'static str,
    splices: Vec<(Range<usize>, String)>,
}

impl<'a> Splicer<'_, 'a> {
    /// Replaces a range; line feeds become the line breaks of the file.
    pub(super) fn splice(&mut self, range: Range<usize>, text: &str) {
        if !range.is_empty() || !text.is_empty() {
            self.splices.push((range, text.replace('\n', self.line_break)));
        }
    }

    /// The written node.
    pub(super) fn node(&self, id: NodeId) -> &SyntaxNode<'a> {
        &self.syntax.nodes[id]
    }

    /// Whether a node is a collection in brackets, or inside of one.
    pub(super) fn is_flow(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let flow = matches!(node.content, Content::Sequence { flow: true, .. } | Content::Mapping { flow: true, .. });
        flow || self.in_flow(id)
    }

    /// Whether a node stands between brackets.
    pub(super) fn in_flow(&self, id: NodeId) -> bool {
        self.json || self.node(id).parent.is_some_and(|parent| self.is_flow(parent))
    }

    /// Takes `&name` away from a node that stays.
    fn drop_anchor(&mut self, id: NodeId) {
        let Some((_, range)) = self.node(id).anchor.clone() else { return };
        let behind = range.end + self.text[range.end..].len() - self.text[range.end..].trim_start_matches(' ').len();
        if behind < lines::end(self.text, range.end) {
            return self.splice(range.start..behind, "");
        }
        let before = self.text[..range.start].trim_end_matches(' ').len();
        self.splice(before..range.end, "");
    }

    /// Performs the splices; `None` if two of them overlap and are more than removals.
    fn finish(mut self) -> Option<String> {
        self.splices.sort_by_key(|(range, _)| (range.start, !range.is_empty()));
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (range, new) in &self.splices {
            let start = if new.is_empty() { range.start.max(at) } else { range.start };
            out.push_str(self.text.get(at..start)?);
            out.push_str(new);
            at = range.end.max(at);
        }
        out.push_str(self.text.get(at..)?);
        Some(out)
    }
}

/// How the text indents: by the majority of its lists below keys, and its first mapping below a key.
fn layout(text: &str, syntax: &Syntax<'_>) -> Layout {
    let mut layout = Layout::default();
    let mut indented = 0_isize;
    let mut step = None;
    let column_of = |id: NodeId| lines::column(text, syntax.nodes[id].range.start);
    for node in &syntax.nodes {
        let Content::Mapping { flow: false, entries } = &node.content else { continue };
        for &(key, value) in entries {
            let right = column_of(value).checked_sub(lines::column(text, syntax.nodes[key].start()));
            match (&syntax.nodes[value].content, right) {
                (Content::Sequence { flow: false, .. }, Some(right)) => {
                    indented += if right > 0 { 1 } else { -1 };
                    layout.dash = layout.dash.max(right);
                }
                (Content::Mapping { flow: false, .. }, Some(right @ 1..=8)) => step = step.or(Some(right)),
                _ => {}
            }
        }
    }
    let dash = if indented > 0 { layout.dash.min(8) } else { 0 };
    Layout { step: step.unwrap_or(layout.step), dash }
}
