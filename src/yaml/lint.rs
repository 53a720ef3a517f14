//! What Kubernetes reads otherwise than YAML 1.2, or drops without a word.

use super::compose::Place;
use super::syntax::{Content, Style, Syntax, SyntaxError};
use crate::diag::{Code, Diagnostic};

/// Reports the first character that go-yaml refuses or takes for a line break where others do not.
pub(super) fn characters(text: &str, place: Place, problems: &mut Vec<Diagnostic>) {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| !plain_character(c)) {
        let code = u32::from(c);
        let problem = if matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') {
            Diagnostic::new(Code::LineBreak, format!("Kubernetes reads the character U+{code:04X} as a line break"))
        } else {
            Diagnostic::new(Code::Syntax, format!("Kubernetes refuses the character U+{code:04X}"))
        };
        let help = format!("write `\\u{code:04x}` in a double-quoted string");
        problems.push(problem.at(place.span(at..at + c.len_utf8()), "").help(help));
    }
    let stray = text.match_indices('\r').find(|(at, _)| !text[at + 1..].starts_with('\n'));
    if let Some((at, _)) = stray {
        let problem =
            Diagnostic::new(Code::LineBreak, "a carriage return without a line feed is a line break to some readers");
        problems
            .push(problem.at(place.span(at..at + 1), "").help("write `\\r` in a double-quoted string, or remove it"));
    }
}

/// Whether all readers agree that a character is text, or a line break.
fn plain_character(c: char) -> bool {
    matches!(c, ' '..='~' | '\n' | '\r' | '\t' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{fffd}' | '\u{10000}'..)
}

/// The diagnostic of a text that is no YAML.
pub(super) fn syntax_error(text: &str, place: Place, error: &SyntaxError) -> Diagnostic {
    let mut lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    if lines.peek().is_some() && lines.all(|line| line.starts_with('%')) {
        let problem = Diagnostic::new(Code::Directive, "Kubernetes refuses directives before a document separator");
        return problem.at(place.span(0..text.trim_end().len()), "").help("remove the line");
    }
    let at = error.offset.min(text.len());
    let width = text[at..].chars().next().filter(|&c| c != '\n').map_or(0, char::len_utf8);
    Diagnostic::new(Code::Syntax, format!("this is not YAML: {}", error.message)).at(place.span(at..at + width), "")
}

/// Reports syntax that granit reads and go-yaml refuses or drops.
pub(super) fn syntax(text: &str, place: Place, syntax: &Syntax<'_>, problems: &mut Vec<Diagnostic>) {
    if let Some(at) = syntax.after_end {
        let end = at + text[at..].lines().next().map_or(0, str::len);
        let problem = Diagnostic::new(Code::AfterEnd, "Kubernetes drops all text after the end of the document");
        problems.push(problem.at(place.span(at..end), "never read").help("write `---` on a line of its own before it"));
    }
    for node in &syntax.nodes {
        let Content::Scalar { style: Style::Double, .. } = node.content else { continue };
        if let Some((at, escape)) = unknown_escape(&text[node.range.clone()]) {
            let start = node.range.start + at;
            let problem =
                Diagnostic::new(Code::Escape, format!("Kubernetes does not know the escape `{escape}` in YAML"));
            let span = place.span(start..start + escape.len());
            problems.push(problem.at(span, "").help("write the character itself"));
        }
    }
}

/// The first escape of a double-quoted string that JSON has and YAML 1.1 has not.
fn unknown_escape(quoted: &str) -> Option<(usize, &str)> {
    let mut at = 0;
    while let Some(found) = quoted[at..].find('\\') {
        at += found;
        let escape = quoted.get(at + 1..)?;
        if escape.starts_with('/') {
            return quoted.get(at..at + 2).map(|escape| (at, escape));
        }
        if escape.starts_with('u') && is_surrogate(escape.get(1..3).unwrap_or_default()) {
            return quoted.get(at..at + 6).map(|escape| (at, escape));
        }
        at += 1 + escape.chars().next().map_or(0, char::len_utf8);
    }
    None
}

/// Whether a code point that starts with these two hexadecimal digits is half a UTF-16 pair.
fn is_surrogate(hex: &str) -> bool {
    u8::from_str_radix(hex, 16).is_ok_and(|high| (0xd8..=0xdf).contains(&high))
}
