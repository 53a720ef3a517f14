//! Clauses of a member's `when` that Tekton decides, for members that shells decide on: CEL expressions, and lists whose
//! elements a shell does not get. They become the `when` of a step of their own, which leaves word of having run.

use super::control::Clause;
use super::gated::{RUN, add_when};
use super::gates::GatePlan;
use super::names::result_file;
use super::reads::Lowerer;
use super::steps::Draft;
use crate::diag::{Code, Diagnostic};
use crate::shell::{self, Probe};

impl Lowerer<'_> {
    /// The step that asks Tekton, if a member needs one: its `first` step does. The plan gets the file to look for.
    pub(super) fn probe(
        &mut self,
        count: &mut usize,
        plan: Option<&mut GatePlan<'_>>,
        first: Option<&Draft>,
    ) -> Option<Draft> {
        let (plan, first) = plan.zip(first)?;
        let clauses: Vec<&Clause> = plan.clauses.iter().filter(|clause| clause.needs_probe()).collect();
        if clauses.is_empty() {
            return None;
        }
        let mut draft = self.gate_helper(count, first, shell::probe_script);
        let file = result_file(&draft.name, RUN);
        self.static_when(&clauses).into_iter().for_each(|when| add_when(&mut draft, when));
        let shown: Vec<String> = clauses.iter().map(|clause| clause.shown()).collect();
        plan.gate.state.get_or_insert_default().probe = Some(Probe { file, shown: shown.join(" and ") });
        let message = format!("the step `{}` has conditions of `{}` that Tekton decides", draft.name, self.name());
        let told = Diagnostic::new(Code::HelperStep, message).at(clauses[0].span, "no shell can decide this one");
        self.diagnostics.push(told.of([self.name()]).without_changes());
        Some(draft)
    }
}

#[cfg(test)]
mod tests {
    use crate::fuse::tests::{at, fuse, pipeline};

    const PARAMS: &str =
        "  params: [{name: l, type: array}, {name: s}, {name: o, type: object, properties: {k: {type: string}}}]\n";

    /// The names of the steps, and the codes, where the second of two members has this `when`.
    fn steps(when: &str) -> (Vec<String>, Vec<&'static str>) {
        let one = "one taskSpec: {results: [{name: r}, {name: a, type: array}], steps: [{name: s, image: i, script: 'x > \
                   $(results.r.path); x > $(results.a.path)'}]}";
        let two = format!("two when: [{when}], taskSpec: {{steps: [{{name: s, image: i, script: x}}]}}");
        let (documents, codes) = fuse(&pipeline(&[one, &two], PARAMS));
        let steps = documents.first().map(|task| at(task, "/spec/steps")).unwrap_or_default();
        let name = |step: &serde_json::Value| step["name"].as_str().unwrap_or_default().to_owned();
        (steps.as_array().into_iter().flatten().map(name).collect(), codes)
    }

    #[test]
    fn only_what_no_shell_decides_takes_a_step() {
        let inside = "{input: $(tasks.one.results.r), operator: in, values: [x]}";
        for (clause, probed) in [
            ("{input: $(params.s), operator: in, values: ['$(params.l[0])', '$(params.o.k)']}", false),
            ("{input: x, operator: in, values: ['$(tasks.one.results.a[*])']}", false),
            ("{input: x, operator: in, values: ['$(params.l[*])']}", true),
            ("{input: x, operator: in, values: [$(params.l)]}", true),
            ("{input: x, operator: in, values: ['$(params[\"l\"])']}", true),
            ("{cel: \"'$(params.s)' == 'x'\"}", true),
        ] {
            let (names, codes) = steps(&format!("{inside}, {clause}"));
            let expected = if probed { vec!["one-s", "two-fuse-gate", "two-s"] } else { vec!["one-s", "two-s"] };
            assert_eq!(names, expected, "{clause} {codes:?}");
            assert_eq!(steps(clause).0, ["one-s", "two-s"], "{clause}: nobody but Tekton has to know");
        }
    }

    #[test]
    fn one_condition_cannot_have_both() {
        for clause in [
            "{input: $(tasks.one.results.r), operator: in, values: ['$(params.l[*])']}",
            "{input: x, operator: in, values: ['$(params.l[*])', $(tasks.one.results.r)]}",
            "{input: x, operator: in, values: ['$(params.l[*])', '$(tasks.one.results.a[*])']}",
            "{cel: \"'$(tasks.one.results.r)' == 'x'\"}",
            "{input: '$(params.l[*])', operator: in, values: [x]}",
            "{input: $(params.l), operator: in, values: [x]}",
            "{input: '$(tasks.one.results.a[*])', operator: in, values: [x]}",
            "{input: x, operator: in, values: ['<$(tasks.one.results.a[*])>']}",
        ] {
            assert!(steps(clause).1.contains(&"TF333"), "{clause}");
        }
    }
}
