//! `$(...)` expressions: parsed once into a type, rewritten as that type.
//!
//! Tekton substitutes by exact text: a variable is `$(`, a key without blanks, `)`. Everything else that
//! looks similar (`$(date +%s)`) belongs to the shell and stays text. There is no escape: in `$$(params.x)` the
//! variable is substituted and the first dollar stays (`pkg/substitution/replacements.go`, v1.15).

mod variable;

use std::fmt;

pub use variable::{Access, ParamName, Variable, WorkspaceProperty};

/// A text with variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Template {
    parts: Vec<Part>,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Text that Tekton leaves alone.
    Text(String),
    /// A variable with its spelling in the source.
    Variable {
        /// What it refers to.
        variable: Variable,
        /// How it is spelled, `$(` and `)` included.
        spelling: String,
    },
}

impl Template {
    /// Splits a text at its variables.
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        let mut rest = text;
        while let Some(at) = rest.find("$(") {
            let (before, expression) = rest.split_at(at);
            template.push_text(before);
            let variable = expression.find(')').and_then(|end| Some((Variable::parse(&expression[2..end])?, end + 1)));
            let taken = match variable {
                Some((variable, length)) => {
                    let spelling = expression[..length].to_owned();
                    template.parts.push(Part::Variable { variable, spelling });
                    length
                }
                None => {
                    template.push_text("$(");
                    2
                }
            };
            rest = &expression[taken..];
        }
        template.push_text(rest);
        template
    }

    /// A text without variables, whatever it looks like.
    pub fn text(text: impl Into<String>) -> Self {
        let mut template = Self::default();
        template.push_text(&text.into());
        template
    }

    /// One variable in its usual spelling.
    pub fn variable(variable: Variable) -> Self {
        let spelling = format!("$({variable})");
        Self { parts: vec![Part::Variable { variable, spelling }] }
    }

    /// The pieces in order; no two texts stand side by side.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The variables in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { variable, .. } => Some(variable),
            Part::Text(_) => None,
        })
    }

    /// The variable, if the template is nothing else: only then can an array take its place.
    pub fn sole_variable(&self) -> Option<&Variable> {
        match self.parts.as_slice() {
            [Part::Variable { variable, .. }] => Some(variable),
            _ => None,
        }
    }

    /// Puts a template in the place of each variable for which `replace` gives one. What is put in is not
    /// scanned again, as Tekton does not scan it again.
    #[must_use]
    pub fn map(&self, mut replace: impl FnMut(&Variable) -> Option<Self>) -> Self {
        let mut result = Self::default();
        for part in &self.parts {
            match part {
                Part::Text(text) => result.push_text(text),
                Part::Variable { variable, .. } => match replace(variable) {
                    Some(template) => result.append(template),
                    None => result.parts.push(part.clone()),
                },
            }
        }
        result
    }

    /// Adds a template at the end.
    pub fn append(&mut self, other: Self) {
        other.parts.into_iter().for_each(|part| self.push(part));
    }

    /// Adds a part at the end.
    pub fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_text(&text),
            variable @ Part::Variable { .. } => self.parts.push(variable),
        }
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Variable { spelling, .. } => f.write_str(spelling),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(text: &str) -> Vec<String> {
        let template = Template::parse(text);
        assert_eq!(template.to_string(), text);
        template.variables().map(ToString::to_string).collect()
    }

    #[test]
    fn shell_text_is_left_alone() {
        assert!(spellings("now=$(date +%s); echo $((1 + 2)) ${params.x} $(params) $( params.x )").is_empty());
    }

    #[test]
    fn a_variable_inside_a_command_substitution_is_found() {
        assert_eq!(spellings("$(echo $(params.url) | awk '{print $1}')"), ["params.url"]);
    }

    #[test]
    fn a_doubled_dollar_is_no_escape() {
        assert_eq!(spellings("$$(params.a) $$ $(HOME)"), ["params.a"]);
    }

    #[test]
    fn every_spelling_of_a_param_is_one_variable() {
        for text in ["$(params.a)", "$(params['a'])", "$(params[\"a\"])", "$(inputs.params.a)"] {
            assert_eq!(spellings(text), ["params.a"], "{text}");
        }
    }

    #[test]
    fn replacements_are_not_scanned_again() {
        let template = Template::parse("x$(params.a)y");
        let mapped = template.map(|_| Some(Template::text("$(params.a)")));
        assert_eq!(mapped.to_string(), "x$(params.a)y");
        assert_eq!(mapped.variables().count(), 0);
    }
}
