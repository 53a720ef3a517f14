//! Clauses of a member's `when` that Tekton decides, for members that shells decide on: CEL expressions, and lists whose
//! elements a shell does not get. They become the `when` of a step of their own, which leaves word of having run.

use super::control::Clause;
use super::gated::{RUN, add_when, result_file};
use super::gates::GatePlan;
use super::helper::Helper;
use super::reads::Lowerer;
use super::results::StepKey;
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
        let (nth, span) = (*count, first.span);
        *count += 1;
        let name = self.names.gate(self.index, nth).to_owned();
        let file = result_file(&name, RUN);
        let script = shell::probe_script(&file);
        let security = first.fields.get("securityContext").cloned();
        let helper = Helper { name, member: self.index, key: StepKey::Gate(nth), script, security, span };
        let mut draft = self.helpers.step(helper);
        self.static_when(&clauses).into_iter().for_each(|when| add_when(&mut draft, when));
        let shown: Vec<String> = clauses.iter().map(|clause| clause.shown()).collect();
        plan.gate.state.get_or_insert_default().probe = Some(Probe { file, shown: shown.join(" and ") });
        let message = format!("the step `{}` has conditions of `{}` that Tekton decides", draft.name, self.name());
        let told = Diagnostic::new(Code::HelperStep, message).at(clauses[0].span, "no shell can decide this one");
        self.diagnostics.push(told.of([self.name()]).without_changes());
        Some(draft)
    }
}
