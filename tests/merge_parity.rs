//! `stepTemplate` compared with Tekton: its own `MergeStepsWithStepTemplate` must give the step that stands in a fused Task.
//!
//! Building that code takes minutes and the network: needs `go`, and `TKN_FUSE_FULL=1`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

#[allow(dead_code)]
#[path = "yaml_parity/generate.rs"]
mod generate;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value as Json, json};
use tkn_fuse::compile::{Options, compile};
use tkn_fuse::diag::Diagnostics;
use tkn_fuse::source::Sources;
use tkn_fuse::yaml;

use generate::Random;

/// How many pairs of a template and a step are compared.
const PAIRS: usize = 600;

/// The fields that both a template and a step have, filled at random.
fn container(random: &mut Random) -> Map<String, Json> {
    let mut fields = Map::new();
    let mut field = |random: &mut Random, key: &str, value: Json| {
        if random.below(5) < 3 {
            fields.insert(key.to_owned(), value);
        }
    };
    let texts = ["", "x", "y"];
    let directory = json!(["", "/x", "/y"][random.below(3)]);
    field(random, "workingDir", directory);
    let policy = json!(["", "Always", "Never"][random.below(3)]);
    field(random, "imagePullPolicy", policy);
    for key in ["command", "args"] {
        let list: Vec<&str> = (0..random.below(3)).map(|_| texts[1 + random.below(2)]).collect();
        field(random, key, json!(list));
    }
    let variables = list(random, "name", &["A", "B", "C", "D", "E"], |random, item| match random.below(4) {
        0 => drop(item.insert("value".to_owned(), json!(""))),
        1 | 2 => drop(item.insert("value".to_owned(), json!(["1", "2"][random.below(2)]))),
        _ => {
            let source = ["secretKeyRef", "configMapKeyRef"][random.below(2)];
            let key = ["k", "l"][random.below(2)];
            let key = json!({"name": "n", "key": key});
            item.insert("valueFrom".to_owned(), Json::Object(Map::from_iter([(source.to_owned(), key)])));
        }
    });
    field(random, "env", variables);
    let sources: Vec<Json> =
        (0..random.below(3)).map(|_| json!({"configMapRef": {"name": texts[1 + random.below(2)]}})).collect();
    field(random, "envFrom", json!(sources));
    let mounts = list(random, "mountPath", &["/a", "/b", "/c", "/d"], |random, item| {
        item.insert("name".to_owned(), json!(["pod-v", "pod-w"][random.below(2)]));
        if random.below(2) == 0 {
            item.insert("readOnly".to_owned(), json!(true));
        }
        if random.below(3) == 0 {
            item.insert("subPath".to_owned(), json!("s"));
        }
    });
    field(random, "volumeMounts", mounts);
    let devices = list(random, "devicePath", &["/dev/a", "/dev/b", "/dev/c"], |random, item| {
        item.insert("name".to_owned(), json!(["pod-v", "pod-w"][random.below(2)]));
    });
    field(random, "volumeDevices", devices);
    let resources = resources(random);
    field(random, "computeResources", resources);
    let security = security(random);
    field(random, "securityContext", security);
    fields
}

/// A list whose items differ in `key`, in any order.
fn list(random: &mut Random, key: &str, values: &[&str], fill: impl Fn(&mut Random, &mut Map<String, Json>)) -> Json {
    let mut values: Vec<&str> = values.to_vec();
    let mut items = Vec::new();
    for _ in 0..random.below(values.len() + 1) {
        let mut item = Map::from_iter([(key.to_owned(), json!(values.remove(random.below(values.len()))))]);
        fill(random, &mut item);
        items.push(Json::Object(item));
    }
    Json::Array(items)
}

fn resources(random: &mut Random) -> Json {
    let mut resources = Map::new();
    // No request is above any limit, or Tekton would not run the step.
    for (key, amounts) in [("limits", ["2", "3"]), ("requests", ["1", "2"])] {
        let names = ["cpu", "memory", "ephemeral-storage"].into_iter().filter(|_| random.below(2) == 0);
        let names: Vec<&str> = names.collect();
        let amounts = names.into_iter().map(|name| (name.to_owned(), json!(amounts[random.below(2)])));
        let amounts: Map<String, Json> = amounts.collect();
        if random.below(3) > 0 {
            resources.insert(key.to_owned(), Json::Object(amounts));
        }
    }
    Json::Object(resources)
}

fn security(random: &mut Random) -> Json {
    let (add, drop) = (["A", "B"][random.below(2)], ["ALL", "C"][random.below(2)]);
    let capabilities = json!({"add": [add], "drop": [drop]});
    let fields = [
        ("runAsUser", json!(random.below(2))),
        ("runAsNonRoot", json!(random.below(2) == 0)),
        ("capabilities", capabilities),
        ("seccompProfile", json!({"type": "RuntimeDefault"})),
    ];
    let some = fields.into_iter().filter(|_| random.below(2) == 0);
    Json::Object(some.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn pair(random: &mut Random) -> Json {
    let mut template = container(random);
    let mut step = container(random);
    if random.below(2) == 0 {
        template.insert("image".to_owned(), json!("t"));
    }
    if !template.contains_key("image") || random.below(2) == 0 {
        step.insert("image".to_owned(), json!("s"));
    }
    step.insert("name".to_owned(), json!("s"));
    json!({"template": template, "step": step})
}

/// The first step of a group whose first member's Task has this step and template.
fn fused(pair: &Json) -> Json {
    let spec = json!({"stepTemplate": pair["template"], "steps": [pair["step"]]});
    let other = json!({"steps": [{"name": "s", "image": "i"}]});
    let pipeline = json!({
        "apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": {"name": "p"},
        "spec": {"tasks": [
            {"name": "a", "group": "g", "taskSpec": spec}, {"name": "b", "group": "g", "taskSpec": other},
        ]},
    });
    let mut sources = Sources::default();
    let input = sources.add("in.yaml", pipeline.to_string());
    let mut found = Diagnostics::default();
    let outputs = compile(&sources, &[input], &[], &Options::default(), &mut found).outputs;
    assert!(!found.has_errors(), "{found:?}\n{pair}");
    let output = sources.add("out.yaml", outputs[0].text.as_str());
    let task = yaml::documents(&sources, output).remove(0).root.unwrap();
    let task: Json = serde_json::from_str(&task.json()).unwrap();
    task["spec"]["steps"][0].clone()
}

/// Without what says nothing to Kubernetes, and without the name.
fn plain(mut step: Json) -> Json {
    step.as_object_mut().unwrap().remove("name");
    prune(&mut step);
    step
}

fn prune(node: &mut Json) {
    match node {
        Json::Object(fields) => {
            fields.values_mut().for_each(prune);
            fields.retain(|_, value| !(value.is_null() || *value == "" || *value == json!([]) || *value == json!({})));
        }
        Json::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

/// The merged steps as Tekton has them; none where it cannot be asked.
fn tekton(pairs: &[Json]) -> Option<Vec<Json>> {
    let has_go = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
    if !has_go || std::env::var_os("TKN_FUSE_FULL").is_none_or(|full| full != "1") {
        println!("skipped: needs go and TKN_FUSE_FULL=1");
        return None;
    }
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tekton-merge");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tekton");
    let mut build = Command::new("go");
    build.args(["build", "-buildvcs=false", "-o"]).arg(&program).arg("./merge").current_dir(folder).env("GOFLAGS", "");
    assert!(build.status().unwrap().success(), "tests/tekton/merge does not build");
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = pairs.iter().map(|pair| format!("{pair}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the Go program failed");
    let merged = String::from_utf8(output.stdout).unwrap();
    Some(merged.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn step_templates_are_merged_as_tekton_merges_them() {
    let mut random = Random::new(7);
    let pairs: Vec<Json> = (0..PAIRS).map(|_| pair(&mut random)).collect();
    let Some(merged) = tekton(&pairs) else { return };
    assert_eq!(merged.len(), PAIRS);
    let mut wrong = Vec::new();
    for (pair, theirs) in pairs.iter().zip(merged) {
        let (ours, theirs) = (plain(fused(pair)), plain(theirs));
        if ours != theirs {
            wrong.push(format!("{pair}\n  here   {ours}\n  Tekton {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {PAIRS} differ:\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
    println!("{PAIRS} templates and steps compared");
}
