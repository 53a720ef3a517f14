//! Where each result of a member lives: in a file that later members read, and in a result of the fused Task where
//! somebody outside reads it.
//!
//! A declared Task result is repeated in the termination message of every later step until it overflows
//! (`pkg/entrypoint/entrypointer.go`, v1.15), so only what leaves the group is declared, and as a step result where one
//! step is known to write it.

mod writers;

use std::collections::HashMap;

use super::member::Member;
use super::names::{FREE, Names, StepNames, result_file};
use super::{hint, matrix};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::expr::{Template, Variable};
use crate::model::{ParamType, ResultSpec};
use crate::shell::FileText;
use crate::yaml::Node;
use writers::{Mentions, Writers, file_name};

/// Tekton's directory for results, one for all steps of a pod.
pub(super) const DIRECTORY: &str = "/tekton/results";

/// A result of a member.
#[derive(Debug)]
pub(super) struct PlannedResult {
    /// Its name in its own Task.
    pub(super) name: String,
    /// Its type.
    pub(super) kind: ParamType,
    /// What its steps write to, in terms of the fused Task: a path or a variable.
    pub(super) written: Template,
    /// The file that other steps read.
    pub(super) file: String,
    /// How it leaves the group.
    pub(super) export: Option<Export>,
    /// Moved to `file` after the member, from the path that the Task writes without naming it.
    pub(super) collected: Option<String>,
    /// Whether something stands for it outside of the group when its member is skipped.
    pub(super) stands_in: bool,
    /// An array of what the copies of a member wrote, of which there is nothing if none wrote any.
    pub(super) gathered: bool,
    /// The declaration.
    pub(super) spec: ResultSpec,
}

impl PlannedResult {
    /// A value of the right type, with so many elements if it is an array: Tekton fails the run over one that is not there.
    fn stand_in(&self, items: usize) -> String {
        let keys = self.spec.node.get("properties").and_then(Node::as_mapping);
        match self.kind {
            ParamType::String => String::new(),
            ParamType::Array => serde_json::json!(vec![""; items.min(STAND_IN_ITEMS)]).to_string(),
            ParamType::Object => {
                let keys = keys.into_iter().flat_map(|keys| &keys.entries);
                let empty = keys.map(|entry| (entry.key.clone(), serde_json::Value::from("")));
                serde_json::Value::Object(empty.collect()).to_string()
            }
        }
    }
}

/// A result that the fused Task declares.
#[derive(Debug)]
pub(super) struct Export {
    /// Its name in the fused Task.
    pub(super) name: String,
    /// The step that writes it, with the step's name for it; `None`: a plain Task result.
    pub(super) step: Option<(StepKey, String)>,
    /// Whether `step` has to declare it (it may have done so already).
    pub(super) declare: bool,
}

/// A step of the fused Task before it is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKey {
    /// A step of the member's Task.
    Step(usize),
    /// The collector step after the member.
    Collector,
    /// The step after the last copy that gathers the results of all.
    Gather,
    /// The how many-th step that counts elements, before the first copy.
    Count(usize),
    /// The how many-th link step before the member.
    Link(usize),
    /// The how many-th gate step of the member.
    Gate(usize),
    /// The last step of the group.
    Verdict,
}

/// The results of a group, by member.
#[derive(Debug, Default)]
pub(super) struct Results {
    members: Vec<Vec<PlannedResult>>,
    /// Names for whether each member ran.
    ran: Vec<String>,
    /// Names for the status of each member.
    statuses: Vec<String>,
}

/// The results that anything outside of the group reads, (member's name, result's name), with the number of elements that are
/// taken one by one.
pub(super) type OutsideReads = HashMap<(String, String), usize>;

/// The most elements that a stand-in for an array has.
const STAND_IN_ITEMS: usize = 100;

impl Results {
    /// Decides for every result of every member. `step_names` are the names of the fused steps; `skippable` members leave a
    /// stand-in for a result that is read outside.
    pub(super) fn plan(
        members: &[Member<'_>],
        step_names: &StepNames,
        outside: &OutsideReads,
        skippable: &[bool],
        copies: &matrix::Plan,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let writers: Vec<Vec<Writers>> = members.iter().map(Writers::of_member).collect();
        let mut planner = Planner {
            outside,
            step_names,
            skippable,
            names: Names::new(FREE),
            hard_coded: hard_coded_names(members, &writers),
        };
        planner.reserve_exact_names(members, diagnostics);
        let plan = |(index, (member, writers)): (usize, (&Member<'_>, Vec<Writers>))| {
            let specs = member.resolved.spec.results.iter().zip(writers);
            let mut planned: Vec<PlannedResult> =
                specs.map(|(spec, writers)| planner.result(index, member, spec, &writers)).collect();
            let specs = member.spec().results.iter();
            planned.extend(specs.filter_map(|spec| {
                Some(planner.gathered(index, member, spec, copies.gathered(index, &spec.name.value)?))
            }));
            planned
        };
        let planned = members.iter().zip(writers).enumerate().map(plan).collect();
        let mut named = |what: &str| -> Vec<String> {
            members.iter().map(|member| planner.names.take(&format!("{}-{what}", member.name()))).collect()
        };
        let (ran, statuses) = (named("ran"), named("status"));
        Self { members: planned, ran, statuses }
    }

    /// The name of the result that tells whether a member ran: `true`, `false` if its own `when` said no, `parent` if it was
    /// skipped because of others.
    pub(super) fn ran(&self, member: usize) -> &str {
        self.ran.get(member).map_or("", String::as_str)
    }

    /// Its file.
    pub(super) fn ran_file(&self, member: usize) -> String {
        format!("{DIRECTORY}/{}", self.ran(member))
    }

    /// The name of the result that tells a member's status: `None`, `Failed` or `Succeeded`.
    pub(super) fn status(&self, member: usize) -> &str {
        self.statuses.get(member).map_or("", String::as_str)
    }

    /// Its file.
    pub(super) fn status_file(&self, member: usize) -> String {
        format!("{DIRECTORY}/{}", self.status(member))
    }

    /// What stands for the results that are read outside of the group when their member is skipped. Their readers are, too,
    /// but Tekton looks for the results first.
    pub(super) fn stand_ins(&self, member: usize, name: &str, outside: &OutsideReads) -> Vec<FileText> {
        let read = self.of(member).iter().filter(|result| result.stands_in);
        let items = |result: &PlannedResult| outside.get(&(name.to_owned(), result.name.clone())).copied();
        let text = |result: &PlannedResult| result.stand_in(items(result).unwrap_or_default());
        read.map(|result| FileText { path: result.file.clone(), text: text(result) }).collect()
    }

    /// Whether a member has files in Tekton's directory of results.
    pub(super) fn has_files(&self, member: usize) -> bool {
        self.of(member).iter().any(|result| result.file.starts_with(DIRECTORY))
    }

    /// Whether a file holds what is gathered of copies.
    pub(super) fn is_gathered(&self, file: &str) -> bool {
        self.members.iter().flatten().any(|result| result.gathered && result.file == file)
    }

    /// The result of a member, if its Task declares it.
    pub(super) fn get(&self, member: usize, name: &str) -> Option<&PlannedResult> {
        self.of(member).iter().find(|result| result.name == name)
    }

    /// The result that `tasks.TASK.results.NAME` is: of the member of that name, or what is gathered of its copies.
    pub(super) fn of_task(&self, members: &[Member<'_>], task: &str, name: &str) -> Option<&PlannedResult> {
        let producer = members.iter().rposition(|member| member.name() == task)?;
        self.of(producer).iter().rfind(|result| result.name == name)
    }

    /// The array of what all copies of a member wrote, for the last copy.
    pub(super) fn gathered(&self, member: usize, name: &str) -> Option<&PlannedResult> {
        self.of(member).iter().find(|result| result.gathered && result.name == name)
    }

    /// The results of a member in the order its Task declares them, behind the last copy's those that are gathered of all.
    pub(super) fn of(&self, member: usize) -> &[PlannedResult] {
        self.members.get(member).map_or(&[], Vec::as_slice)
    }
}

struct Planner<'a> {
    outside: &'a OutsideReads,
    step_names: &'a StepNames,
    skippable: &'a [bool],
    /// Of results and of files in Tekton's directory at once: a plain result has the file of its name.
    names: Names,
    /// How many members write a name without naming its variable. Names that differ by case are two files and, unlike params
    /// and workspaces, two results to Tekton: they do not clash.
    hard_coded: HashMap<String, usize>,
}

impl Planner<'_> {
    /// Whether somebody outside of the group reads a result.
    fn is_read(&self, member: &Member<'_>, spec: &ResultSpec) -> bool {
        self.outside.contains_key(&(member.name().to_owned(), spec.name.value.clone()))
    }

    /// Files that stay at a hard-coded path must not be given to anybody else, and names that Chains reads whole are kept.
    fn reserve_exact_names(&mut self, members: &[Member<'_>], diagnostics: &mut Diagnostics) {
        for name in self.hard_coded.keys() {
            self.names.take_exactly(name);
        }
        for exact in hint::EXACT {
            let owners: Vec<&ResultSpec> = members.iter().filter_map(|member| member.result(exact)).collect();
            if let [first, second, ..] = owners.as_slice() {
                let message =
                    format!("two members have a result `{exact}`, which Tekton Chains reads by its whole name");
                let place = Diagnostic::new(Code::ChainsNames, message).at(first.name.span, "one");
                let place = place.at(second.name.span, "the other");
                diagnostics.push(place.help("leave one of the two tasks out of the group if Chains is to see both"));
            }
        }
    }

    fn result(&mut self, index: usize, member: &Member<'_>, spec: &ResultSpec, writers: &Writers) -> PlannedResult {
        let is_read = self.is_read(member, spec);
        let stands_in = is_read && member.copy.is_none() && self.skippable.get(index) == Some(&true);
        let leaves = is_read && member.copy.is_none() || hint::is_hint(&spec.name.value);
        PlannedResult { stands_in, ..self.place(index, member, spec, writers, leaves, stands_in) }
    }

    /// Where a result lives; one that `leaves` the group is a result of the fused Task, one that `stands_in` a plain one.
    fn place(
        &mut self,
        index: usize,
        member: &Member<'_>,
        spec: &ResultSpec,
        writers: &Writers,
        leaves: bool,
        stands_in: bool,
    ) -> PlannedResult {
        let name = &spec.name.value;
        if writers.hard_coded {
            return self.hard_coded(index, member, spec, leaves, stands_in);
        }
        let fused_name = self.name(member, name, leaves);
        if let Some((step, result)) = writers.handed_on(spec) {
            if stands_in {
                return Self::collected(spec, self.step_names.result_file(index, step, &result), fused_name);
            }
            return self.handed_on(index, spec, step, &result, leaves.then_some(fused_name));
        }
        if let (true, Some(step)) =
            (leaves && !stands_in, writers.single().filter(|step| can_declare(member, *step, name)))
        {
            let file = self.step_names.result_file(index, step, name);
            let written = Template::variable(Variable::StepResultPath(name.clone()));
            let step = Some((StepKey::Step(step), name.clone()));
            return planned(spec, written, file, Some(Export { name: fused_name, step, declare: true }), None);
        }
        let file = format!("{DIRECTORY}/{fused_name}");
        let export = leaves.then_some(Export { name: fused_name, step: None, declare: false });
        planned(spec, Template::text(file.clone()), file, export, None)
    }

    /// A result of all copies of a member: an array in the file `to` of the step that gathers it.
    fn gathered(&mut self, index: usize, member: &Member<'_>, spec: &ResultSpec, to: String) -> PlannedResult {
        let name = &spec.name.value;
        let leaves = self.is_read(member, spec);
        let stands_in = leaves && self.skippable.get(index) == Some(&true);
        let all = ResultSpec { kind: ParamType::Array, ..spec.clone() };
        let fused_name = leaves.then(|| self.names.take(&format!("{}-{}", member.name(), name.replace('.', "-"))));
        let (file, step) = match &fused_name {
            Some(fused_name) if stands_in => (format!("{DIRECTORY}/{fused_name}"), None),
            _ => (to, Some((StepKey::Gather, name.clone()))),
        };
        let export = fused_name.map(|name| Export { name, declare: step.is_some(), step });
        let result = planned(&all, Template::text(file.clone()), file, export, None);
        PlannedResult { gathered: true, stands_in, ..result }
    }

    /// `value: $(steps.s.results.r)`: the step's own result is the file.
    fn handed_on(
        &self,
        index: usize,
        spec: &ResultSpec,
        step: usize,
        result: &str,
        export: Option<String>,
    ) -> PlannedResult {
        let file = self.step_names.result_file(index, step, result);
        let step = Some((StepKey::Step(step), result.to_owned()));
        let export = export.map(|name| Export { name, step, declare: false });
        planned(spec, Template::text(file.clone()), file, export, None)
    }

    /// The file stays where the Task writes it; only where two members write the same name a collector moves it away.
    fn hard_coded(
        &mut self,
        index: usize,
        member: &Member<'_>,
        spec: &ResultSpec,
        leaves: bool,
        stands_in: bool,
    ) -> PlannedResult {
        let name = &spec.name.value;
        let written = format!("{DIRECTORY}/{name}");
        if self.hard_coded.get(name).is_none_or(|count| *count == 1) {
            let export = leaves.then(|| Export { name: name.clone(), step: None, declare: false });
            return planned(spec, Template::text(written.clone()), written, export, None);
        }
        let fused_name = self.name(member, name, leaves);
        if stands_in {
            return Self::collected(spec, written, fused_name);
        }
        let file = result_file(self.step_names.collector(index), name);
        let step = Some((StepKey::Collector, name.clone()));
        let export = leaves.then_some(Export { name: fused_name, step, declare: true });
        planned(spec, Template::text(written.clone()), file, export, Some(written))
    }

    /// A plain result, to which a collector brings what the member writes elsewhere.
    fn collected(spec: &ResultSpec, from: String, name: String) -> PlannedResult {
        let file = format!("{DIRECTORY}/{name}");
        let export = Some(Export { name, step: None, declare: false });
        planned(spec, Template::text(from.clone()), file, export, Some(from))
    }

    /// The result's name in the fused Task; names that Chains reads whole are kept while they are free.
    fn name(&mut self, member: &Member<'_>, result: &str, leaves: bool) -> String {
        let kept = (leaves && hint::EXACT.contains(&result)).then(|| self.names.take_exactly(result)).flatten();
        kept.unwrap_or_else(|| self.names.take(&format!("{}-{}", member.own_name(), result.replace('.', "-"))))
    }
}

/// Whether a step can have a result of this name: one with `ref` cannot have any, and it may have one already.
fn can_declare(member: &Member<'_>, step: usize, name: &str) -> bool {
    let Some(step) = member.spec().steps.get(step) else { return false };
    let own = step.get("results").and_then(Node::as_sequence).unwrap_or_default();
    step.get("ref").is_none() && !own.iter().any(|result| result.get("name").and_then(Node::as_str) == Some(name))
}

/// The members whose texts name the directory of results without a file, each with its place in the group: they see what
/// lies there of others.
pub(super) fn directory_readers<'m>(members: &'m [Member<'m>]) -> impl Iterator<Item = (usize, &'m Member<'m>)> {
    members.iter().enumerate().filter(|(_, member)| {
        let spec = member.spec();
        let mut containers = spec.steps.iter().chain(&spec.sidecars).chain(&spec.step_template);
        containers.any(|node| Mentions::of(member, node).literals.iter().any(|rest| file_name(rest).is_empty()))
    })
}

fn planned(
    spec: &ResultSpec,
    written: Template,
    file: String,
    export: Option<Export>,
    collected: Option<String>,
) -> PlannedResult {
    PlannedResult {
        name: spec.name.value.clone(),
        kind: spec.kind,
        written,
        file,
        export,
        collected,
        stands_in: false,
        gathered: false,
        spec: spec.clone(),
    }
}

/// How often each name is written to a hard-coded path in the group.
fn hard_coded_names(members: &[Member<'_>], writers: &[Vec<Writers>]) -> HashMap<String, usize> {
    let mut names = HashMap::new();
    for (member, writers) in members.iter().zip(writers) {
        let specs = member.resolved.spec.results.iter().zip(writers).filter(|(_, writers)| writers.hard_coded);
        for (spec, _) in specs {
            *names.entry(spec.name.value.clone()).or_default() += 1;
        }
    }
    names
}

#[cfg(test)]
mod tests;
