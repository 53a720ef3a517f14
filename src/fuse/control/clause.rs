//! One entry of a member's `when`.

use std::collections::HashSet;

use super::reads;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Access, Part, Template, Variable};
use crate::fuse::member::{Member, each_text};
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
    /// Where it stands.
    pub(in crate::fuse) span: Span,
}

/// Whether a text is among others.
#[derive(Debug)]
pub(in crate::fuse) struct Comparison {
    /// The text.
    pub(in crate::fuse) input: Template,
    /// `notin`.
    pub(in crate::fuse) negated: bool,
    /// The others.
    pub(in crate::fuse) values: Vec<Template>,
}

impl Comparison {
    /// How messages of a step name it: Tekton must find no variable to replace in it.
    pub(in crate::fuse) fn shown(&self) -> String {
        let plain = |text: &Template| {
            let part = |part: &Part| match part {
                Part::Text(text) => text.replace("$(", "("),
                Part::Variable { variable, .. } => variable.to_string(),
            };
            text.parts().iter().map(part).collect::<String>()
        };
        let values: Vec<String> = self.values.iter().map(|value| format!("\"{}\"", plain(value))).collect();
        let operator = if self.negated { "notin" } else { "in" };
        format!("{} {operator} [{}]", plain(&self.input), values.join(", "))
    }

    /// What comes out while no result is put in: Tekton compares the references as they are written, if a single one of the
    /// task's is missing (`ResolvePipelineTask`, `pkg/reconciler/pipelinerun/resources/pipelinerunresolution.go`, v1.15).
    pub(in crate::fuse) fn unresolved(&self) -> bool {
        self.values.contains(&self.input) != self.negated
    }
}

impl Clause {
    /// Why a pod cannot decide it, if it cannot. `dynamic`: a shell would have to.
    pub(super) fn refusal(&self, dynamic: bool) -> Option<&'static str> {
        let Some(comparison) = &self.comparison else {
            return dynamic.then_some("is a CEL expression, which a shell cannot evaluate, and others depend on it");
        };
        let is_list = |text: &Template| {
            let star = |variable: &Variable| {
                matches!(variable, Variable::Param(_, Access::Star) | Variable::TaskResult { access: Access::Star, .. })
            };
            text.variables().any(star)
        };
        if is_list(&comparison.input) {
            return Some("compares a whole list, which a step of a pod gets in another form");
        }
        let inside = self.reads_inside || dynamic;
        (inside && comparison.values.iter().any(is_list))
            .then_some("compares with the elements of a list, which a shell does not get one by one")
    }
}

/// Reads the `when` of a member.
pub(super) fn clauses(
    member: &Member<'_>,
    when: &Node,
    names: &HashSet<&str>,
    diagnostics: &mut Diagnostics,
) -> Vec<Clause> {
    let entries = when.as_sequence().unwrap_or(if when.is_null() { &[] } else { std::slice::from_ref(when) });
    entries.iter().filter_map(|entry| clause(member, entry, names, diagnostics)).collect()
}

fn clause(member: &Member<'_>, entry: &Node, names: &HashSet<&str>, diagnostics: &mut Diagnostics) -> Option<Clause> {
    let mut reads_inside = false;
    each_text(entry, &mut |text| {
        reads_inside |= Template::parse(text).variables().any(|variable| reads(variable, names));
    });
    let text = |key: &str| entry.get(key).and_then(Node::as_str);
    let cel = text("cel").is_some_and(|cel| !cel.is_empty());
    let values = entry.get("values").map(|values| values.as_sequence().unwrap_or(std::slice::from_ref(values)));
    let values: Option<Vec<Template>> =
        values.unwrap_or_default().iter().map(|value| value.as_str().map(Template::parse)).collect();
    let operator = match text("operator") {
        Some("in") => Some(false),
        Some("notin") => Some(true),
        _ => None,
    };
    let input = Template::parse(text("input").unwrap_or_default());
    let comparison = match (cel, operator, values) {
        (true, ..) => None,
        (false, Some(negated), Some(values)) => Some(Comparison { input, negated, values }),
        _ => {
            let message = format!("an entry of the `when` of `{}` cannot be read", member.name());
            let place = Diagnostic::new(Code::WrongType, message).at(entry.span, "this entry");
            diagnostics.push(place.help("write `input`, `operator: in` or `notin`, and a list of strings as `values`"));
            return None;
        }
    };
    Some(Clause { node: entry.clone(), comparison, reads_inside, span: entry.span })
}
