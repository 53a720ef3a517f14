//! Groups for the tests of the modules below, read from text.

use std::collections::HashMap;

use crate::diag::{Code, Diagnostics, Severity};
use crate::graph::TaskGraph;
use crate::group;
use crate::model::from_yaml::parse;
pub(super) use crate::model::from_yaml::{json, node};
use crate::model::{Kind, Pipeline, PipelineTask};
use crate::resolve::Library;
use crate::resources::Policy;
use crate::source::Sources;
use crate::yaml::{self, Node, documents};

use super::volumes::Volumes;
use super::workspaces::Workspaces;
use super::{Fused, HELPER_IMAGE, Member, Readers, Request, Skip, edits};
use crate::compile::{Options, compile};

/// A Pipeline with the group `g` of these tasks, one per line: what follows its name. More lines stand in its spec.
pub(super) fn pipeline(tasks: &[&str], more: &str) -> String {
    let task = |text: &&str| {
        let (name, rest) = text.split_once(' ').unwrap_or((text, "taskSpec: {steps: [{image: i}]}"));
        format!("  - {{name: {name}, group: g, {rest}}}\n")
    };
    let tasks: String = tasks.iter().map(task).collect();
    format!("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n  tasks:\n{tasks}{more}")
}

/// Looks at the only group of a text before it is fused.
pub(super) fn with_group<T>(text: &str, look: impl FnOnce(&Request<'_>) -> T) -> T {
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, text);
    let library = Library::new(&sources, &objects, &[]);
    let pipeline = objects.iter().find_map(|object| match &object.kind {
        Kind::Pipeline(pipeline) => Some(pipeline),
        _ => None,
    });
    let pipeline = pipeline.expect("a Pipeline");
    let mut diagnostics = Diagnostics::default();
    let graph = TaskGraph::new(&sources, pipeline);
    let grouping = group::groups(&sources, pipeline, &[], &graph, &mut diagnostics);
    let resolve = |task| library.resolve(None, task, &mut Diagnostics::default());
    let resolved: Vec<_> = pipeline.tasks.iter().map(resolve).collect();
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");
    let [group] = grouping.groups.as_slice() else { panic!("{} groups", grouping.groups.len()) };
    let member = |&index: &usize| Member {
        index,
        task: &pipeline.tasks[index],
        resolved: resolved[index].expect("a Task of the member"),
        pipeline,
        run_params: &[],
        copy: None,
    };
    let members = group.members.iter().map(member).collect();
    let readers = &Readers::of(pipeline);
    look(&Request {
        pipeline,
        group,
        members,
        readers,
        embeds: false,
        run_params: &[],
        pod_volumes: &[],
        helper_image: HELPER_IMAGE,
        requests: &Policy::default(),
    })
}

/// Looks at the workspaces of the only group of a text, none of which is wrong.
pub(super) fn with_workspaces<T>(text: &str, look: impl FnOnce(&Request<'_>, &Workspaces) -> T) -> T {
    with_group(text, |request| {
        let mut diagnostics = Diagnostics::default();
        let workspaces =
            Workspaces::plan(request, &mut Volumes::plan(request.pipeline, &request.members, &[]), &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        look(request, &workspaces)
    })
}

/// The Pipeline of a text with its groups replaced: each given by its name, its members and those of them that may be
/// skipped. The fused Tasks are made by hand. With what was said of it, as code and message.
pub(super) fn around(text: &str, groups: &[(&str, &[&str], Vec<Skip>)]) -> (Node, Vec<(Code, String)>) {
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, text);
    let pipeline = objects.iter().find_map(|object| object.pipelines().into_iter().next()).expect("a Pipeline");
    let graph = TaskGraph::new(&sources, pipeline);
    assert!(graph.problems().is_empty(), "{:?}", graph.problems());
    let fused: Vec<Fused> =
        groups.iter().map(|(name, members, skips)| by_hand(pipeline, name, members, skips.clone())).collect();
    let mut diagnostics = Diagnostics::default();
    let edits = edits(pipeline, &graph, &fused, &mut diagnostics);
    let said = diagnostics.iter().map(|found| (found.code, found.message.clone())).collect();
    let source = pipeline.name.span.source;
    let document = documents(&sources, source).remove(0);
    let new = yaml::rewrite(text, &document, &edits).expect("a text");
    (node(&new), said)
}

/// A fused group whose results are all strings but for those whose names begin with `array` or `object`.
fn by_hand(pipeline: &Pipeline, name: &str, members: &[&str], skips: Vec<Skip>) -> Fused {
    let is_member = |task: &&PipelineTask| members.contains(&task.name.value.as_str());
    let specs = |task: &PipelineTask| -> Vec<(String, String)> {
        let results = task.node.at(&["taskSpec".into(), "results".into()]).and_then(Node::as_sequence);
        let names = results.unwrap_or_default().iter().filter_map(|result| result.get("name")?.as_str());
        names.map(|result| (task.name.value.clone(), result.to_owned())).collect()
    };
    let results: Vec<(String, String)> = pipeline.tasks.iter().filter(is_member).flat_map(specs).collect();
    let declared = |(member, result): &(String, String)| {
        let kind = ["array", "object"].into_iter().find(|kind| result.starts_with(kind)).unwrap_or("string");
        let keys = if result == "object" { "{a: {type: string}, b-c: {type: string}}" } else { "null" };
        format!("{{name: {member}-{result}, type: {kind}, properties: {keys}}}")
    };
    let declared: Vec<String> = results.iter().map(declared).collect();
    let step = "{name: m-s, securityContext: {runAsUser: 7}}";
    let task = node(&format!("spec: {{results: [{}], steps: [{step}]}}\n", declared.join(", ")));
    let index = |task: &&str| pipeline.tasks.iter().position(|other| other.name.value == **task).expect("a task");
    let of_member = |(member, result): (String, String)| {
        let fused = format!("{member}-{result}");
        ((member, result), fused)
    };
    let mut entry = vec![("name", Node::string(pipeline.name.span, name))];
    let when = pipeline.tasks.iter().find(is_member).and_then(|task| task.field("when"));
    entry.extend(when.map(|when| ("when", when.clone())));
    Fused {
        name: name.to_owned(),
        task,
        task_name: format!("p-{name}"),
        entry: Node::mapping(pipeline.name.span, entry),
        members: members.iter().map(index).collect(),
        sources: Vec::new(),
        empty_dirs: Vec::new(),
        helper_image: HELPER_IMAGE.to_owned(),
        skips,
        statuses: HashMap::new(),
        lengths: HashMap::new(),
        results: results.into_iter().map(of_member).collect(),
        steps: [(("m".to_owned(), "s".to_owned()), vec!["m-s".to_owned()])].into(),
        sidecars: HashMap::new(),
    }
}

/// What a text compiles to, as the roots of its documents, with the codes of all that was said of it.
pub(super) fn fuse(text: &str) -> (Vec<Node>, Vec<&'static str>) {
    let mut sources = Sources::default();
    let input = sources.add("test.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let outputs = compile(&sources, &[input], &[], &Options::default(), &mut diagnostics).outputs;
    let codes = diagnostics.iter().filter(|found| found.severity > Severity::Note).map(|found| found.code.id());
    let codes = codes.collect();
    if diagnostics.has_errors() {
        return (Vec::new(), codes);
    }
    let output = sources.add("output.yaml", outputs.into_iter().map(|output| output.text).collect::<String>());
    (documents(&sources, output).into_iter().filter_map(|document| document.root).collect(), codes)
}

/// Compiled texts whose value at a path of keys and numbers is looked at.
pub(super) fn at(node: &Node, pointer: &str) -> serde_json::Value {
    json(node).pointer(pointer).cloned().unwrap_or_default()
}
