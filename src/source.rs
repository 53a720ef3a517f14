//! The texts that were read, and places in them.
//!
//! Everything later in the flow points back here: a [`Span`] is a byte range of one [`Source`], right
//! with non-ASCII text, CRLF and a byte order mark, because it never counts anything but bytes.

use std::ops::Range;
use std::sync::OnceLock;

/// Which text a [`Span`] belongs to: an index into [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A byte range in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text the range is in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `source`. Sources are limited to 4 GiB when they are read.
    pub fn new(source: SourceId, range: Range<usize>) -> Self {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { source, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The bytes as a range to index the source's text with.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// An empty span at the start of this one.
    pub fn at_start(self) -> Self {
        Self { end: self.start, ..self }
    }
}

/// One text: a file, standard input, or a command line argument.
#[derive(Debug)]
pub struct Source {
    /// How users know it: a path as they gave it, `-`, or `--group`.
    pub name: String,
    /// Its whole text.
    pub text: String,
    /// The byte each line starts at; found when first asked for.
    line_starts: OnceLock<Vec<u32>>,
}

/// A place as editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1. A byte order mark does not count.
    pub column: usize,
}

impl Source {
    /// The byte each line starts at; never empty.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let feeds = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            let starts = feeds.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
            std::iter::once(0).chain(starts).collect()
        })
    }

    /// The index, from 0, of the line that byte `at` is in.
    pub fn line_index(&self, at: usize) -> usize {
        self.line_starts().partition_point(|&start| start as usize <= at).saturating_sub(1)
    }

    /// The bytes of the lines `first..=last` (from 0, as far as there are such lines) with their line ends.
    pub fn lines(&self, first: usize, last: usize) -> Range<usize> {
        let start = |line: usize| self.line_starts().get(line).map_or(self.text.len(), |&start| start as usize);
        start(first)..start(last.saturating_add(1)).max(start(first))
    }

    /// Line and column of byte `at`; the end of the text if `at` lies behind it.
    pub fn position(&self, at: usize) -> Position {
        let at = char_start(&self.text, at);
        let line = self.line_index(at);
        let before = self.text.get(self.lines(line, line).start..at).unwrap_or_default();
        Position { line: line + 1, column: before.chars().filter(|&c| c != '\u{feff}').count() + 1 }
    }
}

/// The start of the character that byte `at` is in; the end of the text if `at` lies behind it.
pub(crate) fn char_start(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default()
}

/// All texts of one invocation.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Source { name: name.into(), text: text.into(), line_starts: OnceLock::new() });
        id
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// The text a span covers; empty if the span lies outside its source.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).text.get(span.range()).unwrap_or_default()
    }

    /// All sources in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0u32..).map(SourceId).zip(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str, at: usize) -> (usize, usize) {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        let Position { line, column } = sources.get(id).position(at);
        (line, column)
    }

    #[test]
    fn positions_count_characters_and_lines_end_at_line_feeds() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("\u{feff}a: 1", 3), (1, 1));
        assert_eq!(position("é: 1\r\nb: 2", 3), (1, 3));
        assert_eq!(position("é: 1\r\nb: 2", 7), (2, 1));
        assert_eq!(position("a\nb\n", 4), (3, 1));
        assert_eq!(position("a\nb", 99), (2, 2));
    }

    #[test]
    fn a_place_inside_a_character_is_the_character() {
        assert_eq!(position("aé", 2), (1, 2));
    }

    #[test]
    fn lines_come_with_their_ends_and_stop_at_the_last_one() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "a\r\nb\nc");
        let source = sources.get(id);
        assert_eq!(source.lines(0, 0), 0..3);
        assert_eq!(source.lines(1, 9), 3..6);
        assert_eq!(source.lines(7, 9), 6..6);
    }
}
