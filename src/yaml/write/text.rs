//! Strings in each of YAML's styles.

use std::fmt::Write;

use crate::yaml::scalar::printable;

/// Whether a literal block can hold the text: no character in it may need an escape, and it must not be blank.
pub(in crate::yaml) fn literal_fits(text: &str) -> bool {
    text.chars().all(|c| printable(c) || matches!(c, '\n' | '\t')) && !text.trim_matches([' ', '\n', '\t']).is_empty()
}

/// Writes `|` with its header and the lines at a column, which is `step` right of the key or dash.
pub(in crate::yaml) fn literal(out: &mut String, text: &str, column: usize, step: usize) {
    out.push('|');
    let first = text.split('\n').find(|line| !line.is_empty()).unwrap_or_default();
    if first.starts_with([' ', '\t']) {
        let _ = write!(out, "{step}");
    }
    let body = text.trim_end_matches('\n');
    let breaks = text.len() - body.len();
    out.push_str(match breaks {
        0 => "-",
        1 => "",
        _ => "+",
    });
    out.push('\n');
    for line in body.split('\n') {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', column));
            out.push_str(line);
        }
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('\n', breaks.saturating_sub(1)));
}

/// Whether single quotes can hold the text, which know no escapes and fold line breaks.
pub(in crate::yaml) fn single_quoted_fits(text: &str) -> bool {
    text.chars().all(printable)
}

/// `'...'`
pub(in crate::yaml) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `"..."`, which can hold any text.
pub(in crate::yaml) fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
        }
    }
    out.push('"');
    out
}
