mod finally;
mod hazards;
mod matrix;
mod members;
mod retries;

use super::*;
use crate::diag::{Code, Diagnostic, Severity};
use crate::group;
use crate::model::Object;
use crate::model::from_yaml::parse;
use crate::resolve::Library;

/// A Task of one step that every test may refer to.
const TASK: &str = "{apiVersion: tekton.dev/v1, kind: Task, metadata: {name: t}, spec: {results: [{name: r}], steps: [{name: s, image: i, script: x}]}}";

/// Checks the Pipelines of a text; `{severity} {code} {message} [{places}] {help}` for each finding.
fn told(text: &str) -> Vec<String> {
    let (sources, diagnostics) = checked(text);
    diagnostics.iter().map(|found| show(&sources, found)).collect()
}

/// The tasks that lost parallelism concerns.
fn delayed(tasks: &[&str]) -> Vec<String> {
    delayed_with(tasks, "")
}

/// Likewise, with more fields of the Pipeline.
fn delayed_with(tasks: &[&str], more: &str) -> Vec<String> {
    let (_, diagnostics) = checked(&pipeline(tasks, more));
    let mut found = diagnostics.iter().filter(|found| found.code == Code::LostParallelism);
    found.next().map_or(Vec::new(), |found| found.about.members.clone())
}

fn checked(text: &str) -> (Sources, Diagnostics) {
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, &format!("{text}\n---\n{TASK}"));
    let library = Library::new(&sources, &objects, &[]);
    let mut diagnostics = Diagnostics::default();
    for pipeline in objects.iter().flat_map(Object::pipelines) {
        let graph = TaskGraph::new(&sources, pipeline);
        let grouping = group::groups(&sources, pipeline, &[], &graph, &mut diagnostics);
        let member = |task: usize| grouping.groups.iter().any(|group| group.members.contains(&task));
        let mut resolve = |(index, task)| match member(index) {
            true => library.resolve(None, task, &mut diagnostics),
            false => None,
        };
        let resolved: Vec<_> = pipeline.tasks.iter().enumerate().map(&mut resolve).collect();
        let runs = runs_of(&sources, &objects, pipeline);
        let subject = Subject {
            sources: &sources,
            pipeline,
            graph: &graph,
            groups: &grouping.groups,
            resolved: &resolved,
            runs: &runs,
        };
        check(&subject, &mut diagnostics);
    }
    (sources, diagnostics)
}

fn show(sources: &Sources, found: &Diagnostic) -> String {
    let severity = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let places: Vec<_> = found.labels.iter().map(|label| sources.text(label.span)).collect();
    let help = found.help.as_deref().unwrap_or_default();
    assert!(!found.labels.is_empty(), "{found:?}");
    format!("{severity} {} {} [{}] {help}", found.code.id(), found.message, places.join(" | "))
}

/// A Pipeline with one task per line: what follows its name; `t` is the Task of those that say nothing else.
fn pipeline(tasks: &[&str], more: &str) -> String {
    let task = |text: &&str| {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        let has_source = ["taskSpec", "taskRef", "pipelineRef"].iter().any(|key| rest.contains(key));
        let source = if has_source { "" } else { ", taskRef: {name: t}" };
        let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
        format!("  - {{name: {name}{source}{rest}}}\n")
    };
    let tasks: String = tasks.iter().map(task).collect();
    format!("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n{more}\n  tasks:\n{tasks}")
}

/// A Pipeline whose members `a` and `b` are in the group `g`, `b` after `a`.
fn pair(a: &str, b: &str, more: &str) -> String {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!(", {text}") };
    pipeline(&[&format!("a group: g{}", comma(a)), &format!("b group: g, runAfter: [a]{}", comma(b))], more)
}

#[track_caller]
fn expect(text: &str, findings: &[&str]) {
    assert_eq!(told(text), findings);
}

#[test]
fn a_sound_group_is_not_talked_about() {
    expect(&pair("", "params: [{name: p, value: $(tasks.a.results.r)}]", ""), &[]);
}

#[test]
fn a_pipeline_without_groups_is_none_of_our_business() {
    expect(&pipeline(&["a runAfter: [a]", "a runAfter: [gone]"], ""), &[]);
}

#[test]
fn a_path_that_leaves_and_comes_back_is_shown() {
    let tasks = ["a group: g", "out runAfter: [a]", "b group: g, runAfter: [a, out]", "c group: g, runAfter: [b]"];
    expect(
        &pipeline(&tasks, ""),
        &[
            "error TF322 a path leaves the group `g` and comes back: a -> out -> b [a | out | g] add `out` to the group, or \
           split it: make it `g: b, c`",
        ],
    );
    let taken =
        ["a group: g", "out group: h, runAfter: [a]", "b group: g, runAfter: [out]", "d group: h, runAfter: [b]"];
    let found = told(&pipeline(&taken, ""));
    assert!(found[0].ends_with("remove the group"), "{found:?}");
}

#[test]
fn groups_that_wait_for_each_other_are_cut() {
    let tasks = ["a group: g", "b group: h, runAfter: [a]", "c group: h", "d group: g, runAfter: [c]"];
    let found = told(&pipeline(&tasks, ""));
    let cycle = "error TF323 groups wait for each other: g -> h -> g [a | c] cut `g` between `a` and `d`";
    assert!(found.contains(&cycle.to_owned()), "{found:?}");
}

#[test]
fn cycles_and_unknown_names_are_errors_for_groups() {
    expect(
        &pipeline(&["a group: g, runAfter: [b]", "b group: g, runAfter: [a, x]"], ""),
        &[
            "error TF320 `b` waits for `x`, which is no task of the Pipeline [x] name a task under `tasks`, or remove this",
            "error TF321 tasks wait for each other: `a` -> `b` -> `a` [a | b] remove one of these; Tekton refuses such a Pipeline",
        ],
    );
}

#[test]
fn names_and_membership() {
    let more = "  groups: [{name: Fetch_it, tasks: [a, b]}, {name: a, tasks: [b, c]}, {name: one, tasks: [c]}]";
    expect(
        &pipeline(&["a", "b runAfter: [a]", "c runAfter: [b]", "a"], more),
        &[
            "warning TF310 the group `one` has one task, so nothing is fused with it [one] add the tasks that are to share its pod, or remove the group",
            "error TF309 two tasks are called `a` [a | a] give one of them another name; names are unique over `tasks` and `finally`",
            "error TF305 `b` is in two groups, `Fetch_it` and `a` [b | b] take `b` out of `Fetch_it` or out of `a`, or make one group of both",
            "error TF305 `c` is in two groups, `a` and `one` [c | c] take `c` out of `a` or out of `one`, or make one group of both",
            "error TF308 `Fetch_it` cannot be the name of a pipeline task: the capital letter `F` is not allowed [Fetch_it] call it `fetch-it`",
            "error TF307 the group `a` has the name of a task [a | a] call the group `a-group`",
        ],
    );
}

#[test]
fn members_that_are_no_steps_are_cut_out() {
    let tasks = [
        "a group: g",
        "b group: g, runAfter: [a], taskRef: {apiVersion: x.dev/v1, kind: Wait, name: w}",
        "c group: g, runAfter: [b]",
        "d group: g, runAfter: [c]",
        "e group: g, runAfter: [d], pipelineRef: {name: q}",
    ];
    let found = told(&pipeline(&tasks, ""));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("error TF330 `b` is a custom task"), "{found:?}");
    assert!(found[0].ends_with("leave `b` out of the group: make it `g: c, d, e`"), "{found:?}");
    assert!(found[1].starts_with("error TF331 `e` is a whole Pipeline"), "{found:?}");
    assert!(found[1].ends_with("leave `e` out of the group: make it `g: a, b, c, d`"), "{found:?}");
}

#[test]
fn control_flow_of_a_member_is_no_obstacle() {
    expect(&pair("retries: 0", "onError: stopAndFail", ""), &[]);
    expect(&pair("timeout: 5m", "onError: continue", ""), &[]);
}

#[test]
fn a_status_is_read_where_somebody_can_tell_it() {
    let finally =
        |value: &str| format!("  finally: [{{name: z, taskRef: {{name: t}}, params: [{{name: p, value: {value}}}]}}]");
    let when = "when: [{input: $(params.p), operator: in, values: [yes]}]";
    expect(&pair("", when, &finally("$(tasks.b.status)")), &[]);
    let read = |a: &str, b: &str, value: &str| told(&pair(a, b, &finally(value)));
    let found = read("", "", "$(tasks.b.reason)");
    assert!(found.len() == 1 && found[0].starts_with("error TF338 the reason of `b`"), "{found:?}");
    let found = read(when, when, "$(tasks.b.status)");
    assert!(found.len() == 1 && found[0].contains("may be skipped by its `when`"), "{found:?}");
    let behind =
        pipeline(&["x", "a group: g, runAfter: [x]", "b group: g, runAfter: [a]"], &finally("$(tasks.b.status)"));
    let found = told(&behind);
    assert!(found.iter().any(|found| found.contains("does not start if `x` fails")), "{found:?}");
    let found = read("", "", "$(tasks.a.matrix.length)");
    assert!(found.len() == 1 && found[0].starts_with("error TF339 `matrix.length` of `a`"), "{found:?}");
    expect(&pair("", "", &finally("$(tasks.status)")), &[]);
    for (field, code) in [(when, "TF338"), ("onError: continue", "TF334")] {
        let found = read("", field, "$(tasks.status)");
        assert!(found.len() == 1 && found[0].starts_with(&format!("error {code} `$(tasks.status)`")), "{found:?}");
    }
}

#[test]
fn containers_of_one_pod_agree() {
    let sidecar = |port: &str| {
        format!("taskSpec: {{steps: [{{image: i}}], sidecars: [{{name: s, image: i, ports: [{{{port}}}]}}]}}")
    };
    let found = told(&pair(&sidecar("containerPort: 80"), &sidecar("containerPort: 80, protocol: TCP"), ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF340 sidecars of `a` and `b`"), "{found:?}");
    expect(&pair(&sidecar("containerPort: 80"), &sidecar("containerPort: 80, protocol: UDP"), ""), &[]);

    let script = |text: &str| format!("taskSpec: {{steps: [{{image: i, script: '{text}'}}]}}");
    let found = told(&pair(&script("#!win x"), &script("echo"), ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF341"), "{found:?}");
    expect(&pair(&script("#!win x"), &script("#!win y"), ""), &[]);

    let mode =
        "taskSpec: {metadata: {annotations: {experimental.tekton.dev/execution-mode: hermetic}}, steps: [{image: i}]}";
    let found = told(&pair(mode, "", ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF342 only `a` of the group `g` is hermetic"), "{found:?}");
    expect(&pair(mode, mode, ""), &[]);
}

#[test]
fn very_many_steps_are_told() {
    let steps = |count: usize| format!("taskSpec: {{steps: [{}]}}", vec!["{image: i}"; count].join(", "));
    expect(&pair(&steps(25), &steps(25), ""), &[]);
    let found = told(&pair(&steps(25), &steps(26), ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF503 the group `g` has 51 steps"), "{found:?}");
}

#[test]
fn lost_parallelism_is_a_warning_only_if_the_longest_path_grows() {
    let found = told(&pipeline(&["a group: g", "b group: g"], ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF502 `a` and `b`"), "{found:?}");
    assert!(found[0].contains("from 1 to 2 tasks"), "{found:?}");
    let found = told(&pipeline(&["a group: g", "b group: g", "x", "v runAfter: [x]"], ""));
    assert!(found.len() == 1 && found[0].starts_with("note TF502 `a` and `b`"), "{found:?}");
    let found = told(&pipeline(&["a group: g", "b group: g, runAfter: [a]", "x runAfter: [a]"], ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF502 `x` waits for all"), "{found:?}");
    let late = ["a group: g", "b group: g, runAfter: [a, v]", "v", "k", "l runAfter: [k]", "m runAfter: [l]"];
    let found = told(&pipeline(&late, ""));
    assert!(found.len() == 1 && found[0].starts_with("note TF502 the group `g` starts only when"), "{found:?}");
    let longer = ["a group: g", "b group: g, runAfter: [a, v]", "w", "v runAfter: [w]"];
    let found = told(&pipeline(&longer, ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF502 the group `g` starts only when"), "{found:?}");
}

#[test]
fn lost_parallelism_names_those_that_wait_for_more_than_before() {
    assert_eq!(delayed(&["a group: g", "b group: g, runAfter: [a]", "x runAfter: [b]", "w"]), [""; 0]);
    assert_eq!(delayed(&["a group: g", "b group: g", "c group: g, runAfter: [a, b]"]), ["a", "b"]);
    let late = ["a group: g", "b group: g, runAfter: [a, v]", "v", "x runAfter: [b]"];
    assert_eq!(delayed(&late), ["a"], "`a` waits for `v`, which `b` and `x` did anyway");
    let part = ["a group: g", "b group: g, runAfter: [a]", "x runAfter: [a]", "w runAfter: [x]", "z runAfter: [w, b]"];
    assert_eq!(delayed(&part), ["x"], "`w` waits for `x` as before, `z` needed both members anyway");
    let both = ["a group: g, runAfter: [u, v]", "b group: g, runAfter: [v]", "c group: g, runAfter: [b]", "u", "v"];
    assert_eq!(delayed(&both), ["a", "b", "c"], "`a` beside `b` and `c`, which do not wait for `u` themselves");
    let far = ["a group: g, runAfter: [v]", "b group: g, runAfter: [a, u]", "u", "v runAfter: [u]"];
    assert_eq!(delayed(&far), [""; 0], "`a` waits for `u` by way of `v`");
}

#[test]
fn lost_parallelism_names_finally_tasks_that_may_miss_a_result() {
    let finally = |task: &str| {
        format!(
            "  finally: [{{name: f, taskRef: {{name: t}}, params: [{{name: p, value: $(tasks.{task}.results.r)}}]}}, \
             {{name: e, taskRef: {{name: t}}}}]"
        )
    };
    let beside = ["a group: g", "b group: g", "c"];
    assert_eq!(delayed_with(&beside, &finally("b")), ["a", "b", "f"]);
    assert_eq!(delayed_with(&beside, &finally("c")), ["a", "b"]);
    let chain = ["a group: g", "b group: g, runAfter: [a]"];
    assert_eq!(delayed_with(&chain, &finally("b")), [""; 0]);
}

/// Members that use a workspace each, declared as given.
fn two_workspaces(a: &str, b: &str, more: &str) -> String {
    let task = |name: &str, declared: &str| {
        format!(
            "workspaces: [{{name: {name}}}], taskSpec: {{workspaces: [{{name: {name}{declared}}}], steps: [{{image: i}}]}}"
        )
    };
    pair(&task("u", a), &task("v", b), more)
}

#[test]
fn two_workspaces_may_be_two_claims() {
    let found = told(&two_workspaces("", "", ""));
    assert!(
        found.len() == 1 && found[0].starts_with("warning TF501 the group `g` uses the workspaces `u` and `v`"),
        "{found:?}"
    );
    for (declared, more) in [
        (", optional: true", ""),
        (", readOnly: true", ""),
        ("", "  workspaces: [{name: u}, {name: v, optional: true}]"),
    ] {
        let found = told(&two_workspaces("", declared, more));
        assert!(found.len() == 1 && found[0].starts_with("note TF501"), "{found:?}");
    }
    let run = |binding: &str| {
        format!(
            "{}---\n{{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {{name: r}}, spec: {{pipelineRef: {{name: p}}, \
             workspaces: [{{name: u, persistentVolumeClaim: {{claimName: c}}}}, {{name: v, {binding}}}]}}}}",
            two_workspaces("", "", "")
        )
    };
    expect(&run("secret: {secretName: s}"), &[]);
    expect(&run("persistentVolumeClaim: {claimName: c}"), &[]);
    for binding in ["persistentVolumeClaim: {claimName: d}", "volumeClaimTemplate: {spec: {}}"] {
        let found = told(&run(binding));
        assert!(found.len() == 1 && found[0].starts_with("warning TF501 the run `r` binds 2"), "{found:?}");
    }
}

#[test]
fn an_embedded_spec_uses_a_workspace_that_it_names() {
    let script = |name: &str| format!("taskSpec: {{steps: [{{image: i, script: 'ls $(workspaces.{name}.path)'}}]}}");
    let found = told(&pair(&script("u"), &script("v"), "  workspaces: [{name: u}, {name: v}]"));
    assert!(found.len() == 1 && found[0].starts_with("warning TF501"), "{found:?}");
}

/// A sound pair with a run that says this of single tasks.
fn with_specs(specs: &str) -> Vec<String> {
    told(&format!(
        "{}---\n{{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {{name: r}}, spec: {{pipelineRef: {{name: p}}, \
         taskRunSpecs: [{specs}]}}}}",
        pair("", "", "")
    ))
}

#[test]
fn a_run_gives_all_members_the_same() {
    let one = with_specs("{pipelineTaskName: a, serviceAccountName: x}");
    assert!(one.len() == 1 && one[0].starts_with("error TF601 the run `r`"), "{one:?}");
    assert!(one[0].contains("[x | g]"), "{one:?}");
    let same = "{pipelineTaskName: a, serviceAccountName: x}, {pipelineTaskName: b, taskServiceAccountName: x}";
    assert!(with_specs(same).is_empty());
    let template = with_specs("{pipelineTaskName: b, podTemplate: {hostNetwork: true}}");
    assert!(template.len() == 1 && template[0].starts_with("error TF602"), "{template:?}");
    for key in ["computeResources: {}", "timeout: 5m", "metadata: {labels: {}}"] {
        let found = with_specs(&format!("{{pipelineTaskName: b, {key}}}"));
        assert!(found.len() == 1 && found[0].starts_with("error TF603"), "{found:?}");
    }
    let unknown = with_specs("{pipelineTaskName: x, timeout: 5m}");
    assert!(unknown.len() == 1 && unknown[0].starts_with("warning TF604"), "{unknown:?}");
}

#[test]
fn runs_in_templates_and_around_inline_specs_count() {
    let spec = "taskRunSpecs: [{pipelineTaskName: a, serviceAccountName: x}]";
    let template = format!(
        "{}---\n{{apiVersion: triggers.tekton.dev/v1beta1, kind: TriggerTemplate, metadata: {{name: tt}}, spec: \
         {{resourcetemplates: [{{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {{generateName: r-}}, spec: \
         {{pipelineRef: {{name: p}}, {spec}}}}}]}}}}",
        pair("", "", "")
    );
    let inline = format!(
        "{{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {{name: r}}, spec: {{{spec}, pipelineSpec: {{tasks: [\
         {{name: a, group: g, taskRef: {{name: t}}}}, {{name: b, group: g, runAfter: [a], taskRef: {{name: t}}}}]}}}}}}"
    );
    let other = template.replace("pipelineRef: {name: p}", "pipelineRef: {name: q}");
    assert!(told(&template)[0].starts_with("error TF601"));
    assert!(told(&inline)[0].starts_with("error TF601"));
    assert!(told(&other).is_empty());
}
