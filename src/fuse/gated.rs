//! The steps of a member behind their gates: shell scripts decide for themselves whether they run, a gate step does it for
//! any other step, whose `when` asks for its answer.

use super::control::Clause;
use super::gates::{GatePlan, MemberGates, watched};
use super::helper::Helper;
use super::names::result_file;
use super::reads::{Links, Lowerer, place};
use super::results::StepKey;
use super::script::interpreter;
use super::steps::Draft;
use crate::diag::{Code, Diagnostic};
use crate::expr::{Access, Template, Variable};
use crate::shell::{self, Interpreter, Read, Watched};
use crate::source::Span;
use crate::yaml::{Mapping, Node};

/// The result of a step that its own script has passed over: why.
pub(super) const SKIPPED: &str = "fuse-skipped";

/// The result of a gate step: whether the steps behind it run.
pub(super) const RUN: &str = "run";

impl Lowerer<'_> {
    /// The member's steps without results in their texts, and the helper steps before them that are needed. `needed` are all
    /// results that the member's pipeline task refers to: without one of them it does not start.
    pub(super) fn lower(
        &mut self,
        drafts: Vec<Draft>,
        needed: &[(Variable, Span)],
        mut gates: MemberGates<'_>,
    ) -> Vec<Draft> {
        let mut checks = self.checks(needed);
        let mut links = Links::default();
        for draft in drafts.iter().filter(|draft| self.needs_link(draft)) {
            links.of(draft);
        }
        let mut steps = Vec::with_capacity(drafts.len() + 1);
        let mut answer = None;
        let mut before: Vec<Watched> = Vec::new();
        let mut count = 0;
        steps.extend(self.probe(&mut count, gates.first.as_mut(), drafts.first()));
        if gates.first.as_ref().is_some_and(|plan| self.needs_step(plan, &drafts, &links, gates.goes_on)) {
            let plan = gates.first.take();
            let guards = plan.as_ref().is_some_and(GatePlan::guards);
            let gate =
                plan.zip(drafts.first()).map(|(plan, draft)| self.gate_step(&mut count, &plan, &mut checks, draft));
            answer = gate.as_ref().filter(|_| guards).map(|gate| gate.name.clone());
            before.extend(gate.iter().map(|gate| self.watched(gate)));
            steps.extend(gate);
        } else if let Some(first) = drafts.first().filter(|first| !checks.is_empty() && !self.checks_itself(first)) {
            links.of(first).reads = std::mem::take(&mut checks);
        }
        let member = &self.members[self.index];
        let link = |nth| watched(member, self.names.link(self.index, nth), StepKey::Link(nth));
        before.extend((0..links.count()).map(link));
        let first = steps.len();
        for (at, draft) in drafts.into_iter().enumerate() {
            let plan = if at == 0 { gates.first.take() } else { gates.later(&before) };
            let plan = plan.filter(|plan| answer.is_none() || !plan.asks_only_the_first());
            let checks = if at == 0 { std::mem::take(&mut checks) } else { Vec::new() };
            let mut asks = answer.clone();
            let mut own = None;
            match plan {
                Some(plan) if is_shell(&draft) => own = Some(plan),
                Some(plan) => {
                    let gate = self.gate_step(&mut count, &plan, &mut Vec::new(), &draft);
                    asks = Some(gate.name.clone());
                    before.push(self.watched(&gate));
                    steps.push(gate);
                }
                None => {}
            }
            let lowered = asking(self.step(draft, checks, own.as_ref(), &mut links), asks.as_deref());
            if !lowered.is_forgiven {
                before.push(self.watched(&lowered));
            }
            steps.push(lowered);
        }
        let links: Vec<Draft> = links.into_plans().into_iter().map(|plan| self.link(plan)).collect();
        steps.splice(first..first, links.into_iter().map(|link| asking(link, answer.as_deref())));
        steps
    }

    /// What has to be there for the member to start.
    fn checks(&mut self, needed: &[(Variable, Span)]) -> Vec<Read> {
        let mut checks = Vec::new();
        for (variable, span) in needed {
            for variable in self.parts(variable) {
                self.read(&variable, *span).into_iter().for_each(|read| _ = place(&mut checks, read));
            }
        }
        checks
    }

    /// Whether what is decided before a member's first step takes a step of its own: the first one cannot decide, or others ask.
    fn needs_step(&self, plan: &GatePlan<'_>, drafts: &[Draft], links: &Links, goes_on: bool) -> bool {
        let Some((first, others)) = drafts.split_first() else { return false };
        let others_ask = !goes_on && others.iter().any(|draft| !is_shell(draft));
        !self.checks_itself(first) || plan.guards() && (others_ask || !links.is_empty())
    }

    /// A step that decides whether the steps behind it run.
    fn gate_step(&mut self, count: &mut usize, plan: &GatePlan<'_>, checks: &mut Vec<Read>, served: &Draft) -> Draft {
        let span = served.span;
        let mut reads = std::mem::take(checks);
        let gate = self.gate(plan, &mut reads, span);
        let draft = self.gate_helper(count, served, |run| shell::gate_script(&gate, &reads, run));
        let message = match plan.guards() {
            true => format!("the step `{}` decides whether `{}` runs", draft.name, self.name()),
            false => format!("the step `{}` writes down what members have come to", draft.name),
        };
        let told = Diagnostic::new(Code::HelperStep, message).at(span, "this step cannot do it by itself");
        self.diagnostics.push(told.of([self.name()]).without_changes());
        draft
    }

    /// A helper step before the one that it serves, with a script that is told the file of its result [`RUN`].
    pub(super) fn gate_helper(
        &mut self,
        count: &mut usize,
        served: &Draft,
        script: impl FnOnce(&str) -> String,
    ) -> Draft {
        let nth = *count;
        *count += 1;
        let name = self.names.gate(self.index, nth).to_owned();
        let script = script(&result_file(&name, RUN));
        let security = served.fields.get("securityContext").cloned();
        let (member, key, span) = (self.index, StepKey::Gate(nth), served.span);
        self.helpers.step(Helper { name, member, key, script, security, span })
    }

    /// A plan with the values that it compares, which join the reads.
    pub(super) fn gate(&mut self, plan: &GatePlan<'_>, reads: &mut Vec<Read>, span: Span) -> shell::Gate {
        let mut gate = plan.gate.clone();
        let clauses: Vec<shell::Clause> =
            plan.clauses.iter().filter_map(|clause| self.clause(clause, reads, span)).collect();
        if !clauses.is_empty() {
            gate.state.get_or_insert_default().clauses = clauses;
        }
        gate
    }

    /// A clause that a shell can decide.
    fn clause(&mut self, clause: &Clause, reads: &mut Vec<Read>, span: Span) -> Option<shell::Clause> {
        let comparison = clause.comparison.as_ref().filter(|_| !clause.needs_probe())?;
        let (elements, values): (Vec<&Template>, Vec<&Template>) =
            comparison.values.iter().partition(|value| value.sole_variable().is_some_and(|it| self.is_array(it)));
        let elements = elements.into_iter().filter_map(Template::sole_variable);
        let lists = elements.filter_map(|it| self.read(it, span)).map(|read| place(reads, read)).collect();
        let mut text = |template: &Template| {
            let inlined = self.inline(template, clause.span);
            self.references(&inlined, reads, span)
        };
        Some(shell::Clause {
            input: text(&comparison.input),
            values: values.into_iter().map(&mut text).collect(),
            lists,
            negated: comparison.negated,
            literal: clause.reads_inside.then(|| comparison.unresolved()),
            shown: clause.shown(),
        })
    }

    /// Whether a variable is a whole array that a member leaves behind.
    fn is_array(&self, variable: &Variable) -> bool {
        self.outer.is_result(variable) && matches!(variable, Variable::TaskResult { access: Access::Star, .. })
    }

    /// A text of the pipeline task as one of the fused Task.
    fn inline(&mut self, text: &Template, span: Span) -> Template {
        self.params.inline(text, self.outer, &Clone::clone, span)
    }

    /// The conditions of a static member, for the `when` of its steps.
    pub(super) fn static_when(&mut self, clauses: &[&Clause]) -> Vec<Node> {
        clauses.iter().map(|clause| self.inline_node(&clause.node)).collect()
    }

    fn inline_node(&mut self, node: &Node) -> Node {
        use crate::yaml::Value;
        match &node.value {
            Value::Scalar(_) => match node.as_str() {
                Some(text) => Node::string(node.span, self.inline(&Template::parse(text), node.span).to_string()),
                None => node.clone(),
            },
            Value::Sequence(items) => {
                Node::sequence(node.span, items.iter().map(|item| self.inline_node(item)).collect())
            }
            Value::Mapping(mapping) => {
                let entries = mapping.entries.iter().filter(|entry| !entry.value.is_null());
                Node::mapping(node.span, entries.map(|entry| (entry.key.as_str(), self.inline_node(&entry.value))))
            }
        }
    }

    fn watched(&self, draft: &Draft) -> Watched {
        watched(&self.members[self.index], &draft.name, draft.key)
    }
}

/// Whether a step's own script can decide whether it runs.
pub(super) fn is_shell(draft: &Draft) -> bool {
    matches!(draft.script.as_ref().map(interpreter), Some(Interpreter::Shell(_)))
}

/// Adds a condition to those of a step.
pub(super) fn add_when(draft: &mut Draft, condition: Node) {
    let fields: &mut Mapping = &mut draft.fields;
    let mut conditions = fields.get("when").and_then(Node::as_sequence).unwrap_or_default().to_vec();
    if !conditions.iter().any(|other| other.same(&condition)) {
        conditions.push(condition);
    }
    fields.set("when", Node::sequence(draft.span, conditions));
}

/// A step that asks a gate step whether it runs.
fn asking(mut draft: Draft, gate: Option<&str>) -> Draft {
    if let Some(gate) = gate {
        let answer = answer_of(gate, draft.span);
        add_when(&mut draft, answer);
    }
    draft
}

/// The condition that a gate step has let the member pass.
fn answer_of(gate: &str, span: Span) -> Node {
    let answer = Template::variable(Variable::StepResult { step: gate.to_owned(), rest: RUN.to_owned() });
    let fields = [
        ("input", Node::string(span, answer.to_string())),
        ("operator", Node::string(span, "in")),
        ("values", Node::sequence(span, vec![Node::string(span, "true")])),
    ];
    Node::mapping(span, fields)
}
