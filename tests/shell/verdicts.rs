//! The last step of a group that went on after failures.

use tkn_fuse::shell::{Settle, Verdict, Watched, verdict_script};

use crate::gates::{Pod, watched};
use crate::{run, shells, text};

#[test]
fn failed_members_are_named_and_the_first_code_is_the_exit_code() {
    let steps = vec![
        watched("f-get", "clone"),
        watched("f-unit", "test"),
        watched("f-more", "test"),
        Watched { step: "f-link".to_owned(), member: "push".to_owned(), origin: String::new() },
    ];
    let test = |what: &str| format!("tkn-fuse: task `test` failed: its step `unit` {what}\n");
    let push = "tkn-fuse: task `push` failed: its helper step `f-link` ended with exit code 1\n";
    for shell in shells() {
        for (codes, exit, failed, messages) in [
            (["0", "0", "0", "0"], 0, "-", String::new()),
            (["0", "3", "4", "0"], 3, "test", test("ended with exit code 3")),
            (["0", "-1", "0", "1"], 255, "test", test("was ended by a signal") + push),
            (["0", "255\n", "0", "0"], 255, "test", test("ended with exit code 255")),
            (["0", "256", "0", "0"], 1, "test", test("ended with exit code 256")),
            (["0", "00", "0", "0"], 1, "test", test("ended with exit code 00")),
            (["0", "99999999999999999999", "0", "0"], 1, "test", test("ended with exit code 99999999999999999999")),
            (["0\n", "0\n", "0\n", "1\n"], 1, "push", push.to_owned()),
        ] {
            let pod = Pod::new();
            let verdict = Verdict { settles: Vec::new(), watched: steps.clone(), failed_to: Some(pod.path("failed")) };
            for (step, code) in steps.iter().zip(codes) {
                pod.ended(&step.step, code);
            }
            let output = run(&shell, pod.dir.path(), &pod.moved(&verdict_script(&verdict)));
            let seen = (output.status.code(), text(&output.stdout), text(&output.stderr), pod.says("failed"));
            assert_eq!(seen, (Some(exit), String::new(), messages, failed.to_owned()), "{shell:?} {codes:?}");
        }
    }
}

#[test]
fn a_missing_exit_code_is_a_failure() {
    let pod = Pod::new();
    pod.ended("a", "0");
    let verdict = Verdict { watched: vec![watched("a", "a"), watched("b", "b")], ..Verdict::default() };
    let output = run(&["sh"], pod.dir.path(), &pod.moved(&verdict_script(&verdict)));
    let message = "tkn-fuse: task `b` failed: its step `b` left no exit code\n";
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), message.to_owned()));
}

#[test]
fn statuses_are_settled_whatever_failed() {
    for shell in shells() {
        let pod = Pod::new();
        let mut verdict = Verdict::default();
        for (name, code) in [("a", "0"), ("b", "3"), ("c", "0")] {
            pod.ended(name, code);
            pod.write(&format!("{name}-status"), "Failed");
            pod.write(&format!("{name}-ran"), "true");
            let ran = (name == "c").then(|| pod.path("c-ran"));
            let steps = vec![watched(name, name)];
            verdict.watched.extend(steps.clone());
            verdict.settles.push(Settle { status: pod.path(&format!("{name}-status")), ran, steps });
        }
        let output = run(&shell, pod.dir.path(), &pod.moved(&verdict_script(&verdict)));
        assert_eq!(output.status.code(), Some(3), "{shell:?} {}", text(&output.stderr));
        let statuses = ["a", "b", "c"].map(|name| pod.says(&format!("{name}-status")));
        assert_eq!(statuses, ["Succeeded", "Failed", "Succeeded"], "{shell:?}");
    }
}
