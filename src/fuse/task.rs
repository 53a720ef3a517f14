//! The fused Task and its pipeline task, as nodes in Tekton's usual order of keys.

mod metadata;

use std::collections::HashMap;

use super::control::MemberControl;
use super::helper::{HelperKind, HelperStep};
use super::member::Member;
use super::names::{LABEL, shorten};
use super::params::{FusedParam, Params};
use super::results::{Export, PlannedResult, StepKey};
use super::steps::Draft;
use super::workspaces::{FusedWorkspace, MountPath};
use super::{Fused, Layout, Parts, Request, Room, Skip};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable};
use crate::model::ParamType;
use crate::yaml::{Node, ScalarKind, Value};
pub(super) use metadata::MANAGED_BY;
use metadata::{metadata, trace};

/// The order in which a reader expects the fields of a step; others follow as they come.
const STEP_ORDER: &[&str] = &[
    "name",
    "ref",
    "params",
    "image",
    "imagePullPolicy",
    "onError",
    "timeout",
    "when",
    "workingDir",
    "workspaces",
    "results",
    "envFrom",
    "env",
    "computeResources",
    "volumeMounts",
    "volumeDevices",
    "securityContext",
    "command",
    "args",
    "script",
];

/// Puts the parts together.
pub(super) fn assemble(
    request: &Request<'_>,
    layout: &Layout<'_>,
    mut params: Params,
    (parts, room): (Parts, Room),
    diagnostics: &mut Diagnostics,
) -> Fused {
    let span = request.group.span;
    let group = request.group.name.value.clone();
    let task_name = shorten(&format!("{}-{group}", request.pipeline.name.value), LABEL);
    let trace = trace(request, &parts.steps);
    let helper = |draft: &Draft| Some(HelperStep { name: draft.name.clone(), kind: HelperKind::of(draft.key)? });
    let helpers = parts.steps.iter().filter_map(helper).collect();
    let steps = parts.steps.into_iter().map(|draft| step(draft, layout)).collect();
    let workspaces = workspace_declarations(request, layout, &mut params, diagnostics);
    let mut spec: Vec<(&str, Node)> = Vec::new();
    let mut list = |key, items: Vec<Node>| {
        if !items.is_empty() {
            spec.push((key, Node::sequence(span, items)));
        }
    };
    list("params", params.fused.iter().map(param_declaration).collect());
    list("results", result_declarations(request, layout));
    list("workspaces", workspaces);
    list("volumes", parts.volumes);
    list("steps", steps);
    list("sidecars", parts.sidecars);
    let metadata = metadata(request, &task_name, &trace, diagnostics);
    let task = match request.embeds {
        true => Node::mapping(span, [("metadata", metadata)].into_iter().chain(spec)),
        false => Node::mapping(
            span,
            [
                ("apiVersion", Node::string(span, "tekton.dev/v1")),
                ("kind", Node::string(span, "Task")),
                ("metadata", metadata),
                ("spec", Node::mapping(span, spec)),
            ],
        ),
    };
    let entry = entry(request, layout, &params, &task, &task_name, parts.timeout.as_deref());
    Fused {
        name: group,
        task,
        task_name,
        entry,
        members: task_indices(request),
        sources: request.members.iter().filter_map(|member| Some(member.resolved.task?.name.span.source)).collect(),
        empty_dirs: layout.workspaces.empty_dirs.iter().map(|(workspace, _)| workspace.clone()).collect(),
        helper_image: super::image(request).to_owned(),
        skips: skips(request, layout),
        results: exported(request, layout),
        statuses: statuses(request, layout),
        steps: step_names(request, layout),
        lengths: request
            .members
            .iter()
            .filter_map(|member| Some((member.name().to_owned(), member.copy?.count)))
            .collect(),
        sidecars: sidecar_names(request, layout),
        helpers,
        room,
    }
}

/// The pipeline task that runs the fused Task.
fn entry(
    request: &Request<'_>,
    layout: &Layout<'_>,
    params: &Params,
    task: &Node,
    task_name: &str,
    timeout: Option<&str>,
) -> Node {
    let span = request.group.span;
    let text = |text: &str| Node::string(span, text);
    let mut entry = vec![("name", text(&request.group.name.value))];
    match request.embeds {
        true => entry.push(("taskSpec", task.clone())),
        false => {
            entry.push(("taskRef", Node::mapping(span, [("kind", text("Task")), ("name", text(task_name))])));
        }
    }
    let run_after = super::pipeline::run_after(request);
    if !run_after.is_empty() {
        entry.push(("runAfter", Node::sequence(span, run_after.iter().map(|name| text(name)).collect())));
    }
    entry.extend(layout.control.common.iter().map(|when| ("when", when.clone())));
    let retries = request.members.iter().filter_map(|member| member.task.retries()).max().unwrap_or_default();
    if retries > 0 {
        entry.push(("retries", Node::scalar(span, ScalarKind::Int, retries.to_string())));
    }
    entry.extend(timeout.map(|timeout| ("timeout", text(timeout))));
    let passed = params.fused.iter().filter_map(|param| Some((param, param.value.as_ref()?)));
    let passed: Vec<Node> = passed
        .map(|(param, value)| Node::mapping(span, [("name", text(&param.name)), ("value", value.to_node(param.span))]))
        .collect();
    if !passed.is_empty() {
        entry.push(("params", Node::sequence(span, passed)));
    }
    let bindings = layout.workspaces.fused.iter().map(|workspace| {
        let mut binding = vec![("name", text(&workspace.name)), ("workspace", text(&workspace.workspace))];
        binding.extend(workspace.sub_path.as_ref().map(|path| ("subPath", text(path))));
        Node::mapping(span, binding)
    });
    let bindings: Vec<Node> = bindings.collect();
    if !bindings.is_empty() {
        entry.push(("workspaces", Node::sequence(span, bindings)));
    }
    Node::mapping(span, entry)
}

fn param_declaration(param: &FusedParam) -> Node {
    let span = param.span;
    let mut fields = vec![("name", Node::string(span, &param.name))];
    fields.push(("type", Node::string(span, param.kind.as_str())));
    for key in ["description", "properties", "enum"] {
        let field = param.spec.as_ref().and_then(|spec| spec.get(key)).filter(|node| !node.is_null());
        fields.extend(field.map(|node| (key, node.clone())));
    }
    fields.extend(param.default.as_ref().map(|default| ("default", default.to_node(span))));
    Node::mapping(span, fields)
}

fn result_declarations(request: &Request<'_>, layout: &Layout<'_>) -> Vec<Node> {
    let mut declarations = Vec::new();
    for (index, member) in request.members.iter().enumerate() {
        let results = layout.results.of(index).iter().filter_map(|result| Some((result, result.export.as_ref()?)));
        declarations.extend(results.map(|(result, export)| result_declaration(index, member, result, export, layout)));
        let control = &layout.control.members[index];
        let state = |name: &str, what: String| {
            let span = member.task.name.span;
            let fields = [("name", name), ("type", "string"), ("description", what.as_str())];
            Node::mapping(span, fields.map(|(key, text)| (key, Node::string(span, text))))
        };
        let name = member.name();
        declarations.extend(control.exported.then(|| {
            let what = format!("Whether {name} ran: true, false (its when) or parent (a task before it was skipped).");
            state(layout.results.ran(index), what)
        }));
        declarations.extend(
            control.status.then(|| {
                state(layout.results.status(index), format!("The status of {name}: None, Failed or Succeeded."))
            }),
        );
    }
    declarations
}

/// The members that may be skipped and of which somebody outside has to know.
fn skips(request: &Request<'_>, layout: &Layout<'_>) -> Vec<Skip> {
    let members = request.members.iter().enumerate().zip(&layout.control.members);
    let skip = |((index, member), control): ((usize, &Member<'_>), &MemberControl)| Skip {
        member: member.name().to_owned(),
        ran: layout.results.ran(index).to_owned(),
        by_when: control.by_when,
        by_parent: control.by_parent,
    };
    members.filter(|(_, control)| control.exported).map(skip).collect()
}

/// The results that tell statuses, by member.
fn statuses(request: &Request<'_>, layout: &Layout<'_>) -> HashMap<String, String> {
    let read = request.members.iter().enumerate().filter(|(index, _)| layout.control.members[*index].status_exported);
    read.map(|(index, member)| (member.name().to_owned(), layout.results.status(index).to_owned())).collect()
}

fn result_declaration(
    index: usize,
    member: &Member<'_>,
    result: &PlannedResult,
    export: &Export,
    layout: &Layout<'_>,
) -> Node {
    let span = member.task.name.span;
    let mut fields = vec![("name", Node::string(span, &export.name))];
    fields.push(("type", Node::string(span, result.kind.as_str())));
    for key in ["description", "properties"] {
        fields.extend(result.spec.node.get(key).map(|node| (key, node.clone())));
    }
    if let Some((key, name)) = &export.step {
        let step = step_of(index, *key, layout).to_owned();
        let value = Template::variable(Variable::StepResult { step, rest: name.clone() });
        fields.push(("value", Node::string(span, value.to_string())));
    }
    Node::mapping(span, fields)
}

fn step_of<'l>(member: usize, key: StepKey, layout: &'l Layout<'_>) -> &'l str {
    match key {
        StepKey::Step(step) => layout.step_names.step(member, step),
        StepKey::Collector => layout.step_names.collector(member),
        StepKey::Link(nth) => layout.step_names.link(member, nth),
        StepKey::Gate(nth) => layout.step_names.gate(member, nth),
        StepKey::Verdict => layout.step_names.verdict(),
        StepKey::Gather | StepKey::Count(_) => layout.copies.step(member, key).unwrap_or_default(),
    }
}

fn workspace_declarations(
    request: &Request<'_>,
    layout: &Layout<'_>,
    params: &mut Params,
    diagnostics: &mut Diagnostics,
) -> Vec<Node> {
    let span = request.group.span;
    let flag = || Node::scalar(span, ScalarKind::Bool, "true");
    let mut declaration = |workspace: &FusedWorkspace| {
        let mut fields = vec![("name", Node::string(span, &workspace.name))];
        fields.extend(workspace.description.as_ref().map(|node| ("description", node.clone())));
        let path = match &workspace.mount_path {
            MountPath::Away => format!("/tekton-fuse/{}", workspace.name),
            MountPath::Declared(path) => mount_path(request, layout, workspace, path, params, diagnostics),
        };
        fields.push(("mountPath", Node::string(span, path)));
        fields.extend(workspace.read_only.then(|| ("readOnly", flag())));
        fields.extend(workspace.optional.then(|| ("optional", flag())));
        Node::mapping(span, fields)
    };
    layout.workspaces.fused.iter().map(&mut declaration).collect()
}

/// A mount path with the Pipeline's variables as params. It cannot wait for a result, so the result's name stands there.
fn mount_path(
    request: &Request<'_>,
    layout: &Layout<'_>,
    workspace: &FusedWorkspace,
    path: &str,
    params: &mut Params,
    diagnostics: &mut Diagnostics,
) -> String {
    let span = request.group.span;
    let wanted = Template::parse(path);
    let fixed = wanted.map(|variable| match variable {
        Variable::TaskResult { result, .. } if layout.outer.is_inside(variable) => Some(Template::text(result)),
        _ => None,
    });
    if fixed != wanted {
        let message = format!("the workspace `{}` is mounted at `{fixed}`, not at `{wanted}`", workspace.name);
        let place = Diagnostic::new(Code::MountPathFixed, message);
        let place = place.at(request.group.name.span, "a pod has its mount paths before any member runs");
        let place = place.of(workspace.users.iter().map(|(member, _)| request.members[*member].name()));
        diagnostics.push(place.help("make sure that the steps find it by `$(workspaces.NAME.path)`, or cut the group"));
    }
    params.inline(&fixed, &layout.outer, &Clone::clone, span).to_string()
}

/// A step as a node.
fn step(mut draft: Draft, layout: &Layout<'_>) -> Node {
    let span = draft.span;
    declare_results(&mut draft, layout);
    let mut fields = draft.fields;
    fields.set("name", Node::string(span, &draft.name));
    let list = |items: Vec<Template>| {
        Node::sequence(span, items.iter().map(|item| Node::string(span, item.to_string())).collect())
    };
    let text = |text: Template| Node::string(span, text.to_string());
    let optional = [
        ("workingDir", draft.working_dir.map(text)),
        ("command", draft.command.map(list)),
        ("args", draft.args.map(list)),
        ("script", draft.script.map(text)),
    ];
    for (key, node) in optional {
        if let Some(node) = node {
            fields.set(key, node);
        }
    }
    fields.entries.sort_by_key(|entry| STEP_ORDER.iter().position(|key| *key == entry.key).unwrap_or(STEP_ORDER.len()));
    Node { span, value: Value::Mapping(fields) }
}

/// Declares the step's own results that leave the group.
fn declare_results(draft: &mut Draft, layout: &Layout<'_>) {
    let mut declared = draft.fields.get("results").and_then(Node::as_sequence).unwrap_or_default().to_vec();
    for result in layout.results.of(draft.member) {
        let Some(Export { step: Some((key, name)), declare: true, .. }) = &result.export else { continue };
        if *key != draft.key {
            continue;
        }
        let mut fields = vec![("name", Node::string(draft.span, name))];
        fields.push(("type", Node::string(draft.span, result.kind.as_str())));
        if result.kind == ParamType::Object {
            fields.extend(result.spec.node.get("properties").map(|node| ("properties", typed(node))));
        }
        declared.push(Node::mapping(draft.span, fields));
    }
    if !declared.is_empty() {
        let span = draft.span;
        draft.fields.set("results", Node::sequence(span, declared));
    }
}

/// The keys of an object, each with its type. Tekton fills in a type that is left out in results of Tasks, but not in those of
/// steps (`SetDefaults`, `pkg/apis/pipeline/v1/task_defaults.go`, v1.15).
fn typed(properties: &Node) -> Node {
    let mut properties = properties.clone();
    let Value::Mapping(keys) = &mut properties.value else { return properties };
    for entry in &mut keys.entries {
        let span = entry.value.span;
        match &mut entry.value.value {
            Value::Mapping(fields) if fields.get("type").is_none_or(Node::is_null) => {
                fields.set("type", Node::string(span, ParamType::String.as_str()));
            }
            _ => {}
        }
    }
    properties
}

/// The members' places in `Pipeline::tasks`, each once.
fn task_indices(request: &Request<'_>) -> Vec<usize> {
    let mut indices: Vec<usize> = request.members.iter().map(|member| member.index).collect();
    indices.dedup();
    indices
}

fn exported(request: &Request<'_>, layout: &Layout<'_>) -> HashMap<(String, String), String> {
    let members = request.members.iter().enumerate();
    let results = members.flat_map(|(index, member)| {
        let exports = layout.results.of(index).iter().filter_map(|result| Some((result, result.export.as_ref()?)));
        exports.map(|(result, export)| ((member.name().to_owned(), result.name.clone()), export.name.clone()))
    });
    results.collect()
}

fn step_names(request: &Request<'_>, layout: &Layout<'_>) -> HashMap<(String, String), Vec<String>> {
    let mut names: HashMap<_, Vec<String>> = HashMap::new();
    for (index, member) in request.members.iter().enumerate() {
        for step in 0..member.spec().steps.len() {
            let new = layout.step_names.step(index, step).to_owned();
            names.entry((member.name().to_owned(), member.step_name(step))).or_default().push(new);
        }
    }
    names
}

fn sidecar_names(request: &Request<'_>, layout: &Layout<'_>) -> HashMap<(String, String), Vec<String>> {
    let mut names: HashMap<_, Vec<String>> = HashMap::new();
    for (index, member) in request.members.iter().enumerate() {
        for (position, sidecar) in member.spec().sidecars.iter().enumerate() {
            let Some(old) = sidecar.get("name").and_then(Node::as_str) else { continue };
            let new = layout.sidecar_names.get(index, position).to_owned();
            names.entry((member.name().to_owned(), old.to_owned())).or_default().push(new);
        }
    }
    names
}
