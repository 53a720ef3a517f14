#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::{Estimates, json as document, markdown, table};
use crate::compile::{Options, compile};
use crate::diag::Diagnostics;
use crate::source::Sources;

/// Times that are easy to add up.
const TIMES: Estimates =
    Estimates { pod_start: 100.0, volume_attach: 1000.0, volume_reattach: 0.0, step_handover: 1.0, step_time: 10.0 };

/// A Pipeline `p` of these tasks, each a flow mapping without its braces, below other documents.
fn pipeline(others: &str, tasks: &[&str], rest: &str) -> String {
    let tasks: String = tasks.iter().map(|task| format!("  - {{{task}}}\n")).collect();
    format!("{others}apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n{rest}  tasks:\n{tasks}")
}

/// The plans of a text, with `TIMES`.
fn plans(text: &str) -> Vec<super::PipelinePlan> {
    let mut sources = Sources::default();
    let input = sources.add("in.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let options = Options { plan: Some(TIMES), ..Options::default() };
    let compiled = compile(&sources, &[input], &[], &options, &mut diagnostics);
    let errors: Vec<&str> = diagnostics
        .iter()
        .filter(|it| it.severity == crate::diag::Severity::Error)
        .map(|it| it.message.as_str())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    compiled.plans
}

/// The plan of the only Pipeline.
fn plan(text: &str) -> Value {
    let value = serde_json::to_value(plans(text)).unwrap();
    value.as_array().unwrap().first().cloned().unwrap()
}

/// An embedded spec of one step that requests this much CPU.
fn spec(cpu: &str) -> String {
    format!(
        "taskSpec: {{steps: [{{name: s, image: i, command: [c], computeResources: {{requests: {{cpu: {cpu}}}}}}}]}}"
    )
}

fn unit<'v>(side: &'v Value, name: &str) -> &'v Value {
    side["units"].as_array().unwrap().iter().find(|unit| unit["name"] == name).unwrap()
}

#[test]
fn a_chain_saves_pods_and_the_time_to_start_them() {
    let tasks = [
        format!("name: a, group: g, {}", spec("1")),
        format!("name: b, group: g, runAfter: [a], {}", spec("500m")),
        format!("name: c, runAfter: [b], {}", spec("250m")),
    ];
    let plan = plan(&pipeline("", &tasks.each_ref().map(String::as_str), ""));
    let [before, after] = ["before", "after"].map(|side| &plan[side]);
    let counts = |side: &Value| ["taskRuns", "pods", "containers"].map(|key| side[key].as_u64().unwrap());
    assert_eq!((counts(before), counts(after)), ([3, 3, 6], [2, 2, 5]));
    assert_eq!((&before["requestPeak"], &after["requestPeak"]), (&json!({"cpu": "1"}), &json!({"cpu": "1"})));
    // 110 seconds each; then one of 100 + 10 + 1 + 10.
    assert_eq!(before["criticalPath"], json!({"tasks": 3, "seconds": 330.0, "units": ["a", "b", "c"]}));
    assert_eq!(after["criticalPath"], json!({"tasks": 3, "seconds": 231.0, "units": ["g", "c"]}));
    assert_eq!(before["requestSeconds"], json!({"cpu": 110.0 + 55.0 + 27.5}));
    assert_eq!(after["requestSeconds"], json!({"cpu": 121.0 + 27.5}));
    let group = &plan["groups"][0];
    assert_eq!((&group["name"], &group["members"]), (&json!("g"), &json!(["a", "b"])));
    assert_eq!(group["pods"], json!({"before": 2, "after": 1}));
    assert_eq!(group["containers"], json!({"before": 4, "after": 3}));
    assert_eq!(group["seconds"], json!({"before": 220.0, "after": 121.0}));
    assert_eq!((&unit(after, "g")["start"], &unit(after, "c")["start"]), (&json!(0.0), &json!(121.0)));
}

#[test]
fn lost_parallelism_shows_in_tasks_and_in_the_peak() {
    let tasks = ["a", "b"].map(|name| format!("name: {name}, group: g, {}", spec("1")));
    let plan = plan(&pipeline("", &tasks.each_ref().map(String::as_str), ""));
    let of = |side: &str| (plan[side]["criticalPath"]["tasks"].clone(), plan[side]["requestPeak"]["cpu"].clone());
    assert_eq!(of("before"), (json!(1), json!("2")));
    assert_eq!(of("after"), (json!(2), json!("1")));
    let codes: Vec<&Value> = plan["groups"][0]["findings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert!(codes.contains(&&json!("TF502")), "{codes:?}");
}

#[test]
fn pods_that_follow_each_other_do_not_ask_together() {
    let tasks = [format!("name: a, {}", spec("2")), format!("name: b, runAfter: [a], {}", spec("1"))];
    let plan = plan(&pipeline(
        "",
        &tasks.each_ref().map(String::as_str),
        "  finally: [{name: z, taskSpec: {steps: [{name: s, image: i, command: [c]}]}}]\n",
    ));
    assert_eq!(plan["before"]["requestPeak"], json!({"cpu": "2"}));
    assert_eq!(unit(&plan["before"], "z")["start"], 220.0);
    assert_eq!(plan["before"]["criticalPath"], json!({"tasks": 2, "seconds": 330.0, "units": ["a", "b", "z"]}));
    assert_eq!(plan.get("after"), None);
}

#[test]
fn a_matrix_has_a_pod_for_each_combination() {
    let spec = "taskSpec: {params: [{name: x}], steps: [{name: s, image: i, script: x, computeResources: {requests: {memory: 1Gi}}}]}";
    let of = |values: &str, rest: &str| {
        plan(&pipeline("", &[&format!("name: m, matrix: {{params: [{{name: x, value: {values}}}]}}, {spec}")], rest))
    };
    let known = of("[a, b, c]", "");
    assert_eq!((&known["before"]["pods"], &known["before"]["containers"]), (&json!(3), &json!(9)));
    assert_eq!(known["before"]["requestPeak"], json!({"memory": "3Gi"}));
    assert_eq!(known["before"]["requestSeconds"], json!({"memory": 330.0}));
    let unknown = of("'$(params.list[*])'", "  params: [{name: list, type: array}]\n");
    assert_eq!((&unknown["before"]["pods"], unit(&unknown["before"], "m").get("pods")), (&json!(0), None));
    assert!(unknown["remarks"][0].as_str().unwrap().contains("how many pods `m` has is not known"), "{unknown}");
    let default = of("'$(params.list[*])'", "  params: [{name: list, type: array, default: [a, b, c, d]}]\n");
    assert_eq!(default["before"]["pods"], 4);
    assert!(default["remarks"][0].as_str().unwrap().starts_with("the default of a param says"), "{default}");
    let run = "---\napiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec: {pipelineRef: {name: p}, params: [{name: list, value: [a, b]}]}\n";
    let text = pipeline(
        "",
        &[&format!("name: m, matrix: {{params: [{{name: x, value: '$(params.list[*])'}}]}}, {spec}")],
        "  params: [{name: list, type: array}]\n",
    );
    assert_eq!(plan(&format!("{text}{run}"))["before"]["pods"], 2);
}

#[test]
fn what_is_not_known_is_left_out_and_told() {
    let tasks = [
        "name: gone, taskRef: {name: gone}",
        "name: custom, taskRef: {apiVersion: example.dev/v1, kind: Odd, name: o}",
        "name: inner, pipelineRef: {name: other}",
    ];
    let plan = plan(&pipeline("", &tasks, ""));
    let before = &plan["before"];
    assert_eq!(["taskRuns", "pods", "containers"].map(|key| before[key].clone()), [json!(1), json!(1), json!(0)]);
    assert_eq!((unit(before, "gone").get("containers"), &unit(before, "custom")["pods"]), (None, &json!(0)));
    assert_eq!(plan["remarks"].as_array().unwrap().len(), 3, "{plan}");
    let shown = table(&plans(&pipeline("", &tasks, "")));
    let lines: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split("  ").filter(|cell| !cell.is_empty()).collect()).collect();
    for row in [["pods", " 1 + ?"], ["containers", " 0 + ?"]] {
        assert!(lines.iter().any(|line| line.iter().map(|cell| cell.trim()).eq(row.map(str::trim))), "{shown}");
    }
}

#[test]
fn init_containers_are_those_of_tekton() {
    let init = |others: &str, spec: &str, rest: &str| {
        let plan = plan(&pipeline(others, &[&format!("name: a, taskSpec: {{{spec}}}")], rest));
        let names = unit(&plan["before"], "a")["initContainers"].clone();
        (names.as_array().unwrap().len(), plan["remarks"].as_array().unwrap().len())
    };
    let action =
        "apiVersion: tekton.dev/v1beta1\nkind: StepAction\nmetadata: {name: act}\nspec: {image: i, script: x}\n---\n";
    for (others, spec, rest, expected) in [
        ("", "steps: [{name: s, image: i, command: [c]}]", "", (1, 0)),
        ("", "steps: [{name: s, image: i, script: x}]", "", (2, 0)),
        ("", "steps: [{name: s, image: i, command: [c]}], sidecars: [{name: t, image: i, script: x}]", "", (2, 0)),
        (action, "steps: [{name: s, ref: {name: act}}]", "", (2, 0)),
        ("", "steps: [{name: s, ref: {name: act}}]", "", (3, 2)),
        ("", "stepTemplate: {workingDir: here}, steps: [{name: s, image: i, command: [c]}]", "", (2, 0)),
        (
            "",
            "steps: [{name: s, image: i, command: [c], workingDir: $(params.d)}]",
            "  params: [{name: d, default: /opt}]\n",
            (1, 0),
        ),
        (
            "",
            "steps: [{name: s, image: i, command: [c], workingDir: $(params.d)}]",
            "  params: [{name: d, default: x}]\n",
            (2, 0),
        ),
        ("", "steps: [{name: s, image: i, command: [c], workingDir: $(params.d)}]", "  params: [{name: d}]\n", (2, 1)),
        (
            "",
            "workspaces: [{name: w}], steps: [{name: s, image: i, command: [c], workingDir: $(workspaces.w.path)}]",
            "  workspaces: [{name: w}]\n",
            (2, 0),
        ),
        (
            "",
            "workspaces: [{name: w, mountPath: /opt}], steps: [{name: s, image: i, command: [c], workingDir: $(workspaces.w.path)}]",
            "  workspaces: [{name: w}]\n",
            (1, 0),
        ),
    ] {
        assert_eq!(init(others, spec, rest), expected, "{spec} {rest}");
    }
}

#[test]
fn workspaces_that_pods_share_need_a_claim_unless_a_run_says_otherwise() {
    let task = |name: &str, more: &str| {
        format!(
            "name: {name}, {more}workspaces: [{{name: w, workspace: w}}], taskSpec: {{workspaces: [{{name: w}}], steps: [{{name: s, image: i, command: [c]}}]}}"
        )
    };
    let tasks = [task("a", "group: g, "), task("b", "group: g, runAfter: [a], "), task("c", "runAfter: [b], ")];
    let text = pipeline("", &tasks.each_ref().map(String::as_str), "  workspaces: [{name: w}]\n");
    let claims = |plan: &Value| [plan["before"]["claims"].clone(), plan["after"]["claims"].clone()];
    let without = plan(&text);
    assert_eq!(claims(&without), [json!(1), json!(1)]);
    assert_eq!(without["workspaces"][0]["after"], json!({"pods": 2, "claim": true}));
    // Only the first pod waits for the volume.
    assert_eq!(without["before"]["criticalPath"]["seconds"], 1330.0);
    let run = |binding: &str| {
        format!(
            "{text}---\napiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {{generateName: r-}}\nspec: {{pipelineRef: {{name: p}}, workspaces: [{{name: w, {binding}}}]}}\n"
        )
    };
    let scratch = plan(&run("emptyDir: {}"));
    assert_eq!(claims(&scratch), [json!(0), json!(0)]);
    assert_eq!(scratch["before"]["criticalPath"]["seconds"], 330.0);
    let template = plan(&run("volumeClaimTemplate: {spec: {}}"));
    assert_eq!(
        (claims(&template), &template["workspaces"][0]["bound"]),
        ([json!(1), json!(1)], &json!(["volumeClaimTemplate"]))
    );
    assert_eq!(template["runs"], json!([{"name": "r", "claims": {"before": 1, "after": 1}}]));
}

#[test]
fn a_group_that_makes_a_workspace_an_empty_dir_needs_no_claim() {
    let task = |name: &str| {
        format!(
            "name: {name}, workspaces: [{{name: w, workspace: w}}], taskSpec: {{workspaces: [{{name: w}}], steps: [{{name: s, image: i, command: [c]}}]}}"
        )
    };
    let rest = "  workspaces: [{name: w}]\n  groups: [{name: g, tasks: [a, b], emptyDir: [w]}]\n";
    let text = pipeline("", &[&task("a"), &format!("runAfter: [a], {}", task("b"))], rest);
    let run = "---\napiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec: {pipelineRef: {name: p}, workspaces: [{name: w, volumeClaimTemplate: {spec: {}}}]}\n";
    let plan = plan(&format!("{text}{run}"));
    assert_eq!((&plan["before"]["claims"], &plan["after"]["claims"]), (&json!(1), &json!(0)));
    assert_eq!(plan["runs"][0]["claims"], json!({"before": 1, "after": 0}));
    assert_eq!((&plan["workspaces"][0]["emptyDir"], &plan["groups"][0]["emptyDirs"]), (&json!(true), &json!(["w"])));
    assert_eq!(plan["after"]["criticalPath"]["seconds"], 121.0);
}

#[test]
fn a_run_can_give_steps_other_requests() {
    let run = "---\napiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec: {pipelineRef: {name: p}, taskRunSpecs: [{pipelineTaskName: a, stepSpecs: [{name: s, computeResources: {requests: {cpu: 3}}}]}]}\n";
    let text = pipeline("", &[&format!("name: a, {}", spec("1"))], "");
    assert_eq!(plan(&text)["before"]["requestPeak"], json!({"cpu": "1"}));
    assert_eq!(plan(&format!("{text}{run}"))["before"]["requestPeak"], json!({"cpu": "3"}));
}

#[test]
fn helper_steps_and_results_tasks_are_there_with_a_reason() {
    let write = "taskSpec: {results: [{name: r}], steps: [{name: s, image: i, script: 'echo > $(results.r.path)'}]}";
    let read = "taskSpec: {params: [{name: x}], steps: [{name: s, image: i, command: [c], args: [$(params.x)]}]}";
    let tasks = [
        format!("name: a, group: g, when: [{{input: $(params.w), operator: in, values: [x]}}], {write}"),
        format!("name: b, group: g, params: [{{name: x, value: $(tasks.a.results.r)}}], {read}"),
    ];
    let rest = "  params: [{name: w}]\n  results: [{name: r, value: $(tasks.a.results.r)}]\n";
    let plan = plan(&pipeline("", &tasks.each_ref().map(String::as_str), rest));
    let helpers = plan["groups"][0]["helpers"].as_array().unwrap();
    let kinds: Vec<&str> = helpers.iter().map(|helper| helper["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"link") && kinds.contains(&"gate"), "{kinds:?}");
    assert!(helpers.iter().all(|helper| helper["reason"].as_str().unwrap().contains('`')), "{helpers:?}");
    let results = unit(&plan["after"], "g-results");
    assert_eq!(
        (&results["kind"], &results["finally"], &results["containers"]),
        (&json!("results"), &json!(true), &json!(3))
    );
    assert_eq!((&plan["before"]["pods"], &plan["after"]["pods"]), (&json!(2), &json!(2)));
}

#[test]
fn no_pipeline_no_plan_and_two_have_one_each() {
    assert_eq!(document(&[], &TIMES).lines().last(), Some("}"));
    assert_eq!((table(&[]), markdown(&[])), (String::new(), String::new()));
    let one = pipeline("", &[&format!("name: a, {}", spec("1"))], "");
    let plans = plans(&format!("{one}---\n{}", one.replace("name: p", "name: q")));
    assert_eq!(plans.iter().map(|plan| plan.name.as_str()).collect::<Vec<_>>(), ["p", "q"]);
    assert_eq!(table(&plans).matches("\nPipeline q (in.yaml)\n").count(), 1);
}

#[test]
fn a_cycle_without_groups_is_none_of_our_business() {
    let tasks = [format!("name: a, runAfter: [b], {}", spec("1")), format!("name: b, runAfter: [a], {}", spec("1"))];
    assert_eq!(plan(&pipeline("", &tasks.each_ref().map(String::as_str), ""))["before"]["pods"], 2);
}
