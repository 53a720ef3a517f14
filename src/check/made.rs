//! What a member needs when the pod starts although an earlier member only makes it: an image, a Secret, a ConfigMap.
//!
//! The kubelet pulls the images and mounts the volumes of all steps of a pod before the first of them runs. Nothing says that
//! a Task makes a thing, so this goes by the traces of it: the name in a param or in a command of an earlier member.

use super::terms::{Terms, normal};
use super::{Subject, cut};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::group::GroupPlan;
use crate::model::TaskSpec;
use crate::source::{Sources, Span};
use crate::yaml::Node;

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    for group in subject.groups {
        let members: Vec<Member> = group.members.iter().filter_map(|&index| Member::of(subject, index)).collect();
        let mut known: Vec<&Need> = Vec::new();
        for (at, member) in members.iter().enumerate() {
            for need in &member.needs {
                if known.iter().any(|other| other.same(need)) {
                    continue;
                }
                known.push(need);
                let maker = members[..at].iter().find_map(|earlier| Some((earlier, earlier.makes(subject, need)?)));
                if let Some((maker, place)) = maker {
                    diagnostics.push(told(subject, group, (member, need), (maker, place)));
                }
            }
        }
    }
}

fn told(
    subject: &Subject<'_>,
    group: &GroupPlan,
    (member, need): (&Member, &Need),
    (maker, place): (&Member, Span),
) -> Diagnostic {
    let (user, maker_name) = (subject.name(member.index), subject.name(maker.index));
    let message = format!(
        "`{user}` needs the {} `{}` when the pod starts, and `{maker_name}` in the same pod seems to make it",
        need.kind.as_str(),
        need.name
    );
    let place = Diagnostic::new(Code::MadeInGroup, message)
        .at(need.span, format!("`{user}` needs it before the first step runs"))
        .at(place, format!("`{maker_name}` names it here"));
    subject.about(place, group, &group.members).help(cut::before(subject, group, member.index))
}

/// What must be there when a pod starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NeedKind {
    Image,
    Secret,
    ConfigMap,
}

impl NeedKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }

    /// Words one of which stands in a command that makes such a thing.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Image => &["push", "destination", "dest"],
            Self::Secret => &["secret"],
            Self::ConfigMap => &["configmap", "cm"],
        }
    }

    /// What may stand inside such a name, so that it is no end of it.
    fn in_name(self, c: char) -> bool {
        c.is_ascii_alphanumeric() || "-_.".contains(c) || self == Self::Image && "/:@".contains(c)
    }
}

/// Something that a member needs when its pod starts.
#[derive(Debug)]
struct Need {
    kind: NeedKind,
    /// Its name in the Pipeline's terms.
    name: String,
    span: Span,
}

impl Need {
    fn same(&self, other: &Self) -> bool {
        (self.kind, &self.name) == (other.kind, &other.name)
    }

    /// Whether the name stands in `text` as a whole.
    fn is_in(&self, text: &str) -> bool {
        let whole = |(at, _): (usize, &str)| {
            let (before, after) = (&text[..at], &text[at + self.name.len()..]);
            // `docker://IMAGE` is the image.
            let begins = before.ends_with("//") || !before.ends_with(|c| self.kind.in_name(c));
            begins && !after.starts_with(|c| self.kind.in_name(c))
        };
        text.match_indices(&self.name).any(whole)
    }
}

/// A member with what it needs and what it says.
struct Member {
    index: usize,
    needs: Vec<Need>,
    /// The values of its params.
    values: Vec<(String, Span)>,
    /// Its commands and scripts in the Pipeline's terms.
    commands: Vec<(String, Span)>,
}

impl Member {
    fn of(subject: &Subject<'_>, index: usize) -> Option<Self> {
        let spec = subject.resolved(index)?.spec;
        let terms = Terms::of(subject.task(index), spec);
        let texts =
            terms.values.iter().flat_map(|(_, value, span)| value.templates().map(|text| (normal(text), *span)));
        Some(Self {
            index,
            needs: needs(spec, &terms),
            values: texts.collect(),
            commands: spec.steps.iter().flat_map(|step| commands(step, &terms)).collect(),
        })
    }

    /// Where this member seems to make what another one needs.
    fn makes(&self, subject: &Subject<'_>, need: &Need) -> Option<Span> {
        let by_words = |text: &str| {
            let text = text.to_lowercase();
            let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| need.kind.words().contains(&word))
        };
        let is_value = |text: &str| need.kind == NeedKind::Image || by_words(text);
        let value = self.values.iter().find(|(text, _)| need.is_in(text) && is_value(text));
        let command = || self.commands.iter().find(|(text, _)| need.is_in(text) && by_words(text));
        let span = value.or_else(command)?.1;
        Some(narrow(subject.sources, span, &need.name))
    }
}

/// The place of the name itself, if it is spelled out.
fn narrow(sources: &Sources, span: Span, name: &str) -> Span {
    let Some(at) = sources.text(span).find(name) else { return span };
    let start = span.range().start + at;
    Span::new(span.source, start..start + name.len())
}

/// The command with its arguments as one text, and the script.
fn commands(step: &Node, terms: &Terms<'_>) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let list = |key| step.get(key).and_then(Node::as_sequence).unwrap_or_default().iter();
    let words: Vec<&Node> = list("command").chain(list("args")).collect();
    if let Some(first) = words.first() {
        let text = words.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join(" ");
        let span = words.last().map_or(first.span, |last| Span { end: last.span.end, ..first.span });
        found.push((terms.text(&text), span));
    }
    if let Some((script, text)) = step.get("script").and_then(|script| Some((script, script.as_str()?))) {
        found.push((terms.text(text), script.span));
    }
    found
}

fn needs(spec: &TaskSpec, terms: &Terms<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut need = |kind: NeedKind, node: Option<&Node>| {
        let Some((node, text)) = node.and_then(|node| Some((node, node.as_str()?))) else { return };
        let name = terms.text(text);
        if !name.is_empty() {
            needs.push(Need { kind, name, span: node.span });
        }
    };
    for container in spec.steps.iter().chain(&spec.sidecars).chain(&spec.step_template) {
        need(NeedKind::Image, container.get("image"));
        for env in items(container, "env").iter().filter_map(|env| env.get("valueFrom")) {
            need(NeedKind::Secret, named(env, "secretKeyRef", "name"));
            need(NeedKind::ConfigMap, named(env, "configMapKeyRef", "name"));
        }
        for env in items(container, "envFrom") {
            need(NeedKind::Secret, named(env, "secretRef", "name"));
            need(NeedKind::ConfigMap, named(env, "configMapRef", "name"));
        }
    }
    for volume in &spec.volumes {
        need(NeedKind::Secret, named(volume, "secret", "secretName"));
        need(NeedKind::ConfigMap, named(volume, "configMap", "name"));
        for source in volume.get("projected").map_or(&[][..], |projected| items(projected, "sources")) {
            need(NeedKind::Secret, named(source, "secret", "name"));
            need(NeedKind::ConfigMap, named(source, "configMap", "name"));
        }
    }
    needs
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    node.get(key).and_then(Node::as_sequence).unwrap_or_default()
}

fn named<'n>(node: &'n Node, kind: &str, key: &str) -> Option<&'n Node> {
    node.get(kind)?.get(key)
}
