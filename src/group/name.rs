//! Names of groups: what Kubernetes allows for a pipeline task, and what to propose instead.

use sha2::{Digest, Sha256};

use crate::yaml::{Node, ScalarKind};

/// The longest name of a pipeline task.
pub(crate) const MAX: usize = 63;

/// Cuts a name that is longer than `max` bytes; the cut name ends in a short hash of the whole.
pub(crate) fn shorten(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    let hash: String = Sha256::digest(name.as_bytes()).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    let mut end = max.saturating_sub(hash.len() + 1);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{hash}", name[..end].trim_end_matches('-'))
}

/// Why a name is no DNS label (RFC 1123), which names of pipeline tasks have to be; `None` if it is one.
pub(crate) fn fault(name: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    if let Some(c) = name.chars().find(|&c| !allowed(c)) {
        let kind = if c.is_ascii_uppercase() { "the capital letter" } else { "the character" };
        let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
        return Some(format!("{kind} `{shown}` is not allowed"));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Some("it begins or ends with a dash".to_owned());
    }
    (name.len() > MAX).then(|| format!("it has {} characters, {MAX} are allowed", name.len()))
}

/// A valid name that resembles `name`.
pub(crate) fn propose(name: &str) -> String {
    let mut proposal = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() => proposal.push(c),
            _ if proposal.ends_with('-') => {}
            _ => proposal.push('-'),
        }
    }
    let proposal = shorten(proposal.trim_matches('-'), MAX);
    if proposal.is_empty() { "group".to_owned() } else { proposal }
}

/// The name that a node gives a group: what is typed there, also where YAML takes it for a number or a boolean.
pub(super) fn text(node: &Node) -> Option<&str> {
    node.as_scalar().filter(|scalar| scalar.kind != ScalarKind::Null).map(|scalar| scalar.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_name_is_cut_and_stays_unique() {
        let (a, b) = ("a".repeat(70), "a".repeat(71));
        assert_eq!(shorten(&a, MAX).len(), MAX);
        assert_ne!(shorten(&a, MAX), shorten(&b, MAX));
        assert_eq!(shorten("short", MAX), "short");
    }

    #[test]
    fn a_fault_says_what_is_wrong() {
        assert_eq!(fault("fetch-2"), None);
        assert_eq!(fault("Fetch").as_deref(), Some("the capital letter `F` is not allowed"));
        assert_eq!(fault("a_b").as_deref(), Some("the character `_` is not allowed"));
        assert!(
            fault("-a").is_some() && fault("a-").is_some() && fault("").is_some() && fault(&"a".repeat(64)).is_some()
        );
    }

    proptest! {
        #[test]
        fn a_proposal_is_always_valid(name in "\\PC{0,80}") {
            prop_assert_eq!(fault(&propose(&name)), None);
        }
    }
}
