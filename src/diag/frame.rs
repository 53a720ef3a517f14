//! The text around the labels of one report, as miette asks for it.
//!
//! miette wants one text per report and finds lines by scanning it from the start, which is slow at the end
//! of a long stream and leaves no room for labels in several files. So the lines around the labels are
//! laid one behind the other in imagined offsets, and each request is answered from those few lines.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::{Source, SourceId, Sources, Span, char_start};

/// How many bytes of a line are shown around a label, and how long a label may be. JSON comes in one line.
const WIDE: usize = 200;

/// How many lines are shown above and below a label.
pub(super) const CONTEXT: usize = 1;

/// The lines that the labels of one report point into, those of the first label first.
pub(super) struct Frame<'a> {
    parts: Vec<Part<'a>>,
}

/// Neighbouring lines of one source. It takes as much room among the imagined offsets as the whole source.
struct Part<'a> {
    id: SourceId,
    source: &'a Source,
    name: String,
    /// The imagined offset of the source's first byte.
    base: usize,
    /// The bytes of the lines that may be asked for.
    near: Range<usize>,
    /// What `near` holds, fit to be shown.
    text: String,
}

impl<'a> Frame<'a> {
    /// A frame for these places.
    pub(super) fn new(sources: &'a Sources, spans: &[Span]) -> Self {
        let mut blocks: Vec<(SourceId, Range<usize>)> = Vec::new();
        for span in spans {
            let near = near(sources.get(span.source), span.range());
            let touches = |other: &Range<usize>| near.start <= other.end && other.start <= near.end;
            match blocks.iter_mut().find(|(id, other)| *id == span.source && touches(other)) {
                Some((_, block)) => *block = near.start.min(block.start)..near.end.max(block.end),
                None => blocks.push((span.source, near)),
            }
        }
        let mut end = 0;
        let part = |(id, near): (SourceId, Range<usize>)| {
            let source = sources.get(id);
            let base = end;
            // One free byte keeps the end of a part apart from the start of the next.
            end += source.text.len() + 1;
            let text = printable(&source.text[near.clone()]);
            Part { id, source, name: printable(&source.name), base, near, text }
        };
        Self { parts: blocks.into_iter().map(part).collect() }
    }

    /// The imagined place of `span`: what there is to see of its first line.
    pub(super) fn place(&self, span: Span) -> SourceSpan {
        let holds = |part: &&Part| {
            let near = near(part.source, span.range());
            part.id == span.source && part.near.start <= near.start && near.end <= part.near.end
        };
        let Some(part) = self.parts.iter().find(holds) else { return (0, 0).into() };
        let shown = visible(part.source, span.range());
        (part.base + shown.start, shown.len()).into()
    }
}

/// The part of `range` that one line can show: never empty unless the text is, never a line break alone.
fn visible(source: &Source, range: Range<usize>) -> Range<usize> {
    let text = source.text.as_str();
    let content_end = text.trim_end().len();
    if range.start >= content_end {
        let last = text[..content_end].char_indices().next_back().map_or(0, |(at, _)| at);
        return last..content_end;
    }
    let start = char_start(text, range.start);
    let line = source.line_index(start);
    let line_start = source.lines(line, line).start;
    let line_end = line_start + text[source.lines(line, line)].trim_end().len();
    let limit = char_start(text, start + WIDE);
    let end = char_start(text, range.end).min(line_end).min(limit).max(start);
    start..end
}

/// The lines of the visible part of `range`, and those above and below it.
fn near(source: &Source, range: Range<usize>) -> Range<usize> {
    let shown = visible(source, range);
    let (first, last) = (source.line_index(shown.start), source.line_index(shown.end));
    source.lines(first.saturating_sub(CONTEXT), last + CONTEXT)
}

/// What is shown for `range`: whole lines, or a part of one line where lines are very long.
fn window(source: &Source, range: &Range<usize>, before: usize, after: usize) -> Option<Range<usize>> {
    let text = source.text.as_str();
    let first = source.line_index(range.start).saturating_sub(before);
    let last = source.line_index(range.end).saturating_add(after);
    let lines = source.lines(first, last);
    if text[lines.clone()].split('\n').all(|line| line.len() <= 2 * WIDE) {
        return Some(lines);
    }
    if range.len() > WIDE {
        return None;
    }
    let line = source.line_index(range.start);
    let line = source.lines(line, line);
    let start = char_start(text, range.start.saturating_sub(WIDE / 4));
    let end = char_start(text, range.end + WIDE / 4);
    Some(start.max(line.start)..end.min(line.end).max(range.end))
}

impl SourceCode for Frame<'_> {
    fn read_span<'s>(
        &'s self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'s> + 's>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let holds = |part: &&Part| part.base <= start && end <= part.base + part.source.text.len();
        // Two labels of different sources cannot share a window, nor can two distant ones of a very long line.
        let part = self.parts.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let range = start - part.base..end - part.base;
        let window = window(part.source, &range, before, after).ok_or(MietteError::OutOfBounds)?;
        let text = window.start.checked_sub(part.near.start).zip(window.end.checked_sub(part.near.start));
        let text = text.and_then(|(start, end)| part.text.get(start..end)).ok_or(MietteError::OutOfBounds)?;
        let contents = MietteSpanContents::new_named(
            part.name.clone(),
            text.as_bytes(),
            (part.base + window.start, window.len()).into(),
            part.source.line_index(window.start),
            part.source.position(range.start).column.saturating_sub(1),
            text.lines().count(),
        );
        Ok(Box::new(contents))
    }
}

/// `text` without characters that steer a terminal; every character keeps its length in bytes, so places stay right.
pub(super) fn printable(text: &str) -> String {
    let harmless = |c: char| match c {
        '\t' | '\n' | '\r' => c,
        '\u{0}'..='\u{1f}' | '\u{7f}' => '?',
        '\u{80}'..='\u{9f}' => '\u{b7}',
        // Marks and overrides of the writing direction, and the line breaks of Unicode.
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => c,
    };
    text.chars().map(harmless).collect()
}
