//! Children of collections in brackets come and go, with their commas.

use std::ops::Range;

use super::lines;
use super::plan::Children;
use super::splice::Splicer;
use crate::yaml::syntax::{self, Content, NodeId};
use crate::yaml::tree::Node;
use crate::yaml::write;

/// A child between brackets.
struct Child {
    /// From its key or its own start to its end.
    content: Range<usize>,
    /// The comma behind it.
    comma: Option<usize>,
}

impl Splicer<'_, '_> {
    /// Removes and inserts children of a flow collection of which at least one child stays.
    pub(super) fn flow_children(&mut self, changes: &Children) -> Option<()> {
        let children = self.flow_layout(changes.id)?;
        let last_kept = (0..children.len()).rev().find(|at| !changes.removed.contains(at))?;
        for at in 0..children.len() {
            if changes.removed.contains(&at) {
                self.flow_remove(&children, at);
            } else {
                let since =
                    (0..at).rev().find(|before| !changes.removed.contains(before)).map_or(0, |before| before + 1);
                let here = changes.inserted.iter().filter(|(index, ..)| (since..=at).contains(index));
                let before = self.separator(&children[at]);
                let new: String =
                    here.map(|(_, key, node)| format!("{},{before}", self.flow_child(key.as_deref(), node))).collect();
                let start = children[at].content.start;
                self.splice(start..start, &new);
            }
        }
        let tail = changes.inserted.iter().filter(|(index, ..)| *index > last_kept);
        let before = self.separator(&children[last_kept]);
        let tail: Vec<String> =
            tail.map(|(_, key, node)| format!("{before}{}", self.flow_child(key.as_deref(), node))).collect();
        let tail = tail.join(",");
        let kept = &children[last_kept];
        let ends_with_comma = children.last()?.comma.is_some();
        match kept.comma.filter(|_| last_kept + 1 < children.len()) {
            Some(comma) if tail.is_empty() && !ends_with_comma => self.splice(comma..comma + 1, ""),
            Some(comma) => self.splice(
                comma + 1..comma + 1,
                &format!("{tail}{}", if ends_with_comma && !tail.is_empty() { "," } else { "" }),
            ),
            None if !tail.is_empty() => self.splice(kept.content.end..kept.content.end, &format!(",{tail}")),
            None => {}
        }
        Some(())
    }

    /// The places of all children; `None` for a pair without braces.
    fn flow_layout(&self, id: NodeId) -> Option<Vec<Child>> {
        let container = self.node(id);
        if !self.text[container.range.clone()].starts_with(['[', '{']) {
            return None;
        }
        let child = |content: Range<usize>| {
            let comma = syntax::skip_blanks(self.text, content.end);
            let comma = self.text[comma..].starts_with(',').then_some(comma);
            Child { content, comma }
        };
        Some(match &container.content {
            Content::Sequence { items, .. } => {
                items.iter().map(|&item| child(self.node(item).start()..self.node(item).range.end)).collect()
            }
            Content::Mapping { entries, .. } => {
                let unit = |&(key, value): &(NodeId, NodeId)| {
                    let (key, value) = (self.node(key), self.node(value));
                    let end = value.indicator.map_or(key.range.end, |colon| colon + 1);
                    child(key.indicator.unwrap_or_else(|| key.start())..end.max(value.range.end))
                };
                entries.iter().map(unit).collect()
            }
            _ => return None,
        })
    }

    /// What stands between the commas and the children: a blank, or a line break with indentation.
    fn separator(&self, child: &Child) -> String {
        if lines::is_first(self.text, child.content.start) {
            format!("\n{}", " ".repeat(lines::column(self.text, child.content.start)))
        } else {
            " ".to_owned()
        }
    }

    fn flow_child(&self, key: Option<&str>, node: &Node) -> String {
        match key {
            Some(key) => write::flow_entry(key, node, self.json),
            None => write::flow(node, self.json),
        }
    }

    fn flow_remove(&mut self, children: &[Child], at: usize) {
        let child = &children[at];
        let (mut start, mut end) = (child.content.start, child.comma.map_or(child.content.end, |comma| comma + 1));
        let rest = &self.text[end..lines::next(self.text, end)];
        let alone = lines::is_blank(rest) || lines::comment_indent(rest).is_some();
        if alone && lines::is_first(self.text, start) {
            let limit = at.checked_sub(1).map_or(0, |before| lines::next(self.text, children[before].content.end));
            start = lines::comments_above(self.text, start, limit);
            end = lines::next(self.text, end);
        } else if alone || child.comma.is_none() || rest.trim_start_matches(' ').starts_with([']', '}']) {
            start = self.text[..start].trim_end_matches(' ').len();
        } else {
            end += rest.len() - rest.trim_start_matches(' ').len();
        }
        self.splice(start..end, "");
    }
}
