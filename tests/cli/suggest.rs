//! `suggest`: what is proposed, why the rest stays apart, and what is written.

use serde_json::{Value, json};

use crate::project::{Project, Ran};

/// A Pipeline with these tasks, an entry each: name, then what it waits for, then more fields.
fn pipeline(name: &str, tasks: &[(&str, &str, &str)], more: &str) -> String {
    let task = |(name, waits, fields): &(&str, &str, &str)| {
        format!("    # about {name}\n    - name: {name}\n      runAfter: [{waits}]\n      {fields}\n")
    };
    let tasks: String = tasks.iter().map(task).collect();
    format!(
        "apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata:\n  name: {name} # its name\nspec:\n{more}  tasks:\n{tasks}"
    )
}

/// A spec that runs anywhere.
const SAY: &str = "taskSpec: {steps: [{name: say, image: busybox, script: echo hello}]}";
/// A spec that a pod of its own means something to.
const OWN: &str = "taskSpec: {steps: [{name: say, image: busybox, script: echo $(context.taskRun.name)}]}";

/// `fetch -> unpack -> (lint, test) -> package -> publish`, and a finally task.
fn fork() -> String {
    let tasks = [
        ("fetch", "", SAY),
        ("unpack", "fetch", SAY),
        ("lint", "unpack", SAY),
        ("test", "unpack", SAY),
        ("package", "lint, test", SAY),
        ("publish", "package", OWN),
        ("announce", "publish", SAY),
    ];
    pipeline("p", &tasks, "") + &format!("  finally:\n    - name: tell\n      {SAY}\n")
}

/// What is suggested as a document.
fn document(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
}

/// The members of the groups of the only Pipeline.
fn groups(project: &Project, args: &[&str]) -> Vec<String> {
    let ran = project.run(&[&["suggest", "a.yaml", "--format", "json"], args].concat()).exits(0);
    let document = document(&ran);
    assert_eq!(
        (&document["version"], document["pipelines"].as_array().map(Vec::len)),
        (&json!(1), Some(1)),
        "{ran:#?}"
    );
    let groups = document["pipelines"][0]["groups"].as_array().expect("groups");
    groups.iter().map(|group| group["argument"].as_str().expect("an argument").to_owned()).collect()
}

#[test]
fn groups_make_nobody_wait_and_the_rest_is_explained() {
    let project = Project::new().file("a.yaml", fork());
    let ran = project.run(&["suggest", "a.yaml"]).exits(0);
    for line in [
        "Pipeline `p` (a.yaml): 7 pods instead of 8.",
        "  --group fetch-unpack=fetch,unpack",
        "    `fetch` and `unpack` as one pod with 2 steps saves 1 pod.",
        "    unpack -> lint: `test` waits for `unpack` as well; it would have to wait for `lint`, too",
        "    lint -> package: `package` waits for `test` as well; `lint` would have to wait for it, too",
        "    publish -> announce: TF433: `$(context.taskRun.name)` in `publish` now names the TaskRun of the whole group",
    ] {
        assert!(ran.stdout.lines().any(|found| found == line), "no {line:?} in {}", ran.stdout);
    }
    assert_eq!(project.run(&["suggest", "a.yaml"]).exits(0).stdout, ran.stdout, "always the same");
    project.run(&["compile", "a.yaml", "--group", "fetch-unpack=fetch,unpack", "--deny-warnings"]).exits(0);
}

#[test]
fn the_document_says_the_same() {
    let project = Project::new().file("a.yaml", fork());
    let ran = project.run(&["suggest", "a.yaml", "--format", "json"]).exits(0);
    let found = &document(&ran)["pipelines"][0];
    let about = ["pipeline", "file", "asksForGroups", "tasks", "podsSaved"].map(|key| &found[key]);
    assert_eq!(about, [&json!("p"), &json!("a.yaml"), &json!(false), &json!(8), &json!(1)]);
    let group = json!({
        "name": "fetch-unpack", "members": ["fetch", "unpack"], "steps": 2, "podsSaved": 1,
        "argument": "fetch-unpack=fetch,unpack", "emptyDirs": []
    });
    assert_eq!(found["groups"], json!([group]));
    let apart = found["apart"].as_array().expect("a list");
    let of = |before: &str, after: &str| apart.iter().find(|pair| pair["before"] == before && pair["after"] == after);
    let lint = of("unpack", "lint").expect("this pair");
    assert_eq!((&lint["reason"], &lint["through"]), (&json!("lost-parallelism"), &json!("test")));
    let publish = of("package", "publish").expect("this pair");
    assert_eq!((&publish["reason"], &publish["code"]), (&json!("diagnostic"), &json!("TF433")));
}

fn chain(fields: &[&str]) -> Project {
    let names = ["one", "two", "three", "four"];
    let tasks: Vec<_> =
        (0..fields.len()).map(|at| (names[at], if at == 0 { "" } else { names[at - 1] }, fields[at])).collect();
    Project::new().file("a.yaml", pipeline("p", &tasks, ""))
}

#[test]
fn limits_are_kept_and_named() {
    let project = chain(&[SAY; 4]);
    assert_eq!(groups(&project, &[]), ["one-two-three-four=one,two,three,four"]);
    assert_eq!(groups(&project, &["--max-steps", "3"]), ["one-two-three=one,two,three"]);
    let ran = project.run(&["suggest", "a.yaml", "--max-steps", "3"]).exits(0);
    let line = "    three -> four: together with `one` and `two`: --max-steps 3: the pod would have 4 steps\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    project.run(&["suggest", "a.yaml", "--max-steps", "0"]).exits(2);
}

#[test]
fn a_task_that_is_kept_stays_alone() {
    let project = chain(&[SAY; 4]);
    assert_eq!(groups(&project, &["--keep", "p/two"]), ["three-four=three,four"]);
    assert_eq!(groups(&project, &["--keep", "two", "--keep", "three"]), [""; 0]);
    let ran = project.run(&["suggest", "a.yaml", "--keep", "two"]).exits(0);
    assert!(ran.stdout.contains("one -> two: --keep: `two` stays in a pod of its own\n"), "{}", ran.stdout);
    project.run(&["suggest", "a.yaml", "--keep", "thre"]).exits(2).says("did you mean `three`?").prints("");
    project.run(&["suggest", "a.yaml", "--keep", "q/two"]).exits(2).says("--keep q/two").prints("");
}

#[test]
fn a_name_that_is_taken_is_not_proposed() {
    let task = |name: &str| {
        format!(
            "---\napiVersion: tekton.dev/v1\nkind: Task\nmetadata:\n  name: {name}\nspec:\n  steps: [{{image: x, script: y}}]\n"
        )
    };
    let tasks = [("a", "", SAY), ("b", "a", SAY), ("a-b", "b", OWN)];
    let text = pipeline("p", &tasks, "") + &task("p-a-b-2");
    let project = Project::new().file("a.yaml", text);
    assert_eq!(groups(&project, &[]), ["a-b-3=a,b"]);
    project.run(&["compile", "a.yaml", "--auto", "safe"]).exits(0).says("the group `a-b-3` of `a` and `b`");
}

#[test]
fn a_pipeline_with_groups_is_left_as_it_is() {
    let asked = pipeline("asked", &[("one", "", "group: g"), ("two", "one", "group: g"), ("three", "two", SAY)], "");
    let none = pipeline("none", &[("one", "", SAY), ("two", "one", SAY)], "  groups: []\n");
    let plain = pipeline("plain", &[("ex", "", SAY), ("why", "ex", SAY)], "");
    let project = Project::new().file("a.yaml", format!("{asked}---\n{none}---\n{plain}"));
    let ran = project.run(&["suggest", "a.yaml", "--write"]).exits(0).says("1 file written, 0 unchanged");
    for name in ["asked", "none"] {
        let line =
            format!("Pipeline `{name}` (a.yaml): it says itself which tasks are grouped, so it is left as it is.\n");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
    assert!(ran.stdout.contains("\n  --group plain/ex-why=ex,why\n"), "several Pipelines: {}", ran.stdout);
    let text = project.read("a.yaml");
    assert!(text.starts_with(&asked) && text.contains(&none), "{text}");
    let again = project.run(&["suggest", "a.yaml", "--write"]).exits(0).says("0 files written, 1 unchanged");
    assert_eq!(again.stdout.matches("it says itself").count(), 3, "{}", again.stdout);
}

/// The output of `compile` without its header.
fn compiled(project: &Project, args: &[&str]) -> String {
    let ran = project.run(&[&["compile"], args].concat()).exits(0);
    ran.stdout.lines().skip(2).map(|line| format!("{line}\n")).collect()
}

/// Whether `text` is `original` with whole lines inserted.
fn is_extended(text: &str, original: &str) -> bool {
    let mut lines = text.split_inclusive('\n');
    original.split_inclusive('\n').all(|line| lines.any(|found| found == line))
}

#[test]
fn what_is_written_keeps_every_byte_and_compiles_to_what_auto_gives() {
    let crlf = fork().replace('\n', "\r\n");
    let annotated = fork().replace("  name: p # its name\n", "  annotations:\n      other: text   # mine\n  name: p\n");
    let inline =
        fork().replace("kind: Pipeline\n", "kind: PipelineRun\n").replace("spec:\n", "spec:\n pipelineSpec:\n");
    let list = |text: &str| format!("apiVersion: v1\nkind: List\nitems:\n- {}", text.trim_end().replace('\n', "\n  "));
    let listed = list(&fork()) + "\n";
    for source in [fork(), crlf, annotated, inline, listed] {
        for form in ["--write", "--write=annotation", "--write=field", "--write=list"] {
            let project = Project::new().file("a.yaml", &source);
            let automatic = compiled(&project, &["a.yaml", "--auto", "safe"]);
            project.run(&["suggest", "a.yaml", form]).exits(0).says("1 file written, 0 unchanged");
            let written = project.read("a.yaml");
            assert!(written != source && is_extended(&written, &source), "{form}: {written}");
            assert_eq!(compiled(&project, &["a.yaml"]), automatic, "{form}: {written}");
            let piped = Project::new().run_with(&["suggest", "-", form], &source).exits(0);
            assert_eq!(piped.stdout, written, "standard input comes out with the groups");
        }
    }
}

#[test]
fn odd_names_are_written_so_that_they_are_read_back() {
    let tasks = [("on", "", SAY), ("null", "on", SAY), ("1", "\"null\"", SAY)];
    let source = pipeline("p", &tasks, "").replace("name: on\n", "name: \"on\"\n").replace("[on]", "[\"on\"]");
    let source = source.replace("name: null\n", "name: \"null\"\n").replace("name: 1\n", "name: \"1\"\n");
    for form in ["annotation", "field", "list"] {
        let project = Project::new().file("a.yaml", &source);
        let automatic = compiled(&project, &["a.yaml", "--auto", "safe"]);
        project.run(&["suggest", "a.yaml", &format!("--write={form}")]).exits(0);
        assert_eq!(compiled(&project, &["a.yaml"]), automatic, "{}", project.read("a.yaml"));
    }
}

#[test]
fn nothing_is_written_that_could_not_be() {
    let project = Project::new().file("a.yaml", fork()).file("b.yaml", "a: [");
    project.run(&["suggest", "a.yaml", "b.yaml", "--write"]).exits(1).says("nothing was written").prints("");
    assert_eq!(project.read("a.yaml"), fork());
    project.run_with(&["suggest", "a.yaml", "-", "--write"], &fork()).exits(2).says("standard input is none");
    project.run(&["suggest", "a.yaml", "--ephemeral", "--write=field"]).exits(2).says("the field `group` cannot say");
    project.run(&["suggest"]).exits(2).says("no PATH was given");
    project.run(&["suggest", "c.yaml"]).exits(4);
}

/// A chain whose first task writes to the workspace `source`, the second reads it, the third reads credentials as well.
fn scratch(more: &str) -> String {
    let bind = |steps: &str, workspaces: &str| {
        format!(
            "workspaces: [{workspaces}]\n      taskSpec: {{workspaces: [{}], steps: [{steps}]}}",
            workspaces.replace("workspace: ", "description: ")
        )
    };
    let source = "{name: src, workspace: source}";
    let clone = "{name: clone, image: git, script: git clone https://x $(workspaces.src.path)/code}";
    let test = "{name: test, image: go, workingDir: $(workspaces.src.path)/code, script: go test ./...}";
    let push = "{name: push, image: go, script: push --key $(workspaces.key.path)/key $(workspaces.src.path)/code}";
    let clone = bind(clone, source);
    let test = bind(test, source);
    let push = bind(push, &format!("{source}, {{name: key, workspace: key}}"));
    let tasks = [("get", "", clone.as_str()), ("test", "get", &test), ("push", "test", &push)];
    pipeline("p", &tasks, "  workspaces: [{name: source}, {name: key}]\n") + more
}

#[test]
fn scratch_space_is_proposed_with_its_evidence_and_credentials_are_not() {
    let project = Project::new().file("a.yaml", scratch(""));
    assert_eq!(groups(&project, &[]), ["get-test=get,test"], "two claims are not for one pod");
    assert_eq!(groups(&project, &["--ephemeral"]), ["get-test-push=get,test,push"]);
    let ran = project.run(&["suggest", "a.yaml", "--ephemeral"]).exits(0);
    let evidence = "    emptyDir `source`: `get` writes to it first, in its step `clone`:\n      git clone https://x $(workspaces.src.path)/code\n    \
        Then `test` and `push` use it, and no task outside of the group does.";
    assert!(ran.stdout.contains(evidence) && !ran.stdout.contains("`key`"), "{}", ran.stdout);
    let line = "      get-test-push: {tasks: [get, test, push], emptyDir: [source]}\n";
    assert!(ran.stdout.contains(line), "{}", ran.stdout);
    for form in ["--write", "--write=list"] {
        let project = Project::new().file("a.yaml", scratch(""));
        project.run(&["suggest", "a.yaml", "--ephemeral", form]).exits(0).says("1 file written");
        assert!(is_extended(&project.read("a.yaml"), &scratch("")), "{}", project.read("a.yaml"));
        let ran = project.run(&["compile", "a.yaml", "--deny-warnings"]).exits(0);
        assert!(
            ran.stdout.contains("emptyDir: {}") && ran.stdout.contains("workspaces: [{name: key}]"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn scratch_space_that_others_may_need_is_left_alone() {
    let finally = "  finally:\n    - name: keep\n      workspaces: [{name: w, workspace: source}]\n      \
        taskSpec: {workspaces: [{name: w}], steps: [{image: x, script: ls}]}\n";
    let run = |binding: &str| {
        format!(
            "---\napiVersion: tekton.dev/v1\nkind: PipelineRun\nmetadata:\n  name: r\nspec:\n  pipelineRef: {{name: p}}\n  workspaces:\n  - {{name: key, secret: {{secretName: k}}}}\n  - {{name: source, {binding}}}\n"
        )
    };
    let proposes = |text: String| {
        let ran = Project::new().file("a.yaml", text).run(&["suggest", "a.yaml", "--ephemeral"]).exits(0);
        ran.stdout.contains("emptyDir `source`")
    };
    assert!(proposes(scratch("")));
    assert!(proposes(scratch(&run(
        "volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
    ))));
    assert!(!proposes(scratch(&run("persistentVolumeClaim: {claimName: c}"))));
    assert!(!proposes(scratch(&run("secret: {secretName: c}"))));
    assert!(!proposes(scratch(finally)));
    assert!(!proposes(scratch("").replace("{name: source}, ", "{name: source, optional: true}, ")));
    assert!(!proposes(scratch("").replace("git clone https://x", "cat")));
}

#[test]
fn auto_takes_what_is_suggested() {
    let project = Project::new().file("a.yaml", fork());
    let ran =
        project.run(&["compile", "a.yaml", "--auto", "safe"]).exits(0).says("note[TF319] a.yaml").does_not_say("TF317");
    assert!(ran.stdout.contains("name: p-fetch-unpack\n"), "{}", ran.stdout);
    assert_eq!(project.run(&["compile", "a.yaml", "--auto", "safe"]).stdout, ran.stdout, "always the same");
    project.run(&["lint", "a.yaml", "--auto", "safe", "--deny-warnings"]).exits(0).says("note[TF319]").prints("");
    let other = ["compile", "a.yaml", "--auto", "safe", "--group", "g=lint,package"];
    project.run(&other).exits(0).says("the group `g`").does_not_say("TF319");
    project.run(&["compile", "a.yaml", "--auto", "bold"]).exits(2);
    let planned = project.run(&["plan", "a.yaml", "--auto", "safe"]).exits(0).says("note[TF319]").stdout;
    assert!(planned.contains("group fetch-unpack: fetch, unpack\n"), "{planned}");
}

#[test]
fn auto_keeps_to_limits() {
    let project = chain(&[SAY; 4]);
    let note = |group: &str| format!("`--auto safe` makes the group `{group}`");
    project.run(&["lint", "a.yaml", "--auto", "safe", "--max-steps", "3"]).exits(0).says(&note("one-two-three"));
    project.run(&["compile", "a.yaml", "--auto", "safe", "--keep", "two"]).exits(0).says(&note("three-four"));
    let plan = ["plan", "a.yaml", "--auto", "safe", "--keep", "p/one"];
    project.run(&plan).exits(0).says(&note("two-three-four"));
    for command in ["compile", "lint", "plan"] {
        project.run(&[command, "a.yaml", "--keep", "two"]).exits(2).says("add --auto safe").prints("");
        let unknown = [command, "a.yaml", "--auto", "safe", "--keep", "thre"];
        project.run(&unknown).exits(2).says("did you mean `three`?").prints("");
    }
    // A task of a Pipeline that has groups of its own is a task all the same.
    let asks = chain(&[SAY, SAY]).read("a.yaml").replace("name: one", "name: one\n      group: g");
    let project = Project::new().file("a.yaml", asks.replace("name: two", "name: two\n      group: g"));
    project.run(&["lint", "a.yaml", "--auto", "safe", "--keep", "two"]).exits(0).does_not_say("TF319");
}

#[test]
fn requests_of_a_pod_are_those_of_its_largest_step() {
    let asks = |cpu: &str, memory: &str| {
        format!(
            "taskSpec: {{steps: [{{name: say, image: x, script: say, computeResources: {{requests: {{cpu: {cpu}, memory: {memory}}}}}}}]}}"
        )
    };
    let (small, large) = (asks("500m", "1Gi"), asks("2", "512Mi"));
    let project = chain(&[&small, &small, &large, &small]);
    assert_eq!(groups(&project, &["--max-cpu", "2", "--max-memory", "1Gi"]), ["one-two-three-four=one,two,three,four"]);
    assert_eq!(groups(&project, &["--max-cpu", "1.5"]), ["one-two=one,two"]);
    assert_eq!(groups(&project, &["--max-memory", "1000Mi"]), [""; 0]);
    assert_eq!(groups(&project, &["--max-cpu", "2", "--requests", "sum"]), ["one-two=one,two"]);
    let ran = project.run(&["suggest", "a.yaml", "--max-cpu", "1500m"]).exits(0);
    assert!(ran.stdout.contains("two -> three: --max-cpu 1500m: the pod would request cpu 2\n"), "{}", ran.stdout);
    project.run(&["suggest", "a.yaml", "--max-cpu", "much"]).exits(2);
}

#[test]
fn json_stays_json() {
    let spec = json!({"steps": [{"name": "say", "image": "busybox", "script": "echo a/b"}]});
    let tasks = json!([{"name": "one", "taskSpec": spec}, {"name": "two", "runAfter": ["one"], "taskSpec": spec}]);
    let document =
        json!({"apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": {"name": "p"}, "spec": {"tasks": tasks}});
    // An escape that only JSON knows.
    let one = serde_json::to_string_pretty(&document).expect("text").replace("echo a/b", "echo a\\/b");
    let source = format!("{one}\n{}\n", one.replace("\"p\"", "\"q\""));
    for form in ["annotation", "field", "list"] {
        let project = Project::new().file("a.json", &source);
        let automatic = compiled(&project, &["a.json", "--auto", "safe"]);
        project.run(&["suggest", "a.json", &format!("--write={form}")]).exits(0).says("1 file written");
        let written = project.read("a.json");
        let values: Vec<Value> =
            serde_json::Deserializer::from_str(&written).into_iter().map(|value| value.expect("JSON")).collect();
        assert!(values.len() == 2 && written.matches("echo a\\/b").count() == 4, "{form}: {written}");
        assert_eq!(compiled(&project, &["a.json"]), automatic, "{form}: {written}");
    }
}
