//! What `--auto safe` may do to any Pipeline: nothing that is told by more than a note.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tkn_fuse::compile::{Compiled, Options, compile};
use tkn_fuse::diag::{Diagnostics, Severity};
use tkn_fuse::group::Form;
use tkn_fuse::source::Sources;

/// Compiles a text that asks for no group; whether any was chosen.
pub(crate) fn check(text: &str) -> Result<bool, TestCaseError> {
    let text = &without_marks(text);
    let (plain, before) = compiled(text, &Options::default());
    if before.has_errors() {
        return Ok(false);
    }
    let auto = || compiled(text, &Options { auto: true, ..Options::default() });
    let (chosen, told) = auto();
    let bad = |told: &Diagnostics| told.iter().filter(|it| it.severity > Severity::Note).count();
    prop_assert!(bad(&told) <= bad(&before), "{:?}\n{}", told, text);
    prop_assert_eq!(&auto().0.outputs, &chosen.outputs, "always the same");
    if !chosen.outputs[0].fused {
        prop_assert_eq!(&chosen.outputs, &plain.outputs);
        return Ok(false);
    }
    for form in [Form::Annotation, Form::Field, Form::List] {
        let options = Options { suggest: true, mark: Some(form), ..Options::default() };
        let (marked, _) = compiled(text, &options);
        let (again, told) = compiled(&marked.outputs[0].text, &Options::default());
        prop_assert!(bad(&told) <= bad(&before), "{:?}\n{}", told, marked.outputs[0].text);
        prop_assert_eq!(body(&again.outputs[0].text), body(&chosen.outputs[0].text), "{:?}\n{}", form, text);
    }
    Ok(true)
}

fn compiled(text: &str, options: &Options) -> (Compiled, Diagnostics) {
    let mut sources = Sources::default();
    let input = sources.add("in.yaml", text);
    let mut told = Diagnostics::default();
    let compiled = compile(&sources, &[input], &[], options, &mut told);
    (compiled, told)
}

/// All but the header.
fn body(text: &str) -> String {
    text.lines().skip(2).collect::<Vec<_>>().join("\n")
}

/// The text without its groups.
fn without_marks(text: &str) -> String {
    let documents = serde_yaml::Deserializer::from_str(text).map(|document| Json::deserialize(document).unwrap());
    let plain = documents.map(|mut document| {
        if document["kind"] == json!("Pipeline") {
            let spec = document["spec"].as_object_mut().unwrap();
            spec.remove("groups");
            let tasks = ["tasks", "finally"].map(|key| spec.get(key).cloned().unwrap_or_default());
            for (key, mut tasks) in ["tasks", "finally"].into_iter().zip(tasks) {
                let tasks_of = tasks.as_array_mut().into_iter().flatten();
                tasks_of.for_each(|task| drop(task.as_object_mut().unwrap().remove("group")));
                spec.insert(key.to_owned(), tasks);
            }
        }
        serde_yaml::to_string(&document).unwrap()
    });
    plain.collect::<Vec<_>>().join("---\n")
}
