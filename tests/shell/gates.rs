//! Whether a step runs, decided in its prelude and in a gate step.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tkn_fuse::shell::{
    Clause, FileText, Gate, Inherited, Lowering, Read, Settle, Shape, State, Template, Watched, gate_script, lower,
};

use crate::{run, shells, text, with_references};

/// A pod's files, and the gate of a step in it. A text `@1` or `@2` refers to the first or second read.
pub(crate) struct Pod {
    pub(crate) dir: TempDir,
    gate: Gate,
    pub(crate) reads: Vec<Read>,
}

impl Pod {
    pub(crate) fn new() -> Self {
        let gate = Gate { member: "deploy".to_owned(), skipped_to: None, ..Gate::default() };
        let mut pod = Self { dir: TempDir::new().unwrap(), gate, reads: Vec::new() };
        pod.gate.skipped_to = Some(pod.path("reason"));
        pod.gate.state = Some(State {
            file: Some(pod.path("deploy-ran")),
            on_run: vec![pod.text("status", "Failed")],
            on_skip: vec![pod.text("deploy-r", "[\"$(params.x)\"]")],
            ..State::default()
        });
        pod
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str, text: &str) -> FileText {
        FileText { path: self.path(name), text: text.to_owned() }
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    /// What a file says; `-` if it is missing.
    pub(crate) fn says(&self, name: &str) -> String {
        fs::read(self.path(name)).map_or_else(|_| "-".to_owned(), |bytes| text(&bytes))
    }

    /// The exit code of a step, as Tekton leaves it.
    pub(crate) fn ended(&self, step: &str, code: &str) {
        end(self.dir.path(), step, code);
    }

    pub(crate) fn state(&mut self) -> &mut State {
        self.gate.state.as_mut().unwrap()
    }

    pub(crate) fn inherit(&mut self, member: &str, results: bool) {
        let ran = self.path(&format!("{member}-ran"));
        self.gate.skips.push(Inherited { ran, member: member.to_owned(), results });
    }

    pub(crate) fn read(&mut self, name: &str) {
        let what = format!("result `{name}` of task `it's`");
        self.reads.push(Read { path: self.path(name), what, shape: Shape::Text });
    }

    pub(crate) fn when(&mut self, input: &str, operator: &str, values: &[&str], literal: Option<bool>) {
        let template = |text: &str| {
            let (text, references) = with_references(text);
            Template { text, references }
        };
        let values: Vec<_> = values.iter().copied().map(template).collect();
        let shown = format!("{input:?} {operator} ..");
        self.state().clauses.push(Clause {
            input: template(input),
            negated: operator == "notin",
            values,
            lists: Vec::new(),
            literal,
            shown,
        });
    }

    /// Makes a script's `/tekton/steps` a directory of this pod.
    pub(crate) fn moved(&self, script: &str) -> String {
        script.replace("/tekton/steps/", &self.path("steps/"))
    }

    /// Runs the prelude before a script.
    pub(crate) fn prelude(&self, shell: &[&str], script: &str) -> Output {
        let (script, references) = with_references(script);
        let reads = self.reads.clone();
        let gate = Some(self.gate.clone());
        let lowering = Lowering { member: "deploy".to_owned(), reads, references, enter: None, gate };
        run(shell, self.dir.path(), &self.moved(&lower(&script, &lowering)))
    }

    /// Runs the gate step.
    pub(crate) fn step(&self, shell: &[&str]) -> Output {
        run(shell, self.dir.path(), &self.moved(&gate_script(&self.gate, &self.reads, &self.path("run"))))
    }
}

fn end(dir: &Path, step: &str, code: &str) {
    let dir = dir.join(format!("steps/step-{step}"));
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("exitCode"), code).unwrap();
}

pub(crate) fn watched(step: &str, member: &str) -> Watched {
    Watched { step: step.to_owned(), member: member.to_owned(), origin: step.trim_start_matches("f-").to_owned() }
}

/// Sets a pod up, runs its gate in a prelude and as a step, and expects a skip with this state and reason, or a run.
pub(crate) fn expect(set_up: impl Fn(&mut Pod), skip: Option<(&str, &str)>) {
    for shell in shells() {
        for script in ["echo ran", "#!/bin/sh -eux\necho ran \"$1\" >&1", ": x @3; echo ran"] {
            let mut pod = Pod::new();
            set_up(&mut pod);
            let output = pod.prelude(&shell, &script.replace("@3", if pod.reads.is_empty() { "" } else { "@1" }));
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{shell:?} {errors}");
            let decided = |name: &str| (pod.says(name), pod.says("reason"), pod.says("status"), pod.says("deploy-r"));
            let owned = |texts: [&str; 4]| {
                let [a, b, c, d] = texts.map(str::to_owned);
                (a, b, c, d)
            };
            if let Some((state, reason)) = skip {
                assert_eq!(text(&output.stdout), format!("tkn-fuse: `deploy` is skipped: {reason}\n"), "{shell:?}");
                let stand_in = if state == "stopped" { "-" } else { "[\"$(params.x)\"]" };
                assert_eq!(decided("deploy-ran"), owned([state, reason, "-", stand_in]), "{shell:?}");
            } else {
                assert!(text(&output.stdout).starts_with("ran"), "{shell:?} {} {errors}", text(&output.stdout));
                assert_eq!(decided("deploy-ran"), owned(["true", "-", "Failed", "-"]), "{shell:?}");
            }
            // mksh traces the line that stops the trace.
            assert!(shell == ["mksh"] || !errors.contains("tkn_fuse"), "{shell:?} {errors}");
            assert_eq!(errors.is_empty(), !script.contains("-eux") || skip.is_some() && shell != ["mksh"], "{errors}");
        }
        let mut pod = Pod::new();
        set_up(&mut pod);
        let output = pod.step(&shell);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{shell:?}");
        assert_eq!(pod.says("run"), if skip.is_some() { "false" } else { "true" }, "{shell:?}");
        assert_eq!(pod.says("deploy-ran"), skip.map_or("true", |(state, _)| state), "{shell:?}");
        let message = skip.map(|(_, reason)| format!("tkn-fuse: `deploy` is skipped: {reason}\n"));
        assert_eq!(text(&output.stdout), message.unwrap_or_default(), "{shell:?}");
    }
}

#[test]
fn a_failed_step_skips() {
    let failures = |pod: &mut Pod| {
        pod.gate.failures = vec![watched("f-get", "clone"), watched("f-make", "build"), watched("f-test", "build")];
        pod.ended("f-get", "0\n");
        pod.ended("f-test", "0");
    };
    for code in ["1", "-1", "127\n", "00", "junk"] {
        expect(
            |pod| {
                failures(pod);
                pod.ended("f-make", code);
                pod.when("a", "in", &["b"], None);
            },
            Some(("stopped", "task `build` failed")),
        );
    }
    expect(
        |pod| {
            failures(pod);
            pod.ended("f-make", "0");
        },
        None,
    );
}

#[test]
fn a_late_exit_code_is_awaited_and_a_missing_one_is_a_failure() {
    thread::scope(|scope| {
        for shell in shells() {
            for late in [true, false] {
                let shell = shell.clone();
                scope.spawn(move || {
                    let mut pod = Pod::new();
                    pod.gate.failures = vec![watched("f-make", "build"), watched("f-more", "build")];
                    let dir = pod.dir.path().to_owned();
                    let writer = thread::spawn(move || {
                        if late {
                            thread::sleep(Duration::from_millis(400));
                            end(&dir, "f-make", "");
                            thread::sleep(Duration::from_millis(200));
                            end(&dir, "f-make", "0");
                            thread::sleep(Duration::from_millis(300));
                            end(&dir, "f-more", "0");
                        }
                    });
                    let begin = Instant::now();
                    let output = pod.prelude(&shell, "#!/bin/sh -eu\ncat");
                    writer.join().unwrap();
                    let reason = "task `build` failed: its step f-make left no exit code";
                    let expected = match late {
                        true => "first line\nsecond line\n".to_owned(),
                        false => format!("tkn-fuse: `deploy` is skipped: {reason}\n"),
                    };
                    assert_eq!(text(&output.stdout), expected, "{shell:?} {}", text(&output.stderr));
                    let took = begin.elapsed().as_secs();
                    assert!(late || (8..40).contains(&took), "{shell:?} took {took} s");
                });
            }
        }
    });
}

#[test]
fn waiting_needs_no_fractions_and_no_sleep() {
    for (sleep, least) in [("case $1 in *.*) return 1 ;; esac; command sleep \"$1\"", 1), ("return 1", 0)] {
        let mut pod = Pod::new();
        pod.gate.failures = vec![watched("f-make", "build")];
        let (reads, references) = (Vec::new(), Vec::new());
        let gate = Some(pod.gate.clone());
        let lowering = Lowering { member: "deploy".to_owned(), reads, references, enter: None, gate };
        let script = format!("sleep() {{ {sleep}; }}\n{}", pod.moved(&lower("echo ran", &lowering)));
        let dir = pod.dir.path().to_owned();
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            end(&dir, "f-make", "0");
        });
        let begin = Instant::now();
        let output = run(&["sh"], pod.dir.path(), &script);
        writer.join().unwrap();
        assert_eq!(text(&output.stdout), "ran\n", "{sleep}");
        assert!(begin.elapsed().as_secs() >= least, "{sleep}");
    }
}

#[test]
fn a_later_step_does_what_the_first_one_did() {
    for (state, skips) in [("true", false), ("false", true), ("parent", true), ("", true)] {
        for shell in shells() {
            let mut pod = Pod::new();
            pod.gate.own = Some(pod.path("deploy-ran"));
            pod.gate.state = None;
            if !state.is_empty() {
                pod.write("deploy-ran", state);
            }
            let expected = if skips { "tkn-fuse: `deploy` is skipped: its first step did not run\n" } else { "ran\n" };
            let output = pod.prelude(&shell, "echo ran");
            assert_eq!((text(&output.stdout), output.status.code()), (expected.to_owned(), Some(0)), "{shell:?}");
            assert_eq!(pod.says("deploy-ran"), if state.is_empty() { "-" } else { state });
        }
    }
}

#[test]
fn skips_are_inherited_as_tekton_does() {
    let build = Some(("parent", "task `build` was skipped"));
    for (state, results, outcome) in [
        ("true", true, None),
        ("true", false, None),
        ("false", true, build),
        ("false", false, None),
        ("parent", true, build),
        ("parent", false, build),
    ] {
        expect(
            |pod| {
                pod.inherit("build", results);
                pod.write("build-ran", state);
            },
            outcome,
        );
    }
    expect(|pod| pod.inherit("build", true), build);
    expect(|pod| pod.inherit("build", false), None);
}

#[test]
fn a_false_when_goes_before_a_skipped_parent_and_that_before_a_missing_result() {
    let when = Some(("false", "its `when` is false: \"a\" in .."));
    let set_up = |pod: &mut Pod| {
        pod.inherit("build", true);
        pod.inherit("lint", false);
        pod.read("r");
        pod.write("build-ran", "false");
        pod.write("lint-ran", "parent");
    };
    expect(
        |pod| {
            set_up(pod);
            pod.when("a", "in", &["b"], None);
        },
        when,
    );
    expect(
        |pod| {
            set_up(pod);
            pod.when("a", "in", &["b", "a"], None);
        },
        Some(("parent", "task `lint` was skipped")),
    );
}

#[test]
fn references_are_literal_while_a_result_is_missing() {
    let when = Some(("false", "its `when` is false: \"@1\" in .."));
    let parent = Some(("parent", "task `build` was skipped"));
    for (operator, literal, outcome) in [
        ("in", Some(false), when),
        ("in", Some(true), parent),
        ("in", None, when),
        ("notin", None, parent),
        ("notin", Some(true), parent),
    ] {
        expect(
            |pod| {
                pod.inherit("build", true);
                pod.read("r");
                pod.write("build-ran", "false");
                pod.when("@1", operator, &["b"], literal);
            },
            outcome,
        );
    }
    // The literal outcome counts for nothing once the value is there.
    expect(
        |pod| {
            pod.inherit("build", true);
            pod.read("r");
            pod.write("build-ran", "true");
            pod.write("r", "b");
            pod.when("@1", "in", &["b"], Some(false));
        },
        None,
    );
}

#[test]
fn a_missing_result_fails_or_skips() {
    for shell in shells() {
        let mut pod = Pod::new();
        pod.read("r");
        pod.when("a", "in", &["a"], None);
        let message = "tkn-fuse: task deploy does not start: result `r` of task `it's` is missing\n";
        for output in [pod.prelude(&shell, "echo ran"), pod.step(&shell)] {
            let seen = (text(&output.stdout), text(&output.stderr), output.status.code());
            assert_eq!(seen, (String::new(), message.to_owned(), Some(1)), "{shell:?}");
            assert_eq!(pod.says("deploy-ran"), "-");
        }
        assert_eq!(pod.says("run"), "false");
    }
    let lenient = |pod: &mut Pod| {
        pod.read("r");
        pod.read("s");
        pod.write("s", "b");
        pod.state().lenient = true;
    };
    expect(lenient, Some(("parent", "result `r` of task `it's` is missing")));
    expect(
        |pod| {
            lenient(pod);
            pod.when("@2", "in", &["b"], Some(false));
        },
        Some(("false", "its `when` is false: \"@2\" in ..")),
    );
    expect(
        |pod| {
            lenient(pod);
            pod.write("r", "a");
            pod.when("@2", "in", &["b"], Some(false));
        },
        None,
    );
}

/// Texts that a shell could take for something else.
pub(crate) const ODD: &[&str] = &[
    "",
    "\n",
    "plain",
    "plain\n",
    "plain\n\n",
    " plain",
    "-n",
    "!",
    "(",
    "it's \"quoted\" \\ \\n",
    "$HOME ${x} `echo x` $((1+1))",
    "*",
    "[\"a\", {\"b\": null}]",
    "EOF\nTKN_FUSE_\n'EOF'\nTKN_FUSE_12345678\n",
    "@tkn-fuse-00000000-1@",
    "x\ty\r\n",
    "日本 😀 é",
];

#[test]
fn values_are_compared_to_the_byte() {
    for shell in shells() {
        for (index, value) in ODD.iter().enumerate() {
            let other = ODD[(index + 1) % ODD.len()];
            for (input, values, found) in [
                (*value, vec![other, *value], true),
                (*value, vec![other], false),
                (*value, vec![], false),
                ("@1", vec![other, *value], true),
                ("@1", vec![other, "@2"], false),
                (*value, vec![other, "@1"], true),
                ("<@1@2>", vec!["<@1>"], false),
                ("<@2@1>", vec!["<@2@1>"], true),
            ] {
                for operator in ["in", "notin"] {
                    let mut pod = Pod::new();
                    pod.read("r");
                    pod.read("s");
                    pod.write("r", value);
                    pod.write("s", format!("{value}\n"));
                    pod.when(input, operator, &values, None);
                    let runs = found == (operator == "in");
                    let output = pod.prelude(&shell, "#!/bin/sh -eu\nprintf 'ran %s' \"@1\" \"$@\"");
                    let errors = text(&output.stderr);
                    assert_eq!(
                        text(&output.stdout).starts_with("ran"),
                        runs,
                        "{shell:?} {values:?} {operator} {errors}"
                    );
                    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{shell:?} {values:?}");
                    let output = pod.step(&shell);
                    assert_eq!((text(&output.stderr), pod.says("run")), (String::new(), runs.to_string()), "{shell:?}");
                }
            }
        }
    }
}

#[test]
fn bytes_that_are_no_characters_are_compared_too() {
    for shell in shells() {
        for (value, other) in [(&b"\xe2\x82"[..], &b"\xe2\x82\n"[..]), (b"\xff\xfe\x81\x88", b"\xff\xfe\x81")] {
            for (second, runs) in [(value, true), (other, false)] {
                let mut pod = Pod::new();
                pod.read("r");
                pod.read("s");
                pod.write("r", value);
                pod.write("s", second);
                pod.when("@1", "in", &["@2"], None);
                let output = pod.prelude(&shell, "echo ran");
                assert_eq!(text(&output.stdout) == "ran\n", runs, "{shell:?} {}", text(&output.stderr));
                pod.step(&shell);
                assert_eq!(pod.says("run"), runs.to_string(), "{shell:?}");
            }
        }
    }
}

#[test]
fn statuses_are_written_first_and_settled() {
    for shell in shells() {
        let mut pod = Pod::new();
        pod.gate.writes = ["a", "b", "c", "d"].map(|name| pod.text(&format!("{name}-status"), "None")).to_vec();
        for (name, code) in [("a", "0"), ("b", "3"), ("c", "0"), ("d", "0")] {
            pod.ended(name, code);
            let ran = (name > "b").then(|| pod.path(&format!("{name}-ran")));
            let status = pod.path(&format!("{name}-status"));
            pod.gate.settles.push(Settle { status, ran, steps: vec![watched(name, name)] });
        }
        pod.write("c-ran", "true");
        pod.write("d-ran", "false");
        pod.when("a", "in", &["b"], None);
        let output = pod.prelude(&shell, "#!/bin/bash -eu\necho no");
        assert!(text(&output.stdout).contains("is skipped: its `when`"), "{shell:?} {}", text(&output.stderr));
        let statuses = ["a", "b", "c", "d"].map(|name| pod.says(&format!("{name}-status")));
        assert_eq!(statuses, ["Succeeded", "None", "Succeeded", "None"], "{shell:?}");
    }
}

#[test]
fn files_of_other_users_are_replaced_and_unreadable_ones_are_errors() {
    for shell in shells() {
        let mut pod = Pod::new();
        pod.inherit("build", false);
        fs::create_dir(pod.path("build-ran")).unwrap();
        fs::create_dir(pod.path("deploy-ran")).unwrap();
        let output = pod.prelude(&shell, "#!/bin/sh -C\necho ran");
        assert_eq!(output.status.code(), Some(1), "{shell:?}");
        assert!(text(&output.stderr).contains("deploy-ran cannot be written"), "{shell:?} {}", text(&output.stderr));
        fs::remove_dir(pod.path("deploy-ran")).unwrap();
        fs::remove_dir(pod.path("build-ran")).unwrap();
        pod.write("build-ran", "");
        let output = pod.prelude(&shell, "echo ran");
        assert!(text(&output.stderr).contains("build-ran cannot be read"), "{shell:?} {}", text(&output.stderr));
        pod.write("build-ran", "true");
        pod.write("deploy-ran", "an older text");
        // What cannot be written to, even by root.
        symlink(pod.path("no/such/directory"), pod.path("status")).unwrap();
        let output = pod.prelude(&shell, "#!/bin/sh -C\necho ran");
        let seen = (text(&output.stdout), pod.says("deploy-ran"), pod.says("status"));
        assert_eq!(seen, ("ran\n".to_owned(), "true".to_owned(), "Failed".to_owned()), "{shell:?}");
        assert_eq!(text(&output.stderr), "", "{shell:?}");
    }
}

#[test]
fn the_script_finds_its_shell_as_it_was() {
    let script = "echo \"$-\" \"$#\" \"$@\" \"$(set | grep -v '^tkn_fuse_' | grep -c '^x')\"; trap; case $0 in *script) ;; \
                  *) exit 9 ;; esac; cat";
    for shell in shells() {
        for first in ["#!/bin/sh\n", "#!/bin/sh -eu\n", ""] {
            let script = format!("{first}{script}");
            let pod_of = |gated: bool| {
                let mut pod = Pod::new();
                if gated {
                    pod.gate.failures = vec![watched("f-make", "build")];
                    pod.ended("f-make", "0");
                    pod.inherit("lint", false);
                    pod.when("a", "in", &["a"], None);
                } else {
                    pod.gate = Gate::default();
                }
                pod.prelude(&shell, &script)
            };
            let (plain, gated) = (pod_of(false), pod_of(true));
            assert_eq!(text(&gated.stdout), text(&plain.stdout), "{shell:?} {}", text(&gated.stderr));
            assert_eq!(text(&gated.stderr), text(&plain.stderr), "{shell:?}");
            assert_eq!(gated.status.code(), Some(0), "{shell:?} {}", text(&gated.stderr));
        }
    }
}
