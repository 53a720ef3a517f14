//! What members and runs may say, and what a Pipeline needs.

use super::*;

#[test]
fn a_result_that_the_task_does_not_have_is_told_once() {
    let tasks = [
        "a group: g",
        "b group: g, params: [{name: p, value: $(tasks.a.results.size)}, {name: q, value: $(tasks.a.results.r)}]",
        "c params: [{name: p, value: $(tasks.a.results.size)}]",
    ];
    let results = "  results: [{name: r, value: $(tasks.a.results.size)}]";
    let place = "$(tasks.a.results.size)";
    let found: Vec<_> = told(&pipeline(&tasks, results)).into_iter().filter(|found| found.contains("TF405")).collect();
    assert_eq!(
        found,
        [format!(
            "error TF405 the Task of `a` has no result `size` [{place} | g | {place} | {place}] declare `size` in the \
             results of that Task, or remove the reference"
        )]
    );
}

#[test]
fn a_member_runs_exactly_one_thing() {
    let both = "taskRef: {name: t}, taskSpec: {steps: [{name: s, image: i}]}";
    let found = told(&pair(both, "", ""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("error TF207 `a` has `taskRef` and `taskSpec`; Tekton takes exactly one"),
        "{found:?}"
    );
}

#[test]
fn a_pipeline_with_groups_has_a_name() {
    let found = told(&pair("", "", "").replace("{name: p}", "{}"));
    assert_eq!(
        found,
        ["error TF141 the Pipeline has groups but no name [{}] add `name: ...` to its `metadata`"],
        "no name"
    );
    let inline = |metadata: &str| {
        format!(
            "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {metadata}\nspec:\n  pipelineSpec:\n    tasks:\n    - \
             {{name: a, group: g, taskRef: {{name: t}}}}\n    - {{name: b, group: g, runAfter: [a], taskRef: {{name: t}}}}"
        )
    };
    let found = told(&inline("{}"));
    assert!(found.len() == 1 && found[0].starts_with("error TF141 the run with the Pipeline has groups"), "{found:?}");
    expect(&inline("{generateName: r-}"), &[]);
}

#[test]
fn pod_templates_that_name_params_differ() {
    let run = |a: &str, b: &str| {
        let spec = |task: &str, disk: &str| {
            format!("    - {{pipelineTaskName: {task}, podTemplate: {{nodeSelector: {{disk: {disk}}}}}}}\n")
        };
        let head = "apiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata: {name: r}\nspec:\n  pipelineRef: {name: p}";
        format!("{}\n---\n{head}\n  taskRunSpecs:\n{}{}", pair("", "", ""), spec("a", a), spec("b", b))
    };
    let found = told(&run("$(params.who)", "$(params.who)"));
    assert!(found.len() == 1 && found[0].starts_with("error TF602 the run `r` puts params into pod"), "{found:?}");
    assert!(found[0].contains("[$(params.who) | $(params.who)]"), "{found:?}");
    expect(&run("ssd", "ssd"), &[]);
}
