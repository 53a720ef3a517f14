//! Diagnostics as text for people: framed reports of errors and warnings, one line for each note.

use std::fmt::{self, Write as _};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, ThemeCharacters, ThemeStyles};
use textwrap::{WordSeparator, WordSplitter};

use super::frame::{CONTEXT, Frame, printable};
use super::{Diagnostic, Diagnostics, Severity};
use crate::source::{SourceId, Sources, Span};

/// What the place where reports are read can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Whether frames may use line drawing characters; plain ASCII otherwise.
    pub unicode: bool,
    /// Columns to wrap sentences at. Source lines are never wrapped.
    pub width: usize,
}

/// All of `diagnostics`, by source, then place, then weight with errors first.
pub fn render(sources: &Sources, diagnostics: &Diagnostics, style: Style) -> String {
    let handler = handler(style);
    let mut out = String::new();
    for diagnostic in sorted(diagnostics.distinct()) {
        let written = match diagnostic.severity {
            Severity::Note => note(&mut out, sources, diagnostic),
            Severity::Warning | Severity::Error => report(&mut out, sources, diagnostic, &handler),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    out
}

/// `2 errors, 1 warning`; nothing if there is neither. Notes do not count.
pub fn summary(diagnostics: &Diagnostics) -> Option<String> {
    let counted = |severity, word| {
        let count = diagnostics.count(severity);
        (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    };
    let parts: Vec<String> =
        [counted(Severity::Error, "error"), counted(Severity::Warning, "warning")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// By source, then place, then weight with errors first; those without a place come last.
pub(super) fn sorted<'d>(diagnostics: impl Iterator<Item = &'d Diagnostic>) -> Vec<&'d Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.collect();
    sorted.sort_by_key(|diagnostic| rank(diagnostic));
    sorted
}

fn rank(diagnostic: &Diagnostic) -> (bool, Option<(SourceId, u32)>, std::cmp::Reverse<Severity>) {
    let place = diagnostic.labels.first().map(|label| (label.span.source, label.span.start));
    (place.is_none(), place, std::cmp::Reverse(diagnostic.severity))
}

fn note(out: &mut String, sources: &Sources, diagnostic: &Diagnostic) -> fmt::Result {
    write!(out, "note[{}] ", diagnostic.code.id())?;
    if let Some(label) = diagnostic.labels.first() {
        let source = sources.get(label.span.source);
        write!(out, "{}:", one_line(&source.name))?;
        if !source.text.is_empty() {
            write!(out, "{}:", source.position(label.span.range().start).line)?;
        }
        out.push(' ');
    }
    out.push_str(&one_line(&diagnostic.message));
    if let Some(help) = &diagnostic.help {
        write!(out, "; help: {}", one_line(help))?;
    }
    out.push('\n');
    Ok(())
}

fn one_line(text: &str) -> String {
    printable(text).replace(['\n', '\r', '\t'], " ")
}

fn report(
    out: &mut String,
    sources: &Sources,
    diagnostic: &Diagnostic,
    handler: &GraphicalReportHandler,
) -> fmt::Result {
    let spans: Vec<Span> = diagnostic.labels.iter().map(|label| label.span).collect();
    let frame = Frame::new(sources, &spans);
    handler.render_report(out, &Report { diagnostic, message: printable(&diagnostic.message), frame })?;
    out.push('\n');
    Ok(())
}

fn handler(style: Style) -> GraphicalReportHandler {
    let characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width)
        .with_links(false)
        .with_context_lines(CONTEXT)
        // Sentences hold commands and names: they break at blanks, never inside a word.
        .with_break_words(false)
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
}

/// One diagnostic as miette sees it.
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    message: String,
    frame: Frame<'a>,
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'s>(&'s self) -> Option<Box<dyn fmt::Display + 's>> {
        Some(Box::new(format!("{}[{}]", self.diagnostic.severity.as_str(), self.diagnostic.code.id())))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'s>(&'s self) -> Option<Box<dyn fmt::Display + 's>> {
        let help = self.diagnostic.help.as_deref()?;
        Some(Box::new(printable(help)))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.frame)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.diagnostic.labels.iter().enumerate().map(|(index, label)| {
            let text = (!label.text.is_empty()).then(|| printable(&label.text));
            let place = self.frame.place(label.span);
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, place)
            } else {
                LabeledSpan::new_with_span(text, place)
            }
        });
        Some(Box::new(labels))
    }
}

#[cfg(test)]
mod tests;
