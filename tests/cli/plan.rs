//! `tkn-fuse plan`: what goes where, and how it ends.

use serde_json::{Value, json};

use crate::project::Project;

/// A Pipeline of two tasks in the group `g`; an error if `field` is one that a group refuses.
fn pipeline(field: &str) -> String {
    let task = |name: &str| {
        format!(
            "    - name: {name}\n      group: g\n{field}      taskSpec:\n        steps:\n          - name: say\n            \
             image: busybox\n            script: echo $(context.taskRun.name)\n"
        )
    };
    format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata:\n  name: p\nspec:\n  tasks:\n{}{}      runAfter: [one]\n",
        task("one"),
        task("two")
    )
}

#[test]
fn the_plan_goes_to_stdout_and_diagnostics_to_stderr() {
    let project = Project::new().file("a.yaml", pipeline(""));
    let ran = project.run(&["plan", "a.yaml"]).exits(0).says("warning[TF433]").says("tkn-fuse: 2 warnings\n");
    assert!(ran.stdout.starts_with("Pipeline p (a.yaml)\n"), "{ran:#?}");
    let ran = project.run(&["plan", "a.yaml", "--print=markdown"]).exits(0);
    assert!(ran.stdout.starts_with("### Pipeline `p`\n"), "{ran:#?}");
    assert!(project.files("").iter().eq(["a.yaml"]), "nothing is written");
}

#[test]
fn json_is_for_both_streams_unless_another_form_is_asked_for() {
    let project = Project::new().file("a.yaml", pipeline(""));
    let ran = project.run(&["plan", "a.yaml", "--format", "json"]).exits(0);
    let [plan, told] = [&ran.stdout, &ran.stderr].map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    assert_eq!((&plan["version"], &told["version"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&plan["pipelines"][0]["before"]["pods"], &plan["pipelines"][0]["after"]["pods"]),
        (&json!(2), &json!(1))
    );
    assert!(told["diagnostics"].as_array().is_some_and(|told| !told.is_empty()), "{told}");
    assert_eq!(project.run(&["plan", "a.yaml", "--print", "json"]).stdout, ran.stdout);
    let ran = project.run(&["plan", "a.yaml", "--format", "json", "--print", "table"]).exits(0);
    assert!(ran.stdout.starts_with("Pipeline p (a.yaml)\n") && ran.stderr.starts_with('{'), "{ran:#?}");
}

#[test]
fn an_error_or_a_denied_warning_leaves_no_plan() {
    let project = Project::new().file("bad.yaml", pipeline("      retries: 1\n")).file("a.yaml", pipeline(""));
    for form in ["table", "markdown", "json"] {
        let ran = project.run(&["plan", "bad.yaml", "--print", form]).exits(1).prints("");
        ran.says("error[TF335]").says("; there is no plan\n");
    }
    project.run(&["plan", "a.yaml", "--deny-warnings"]).exits(1).prints("").says("; there is no plan\n");
    project.run(&["plan", "none.yaml"]).exits(4).prints("");
    project.run(&["plan"]).exits(2).prints("");
}

#[test]
fn a_pipeline_without_groups_is_counted_once() {
    let project = Project::new().file("a.yaml", pipeline("").replace("      group: g\n", "")).file("b.yaml", "a: b\n");
    let ran = project.run(&["plan", "a.yaml"]).exits(0).says("TF317");
    assert!(ran.stdout.contains("before\n") && !ran.stdout.contains("after"), "{ran:#?}");
    let markdown = project.run(&["plan", "a.yaml", "--print", "markdown"]).exits(0);
    assert!(markdown.stdout.contains("\n| | before |\n|---|---:|\n"), "{markdown:#?}");
    project.run(&["plan", "b.yaml"]).exits(0).prints("");
}

#[test]
fn assumptions_about_times_are_options() {
    let project = Project::new().file("a.yaml", pipeline(""));
    let seconds = |more: &[&str]| {
        let ran = project.run(&[&["plan", "a.yaml", "--print", "json"], more].concat()).exits(0);
        let plan: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let [before, after] =
            ["before", "after"].map(|side| plan["pipelines"][0][side]["criticalPath"]["seconds"].as_f64());
        (before.expect("seconds"), after.expect("seconds"))
    };
    assert_eq!(seconds(&[]), (28.0, 24.5));
    assert_eq!(seconds(&["--pod-start", "7.5", "--step-handover=1", "--step-time", "0"]), (15.0, 8.5));
    for wrong in ["-1", "x", "NaN", "inf", "1e99"] {
        project
            .run(&["plan", "a.yaml", &format!("--pod-start={wrong}")])
            .exits(2)
            .says("no number of seconds")
            .prints("");
    }
}
