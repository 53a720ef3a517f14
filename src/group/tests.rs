use super::*;
use crate::model::from_yaml::{parse, pipelines};

/// What was read: groups as `name: members`, always members with a `!`, marks as paths, findings as `CODE places: help`.
struct Read {
    groups: Vec<String>,
    marks: Vec<String>,
    findings: Vec<String>,
    places: Vec<String>,
}

fn read_with(values: &[&str], text: &str) -> Read {
    let mut sources = Sources::default();
    let (_, objects) = parse(&mut sources, text);
    let values: Vec<_> = values.iter().map(|value| sources.add("--group", *value)).collect();
    let pipelines = pipelines(&objects);
    let mut diagnostics = Diagnostics::default();
    let requests = requests(&sources, &values, &pipelines, &mut diagnostics);
    let mut read = Read { groups: vec![], marks: vec![], findings: vec![], places: vec![] };
    for (pipeline, requests) in pipelines.iter().zip(&requests) {
        let graph = TaskGraph::new(&sources, pipeline);
        let grouping = groups(&sources, pipeline, requests, &graph, &mut diagnostics);
        for group in &grouping.groups {
            let member = |&task: &usize| match group.run(task) {
                Run::Plain => pipeline.tasks[task].name.value.clone(),
                Run::Always => format!("{}!", pipeline.tasks[task].name.value),
            };
            let members: Vec<_> = group.members.iter().map(member).collect();
            let retries = group.options.retries.map_or("", |_| " (again)");
            read.groups.push(format!("{}: {}{retries}", group.name.value, members.join(", ")));
            assert_eq!(group.members.len(), group.places.len());
            assert_eq!(group.members.len(), group.runs.len());
            assert_eq!(group.always(), members.iter().any(|member| member.ends_with('!')));
            read.places.extend(group.places.iter().map(|span| sources.text(*span).to_owned()));
        }
        read.marks.extend(grouping.marks.iter().map(path));
    }
    let place = |label: &crate::diag::Label| sources.text(label.span).to_owned();
    for found in diagnostics.iter() {
        let places: Vec<_> = found.labels.iter().map(place).collect();
        read.findings.push(format!(
            "{} {}: {}",
            found.code.id(),
            places.join(" | "),
            found.help.as_deref().unwrap_or("")
        ));
    }
    read
}

/// Nothing was found wrong; groups of one task, short as they are, may stand in a test.
#[track_caller]
fn quiet(read: &Read) {
    assert!(read.findings.iter().all(|found| found.starts_with("TF310")), "{:?}", read.findings);
}

/// The way of a `Remove`, joined with slashes.
fn path(edit: &Edit) -> String {
    let Edit::Remove(path) = edit else { panic!("{edit:?}") };
    let segment = |segment: &Segment| match segment {
        Segment::Key(key) => key.replace('/', "~"),
        Segment::Index(index) => index.to_string(),
    };
    path.iter().map(segment).collect::<Vec<_>>().join("/")
}

/// A Pipeline of tasks a, b, c and a finally task z, with more lines at its root and in its spec.
fn pipeline(root: &str, spec: &str) -> String {
    format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\n{root}\nspec:\n{spec}
  tasks:
  - {{name: a, taskRef: {{name: t}}, runAfter: [b]}}
  - {{name: b, taskRef: {{name: t}}}}
  - {{name: c, taskRef: {{name: t}}}}
  finally:
  - {{name: z, taskRef: {{name: t}}}}
"
    )
}

const NAMED: &str = "metadata: {name: p}";

#[test]
fn the_field_names_a_group_on_each_member() {
    let read = read_with(
        &[],
        "{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: p}, spec: {tasks: [
          {name: a, group: late, runAfter: [b], taskRef: {name: t}}, {name: b, group: late, taskRef: {name: t}},
          {name: c, taskRef: {name: t}}], finally: [{name: z, group: end, taskRef: {name: t}}]}}",
    );
    assert_eq!(read.groups, ["late: b, a", "end: z!"]);
    assert_eq!(read.marks, ["spec/tasks/0/group", "spec/tasks/1/group", "spec/finally/0/group"]);
    quiet(&read);
}

#[test]
fn a_list_of_groups_stands_in_the_spec_or_at_the_root() {
    let read = read_with(&[], &pipeline(NAMED, "  groups:\n  - [a, b]\n  - {name: g, tasks: [{name: c}]}"));
    assert_eq!(read.groups, ["a-b: b, a", "g: c"]);
    assert_eq!(read.marks, ["spec/groups"]);
    quiet(&read);
    let read = read_with(&[], &pipeline("metadata: {name: p}\ngroups:\n- [b, a]", ""));
    assert_eq!(read.groups, ["b-a: b, a"]);
    assert_eq!(read.marks, ["groups"]);
    quiet(&read);
}

#[test]
fn a_single_group_where_a_list_belongs_is_read_as_meant() {
    for (groups, expected) in [
        ("[a, b]", "a-b: b, a"),
        ("a, b", "a-b: b, a"),
        ("{name: g, tasks: [a, b]}", "g: b, a"),
        ("{name: g, tasks: 'a, b'}", "g: b, a"),
        ("{g: [a, b]}", "g: b, a"),
    ] {
        let read = read_with(&[], &pipeline(NAMED, &format!("  groups: {groups}")));
        assert_eq!(read.groups, [expected], "{groups}");
        assert_eq!(read.findings.len(), 1, "{groups}");
        assert!(read.findings[0].starts_with("TF142"), "{:?}", read.findings);
    }
}

#[test]
fn a_long_default_name_is_cut() {
    let names = ["a".repeat(40), "b".repeat(40)];
    let task = |name| format!("{{name: {name}, taskRef: {{name: t}}}}");
    let text = format!(
        "{{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {{name: p}}, spec: {{groups: [[{}]], tasks: [{}, {}]}}}}",
        names.join(","),
        task(&names[0]),
        task(&names[1])
    );
    let read = read_with(&[], &text);
    let (name, _) = read.groups[0].split_once(':').expect("a name");
    assert_eq!(name.len(), 63);
    assert_eq!(name::fault(name), None);
}

#[test]
fn options_are_told_apart_from_slips() {
    let groups = "  groups: [{name: g, tasks: [a, b], timeout: 1h, retires: 1, colour: red}]";
    let read = read_with(&[], &pipeline(NAMED, groups));
    assert_eq!(
        read.findings,
        [
            "TF312 timeout: remove `timeout`",
            "TF311 retires: did you mean `retries`?",
            "TF311 colour: remove `colour`; a group has `name`, `tasks`, `emptyDir`, `helperImage`, `requests` and `retries`"
        ]
    );
    let read = read_with(&[], &pipeline(NAMED, "  groups: [{name: g, tasks: [a, b], requests: 1}]"));
    assert_eq!(read.findings, ["TF301 1: write `requests: max` or `requests: sum`"]);
    let read = read_with(&[], &pipeline(NAMED, "  groups: [{name: g, task: [a, b]}]"));
    assert_eq!(read.findings[0], "TF311 task: did you mean `tasks`?");
    assert!(read.groups.is_empty());
}

#[test]
fn the_annotation_is_a_mapping_in_a_string() {
    let root = "metadata:\n  name: p\n  annotations:\n    other: x\n    tkn-fuse/groups: |\n      first: a, b\n      second: [c]\n      third: {tasks: [z]}";
    let read = read_with(&[], &pipeline(root, ""));
    assert_eq!(read.groups, ["first: b, a", "second: c", "third: z!"]);
    assert_eq!(read.places, ["b", "a", "c", "z"], "each name has its own place");
    assert_eq!(read.marks, ["metadata/annotations/tkn-fuse~groups"]);
    quiet(&read);
}

#[test]
fn a_mapping_goes_only_if_the_mark_leaves_it_empty() {
    let root = "metadata:\n  name: p\n  annotations:\n    tkn-fuse/groups: 'g: a, b'";
    let read = read_with(&[], &pipeline(root, ""));
    assert_eq!(read.marks, ["metadata/annotations"]);
    let spec = |metadata: &str| {
        format!(
            "{{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {{name: p}}, spec: {{tasks: [{{name: a, taskSpec: \
             {{metadata: {metadata}, steps: [{{image: i}}]}}}}]}}}}"
        )
    };
    let label = "tkn-fuse/group: g";
    let marks = |metadata: &str| read_with(&[], &spec(metadata)).marks;
    assert_eq!(marks(&format!("{{labels: {{{label}}}}}")), ["spec/tasks/0/taskSpec/metadata"]);
    assert_eq!(
        marks(&format!("{{labels: {{{label}}}, annotations: {{}}}}")),
        ["spec/tasks/0/taskSpec/metadata/labels"]
    );
    assert_eq!(
        marks(&format!("{{labels: {{{label}, x: y}}}}")),
        ["spec/tasks/0/taskSpec/metadata/labels/tkn-fuse~group"]
    );
}

#[test]
fn a_slip_in_the_annotation_is_shown_in_the_line_where_it_is_noticed() {
    let root = "metadata:\n  name: p\n  annotations:\n    tkn-fuse/groups: |\n      g: a, b\n      h: [c\n      i: z";
    let read = read_with(&[], &pipeline(root, ""));
    assert!(read.findings[0].starts_with("TF301 i: z:"), "{:?}", read.findings);
}

#[test]
fn an_annotation_that_is_no_mapping_is_refused() {
    for text in ["'a, b'", "'{a'", "7"] {
        let root = format!("metadata:\n  name: p\n  annotations:\n    tkn-fuse/groups: {text}");
        let read = read_with(&[], &pipeline(&root, ""));
        assert!(read.groups.is_empty());
        assert!(read.findings[0].starts_with("TF301"), "{:?}", read.findings);
    }
}

#[test]
fn an_inline_pipeline_takes_its_annotation_from_the_run() {
    let read = read_with(
        &[],
        "{apiVersion: tekton.dev/v1, kind: PipelineRun, metadata: {generateName: r-, annotations: {tkn-fuse/groups: 'g: a, b'}},
          spec: {pipelineSpec: {groups: [[c, d]], tasks: [{name: a, taskRef: {name: t}}, {name: b, taskRef: {name: t}},
          {name: c, taskRef: {name: t}}, {name: d, taskRef: {name: t}}]}}}",
    );
    assert_eq!(read.groups, ["g: a, b", "c-d: c, d"]);
    assert_eq!(read.marks, ["spec/pipelineSpec/groups", "metadata/annotations"]);
    quiet(&read);
}

#[test]
fn saying_the_same_twice_is_fine_and_saying_otherwise_is_not() {
    let root = "metadata:\n  name: p\n  annotations: {tkn-fuse/groups: 'g: b, a'}";
    let read = read_with(&["g=a,b"], &pipeline(root, "  groups: [{name: g, tasks: [a, b]}]"));
    assert_eq!(read.groups, ["g: b, a"]);
    quiet(&read);
    let read = read_with(&["g=a,c"], &pipeline(root, ""));
    let help = "name the same members in both, remove one, or give one another name";
    assert_eq!(read.findings, [format!("TF306 g=a,c | g: {help}")]);
    let asks = |strategy: &str| {
        let root = "metadata:\n  name: p\n  annotations: {tkn-fuse/groups: 'g: {tasks: [a, b], requests: sum}'}";
        read_with(&[], &pipeline(root, &format!("  groups: [{{name: g, tasks: [a, b], requests: {strategy}}}]")))
    };
    quiet(&asks("sum"));
    assert_eq!(asks("max").findings, ["TF306 max | sum: write the same in both, or remove one"]);
}

#[test]
fn members_that_are_unknown_repeated_or_missing() {
    let groups = "  groups: [{name: g, tasks: [a, a, taskk]}, {name: h, tasks: []}, {name: i, tasks: [3]}]";
    let read = read_with(&[], &pipeline(NAMED, groups));
    assert_eq!(
        read.findings,
        [
            "TF301 3: write its name, in quotes if YAML takes it for something else",
            "TF303 a | a: remove one of them",
            "TF302 taskk: name one of its tasks: a, b, c, z",
            "TF304 h: name two tasks or more: `h: a, b`"
        ]
    );
    assert_eq!(read.groups, ["g: a"]);
}

#[test]
fn the_command_line_finds_its_pipeline() {
    let other =
        "{apiVersion: tekton.dev/v1, kind: Pipeline, metadata: {name: q}, spec: {tasks: [{name: a, taskRef: {name: t}},
      {name: x, taskRef: {name: t}}]}}";
    let both = format!("{}\n---\n{other}", pipeline(NAMED, ""));
    let read = read_with(&["g=a, b", "q/h=a,x"], &both);
    assert_eq!(read.groups, ["g: b, a", "h: a, x"]);
    quiet(&read);
    let findings = |value: &str| read_with(&[value], &both).findings;
    assert_eq!(findings("g=a"), ["TF314 g=a | p | q: write `--group p/g=a` or `--group q/g=a`"]);
    assert_eq!(findings("g=b,x"), ["TF313 g=b,x | p | q: name tasks of one Pipeline; Pipelines of the inputs: p, q"]);
    assert_eq!(findings("r/g=a"), ["TF313 r: Pipelines of the inputs: p, q"]);
    assert_eq!(findings("a,b"), ["TF301 a,b: write `--group NAME=a,b` or `--group PIPELINE/NAME=a,b`"]);
    assert_eq!(findings("g=,"), ["TF304 g=,: write `--group g=a,b`"]);
}

#[test]
fn slips_in_field_names_are_told() {
    let text = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p, groups: x}\nfinally: []\nspec:\n  workspcaes: []\n  \
                tasks:\n  - {name: a, gruop: g, before: x, taskRef: {name: t}}\n  - {name: b, groups: g, taskRef: {name: t}}\n";
    let read = read_with(&[], text);
    assert_eq!(
        read.findings,
        [
            "TF318 gruop: did you mean `group`?",
            "TF318 groups: did you mean `group`?",
            "TF315 workspcaes: did you mean `workspaces`?",
            "TF316 finally: indent `finally` so that it stands under `spec`",
            "TF316 groups: write `groups` under `spec`"
        ]
    );
    let read = read_with(&["g=a,b"], text);
    assert!(
        read.findings.contains(&"TF315 before: remove `before`; Kubernetes refuses fields it does not know".to_owned())
    );
}

#[test]
fn a_name_is_what_is_typed_whatever_yaml_takes_it_for() {
    let text = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  tasks:\n  - {name: a, group: 1, \
                taskRef: {name: t}}\n  - {name: b, group: \"1\", taskRef: {name: t}}\n  - {name: c, group: on, taskRef: \
                {name: t}}\n  - {name: d, group: ~, taskRef: {name: t}}";
    let read = read_with(&[], text);
    quiet(&read);
    assert_eq!(read.groups, ["1: a, b", "on: c"]);
}

#[test]
fn a_group_of_unknown_members_is_not_called_a_group_of_one() {
    let text = "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n  groups: [{name: g, tasks: [x]}]\n  \
                tasks:\n  - {name: a, taskRef: {name: t}}";
    assert_eq!(read_with(&[], text).findings, ["TF302 x: name one of its tasks: a"]);
}

#[test]
fn a_member_says_when_it_runs() {
    let read =
        read_with(&[], &pipeline(NAMED, "  groups:\n  - [b, {name: a, run: always}]\n  - [{name: c, run: plain}, z]"));
    assert_eq!(read.groups, ["b-a: b, a!", "c-z: c, z!"]);
    quiet(&read);
    let root = "metadata:\n  name: p\n  annotations:\n    tkn-fuse/groups: 'g: [b, {run: always, name: a}]'";
    let read = read_with(&[], &pipeline(root, ""));
    assert_eq!(read.groups, ["g: b, a!"]);
    quiet(&read);
    let read = read_with(&[], &pipeline(NAMED, "  groups: [b, {name: a, run: always}]"));
    assert_eq!(read.groups, ["b-a: b, a!"], "one group where a list belongs");
    assert!(read.findings.len() == 1 && read.findings[0].starts_with("TF142"), "{:?}", read.findings);
}

#[test]
fn slips_in_a_member_are_told() {
    let groups = "  groups: [{name: g, tasks: [{name: a, rum: always}, {name: b, run: alwyas}, {name: c, run: never}, {name: z, colour: red}]}]";
    let read = read_with(&[], &pipeline(NAMED, groups));
    assert_eq!(
        read.findings,
        [
            "TF311 rum: did you mean `run`?",
            "TF301 alwyas: did you mean `always`?",
            "TF301 never: write `run: always` or `run: plain`",
            "TF311 colour: remove `colour`; a member has `name` and `run`",
        ]
    );
}

#[test]
fn two_surfaces_agree_on_when_a_member_runs() {
    let groups = "  groups: [{name: g, tasks: [b, {name: a, run: always}]}]";
    let root = |list: &str| format!("metadata:\n  name: p\n  annotations: {{tkn-fuse/groups: 'g: {list}'}}");
    let read = read_with(&[], &pipeline(&root("[{name: a, run: always}, b]"), groups));
    assert_eq!(read.groups, ["g: b, a!"]);
    quiet(&read);
    let read = read_with(&[], &pipeline(&root("a, b"), groups));
    assert_eq!(read.findings, ["TF306 g | g: let the same members `run: always` in both, or remove one"]);
    let read = read_with(&["g=a,z"], &pipeline(NAMED, "  groups: [{name: g, tasks: [a, {name: z, run: always}]}]"));
    assert_eq!(read.groups, ["g: a, z!"], "a finally task always does");
    quiet(&read);
    let read = read_with(&[], &pipeline(NAMED, "  groups: [{name: g, tasks: [a, {name: z, run: plain}]}]"));
    assert_eq!(read.findings, ["TF306 z | z: remove `run: plain`"]);
}

#[test]
fn retries_are_those_of_the_whole_group() {
    let read = read_with(&[], &pipeline(NAMED, "  groups: [{name: g, tasks: [a, b], retries: whole-group}]"));
    assert_eq!(read.groups, ["g: b, a (again)"]);
    quiet(&read);
    for value in ["2", "whole_group", "~"] {
        let read =
            read_with(&[], &pipeline(NAMED, &format!("  groups: [{{name: g, tasks: [a, b], retries: {value}}}]")));
        assert_eq!(read.findings, [format!("TF301 {value}: write `retries: whole-group`")]);
    }
}

#[test]
fn two_surfaces_agree_on_options() {
    let with = |one: &str, two: &str| {
        let root = format!("metadata:\n  name: p\n  annotations: {{tkn-fuse/groups: 'g: {{tasks: [a, b], {one}}}'}}");
        read_with(&[], &pipeline(&root, &format!("  groups: [{{name: g, tasks: [a, b], {two}}}]")))
    };
    let read = with("emptyDir: [v, w]", "emptyDir: [w, v], retries: whole-group");
    assert_eq!(read.groups, ["g: b, a (again)"]);
    quiet(&read);
    quiet(&with("retries: whole-group", "helperImage: i"));
    let help = "write the same in both, or remove one";
    assert_eq!(with("emptyDir: [v]", "emptyDir: [v, w]").findings, [format!("TF306 w | v: {help}")]);
    assert_eq!(with("helperImage: j", "helperImage: i").findings, [format!("TF306 i | j: {help}")]);
}
