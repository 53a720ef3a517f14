//! Results of the group where a member uses them: checked before the member starts, and brought to each place of use.
//!
//! Unfused, Tekton pastes a result's text before anything is parsed. In a pod the entrypoint substitutes only step results,
//! only in some fields, and goes on when one is missing (`pkg/entrypoint/entrypointer.go`, v1.15). So shell scripts read the
//! file themselves, and a link step hands the value to everything else.

mod links;
mod told;

use super::gated::{SKIPPED, is_shell};
use super::gates::GatePlan;
use super::helper::{Helper, Helpers};
use super::member::Member;
use super::names::{FREE, Names, StepNames, result_file};
use super::params::Params;
use super::results::{Results, StepKey};
use super::scope::Outer;
use super::script::{interpreter, is_open};
use super::settle::settle;
use super::steps::{Draft, node_mut};
use super::workdir::WorkingDirs;
use crate::diag::{Code, Condition, Diagnostic, Diagnostics};
use crate::expr::{Access, Part, Template, Variable};
use crate::model::ParamType;
use crate::shell::{self, Interpreter, Link, Lowering, Read, Reference, Render, Shape, Write};
use crate::source::Span;
use crate::yaml::{Node, Segment, Value};
use links::LinkPlan;
pub(super) use links::Links;
use told::{empty_array, expansion, items_unknown, lines_added, no_longer_code, note, step_action};

/// Where rendered scripts lie.
const SCRIPTS: &str = "/tekton-fuse-scripts";

/// Makes and enters a directory and becomes a command, which gets no variables from the shell in between.
const ENTER: &str = r#"mkdir -p "$0" && cd "$0" && unset PWD OLDPWD SHLVL && exec "$@""#;

/// Brings results to the steps of one member.
pub(super) struct Lowerer<'a> {
    pub(super) members: &'a [Member<'a>],
    pub(super) index: usize,
    pub(super) results: &'a Results,
    pub(super) names: &'a StepNames,
    pub(super) directories: &'a WorkingDirs,
    pub(super) outer: &'a Outer<'a>,
    pub(super) params: &'a mut Params,
    pub(super) helpers: &'a mut Helpers,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Lowerer<'_> {
    /// Whether a step cannot do without a link step.
    pub(super) fn needs_link(&self, draft: &Draft) -> bool {
        let lists = [&draft.command, &draft.args].into_iter().flatten().flatten();
        let direct = lists.chain(draft.values.iter().map(|(_, text)| text)).any(|text| self.holds_result(text));
        let rendered = draft.script.as_ref().filter(|_| !is_shell(draft));
        direct || rendered.is_some_and(|script| self.holds_result(script) || self.directories.enter(draft))
    }

    /// Whether the step's own script can check what the member needs.
    pub(super) fn checks_itself(&self, draft: &Draft) -> bool {
        is_shell(draft) && !draft.is_conditional()
    }

    /// A step without results in its texts. `gate` is what its script decides by itself.
    pub(super) fn step(
        &mut self,
        mut draft: Draft,
        checks: Vec<Read>,
        gate: Option<&GatePlan<'_>>,
        links: &mut Links,
    ) -> Draft {
        let enter = self.directories.enter(&draft);
        if enter {
            draft.working_dir = draft.working_dir.take().map(absolute);
        }
        let script = draft.script.take();
        let runs_in = script.as_ref().map(interpreter);
        match (script, runs_in) {
            (Some(script), Some(Interpreter::Shell(_))) => {
                let enter = enter.then(|| draft.working_dir.take()).flatten();
                draft.script = Some(Template::text(self.shell_script(&script, checks, gate, enter, &mut draft)));
            }
            (Some(script), _) => {
                if self.holds_result(&script) || enter {
                    self.render(&mut draft, script, links);
                } else {
                    draft.script = Some(script);
                }
                self.enter_by_command(&mut draft, enter);
            }
            (None, _) => self.enter_by_command(&mut draft, enter),
        }
        self.direct(&mut draft, links);
        draft
    }

    /// A shell script that reads the results it needs by itself.
    fn shell_script(
        &mut self,
        script: &Template,
        mut reads: Vec<Read>,
        gate: Option<&GatePlan<'_>>,
        enter: Option<Template>,
        draft: &mut Draft,
    ) -> String {
        let span = draft.span;
        let gate = gate.map(|plan| {
            let skipped_to = plan.guards().then(|| draft.declare(SKIPPED));
            shell::Gate { skipped_to, ..self.gate(plan, &mut reads, span) }
        });
        let script = self.references(script, &mut reads, span);
        let enter = enter.map(|directory| self.references(&directory, &mut reads, span));
        let ranges: Vec<_> = script.references.iter().map(|reference| reference.range.clone()).collect();
        if shell::quoting(&script.text, &ranges).contains(&shell::Quoting::Double) {
            let told = self.about_step(no_longer_code(self.name(), span), draft);
            self.diagnostics.push(told);
        }
        let lowering = Lowering {
            member: self.members[self.index].own_name().to_owned(),
            reads,
            references: script.references,
            enter,
            gate,
        };
        let lowered = shell::lower(&script.text, &lowering);
        if lowered != script.text {
            let told = self.about_step(lines_added(self.name(), span), draft);
            self.diagnostics.push(told.only_if(Condition::ShellMessages));
        }
        lowered
    }

    /// A script of any other interpreter is written by the link step, with the values in it, and run from there.
    fn render(&mut self, draft: &mut Draft, script: Template, links: &mut Links) {
        let plan = links.of(draft);
        let path = format!("{SCRIPTS}/{}", draft.name);
        let template = self.references(&settle(&script, draft), &mut plan.reads, draft.span);
        plan.renders.push(Render { template, to: path.clone(), open: is_open(&script) });
        self.helpers.mount_scripts(&mut draft.fields, SCRIPTS, true, draft.span);
        draft.command = Some(vec![Template::text(path)]);
    }

    /// `cd` around a command whose working directory must not exist before it runs.
    fn enter_by_command(&mut self, draft: &mut Draft, enter: bool) {
        if !enter {
            return;
        }
        let (Some(directory), Some(command)) = (draft.working_dir.take(), draft.command.take()) else {
            self.diagnostics.push(self.directories.refusal(draft, self.name()));
            return;
        };
        if !self.directories.has_shell(draft) {
            self.diagnostics.push(self.directories.refusal(draft, self.name()));
            return;
        }
        let shell = ["sh", "-c", ENTER].map(Template::text);
        draft.command = Some(shell.into_iter().chain([directory]).chain(command).collect());
    }

    /// Results in `command`, `args`, `env` and params of a `ref`: the entrypoint puts in what the link step wrote.
    fn direct(&mut self, draft: &mut Draft, links: &mut Links) {
        let span = draft.span;
        self.check_directory(draft);
        let lists = [&draft.command, &draft.args].into_iter().flatten().flatten();
        if !lists.chain(draft.values.iter().map(|(_, text)| text)).any(|text| self.holds_result(text)) {
            return;
        }
        let plan = links.of(draft);
        for item in [&mut draft.command, &mut draft.args].into_iter().flatten().flatten() {
            let even = even_dollars(item, |variable| self.is_inside(variable));
            *item = self.linked(&even, plan, span);
        }
        let mut params = Vec::new();
        let mut fields = Node { span, value: Value::Mapping(std::mem::take(&mut draft.fields)) };
        for (path, template) in std::mem::take(&mut draft.values) {
            let inside = |variable: &Variable| self.is_inside(variable);
            let text = if matches!(path.first(), Some(Segment::Key(list)) if list == "params") {
                params.extend(template.variables().filter(|variable| inside(variable)).cloned());
                escaped(&template, inside)
            } else {
                even_dollars(&template, inside)
            };
            let linked = self.linked(&text, plan, span);
            if let Some(node) = node_mut(&mut fields, &path) {
                *node = Node::string(node.span, linked.to_string());
            }
        }
        if let Value::Mapping(mapping) = fields.value {
            draft.fields = mapping;
        }
        self.tell_of_params(&params, draft);
        let told = self.about_step(expansion(self.name(), span), draft);
        self.diagnostics.push(told);
    }

    /// What a StepAction may make of results in its params.
    fn tell_of_params(&mut self, params: &[Variable], draft: &Draft) {
        if params.is_empty() {
            return;
        }
        let all = self.members.iter().map(Member::name);
        self.diagnostics.push(step_action(self.name(), draft.span).of(all));
        if params.iter().any(is_whole_array) {
            let told = self.about_step(items_unknown(self.name(), draft.span), draft);
            self.diagnostics.push(told);
        }
    }

    /// Refuses a working directory with a result in it.
    fn check_directory(&mut self, draft: &Draft) {
        let Some(directory) = draft.working_dir.as_ref().filter(|text| self.holds_result(text)) else { return };
        let message = format!("`workingDir` of `{}` would need `{directory}` before the pod starts", self.name());
        let place = Diagnostic::new(Code::ResultUnreachable, message);
        let place = place.at(draft.span, "no run-time value can reach this field");
        self.diagnostics.push(place.help(format!("cut the group before `{}`", self.name())));
    }

    fn linked(&mut self, template: &Template, plan: &mut LinkPlan, span: Span) -> Template {
        let step = self.names.link(self.index, plan.nth).to_owned();
        template.map(|variable| {
            if !self.is_inside(variable) {
                return None;
            }
            let star = if is_whole_array(variable) { "[*]" } else { "" };
            let name = match plan.values.get(variable) {
                Some((_, name)) => name.clone(),
                None => {
                    let at = place(&mut plan.reads, self.read(variable, span)?);
                    let name = plan.names.get_or_insert_with(|| Names::new(FREE)).take(&value_name(variable));
                    plan.values.insert(variable.clone(), (at, name.clone()));
                    name
                }
            };
            Some(Template::variable(Variable::StepResult { step: step.clone(), rest: format!("{name}{star}") }))
        })
    }

    /// The text of a template with the places where results go.
    pub(super) fn references(&mut self, template: &Template, reads: &mut Vec<Read>, span: Span) -> shell::Template {
        let mut filled = shell::Template::default();
        for part in template.parts() {
            match part {
                Part::Text(part) => filled.text.push_str(part),
                Part::Variable { variable, spelling } => {
                    let start = filled.text.len();
                    filled.text.push_str(spelling);
                    if self.is_inside(variable)
                        && let Some(read) = self.read(variable, span)
                    {
                        let read = place(reads, read);
                        filled.references.push(Reference { range: start..filled.text.len(), read });
                    }
                }
            }
        }
        filled
    }

    /// What has to be there for a reference: of a whole object every key that its Task promises.
    pub(super) fn parts(&self, variable: &Variable) -> Vec<Variable> {
        let Variable::TaskResult { task, result, access: Access::Star } = variable else {
            return vec![variable.clone()];
        };
        let planned = self.results.of_task(self.members, task, result);
        let properties = planned
            .filter(|planned| planned.kind == ParamType::Object)
            .and_then(|planned| planned.spec.node.get("properties")?.as_mapping());
        let Some(properties) = properties else { return vec![variable.clone()] };
        let key = |key: &String| Access::Key(key.clone());
        let keys = properties.entries.iter().map(|entry| key(&entry.key));
        keys.map(|access| Variable::TaskResult { task: task.clone(), result: result.clone(), access }).collect()
    }

    /// How a result is read; `None` if its Task does not have it, which is reported.
    pub(super) fn read(&mut self, variable: &Variable, span: Span) -> Option<Read> {
        if let Variable::Status { task: Some(task), .. } = variable {
            let member = self.members.iter().position(|member| member.name() == task)?;
            let what = format!("the status of task {task}");
            return Some(Read { path: self.results.status_file(member), what, shape: Shape::Text });
        }
        let Variable::TaskResult { task, result, access } = variable else { return None };
        let Some(planned) = self.results.of_task(self.members, task, result) else {
            let message = format!("the Task of `{task}` has no result `{result}`");
            let place = Diagnostic::new(Code::ResultUnknown, message).at(span, format!("needed by `{}`", self.name()));
            self.diagnostics
                .push(place.help(format!("declare `{result}` in the results of that Task, or remove the reference")));
            return None;
        };
        let shape = match (access, planned.kind) {
            (Access::Index(index), ParamType::Array) => Shape::Element(*index),
            (Access::Key(key), ParamType::Object) => Shape::Key(key.clone()),
            (Access::Star, ParamType::Array) => Shape::Elements,
            (Access::Whole, ParamType::String) => Shape::Text,
            (access, kind) => {
                let message = format!("`$({variable})` does not fit the result, which is of type {}", kind.as_str());
                let help = format!("`{access}` asks for something that a result of type {} has not", kind.as_str());
                let place = Diagnostic::new(Code::ResultUnknown, message).at(planned.spec.name.span, "declared here");
                self.diagnostics.push(place.at(span, "used here").help(help));
                return None;
            }
        };
        let what = match shape {
            Shape::Text | Shape::Elements => format!("result {result} of task {task}"),
            _ => format!("result {result}{access} of task {task}"),
        };
        Some(Read { path: planned.file.clone(), what, shape })
    }

    /// A link step.
    pub(super) fn link(&mut self, plan: LinkPlan) -> Draft {
        let name = self.names.link(self.index, plan.nth).to_owned();
        let member = self.members[self.index];
        // They are not declared as results of the step: the entrypoint reads the files anyway, and would repeat declared ones
        // in the termination message.
        let write = |(read, value): (usize, String)| Write { read, to: result_file(&name, &value) };
        let writes: Vec<Write> = plan.values.into_values().map(write).collect();
        let may_be_empty = |read: &Read| read.shape == Shape::Elements && !self.results.is_gathered(&read.path);
        if plan.reads.iter().any(may_be_empty) {
            let stopped = self.members[self.index..].iter().map(Member::name);
            self.diagnostics.push(empty_array(self.name(), member.task.name.span).of(stopped));
        }
        let renders = !plan.renders.is_empty();
        let link = Link { member: member.own_name().to_owned(), reads: plan.reads, writes, renders: plan.renders };
        let script = shell::link_script(&link);
        let span = member.task.name.span;
        let (member, key, security) = (self.index, StepKey::Link(plan.nth), plan.security);
        let helper = Helper { name, member, key, script, security, span };
        let mut draft = self.helpers.step(helper);
        if renders {
            self.helpers.mount_scripts(&mut draft.fields, SCRIPTS, false, draft.span);
        }
        self.diagnostics.push(note(self.name(), &draft).of([self.name()]).without_changes());
        draft
    }

    fn holds_result(&self, template: &Template) -> bool {
        template.variables().any(|variable| self.is_inside(variable))
    }

    fn is_inside(&self, variable: &Variable) -> bool {
        self.outer.is_inside(variable)
    }

    pub(super) fn name(&self) -> &str {
        self.members[self.index].name()
    }

    fn about_step(&self, diagnostic: Diagnostic, draft: &Draft) -> Diagnostic {
        let StepKey::Step(step) = draft.key else { return diagnostic.of([self.name()]) };
        diagnostic.of([self.name()]).in_steps([self.members[self.index].step_name(step)])
    }
}

/// The place of a read in a list, which it joins if it is new.
pub(super) fn place(reads: &mut Vec<Read>, read: Read) -> usize {
    reads.iter().position(|other| *other == read).unwrap_or_else(|| {
        reads.push(read);
        reads.len() - 1
    })
}

/// A working directory as Tekton makes it absolute (`pkg/pod/workingdir_init.go`, v1.15).
fn absolute(directory: Template) -> Template {
    match directory.parts().first() {
        Some(Part::Text(text)) if !text.starts_with('/') => {
            let mut absolute = Template::text("/workspace/");
            absolute.append(directory);
            absolute
        }
        _ => directory,
    }
}

/// A text in which the dollars right before a result come in pairs. The kubelet makes one of two; unfused it saw the value
/// behind them and left a single one alone, now it would take it for the escape of `$(steps...)`. A param may end in dollars,
/// so behind one the reference itself is escaped: with one dollar more, it is right after any number of them.
fn even_dollars(template: &Template, is_result: impl Fn(&Variable) -> bool) -> Template {
    let mut result = Template::default();
    for (index, part) in template.parts().iter().enumerate() {
        let before_result =
            matches!(template.parts().get(index + 1), Some(Part::Variable { variable, .. }) if is_result(variable));
        match part {
            Part::Text(text) if before_result => {
                let dollars = text.len() - text.trim_end_matches('$').len();
                result.push(Part::Text(format!("{text}{}", "$".repeat(dollars % 2))));
            }
            Part::Variable { variable: Variable::Param(..), .. } if before_result => {
                result.push(part.clone());
                result.push(Part::Text("$".to_owned()));
            }
            part => result.push(part.clone()),
        }
    }
    result
}

/// A text of a StepAction's param, with one more dollar before each result. Tekton takes a param that begins with `$(steps.`
/// for a single reference and refuses more than one dot behind it (`replacementsFromStepResults`,
/// `pkg/reconciler/taskrun/resources/apply.go`, v1.15); with the dollar it is a text. The kubelet makes one dollar of two, also
/// where the StepAction has some before its param, and leaves the reference to the entrypoint. A whole array stays bare, and so
/// does a result of the member's own steps unless the param could begin with it.
fn escaped(param: &Template, is_result: impl Fn(&Variable) -> bool) -> Template {
    let mut result = Template::default();
    let mut begun = false;
    for part in param.parts() {
        match part {
            Part::Text(_) => begun = true,
            Part::Variable { variable, .. } => {
                let first = !begun && matches!(variable, Variable::StepResult { .. });
                if first || is_result(variable) && !is_whole_array(variable) {
                    result.push(Part::Text("$".to_owned()));
                    begun = true;
                }
            }
        }
        result.push(part.clone());
    }
    result
}

fn is_whole_array(variable: &Variable) -> bool {
    matches!(variable, Variable::TaskResult { access: Access::Star, .. })
}

/// `build-digest` for `tasks.build.results.digest`; dots would read as keys of an object.
fn value_name(variable: &Variable) -> String {
    let text = match variable {
        Variable::TaskResult { task, result, access } => format!("{task}-{result}{access}").replace("[*]", ""),
        Variable::Status { task: Some(task), property } => format!("{task}-{property}"),
        _ => "value".to_owned(),
    };
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{escaped, even_dollars};
    use crate::expr::{Template, Variable};
    use crate::fuse::tests::{at, fuse, pipeline};

    #[test]
    fn no_param_of_a_step_action_begins_with_a_step_result() {
        let is_result = |variable: &Variable| matches!(variable, Variable::TaskResult { .. });
        for (text, expected) in [
            ("$(tasks.a.results.r)", "$$(tasks.a.results.r)"),
            ("$(tasks.a.results.r), $(tasks.a.results.l[1])", "$$(tasks.a.results.r), $$(tasks.a.results.l[1])"),
            ("$$$(tasks.a.results.r)", "$$$$(tasks.a.results.r)"),
            ("$(params.p)$(tasks.a.results.r)", "$(params.p)$$(tasks.a.results.r)"),
            ("$(params.p)$(steps.s.results.r)", "$(params.p)$$(steps.s.results.r)"),
            ("$(steps.s.results.r)$(steps.s.results.q)", "$$(steps.s.results.r)$(steps.s.results.q)"),
            ("a $(steps.s.results.r) $(tasks.a.results.r)", "a $(steps.s.results.r) $$(tasks.a.results.r)"),
            ("$(tasks.a.results.l[*])", "$(tasks.a.results.l[*])"),
        ] {
            assert_eq!(escaped(&Template::parse(text), is_result).to_string(), expected);
        }
    }

    #[test]
    fn dollars_before_a_result_come_in_pairs() {
        let is_result = |variable: &Variable| matches!(variable, Variable::TaskResult { .. });
        for (text, expected) in [
            ("a$(tasks.a.results.r)", "a$(tasks.a.results.r)"),
            ("$$(tasks.a.results.r)", "$$$(tasks.a.results.r)"),
            ("$$$(tasks.a.results.r)", "$$$(tasks.a.results.r)"),
            ("$(params.p)$(tasks.a.results.r)", "$(params.p)$$(tasks.a.results.r)"),
            ("$(params.p)-$(tasks.a.results.r)", "$(params.p)-$(tasks.a.results.r)"),
            ("$(tasks.a.results.r)$(tasks.a.results.q)", "$(tasks.a.results.r)$(tasks.a.results.q)"),
        ] {
            assert_eq!(even_dollars(&Template::parse(text), is_result).to_string(), expected);
        }
    }

    #[test]
    fn only_params_are_told_of_as_such() {
        let one = "one taskSpec: {results: [{name: r}, {name: l, type: array}], steps: [{image: i, script: 'x > \
                   $(results.r.path); x > $(results.l.path)'}]}";
        let uses = |step: &str| {
            let two = format!(
                "two params: [{{name: r, value: $(tasks.one.results.r)}}, {{name: l, value: '$(tasks.one.results.l[*])'}}], \
                 taskSpec: {{params: [{{name: r}}, {{name: l, type: array}}], steps: [{{name: s, ref: {{name: a}}, {step}}}]}}"
            );
            let (roots, codes) = fuse(&pipeline(&[one, &two], ""));
            let told = codes.into_iter().filter(|code| ["TF449", "TF457"].contains(code)).collect::<Vec<_>>();
            (roots, told)
        };
        let (_, told) = uses("when: [{input: $(params.r), operator: in, values: [x]}]");
        assert!(told.is_empty(), "{told:?}");
        let (_, told) = uses("params: [{name: p, value: $(params.r)}]");
        assert_eq!(told, ["TF449"]);
        let (roots, told) = uses("params: [{name: p, value: '$(params.l[*])'}]");
        assert_eq!(told, ["TF449", "TF457"]);
        let value = at(&roots[0], "/spec/steps/2/params/0/value");
        assert_eq!(value, serde_json::json!(["$(steps.two-fuse-link.results.one-l[*])"]));
    }
}
