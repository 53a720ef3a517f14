//! Every way to say "these tasks together", read into one [`GroupPlan`].
//!
//! Nothing after this stage knows which surface asked. A surface is read into names (`Asked`); here the names become
//! tasks of the Pipeline, and what two surfaces say about one group is compared.

mod annotation;
mod asked;
mod command_line;
mod fields;
mod marks;
pub(crate) mod name;
mod options;
mod tasks;

use std::collections::HashMap;

use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::expr::{Template, Variable};
use crate::graph::TaskGraph;
use crate::model::{Pipeline, Text};
use crate::source::{Sources, Span};
use crate::yaml::{Edit, Node, Path, Segment, each_text};

use asked::{Asked, AskedMember};
pub use command_line::{Request, requests};
pub use marks::{Form, Mark, marks};
pub use options::Options;

/// The annotation that lists groups.
const ANNOTATION: &str = "tkn-fuse/groups";
/// The label on an embedded spec that names a group.
const LABEL: &str = "tkn-fuse/group";

/// When a member of a group runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// Once everything before it in the group is done, and only if none of that failed: what Tekton does with a task under
    /// `spec.tasks`.
    #[default]
    Plain,
    /// Also after members before it have failed: what Tekton does with a finally task.
    Always,
}

/// One group of one Pipeline.
#[derive(Clone, Debug)]
pub struct GroupPlan {
    /// The group's name: the name of the fused pipeline task.
    pub name: Text,
    /// The members as indices into `Pipeline::tasks`, in the order they are to run: topological, source order among
    /// equals.
    pub members: Vec<usize>,
    /// Where each of `members` was put into the group.
    pub places: Vec<Span>,
    /// When each of `members` runs: `Always` for every finally task.
    pub runs: Vec<Run>,
    /// Where the group was asked for.
    pub span: Span,
    /// What else it asks for.
    pub options: Options,
}

impl GroupPlan {
    /// Where a task was put into this group.
    pub fn place(&self, task: usize) -> Span {
        let at = self.members.iter().position(|&member| member == task);
        at.and_then(|at| self.places.get(at)).copied().unwrap_or(self.span)
    }

    /// When a task of this group runs; `Plain` for one that is no member.
    pub fn run(&self, task: usize) -> Run {
        let at = self.members.iter().position(|&member| member == task);
        at.and_then(|at| self.runs.get(at)).copied().unwrap_or_default()
    }

    /// The condition that all members share and that is known before the group starts: it is the fused task's.
    pub fn common_when<'p>(&self, pipeline: &'p Pipeline) -> Option<&'p Node> {
        let tasks = || self.members.iter().filter_map(|&member| pipeline.tasks.get(member));
        let first = tasks().next()?.when()?;
        let mut inside = false;
        each_text(first, &mut |text| {
            let template = Template::parse(text);
            let mut asked = template.variables().filter_map(Variable::task);
            inside |= asked.any(|name| tasks().any(|task| task.name.value == name));
        });
        let shared = || tasks().all(|task| task.when().is_some_and(|when| when.equivalent(first)));
        (!inside && shared()).then_some(first)
    }

    /// Whether any member runs also after a failure.
    pub fn always(&self) -> bool {
        self.runs.contains(&Run::Always)
    }
}

/// The groups of one Pipeline.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// In source order of their first members.
    pub groups: Vec<GroupPlan>,
    /// What takes the grouping marks out of the document.
    pub marks: Vec<Edit>,
}

/// Reads all groups of `pipeline`: from its document and from the `requests` of the command line that are meant for it.
///
/// A group comes back even if some of its members are unknown (which is reported), so that later checks can go on.
pub fn groups(
    sources: &Sources,
    pipeline: &Pipeline,
    requests: &[Request],
    graph: &TaskGraph,
    diagnostics: &mut Diagnostics,
) -> Grouping {
    let mut asked: Vec<Asked> = requests.iter().map(|request| request.asked.clone()).collect();
    let mut marks = Vec::new();
    tasks::fields(pipeline, &mut asked, &mut marks, diagnostics);
    lists(pipeline, &mut asked, &mut marks, diagnostics);
    annotation::groups(sources, pipeline, &mut asked, &mut marks, diagnostics);
    tasks::labels(pipeline, &mut asked, &mut marks, diagnostics);
    fields::check(pipeline, !asked.is_empty(), diagnostics);
    asked.iter_mut().for_each(|group| finally_runs(pipeline, group, diagnostics));
    let asked = merge(asked, diagnostics);
    let tasks = tasks_by_name(pipeline);
    let plan = |asked: &Asked| plan(pipeline, &tasks, asked, graph, diagnostics);
    let mut groups: Vec<_> = asked.iter().filter_map(plan).collect();
    groups.sort_by_key(|group| group.members.iter().min().copied());
    Grouping { groups, marks }
}

/// Warns about fields of a Pipeline that Tekton does not know as if it asked for groups.
pub fn unknown_fields(pipeline: &Pipeline, diagnostics: &mut Diagnostics) {
    fields::check(pipeline, true, diagnostics);
}

/// `spec.groups`, and `groups` at the root of the document as the proposal writes it.
fn lists(pipeline: &Pipeline, asked: &mut Vec<Asked>, marks: &mut Vec<Edit>, diagnostics: &mut Diagnostics) {
    let places = [(&pipeline.spec, pipeline.path.clone()), (&pipeline.root, root_path(pipeline))];
    for (node, mut path) in places {
        let Some(groups) = node.get("groups") else { continue };
        asked.extend(asked::list(groups, diagnostics));
        path.push("groups".into());
        marks.push(Edit::Remove(path));
    }
}

/// The way from the document's root to the Pipeline or, for an inline spec, to its run.
fn root_path(pipeline: &Pipeline) -> Path {
    let below = if pipeline.inline { 2 } else { 1 };
    pipeline.path[..pipeline.path.len().saturating_sub(below)].to_vec()
}

/// Takes out what stands at `way` below the node at `path`, and every mapping on the way that would be left empty.
fn take_out(node: &Node, path: &[Segment], way: &[&str]) -> Edit {
    let segments: Path = way.iter().map(|&key| Segment::from(key)).collect();
    let mut length = segments.len();
    while length > 1 {
        let parent = node.at(&segments[..length - 1]).and_then(Node::as_mapping);
        if parent.is_none_or(|mapping| mapping.entries.len() > 1) {
            break;
        }
        length -= 1;
    }
    Edit::Remove(path.iter().cloned().chain(segments.into_iter().take(length)).collect())
}

/// One entry per name: said twice is fine, said differently is an error.
fn merge(asked: Vec<Asked>, diagnostics: &mut Diagnostics) -> Vec<Asked> {
    let mut merged: Vec<Asked> = Vec::new();
    for group in asked {
        let Some(first) = merged.iter_mut().find(|other| other.name.value == group.name.value) else {
            merged.push(group);
            continue;
        };
        if let Some((one, two)) = first.options.join(&group.options) {
            let message = format!("two places ask for different options of the group `{}`", group.name.value);
            let place = Diagnostic::new(Code::GroupContradiction, message).at(one, "this here").at(two, "that here");
            diagnostics.push(place.help("write the same in both, or remove one"));
        }
        if first.member_runs() != group.member_runs() {
            let message = format!("two places say different things about the group `{}`", group.name.value);
            let says = |asked: &Asked| match asked.members.is_empty() {
                true => "no members here".to_owned(),
                false => format!("{} here", asked.member_list()),
            };
            let place = Diagnostic::new(Code::GroupContradiction, message).at(first.span, says(first));
            let place = place.at(group.span, says(&group));
            diagnostics.push(place.help(match first.member_names() == group.member_names() {
                true => "let the same members `run: always` in both, or remove one",
                false => "name the same members in both, remove one, or give one another name",
            }));
        }
    }
    merged
}

/// Lets finally tasks of a group run always; one that is said to run otherwise is an error.
fn finally_runs(pipeline: &Pipeline, asked: &mut Asked, diagnostics: &mut Diagnostics) {
    for member in &mut asked.members {
        let name = &member.name;
        let Some(task) = pipeline.tasks.iter().find(|task| task.name.value == name.value && task.finally) else {
            continue;
        };
        if member.run == Some(Run::Plain) {
            let message = format!("`{}` is a finally task, which runs also after a failure", name.value);
            let place = Diagnostic::new(Code::GroupContradiction, message).at(name.span, "said to run `plain` here");
            diagnostics.push(place.at(task.name.span, "under `finally`").help("remove `run: plain`"));
        }
        member.run = Some(Run::Always);
    }
}

/// The first task of each name.
fn tasks_by_name(pipeline: &Pipeline) -> HashMap<&str, usize> {
    let mut names = HashMap::new();
    for (index, task) in pipeline.tasks.iter().enumerate() {
        names.entry(task.name.value.as_str()).or_insert(index);
    }
    names
}

/// The group with its names turned into tasks; `None` if no member is left.
fn plan(
    pipeline: &Pipeline,
    tasks: &HashMap<&str, usize>,
    asked: &Asked,
    graph: &TaskGraph,
    diagnostics: &mut Diagnostics,
) -> Option<GroupPlan> {
    let mut found: Vec<(usize, &AskedMember)> = Vec::new();
    for member in &asked.members {
        let name = &member.name;
        match tasks.get(name.value.as_str()).copied() {
            None => diagnostics.push(unknown_member(pipeline, asked, name)),
            Some(task) => match found.iter().find(|(other, _)| *other == task) {
                Some(&(_, first)) => {
                    let message = format!("`{}` is named twice in the group `{}`", name.value, asked.name.value);
                    let place = Diagnostic::new(Code::RepeatedMember, message).at(name.span, "again");
                    diagnostics.push(place.at(first.name.span, "first here").help("remove one of them"));
                }
                None => found.push((task, member)),
            },
        }
    }
    if asked.members.is_empty() {
        let message = format!("the group `{}` has no members", asked.name.value);
        let place = Diagnostic::new(Code::EmptyGroup, message).at(asked.span, "nothing to fuse");
        diagnostics.push(place.help(format!("name two tasks or more: `{}: a, b`", asked.name.value)));
    }
    if let [only] = asked.member_names().into_iter().collect::<Vec<_>>()[..]
        && !found.is_empty()
        // A matrix becomes one pod out of many.
        && !found.iter().any(|(task, _)| pipeline.tasks[*task].field("matrix").is_some())
    {
        let message = format!("the group `{}` has one task, so nothing is fused with it", asked.name.value);
        let place = Diagnostic::new(Code::SingleMember, message).at(asked.span, format!("only `{only}`"));
        diagnostics.push(place.help("add the tasks that are to share its pod, or remove the group"));
    }
    let mut members = graph.order(&found.iter().map(|(task, _)| *task).collect::<Vec<_>>());
    // Finally tasks run after all others, whether they wait for one of them or not.
    members.sort_by_key(|&task| pipeline.tasks[task].finally);
    let said = |task: &usize| found.iter().find(|(other, _)| other == task).map(|(_, member)| *member);
    let places = members.iter().map(|task| said(task).map_or(asked.span, |member| member.name.span)).collect();
    let runs = members.iter().map(|task| said(task).map(AskedMember::run).unwrap_or_default()).collect();
    (!members.is_empty()).then(|| {
        let (name, options) = (asked.name.clone(), asked.options.clone());
        GroupPlan { name, members, places, runs, span: asked.span, options }
    })
}

fn unknown_member(pipeline: &Pipeline, asked: &Asked, member: &Text) -> Diagnostic {
    let known = || pipeline.tasks.iter().map(|task| task.name.value.as_str());
    let message = format!("`{}` in the group `{}` is no task of the Pipeline", member.value, asked.name.value);
    let help = match suggest(&member.value, known()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if pipeline.tasks.is_empty() => "write the Pipeline's tasks as a list under `tasks`".to_owned(),
        None => format!("name one of its tasks: {}", known().collect::<Vec<_>>().join(", ")),
    };
    Diagnostic::new(Code::UnknownMember, message).at(member.span, "no such task").help(help)
}

#[cfg(test)]
mod tests;
