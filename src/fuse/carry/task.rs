//! The results tasks themselves.

use super::super::guard::ran;
use super::super::task::MANAGED_BY;
use super::{Fused, Producer};
use crate::expr::{Access, Template, Variable};
use crate::model::ParamType;
use crate::shell::{Carried, carry_array_script, carry_script};
use crate::source::Span;
use crate::yaml::Node;

/// The annotation that says whose results a task hands on: the group's name.
const ANNOTATION: &str = "tkn-fuse/results-of";

/// A result that is handed on.
pub(super) struct Handed<'a> {
    /// Its name in the Task of the member.
    pub(super) result: String,
    /// Its name in the fused Task.
    fused: &'a str,
    /// Its name in the results task: none that Tekton Chains reads.
    pub(super) name: String,
    kind: ParamType,
    properties: Option<&'a Node>,
}

impl<'a> Handed<'a> {
    /// A result of a member that leaves the group.
    pub(super) fn find(group: &'a Fused, member: &str, result: &str, number: usize) -> Option<Self> {
        let fused = group.results.get(&(member.to_owned(), result.to_owned()))?;
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
    pub(super) fn keys(&self) -> Result<Option<Vec<String>>, ()> {
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

/// A results task of a member. If the member cannot be skipped, it is for want of the value alone that the task is.
pub(super) fn task(producer: &Producer<'_>, name: &str, handed: &[Handed<'_>], span: Span) -> Node {
    let group = producer.group;
    let text = |text: &str| Node::string(span, text);
    let list = |items| Node::sequence(span, items);
    let when = producer.skip.map(|skip| {
        let input = Template::variable(ran(group, skip)).to_string();
        let values = list(vec![text("true")]);
        let clause = Node::mapping(span, [("input", text(&input)), ("operator", text("in")), ("values", values)]);
        ("when", list(vec![clause]))
    });
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
        ("steps", list(steps(producer, handed, span))),
    ];
    let mut fields = vec![("name", text(name))];
    fields.extend(when);
    fields.extend([("params", list(handed.iter().map(param).collect())), ("taskSpec", Node::mapping(span, task_spec))]);
    Node::mapping(span, fields)
}

/// One step for all strings and objects, and one for each array, whose items fill the command line.
fn steps(producer: &Producer<'_>, handed: &[Handed<'_>], span: Span) -> Vec<Node> {
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
    let security = security(producer);
    let step = |(name, args, script): (&str, Vec<String>, String)| {
        let text = |text: &str| Node::string(span, text);
        let requests = Node::mapping(span, [("cpu", text("0")), ("memory", text("0"))]);
        let mut fields = vec![
            ("name", text(name)),
            ("image", text(&producer.group.helper_image)),
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
fn security<'g>(producer: &Producer<'g>) -> Option<&'g Node> {
    let group = producer.group;
    let of_member = |step: &&Node| {
        let name = step.get("name").and_then(Node::as_str);
        group.steps.iter().any(|((member, _), fused)| {
            *member == producer.member && fused.iter().any(|fused| Some(fused.as_str()) == name)
        })
    };
    let steps = spec(group).get("steps").and_then(Node::as_sequence).unwrap_or_default();
    steps.iter().rfind(of_member)?.get("securityContext")
}
