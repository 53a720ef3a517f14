use super::*;

/// A Pipeline with these tasks, and these finally tasks.
fn with_finally(tasks: &[&str], finally: &[&str], more: &str) -> String {
    let task = |text: &&str| {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let comma = if rest.is_empty() { "" } else { ", " };
        format!("{{name: {name}, taskRef: {{name: t}}{comma}{rest}}}")
    };
    let finally: Vec<String> = finally.iter().map(task).collect();
    pipeline(tasks, &format!("{more}\n  finally: [{}]", finally.join(", ")))
}

fn read(value: &str) -> String {
    format!("params: [{{name: p, value: {value}}}]")
}

#[test]
fn finally_tasks_that_need_the_same_results_are_a_group() {
    let note = "note TF469 `x` and `z` would start together; in the pod they run one after another [f] ";
    expect(&with_finally(&["a"], &["x group: f", "z group: f"], ""), &[note]);
    let (x, z) =
        (format!("x group: f, {}", read("$(tasks.a.results.r)")), read("'$(tasks.status) $(tasks.a.results.r)'"));
    expect(&with_finally(&["a", "b"], &[&x, &format!("z group: f, {z}")], ""), &[note]);
}

#[test]
fn a_missing_result_would_skip_every_finally_task_of_a_group() {
    let x = format!("x group: f, {}", read("$(tasks.a.results.r)"));
    expect(
        &with_finally(&["a"], &[&x, "w group: f", "z group: f"], ""),
        &[
            "error TF332 the finally tasks of the group `f` need different results: one that is missing would skip them all \
           [$(tasks.a.results.r)] leave `x` out of the group: make it `f: w, z`",
        ],
    );
    let z = format!("z group: f, {}", read("$(tasks.a.results.r)"));
    let found = told(&with_finally(&["a"], &[&x, "w group: f", &z], ""));
    assert!(found.len() == 1 && found[0].ends_with("[f] leave `w` out of the group: make it `f: x, z`"), "{found:?}");
    let other = format!("z group: f, {}", read("$(tasks.b.results.r)"));
    let found = told(&with_finally(&["a", "b"], &[&x, &other], ""));
    assert!(found.len() == 1 && found[0].contains("[$(tasks.b.results.r) | f] remove the group `f`"), "{found:?}");
}

#[test]
fn all_tasks_and_a_finally_task_are_a_group() {
    let tasks = ["a group: g", "b group: g, runAfter: [a]"];
    expect(&with_finally(&tasks, &["z group: g"], ""), &[]);
    expect(
        &with_finally(&tasks, &["w", "z group: g"], ""),
        &["note TF469 `w` starts when `z` has ended, not beside it [g] "],
    );
    let found = told(&with_finally(&["a group: g", "b group: g"], &["w group: g", "z group: g"], ""));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("warning TF502 `a` and `b` could run at the same time"), "{found:?}");
    assert!(found[1].starts_with("note TF469 `w` and `z` would start together"), "{found:?}");
}

#[test]
fn a_finally_task_waits_for_tasks_outside_of_its_group() {
    let tasks = ["a group: g", "b group: g, runAfter: [a]", "c"];
    expect(
        &with_finally(&tasks, &["z group: g"], ""),
        &[
            "error TF332 `z` waits for all tasks under `tasks`, and the group `g` does not hold all of them [g | c] add `c` to \
           the group, or leave `z` out of the group: make it `g: a, b`",
        ],
    );
    let custom = "c taskRef: {apiVersion: x.dev/v1, kind: Wait, name: w}";
    let reads = read("$(tasks.c.results.r)");
    let found = told(&with_finally(&[tasks[0], tasks[1], custom], &[&format!("z group: g, {reads}")], ""));
    assert!(
        found.len() == 1 && found[0].ends_with("[g | c] leave `z` out of the group: make it `g: a, b`"),
        "{found:?}"
    );
    let between = with_finally(&["a group: g", "c runAfter: [a]"], &[&format!("z group: g, {reads}")], "");
    let found = told(&between);
    assert!(found.len() == 1 && found[0].starts_with("error TF332"), "no path comes back to a finally task: {found:?}");
}

#[test]
fn nobody_reads_how_tasks_ended_if_a_finally_task_is_among_them() {
    let tasks = ["a group: g", "b group: g, runAfter: [a]"];
    let outcome = read("$(tasks.status)");
    let found = told(&with_finally(&tasks, &["z group: g", &format!("w {outcome}")], ""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("error TF338 `w` reads how all tasks ended, and the group `g` would count `z`"),
        "{found:?}"
    );
    assert!(found[0].ends_with("[$(tasks.status) | g] leave `z` out of the group: make it `g: a, b`"), "{found:?}");
    let found = told(&with_finally(&tasks, &[&format!("z group: g, {outcome}")], ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF338 `z` reads how all tasks ended"), "{found:?}");
    let found = told(&with_finally(&tasks, &[&format!("z group: g, {}", read("$(tasks.a.reason)"))], ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF338 the reason of `a`"), "{found:?}");
}

#[test]
fn what_is_cut_keeps_finally_tasks_only_where_they_fit() {
    let tasks = ["a group: g", "b group: g, retries: 2", "c group: g"];
    let found = told(&with_finally(&tasks, &["z group: g"], ""));
    assert!(found[0].contains("leave `b` and `z` out of the group: make it `g: a, c`"), "{found:?}");
    let groups = "  groups: [{name: g, tasks: [a, b, {name: c, run: always}]}]";
    let found = told(&pipeline(&["a", "b retries: 2", "c"], groups));
    assert!(found[0].contains("make it `g: [a, {name: c, run: always}]`"), "{found:?}");
}

#[test]
fn the_pipeline_asks_for_results_that_finally_tasks_have() {
    let results = |name: &str| format!("  results: [{{name: o, value: $(finally.x.results.{name})}}]");
    let finally = ["x group: f", "z group: f"];
    assert_eq!(told(&with_finally(&["a"], &finally, &results("r"))).len(), 1);
    let found = told(&with_finally(&["a"], &finally, &results("s")));
    assert!(found[0].starts_with("error TF405 the Task of `x` has no result `s`"), "{found:?}");
}
