//! Nodes as the JSON that Kubernetes makes of them.

use std::fmt::Write;

use super::scalar::{self, Number};
use super::tree::{Node, Scalar, ScalarKind, Value};

impl Scalar {
    /// The JSON that `sigs.k8s.io/yaml` makes of this scalar: `0777` gives `511`, `yes` gives `true`.
    ///
    /// Infinities and NaN, which JSON cannot say and reading reports, give `null`. Unlike Go's default,
    /// `<`, `>` and `&` in strings are not escaped.
    pub fn json(&self) -> String {
        match (self.kind, scalar::number(&self.text)) {
            (ScalarKind::String, _) => string(&self.text),
            (ScalarKind::Null, _) => "null".to_owned(),
            (ScalarKind::Bool, _) => (scalar::boolean(&self.text) == Some(true)).to_string(),
            (_, Some(Number::Int(value))) => value.to_string(),
            (_, Some(Number::Float(value))) if value.is_finite() => float(value),
            _ => "null".to_owned(),
        }
    }

    /// The JSON key that Kubernetes makes of this scalar; `None` where it refuses the document.
    pub(super) fn json_key(&self) -> Option<String> {
        match (self.kind, scalar::number(&self.text)) {
            (ScalarKind::String, _) => Some(self.text.clone()),
            (ScalarKind::Bool, _) => Some(self.json()),
            (ScalarKind::Int, Some(Number::Int(value))) => i64::try_from(value).ok().map(|value| value.to_string()),
            (ScalarKind::Float, Some(Number::Float(value))) => Some(float_key(value)),
            (ScalarKind::Float, Some(Number::Int(value))) => Some(float_key(value as f64)),
            _ => None,
        }
    }
}

impl Node {
    /// The compact JSON of the whole tree, keys in source order; scalars as in [`Scalar::json`].
    pub fn json(&self) -> String {
        let mut out = String::new();
        node(&mut out, self, Style::Source);
        out
    }

    /// The bytes of JSON that a controller gets for the tree from Kubernetes, which keeps objects as Go maps: keys in
    /// order, and what is special to HTML escaped (`encoding/json`, Go 1.24).
    pub fn api_json(&self) -> String {
        let mut out = String::new();
        node(&mut out, self, Style::Api);
        out
    }
}

/// How JSON is written.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// Keys in source order, no needless escapes.
    Source,
    /// As Go writes maps and strings by default.
    Api,
}

fn node(out: &mut String, value: &Node, style: Style) {
    match &value.value {
        Value::Scalar(scalar) => out.push_str(&escaped(scalar.json(), style)),
        Value::Sequence(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                node(out, item, style);
            }
            out.push(']');
        }
        Value::Mapping(mapping) => {
            let mut entries: Vec<_> = mapping.entries.iter().collect();
            if style == Style::Api {
                entries.sort_by_key(|entry| entry.key.as_str());
            }
            out.push('{');
            for (at, entry) in entries.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&escaped(string(&entry.key), style));
                out.push(':');
                node(out, &entry.value, style);
            }
            out.push('}');
        }
    }
}

/// A JSON scalar, in which `<`, `>` and `&` can only stand in a string.
fn escaped(json: String, style: Style) -> String {
    match style {
        Style::Source => json,
        Style::Api => json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
    }
}

/// A JSON string with Go's choice of short escapes.
pub(super) fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A float as Go's `encoding/json` prints it: exponents only below 1e-6 and from 1e21 on.
fn float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    value.to_string()
}

/// A float key: Go's `FormatFloat(value, 'g', -1, 32)`, the precision of a float32,
/// exponents below 1e-4 and from 1e6 on.
fn float_key(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    value.to_string()
}

/// JSON text as YAML: the escapes that only JSON has are written out, everything else keeps its bytes.
pub(super) fn as_yaml(text: &str) -> String {
    let mut yaml = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        yaml.push_str(&rest[..at]);
        let escape = &rest[at..];
        let taken = match escape.get(1..2) {
            Some("/") => {
                yaml.push('/');
                2
            }
            Some("u") if surrogate_pair(escape).is_some() => {
                yaml.extend(surrogate_pair(escape));
                12
            }
            _ => {
                let end = escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end);
                yaml.push_str(&escape[..end]);
                end
            }
        };
        rest = &escape[taken..];
    }
    yaml + rest
}

/// The character of `\uD83D\uDE00`, which YAML cannot write so.
fn surrogate_pair(escape: &str) -> Option<char> {
    let unit = |range| u32::from_str_radix(escape.get(range)?, 16).ok();
    let high = unit(2..6).filter(|unit| (0xD800..0xDC00).contains(unit))?;
    let low = unit(8..12).filter(|unit| (0xDC00..0xE000).contains(unit) && escape.get(6..8) == Some("\\u"))?;
    char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_gets_sorted_keys_and_html_escaped() {
        let mut sources = crate::source::Sources::default();
        let text = sources.add("", "{b: [1.50, yes, ~], a: 'x < y & z', B: {'>': \"é\"}}");
        let tree = crate::yaml::documents(&sources, text).remove(0).root.expect("a document");
        assert_eq!(tree.api_json(), r#"{"B":{"\u003e":"é"},"a":"x \u003c y \u0026 z","b":[1.5,true,null]}"#);
        assert_eq!(tree.json(), r#"{"b":[1.5,true,null],"a":"x < y & z","B":{">":"é"}}"#);
    }

    #[test]
    fn json_escapes_become_yaml() {
        assert_eq!(as_yaml(r#"{"a": "x\/y\\/z\n\ud83d\ude00\u00e9"}"#), r#"{"a": "x/y\\/z\n😀\u00e9"}"#);
        assert_eq!(as_yaml("\\"), "\\");
    }
}
