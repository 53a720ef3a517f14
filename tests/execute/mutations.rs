//! What if a rule of the lowering were broken? Each output is changed as such a fault would, and the comparison must see it.

use std::fs;
use std::process::Command;

use crate::cases::{arguments, differences};
use crate::cluster::{cluster, for_each, is_wanted, root};

/// A fault in an output.
struct Mutation {
    /// The rule of the lowering that is broken.
    rule: &'static str,
    /// The folder in `testdata/execute`.
    case: &'static str,
    /// Text of the output, and what stands in its place.
    edit: (&'static str, &'static str),
    /// What must be seen to differ.
    observable: &'static str,
}

const MUTATIONS: &[Mutation] = &[
    mutation(
        "6.1 a volume of another member",
        "same-names",
        ("- name: two-scratch\n      mountPath", "- name: one-scratch\n      mountPath"),
        "mounts",
    ),
    mutation(
        "6.1 a result file of another member",
        "result-two-writers",
        ("cat \"/tekton/results/two-log\"", "cat \"/tekton/results/one-log\""),
        "log",
    ),
    mutation(
        "6.2 a param of another member",
        "same-names",
        ("second $(params.two-value)", "second $(params.one-value)"),
        "log",
    ),
    mutation("6.2 a default", "same-names", ("default: of second", "default: of first"), "log"),
    mutation(
        "6.3 a read-only workspace",
        "readonly-workspace",
        ("/tekton-fuse/source\n    readOnly: true", "/tekton-fuse/source"),
        "mounts",
    ),
    mutation(
        "6.3 a path",
        "workspace-subpaths",
        ("- name: here\n      mountPath: /workspace/here", "- name: here\n      mountPath: /workspace/there"),
        "mounts",
    ),
    mutation(
        "6.3 isolation",
        "same-names",
        (
            "    - name: settings\n      mountPath: /workspace/data\n",
            "    - name: settings\n      mountPath: /workspace/data\n    - name: data\n      mountPath: /else\n",
        ),
        "mounts",
    ),
    mutation("6.3 a subPath", "workspace-subpaths", ("subPath: left", "subPath: other"), "files"),
    mutation("6.4 a stepTemplate", "step-template", ("    - name: TWO\n      value: template two\n", ""), "env"),
    mutation(
        "6.4 a private directory",
        "tekton-home-privacy",
        ("- name: three-home\n      mountPath", "- name: one-home\n      mountPath"),
        "log",
    ),
    mutation(
        "6.4 a working directory",
        "workdir-below-workspace",
        ("mkdir -p \"$0\" && cd \"$0\" && ", ""),
        "exit-code",
    ),
    mutation(
        "6.5 the check before a member",
        "missing-result",
        ("      tkn_fuse_check '/tekton/results/one-missing' 'result missing of task one'\n", ""),
        "started",
    ),
    mutation("6.5 the quoting of a value", "result-two-writers", ("\"${TKN_FUSE_1}\"", "${TKN_FUSE_1}"), "log"),
    mutation(
        "6.5 a link",
        "result-in-fields",
        ("<$(steps.two-fuse-link.results.one-word)$(", "<$(steps.two-fuse-link.results.one-program)$("),
        "args",
    ),
    mutation(
        "6.5 a collector",
        "result-hard-coded-path",
        (
            "mv -f -- '/tekton/results/value' '/tekton/steps/step-one-",
            "cp -f -- '/tekton/results/value' '/tekton/steps/step-one-",
        ),
        "log",
    ),
    mutation(
        "6.6 a result that leaves",
        "result-in-and-out",
        ("value: $(steps.one-add.results.sum)", "value: $(steps.two-add.results.sum)"),
        "results",
    ),
    mutation(
        "6.6 a result that is not reported",
        "same-names",
        ("    value: $(steps.one-run.results.out)\n", ""),
        "results",
    ),
    mutation(
        "6.7 a `when` on a result",
        "when-result",
        ("|| tkn_fuse_skip false 'its `when` is false: tasks.make.results.word in [\"no\", \"yes it is\"]'", "|| :"),
        "started",
    ),
    mutation(
        "6.7 a `when` on a param",
        "when-params",
        ("      - release\n      - main\n", "      - release\n"),
        "started",
    ),
    mutation(
        "6.7 what a failure passes over",
        "always-middle-member-fails",
        ("tkn_fuse_skip stopped \"task \\`$2\\` failed\"\n", ":\n"),
        "started",
    ),
    mutation("6.7 a verdict", "always-finally-first-fails", ("exit \"$tkn_fuse_exit\"", "exit 0"), "exit-code"),
    mutation("6.7 a forgiven failure", "on-error-first-fails", ("    onError: continue\n", ""), "started"),
    mutation(
        "6.7 a guard",
        "when-inherited-outside",
        ("            - parent\n", "            - none\n"),
        "task-status",
    ),
    mutation(
        "6.7 a result that is handed on",
        "when-pipeline-results",
        (
            "          operator: in\n          values:\n            - \"true\"\n",
            "          operator: notin\n          values:\n            - \"true\"\n",
        ),
        "pipeline-results",
    ),
    mutation(
        "6.7 a status",
        "status-middle-fails",
        ("tkn_fuse_write '/tekton/results/two-status' 'Failed'", "tkn_fuse_write '/tekton/results/two-status' 'None'"),
        "log",
    ),
    mutation(
        "6.10 a reader of a member",
        "result-in-and-out",
        ("value: $(tasks.g.results.two-sum)", "value: $(tasks.g.results.one-sum)"),
        "log",
    ),
    mutation("6.10 an order", "anchors", ("      runAfter: [g]\n", ""), "order"),
];

const fn mutation(
    rule: &'static str,
    case: &'static str,
    edit: (&'static str, &'static str),
    observable: &'static str,
) -> Mutation {
    Mutation { rule, case, edit, observable }
}

#[test]
fn broken_lowerings_are_caught() {
    let Some(cluster) = cluster() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let mutations: Vec<_> = MUTATIONS.iter().filter(|mutation| is_wanted(mutation.case)).enumerate().collect();
    for_each(&mutations, |(index, mutation)| {
        let case = root().join("testdata/execute").join(mutation.case);
        let source = case.join("in.yaml");
        let label = format!("{}: {}", mutation.rule, mutation.case);
        let mut compile = Command::new(env!("CARGO_BIN_EXE_tkn-fuse"));
        let compiled = compile.arg("compile").arg(&source).args(arguments(&case)).output().expect("the program runs");
        let text = String::from_utf8_lossy(&compiled.stdout).into_owned();
        let (from, to) = mutation.edit;
        if !text.contains(from) {
            return Err(format!("{label}: the output does not contain {from:?}"));
        }
        let output = directory.path().join(format!("{index}.yaml"));
        fs::write(&output, text.replace(from, to)).expect("writable");
        let answer = cluster.compare(&source, Some(&output), &arguments(&case));
        let seen = differences(&answer, |code| code.is_none());
        let is_caught =
            answer.code == 1 && seen.iter().any(|line| line.starts_with(&format!("{} ", mutation.observable)));
        match is_caught {
            true => Ok(format!("{label}: caught by {}", mutation.observable)),
            false => Err(format!("{label}: not caught; exit code {}, seen {seen:#?}\n{}", answer.code, answer.stderr)),
        }
    });
}
