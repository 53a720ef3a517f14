//! `--format json`: one document on standard error, whatever happens.

use serde_json::{Value, json};
use tkn_fuse::header::header;

use crate::project::{Project, Ran, task};

/// A Pipeline with the group `g` of two tasks; an error if `field` is one that a group refuses.
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

/// All of standard error as a document.
fn document(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.stderr).unwrap_or_else(|error| panic!("{error}: {ran:#?}"));
    assert_eq!(document["version"], 1);
    assert!(ran.stderr.ends_with("}\n"), "{ran:#?}");
    document
}

fn codes(document: &Value) -> Vec<&str> {
    let diagnostics = document["diagnostics"].as_array().expect("diagnostics");
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().expect("a code")).collect()
}

#[test]
fn nothing_to_say_is_a_document_too() {
    let project = Project::new().file("a.yaml", "");
    for command in ["lint", "compile"] {
        let ran = project.run(&[command, "a.yaml", "--format", "json"]).exits(0).prints("");
        assert_eq!(document(&ran), json!({"version": 1, "diagnostics": []}));
    }
}

#[test]
fn findings_go_to_stderr_and_yaml_to_stdout() {
    let project = Project::new().file("a.yaml", pipeline(""));
    let ran = project.run(&["compile", "a.yaml", "--format=json"]).exits(0);
    let document = document(&ran);
    assert!(ran.stdout.contains("kind: Task\n") && codes(&document).contains(&"TF433"), "{ran:#?}");
    let told: Vec<&Value> = document["diagnostics"].as_array().expect("a list").iter().collect();
    let told = told.iter().find(|told| told["code"] == "TF433").expect("TF433");
    let about = ["pipeline", "group", "members", "steps"].map(|key| &told[key]);
    assert_eq!(about, [&json!("p"), &json!("g"), &json!(["one"]), &json!(["say"])]);
    let place =
        json!({"file": "a.yaml", "line": 13, "column": 21, "endLine": 13, "endColumn": 49, "text": "used here"});
    assert_eq!(told["labels"], json!([place]));
    assert_eq!(project.run(&["compile", "a.yaml", "--format", "json"]).stderr, ran.stderr, "always the same");
    let lint = project.run(&["lint", "-", "--format", "json", "--color", "always"]).exits(0);
    assert!(!lint.stderr.contains('\u{1b}'), "{lint:#?}");
}

#[test]
fn exit_codes_are_those_of_reports() {
    let project = Project::new().file("a.yaml", pipeline("      retries: 1\n")).file("b.yaml", pipeline(""));
    let ran = project.run(&["compile", "a.yaml", "-o", "deploy/", "--format", "json"]).exits(1).prints("");
    let error = document(&ran);
    assert_eq!(codes(&error), ["TF335"]);
    assert_eq!(error["diagnostics"][0]["severity"], "error");
    assert!(!project.path("deploy").exists());
    let denied = project.run(&["lint", "b.yaml", "--deny-warnings", "--format", "json"]).exits(1);
    assert!(codes(&document(&denied)).contains(&"TF433"));
    let group = project.run(&["lint", "b.yaml", "--group", "g", "--format", "json"]).exits(2);
    let group = document(&group);
    let last = group["diagnostics"].as_array().and_then(|found| found.last()).expect("a diagnostic");
    assert_eq!((&last["code"], &last["labels"][0]["file"]), (&json!("TF301"), &json!("--group")));
}

#[test]
fn the_name_of_standard_input_is_the_file() {
    let project = Project::new();
    let args = ["lint", "-", "--stdin-filename", "x/s.yaml", "--format", "json"];
    let ran = project.run_with(&args, "a: [\n").exits(1);
    assert_eq!(document(&ran)["diagnostics"][0]["labels"][0]["file"], "x/s.yaml");
}

#[test]
fn files_of_the_output_are_part_of_the_document() {
    let project = Project::new().file("p/a.yaml", task("a")).file("p/b.yaml", task("b"));
    let args = ["compile", "p", "-o", "deploy/", "--format", "json"];
    let written = document(&project.run(&args).exits(0));
    let file = |path: &str, state: &str| json!({"path": path, "state": state});
    assert_eq!(written["files"], json!([file("deploy/a.yaml", "written"), file("deploy/b.yaml", "written")]));
    project.write("p/b.yaml", task("new"));
    project.write("p/c.yaml", task("c"));
    project.write("deploy/gone.yaml", header("p/gone.yaml", "0a") + &task("gone"));
    let stale = document(&project.run(&[&args[..], &["--check"]].concat()).exits(3).prints(""));
    let [b, c, gone] = ["deploy/b.yaml", "deploy/c.yaml", "deploy/gone.yaml"];
    assert_eq!(stale["files"], json!([file(b, "stale"), file(c, "missing"), file(gone, "left-over")]));
    assert_eq!(stale["refresh"], "tkn-fuse compile p -o deploy/ --format json");
    let again = document(&project.run(&args).exits(0));
    assert_eq!(again["files"], json!([file(b, "written"), file(c, "written"), file(gone, "removed")]));
    let none = document(&project.run(&args).exits(0));
    assert_eq!(none.as_object().map(serde_json::Map::len), Some(2), "nothing was done: {none}");
}

#[test]
fn a_failure_is_part_of_the_document() {
    let generated = header("a.yaml", "0a") + &task("g");
    let project = Project::new().file("a.yaml", task("a")).file("g.yaml", generated).file("deploy", "no directory");
    let failure = |args: &[&str], exit: i32| {
        let ran = project.run(&[args, &["--format", "json"]].concat()).exits(exit).prints("");
        document(&ran)
    };
    let usage = failure(&["lint"], 2);
    assert_eq!(usage["failure"]["messages"], json!(["no PATH was given"]));
    assert!(usage["failure"]["help"].as_str().is_some_and(|help| help.contains("name files")), "{usage}");
    let check = failure(&["compile", "a.yaml", "--check"], 2);
    assert_eq!(check["failure"]["messages"], json!(["--check needs -o with a file or directory"]));
    let missing = failure(&["compile", "g.yaml", "no.yaml", "none.yaml"], 4);
    assert_eq!(codes(&missing), ["TF122"], "what was found out before is there, too");
    assert_eq!(missing["failure"]["messages"].as_array().map(Vec::len), Some(2));
    assert_eq!(missing["failure"].get("help"), None);
    let unwritable = failure(&["compile", "a.yaml", "-o", "deploy/"], 4);
    assert!(unwritable["failure"]["messages"][0].as_str().is_some_and(|it| it.contains("deploy")), "{unwritable}");
}

#[test]
fn an_unknown_format_is_wrong_usage() {
    let ran = Project::new().run(&["lint", "a.yaml", "--format", "xml"]).exits(2);
    ran.says("invalid value 'xml'").says("human, json");
}
