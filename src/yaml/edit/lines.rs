//! Lines and columns of a text, for block style.

use std::ops::Range;

/// The first byte of the line that holds `at`.
pub(super) fn start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The end of the line that holds `at`, before its line break.
pub(super) fn end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    if end > at && text[..end].ends_with('\r') { end - 1 } else { end }
}

/// The first byte of the next line, or the end of the text.
pub(super) fn next(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// How far `at` stands from the start of its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    at - start(text, at)
}

/// Whether only blanks stand before `at` on its line.
pub(super) fn is_first(text: &str, at: usize) -> bool {
    is_blank(&text[start(text, at)..at])
}

/// Whether there is nothing but blanks and line breaks.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim_matches([' ', '\t', '\r', '\n']).is_empty()
}

/// The indentation of a line that holds only a comment.
pub(super) fn comment_indent(line: &str) -> Option<usize> {
    let content = line.trim_start_matches([' ', '\t']);
    content.starts_with('#').then_some(line.len() - content.len())
}

/// Where the comment lines start that stand directly above the line of `at` with its indentation.
pub(super) fn comments_above(text: &str, at: usize, limit: usize) -> usize {
    let column = column(text, at);
    let mut top = start(text, at);
    while top > limit {
        let above = start(text, top - 1);
        if above < limit || comment_indent(&text[above..top]) != Some(column) {
            break;
        }
        top = above;
    }
    top
}

/// The start of the line behind a child at `column` whose content ends at `at`: comments that are indented
/// deeper than the child belong to it.
pub(super) fn behind(text: &str, at: usize, column: usize) -> usize {
    let mut behind = next(text, at);
    let mut look = behind;
    while look < text.len() {
        let following = next(text, look);
        match comment_indent(&text[look..following]) {
            Some(indent) if indent > column => behind = following,
            None if is_blank(&text[look..following]) => {}
            _ => break,
        }
        look = following;
    }
    behind
}

/// The blank lines that start at `at`, which is the start of a line.
pub(super) fn blanks_from(text: &str, at: usize) -> Range<usize> {
    let mut end = at;
    while end < text.len() {
        let following = next(text, end);
        if !is_blank(&text[end..following]) {
            break;
        }
        end = following;
    }
    at..end
}

/// The blank lines that end at `at`, which is the start of a line; not above `limit`.
pub(super) fn blanks_to(text: &str, at: usize, limit: usize) -> Range<usize> {
    let mut top = at;
    while top > limit {
        let above = start(text, top - 1);
        if above < limit || !is_blank(&text[above..top]) {
            break;
        }
        top = above;
    }
    top..at
}
