//! v1beta1 as v1: what `ConvertTo` of `pkg/apis/pipeline/v1beta1` does, as edits of the document.

use super::join;
use crate::yaml::{Edit, Node, Path, Segment, apply};

/// The API an object belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `tekton.dev/v1`
    V1,
    /// `tekton.dev/v1beta1`
    V1beta1,
    /// `triggers.tekton.dev/*`
    Triggers,
}

impl Version {
    /// The API of an object, if it is one of Tekton's.
    pub fn of(root: &Node) -> Option<Self> {
        match root.get("apiVersion")?.as_str()? {
            "tekton.dev/v1" => Some(Self::V1),
            "tekton.dev/v1beta1" => Some(Self::V1beta1),
            version if version.starts_with("triggers.tekton.dev/") => Some(Self::Triggers),
            _ => None,
        }
    }
}

/// The object as v1 and the edits that make it so; `prefix` is the way from the document's root to it.
pub(super) fn to_v1(root: &Node, prefix: &[Segment]) -> (Node, Vec<Edit>) {
    if Version::of(root) != Some(Version::V1beta1) {
        return (root.clone(), Vec::new());
    }
    let mut edits = Vec::new();
    let spec = vec![Segment::from("spec")];
    match root.get("kind").and_then(Node::as_str) {
        Some("Task" | "ClusterTask") => task_spec(root, &spec, &mut edits),
        Some("Pipeline") => pipeline_spec(root, &spec, &mut edits),
        Some("PipelineRun") => run(root, &spec, &mut edits),
        _ => return (root.clone(), Vec::new()),
    }
    let version = root.get("apiVersion").map_or(root.span, |node| node.span);
    edits.push(Edit::Replace(vec!["apiVersion".into()], Node::string(version, "tekton.dev/v1")));
    // An edit of what is there cannot fail; if one did, the object would be read as it stands.
    let Ok(converted) = apply(root, &edits) else { return (root.clone(), Vec::new()) };
    (converted, edits.into_iter().map(|edit| edit.below(prefix)).collect())
}

fn run(root: &Node, spec: &Path, edits: &mut Vec<Edit>) {
    pipeline_spec(root, &join(spec, ["pipelineSpec".into()]), edits);
    reference(root, &join(spec, ["pipelineRef".into()]), "pipeline", edits);
    move_into(
        root,
        spec,
        "taskRunTemplate",
        &[("serviceAccountName", "serviceAccountName"), ("podTemplate", "podTemplate")],
        edits,
    );
    move_into(root, spec, "timeouts", &[("timeout", "pipeline")], edits);
    let specs = join(spec, ["taskRunSpecs".into()]);
    let count = root.at(&specs).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
    for index in 0..count {
        let spec = join(&specs, [index.into()]);
        for (old, new) in RUN_SPECS {
            rename(root, join(&spec, [(*old).into()]), new, edits);
        }
        for list in ["stepOverrides", "sidecarOverrides"] {
            let list = join(&spec, [list.into()]);
            let count = root.at(&list).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
            for index in 0..count {
                rename(root, join(&list, [index.into(), "resources".into()]), "computeResources", edits);
            }
        }
    }
}

/// Fields of `taskRunSpecs` entries, in v1beta1 and in v1.
const RUN_SPECS: &[(&str, &str)] = &[
    ("taskServiceAccountName", "serviceAccountName"),
    ("taskPodTemplate", "podTemplate"),
    ("stepOverrides", "stepSpecs"),
    ("sidecarOverrides", "sidecarSpecs"),
];

fn rename(root: &Node, path: Path, key: &str, edits: &mut Vec<Edit>) {
    if root.at(&path).is_some() {
        edits.push(Edit::Rename(path, key.to_owned()));
    }
}

/// Moves fields of `parent` into a new mapping `key` beside them.
fn move_into(root: &Node, parent: &Path, key: &str, fields: &[(&str, &str)], edits: &mut Vec<Edit>) {
    let Some(node) = root.at(parent) else { return };
    let moved = fields.iter().filter_map(|(old, new)| Some((*new, node.get(old)?.clone())));
    let moved: Vec<_> = moved.collect();
    if moved.is_empty() {
        return;
    }
    let old = fields.iter().map(|(old, _)| join(parent, [Segment::from(*old)])).filter(|path| root.at(path).is_some());
    edits.extend(old.map(Edit::Remove));
    let at = node.as_mapping().map_or(0, |mapping| mapping.entries.len());
    let node = Node::mapping(node.span, moved);
    edits.push(Edit::Insert { parent: parent.clone(), at, key: Some(key.to_owned()), node });
}

fn pipeline_spec(root: &Node, spec: &Path, edits: &mut Vec<Edit>) {
    for section in ["tasks", "finally"] {
        let tasks = join(spec, [section.into()]);
        let count = root.at(&tasks).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
        for index in 0..count {
            let task = join(&tasks, [index.into()]);
            task_spec(root, &join(&task, ["taskSpec".into()]), edits);
            reference(root, &join(&task, ["taskRef".into()]), "task", edits);
        }
    }
}

/// `resources` of containers is `computeResources` in v1.
fn task_spec(root: &Node, spec: &Path, edits: &mut Vec<Edit>) {
    let mut to_v1 = |container: Path| {
        rename(root, join(&container, ["resources".into()]), "computeResources", edits);
    };
    to_v1(join(spec, ["stepTemplate".into()]));
    for list in ["steps", "sidecars"] {
        let list = join(spec, [list.into()]);
        let count = root.at(&list).and_then(Node::as_sequence).map_or(0, <[Node]>::len);
        (0..count).for_each(|index| to_v1(join(&list, [index.into()])));
    }
}

/// A bundle is a reference with a resolver in v1 (`TaskRef.convertBundleToResolver`).
fn reference(root: &Node, path: &Path, kind: &str, edits: &mut Vec<Edit>) {
    let Some(node) = root.at(path) else { return };
    let Some(bundle) = node.get("bundle").filter(|bundle| !bundle.is_null()) else { return };
    let span = node.span;
    let param = |name: &str, value: Node| Node::mapping(span, [("name", Node::string(span, name)), ("value", value)]);
    let name = node.get("name").cloned().unwrap_or_else(|| Node::string(span, ""));
    let params = vec![param("bundle", bundle.clone()), param("name", name), param("kind", Node::string(span, kind))];
    let converted = [("resolver", Node::string(span, "bundles")), ("params", Node::sequence(span, params))];
    edits.push(Edit::Replace(path.clone(), Node::mapping(span, converted)));
}
