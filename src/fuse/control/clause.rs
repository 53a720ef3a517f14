//! One entry of a member's `when`.

use std::collections::HashSet;

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Access, Part, Template, Variable};
use crate::fuse::member::{Member, each_text};
use crate::fuse::scope::Outer;
use crate::model::{Comparison, ParamType, cel};
use crate::source::Span;
use crate::yaml::Node;

/// One entry of a `when`, in terms of the Pipeline.
#[derive(Debug)]
pub(in crate::fuse) struct Clause {
    /// The entry as it stands.
    pub(in crate::fuse) node: Node,
    /// `None`: it is a CEL expression.
    pub(in crate::fuse) comparison: Option<Comparison>,
    /// Whether it speaks of what members of the group leave behind.
    pub(in crate::fuse) reads_inside: bool,
    /// The lists in it.
    lists: Lists,
    /// Where it stands.
    pub(in crate::fuse) span: Span,
}

/// Where a clause names whole lists.
#[derive(Clone, Copy, Debug, Default)]
struct Lists {
    /// As the text that is compared.
    input: bool,
    /// Among the values, and nobody but Tekton knows the elements.
    known: bool,
    /// A result of the group, inside a longer text.
    inside_text: bool,
}

impl Clause {
    /// How messages of a step name it: Tekton must find no variable to replace in it.
    pub(in crate::fuse) fn shown(&self) -> String {
        let cel = || plain(&Template::parse(cel(&self.node).unwrap_or_default()));
        self.comparison.as_ref().map_or_else(cel, shown)
    }

    /// Whether no shell can decide it, but the `when` of a step can.
    pub(in crate::fuse) fn needs_probe(&self) -> bool {
        self.comparison.is_none() || self.lists.known
    }

    /// The param of the Pipeline whose elements are all that it compares with.
    pub(super) fn only_elements_of(&self) -> Option<String> {
        let comparison = self.comparison.as_ref().filter(|_| self.lists.known)?;
        let params = comparison.values.iter().map(|value| match value.sole_variable()? {
            Variable::Param(name, _) => Some(name.as_str()),
            _ => None,
        });
        params.collect::<Option<Vec<&str>>>()?.first().map(|name| (*name).to_owned())
    }

    /// Why a pod cannot decide it, if it cannot.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        if self.lists.input {
            return Some("compares a whole list, which a step of a pod gets in another form");
        }
        if self.lists.inside_text {
            return Some("has a whole array inside of a longer text, where Tekton puts nothing in");
        }
        match (&self.comparison, self.reads_inside && self.needs_probe()) {
            (None, true) => Some("asks a CEL expression for results of the group, which a shell cannot evaluate"),
            (Some(_), true) => {
                Some("compares results of the group with the elements of a list, which a shell does not get one by one")
            }
            _ => None,
        }
    }
}

fn shown(comparison: &Comparison) -> String {
    let values: Vec<String> = comparison.values.iter().map(|value| format!("\"{}\"", plain(value))).collect();
    let operator = if comparison.negated { "notin" } else { "in" };
    format!("{} {operator} [{}]", plain(&comparison.input), values.join(", "))
}

/// A text with its variables as plain words.
fn plain(text: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.replace("$(", "("),
        Part::Variable { variable, .. } => variable.to_string(),
    };
    text.parts().iter().map(part).collect()
}

/// The lists in a comparison. Tekton takes a list for its elements with and without `[*]` (`applyReplacements`,
/// `pkg/apis/pipeline/v1/when_types.go`, v1.15).
fn lists(comparison: &Comparison, outer: &Outer<'_>) -> Lists {
    let is_list = |variable: &Variable| match variable {
        Variable::Param(name, access) => {
            let (name, access) = name.resolve(access, |name| outer.has_param(name));
            access == Access::Star || access == Access::Whole && outer.param_kind(&name) != ParamType::String
        }
        Variable::TaskResult { access, .. } => *access == Access::Star,
        _ => false,
    };
    let is_known = |variable: &Variable| is_list(variable) && !outer.is_inside(variable);
    let is_inside = |variable: &Variable| is_list(variable) && outer.is_inside(variable);
    let values = &comparison.values;
    Lists {
        input: comparison.input.variables().any(is_list),
        known: values.iter().any(|value| value.variables().any(is_known)),
        inside_text: values.iter().any(|value| value.sole_variable().is_none() && value.variables().any(is_inside)),
    }
}

/// Reads the `when` of a member.
pub(super) fn clauses(
    member: &Member<'_>,
    when: &Node,
    names: &HashSet<&str>,
    outer: &Outer<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Clause> {
    let entries = when.as_sequence().unwrap_or(if when.is_null() { &[] } else { std::slice::from_ref(when) });
    entries.iter().filter_map(|entry| clause(member, entry, names, outer, diagnostics)).collect()
}

fn clause(
    member: &Member<'_>,
    entry: &Node,
    names: &HashSet<&str>,
    outer: &Outer<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Clause> {
    let mut reads_inside = false;
    each_text(entry, &mut |text| {
        reads_inside |= Template::parse(text).variables().filter_map(Variable::task).any(|task| names.contains(task));
    });
    let comparison = Comparison::read(entry).filter(|_| cel(entry).is_none());
    if comparison.is_none() && cel(entry).is_none() {
        let message = format!("an entry of the `when` of `{}` cannot be read", member.name());
        let place = Diagnostic::new(Code::WrongType, message).at(entry.span, "this entry");
        diagnostics.push(place.help("write `input`, `operator: in` or `notin`, and a list of strings as `values`"));
        return None;
    }
    let lists = comparison.as_ref().map(|comparison| lists(comparison, outer)).unwrap_or_default();
    Some(Clause { node: entry.clone(), comparison, reads_inside, lists, span: entry.span })
}
