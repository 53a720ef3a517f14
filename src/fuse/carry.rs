//! Results of the Pipeline that are results of a member which may be skipped.
//!
//! Tekton leaves a result of the Pipeline out if its task was skipped, and fails the run if the task succeeded without
//! writing it (`ApplyTaskResultsToPipelineResults`, `pkg/reconciler/pipelinerun/resources/apply.go`, v1.15). The group's
//! task succeeds though the member was skipped. So a further task, the *results task*, runs if the member ran, and hands
//! the values on. It stands under `finally`: the values of a run that fails are reported as well, and among `tasks` it would
//! not start any more once another task has failed.

use std::collections::HashMap;

use super::guard::{list, ran};
use super::names::{LABEL, Names};
use super::task::MANAGED_BY;
use super::{Fused, Skip};
use crate::diag::{About, Code, Condition, Diagnostic, Diagnostics};
use crate::expr::{Access, Template, Variable};
use crate::model::{ParamType, Pipeline, join};
use crate::shell::{Carried, carry_array_script, carry_script};
use crate::source::Span;
use crate::yaml::{Edit, Node, Segment, Value};

/// The annotation that says whose results a task hands on: the group's name.
const ANNOTATION: &str = "tkn-fuse/results-of";

/// A result of a member: (its name, the result's name).
type Key = (String, String);

/// The results tasks of a Pipeline.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    tasks: Vec<Node>,
    /// The results task, with its own result, that has a member's result now.
    results: HashMap<Key, (String, String)>,
}

/// A result that is handed on.
struct Handed<'a> {
    /// Its name in the Task of the member.
    result: String,
    /// Its name in the fused Task.
    fused: &'a str,
    /// Its name in the results task: none that Tekton Chains reads.
    name: String,
    kind: ParamType,
    properties: Option<&'a Node>,
}

impl Carriers {
    /// Decides which results are handed on. What cannot be is an error.
    pub(super) fn plan(pipeline: &Pipeline, fused: &[Fused], diagnostics: &mut Diagnostics) -> Self {
        let mut carriers = Self::default();
        let mut names = Names::new(LABEL);
        pipeline.tasks.iter().for_each(|task| _ = names.take(&task.name.value));
        fused.iter().for_each(|group| _ = names.take(&group.name));
        for group in fused {
            for skip in &group.skips {
                diagnostics.about(About::group(&group.name), |found| {
                    carriers.member(pipeline, group, skip, &mut names, found);
                });
            }
        }
        carriers
    }

    /// The results of one member.
    fn member(
        &mut self,
        pipeline: &Pipeline,
        group: &Fused,
        skip: &Skip,
        names: &mut Names,
        diagnostics: &mut Diagnostics,
    ) {
        let mut handed: Vec<Handed<'_>> = Vec::new();
        let mut first: Option<Span> = None;
        for (variable, span) in pipeline.results.iter().flat_map(|result| variables(&result.value)) {
            match &variable {
                Variable::FinallyResult { task, .. } if *task == skip.member => {
                    diagnostics.push(finally(skip, &variable, span));
                }
                Variable::TaskResult { task, result, .. } if *task == skip.member => {
                    let Some(found) = Handed::find(group, skip, result, handed.len() + 1) else { continue };
                    first.get_or_insert(span);
                    if handed.iter().any(|other| other.result == *result) {
                        continue;
                    }
                    match found.keys() {
                        Err(()) => diagnostics.push(unknown_keys(skip, result, span)),
                        Ok(_) => handed.push(found),
                    }
                }
                _ => {}
            }
        }
        let Some(span) = first.filter(|_| !handed.is_empty()) else { return };
        let name = names.take(&format!("{}-results", group.name));
        for found in &handed {
            self.results.insert((skip.member.clone(), found.result.clone()), (name.clone(), found.name.clone()));
        }
        tell(group, skip, &name, &handed, span, diagnostics);
        self.tasks.push(task(group, skip, &name, &handed, span));
    }

    /// What stands for a result of a member in the results of the Pipeline.
    pub(super) fn follow(&self, task: &str, result: &str, access: &Access) -> Option<Variable> {
        let (task, name) = self.results.get(&(task.to_owned(), result.to_owned()))?;
        Some(Variable::FinallyResult { task: task.clone(), rest: format!("{name}{access}") })
    }

    /// The edits that put the results tasks into the Pipeline. `emptied`: nothing else remains under `finally`.
    pub(super) fn edits(&self, pipeline: &Pipeline, emptied: bool) -> Vec<Edit> {
        let path = join(&pipeline.path, [Segment::from("finally")]);
        let all = Node::sequence(pipeline.spec.span, self.tasks.clone());
        match (self.tasks.is_empty(), emptied) {
            (true, true) => return vec![Edit::Remove(path)],
            (true, false) => return Vec::new(),
            (false, true) => return vec![Edit::Replace(path, all)],
            (false, false) => {}
        }
        match pipeline.spec.get("finally") {
            Some(list) => match list.as_sequence() {
                Some(items) => {
                    let edit = |node: &Node| {
                        let (parent, at) = (path.clone(), items.len());
                        Edit::Insert { parent, at, key: None, node: node.clone() }
                    };
                    self.tasks.iter().map(edit).collect()
                }
                None => vec![Edit::Replace(path, all)],
            },
            None => {
                let entries = pipeline.spec.as_mapping().map_or(&[][..], |mapping| &mapping.entries);
                let tasks = entries.iter().position(|entry| entry.key == "tasks");
                let (parent, at) = (pipeline.path.clone(), tasks.map_or(entries.len(), |at| at + 1));
                vec![Edit::Insert { parent, at, key: Some("finally".to_owned()), node: all }]
            }
        }
    }
}

impl<'a> Handed<'a> {
    /// A result of a member that leaves the group.
    fn find(group: &'a Fused, skip: &Skip, result: &str, number: usize) -> Option<Self> {
        let fused = group.results.get(&(skip.member.clone(), result.to_owned()))?;
        let declared = spec(group).get("results").and_then(Node::as_sequence).unwrap_or_default();
        let is_it = |node: &&Node| node.get("name").and_then(Node::as_str) == Some(fused);
        let declared = declared.iter().find(is_it);
        let kind = match declared.and_then(|node| node.get("type")?.as_str()) {
            Some("array") => ParamType::Array,
            Some("object") => ParamType::Object,
            _ => ParamType::String,
        };
        let properties = declared.and_then(|node| node.get("properties")).filter(|properties| !properties.is_null());
        Some(Self { result: result.to_owned(), fused, name: format!("value-{number}"), kind, properties })
    }

    /// The keys of an object, if all of them can be named in a script.
    fn keys(&self) -> Result<Option<Vec<String>>, ()> {
        if self.kind != ParamType::Object {
            return Ok(None);
        }
        let is_plain = |key: &str| {
            !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        let properties = self.properties.and_then(Node::as_mapping).ok_or(())?;
        let keys: Vec<String> = properties.entries.iter().map(|entry| entry.key.clone()).collect();
        if keys.iter().all(|key| is_plain(key)) { Ok(Some(keys)) } else { Err(()) }
    }

    /// The declaration of the param or result that it is.
    fn declaration(&self, span: Span) -> Node {
        let mut fields = vec![("name", Node::string(span, &self.name))];
        if self.kind != ParamType::String {
            fields.push(("type", Node::string(span, self.kind.as_str())));
        }
        fields.extend(self.properties.map(|properties| ("properties", properties.clone())));
        Node::mapping(span, fields)
    }
}

/// The spec of the fused Task, which is a document or stands in the Pipeline.
fn spec(group: &Fused) -> &Node {
    group.task.get("spec").unwrap_or(&group.task)
}

/// The results task of a member.
fn task(group: &Fused, skip: &Skip, name: &str, handed: &[Handed<'_>], span: Span) -> Node {
    let text = |text: &str| Node::string(span, text);
    let list = |items| Node::sequence(span, items);
    let when = Node::mapping(
        span,
        [
            ("input", text(&Template::variable(ran(group, skip)).to_string())),
            ("operator", text("in")),
            ("values", list(vec![text("true")])),
        ],
    );
    let param = |value: &Handed<'_>| {
        let access = if value.kind == ParamType::String { Access::Whole } else { Access::Star };
        let (task, result) = (group.name.clone(), value.fused.to_owned());
        let read = Template::variable(Variable::TaskResult { task, result, access });
        Node::mapping(span, [("name", text(&value.name)), ("value", text(&read.to_string()))])
    };
    let declarations: Vec<Node> = handed.iter().map(|value| value.declaration(span)).collect();
    let metadata = [
        ("labels", Node::mapping(span, [(MANAGED_BY, text("tkn-fuse"))])),
        ("annotations", Node::mapping(span, [(ANNOTATION, text(&group.name))])),
    ];
    let task_spec = [
        ("metadata", Node::mapping(span, metadata)),
        ("params", list(declarations.clone())),
        ("results", list(declarations)),
        ("steps", list(steps(group, skip, handed, span))),
    ];
    let fields = [
        ("name", text(name)),
        ("when", list(vec![when])),
        ("params", list(handed.iter().map(param).collect())),
        ("taskSpec", Node::mapping(span, task_spec)),
    ];
    Node::mapping(span, fields)
}

/// One step for all strings and objects, and one for each array, whose items fill the command line.
fn steps(group: &Fused, skip: &Skip, handed: &[Handed<'_>], span: Span) -> Vec<Node> {
    let (arrays, texts): (Vec<_>, Vec<_>) = handed.iter().partition(|value| value.kind == ParamType::Array);
    let carried =
        texts.iter().map(|value| Carried { name: value.name.clone(), keys: value.keys().unwrap_or_default() });
    let carried: Vec<Carried> = carried.collect();
    let mut scripts: Vec<(&str, Vec<String>, String)> = Vec::new();
    if !carried.is_empty() {
        let (args, script) = carry_script(&carried);
        scripts.push(("values", args, script));
    }
    scripts.extend(arrays.iter().map(|value| {
        let args = vec![format!("$(params.{}[*])", value.name)];
        (value.name.as_str(), args, carry_array_script(&value.name))
    }));
    let security = security(group, skip);
    let step = |(name, args, script): (&str, Vec<String>, String)| {
        let text = |text: &str| Node::string(span, text);
        let requests = Node::mapping(span, [("cpu", text("0")), ("memory", text("0"))]);
        let mut fields = vec![
            ("name", text(name)),
            ("image", text(&group.helper_image)),
            ("computeResources", Node::mapping(span, [("requests", requests)])),
        ];
        fields.extend(security.map(|security| ("securityContext", security.clone())));
        fields.push(("args", Node::sequence(span, args.iter().map(|arg| text(arg)).collect())));
        fields.push(("script", text(&script)));
        Node::mapping(span, fields)
    };
    scripts.into_iter().map(step).collect()
}

/// The securityContext that the last step of the member has: where pods must say more than nothing, it does.
fn security<'g>(group: &'g Fused, skip: &Skip) -> Option<&'g Node> {
    let of_member = |step: &&Node| {
        let name = step.get("name").and_then(Node::as_str);
        group.steps.iter().any(|((member, _), fused)| {
            *member == skip.member && fused.iter().any(|fused| Some(fused.as_str()) == name)
        })
    };
    let steps = spec(group).get("steps").and_then(Node::as_sequence).unwrap_or_default();
    steps.iter().rfind(of_member)?.get("securityContext")
}

/// The variables in the strings below a node, each with its place.
fn variables(node: &Node) -> Vec<(Variable, Span)> {
    match &node.value {
        Value::Scalar(_) => {
            let template = Template::parse(node.as_str().unwrap_or_default());
            template.variables().map(|variable| (variable.clone(), node.span)).collect()
        }
        Value::Sequence(items) => items.iter().flat_map(variables).collect(),
        Value::Mapping(mapping) => mapping.entries.iter().flat_map(|entry| variables(&entry.value)).collect(),
    }
}

/// What a results task does and what it cannot do.
fn tell(group: &Fused, skip: &Skip, name: &str, handed: &[Handed<'_>], span: Span, diagnostics: &mut Diagnostics) {
    let member = &skip.member;
    let results: Vec<String> = handed.iter().map(|value| format!("`{}`", value.result)).collect();
    let told = |message: String, text: &str| {
        let place = Diagnostic::new(Code::ResultsTask, message).at(span, text);
        place.with_results(member, handed.iter().map(|value| value.result.as_str()))
    };
    let message = format!(
        "the task `{name}` is added: it hands {} of `{member}` on to the Pipeline's results if `{member}` ran",
        list(&results, "and")
    );
    let place = told(message, "left out if the member is skipped").without_changes();
    diagnostics.push(place.help(format!("it is one pod more at the end of a run, unless `{member}` was skipped")));
    let message = format!("a value with `$` in it may reach the Pipeline's results changed by way of `{name}`");
    let place = told(message, "handed on as a param").only_if(Condition::ResultHolds("$"));
    diagnostics.push(place.help(
        "names of Tekton's variables of a TaskRun are replaced in it, and `$$` and `$(NAME)` in the items of an array",
    ));
    let message = format!("if `{member}` runs without writing {}, the run does not fail over it", list(&results, "or"));
    let place = told(message, "left out then").only_if(Condition::ResultMissing);
    diagnostics.push(place.help(format!("write every result in `{member}`, or leave it out of `{}`", group.name)));
}

fn finally(skip: &Skip, variable: &Variable, span: Span) -> Diagnostic {
    let message =
        format!("`$({variable})` cannot be left out of the Pipeline's results when `{}` is skipped", skip.member);
    let place = Diagnostic::new(Code::ResultOfSkipped, message).at(span, "nothing can run behind a finally task");
    place.help(format!("leave `{}` out of the group", skip.member))
}

fn unknown_keys(skip: &Skip, result: &str, span: Span) -> Diagnostic {
    let member = &skip.member;
    let message = format!(
        "the object `{result}` of `{member}` cannot be left out of the Pipeline's results when `{member}` is skipped"
    );
    let place = Diagnostic::new(Code::ResultOfSkipped, message).at(span, "its keys are not known, or no plain words");
    place.help(format!(
        "declare its keys in `properties`, of letters, digits, `-` and `_`, or leave `{member}` out of the group"
    ))
}

#[cfg(test)]
mod tests;
