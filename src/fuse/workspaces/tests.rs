use super::*;
use crate::fuse::tests::{pipeline, with_workspaces};

const TWO: &str = "  workspaces: [{name: w}, {name: v}]\n";

/// A task of this name with its declarations and bindings of workspaces.
fn task(name: &str, declared: &str, bound: &str) -> String {
    format!("{name} workspaces: [{bound}], taskSpec: {{workspaces: [{declared}], steps: [{{image: i}}]}}")
}

/// `name = workspace/subPath` of what the fused Task declares, with what it says of it.
fn declared(tasks: &[String]) -> Vec<String> {
    let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let show = |workspace: &FusedWorkspace| {
        let mut text = format!("{} = {}", workspace.name, workspace.workspace);
        text.extend(workspace.sub_path.iter().map(|path| format!("/{path}")));
        text.push_str(if workspace.read_only { " readOnly" } else { "" });
        text.push_str(if workspace.optional { " optional" } else { "" });
        if let MountPath::Declared(path) = &workspace.mount_path {
            text.push_str(&format!(" at {path}"));
        }
        text
    };
    with_workspaces(&pipeline(&tasks, TWO), |_, plan| plan.fused.iter().map(show).collect())
}

/// Where a member finds a workspace.
fn target(tasks: &[String], member: usize, workspace: &str) -> String {
    let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let show = |target: &Target| match target {
        Target::Declared { name, mount_path, .. } => {
            format!("{name} at {}", mount_path.as_deref().unwrap_or("its own"))
        }
        other => format!("{other:?}"),
    };
    let found = |_: &Request<'_>, plan: &Workspaces| plan.target(member, workspace).map(show);
    with_workspaces(&pipeline(&tasks, TWO), found).unwrap_or_default()
}

#[test]
fn members_that_agree_on_a_name_keep_it() {
    let tasks = ["one", "two"].map(|name| task(name, "{name: source}", "{name: source, workspace: w}"));
    assert_eq!(declared(&tasks), ["source = w"]);
    assert_eq!(target(&tasks, 1, "source"), "source at /workspace/source");
}

#[test]
fn members_that_differ_get_the_pipelines_name_and_keep_their_paths() {
    let tasks = [
        task("one", "{name: output}", "{name: output, workspace: w}"),
        task("two", "{name: source, mountPath: /src}", "{name: source, workspace: w}"),
    ];
    assert_eq!(declared(&tasks), ["w = w"]);
    assert_eq!(target(&tasks, 0, "output"), "w at /workspace/output");
    assert_eq!(target(&tasks, 1, "source"), "w at /src");
}

#[test]
fn one_name_for_two_workspaces_is_given_once() {
    let tasks = [
        task("one", "{name: source}", "{name: source, workspace: w}"),
        task("two", "{name: source}", "{name: source, workspace: v}"),
    ];
    assert_eq!(declared(&tasks), ["source = w", "v = v"]);
    let tasks =
        [task("one", "{name: v}", "{name: v, workspace: w}"), task("two", "{name: v}", "{name: v, workspace: v}")];
    assert_eq!(declared(&tasks), ["v = w", "v-2 = v"]);
}

#[test]
fn a_workspace_bound_twice_in_a_member_is_declared_twice() {
    let both = "{name: a, workspace: w}, {name: b, workspace: w}";
    let tasks = [task("one", "{name: a}, {name: b}", both), task("two", "{name: a}", "{name: a, workspace: w}")];
    assert_eq!(declared(&tasks), ["a = w", "b = w"]);
    assert_eq!(target(&tasks, 1, "a"), "a at /workspace/a");
}

#[test]
fn who_only_reads_has_a_declaration_of_its_own() {
    let tasks = [
        task("one", "{name: a}", "{name: a, workspace: w}"),
        task("two", "{name: a, readOnly: true}", "{name: a, workspace: w}"),
    ];
    assert_eq!(declared(&tasks), ["a = w", "w = w readOnly"]);
    let tasks = ["one", "two"].map(|name| task(name, "{name: a, readOnly: true}", "{name: a, workspace: w}"));
    assert_eq!(declared(&tasks), ["a = w readOnly"]);
}

#[test]
fn directories_of_one_workspace_are_declared_apart() {
    let bound = |path| format!("{{name: a, workspace: w, subPath: {path}}}");
    let tasks = [
        task("one", "{name: a}", &bound("docs")),
        task("two", "{name: a}", &bound("src")),
        task("three", "{name: a}", &bound("docs")),
    ];
    assert_eq!(declared(&tasks), ["a = w/docs", "w = w/src"]);
    assert_eq!(target(&tasks, 2, "a"), "a at /workspace/a");
}

#[test]
fn a_path_with_a_variable_is_said_by_the_declaration() {
    let tasks = [
        "one params: [{name: at, value: '$(params.where)'}], workspaces: [{name: a, workspace: w}], taskSpec: \
         {params: [{name: at}], workspaces: [{name: a, mountPath: '/x/$(params.at)'}], steps: [{image: i}]}"
            .to_owned(),
        task("two", "{name: a}", "{name: a, workspace: w}"),
    ];
    assert_eq!(declared(&tasks), ["a = w at /x/$(params.where)", "w = w"]);
    assert_eq!(target(&tasks, 0, "a"), "a at its own");
    // One that the compiler can work out is a plain path.
    let fixed = [tasks[0].replace("$(params.where)", "y"), tasks[1].clone()];
    assert_eq!(declared(&fixed), ["a = w"]);
    assert_eq!(target(&fixed, 0, "a"), "a at /x/y");
}

#[test]
fn optional_is_what_is_optional_for_all() {
    let optional = |name| task(name, "{name: a, optional: true}", "{name: a, workspace: w}");
    let needed = task("three", "{name: a}", "{name: a, workspace: w}");
    assert_eq!(declared(&[optional("one"), optional("two")]), ["a = w optional"]);
    assert_eq!(declared(&[optional("one"), optional("two"), needed]), ["a = w"]);
}

#[test]
fn an_optional_workspace_that_is_not_bound_keeps_its_name_to_itself() {
    let tasks = [task("one", "{name: a, optional: true}", ""), task("two", "{name: a}", "{name: a, workspace: w}")];
    assert_eq!(declared(&tasks), ["w = w"]);
    assert_eq!(target(&tasks, 0, "a"), "Unbound");
}
