use crate::fuse::tests::{at, fuse, pipeline};

/// The script of the second member's only step after fusion; its Task has the step `s` and these texts.
fn script(task: &str, text: &str) -> String {
    let one = "one taskSpec: {steps: [{name: s, image: i}]}";
    let two = format!("two {task} taskSpec: {{steps: [{{name: s, image: i, script: \"{text}\"}}]}}");
    let (documents, codes) = fuse(&pipeline(&[one, &two], "  params: [{name: words, type: array}]\n"));
    assert!(!documents.is_empty(), "{codes:?}");
    at(&documents[0], "/spec/steps/1/script").as_str().unwrap_or_default().to_owned()
}

#[test]
fn everything_that_names_a_step_follows_its_new_name() {
    for (old, new) in [
        ("$(steps.s.results.r)", "$(steps.two-s.results.r)"),
        ("$(steps.step-s.exitCode.path)", "$(steps.step-two-s.exitCode.path)"),
        ("$(steps.s.outputs.image)", "$(steps.two-s.outputs.image)"),
        ("$(steps.s.inputs.source)", "$(steps.two-s.inputs.source)"),
        ("$(steps.other.outputs.image)", "$(steps.other.outputs.image)"),
    ] {
        assert_eq!(script("", old), new);
    }
}

#[test]
fn an_embedded_spec_gets_the_elements_of_the_pipelines_array() {
    let passed = "params: [{name: words, value: [x]}],";
    assert_eq!(script(passed, "$(params.words[0])"), "$(params.words[0])");
    assert_eq!(script("", "$(params.words[0])"), "$(params.words[0])");
}
