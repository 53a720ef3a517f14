//! The texts of a member in the Pipeline's terms, so that the texts of two members can be compared.

use crate::expr::{Access, Template, Variable};
use crate::model::{ParamValue, PipelineTask, TaskSpec};
use crate::source::Span;

/// A param of a member's Task: its name, its value, and where the value stands.
type Value<'a> = (&'a str, &'a ParamValue, Span);

/// The params of a member: what the pipeline task passes, else the defaults.
pub(super) struct Terms<'a> {
    pub(super) values: Vec<Value<'a>>,
}

impl<'a> Terms<'a> {
    /// The params of `task`, which runs `spec`.
    pub(super) fn of(task: &'a PipelineTask, spec: &'a TaskSpec) -> Self {
        let passed = task.params.iter().map(|param| (param.name.value.as_str(), &param.value, param.node.span));
        let mut values: Vec<Value<'a>> = passed.collect();
        for declared in &spec.params {
            let name = declared.name.value.as_str();
            let Some(default) = declared.default.as_ref().filter(|_| values.iter().all(|(known, ..)| *known != name))
            else {
                continue;
            };
            let span = declared.node.get("default").map_or(declared.name.span, |node| node.span);
            values.push((name, default, span));
        }
        Self { values }
    }

    /// A text of the Task with its params replaced; every other variable in its usual spelling.
    pub(super) fn text(&self, text: &str) -> String {
        Template::parse(text).map(|variable| Some(self.value(variable).unwrap_or_else(|| usual(variable)))).to_string()
    }

    fn value(&self, variable: &Variable) -> Option<Template> {
        let Variable::Param(name, access) = variable else { return None };
        let value = |wanted: &str| self.values.iter().find(|(name, ..)| *name == wanted).map(|(_, value, _)| *value);
        let (name, access) = name.resolve(access, |name| value(name).is_some());
        let found = match (value(&name)?, &access) {
            (ParamValue::String(text), Access::Whole) => text,
            (ParamValue::Array(items), Access::Index(at)) => items.get(*at)?,
            (ParamValue::Object(fields), Access::Key(key)) => fields.get(key)?,
            (ParamValue::Array(items), Access::Star) => return Some(spread(items)),
            _ => return None,
        };
        Some(found.map(|variable| Some(usual(variable))))
    }
}

/// The elements of an array as the words that they become.
fn spread(items: &[Template]) -> Template {
    let mut words = Template::default();
    for item in items {
        words.append(item.map(|variable| Some(usual(variable))));
        words.append(Template::text(" "));
    }
    words
}

fn usual(variable: &Variable) -> Template {
    Template::variable(variable.clone())
}

/// A text of the Pipeline with its variables in their usual spelling.
pub(super) fn normal(text: &Template) -> String {
    text.map(|variable| Some(usual(variable))).to_string()
}
