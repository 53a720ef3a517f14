use crate::fuse::tests::{at, fuse, pipeline};
use crate::yaml::Node;

const SPEC: &str = "taskSpec: {params: [{name: p}, {name: q, default: d}], results: [{name: r}], \
                    steps: [{name: s, image: i, script: 'x $(params.p) > $(results.r.path)'}]}";

fn matrix(values: &str) -> String {
    format!("m matrix: {{params: [{{name: p, value: [{values}]}}]}}, {SPEC}")
}

fn names(task: &Node, list: &str) -> Vec<String> {
    let items = at(task, &format!("/spec/{list}"));
    let name = |item: &serde_json::Value| item["name"].as_str().unwrap_or_default().to_owned();
    items.as_array().map(|items| items.iter().map(name).collect()).unwrap_or_default()
}

#[test]
fn each_combination_is_a_copy_with_params_of_its_own() {
    let (documents, _) =
        fuse(&pipeline(&[&matrix("x, z"), "after runAfter: [m], taskSpec: {steps: [{image: i}]}"], ""));
    assert_eq!(names(&documents[0], "steps"), ["m-0-s", "m-1-s", "after-unnamed-0"]);
    assert_eq!(names(&documents[0], "params"), ["m-0-p", "m-0-q", "m-1-p", "m-1-q"]);
    assert_eq!(at(&documents[0], "/spec/steps/1/script"), "x $(params.m-1-p) > /tekton/results/m-1-r");
    assert_eq!(at(&documents[1], "/spec/tasks/0/params/1/value"), "z");
    let trace = at(&documents[0], "/metadata/annotations/tkn-fuse~1steps");
    assert!(trace.as_str().unwrap_or_default().contains(r#""m-1-s":["m",null,"s",1]"#), "{trace}");
    assert_eq!(at(&documents[1], "/spec/tasks/1"), serde_json::Value::Null, "one task is left");
}

#[test]
fn results_are_gathered_in_the_order_of_names_for_whoever_reads_them() {
    let values: Vec<String> = (0..12).map(|value| format!("v{value}")).collect();
    let m = matrix(&values.join(", "));
    let reader = "inside params: [{name: l, value: '$(tasks.m.results.r[*])'}], taskSpec: {params: [{name: l, type: array}], \
                  steps: [{name: s, image: i, args: ['$(params.l[*])']}]}";
    let outside = "  - {name: z, taskRef: {name: t}, params: [{name: l, value: '$(tasks.m.results.r[*])'}]}";
    let (documents, told) = fuse(&pipeline(&[&m, reader], outside));
    let gather = at(&documents[0], "/spec/steps/12");
    assert_eq!(gather["name"], "m-fuse-collector");
    let script = gather["script"].as_str().unwrap_or_default();
    let order = "'/tekton/steps/step-m-fuse-collector/results/r' \\\n  '/tekton/results/m-0-r' \\\n  '/tekton/results/m-1-r' \\\n  \
                 '/tekton/results/m-10-r' \\\n  '/tekton/results/m-11-r' \\\n  '/tekton/results/m-2-r' ";
    assert!(script.contains(order), "{script}");
    let link = at(&documents[0], "/spec/steps/13/script");
    assert!(link.as_str().unwrap_or_default().contains("/tekton/steps/step-m-fuse-collector/results/r"), "{link}");
    let declared =
        serde_json::json!([{"name": "m-r", "type": "array", "value": "$(steps.m-fuse-collector.results.r)"}]);
    assert_eq!(at(&documents[0], "/spec/results"), declared);
    assert_eq!(gather["results"], serde_json::json!([{"name": "r", "type": "array"}]));
    assert_eq!(at(&documents[1], "/spec/tasks/1/params/0/value"), "$(tasks.g.results.m-r[*])");
    // It is never empty: without any result there is no array.
    assert!(!told.contains(&"TF442"), "{told:?}");
}

#[test]
fn nothing_is_gathered_that_nobody_reads() {
    let (documents, _) =
        fuse(&pipeline(&[&matrix("x, z"), "after runAfter: [m], taskSpec: {steps: [{image: i}]}"], ""));
    assert!(!names(&documents[0], "steps").iter().any(|name| name.contains("fuse")));
    assert_eq!(at(&documents[0], "/spec/results"), serde_json::Value::Null);
}

#[test]
fn every_copy_waits_for_the_results_of_all_combinations() {
    let make = "make taskSpec: {results: [{name: r}], steps: [{name: s, image: i, script: 'x > $(results.r.path)'}]}";
    let (documents, _) = fuse(&pipeline(&[make, &matrix("x, $(tasks.make.results.r)")], ""));
    assert_eq!(names(&documents[0], "params"), ["m-0-p", "m-0-q", "m-1-q"]);
    for step in 1..3 {
        let script = at(&documents[0], &format!("/spec/steps/{step}/script"));
        assert!(script.as_str().unwrap_or_default().contains("'result r of task make'"), "{script}");
    }
}

#[test]
fn a_copy_has_the_name_of_no_task() {
    let other = "m-1 runAfter: [m], taskSpec: {steps: [{name: s, image: i}]}";
    let (documents, _) = fuse(&pipeline(&[&matrix("x, z"), other], ""));
    assert_eq!(names(&documents[0], "steps"), ["m-copy-0-s", "m-copy-1-s", "m-1-s"]);
    let (documents, _) = fuse(&pipeline(&[&matrix("x"), other], ""));
    assert_eq!(names(&documents[0], "steps"), ["m-0-s", "m-1-s"]);
}

#[test]
fn elements_of_a_default_are_counted_by_a_run_and_not_by_an_inline_one() {
    let m = "m matrix: {params: [{name: p, value: ['$(params.l[*])', last]}]}, taskSpec: {params: [{name: p}], steps: [{name: s, image: i}]}";
    let text = pipeline(
        &[m, "after runAfter: [m], taskSpec: {steps: [{image: i}]}"],
        "  params: [{name: l, type: array, default: [a, b]}]",
    );
    let (documents, told) = fuse(&text);
    assert_eq!(names(&documents[0], "steps"), ["m-fuse-count", "m-0-s", "m-1-s", "m-2-s", "after-unnamed-0"]);
    let count = at(&documents[0], "/spec/steps/0");
    assert_eq!(count["args"], serde_json::json!(["$(params.l[*])"]));
    assert!(count["script"].as_str().unwrap_or_default().starts_with("#!/bin/sh\n[ $# -eq 2 ] || {"), "{count}");
    assert_eq!(at(&documents[1], "/spec/tasks/0/params/2/value"), "$(params.l[1])");
    assert_eq!(told, ["TF467"]);
    let run = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec:\n  params: [{name: l, value: [a, b, c]}]\n  pipelineSpec:\n";
    let tasks = text.split_once("spec:\n").map(|(_, spec)| spec.replace("\n", "\n  "));
    let (documents, told) = fuse(&format!("{run}  {}", tasks.unwrap_or_default()));
    let steps = at(&documents[0], "/spec/pipelineSpec/tasks/0/taskSpec/steps");
    assert_eq!(steps.as_array().map(Vec::len), Some(5), "{steps}");
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_length_is_a_number_inside_and_outside() {
    let inside = "inside params: [{name: k, value: 'of $(tasks.m.matrix.length)'}], taskSpec: {params: [{name: k}], steps: [{name: s, image: i}]}";
    let outside = "  - {name: z, taskRef: {name: t}, params: [{name: k, value: $(tasks.m.matrix.length)}]}";
    let (documents, _) = fuse(&pipeline(&[&matrix("x, z"), inside], outside));
    assert_eq!(at(&documents[1], "/spec/tasks/0/params/2"), serde_json::json!({"name": "inside-k", "value": "of 2"}));
    assert_eq!(at(&documents[1], "/spec/tasks/1/params/0/value"), "2");
}

#[test]
fn timeouts_of_all_copies_add_up() {
    let m = matrix("x, w, z").replacen("m ", "m timeout: 1m, ", 1);
    let (documents, _) =
        fuse(&pipeline(&[&m, "after runAfter: [m], timeout: 30s, taskSpec: {steps: [{image: i}]}"], ""));
    assert_eq!(at(&documents[1], "/spec/tasks/0/timeout"), "3m30s");
}

#[test]
fn a_matrix_is_worth_a_group_of_its_own() {
    let (documents, told) = fuse(&pipeline(&[&matrix("x, z")], ""));
    assert_eq!(names(&documents[0], "steps"), ["m-0-s", "m-1-s"]);
    assert!(told.is_empty(), "{told:?}");
}
