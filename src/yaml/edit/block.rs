//! Children of block collections come and go, line by line.

use std::ops::Range;

use super::lines;
use super::plan::Children;
use super::splice::Splicer;
use crate::yaml::syntax::{Content, NodeId};
use crate::yaml::tree::Node;

/// A child as it stands in the text.
struct Child {
    /// From its key or dash to the end of its content.
    content: Range<usize>,
    /// The start of its first line, comments above included; its own start if it shares its line with a dash.
    top: usize,
    /// The start of the line behind it.
    behind: usize,
}

impl Splicer<'_, '_> {
    /// Removes and inserts children of a block collection of which at least one child stays.
    pub(super) fn block_children(&mut self, changes: &Children) -> Option<()> {
        let (children, column) = self.block_layout(changes.id)?;
        let first_kept = (0..children.len()).find(|at| !changes.removed.contains(at))?;
        let compact = !lines::is_first(self.text, children[0].content.start);
        if compact {
            self.block_start(changes, &children, first_kept, column);
        }
        let done = if compact { first_kept } else { 0 };
        for at in done..=children.len() {
            if !compact || at > first_kept {
                self.block_insert(changes, &children, at, column);
            }
            if changes.removed.contains(&at) && (!compact || at > first_kept) {
                self.block_remove(changes, &children, at);
            }
        }
        Some(())
    }

    /// The places of all children and their column.
    fn block_layout(&self, id: NodeId) -> Option<(Vec<Child>, usize)> {
        let units: Vec<(usize, usize)> = match &self.node(id).content {
            Content::Sequence { items, .. } => {
                let unit = |&item: &NodeId| {
                    let node = self.node(item);
                    Some((node.indicator?, node.range.end.max(node.indicator? + 1)))
                };
                items.iter().map(unit).collect::<Option<_>>()?
            }
            Content::Mapping { entries, .. } => {
                let unit = |&(key, value): &(NodeId, NodeId)| {
                    let (key, value) = (self.node(key), self.node(value));
                    let end = value.indicator.map_or(key.range.end, |colon| colon + 1);
                    (key.indicator.unwrap_or_else(|| key.start()), end.max(value.range.end))
                };
                entries.iter().map(unit).collect()
            }
            _ => return None,
        };
        let column = lines::column(self.text, units.first()?.0);
        let mut children: Vec<Child> = Vec::with_capacity(units.len());
        for (start, end) in units {
            let limit = children.last().map_or(0, |child| child.behind);
            let first = lines::is_first(self.text, start);
            let top = if first { lines::comments_above(self.text, start, limit) } else { start };
            children.push(Child { content: start..end, top, behind: lines::behind(self.text, end, column) });
        }
        Some((children, column))
    }

    /// The start of a collection that begins behind a dash: the first child that stays moves up to it.
    fn block_start(&mut self, changes: &Children, children: &[Child], first_kept: usize, column: usize) {
        let start = children[0].content.start;
        let kept = &children[first_kept];
        let end = if first_kept == 0 {
            start
        } else {
            kept.top + self.text[kept.top..].len() - self.text[kept.top..].trim_start_matches(' ').len()
        };
        let mut new = String::new();
        for (_, key, node) in changes.inserted.iter().filter(|(at, ..)| *at <= first_kept) {
            self.block_child(&mut new, key.as_deref(), node, column);
        }
        let lines_of_new = new.get(column..).unwrap_or_default();
        let indent = if new.is_empty() { String::new() } else { " ".repeat(column) };
        self.splice(start..end, &format!("{lines_of_new}{indent}"));
    }

    fn block_insert(&mut self, changes: &Children, children: &[Child], at: usize, column: usize) {
        let mut new = String::new();
        let here = changes.inserted.iter().filter(|(index, ..)| *index == at);
        let spaced = |after: usize| {
            let pair = children.get(after).zip(children.get(after + 1));
            pair.is_some_and(|(child, next)| {
                lines::blanks_from(self.text, child.behind).end >= next.top && child.behind < next.top
            })
        };
        let last = at == children.len();
        let blank =
            if last { at >= 2 && spaced(at - 2) } else { at >= 1 && spaced(at - 1) && !changes.removed.contains(&at) };
        for (_, key, node) in here {
            if blank && last {
                new.push('\n');
            }
            self.block_child(&mut new, key.as_deref(), node, column);
            if blank && !last {
                new.push('\n');
            }
        }
        if new.is_empty() {
            return;
        }
        let place = children.get(at).map_or_else(|| children[at - 1].behind, |child| child.top);
        if last && place == self.text.len() && !self.text.ends_with('\n') {
            new = format!("\n{}", new.trim_end_matches('\n'));
        }
        self.splice(place..place, &new);
    }

    fn block_child(&self, out: &mut String, key: Option<&str>, node: &Node, column: usize) {
        out.extend(std::iter::repeat_n(' ', column));
        match key {
            Some(key) => self.layout.entry(out, key, node, column),
            None => self.layout.item(out, node, column),
        }
    }

    /// Removes the lines of a child, and one of the two groups of blank lines around it.
    fn block_remove(&mut self, changes: &Children, children: &[Child], at: usize) {
        let child = &children[at];
        let mut range = child.top..child.behind;
        let limit = at.checked_sub(1).map_or(0, |before| children[before].behind);
        let before = lines::blanks_to(self.text, range.start, limit);
        let after = lines::blanks_from(self.text, range.end);
        let replaced =
            |places: std::ops::RangeInclusive<usize>| changes.inserted.iter().any(|(index, ..)| places.contains(index));
        let is_tail = (at..children.len()).all(|later| changes.removed.contains(&later));
        let starts_tail = at == 0 || !changes.removed.contains(&(at - 1));
        if is_tail {
            if !(starts_tail && replaced(at..=children.len())) {
                range.start = before.start;
            }
        } else if !replaced(at..=at) && !after.is_empty() && (at == 0 || !before.is_empty()) {
            range.end = after.end;
        }
        self.splice(range, "");
    }
}
