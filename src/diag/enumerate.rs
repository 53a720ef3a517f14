//! Several things in one sentence.

/// `a`, `b` and `c`: names as they stand in a sentence.
pub(crate) fn enumerate<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    list(&quoted, "and")
}

/// `a, b and c`, with a word of choice before the last one.
pub(crate) fn list(items: &[String], word: &str) -> String {
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {word} {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
