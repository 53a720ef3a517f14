//! The values of a matrix: arrays written out, and arrays of the Pipeline whose length is known.

use super::{Fault, Frozen};
use crate::expr::{Access, ParamName, Template, Variable};
use crate::model::{Include, Param, ParamType, ParamValue, Pipeline, RunParam};
use crate::source::Span;
use crate::yaml::Node;

/// A value in a combination.
pub(super) type Single = Param;

/// The values that the params of a matrix get in a Pipeline.
pub(super) struct Values<'a> {
    pipeline: &'a Pipeline,
    run_params: &'a [RunParam],
    /// The params on whose defaults the number of values depends.
    pub(super) frozen: Vec<Frozen>,
}

impl<'a> Values<'a> {
    pub(super) fn new(pipeline: &'a Pipeline, run_params: &'a [RunParam]) -> Self {
        Self { pipeline, run_params, frozen: Vec::new() }
    }

    /// The values of a param of the matrix, which must be an array.
    pub(super) fn array(&mut self, param: &Param) -> Result<Vec<Single>, Fault> {
        let span = param.node.span;
        let mut values = Vec::new();
        match &param.value {
            ParamValue::Array(items) => {
                let nodes = param.node.as_sequence().unwrap_or_default();
                for (at, item) in items.iter().enumerate() {
                    let span = nodes.get(at).map_or(span, |node| node.span);
                    match self.elements(item, span)? {
                        Some(elements) => values.extend(elements.into_iter().map(|item| single(param, item, span))),
                        None => values.push(single(param, item.clone(), span)),
                    }
                }
            }
            ParamValue::String(text) => {
                let elements = self.elements(text, span)?;
                let elements = elements.ok_or_else(|| no_array(param))?;
                values.extend(elements.into_iter().map(|item| single(param, item, span)));
            }
            ParamValue::Object(_) => return Err(no_array(param)),
        }
        if values.is_empty() {
            let message = format!("has no value for `{}`, and Tekton skips the task", param.name.value);
            return Err(Fault::new(message, span));
        }
        Ok(values)
    }

    /// The values of an entry of `include`, which must be single texts.
    pub(super) fn include(&self, include: &Include) -> Result<Vec<Single>, Fault> {
        let text = |param: &Param| match &param.value {
            ParamValue::String(text) if !self.is_array(text) => Ok(single(param, text.clone(), param.node.span)),
            _ => {
                let message =
                    format!("passes something else than a single text for `{}` in `include`", param.name.value);
                Err(Fault::new(message, param.node.span))
            }
        };
        include.params.iter().map(text).collect()
    }

    fn is_array(&self, text: &Template) -> bool {
        let Some(variable) = text.sole_variable() else { return false };
        matches!(variable, Variable::TaskResult { access: Access::Star, .. }) || self.whole_array(variable).is_some()
    }

    /// The elements of an array that a text is nothing but a reference to; `None` if it is a text.
    fn elements(&mut self, text: &Template, span: Span) -> Result<Option<Vec<Template>>, Fault> {
        let Some(variable) = text.sole_variable() else { return Ok(None) };
        if matches!(variable, Variable::TaskResult { access: Access::Star, .. }) {
            let message = format!("takes as many values as `$({variable})` has, which only a run knows");
            return Err(Fault::new(message, span));
        }
        let Some(name) = self.whole_array(variable) else { return Ok(None) };
        let count = self.count(&name, span)?;
        let element = |index| Template::variable(Variable::Param(ParamName::Plain(name.clone()), Access::Index(index)));
        Ok(Some((0..count).map(element).collect()))
    }

    /// The array param of the Pipeline that a variable is the whole of. Tekton takes both spellings
    /// (`ParamValue.applyOrCorrect`, `pkg/apis/pipeline/v1/param_types.go`, v1.15).
    fn whole_array(&self, variable: &Variable) -> Option<String> {
        let Variable::Param(name, access) = variable else { return None };
        let (name, access) = name.resolve(access, |name| self.kind(name).is_some());
        let whole = matches!(access, Access::Whole | Access::Star);
        (whole && self.kind(&name) == Some(ParamType::Array)).then_some(name)
    }

    fn kind(&self, name: &str) -> Option<ParamType> {
        let declared = self.pipeline.params.iter().find(|param| param.name.value == name).map(|param| param.kind);
        declared.or_else(|| self.given(name).map(ParamValue::kind))
    }

    /// The value that the run of an inline Pipeline passes.
    fn given(&self, name: &str) -> Option<&'a ParamValue> {
        self.run_params.iter().find(|param| param.name == name).map(|param| &param.value)
    }

    /// How many elements an array param of the Pipeline has: what the run of an inline Pipeline says is so, what a default says
    /// has to be made sure of.
    fn count(&mut self, name: &str, span: Span) -> Result<usize, Fault> {
        match self.given(name) {
            Some(ParamValue::Array(items)) => return Ok(items.len()),
            Some(_) => {
                let message = format!("takes as many values as the param `{name}` has, which the run does not tell");
                return Err(Fault::new(message, span).help(format!("write the elements of `{name}` into the run")));
            }
            None => {}
        }
        let declared = self.pipeline.params.iter().find(|param| param.name.value == name);
        let Some(ParamValue::Array(items)) = declared.and_then(|param| param.default.as_ref()) else {
            let message = format!("takes as many values as the param `{name}` has, which has no default");
            return Err(
                Fault::new(message, span).help(format!("give `{name}` a default with as many elements as runs pass"))
            );
        };
        if items.iter().any(|item| self.is_array(item)) {
            let message = format!("takes as many values as the default of `{name}` has, which names another array");
            return Err(Fault::new(message, span).help(format!("write the elements into the default of `{name}`")));
        }
        let frozen = Frozen { param: name.to_owned(), count: items.len(), span };
        if !self.pipeline.inline && !self.frozen.iter().any(|other| other.param == name) {
            self.frozen.push(frozen);
        }
        Ok(items.len())
    }
}

fn single(param: &Param, text: Template, span: Span) -> Single {
    let node = Node::string(span, text.to_string());
    Param { name: param.name.clone(), value: ParamValue::String(text), node }
}

fn no_array(param: &Param) -> Fault {
    let fault = Fault::new(format!("gives `{}` something else than an array", param.name.value), param.node.span);
    match param.node.as_sequence() {
        Some(_) => fault.help("put all its values in quotes, so that Kubernetes reads each as a string"),
        None => fault,
    }
}
