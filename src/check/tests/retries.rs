use super::*;

/// The sound pair, whose group is tried again as a whole.
fn whole(a: &str, b: &str) -> String {
    let task = |name: &str, more: &str| format!("{name} {more}").trim_end().to_owned();
    let b = if b.is_empty() { "runAfter: [a]".to_owned() } else { format!("runAfter: [a], {b}") };
    let groups = "  groups: [{name: g, tasks: [a, b], retries: whole-group}]";
    pipeline(&[&task("a", a), &task("b", &b)], groups)
}

#[test]
fn retries_of_a_member_are_refused_or_those_of_the_group() {
    expect(
        &pair("", "retries: 2", ""),
        &[
            "error TF335 `b` of the group `g` has `retries`: Tekton could only run all members of the pod again [2] remove the \
           group `g`: without `b` there is nothing to fuse, or remove `retries`; if all members may run again, give the group \
           the option `retries: whole-group`",
        ],
    );
    expect(&pair("retries: 0", "", ""), &[]);
    expect(&whole("retries: 0", ""), &[]);
    let help = "make sure that each member can run again on the files which all have left";
    expect(
        &whole("retries: 1", "retries: 3"),
        &[&format!(
            "warning TF465 if the group `g` fails, all its members run again, up to 3 times [1 | 3 | whole-group] {help}"
        )],
    );
}

#[test]
fn always_members_run_in_every_attempt() {
    let groups = "  groups: [{name: g, tasks: [a, {name: b, run: always}], retries: whole-group}]";
    let found = told(&pipeline(&["a retries: 1", "b runAfter: [a]"], groups));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("run again, once; `b` runs at the end of every attempt"), "{found:?}");
}

#[test]
fn retries_are_whole_numbers() {
    for value in ["two", "'2'", "1.5", "-1", "[1]"] {
        let found = told(&whole("", &format!("retries: {value}")));
        assert!(found.len() == 1 && found[0].starts_with("error TF140 the `retries` of `b`"), "{value}: {found:?}");
    }
}

#[test]
fn members_do_not_read_how_often_the_group_is_tried() {
    let retries = "params: [{name: p, value: $(context.pipelineTask.retries)}]";
    let found = told(&whole("retries: 2", retries));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("error TF335 `b` reads `$(context.pipelineTask.retries)`"), "{found:?}");
    assert_eq!(told(&whole(&format!("retries: 2, {retries}"), "")).len(), 1, "the number of the group is its own");
    let count = "taskSpec: {steps: [{image: i, script: 'echo $(context.task.retry-count)'}]}";
    let found = told(&whole(&format!("retries: 2, {count}"), ""));
    assert!(found.len() == 2 && found[0].starts_with("error TF335 `a` reads"), "{found:?}");
    expect(&whole("", count), &[]);
}
