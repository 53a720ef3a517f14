//! What a scalar means: the rules of go-yaml v2, which `sigs.k8s.io/yaml` and so Kubernetes read with.
//!
//! One set of rules serves reading (what is this text?) and writing (may this string stand unquoted?).

use super::tree::ScalarKind;

/// The value of a scalar that go-yaml takes for a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// Between the smallest `int64` and the largest `uint64`.
    Int(i128),
    /// Anything else, infinities and NaN included.
    Float(f64),
}

/// The kind of an unquoted scalar without a tag.
///
/// Timestamps need no rule: go-yaml gives their text to whoever asks for no particular type.
pub(super) fn resolve(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        _ if boolean(text).is_some() => ScalarKind::Bool,
        _ => match number(text) {
            Some(Number::Int(_)) => ScalarKind::Int,
            Some(Number::Float(_)) => ScalarKind::Float,
            None => ScalarKind::String,
        },
    }
}

/// The truth value of a YAML 1.1 boolean in one of the three cases go-yaml knows.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// The number that go-yaml reads from an unquoted scalar, if it reads one.
pub(super) fn number(text: &str) -> Option<Number> {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Some(Number::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Number::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Number::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    match text.as_bytes().first()? {
        b'.' => underscores_separate_digits(text).then(|| float(&text.replace('_', "")))?.map(Number::Float),
        b'0'..=b'9' | b'+' | b'-' => {
            let plain = text.replace('_', "");
            integer(&plain).map(Number::Int).or_else(|| float(&plain).map(Number::Float))
        }
        _ => None,
    }
}

/// Go's rule for a float that starts with a dot, where go-yaml does not strip underscores first.
fn underscores_separate_digits(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    (0..bytes.len()).filter(|&at| bytes[at] == b'_').all(|at| digit(at.checked_sub(1)) && digit(Some(at + 1)))
}

/// Go's `ParseInt(text, 0, 64)`, then `ParseUint`, then go-yaml's own reading of `0b` with a sign behind it.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = unsigned(digits)?;
    let signed = if negative { -magnitude } else { magnitude };
    let unsigned_allowed = digits.len() == text.len();
    let most = if unsigned_allowed { i128::from(u64::MAX) } else { i128::from(i64::MAX) };
    (i128::from(i64::MIN)..=most).contains(&signed).then_some(signed)
}

/// Digits with Go's base prefixes; a bare leading zero means octal.
fn unsigned(digits: &str) -> Option<i128> {
    let lower = digits.to_ascii_lowercase();
    let radix = |digits: &str, radix| {
        let valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        valid.then(|| i128::from_str_radix(digits, radix).ok()).flatten()
    };
    if let Some(signed) = digits.strip_prefix("0b").filter(|rest| rest.starts_with(['+', '-'])) {
        let magnitude = radix(&signed[1..], 2)?;
        return Some(if signed.starts_with('-') { -magnitude } else { magnitude });
    }
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    match prefixes.iter().find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base))) {
        Some((rest, base)) => radix(rest, base),
        None if lower.len() > 1 && lower.starts_with('0') => radix(&lower[1..], 8),
        None => radix(&lower, 10),
    }
}

/// A decimal float as YAML writes it, if Go can represent it.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = if whole.is_empty() { !fraction.is_empty() } else { true };
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    let well_formed =
        has_digits && digits(whole) && digits(fraction) && exponent.is_none_or(|e| !e.is_empty() && digits(e));
    well_formed.then(|| text.parse::<f64>().ok()).flatten().filter(|value| value.is_finite())
}

/// Whether every YAML 1.1 or 1.2 reader takes the unquoted text for this very string, as a block value
/// or key and, if `flow`, between brackets too.
pub(super) fn reads_as_string(text: &str, flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    if flow {
        return first.is_ascii_alphabetic() && text.chars().all(plain_in_flow) && !may_be_something_else(text);
    }
    let indicator = "?:,[]{}#&*!|>'\"%@`".contains(first) || (first == '-' && !followed_by_word(text));
    let marker = text.starts_with("---") || text.starts_with("...");
    let edges = text.starts_with(' ') || text.ends_with([' ', ':']);
    let inner = text.contains(": ") || text.contains(" #");
    !(indicator || marker || edges || inner || may_be_something_else(text)) && text.chars().all(printable)
}

/// Characters that mean nothing between brackets.
fn plain_in_flow(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./$()@+".contains(c)
}

/// Whether a leading dash is the start of a word such as `--flag`.
fn followed_by_word(text: &str) -> bool {
    text[1..].chars().next().is_some_and(|c| !c.is_whitespace())
}

/// Whether a character may stand in YAML as it is and is no line break to anybody.
pub(super) fn printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A superset of all that YAML 1.1 and 1.2 schemas take for something other than a string.
fn may_be_something_else(text: &str) -> bool {
    const WORDS: [&str; 12] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"];
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    let number = text.trim_start_matches(['+', '-', '.', '_']);
    let special = number.eq_ignore_ascii_case("inf") || number.eq_ignore_ascii_case("nan");
    let signs_only = number.is_empty() && text.contains(['+', '-', '.', '_']);
    let numeric = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_.:+-TtZz ".contains(c));
    numeric || signs_only || (special && number.len() < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::tree::Scalar;

    /// The JSON of an unquoted scalar.
    fn json(text: &str) -> String {
        Scalar { kind: resolve(text), text: text.to_owned() }.json()
    }

    #[test]
    fn numbers_are_those_of_go() {
        let numbers = [
            ("0777", "511"),
            ("0o17", "15"),
            ("0888", "888"),
            ("0x1F", "31"),
            ("-0X10", "-16"),
            ("0b11", "3"),
            ("0b-11", "-3"),
            ("1_000", "1000"),
            ("+_1", "1"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "18446744073709552000"),
            ("+18446744073709551615", "18446744073709552000"),
            ("1.", "1"),
            (".5", "0.5"),
            (".5_0", "0.5"),
            ("-0.0", "-0"),
            ("1e3", "1000"),
            ("1e21", "1e+21"),
            ("0.0000001", "1e-7"),
            ("190:20:30", "\"190:20:30\""),
            ("1e400", "\"1e400\""),
            ("._5", "\"._5\""),
            ("1.2.3", "\"1.2.3\""),
            ("0x", "\"0x\""),
            ("100m", "\"100m\""),
            ("2001-12-14", "\"2001-12-14\""),
            (".inf", "null"),
        ];
        for (text, expected) in numbers {
            assert_eq!(json(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_those_of_yaml_1_1() {
        for text in ["y", "Yes", "ON", "true"] {
            assert_eq!(json(text), "true", "{text}");
        }
        for text in ["n", "No", "OFF", "False"] {
            assert_eq!(json(text), "false", "{text}");
        }
        for text in ["", "~", "Null"] {
            assert_eq!(json(text), "null", "{text}");
        }
        for text in ["yEs", "oN", "nULL", "=", "<<", "nan"] {
            assert_eq!(json(text), format!("\"{text}\""));
        }
    }

    #[test]
    fn keys_are_those_of_go() {
        let key = |text: &str| Scalar { kind: resolve(text), text: text.to_owned() }.json_key();
        let keys = [
            ("0x10", "16"),
            ("1e6", "1e+06"),
            ("123456.0", "123456"),
            ("16777217.0", "1.6777216e+07"),
            ("0.00001", "1e-05"),
            ("-.inf", "-.inf"),
            ("yes", "true"),
            ("text", "text"),
        ];
        for (text, expected) in keys {
            assert_eq!(key(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!((key("~"), key("18446744073709551615")), (None, None));
    }

    #[test]
    fn plain_strings_are_safe_strings() {
        for text in ["a", "--flag", "a:b", "a#b", "$(params.x)", "100m", "v1.2", "a, b", "it's"] {
            assert!(reads_as_string(text, false), "{text}");
        }
        for text in ["", "-", "- a", "a: b", "a:", "a #b", " a", "yes", "Y", "1", "1.2.3", "<<", "---x", "a\nb", "+_1"]
        {
            assert!(!reads_as_string(text, false), "{text}");
        }
        assert!(reads_as_string("a-b", true) && !reads_as_string("a, b", true));
    }
}
