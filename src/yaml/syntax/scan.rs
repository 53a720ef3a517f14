//! Finds what the parser does not report: indicators, headers and ends of block scalars, tags.

use std::ops::Range;

/// The next byte that is neither blank, line break, comma nor comment.
pub(super) fn skip(text: &str, from: usize) -> usize {
    let mut at = skip_blanks(text, from);
    while text[at..].starts_with(',') {
        at = skip_blanks(text, at + 1);
    }
    at
}

/// The next byte that is neither blank, line break nor comment.
pub(in crate::yaml) fn skip_blanks(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from.min(bytes.len());
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            b'#' => at += text[at..].find('\n').unwrap_or(text.len() - at),
            _ => break,
        }
    }
    at
}

/// The `|` or `>` of a block scalar that follows `from`, behind anchor and tag.
pub(super) fn block_header(text: &str, from: usize) -> Option<usize> {
    let mut at = skip(text, from);
    while text[at..].starts_with(['&', '!']) {
        at += text[at..].find(char::is_whitespace)?;
        at = skip(text, at);
    }
    text[at..].starts_with(['|', '>']).then_some(at)
}

/// The start of the line after the one that holds `at`, or the end of the text.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Where a block scalar ends: before the break of its last line, blank lines only with `+`.
///
/// `range` runs from the header to the next token, which may stand behind the next line's indentation.
pub(super) fn block_end(text: &str, range: Range<usize>) -> usize {
    let body = next_line(text, range.start);
    let header = text[range.start..body].split('#').next().unwrap_or_default();
    let keep = header.contains('+');
    let trimmed_header = range.start + text[range.start..body].trim_end_matches(['\n', '\r']).len();
    let stop = range.end.max(body);
    let mut lines = Vec::new();
    let mut at = body;
    while at < stop {
        let end = next_line(text, at).min(stop);
        lines.push(at..end);
        at = end;
    }
    let blank = |line: &Range<usize>| text[line.clone()].trim_matches([' ', '\r', '\n']).is_empty();
    let unfinished = |line: &Range<usize>| !text[line.clone()].ends_with('\n');
    let indent = lines.iter().find(|line| !blank(line)).map_or(0, |line| {
        let line = &text[line.clone()];
        line.len() - line.trim_start_matches(' ').len()
    });
    if lines.last().is_some_and(|line| blank(line) && unfinished(line)) {
        lines.pop();
    }
    let width = |line: &Range<usize>| text[line.clone()].trim_end_matches(['\r', '\n']).len();
    while !keep && lines.last().is_some_and(|line| blank(line) && (indent == 0 || width(line) <= indent)) {
        lines.pop();
    }
    lines.last().map_or(trimmed_header, |line| line.start + width(line))
}

/// A tag in its short form: `!!str` for what YAML defines, else as it was written.
pub(super) fn tag(text: &str, range: Range<usize>) -> String {
    let raw = text.get(range).unwrap_or_default();
    let verbatim = raw.strip_prefix("!<").and_then(|raw| raw.strip_suffix('>')).unwrap_or(raw);
    match verbatim.strip_prefix("tag:yaml.org,2002:") {
        Some(name) => format!("!!{name}"),
        None => verbatim.to_owned(),
    }
}
