//! What a group can ask for besides its members.

use super::asked::unreadable;
use crate::diag::{Code, Diagnostic, Diagnostics, enumerate, suggest};
use crate::model::Text;
use crate::resources::Strategy;
use crate::source::Span;
use crate::yaml::{Mapping, Node};

/// The options of a group.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Workspaces of the Pipeline that become emptyDir volumes of the fused Task.
    pub empty_dir: Vec<Text>,
    /// The image of helper steps.
    pub helper_image: Option<Text>,
    /// Where `retries: whole-group` stands: the group is tried again as a whole, as often as the member that may be tried
    /// again most often.
    pub retries: Option<Span>,
    /// How the pod's requests come from those of the steps, and where that is said.
    pub requests: Option<(Strategy, Span)>,
}

impl Options {
    /// Takes over what only `other` asks for; comes back with the places of something that both ask for, but not the same.
    pub(super) fn join(&mut self, other: &Self) -> Option<(Span, Span)> {
        let mut differ = None;
        let mut same = |ours: &[Text], theirs: &[Text]| {
            let has = |texts: &[Text], text: &Text| texts.iter().any(|other| other.value == text.value);
            let odd = |&(one, two): &(&Text, &Text)| !has(theirs, one) || !has(ours, two);
            let pairs = ours.iter().flat_map(|one| theirs.iter().map(move |two| (one, two)));
            differ = differ.or(pairs.filter(|pair| odd(pair)).map(|(one, two)| (one.span, two.span)).next());
        };
        same(&self.empty_dir, &other.empty_dir);
        same(self.helper_image.as_slice(), other.helper_image.as_slice());
        if self.empty_dir.is_empty() {
            self.empty_dir.clone_from(&other.empty_dir);
        }
        self.helper_image = self.helper_image.take().or_else(|| other.helper_image.clone());
        self.retries = self.retries.or(other.retries);
        let other_requests = self.requests.zip(other.requests).filter(|(ours, theirs)| ours.0 != theirs.0);
        differ = differ.or(other_requests.map(|(ours, theirs)| (ours.1, theirs.1)));
        self.requests = self.requests.or(other.requests);
        differ
    }
}

/// Options that this version does.
const KNOWN: [&str; 6] = ["name", "tasks", "emptyDir", "helperImage", "requests", "retries"];

/// The only value of `retries`.
const WHOLE_GROUP: &str = "whole-group";

/// Options that are planned.
const FUTURE: [&str; 2] = ["timeout", "serviceAccountName"];

/// Reads the options of a group in its mapping form.
pub(super) fn options(mapping: &Mapping, diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    for entry in &mapping.entries {
        let key = entry.key.as_str();
        match key {
            "name" | "tasks" => {}
            "emptyDir" => options.empty_dir = texts(&entry.value, "workspaces of the Pipeline", diagnostics),
            "helperImage" => options.helper_image = texts(&entry.value, "one image", diagnostics).pop(),
            "requests" => options.requests = requests(&entry.value, diagnostics),
            "retries" if entry.value.as_str() == Some(WHOLE_GROUP) => options.retries = Some(entry.value.span),
            "retries" => {
                let message = "a group is tried again as a whole, as often as its members say";
                diagnostics.push(unreadable(message, &entry.value, &format!("write `retries: {WHOLE_GROUP}`")));
            }
            _ if FUTURE.contains(&key) => {
                let message = format!("the option `{key}` of a group is not supported yet");
                let place = Diagnostic::new(Code::OptionNotSupported, message).at(entry.key_span, "this option");
                diagnostics.push(place.help(format!("remove `{key}`")));
            }
            _ => {
                let help = match suggest(key, KNOWN.into_iter().chain(FUTURE)) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => {
                        format!("remove `{key}`; a group has {}", enumerate(KNOWN.into_iter()))
                    }
                };
                let message = format!("a group has no option `{key}`");
                let place = Diagnostic::new(Code::UnknownOption, message).at(entry.key_span, "unknown");
                diagnostics.push(place.help(help));
            }
        }
    }
    options
}

/// How the requests of the pod come from those of the steps.
fn requests(node: &Node, diagnostics: &mut Diagnostics) -> Option<(Strategy, Span)> {
    match node.as_str() {
        Some("max") => Some((Strategy::Max, node.span)),
        Some("sum") => Some((Strategy::Sum, node.span)),
        _ => {
            let message = "the requests of a pod are the `max` of its steps, or their `sum`";
            diagnostics.push(unreadable(message, node, "write `requests: max` or `requests: sum`"));
            None
        }
    }
}

/// One string or a list of them.
fn texts(node: &Node, what: &str, diagnostics: &mut Diagnostics) -> Vec<Text> {
    let items = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    let mut texts = Vec::new();
    for item in items {
        match item.as_str() {
            Some(text) => texts.push(Text::new(text, item.span)),
            None => diagnostics.push(unreadable(&format!("this option names {what}"), item, "write a string")),
        }
    }
    texts
}
