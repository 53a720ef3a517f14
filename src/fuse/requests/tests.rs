use crate::fuse::tests::{at, fuse, pipeline};

/// What the steps of the fused Task ask for, one after another, and the codes of what is said above a note.
fn asked(members: &[&str]) -> (Vec<String>, Vec<&'static str>) {
    let member = |(index, spec): (usize, &&str)| {
        let wait = if index == 0 { String::new() } else { format!("runAfter: [m{}], ", index - 1) };
        format!("m{index} {wait}taskSpec: {{{spec}}}")
    };
    let lines: Vec<String> = members.iter().enumerate().map(member).collect();
    let (documents, codes) = fuse(&pipeline(&lines.iter().map(String::as_str).collect::<Vec<_>>(), ""));
    let steps = at(&documents[0], "/spec/steps");
    let ask = |step: &serde_json::Value| step["computeResources"]["requests"].to_string().replace('"', "");
    (steps.as_array().into_iter().flatten().map(ask).collect(), codes)
}

/// The spec of a Task with one step for each of the amounts.
fn steps(resources: &[&str]) -> String {
    let step = |resources: &&str| format!("{{image: i, computeResources: {{{resources}}}}}");
    format!("steps: [{}]", resources.iter().map(step).collect::<Vec<_>>().join(", "))
}

#[test]
fn the_first_of_the_largest_steps_asks() {
    let one = steps(&["requests: {cpu: 1}", "requests: {cpu: 1000m, memory: 1Mi}"]);
    let two = steps(&["requests: {cpu: 0.5, memory: 1024Ki}"]);
    let (asked, codes) = asked(&[&one, &two]);
    assert_eq!(asked, ["{cpu:1}", "{cpu:0,memory:1Mi}", "{cpu:0,memory:0}"]);
    assert!(codes.is_empty(), "{codes:?}");
}

#[test]
fn a_limit_without_a_request_is_a_request() {
    let limited =
        steps(&["limits: {memory: 2Gi}", "limits: {memory: 1Gi}", "requests: {memory: 0}, limits: {memory: 4Gi}"]);
    assert_eq!(asked(&[&limited, &steps(&[""])]).0, ["null", "{memory:0}", "{memory:0}", "null"]);
}

#[test]
fn what_a_template_asks_for_is_asked_by_each_step() {
    let template = "stepTemplate: {computeResources: {requests: {cpu: 200m}}}, ";
    let one = format!("{template}{}", steps(&["", "requests: {cpu: 100m}"]));
    assert_eq!(asked(&[&one, &one]).0, ["{cpu:200m}", "{cpu:0}", "{cpu:0}", "{cpu:0}"]);
}

#[test]
fn one_step_that_asks_is_left_alone() {
    let huge = steps(&["requests: {cpu: '9e3', nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 1}"]);
    assert_eq!(asked(&[&huge, &steps(&["requests: {cpu: '0'}"])]).0, ["{cpu:9e3,nvidia.com/gpu:1}", "{cpu:0}"]);
}

#[test]
fn what_cannot_be_left_to_others_adds_up() {
    let pages = steps(&["requests: {cpu: 1}, limits: {cpu: 1, hugepages-2Mi: 2Mi}"]);
    let (asked, codes) = asked(&[&pages, &pages]);
    assert_eq!(asked, ["{cpu:1}", "{cpu:0}"]);
    assert_eq!(codes, ["TF505"]);
}
