use super::super::tests::{around, at, json};
use super::super::{HELPER_IMAGE, Skip};
use crate::diag::Code;
use crate::yaml::Node;

fn skip(member: &str) -> Skip {
    Skip { member: member.to_owned(), ran: format!("{member}-ran"), by_when: true, by_parent: false }
}

/// A Pipeline with the group `g: m, o` and these results.
fn fused(results: &[&str], more: &str) -> (Node, Vec<(Code, String)>) {
    let spec = "taskSpec: {results: [{name: r}, {name: array}, {name: object}, {name: object-x}], steps: [{image: i}]}";
    let results: String =
        results.iter().enumerate().map(|(at, value)| format!("  - {{name: r{at}, value: {value}}}\n")).collect();
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n  tasks:\n  - {{name: m, {spec}}}\n  - {{name: \
         o, runAfter: [m], {spec}}}\n{more}  results:\n{results}"
    );
    around(&text, &[("g", &["m", "o"], vec![skip("m")])])
}

#[test]
fn a_result_of_a_skippable_member_goes_by_a_task_of_its_own() {
    let (root, said) =
        fused(&["$(tasks.m.results.r)", "a-$(tasks.m.results.r)-$(tasks.o.results.r)", "$(tasks.o.results.r)"], "");
    let results = at(&root, "/spec/results");
    let values: Vec<&str> = results.as_array().expect("results").iter().filter_map(|it| it["value"].as_str()).collect();
    let carried = "$(finally.g-results.results.value-1)";
    assert_eq!(values, [carried, &format!("a-{carried}-$(tasks.g.results.o-r)"), "$(tasks.g.results.o-r)"]);
    let task = at(&root, "/spec/finally/0");
    assert_eq!(task["name"], "g-results");
    assert_eq!(
        task["when"],
        serde_json::json!([{"input": "$(tasks.g.results.m-ran)", "operator": "in", "values": ["true"]}])
    );
    assert_eq!(task["params"], serde_json::json!([{"name": "value-1", "value": "$(tasks.g.results.m-r)"}]));
    let spec = &task["taskSpec"];
    assert_eq!(spec["metadata"]["annotations"]["tkn-fuse/results-of"], "g");
    let step = &spec["steps"][0];
    assert_eq!(step["image"], HELPER_IMAGE);
    assert_eq!(step["securityContext"]["runAsUser"], 7);
    assert_eq!(step["computeResources"]["requests"]["cpu"], "0");
    assert!(said.iter().all(|it| it.0 == Code::ResultsTask), "{said:?}");
    let keys: Vec<String> = json(&root)["spec"].as_object().expect("a spec").keys().cloned().collect();
    assert!(keys.contains(&"finally".to_owned()));
}

#[test]
fn finally_tasks_that_are_there_stay_in_front_and_keep_their_names() {
    let there = "  finally:\n  - {name: g-results, taskSpec: {steps: [{image: i}]}}\n";
    let (root, _) = fused(&["$(tasks.m.results.r)"], there);
    assert_eq!(at(&root, "/spec/finally/0/name"), "g-results");
    assert_eq!(at(&root, "/spec/finally/1/name"), "g-results-2");
    assert_eq!(at(&root, "/spec/results/0/value"), "$(finally.g-results-2.results.value-1)");
    let (root, _) = fused(&["$(tasks.m.results.r)"], "  finally: null\n");
    assert_eq!(at(&root, "/spec/finally/0/name"), "g-results");
}

#[test]
fn arrays_and_objects_keep_their_type_and_their_parts() {
    let (root, said) = fused(
        &["\"$(tasks.m.results.array[*])\"", "\"$(tasks.m.results.array[1])\"", "$(tasks.m.results.object.b-c)"],
        "",
    );
    let results = at(&root, "/spec/results");
    let values: Vec<&str> = results.as_array().expect("results").iter().filter_map(|it| it["value"].as_str()).collect();
    let expected = ["value-1[*]", "value-1[1]", "value-2.b-c"].map(|it| format!("$(finally.g-results.results.{it})"));
    assert_eq!(values, expected);
    let task = at(&root, "/spec/finally/0");
    assert_eq!(task["params"][0]["value"], "$(tasks.g.results.m-array[*])");
    assert_eq!(task["params"][1]["value"], "$(tasks.g.results.m-object[*])");
    let spec = &task["taskSpec"];
    assert_eq!(spec["results"][0]["type"], "array");
    assert_eq!(spec["results"][1]["properties"]["a"]["type"], "string");
    let args = [&spec["steps"][0]["args"], &spec["steps"][1]["args"]];
    assert_eq!(*args[0], serde_json::json!(["$(params.value-2.a)", "$(params.value-2.b-c)"]));
    assert_eq!(*args[1], serde_json::json!(["$(params.value-1[*])"]));
    assert!(said.iter().all(|it| it.0 == Code::ResultsTask), "{said:?}");
}

#[test]
fn what_cannot_be_handed_on_is_refused() {
    let (_, said) = fused(&["\"$(tasks.m.results.object-x[*])\""], "");
    assert_eq!(said.iter().map(|it| it.0).collect::<Vec<_>>(), [Code::ResultOfSkipped]);
}

#[test]
fn a_pipeline_that_reads_no_skippable_member_gets_no_task() {
    let (root, said) = fused(&["$(tasks.o.results.r)"], "");
    assert!(root.get("spec").and_then(|spec| spec.get("finally")).is_none());
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn each_member_has_a_task_of_its_own_in_an_inline_pipeline_too() {
    let task = "taskSpec: {results: [{name: r}], steps: [{image: i}]}";
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{name: p}}\nspec:\n  pipelineSpec:\n    tasks:\n    - {{name: m, \
         {task}}}\n    - {{name: o, {task}}}\n    results:\n    - {{name: a, value: $(tasks.o.results.r)$(tasks.m.results.r)}}\n"
    );
    let (root, _) = around(&text, &[("g", &["m", "o"], vec![skip("m"), skip("o")])]);
    let spec = at(&root, "/spec/pipelineSpec");
    assert_eq!(spec["finally"][0]["when"][0]["input"], "$(tasks.g.results.m-ran)");
    assert_eq!(spec["finally"][1]["when"][0]["input"], "$(tasks.g.results.o-ran)");
    let value = "$(finally.g-results-2.results.value-1)$(finally.g-results.results.value-1)";
    assert_eq!(spec["results"][0]["value"], value);
}

/// A Pipeline with the group `g: m, o` whose `m` may fail, and with these results.
fn forgiven(results: &[&str], section: &str, skips: Vec<Skip>) -> (Node, Vec<(Code, String)>) {
    let spec = "taskSpec: {results: [{name: r}, {name: array}], steps: [{image: i}]}";
    let results: String =
        results.iter().enumerate().map(|(at, value)| format!("  - {{name: r{at}, value: {value}}}\n")).collect();
    let text = format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n  tasks:\n  - {{name: first, {spec}}}\n\
         \x20 {section}\n  - {{name: m, onError: continue, {spec}}}\n  - {{name: o, {spec}}}\n  results:\n{results}"
    );
    around(&text, &[("g", &["m", "o"], skips)])
}

#[test]
fn each_result_of_a_member_that_may_fail_has_a_task_of_its_own() {
    let (root, said) =
        forgiven(&["$(tasks.m.results.r)", "\"$(tasks.m.results.array[*])\"", "$(tasks.o.results.r)"], "", vec![]);
    let tasks = at(&root, "/spec/finally");
    let names: Vec<&str> = tasks.as_array().expect("tasks").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["g-results", "g-results-2"]);
    assert!(tasks[0]["when"].is_null() && tasks[1]["when"].is_null());
    assert_eq!(tasks[0]["params"], serde_json::json!([{"name": "value-1", "value": "$(tasks.g.results.m-r)"}]));
    assert_eq!(tasks[1]["params"][0]["value"], "$(tasks.g.results.m-array[*])");
    let results = at(&root, "/spec/results");
    assert_eq!(results[0]["value"], "$(finally.g-results.results.value-1)");
    assert_eq!(results[1]["value"], "$(finally.g-results-2.results.value-2[*])");
    assert_eq!(results[2]["value"], "$(tasks.g.results.o-r)");
    assert_eq!(said.iter().map(|it| it.0).collect::<Vec<_>>(), [Code::ResultsTask; 4]);
}

#[test]
fn a_member_that_may_be_skipped_and_may_fail_has_both() {
    let results = ["$(tasks.m.results.r)", "\"$(tasks.m.results.array[*])\""];
    let (root, _) = forgiven(&results, "", vec![skip("m")]);
    for task in at(&root, "/spec/finally").as_array().expect("tasks") {
        assert_eq!(task["when"][0]["input"], "$(tasks.g.results.m-ran)");
        assert_eq!(task["params"].as_array().map(Vec::len), Some(1));
    }
}

#[test]
fn nothing_runs_behind_finally_tasks() {
    let (_, said) = forgiven(&["$(finally.m.results.r)"], "finally:", vec![]);
    assert_eq!(said.iter().map(|it| it.0).collect::<Vec<_>>(), [Code::ResultOfSkipped]);
    assert!(said[0].1.ends_with("when `m` fails"), "{said:?}");
}
