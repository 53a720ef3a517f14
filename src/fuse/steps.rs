//! Steps of members as drafts of fused steps: renamed and rewritten, with results of the group still in their texts.

use std::collections::HashMap;

use super::fields::{self, Leaf};
use super::member::Member;
use super::names::result_file;
use super::paths::Paths;
use super::results::StepKey;
use super::scope::Rewriter;
use super::script::interpreter;
use super::volumes::Volumes;
use super::workspaces::Target;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable, WorkspaceProperty};
use crate::model::{ParamValue, join};
use crate::shell::Interpreter;
use crate::source::Span;
use crate::yaml::{Mapping, Node, Path, ScalarKind, Segment, Value};

/// A fused step in the making.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its name in the fused Task.
    pub(super) name: String,
    /// The member it belongs to.
    pub(super) member: usize,
    /// Which step of the member, or which helper.
    pub(super) key: StepKey,
    /// Where it comes from.
    pub(super) span: Span,
    /// All fields but the ones below.
    pub(super) fields: Mapping,
    /// `script`.
    pub(super) script: Option<Template>,
    /// `command`.
    pub(super) command: Option<Vec<Template>>,
    /// `args`.
    pub(super) args: Option<Vec<Template>>,
    /// `workingDir`.
    pub(super) working_dir: Option<Template>,
    /// Texts inside `fields` that Tekton's entrypoint can substitute: values of `env` and of params of a `ref`.
    pub(super) values: Vec<(Path, Template)>,
    /// Its author says that its failure is none.
    pub(super) is_forgiven: bool,
}

impl Draft {
    /// Whether the step may be skipped, or its failure be ignored: it cannot check anything for others.
    pub(super) fn is_conditional(&self) -> bool {
        self.fields.get("onError").is_some() || self.fields.get("when").is_some()
    }
}

/// The steps of one member.
pub(super) fn drafts(
    member: &Member<'_>,
    rewriter: &mut Rewriter<'_, '_>,
    volumes: &Volumes,
    paths: &Paths,
) -> Vec<Draft> {
    let spec = member.spec();
    let isolated = isolated_workspaces(member);
    let draft = |(index, step): (usize, &Node)| {
        let merged = member.merged_step(step);
        rewriter.step = Some(member.step_name(index));
        draft(index, &merged, rewriter, &isolated, volumes, paths)
    };
    let drafts = spec.steps.iter().enumerate().map(draft).collect();
    rewriter.step = None;
    drafts
}

/// The workspaces that only the steps and sidecars which list them see.
pub(super) fn isolated_workspaces(member: &Member<'_>) -> Vec<String> {
    let containers = member.spec().steps.iter().chain(&member.spec().sidecars);
    let usages = containers.filter_map(|node| node.get("workspaces")?.as_sequence()).flatten();
    usages.filter_map(|usage| usage.get("name")?.as_str().map(str::to_owned)).collect()
}

fn draft(
    index: usize,
    step: &Node,
    rewriter: &mut Rewriter<'_, '_>,
    isolated: &[String],
    volumes: &Volumes,
    paths: &Paths,
) -> Draft {
    let span = step.span;
    let scope = rewriter.scope;
    let mut node = step.clone();
    paths.rewrite(scope.index, &mut node, rewriter.diagnostics);
    volumes.rename_mounts(scope.index, &mut node);
    scope.rename_containers(&mut node);
    rewriter.unlisted = unlisted(&node, isolated, rewriter);
    if step.get("ref").is_some() {
        tell_of_reference(scope.member, index, volumes.hides_from_refs(scope.index), span, rewriter.diagnostics);
    }
    fields::visit(&mut node, fields::STEP, &mut |leaf| fixed(leaf, rewriter));
    let values = values(&mut node, rewriter);
    let Value::Mapping(mut fields) = node.value else {
        return Draft::empty(scope.steps.step(scope.index, index), scope.index, StepKey::Step(index), span);
    };
    check_name(fields.remove("name"), "a step", rewriter);
    let script = script_field(&mut fields, rewriter);
    let working_dir = text_field(&mut fields, "workingDir", rewriter);
    let command = list_field(&mut fields, "command", rewriter);
    let args = list_field(&mut fields, "args", rewriter);
    mount_volumes(&mut fields, isolated, rewriter, span);
    let usages = workspace_usages(&fields, isolated, scope.index, rewriter, span);
    fields.remove("workspaces");
    if !usages.is_empty() {
        fields.set("workspaces", Node::sequence(span, usages));
    }
    volumes.add_private(scope.index, &mut fields, span);
    Draft {
        name: scope.steps.step(scope.index, index).to_owned(),
        member: scope.index,
        key: StepKey::Step(index),
        span,
        fields,
        script,
        command,
        args,
        working_dir,
        values,
        is_forgiven: step.get("onError").and_then(Node::as_str) == Some("continue"),
    }
}

impl Draft {
    /// Lets the pod go on if the step fails.
    pub(super) fn go_on(&mut self) {
        self.fields.set("onError", Node::string(self.span, "continue"));
    }

    /// Declares a result that is a string, and gives its file.
    pub(super) fn declare(&mut self, result: &str) -> String {
        let span = self.span;
        let mut results = self.fields.get("results").and_then(Node::as_sequence).unwrap_or_default().to_vec();
        let fields = [("name", Node::string(span, result)), ("type", Node::string(span, "string"))];
        results.push(Node::mapping(span, fields));
        self.fields.set("results", Node::sequence(span, results));
        result_file(&self.name, result)
    }

    /// A step without fields.
    pub(super) fn empty(name: &str, member: usize, key: StepKey, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            member,
            key,
            span,
            fields: Mapping::default(),
            script: None,
            command: None,
            args: None,
            working_dir: None,
            values: Vec::new(),
            is_forgiven: false,
        }
    }
}

/// Rewrites a field that no run-time value can reach; a result of the group in it is refused.
pub(super) fn fixed(leaf: Leaf<'_>, rewriter: &mut Rewriter<'_, '_>) {
    match leaf {
        Leaf::Text(route, node) => {
            let Some(text) = node.as_str() else { return };
            let template = rewriter.text(&Template::parse(text), node.span);
            refuse_results(route, &template, node.span, rewriter);
            *node = Node::string(node.span, template.to_string());
        }
        Leaf::List(route, items) => {
            let rewritten = items.iter().flat_map(|item| {
                let Some(text) = item.as_str() else { return vec![item.clone()] };
                let templates = rewriter.items(&Template::parse(text), item.span);
                templates.iter().for_each(|template| refuse_results(route, template, item.span, rewriter));
                templates.iter().map(|template| Node::string(item.span, template.to_string())).collect()
            });
            *items = rewritten.collect();
        }
    }
}

fn refuse_results(route: &str, template: &Template, span: Span, rewriter: &mut Rewriter<'_, '_>) {
    let Some(variable) = template.variables().find(|variable| rewriter.outer.is_inside(variable)) else { return };
    let member = rewriter.scope.member.name();
    let message = format!("`{route}` of `{member}` would need `$({variable})` before the pod starts");
    let place = Diagnostic::new(Code::ResultUnreachable, message).at(span, "no run-time value can reach this field");
    let producer = match variable {
        Variable::TaskResult { task, .. } => task.as_str(),
        _ => member,
    };
    let help = format!("cut the group between `{producer}` and `{member}`");
    rewriter.diagnostics.push(place.at(rewriter.scope.member.task.name.span, "in this member").help(help));
}

/// The texts of a step, by list and field, in which the entrypoint substitutes step results.
const VALUES: &[(&str, &str)] = &[("env", "value"), ("params", "value"), ("when", "input"), ("when", "values")];

/// Rewrites the texts that the entrypoint can substitute in; those with results of the group come back as templates.
fn values(node: &mut Node, rewriter: &mut Rewriter<'_, '_>) -> Vec<(Path, Template)> {
    let mut found = Vec::new();
    for (list, field) in VALUES {
        let count = node.get(list).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
        for index in 0..count {
            let path: Path = vec![(*list).into(), index.into(), (*field).into()];
            let Some(value) = node_mut(node, &path) else { continue };
            if *list == "params" {
                whole_array(value, rewriter);
            }
            let inside = |template: &Template, rewriter: &Rewriter<'_, '_>| {
                template.variables().any(|variable| rewriter.outer.is_inside(variable))
            };
            each_string(value, path, rewriter, &mut |path, template, rewriter| {
                if inside(template, rewriter) {
                    found.push((path, template.clone()));
                }
            });
        }
    }
    found
}

/// A param that is nothing but a reference to an array becomes the list itself where its items are known.
fn whole_array(value: &mut Node, rewriter: &mut Rewriter<'_, '_>) {
    let span = value.span;
    let Some(template) = value.as_str().map(Template::parse) else { return };
    if let [single] = rewriter.items(&template, span).as_slice()
        && !single.variables().any(|variable| rewriter.outer.is_inside(variable))
    {
        return;
    }
    if let Some(variable) = template.sole_variable()
        && let Some(items) = rewriter.array(variable)
    {
        *value = ParamValue::Array(items).to_node(span);
    }
}

/// Rewrites every string below a node, and shows each with its path. A list item that is nothing but a reference to an
/// array gives way to the array's items.
fn each_string(
    node: &mut Node,
    path: Path,
    rewriter: &mut Rewriter<'_, '_>,
    show: &mut dyn FnMut(Path, &Template, &Rewriter<'_, '_>),
) {
    let span = node.span;
    match &mut node.value {
        Value::Scalar(_) => {
            let Some(text) = node.as_str() else { return };
            let template = rewriter.text(&Template::parse(text), span);
            *node = Node::string(span, template.to_string());
            show(path, &template, rewriter);
        }
        Value::Sequence(items) => {
            let mut rewritten = Vec::new();
            for item in items.drain(..) {
                let Some(text) = item.as_str() else {
                    rewritten.push(item);
                    continue;
                };
                for template in rewriter.items(&Template::parse(text), item.span) {
                    show(join(&path, [Segment::from(rewritten.len())]), &template, rewriter);
                    rewritten.push(Node::string(item.span, template.to_string()));
                }
            }
            *items = rewritten;
        }
        Value::Mapping(mapping) => mapping.entries.iter_mut().for_each(|entry| {
            each_string(&mut entry.value, join(&path, [Segment::Key(entry.key.clone())]), rewriter, show);
        }),
    }
}

/// The node at the end of a path.
pub(super) fn node_mut<'n>(node: &'n mut Node, path: &[Segment]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, segment| match (&mut node.value, segment) {
        (Value::Mapping(mapping), Segment::Key(key)) => {
            mapping.entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
        }
        (Value::Sequence(items), Segment::Index(index)) => items.get_mut(*index),
        _ => None,
    })
}

fn text_field(fields: &mut Mapping, key: &str, rewriter: &mut Rewriter<'_, '_>) -> Option<Template> {
    let node = fields.remove(key).filter(|node| !node.is_null())?;
    let Some(text) = node.as_str() else {
        rewriter.diagnostics.push(wrong_type(key, "a string", &node, rewriter.scope.member));
        return None;
    };
    (!text.is_empty()).then(|| rewriter.text(&Template::parse(text), node.span))
}

/// A script. One that a link step writes for this step says the step's own paths itself: Tekton would put in those of the
/// link step, also where they come in through a param.
fn script_field(fields: &mut Mapping, rewriter: &mut Rewriter<'_, '_>) -> Option<Template> {
    let source = fields.get("script").cloned();
    let script = text_field(fields, "script", rewriter)?;
    let is_shell = matches!(interpreter(&script), Interpreter::Shell(_));
    let holds_result = script.variables().any(|variable| rewriter.outer.is_inside(variable));
    if is_shell || !(holds_result || fields.get("workingDir").is_some()) {
        return Some(script);
    }
    let all = rewriter.scope.workspaces.of(rewriter.scope.index).map(|(name, _)| name.to_owned()).collect();
    let unlisted = std::mem::replace(&mut rewriter.unlisted, all);
    let (text, span) = source.as_ref().and_then(|node| Some((node.as_str()?, node.span)))?;
    let script = rewriter.text(&Template::parse(text), span);
    rewriter.unlisted = unlisted;
    Some(script)
}

/// Reports a name that Kubernetes does not read as a string, such as `y` without quotes.
pub(super) fn check_name(name: Option<Node>, what: &str, rewriter: &mut Rewriter<'_, '_>) {
    let Some(name) = name.filter(|name| name.as_str().is_none() && !name.is_null()) else { return };
    let message = format!("the name of {what} of `{}` must be a string", rewriter.scope.member.name());
    let place = Diagnostic::new(Code::WrongType, message).at(name.span, "Kubernetes reads something else here");
    rewriter.diagnostics.push(place.help("put it in quotes"));
}

fn wrong_type(key: &str, expected: &str, node: &Node, member: &Member<'_>) -> Diagnostic {
    let message = format!("`{key}` of a step of `{}` must be {expected}", member.name());
    let place = Diagnostic::new(Code::WrongType, message).at(node.span, "this is something else");
    place.help(format!("write {expected}; Kubernetes refuses anything else here"))
}

fn list_field(fields: &mut Mapping, key: &str, rewriter: &mut Rewriter<'_, '_>) -> Option<Vec<Template>> {
    let node = fields.remove(key).filter(|node| !node.is_null())?;
    let items = node.as_sequence().filter(|items| items.iter().all(|item| item.as_str().is_some()));
    let Some(items) = items else {
        rewriter.diagnostics.push(wrong_type(key, "a list of strings", &node, rewriter.scope.member));
        return None;
    };
    let texts = items.iter().filter_map(|item| Some((item.as_str()?, item.span)));
    let texts: Vec<Template> = texts.flat_map(|(text, span)| rewriter.items(&Template::parse(text), span)).collect();
    Some(texts).filter(|texts| !texts.is_empty())
}

/// The member's workspaces that a step or sidecar does not get: their path is the declared one there, which is another in the
/// fused Task.
pub(super) fn unlisted(node: &Node, isolated: &[String], rewriter: &Rewriter<'_, '_>) -> Vec<String> {
    let Value::Mapping(fields) = &node.value else { return Vec::new() };
    let span = node.span;
    let usages = workspace_usages(fields, isolated, rewriter.scope.index, rewriter, span);
    let listed: Vec<&str> = usages.iter().filter_map(|usage| usage.get("name")?.as_str()).collect();
    let of_member = rewriter.scope.workspaces.of(rewriter.scope.index);
    let unlisted = of_member.filter(|(_, target)| match target {
        Target::Declared { name, .. } => !listed.contains(&name.as_str()),
        _ => false,
    });
    unlisted.map(|(name, _)| name.to_owned()).collect()
}

/// What cannot be done for a step that has its body from a StepAction.
fn tell_of_reference(
    member: &Member<'_>,
    step: usize,
    private: Option<&str>,
    span: Span,
    diagnostics: &mut Diagnostics,
) {
    if member.spec().step_template.is_some() {
        let message = format!("`{}` has a `stepTemplate` and a step with `ref`", member.name());
        let place = Diagnostic::new(Code::TemplateWithRef, message);
        let place = place.at(span, "Tekton merges the template into this step");
        diagnostics.push(place.help("put what the template says into the steps"));
    }
    if let Some(path) = private {
        let message = format!("`{path}` is shared by all members in a step of `{}` that has a `ref`", member.name());
        let place = Diagnostic::new(Code::SharedDirectory, message).at(span, "Tekton allows no mounts on this step");
        let place = place.of([member.name()]).in_steps([member.step_name(step)]);
        diagnostics.push(place.help(format!("keep files of `{}` in a workspace instead of `{path}`", member.name())));
    }
}

/// Mounts the workspaces of a member that are emptyDir volumes now, where its Task mounted them.
pub(super) fn mount_volumes(fields: &mut Mapping, isolated: &[String], rewriter: &mut Rewriter<'_, '_>, span: Span) {
    let listed = fields.get("workspaces").and_then(Node::as_sequence).unwrap_or_default().to_vec();
    let mut mounts = fields.get("volumeMounts").and_then(Node::as_sequence).unwrap_or_default().to_vec();
    let scope = rewriter.scope;
    for (name, target) in scope.workspaces.of(scope.index) {
        let Target::Volume { volume, mount_path, sub_path, read_only } = target else { continue };
        let usage = listed.iter().find(|usage| usage.get("name").and_then(Node::as_str) == Some(name));
        if usage.is_none() && isolated.iter().any(|other| other == name) {
            continue;
        }
        let own = usage.and_then(|usage| usage.get("mountPath")).and_then(Node::as_str);
        let path = own.unwrap_or(mount_path).to_owned();
        if mounts.iter().any(|mount| mount.get("mountPath").and_then(Node::as_str) == Some(&path)) {
            continue;
        }
        let path = rewriter.text(&Template::parse(&path), span).to_string();
        let mut mount = vec![("name", Node::string(span, volume)), ("mountPath", Node::string(span, path))];
        let sub_path = sub_path.as_deref().map(|path| rewriter.outer_text(path, span));
        mount.extend(sub_path.map(|path| ("subPath", Node::string(span, path))));
        mount.extend(read_only.then(|| ("readOnly", Node::scalar(span, ScalarKind::Bool, "true"))));
        mounts.push(Node::mapping(span, mount));
    }
    if !mounts.is_empty() {
        fields.set("volumeMounts", Node::sequence(span, mounts));
    }
}

/// What a step or sidecar sees of its member's workspaces: all of them at the paths of its own Task, less those that its
/// Task isolates from it, and less those whose path it mounts itself.
pub(super) fn workspace_usages(
    fields: &Mapping,
    isolated: &[String],
    member: usize,
    rewriter: &Rewriter<'_, '_>,
    span: Span,
) -> Vec<Node> {
    let listed: HashMap<&str, &Node> = match fields.get("workspaces").and_then(Node::as_sequence) {
        Some(items) => items.iter().filter_map(|item| Some((item.get("name")?.as_str()?, item))).collect(),
        None => HashMap::new(),
    };
    let mounts = fields.get("volumeMounts").and_then(Node::as_sequence).unwrap_or_default();
    let mounted: Vec<&str> = mounts.iter().filter_map(|mount| mount.get("mountPath")?.as_str()).collect();
    let mut usages = Vec::new();
    for (name, target) in rewriter.scope.workspaces.of(member) {
        let Target::Declared { name: fused, mount_path, .. } = target else { continue };
        let usage = listed.get(name);
        if usage.is_none() && isolated.iter().any(|other| other == name) {
            continue;
        }
        let own = usage.and_then(|usage| usage.get("mountPath")).and_then(Node::as_str).filter(|path| !path.is_empty());
        let path = own.or(mount_path.as_deref());
        let by_variable = |name: &str| format!("$({})", Variable::Workspace(name.to_owned(), WorkspaceProperty::Path));
        let (before, after) = (by_variable(name), by_variable(fused));
        if mounted.iter().any(|mounted| Some(*mounted) == path || *mounted == before || *mounted == after) {
            continue;
        }
        let mut entries = vec![("name", Node::string(span, fused))];
        entries.extend(path.map(|path| ("mountPath", Node::string(span, path))));
        usages.push(Node::mapping(span, entries));
    }
    usages
}
