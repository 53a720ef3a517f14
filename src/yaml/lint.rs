//! What Kubernetes reads otherwise than YAML 1.2, or drops without a word.

use super::compose::Place;
use super::syntax::{Content, Style, Syntax, SyntaxError};
use crate::diag::{Code, Diagnostic};

mod ambiguous;

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
    let problem = Diagnostic::new(Code::Syntax, format!("this is not YAML: {}", error.message));
    let problem = problem.at(place.span(at..at + width), "");
    match error.help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// Reports syntax that granit reads and go-yaml refuses or drops.
pub(super) fn syntax(text: &str, place: Place, syntax: &Syntax<'_>, problems: &mut Vec<Diagnostic>) {
    if let Some(at) = syntax.after_end {
        let end = at + text[at..].lines().next().map_or(0, str::len);
        let problem = Diagnostic::new(Code::AfterEnd, "Kubernetes drops all text after the end of the document");
        problems.push(problem.at(place.span(at..end), "never read").help("write `---` on a line of its own before it"));
    }
    for node in &syntax.nodes {
        let raw = &text[node.range.clone()];
        let found = match node.content {
            Content::Scalar { style: Style::Double, .. } => unknown_escape(raw).map(|(at, escape)| {
                let message = format!("Kubernetes does not know the escape `{escape}` in YAML");
                (at..at + escape.len(), Diagnostic::new(Code::Escape, message).help("write the character itself"))
            }),
            Content::Scalar { style: Style::Literal | Style::Folded, .. } => tab_in_indentation(raw).map(|at| {
                let problem =
                    Diagnostic::new(Code::TabIndent, "Kubernetes refuses a tab in the indentation of a block");
                (at..at + 1, problem.help("indent with spaces, or write `|2` instead of `|` if the tab is content"))
            }),
            _ => None,
        };
        if let Some((range, problem)) = found {
            let start = node.range.start;
            problems.push(problem.at(place.span(start + range.start..start + range.end), ""));
        }
    }
    report_tabs(text, place, syntax, problems);
    ambiguous::report(text, place, syntax, problems);
}

/// Reports tabs before block keys and items, where go-yaml wants blanks.
fn report_tabs(text: &str, place: Place, syntax: &Syntax<'_>, problems: &mut Vec<Diagnostic>) {
    let starts = syntax.nodes.iter().flat_map(|node| match &node.content {
        Content::Mapping { flow: false, entries } => entries.iter().map(|&(key, _)| key).collect(),
        Content::Sequence { flow: false, items } => items.clone(),
        _ => Vec::new(),
    });
    for id in starts {
        let start = syntax.nodes[id].start();
        let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
        if let Some(tab) = text[line..start].find('\t') {
            let problem = Diagnostic::new(Code::TabIndent, "Kubernetes refuses a tab before a key or an item");
            let span = place.span(line + tab..line + tab + 1);
            problems.push(problem.at(span, "").help("indent with spaces"));
            return;
        }
    }
}

/// Where a block scalar has a tab before its indentation is complete.
fn tab_in_indentation(block: &str) -> Option<usize> {
    let header = block.lines().next().unwrap_or_default();
    let explicit = header.split('#').next().is_some_and(|header| header.contains(|c: char| c.is_ascii_digit()));
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut indent = explicit.then_some(0);
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if start == 0 {
            continue;
        }
        let width = blanks(line);
        let tab = line[width..].starts_with('\t');
        if tab && indent.is_none_or(|indent| width < indent) {
            return Some(start + width);
        }
        if !line.trim_matches([' ', '\r', '\n']).is_empty() {
            indent.get_or_insert(width);
        }
    }
    None
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
