//! `--group [PIPELINE/]NAME=a,b,c`.

use super::asked::{self, Asked, AskedMember};
use super::options::Options;
use crate::diag::{Code, Diagnostic, Diagnostics, suggest};
use crate::model::{Pipeline, Text};
use crate::source::{SourceId, Sources, Span};

/// A group that the command line asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The Pipeline it is meant for, if it says so.
    pub pipeline: Option<Text>,
    pub(super) asked: Asked,
}

/// Reads the values of `--group` and gives each to the Pipeline it is meant for: what comes back stands beside
/// `pipelines`. Without a Pipeline's name, exactly one must have all members; the only Pipeline there is takes it in any
/// case, so that a slip in a member is reported as one.
pub fn requests(
    sources: &Sources,
    values: &[SourceId],
    pipelines: &[&Pipeline],
    diagnostics: &mut Diagnostics,
) -> Vec<Vec<Request>> {
    let mut given = vec![Vec::new(); pipelines.len()];
    for &value in values {
        let Some(request) = request(sources, value, diagnostics) else { continue };
        let fits = |pipeline: &&Pipeline| match &request.pipeline {
            Some(name) => pipeline.name.value == name.value,
            None => pipelines.len() == 1 || missing(pipeline, &request).next().is_none(),
        };
        let found: Vec<usize> = (0..pipelines.len()).filter(|&at| fits(&pipelines[at])).collect();
        match found.as_slice() {
            [one] => given[*one].push(request),
            [] => diagnostics.push(no_pipeline(&request, pipelines)),
            _ => diagnostics.push(several(&request, found.iter().map(|&at| pipelines[at]))),
        }
    }
    given
}

/// The members that a Pipeline does not have.
fn missing<'a>(pipeline: &'a Pipeline, request: &'a Request) -> impl Iterator<Item = &'a str> {
    let names = request.asked.members.iter().map(|member| member.name.value.as_str());
    names.filter(|name| pipeline.tasks.iter().all(|task| task.name.value != *name))
}

fn request(sources: &Sources, source: SourceId, diagnostics: &mut Diagnostics) -> Option<Request> {
    let text = sources.get(source).text.as_str();
    let span = |start: usize, part: &str| Span::new(source, start..start + part.len());
    let Some((left, right)) = text.split_once('=') else {
        let message = "a `--group` says which tasks belong together";
        let place = Diagnostic::new(Code::GroupSyntax, message).at(span(0, text), "no `=` in it");
        diagnostics.push(place.help("write `--group NAME=a,b` or `--group PIPELINE/NAME=a,b`"));
        return None;
    };
    let (pipeline, name) = match left.rsplit_once('/') {
        Some((pipeline, name)) => (Some(Text::new(pipeline, span(0, pipeline))), name),
        None => (None, left),
    };
    let name = Text::new(name, span(left.len() - name.len(), name));
    let offset = left.len() + 1;
    let member = |(at, name): (usize, &str)| AskedMember::named(Text::new(name, span(offset + at, name)));
    let members: Vec<AskedMember> = asked::split(right).map(member).collect();
    if members.is_empty() {
        let message = format!("the group `{}` has no members", name.value);
        let place = Diagnostic::new(Code::EmptyGroup, message).at(span(0, text), "nothing after the `=`");
        diagnostics.push(place.help(format!("write `--group {left}=a,b`")));
        return None;
    }
    Some(Request { pipeline, asked: Asked { name, members, span: span(0, text), options: Options::default() } })
}

fn no_pipeline(request: &Request, pipelines: &[&Pipeline]) -> Diagnostic {
    let names = || pipelines.iter().map(|pipeline| pipeline.name.value.as_str());
    let found = if pipelines.is_empty() { "none".to_owned() } else { names().collect::<Vec<_>>().join(", ") };
    if let Some(name) = &request.pipeline {
        let message = format!("no Pipeline of the inputs is called `{}`", name.value);
        let help = match suggest(&name.value, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("Pipelines of the inputs: {found}"),
        };
        return Diagnostic::new(Code::NoSuchPipeline, message).at(name.span, "no such Pipeline").help(help);
    }
    let message = format!("no Pipeline of the inputs has all tasks of the group `{}`", request.asked.name.value);
    let mut place = Diagnostic::new(Code::NoSuchPipeline, message).at(request.asked.span, "this group");
    for pipeline in pipelines {
        let lacks: Vec<_> = missing(pipeline, request).map(|name| format!("`{name}`")).collect();
        place = place.at(pipeline.name.span, format!("`{}` has no {}", pipeline.name.value, lacks.join(", ")));
    }
    place.help(format!("name tasks of one Pipeline; Pipelines of the inputs: {found}"))
}

fn several<'a>(request: &Request, found: impl Iterator<Item = &'a Pipeline>) -> Diagnostic {
    let (name, members) = (&request.asked.name.value, request.asked.member_list().replace(' ', ""));
    let message = match &request.pipeline {
        Some(pipeline) => format!("several Pipelines of the inputs are called `{}`", pipeline.value),
        None => format!("several Pipelines of the inputs have all tasks of the group `{name}`"),
    };
    let mut place = Diagnostic::new(Code::AmbiguousPipeline, message).at(request.asked.span, "which one is meant?");
    let mut names = Vec::new();
    for pipeline in found {
        place = place.at(pipeline.name.span, "this one fits");
        names.push(format!("`--group {}/{name}={members}`", pipeline.name.value));
    }
    names.dedup();
    match (&request.pipeline, names.len()) {
        (None, 2..) => place.help(format!("write {}", names.join(" or "))),
        _ => place.help("pass only one of them, or mark the group in its source"),
    }
}
