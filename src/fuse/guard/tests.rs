use super::super::Skip;
use super::super::tests::{around, at, json};
use crate::diag::Code;
use crate::yaml::Node;

const BOTH: &str = "false parent";

/// The member `m` of the group `g: m, o` may be skipped in these ways.
fn skip(kinds: &str) -> Vec<Skip> {
    let (by_when, by_parent) = (kinds.contains("false"), kinds.contains("parent"));
    vec![Skip { member: "m".to_owned(), ran: "m-ran".to_owned(), by_when, by_parent }]
}

/// A Pipeline of `m`, `o` and these tasks, one per line: what stands behind its name.
fn pipeline(tasks: &[&str], finally: &[&str]) -> String {
    let spec = "taskSpec: {results: [{name: r}], steps: [{image: i}]}";
    let task = |text: &&str| {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let spec = if rest.contains("taskSpec") { "" } else { spec };
        let more = if rest.is_empty() || spec.is_empty() { "" } else { ", " };
        format!("  - {{name: {name}, {rest}{more}{spec}}}\n")
    };
    let list = |tasks: &[&str]| tasks.iter().map(task).collect::<String>();
    let finally = if finally.is_empty() { String::new() } else { format!("  finally:\n{}", list(finally)) };
    let members = &["m", "o runAfter: [m]"];
    let tasks = if tasks.first().is_some_and(|task| task.starts_with("m ")) {
        list(tasks)
    } else {
        list(&[members, tasks].concat())
    };
    format!("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n  tasks:\n{tasks}{finally}")
}

/// The clauses that a task of a section has now, as `RESULT: VALUES`.
fn clauses(root: &Node, section: &str, name: &str) -> Vec<String> {
    let list = at(root, &format!("/spec/{section}"));
    let tasks = list.as_array().expect("tasks");
    let task = tasks.iter().find(|task| task["name"] == name).expect("the task");
    let when = task["when"].as_array().cloned().unwrap_or_default();
    let show = |clause: &serde_json::Value| {
        let values: Vec<&str> = clause["values"].as_array().into_iter().flatten().filter_map(|v| v.as_str()).collect();
        format!(
            "{} {} {}",
            clause["input"].as_str().unwrap_or_default(),
            clause["operator"].as_str().unwrap_or_default(),
            values.join(" ")
        )
    };
    when.iter().map(show).collect()
}

const RAN: &str = "$(tasks.g.results.m-ran) notin";

fn reads(task: &str) -> String {
    format!("params: [{{name: p, value: $(tasks.{task}.results.r)}}]")
}

fn fused(tasks: &[&str], finally: &[&str], kinds: &str) -> (Node, Vec<(Code, String)>) {
    around(&pipeline(tasks, finally), &[("g", &["m", "o"], skip(kinds))])
}

#[test]
fn readers_look_for_both_kinds_of_skip_and_waiters_for_one() {
    let reader = format!("reader {}", reads("m"));
    let (root, said) = fused(&[&reader, "waiter runAfter: [m]", "alone"], &[], BOTH);
    assert_eq!(clauses(&root, "tasks", "reader"), [format!("{RAN} false parent")]);
    assert_eq!(clauses(&root, "tasks", "waiter"), [format!("{RAN} parent")]);
    assert_eq!(clauses(&root, "tasks", "alone"), [""; 0]);
    let (code, message) = &said[0];
    assert_eq!((*code, said.len()), (Code::ReaderGuarded, 1));
    assert!(message.starts_with("`reader` and `waiter` look whether `m` of the group `g` ran"), "{message}");
}

#[test]
fn a_way_to_be_skipped_that_does_not_exist_is_not_looked_for() {
    let reader = format!("reader {}", reads("m"));
    let (root, _) = fused(&[&reader, "waiter runAfter: [m]"], &[], "false");
    assert_eq!(clauses(&root, "tasks", "reader"), [format!("{RAN} false")]);
    assert_eq!(clauses(&root, "tasks", "waiter"), [""; 0]);
    let (root, _) = fused(&[&reader], &[], "parent");
    assert_eq!(clauses(&root, "tasks", "reader"), [format!("{RAN} parent")]);
    let (root, said) = fused(&[&reader], &[], "");
    assert_eq!((clauses(&root, "tasks", "reader").len(), said.len()), (0, 0));
}

#[test]
fn the_clause_stands_behind_the_author_s_own() {
    let own = "when: [{input: a, operator: in, values: [a]}]";
    let text = pipeline(&[&format!("reader {own}, {}", reads("m")), &format!("empty when: null, {}", reads("m"))], &[]);
    let (root, _) = around(&text, &[("g", &["m", "o"], skip("false"))]);
    assert_eq!(clauses(&root, "tasks", "reader"), ["a in a".to_owned(), format!("{RAN} false")]);
    assert_eq!(clauses(&root, "tasks", "empty"), [format!("{RAN} false")]);
}

#[test]
fn references_in_a_when_follow_beside_the_new_clause() {
    let reader = "reader when: [{input: $(tasks.m.results.r), operator: in, values: [a]}]";
    let (root, _) = fused(&[reader], &[], "false");
    let expected = ["$(tasks.g.results.m-r) in a".to_owned(), format!("{RAN} false")];
    assert_eq!(clauses(&root, "tasks", "reader"), expected);
}

#[test]
fn what_only_waits_for_a_guarded_task_is_guarded_and_what_reads_it_is_not() {
    let (reader, second) = (format!("reader {}", reads("m")), format!("second {}", reads("reader")));
    let third = "third runAfter: [second]";
    let (root, said) = fused(&[&reader, "behind runAfter: [reader]", &second, third], &[], "false");
    assert_eq!(clauses(&root, "tasks", "behind"), [format!("{RAN} false")]);
    assert_eq!(clauses(&root, "tasks", "second"), [""; 0]);
    assert_eq!(clauses(&root, "tasks", "third"), [""; 0], "skipped with its parent");
    assert!(said[0].1.contains("`reader`, `behind`, `second` and `third`"), "{said:?}");
}

#[test]
fn a_reader_by_its_spec_alone_would_fail_the_run_and_needs_the_clause() {
    let reader = format!("reader {}", reads("m"));
    let spec = "embedded taskSpec: {steps: [{image: i, args: [$(tasks.reader.results.r)]}]}";
    let (root, said) = fused(&[&reader, spec], &[], "false");
    assert_eq!(clauses(&root, "tasks", "embedded"), [format!("{RAN} false")]);
    assert!(said.iter().all(|(code, _)| *code == Code::ReaderGuarded), "{said:?}");
    let direct = "embedded taskSpec: {steps: [{image: i, args: [$(tasks.m.results.r)]}]}";
    let (root, said) = fused(&[direct], &[direct.replace("embedded", "last").as_str()], BOTH);
    assert_eq!(clauses(&root, "tasks", "embedded"), [format!("{RAN} false parent")]);
    let wider: Vec<&str> = said.iter().filter(|it| it.0 == Code::SkipWider).map(|it| it.1.as_str()).collect();
    assert!(wider.iter().any(|text| text.contains("`embedded` is skipped") && text.contains("failed")), "{wider:?}");
    assert!(wider.iter().any(|text| text.contains("`last` is skipped") && text.contains("did not end")), "{wider:?}");
}

#[test]
fn a_finally_task_is_guarded_if_it_reads_the_member_itself() {
    let reader = format!("reader {}", reads("m"));
    let (root, _) = fused(&[&reader], &[&format!("last {}", reads("m")), &format!("other {}", reads("reader"))], BOTH);
    assert_eq!(clauses(&root, "finally", "last"), [format!("{RAN} false parent")]);
    assert_eq!(clauses(&root, "finally", "other"), [""; 0]);
}

#[test]
fn a_task_that_may_have_run_behind_a_when_is_told() {
    let own = "when: [{input: $(params.x), operator: in, values: [a]}]";
    let reader = format!("reader {own}, {}", reads("m"));
    let (root, said) = fused(&[&reader, "behind runAfter: [reader]", "after runAfter: [behind]"], &[], "false");
    assert_eq!(clauses(&root, "tasks", "behind"), [format!("{RAN} false")]);
    assert_eq!(clauses(&root, "tasks", "after"), [format!("{RAN} false")]);
    let wider = said.iter().find(|it| it.0 == Code::SkipWider).expect("a warning");
    assert!(
        wider.1.starts_with("`behind` and `after` could run when `m` was skipped and the `when` of `reader`"),
        "{wider:?}"
    );
    // Whoever reads its result never ran.
    let (_, said) = fused(&[&reader, &format!("second {}", reads("reader"))], &[], "false");
    assert!(said.iter().all(|it| it.0 != Code::SkipWider), "{said:?}");
}

#[test]
fn a_group_whose_members_are_all_skipped_gets_the_clause_itself() {
    let (x, v) = (format!("x {}", reads("m")), "v runAfter: [x]");
    let groups = |members| vec![("g", &["m", "o"][..], skip("false")), ("h", members, Vec::new())];
    let (root, said) = around(&pipeline(&[&x, v, "z"], &[]), &groups(&["x", "v"][..]));
    assert_eq!(clauses(&root, "tasks", "h"), [format!("{RAN} false")]);
    assert_eq!(said.len(), 1, "{said:?}");
    let (_, said) = around(&pipeline(&[&x, v, "z"], &[]), &groups(&["x", "z"][..]));
    let torn = said.iter().find(|it| it.0 == Code::MemberWhen).expect("an error");
    assert_eq!(torn.1, "`x` of the group `h` is skipped with `m` of the group `g`, and `z` not");
}

#[test]
fn a_result_where_nobody_waits_for_it_is_refused() {
    let bound =
        "x runAfter: [m], displayName: $(tasks.m.results.r), workspaces: [{name: w, subPath: $(tasks.m.results.r)}]";
    let (_, said) = fused(&[bound], &[], "false");
    let refused: Vec<&str> = said.iter().filter(|it| it.0 == Code::ResultOfSkipped).map(|it| it.1.as_str()).collect();
    assert_eq!(refused, ["`x` reads a result of `m` in `workspaces`, where a skip cannot be shown"]);
}

#[test]
fn the_rest_of_a_task_stays_as_it_is() {
    let (root, _) = fused(&[&format!("reader runAfter: [o], {}", reads("m"))], &[], "false");
    let task = &json(&root)["spec"]["tasks"][1];
    let keys: Vec<&str> = task.as_object().expect("a task").keys().map(String::as_str).collect();
    assert_eq!(keys.len(), 5);
    assert_eq!(task["runAfter"][0], "g");
    assert_eq!(task["params"][0]["value"], "$(tasks.g.results.m-r)");
}

#[test]
fn a_task_that_ran_behind_a_group_that_its_own_when_skips_is_told() {
    let own = "when: [{input: $(params.x), operator: in, values: [a]}]";
    let (m, o) = (format!("m {own}"), format!("o runAfter: [m], {own}"));
    let reader = format!("reader {}", reads("o"));
    let text = pipeline(&[&m, &o, &reader, "waiter runAfter: [m]", "behind runAfter: [reader]"], &[]);
    let (root, said) = around(&text, &[("g", &["m", "o"], skip("parent"))]);
    assert_eq!(clauses(&root, "tasks", "g"), ["$(params.x) in a"]);
    assert_eq!(clauses(&root, "tasks", "waiter"), [format!("{RAN} parent")]);
    let wider: Vec<&str> = said.iter().filter(|it| it.0 == Code::SkipWider).map(|it| it.1.as_str()).collect();
    assert_eq!(wider, ["`waiter` ran when the `when` of the group `g` said no, and cannot now"]);
}
