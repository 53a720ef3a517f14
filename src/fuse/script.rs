//! What runs a script of a step.

use crate::expr::{Part, Template};
use crate::shell::{self, Interpreter};

/// What runs a script, as far as its text shows. Behind a variable at the very start may stand a first line `#!..`: Tekton
/// looks for it when the variable is replaced (`placeScriptInContainer`, `pkg/pod/script.go`, v1.15).
pub(super) fn interpreter(script: &Template) -> Interpreter {
    if is_open(script) { Interpreter::Unknown } else { shell::interpreter(&script.to_string()) }
}

/// Whether a script begins with a variable, blanks aside, so that it may bring its own first line `#!..` or not.
pub(super) fn is_open(script: &Template) -> bool {
    let is_blank = |part: &&Part| matches!(part, Part::Text(text) if text.trim_start().is_empty());
    matches!(script.parts().iter().find(|part| !is_blank(part)), Some(Part::Variable { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Shell;

    #[test]
    fn a_variable_at_the_start_may_bring_a_first_line() {
        let shell = || Interpreter::Shell(Shell::Posix);
        for (script, expected) in [
            ("$(params.script)", Interpreter::Unknown),
            (" \n$(tasks.a.results.r) x", Interpreter::Unknown),
            ("echo $(params.script)", shell()),
            ("$(date) $(params.script)", shell()),
            ("# $(params.script)", shell()),
            ("", shell()),
            ("#!$(params.shell)", Interpreter::Unknown),
        ] {
            assert_eq!(interpreter(&Template::parse(script)), expected, "{script:?}");
        }
    }
}
