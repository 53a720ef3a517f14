//! Where in a script a reference stands: may it become a variable, or must its text be pasted?

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::mask::Masked;
use super::{Interpreter, Shell, interpreter};

/// How a reference reaches a shell script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// It stands in double quotes: `${VAR}` there gives what pasting the text gave, except that the text is not
    /// parsed as shell code any more.
    Double,
    /// Anything else, and all that is in doubt: the text must be pasted before the shell parses the script.
    Paste,
}

/// Nodes of the syntax tree that may stand around a double-quoted string without changing what its text means.
/// Those missing here do, or might: `${x:-".."}`, arithmetic, subscripts, here-documents, `$".."`.
const TRANSPARENT: &[&str] = &[
    "program",
    "command",
    "command_name",
    "concatenation",
    "list",
    "pipeline",
    "redirected_statement",
    "file_redirect",
    "herestring_redirect",
    "variable_assignment",
    "variable_assignments",
    "declaration_command",
    "array",
    "if_statement",
    "elif_clause",
    "else_clause",
    "while_statement",
    "for_statement",
    "do_group",
    "case_statement",
    "subshell",
    "negated_command",
    "string",
    "test_command",
    "unary_expression",
    "parenthesized_expression",
];

/// Decides for each of `references` (byte ranges in `script`, such as that of `$(tasks.a.results.r)`) how its
/// value can be put there. A range that is empty, overlaps an earlier one or lies outside gets [`Quoting::Paste`].
///
/// The script is parsed as bash. To bash, Tekton's variables look like command substitutions, so all of them, also
/// those not in `references`, are replaced by plain words of the same length before.
pub fn quoting(script: &str, references: &[Range<usize>]) -> Vec<Quoting> {
    let mut answer = vec![Quoting::Paste; references.len()];
    let Some(tree) = Parsed::new(script, references) else {
        return answer;
    };
    let mut order: Vec<usize> = (0..references.len()).collect();
    order.sort_by_key(|&index| references.get(index).map(|range| range.start));
    let mut last_end = 0;
    let mut doubled_up_to = None;
    for index in order {
        let (Some(range), Some(slot)) = (references.get(index), answer.get_mut(index)) else {
            continue;
        };
        if range.start < last_end || !tree.masked.contains(range) {
            continue;
        }
        last_end = range.end;
        if tree.is_double(range, doubled_up_to) {
            *slot = Quoting::Double;
            doubled_up_to = Some(range.end);
        }
    }
    answer
}

/// Whether the script is complete for a parser: nothing left open at its end.
pub(super) fn is_complete(script: &str, references: &[Range<usize>]) -> bool {
    Parsed::new(script, references).is_some()
}

/// A script that bash's grammar accepts as a whole.
struct Parsed<'a> {
    masked: Masked<'a>,
    tree: Tree,
}

impl<'a> Parsed<'a> {
    fn new(script: &'a str, references: &[Range<usize>]) -> Option<Self> {
        let masked = Masked::new(script, references);
        if is_ambiguous(&masked.text) {
            return None;
        }
        let mut parser = Parser::new();
        parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
        let tree = parser.parse(&masked.text, None)?;
        (!tree.root_node().has_error()).then_some(Self { masked, tree })
    }

    /// Whether the masked variable at `range` can be a shell variable. A neighbour on its left, if it has one, must
    /// have become one and ended at `doubled_up_to`.
    fn is_double(&self, range: &Range<usize>, doubled_up_to: Option<usize>) -> bool {
        let joins_neighbour = self.masked.follows_variable(range.start) && doubled_up_to != Some(range.start);
        !joins_neighbour && !joins_dollar(self.masked.before(range.start)) && self.is_in_plain_string(range)
    }

    fn is_in_plain_string(&self, range: &Range<usize>) -> bool {
        let Some(content) = self.tree.root_node().descendant_for_byte_range(range.start, range.end) else {
            return false;
        };
        let Some(string) = content.parent().filter(|parent| parent.kind() == "string") else {
            return false;
        };
        let translated = self.masked.text.get(..string.start_byte()).is_some_and(|before| before.ends_with('$'));
        content.kind() == "string_content"
            && !translated
            && !self.expands_to_many(string)
            && self.is_transparent(string)
    }

    /// Whether a string may become several words: `"$@"` and `"${a[@]}"` beside an empty text are not what they are
    /// beside an empty variable.
    fn expands_to_many(&self, string: Node) -> bool {
        let text = self.masked.text.get(string.byte_range()).unwrap_or_default();
        ["$@", "{@", "[@]", "@}"].iter().any(|mark| text.contains(mark))
    }

    /// Whether all that stands around `string` leaves the meaning of its text alone.
    fn is_transparent(&self, string: Node) -> bool {
        let mut child = string;
        while let Some(node) = child.parent() {
            let first = node.child(0).map_or("", |first| first.kind());
            let transparent = match node.kind() {
                "case_item" => {
                    node.child_by_field_name("value").is_none_or(|value| value.end_byte() < child.start_byte())
                }
                "command_substitution" => first == "$(",
                "compound_statement" => first == "{",
                "binary_expression" => {
                    node.child_by_field_name("operator").is_none_or(|operator| operator.kind() != "=~")
                }
                "function_definition" => !self.passes_functions_on(),
                kind => TRANSPARENT.contains(&kind),
            };
            if !transparent {
                return false;
            }
            child = node;
        }
        true
    }

    /// Whether functions may run in another process, which does not have the variables: `export -f`, `declare -f`.
    fn passes_functions_on(&self) -> bool {
        let words: Vec<&str> = self.masked.text.split_whitespace().collect();
        words.windows(2).any(|pair| match pair {
            [command, option] => {
                ["export", "declare", "typeset"].iter().any(|name| command.ends_with(name))
                    && option.starts_with('-')
                    && option.contains('f')
            }
            _ => false,
        })
    }
}

/// Whether bash and other shells may disagree about where strings begin and end: `$'..'` is a string of its own only
/// to some of them.
fn is_ambiguous(script: &str) -> bool {
    script.contains('\0') || (script.contains("$'") && interpreter(script) != Interpreter::Shell(Shell::Bash))
}

/// Whether a text put behind `before` would become part of something that begins there: an escape, or the name of a
/// variable as in `$NAME`.
fn joins_dollar(before: &str) -> bool {
    let name_start = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    before.ends_with(['\\', '$']) || name_start.ends_with('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "$(tasks.a.results.r)";

    /// One letter per reference in `script`, in which `@@` stands for a reference: D or P.
    fn letters(script: &str) -> String {
        let script = script.replace("@@", REFERENCE);
        let ranges: Vec<_> = script.match_indices(REFERENCE).map(|(at, text)| at..at + text.len()).collect();
        quoting(&script, &ranges).iter().map(|quoting| if *quoting == Quoting::Double { 'D' } else { 'P' }).collect()
    }

    #[test]
    fn only_plain_double_quotes_are_double() {
        let table = [
            (r#"echo "@@""#, "D"),
            (r#"echo "a @@ b" @@ '@@'"#, "DPP"),
            (r#"echo "@@@@""#, "DD"),
            (r#"echo "$(cmd "@@" @@)""#, "DP"),
            (r#"echo "$(params.x)-@@""#, "D"),
            (r#"echo "$(params.x)@@""#, "P"),
            (r#"echo "$$@@""#, "P"),
            (r#"echo "$HOME@@@@""#, "PP"),
            (r#"echo "${HOME}@@""#, "D"),
            (r#"echo "\@@ \\@@""#, "PP"),
            (r#"echo "$@ @@" "${a[@]} @@""#, "PP"),
            (r#"echo "${x:-"@@"}" ${x:-"@@"}"#, "PP"),
            (r#"[[ "@@" == x ]] && [[ @@ == x ]] && [ "@@" = x ]"#, "DPD"),
            (r#"[[ x =~ "@@" ]]"#, "P"),
            (r#"(( x = "@@" )); echo $(( "@@" ))"#, "PP"),
            (r#"echo `cmd "@@"`"#, "P"),
            (r#"echo $"@@""#, "P"),
            (r#"echo x # "@@""#, "P"),
            ("cat <<EOF\n\"@@\" $(x \"@@\")\nEOF\necho \"@@\"", "PPD"),
            ("cat <<'EOF'\n\"@@\" it's\nEOF\necho \"@@\"", "PD"),
            ("case \"@@\" in \"@@\") echo \"@@\";; esac", "DPD"),
            ("a=(\"@@\" @@)\na[\"@@\"]=1", "DPP"),
            ("f() { echo \"@@\"; }; trap \"echo @@\" EXIT; trap 'echo \"@@\"' EXIT", "DDP"),
            ("f() { echo \"@@\"; }; export -f f; echo \"@@\"", "PD"),
            ("for i in \"@@\" @@; do echo \"@@\" >\"@@\"; done", "DPDD"),
            ("cat <<<\"@@\"", "D"),
            ("echo \"@@\" \"", "P"),
            ("echo $'it\\'s' \"@@\"", "P"),
            ("#!/bin/bash\necho $'it\\'s' \"@@\"", "D"),
            ("echo \"$(date +%s) @@ $HOME\" `date`", "D"),
            ("sh -c \"echo '@@'\"", "D"),
            ("X=\"@@\" export Y=\"@@\"", "DD"),
        ];
        for (script, expected) in table {
            assert_eq!(letters(script), expected, "{script}");
        }
    }

    #[test]
    fn odd_ranges_are_pasted() {
        let script = "echo \"é $(tasks.a.results.r)\"";
        let good = 9..29;
        assert_eq!(script.get(good.clone()), Some(REFERENCE));
        let ranges = [7..8, 40..50, 12..12, Range { start: 9, end: 2 }, good, 10..12];
        let expected =
            [Quoting::Paste, Quoting::Paste, Quoting::Paste, Quoting::Paste, Quoting::Double, Quoting::Paste];
        assert_eq!(quoting(script, &ranges), expected);
    }
}
