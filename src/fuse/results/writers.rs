//! Who writes the results of a Task, as far as its text shows.

use std::collections::HashSet;

use super::DIRECTORY;
use crate::expr::{Part, Template, Variable};
use crate::fuse::member::Member;
use crate::model::ResultSpec;
use crate::yaml::{Node, Value};

/// Who writes a result of a Task, as far as its text shows.
#[derive(Debug, Default)]
pub(super) struct Writers {
    /// Steps that name the variable of its path.
    steps: Vec<usize>,
    /// A sidecar or the stepTemplate names it.
    elsewhere: bool,
    /// The path stands somewhere as text, or nobody names it: the image's own program must be the writer.
    pub(super) hard_coded: bool,
    /// The steps' names, for results that are handed on.
    step_names: Vec<String>,
}

impl Writers {
    pub(super) fn of_member(member: &Member<'_>) -> Vec<Self> {
        let spec = member.resolved.spec;
        let step_names: Vec<String> = (0..spec.steps.len()).map(|index| member.step_name(index)).collect();
        let steps: Vec<Mentions> = spec.steps.iter().map(|step| Mentions::of(member, step)).collect();
        let others = spec.sidecars.iter().chain(&spec.step_template);
        let elsewhere: Vec<Mentions> = others.map(|node| Mentions::of(member, node)).collect();
        let writers = |result: &ResultSpec| {
            let name = &result.name.value;
            let named: Vec<usize> = (0..steps.len()).filter(|step| steps[*step].variables.contains(name)).collect();
            let named_elsewhere = elsewhere.iter().any(|mentions| mentions.variables.contains(name));
            let literal = steps.iter().chain(&elsewhere).any(|mentions| mentions.literal(name));
            let nobody = named.is_empty() && !named_elsewhere && result.value.is_none();
            let hard_coded = literal || nobody;
            Self { steps: named, elsewhere: named_elsewhere, hard_coded, step_names: step_names.clone() }
        };
        spec.results.iter().map(writers).collect()
    }

    pub(super) fn single(&self) -> Option<usize> {
        match self.steps.as_slice() {
            [step] if !self.elsewhere => Some(*step),
            _ => None,
        }
    }

    pub(super) fn handed_on(&self, spec: &ResultSpec) -> Option<(usize, String)> {
        let value = Template::parse(&spec.value.as_ref()?.value);
        let Some(Variable::StepResult { step, rest }) = value.sole_variable() else { return None };
        Some((self.step_names.iter().position(|name| name == step)?, rest.clone()))
    }
}

/// The results that a container's texts name, the values of the params they use included.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    variables: HashSet<String>,
    /// What follows `/tekton/results` where it stands as text.
    pub(super) literals: Vec<String>,
}

impl Mentions {
    pub(super) fn of(member: &Member<'_>, node: &Node) -> Self {
        let mut mentions = Self::default();
        mentions.node(member, node);
        mentions
    }

    fn node(&mut self, member: &Member<'_>, node: &Node) {
        match &node.value {
            Value::Scalar(scalar) => self.template(member, &Template::parse(&scalar.text), 0),
            Value::Sequence(items) => items.iter().for_each(|item| self.node(member, item)),
            Value::Mapping(mapping) => mapping.entries.iter().for_each(|entry| self.node(member, &entry.value)),
        }
    }

    fn template(&mut self, member: &Member<'_>, template: &Template, depth: usize) {
        for part in template.parts() {
            match part {
                Part::Text(text) => self.text(text),
                Part::Variable { variable: Variable::ResultPath(name), .. } => {
                    self.variables.insert(name.clone());
                }
                Part::Variable { variable: Variable::Param(name, access), .. } if depth == 0 => {
                    let (name, _) = name.resolve(access, |name| member.has_param(name));
                    let value = member.param_value(&name);
                    value.iter().flat_map(|value| value.templates()).for_each(|value| self.template(member, value, 1));
                }
                Part::Variable { .. } => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        let found = text.match_indices(DIRECTORY).map(|(at, _)| text[at + DIRECTORY.len()..].to_owned());
        self.literals.extend(found.filter(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-')));
    }

    /// Whether `/tekton/results/<name>` stands there, or the directory without a name that could be told.
    fn literal(&self, name: &str) -> bool {
        self.literals.iter().any(|rest| [name, ""].contains(&file_name(rest)))
    }
}

/// The file that is named behind the directory; empty if none can be told.
pub(super) fn file_name(rest: &str) -> &str {
    let file = rest.strip_prefix('/').unwrap_or_default();
    &file[..file.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(file.len())]
}
