//! Puts one value in the place of another, and one key in the place of another.

use std::ops::Range;

use super::lines;
use super::splice::Splicer;
use crate::yaml::syntax::{Content, NodeId, Style, SyntaxNode};
use crate::yaml::tree::{Node, Scalar, ScalarKind, Value};
use crate::yaml::write::{self, After, Layout};
use crate::yaml::{json, scalar};

impl Splicer<'_, '_> {
    /// Replaces a value; `anchor` is the name that it defines from now on.
    pub(super) fn replace(&mut self, id: NodeId, new: &Node, anchor: Option<&str>) -> Option<()> {
        let old = self.node(id);
        let Some(parent) = old.parent else { return self.replace_root(id, new) };
        let mapping = match &self.node(parent).content {
            Content::Mapping { entries, .. } => Some(entries),
            _ => None,
        };
        let anchor = anchor.map(|name| format!("&{name} ")).unwrap_or_default();
        if mapping.is_some_and(|entries| entries.iter().any(|&(key, _)| key == id)) {
            let key = new.as_scalar()?.text.clone();
            let text = format!(
                "{anchor}{}",
                if self.in_flow(id) { write::flow_key(&key, self.json) } else { write::key(&key) }
            );
            self.splice(old.start()..old.range.end, &text);
            return Some(());
        }
        if self.in_flow(id) {
            let range = old.start()..old.range.end;
            let text = format!("{anchor}{}", self.kept_style(old, new).unwrap_or_else(|| write::flow(new, self.json)));
            let glue = match old.indicator {
                None if mapping.is_some() => ": ",
                Some(colon) if mapping.is_some() && range.start == colon + 1 => " ",
                _ => "",
            };
            self.splice(range, &format!("{glue}{text}"));
            return Some(());
        }
        let column = self.column_of(parent, id)?;
        let after = if mapping.is_some() { After::Colon } else { After::Dash };
        self.replace_block(id, new, anchor.trim_end(), column, after)
    }

    /// The column of the key or dash that a value in block style belongs to.
    fn column_of(&self, parent: NodeId, id: NodeId) -> Option<usize> {
        let at = match &self.node(parent).content {
            Content::Mapping { entries, .. } => {
                let &(key, _) = entries.iter().find(|&&(_, value)| value == id)?;
                let key = self.node(key);
                key.indicator.unwrap_or_else(|| key.start())
            }
            _ => self.node(id).indicator?,
        };
        Some(lines::column(self.text, at))
    }

    fn replace_block(&mut self, id: NodeId, new: &Node, anchor: &str, column: usize, after: After) -> Option<()> {
        let old = self.node(id);
        let mut written = self.block_text(old, new, column, after);
        if !anchor.is_empty() && after == After::Dash && new.as_scalar().is_none() {
            written.clear();
            Layout { step: 2, dash: 2 }.value(&mut written, new, column, After::Colon);
        }
        let (head, body) = written.split_once('\n')?;
        let head = if anchor.is_empty() { head.to_owned() } else { format!(" {anchor}{head}") };
        let place = self.place_of(old, column)?;
        let start = if body.is_empty() && place.body.is_empty() && !old.range.is_empty() && !head.is_empty() {
            old.start()
        } else {
            place.head.start
        };
        let trimmed = if start == place.head.start { head.as_str() } else { head.trim_start() };
        self.splice(start..place.head.end, trimmed);
        let line_end = lines::end(self.text, place.head.end);
        let next = lines::next(self.text, place.head.end);
        if next == self.text.len() && !self.text.ends_with('\n') {
            let body = body.strip_suffix('\n').map(|body| format!("\n{body}")).unwrap_or_default();
            self.splice(line_end..line_end, &body);
        } else {
            let range = if place.body.is_empty() { next..next } else { place.body };
            self.splice(range, body);
        }
        Some(())
    }

    /// What follows the colon or dash, with the style of the old value where the new one can take it.
    fn block_text(&self, old: &SyntaxNode<'_>, new: &Node, column: usize, after: After) -> String {
        let mut out = String::new();
        match (&old.content, &new.value) {
            (Content::Scalar { style: Style::Literal, .. }, Value::Scalar(scalar))
                if scalar.kind == ScalarKind::String && write::literal_fits(&scalar.text) =>
            {
                let first = self.text[old.range.clone()].lines().skip(1).find(|line| !lines::is_blank(line));
                let indent = first.map(|line| line.len() - line.trim_start_matches(' ').len());
                let step = if after == After::Dash { 2 } else { self.layout.step };
                let indent = indent.filter(|&indent| indent > column && indent < column + 10).unwrap_or(column + step);
                out.push(' ');
                write::literal(&mut out, &scalar.text, indent, indent - column);
            }
            _ => match self.kept_style(old, new) {
                Some(text) => out.extend([" ", &text, "\n"]),
                None => self.layout.value(&mut out, new, column, after),
            },
        }
        out
    }

    /// A scalar in the quotes, or the absence of quotes, of the old one.
    fn kept_style(&self, old: &SyntaxNode<'_>, new: &Node) -> Option<String> {
        let Content::Scalar { style, .. } = old.content else { return None };
        let Scalar { text, .. } = new.as_scalar().filter(|scalar| scalar.kind == ScalarKind::String)?;
        match style {
            Style::Double if self.json => Some(json::string(text)),
            Style::Double => Some(write::double_quoted(text)),
            Style::Single if write::single_quoted_fits(text) => Some(write::single_quoted(text)),
            _ => None,
        }
    }

    /// Where an old value in block style stands: on the line of its indicator, and on lines below.
    fn place_of(&self, old: &SyntaxNode<'_>, column: usize) -> Option<Place> {
        let after = old.indicator? + 1;
        let text = self.text;
        let behind = || lines::behind(text, old.range.end, column);
        let nothing = 0..0;
        let block = |head_end: usize| Place { head: after..head_end, body: lines::next(text, head_end)..behind() };
        Some(match &old.content {
            Content::Scalar { style: Style::Literal | Style::Folded, .. } => {
                let header = text[old.range.start..].find(char::is_whitespace).unwrap_or(text.len() - old.range.start);
                let head_end = old.range.start + header;
                let body =
                    lines::next(text, head_end)..lines::next(text, old.range.end).max(lines::next(text, head_end));
                Place { head: after..head_end, body }
            }
            Content::Sequence { flow: false, .. } | Content::Mapping { flow: false, .. } => {
                if lines::start(text, old.range.start) == lines::start(text, after - 1) {
                    let first = lines::end(text, old.range.start);
                    let body = lines::next(text, first)..behind();
                    return Some(Place { head: after..first, body });
                }
                let anchor = old.anchor.as_ref().map_or(after, |(_, range)| range.end);
                let tag = old.tag.as_ref().map_or(after, |(_, range)| range.end);
                block(anchor.max(tag).max(after))
            }
            _ => Place { head: after..old.range.end.max(after), body: nothing },
        })
    }

    /// Replaces the whole document but for the lines before and after it.
    fn replace_root(&mut self, id: NodeId, new: &Node) -> Option<()> {
        if self.json {
            let range = self.node(id).range.clone();
            self.splice(range, &write::flow(new, true));
            return Some(());
        }
        let start = lines::start(self.text, self.node(id).start());
        let end = lines::next(self.text, self.node(id).range.end);
        self.splice(start..end, &write::write(new));
        Some(())
    }

    /// Gives a key another text in the same quotes.
    pub(super) fn rename(&mut self, id: NodeId, key: &str) -> Option<()> {
        let old = self.node(id);
        let flow = self.in_flow(id);
        let style = match old.content {
            Content::Scalar { style, .. } => style,
            _ => Style::Plain,
        };
        let text = match style {
            Style::Double if !self.json => write::double_quoted(key),
            Style::Single if write::single_quoted_fits(key) => write::single_quoted(key),
            Style::Literal | Style::Folded => return None,
            Style::Plain if !flow && scalar::reads_as_string(key, false) => key.to_owned(),
            _ if flow => write::flow_key(key, self.json),
            _ => write::key(key),
        };
        self.splice(old.start()..old.range.end, &text);
        Some(())
    }
}

/// The two parts of a value in block style.
struct Place {
    /// From behind the indicator to the end of what stands on its line; without a comment there.
    head: Range<usize>,
    /// The lines below; empty if there are none.
    body: Range<usize>,
}
