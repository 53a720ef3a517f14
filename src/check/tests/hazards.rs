//! What a valid plan costs, and what may not be there when its pod starts.

use super::*;

/// A member with one step, written as an embedded spec.
fn step(fields: &str) -> String {
    format!("taskSpec: {{params: [{{name: target, default: none}}], steps: [{{name: s, {fields}}}]}}")
}

#[test]
fn what_an_earlier_member_makes_is_not_there_when_the_pod_starts() {
    let target = "params: [{name: target, value: '$(params.image)'}]";
    let builds = format!("{target}, {}", step("image: kaniko"));
    let runs = step("image: '$(params[\"image\"])'");
    let found = told(&pair(&builds, &runs, ""));
    let message = "warning TF504 `b` needs the image `$(params.image)` when the pod starts, and `a` in the same pod seems to \
                   make it ['$(params[\"image\"])' | $(params.image)] remove the group `g`, or make sure";
    assert!(found.len() == 1 && found[0].starts_with(message), "{found:?}");
    let found = told(&pair(&step("image: k, script: docker push r/i:1"), &step("image: r/i:1"), ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF504"), "{found:?}");
    let secret = "image: i, env: [{name: E, valueFrom: {secretKeyRef: {name: token, key: k}}}]";
    let found = told(&pair(&step("image: i, args: [create, secret, generic, token]"), &step(secret), ""));
    assert!(found.len() == 1 && found[0].starts_with("warning TF504 `b` needs the Secret `token`"), "{found:?}");
}

#[test]
fn what_is_there_already_is_not_talked_about() {
    // The earlier member runs the image itself.
    let uses = format!("params: [{{name: target, value: r/i}}], {}", step("image: $(params.target)"));
    expect(&pair(&uses, &step("image: r/i"), ""), &[]);
    // Another image whose name only contains it, and a script that pushes nothing.
    expect(&pair(&step("image: k, script: docker push r/i/x:1 r/i-x"), &step("image: r/i"), ""), &[]);
    expect(&pair(&step("image: k, script: docker pull r/i"), &step("image: r/i"), ""), &[]);
    let secret = "image: i, envFrom: [{secretRef: {name: token}}]";
    expect(&pair(&step("image: i, script: use the token"), &step(secret), ""), &[]);
    expect(&pair(&step(secret), &step("image: i, args: [create, secret, token]"), ""), &[]);
}

#[test]
fn the_cut_lies_before_the_member_that_needs_it() {
    let builds = "l group: g, taskSpec: {steps: [{image: k, args: ['--destination=r/i']}]}";
    let tasks = ["k group: g", builds, "m group: g, taskSpec: {steps: [{image: r/i}]}", "o group: g"];
    let found = told(&pipeline(&tasks, ""));
    let help = "cut the group before `m`: make it `g-1: k, l` and `g-2: m, o`";
    assert!(found.iter().any(|found| found.starts_with("warning TF504") && found.ends_with(help)), "{found:?}");
}

#[test]
fn amounts_are_those_of_kubernetes() {
    let asks = |resources: &str| step(&format!("image: i, computeResources: {{{resources}}}"));
    expect(
        &pair(&asks("requests: {cpu: 1, memory: 1e3}, limits: {cpu: ' 1500m ', memory: null}"), "", ""),
        &["error TF417 a step of `a` asks for memory 1k, but is limited to 0 [1e3] raise the limit, or ask for less"],
    );
    let found = told(&pair(&asks("limits: {cpu: 1O0m}"), "", ""));
    assert!(found.len() == 1 && found[0].starts_with("error TF417 `cpu` of `a` is no amount"), "{found:?}");
    let found = told(&pair("", &asks("requests: {cpu: -1}"), ""));
    assert!(found.len() == 1 && found[0].contains("it is less than nothing [-1]"), "{found:?}");
    // A task outside of groups may say what it likes.
    let free = format!("c runAfter: [b], {}", asks("requests: {cpu: x}"));
    expect(&pipeline(&["a group: g", "b group: g, runAfter: [a]", &free], ""), &[]);
}

#[test]
fn what_a_plan_costs_is_told_only_of_a_valid_one() {
    let tasks = ["a group: g", "b group: g"];
    assert!(told(&pipeline(&tasks, ""))[0].starts_with("warning TF502"));
    let refused = ["a group: g, retries: 1", "b group: g"];
    assert!(told(&pipeline(&refused, "")).iter().all(|found| !found.contains("TF502")));
}
