//! Whether what is shown is what is there.

/// Whether `printed` is `shown`, where `...` stands for any lines and ` ...` for the rest of a line.
pub(crate) fn matches(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..])),
        Some((line, rest)) => match printed.split_first() {
            Some((first, others)) => line_matches(line, first) && matches(rest, others),
            None => false,
        },
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    match shown.strip_suffix(" ...") {
        Some(start) => printed.starts_with(start),
        None => shown == printed,
    }
}

/// Whether the parts of an excerpt stand in `whole`, in order; the first part that does not. Parts are divided by lines
/// `# ...`; they may be indented deeper in `whole`.
pub(crate) fn excerpt(excerpt: &str, whole: &str) -> Result<(), String> {
    let whole: Vec<&str> = whole.lines().collect();
    let lines: Vec<&str> = excerpt.lines().collect();
    let mut at = 0;
    for part in lines.split(|line| line.trim() == "# ...").filter(|part| !part.is_empty()) {
        let found = (at..whole.len()).find(|&start| stands_at(part, &whole[start..]));
        at = found.ok_or_else(|| part.join("\n"))? + part.len();
    }
    Ok(())
}

fn stands_at(part: &[&str], whole: &[&str]) -> bool {
    let (Some(first), true) = (part.first(), part.len() <= whole.len()) else { return false };
    let Some(indent) = whole[0].strip_suffix(first) else { return false };
    let blank = indent.chars().all(|c| c == ' ');
    blank && part.iter().zip(whole).all(|(part, line)| line.strip_prefix(indent).unwrap_or(line) == *part)
}

#[test]
fn dots_stand_for_lines_and_ends_of_lines() {
    assert!(matches(&["a", "...", "d e ..."], &["a", "b", "c", "d e f"]));
    assert!(matches(&["...", "b"], &["b"]));
    assert!(!matches(&["a"], &["a", "b"]) && !matches(&["a", "b"], &["a"]) && !matches(&["a ..."], &["b"]));
}

#[test]
fn parts_of_an_excerpt_stand_in_order() {
    let whole = "x:\n  - a: 1\n    b: 2\n  - c: 3\n";
    assert_eq!(excerpt("- a: 1\n  b: 2\n# ...\n- c: 3\n", whole), Ok(()));
    assert_eq!(excerpt("- c: 3\n# ...\n- a: 1\n", whole), Err("- a: 1".to_owned()));
    assert!(excerpt("- a: 1\n- c: 3\n", whole).is_err() && excerpt("- a: 1\n    b: 2\n", whole).is_err());
}
