//! Params: every value stays in the Pipeline and is passed to the fused Task, except where it holds a result of the
//! group; such a value moves into the fused Task as text at its places of use.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::member::Member;
use super::names::{FREE, Names};
use super::{Outer, hint};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Access, ParamName, Template, Variable};
use crate::model::{ParamSpec, ParamType, ParamValue, RunParam};
use crate::source::Span;
use crate::yaml::Node;

/// What a param of a member became.
#[derive(Clone, Debug)]
pub(super) enum Bound {
    /// A param of the fused Task.
    Fused(String),
    /// Text of the fused Task, with results of members in it.
    Inline(ParamValue),
}

impl Bound {
    /// What takes the place of a reference in a text; `None` where Tekton substitutes nothing.
    pub(super) fn text(&self, access: &Access) -> Option<Template> {
        match self {
            Self::Fused(name) => {
                Some(Template::variable(Variable::Param(ParamName::Plain(name.clone()), access.clone())))
            }
            Self::Inline(value) => match (value, access) {
                (ParamValue::String(text), Access::Whole) => Some(text.clone()),
                (ParamValue::String(text), access) => part_of_result(text, access),
                (ParamValue::Array(items), Access::Index(index)) => {
                    // Behind an array of unknown length nobody can tell which item is meant.
                    let known = items.iter().take(index + 1).all(|item| whole_array(item).is_none());
                    let only = items.first().filter(|_| items.len() == 1);
                    match known {
                        true => items.get(*index).cloned(),
                        false => only.and_then(|item| part_of_result(item, access)),
                    }
                }
                (ParamValue::Object(fields), Access::Key(key)) => fields.get(key).cloned(),
                _ => None,
            },
        }
    }

    /// The items that take the place of an item that is nothing but a reference to a whole array.
    pub(super) fn items(&self, access: &Access) -> Option<Vec<Template>> {
        match (self, access) {
            (Self::Inline(ParamValue::Array(items)), Access::Whole | Access::Star) => Some(items.clone()),
            (Self::Inline(ParamValue::String(text)), Access::Star) => whole_array(text).map(|_| vec![text.clone()]),
            _ => None,
        }
    }
}

/// The variable of a text that is nothing but a whole array.
fn whole_array(text: &Template) -> Option<&Variable> {
    text.sole_variable().filter(|variable| {
        matches!(variable, Variable::TaskResult { access: Access::Star, .. } | Variable::Param(_, Access::Star))
    })
}

/// An element or key of a result that was passed as a whole.
fn part_of_result(text: &Template, access: &Access) -> Option<Template> {
    let Variable::TaskResult { task, result, access: Access::Star } = whole_array(text)? else { return None };
    let part = Variable::TaskResult { task: task.clone(), result: result.clone(), access: access.clone() };
    Some(Template::variable(part))
}

/// A param that the fused Task declares.
#[derive(Debug)]
pub(super) struct FusedParam {
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) kind: ParamType,
    /// What the member's Task says of it: description, properties, enum.
    pub(super) spec: Option<Node>,
    /// Kept where the Pipeline passes nothing, and for objects, whose keys it completes.
    pub(super) default: Option<ParamValue>,
    /// What the Pipeline passes.
    pub(super) value: Option<ParamValue>,
    /// Where it comes from.
    pub(super) span: Span,
}

/// The params of a group.
#[derive(Debug)]
pub(super) struct Params {
    names: Names,
    /// In the order in which they were met.
    pub(super) fused: Vec<FusedParam>,
    /// Params that stand for one variable of the Pipeline, whoever needs it.
    outer: IndexMap<Variable, String>,
    /// The param that holds a dollar.
    dollar: Option<String>,
}

/// How texts of a value that belong to the scope of a member's Task are renamed.
pub(super) type Rename<'r> = dyn Fn(&Template) -> Template + 'r;

impl Params {
    /// No params yet.
    pub(super) fn new() -> Self {
        Self { names: Names::new(FREE), fused: Vec::new(), outer: IndexMap::new(), dollar: None }
    }

    /// Binds every param of a member.
    pub(super) fn bind(
        &mut self,
        member: &Member<'_>,
        outer: &Outer<'_>,
        rename: &Rename<'_>,
        diagnostics: &mut Diagnostics,
    ) -> HashMap<String, Bound> {
        let mut bound = HashMap::new();
        for spec in &member.spec().params {
            let name = &spec.name.value;
            if let Some(binding) = self.declared(member, spec, outer, rename, diagnostics) {
                bound.insert(name.clone(), binding);
            }
        }
        // Values that a spec uses without declaring them reach it too: in an embedded one (`propagateParams`), and in sidecars and
        // volumes, where Tekton does not look for declarations. Others are dropped, unless the member waits for a result by them.
        let waits = |variable: &Variable| matches!(variable, Variable::TaskResult { .. });
        let undeclared = member.params().filter(|param| member.param(&param.name.value).is_none());
        for param in undeclared {
            let name = &param.name.value;
            if member.embedded() || holds(&param.value, waits) || member.uses_param(name) {
                let value = self.passed(member, name, None, &param.value, param.name.span, outer, rename);
                bound.insert(name.clone(), value);
            }
        }
        bound
    }

    fn declared(
        &mut self,
        member: &Member<'_>,
        spec: &ParamSpec,
        outer: &Outer<'_>,
        rename: &Rename<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Bound> {
        let name = &spec.name.value;
        if let Some(value) = member.passed(name) {
            if !fits(value, spec.kind) {
                diagnostics.push(wrong_type(member, spec, value));
                return None;
            }
            return Some(self.passed(member, name, Some(spec), value, spec.name.span, outer, rename));
        }
        if member.embedded() && outer.has_param(name) {
            return Some(Bound::Fused(self.outer(&Variable::param(name), spec.kind, outer, spec.name.span)));
        }
        let Some(default) = &spec.default else {
            diagnostics.push(missing(member, spec));
            return None;
        };
        let default = evaluate_default(member, spec, default, diagnostics)?.map(rename);
        if outer.embeds && holds(&default, is_of_step) {
            return Some(Bound::Inline(default));
        }
        // In the Pipeline's text its own variables would take the place of text that Tekton leaves alone in a default.
        let of_pipeline = |variable: &Variable| matches!(variable, Variable::Param(..)) || outer.substitutes(variable);
        let is_safe = !holds(&default, of_pipeline);
        let fused = self.add(member, name, Some(spec), spec.kind, spec.name.span);
        // Into an embedded spec a run's param of that name would be propagated, past the default.
        match outer.embeds {
            true if is_safe => fused.value = Some(default),
            true if outer.has_param(&fused.name) => diagnostics.push(unresolved_default(member, spec)),
            _ => fused.default = Some(default),
        }
        Some(Bound::Fused(fused.name.clone()))
    }

    #[allow(clippy::too_many_arguments, reason = "each is a different thing, and a struct for them would be used once")]
    fn passed(
        &mut self,
        member: &Member<'_>,
        name: &str,
        spec: Option<&ParamSpec>,
        value: &ParamValue,
        span: Span,
        outer: &Outer<'_>,
        rename: &Rename<'_>,
    ) -> Bound {
        let renamed = value.map(rename);
        if holds(value, |variable| outer.is_inside(variable)) || holds(&renamed, is_of_step) {
            return Bound::Inline(value.map(|text| self.inline(text, outer, rename, span)));
        }
        let kind = spec.map_or_else(|| outer.kind_of(value), |spec| spec.kind);
        let fused = self.add(member, name, spec, kind, span);
        fused.value = Some(renamed);
        if kind == ParamType::Object {
            fused.default = spec.and_then(|spec| spec.default.clone()).map(|default| default.map(rename));
        }
        Bound::Fused(fused.name.clone())
    }

    /// A text of a value as text of the fused Task: what belongs to the Pipeline's scope becomes a param of its own.
    pub(super) fn inline(&mut self, text: &Template, outer: &Outer<'_>, rename: &Rename<'_>, span: Span) -> Template {
        let mut result = Template::default();
        for part in text.parts() {
            let mut single = Template::default();
            single.push(part.clone());
            let piece = match single.sole_variable() {
                Some(variable) if outer.is_inside(variable) => single,
                Some(variable) if outer.substitutes(variable) => self.outer_reference(variable, outer, span),
                _ => rename(&single),
            };
            result.append(piece);
        }
        result
    }

    /// A reference to the fused param that stands for a variable of the Pipeline.
    pub(super) fn outer_reference(&mut self, variable: &Variable, outer: &Outer<'_>, span: Span) -> Template {
        let (whole, access, kind) = match variable {
            Variable::Param(name, access) => {
                let (name, access) = name.resolve(access, |name| outer.has_param(name));
                let kind = outer.param_kind(&name);
                (Variable::param(name), access, kind)
            }
            Variable::TaskResult { task, result, access: Access::Star } => {
                let whole = Variable::TaskResult { task: task.clone(), result: result.clone(), access: Access::Star };
                (whole, Access::Star, ParamType::Array)
            }
            other => (other.clone(), Access::Whole, ParamType::String),
        };
        let name = self.outer(&whole, kind, outer, span);
        Template::variable(Variable::Param(ParamName::Plain(name), access))
    }

    /// A text that looks like a variable of the Pipeline, in a Task that becomes a `taskSpec` of it. The Pipeline would
    /// substitute it, so its dollar is the value of a param, which Tekton puts in afterwards.
    pub(super) fn literal(&mut self, variable: &Variable, span: Span) -> Template {
        let name = match &self.dollar {
            Some(name) => name.clone(),
            None => {
                let name = self.names.take("dollar");
                let value = Some(ParamValue::String(Template::text("$")));
                let kind = ParamType::String;
                self.fused.push(FusedParam { name: name.clone(), kind, spec: None, default: None, value, span });
                self.dollar.insert(name).clone()
            }
        };
        let mut text = Template::variable(Variable::param(name));
        text.append(Template::text(format!("({variable})")));
        text
    }

    /// The fused param that stands for a variable of the Pipeline.
    fn outer(&mut self, variable: &Variable, kind: ParamType, outer: &Outer<'_>, span: Span) -> String {
        if let Some(name) = self.outer.get(variable) {
            return name.clone();
        }
        let name = self.names.take(&outer_name(variable));
        let passed = match (variable, kind) {
            (Variable::Param(name, _), ParamType::Array | ParamType::Object) => {
                Variable::Param(name.clone(), Access::Star)
            }
            _ => variable.clone(),
        };
        let value = Some(ParamValue::String(Template::variable(passed)));
        let spec = match variable {
            Variable::Param(name, _) => {
                let of_run = || outer.run_param(name.as_str()).and_then(|param| properties(param, span));
                outer.param(name.as_str()).map(|param| param.node.clone()).or_else(of_run)
            }
            _ => None,
        };
        let default = object_default(variable, kind, outer);
        self.fused.push(FusedParam { name: name.clone(), kind, spec, default, value, span });
        self.outer.insert(variable.clone(), name.clone());
        name
    }

    fn add(
        &mut self,
        member: &Member<'_>,
        name: &str,
        spec: Option<&ParamSpec>,
        kind: ParamType,
        span: Span,
    ) -> &mut FusedParam {
        let kept = hint::EXACT.contains(&name).then(|| self.names.take_exactly(name)).flatten();
        let wanted = format!("{}-{}", member.own_name(), name.replace('.', "-"));
        let name = kept.unwrap_or_else(|| self.names.take(&param_name(&wanted)));
        let spec = spec.map(|spec| spec.node.clone());
        let at = self.fused.len();
        self.fused.push(FusedParam { name, kind, spec, default: None, value: None, span });
        &mut self.fused[at]
    }
}

fn holds(value: &ParamValue, is_wanted: impl Fn(&Variable) -> bool) -> bool {
    value.templates().flat_map(Template::variables).any(is_wanted)
}

/// Variables of steps, which Tekton refuses in a pipeline task (`pkg/apis/pipeline/v1/pipeline_validation.go`, v1.15): a
/// text with one has to stand in the Task.
fn is_of_step(variable: &Variable) -> bool {
    matches!(
        variable,
        Variable::StepResultPath(_)
            | Variable::StepResult { .. }
            | Variable::StepArtifacts { .. }
            | Variable::ExitCodePath(_)
    )
}

/// Param names begin with a letter or underscore (`pkg/apis/pipeline/v1/task_validation.go`), members' names may not.
fn param_name(wanted: &str) -> String {
    match wanted.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        true => format!("_{wanted}"),
        false => wanted.to_owned(),
    }
}

/// `registry` for `params.registry`, `build-digest` for `tasks.build.results.digest`, `context-pipelineRun-name`.
fn outer_name(variable: &Variable) -> String {
    let text = match variable {
        Variable::Param(name, _) => name.as_str().to_owned(),
        Variable::TaskResult { task, result, access } => format!("{task}-{result}{access}"),
        other => other.to_string(),
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    param_name(text.chars().map(plain).collect::<String>().trim_matches('-'))
}

/// The default of an object of the Pipeline: a run may leave out keys that it has, and those are not in what the Pipeline
/// passes on. One with variables cannot be said in the Task.
fn object_default(variable: &Variable, kind: ParamType, outer: &Outer<'_>) -> Option<ParamValue> {
    let Variable::Param(name, _) = variable else { return None };
    let default = outer.param(name.as_str()).filter(|_| kind == ParamType::Object)?.default.clone()?;
    (!holds(&default, |_| true)).then_some(default)
}

/// The declaration of an object that only the run knows: its keys.
fn properties(param: &RunParam, span: Span) -> Option<Node> {
    let ParamValue::Object(fields) = &param.value else { return None };
    let kind = || Node::mapping(span, [("type", Node::string(span, "string"))]);
    let properties = Node::mapping(span, fields.keys().map(|key| (key.clone(), kind())));
    Some(Node::mapping(span, [("properties", properties)]))
}

/// Whether Tekton accepts a value for a type: a string with a variable in it may become anything
/// (`ValidateParamTypesMatching`, `pkg/reconciler/pipelinerun/resources/validate_params.go`, v1.15).
fn fits(value: &ParamValue, kind: ParamType) -> bool {
    match value {
        ParamValue::String(text) => kind == ParamType::String || text.variables().next().is_some(),
        _ => value.kind() == kind,
    }
}

fn wrong_type(member: &Member<'_>, spec: &ParamSpec, value: &ParamValue) -> Diagnostic {
    let (name, kind) = (&spec.name.value, spec.kind.as_str());
    let message =
        format!("`{}` passes the param `{name}` as {}, but it is of type {kind}", member.name(), value.kind().as_str());
    let passed = member.params().find(|param| param.name.value == *name);
    let place = Diagnostic::new(Code::ParamKind, message);
    let place = place.at(passed.map_or(member.task.name.span, |param| param.node.span), "passed here");
    place.at(spec.name.span, "declared here").help(format!("pass a value of type {kind}"))
}

fn missing(member: &Member<'_>, spec: &ParamSpec) -> Diagnostic {
    let name = &spec.name.value;
    let message = format!("`{}` passes no value for the param `{name}`, which has no default", member.name());
    let place = Diagnostic::new(Code::ParamMissing, message).at(member.task.name.span, "not passed here");
    place
        .at(spec.name.span, "declared here")
        .help(format!("add `{{name: {name}, value: ...}}` to the params of `{}`", member.name()))
}

/// A default that names other params, as Tekton evaluates it: against their defaults, and only the last reference counts
/// (`replacementsFromDefaultParams`, `pkg/reconciler/taskrun/resources/apply.go`, v1.15).
fn evaluate_default(
    member: &Member<'_>,
    spec: &ParamSpec,
    default: &ParamValue,
    diagnostics: &mut Diagnostics,
) -> Option<ParamValue> {
    if !default.templates().any(names_param) {
        return Some(default.clone());
    }
    // Tekton looks at texts only: in lists and objects the reference stays.
    let evaluated = match default {
        ParamValue::String(_) => default_text(member, spec, 0).map(|text| Template::parse(&text)),
        _ => None,
    };
    match evaluated {
        Some(template) if !names_param(&template) => Some(ParamValue::String(template)),
        _ => {
            diagnostics.push(unresolved_default(member, spec));
            None
        }
    }
}

fn names_param(template: &Template) -> bool {
    template.variables().any(|variable| matches!(variable, Variable::Param(..)))
}

fn unresolved_default(member: &Member<'_>, spec: &ParamSpec) -> Diagnostic {
    let name = &spec.name.value;
    let message = format!("Tekton leaves a literal `$(...)` in the default of `{name}`");
    let place = Diagnostic::new(Code::DefaultUnresolved, message).at(spec.name.span, "declared here");
    let place = place.at(member.task.name.span, "not passed here");
    place.help(format!("pass `{name}` in `{}`", member.name()))
}

/// The text of a default after Tekton's two passes: each reference is replaced in the default as it was written, so the
/// last one replaced stands.
fn default_text(member: &Member<'_>, spec: &ParamSpec, depth: usize) -> Option<String> {
    let ParamValue::String(template) = spec.default.as_ref()? else { return None };
    let written = template.to_string();
    if !written.contains("$(params.") {
        return Some(written);
    }
    let mut text = None;
    for variable in template.variables() {
        let Variable::Param(name, Access::Whole) = variable else { continue };
        let Some(other) = member.param(name.as_str()) else { continue };
        let earlier = declared_before(member, &other.name.value, &spec.name.value);
        let plain = matches!(&other.default, Some(ParamValue::String(d)) if !d.to_string().contains("$(params."));
        let value = if plain || (earlier && depth < member.spec().params.len()) {
            default_text(member, other, depth + 1)
        } else {
            None
        };
        if let Some(value) = value {
            text = Some(written.replace(&format!("$({variable})"), &value));
        }
    }
    text
}

fn declared_before(member: &Member<'_>, first: &str, second: &str) -> bool {
    let position = |name: &str| member.spec().params.iter().position(|param| param.name.value == name);
    position(first) < position(second)
}

#[cfg(test)]
mod tests;
