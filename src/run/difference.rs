//! What differs, as text.

use std::ffi::OsString;
use std::time::Duration;

use similar::TextDiff;

/// How long to look for the shortest difference of two texts before a longer one will do.
const PATIENCE: Duration = Duration::from_secs(5);

/// A unified diff; empty if nothing differs. No name stands for a file that is not there.
pub(super) fn unified(old_name: Option<&str>, new_name: Option<&str>, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let shown = |name: Option<&str>| name.unwrap_or("/dev/null").replace(['\n', '\r'], "?");
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    diff.unified_diff().header(&shown(old_name), &shown(new_name)).to_string()
}

/// The command that writes what this invocation compared, to be pasted into a shell.
pub(super) fn refresh_command(args: &[OsString]) -> String {
    let mut words = vec!["tkn-fuse".to_owned()];
    let mut options = true;
    for arg in args.iter().skip(1).map(|arg| arg.to_string_lossy()) {
        options &= arg != "--";
        if !(options && (arg == "--check" || arg == "--diff")) {
            words.push(quoted(&arg));
        }
    }
    words.join(" ")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_both_sides() {
        let diff = unified(Some("a.yaml"), Some("b.yaml"), "a: 1\nb: 2\n", "a: 1\nb: 3\n");
        assert_eq!(diff, "--- a.yaml\n+++ b.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
        assert!(unified(None, Some("b.yaml"), "", "b: 3\n").starts_with("--- /dev/null\n+++ b.yaml\n"));
        assert_eq!(unified(Some("a"), Some("b"), "x", "x"), "");
    }

    #[test]
    fn a_missing_line_feed_at_the_end_is_a_difference() {
        assert!(unified(Some("a"), Some("b"), "x", "x\n").contains("\\ No newline at end of file"));
    }

    #[test]
    fn the_refresh_command_can_be_pasted() {
        let args = ["/bin/x", "compile", "a b", "it's", "--check", "-o", "deploy/", "--", "--check"];
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        assert_eq!(refresh_command(&args), r"tkn-fuse compile 'a b' 'it'\''s' -o deploy/ -- --check");
    }
}
