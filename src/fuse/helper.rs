//! Helper steps: small shell steps that the compiler puts between those of the members.

use super::names::STEP;
use super::results::StepKey;
use super::steps::Draft;
use super::volumes::empty_dir;
use crate::expr::Template;
use crate::source::Span;
use crate::yaml::{Mapping, Node, ScalarKind};

/// The image that Tekton itself puts into every pod that has scripts (`-shell-image` in `config/controller.yaml`, v1.15):
/// nodes have it already.
pub const IMAGE: &str =
    "cgr.dev/chainguard/busybox@sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791";

/// What a helper step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelperKind {
    /// Hands results of the group to a member that cannot read them by itself.
    Link,
    /// Brings results to where others look for them.
    Collector,
    /// Counts the elements of a param on which the number of a member's copies depends.
    Count,
    /// Decides whether steps run, and writes down what has become of others.
    Gate,
    /// Ends the group.
    Verdict,
}

impl HelperKind {
    pub(super) fn of(key: StepKey) -> Option<Self> {
        match key {
            StepKey::Step(_) => None,
            StepKey::Link(_) => Some(Self::Link),
            StepKey::Collector | StepKey::Gather => Some(Self::Collector),
            StepKey::Count(_) => Some(Self::Count),
            StepKey::Gate(_) => Some(Self::Gate),
            StepKey::Verdict => Some(Self::Verdict),
        }
    }

    /// The word for it in the README.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Collector => "collector",
            Self::Count => "count",
            Self::Gate => "gate",
            Self::Verdict => "verdict",
        }
    }
}

/// A helper step of a fused Task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperStep {
    /// Its name in the fused Task.
    pub name: String,
    /// What it is for.
    pub kind: HelperKind,
}

/// A helper step to be made.
pub(super) struct Helper {
    pub(super) name: String,
    pub(super) member: usize,
    pub(super) key: StepKey,
    pub(super) script: String,
    /// The securityContext of the step it serves.
    pub(super) security: Option<Node>,
    pub(super) span: Span,
}

/// What the helper steps of a group share.
#[derive(Debug)]
pub(super) struct Helpers {
    /// The image they run in.
    pub(super) image: String,
    /// The volume that carries rendered scripts; asked for on first use.
    scripts: String,
    used: bool,
}

impl Helpers {
    /// Helpers in an image; `scripts` is a free volume name.
    pub(super) fn new(image: &str, scripts: String) -> Self {
        Self { image: image.to_owned(), scripts, used: false }
    }

    /// A helper step. It asks for no resources: only one step runs at a time.
    pub(super) fn step(&self, helper: Helper) -> Draft {
        let span = helper.span;
        debug_assert!(helper.name.len() <= STEP);
        let mut draft = Draft::empty(&helper.name, helper.member, helper.key, span);
        let text = |text: &str| Node::string(span, text);
        draft.fields.set("image", text(&self.image));
        let requests = Node::mapping(span, [("cpu", text("0")), ("memory", text("0"))]);
        draft.fields.set("computeResources", Node::mapping(span, [("requests", requests)]));
        if let Some(security) = helper.security {
            draft.fields.set("securityContext", security);
        }
        draft.script = Some(Template::text(helper.script));
        draft
    }

    /// Mounts the volume of rendered scripts.
    pub(super) fn mount_scripts(&mut self, fields: &mut Mapping, path: &str, read_only: bool, span: Span) {
        self.used = true;
        let mut mounts = fields.get("volumeMounts").and_then(Node::as_sequence).unwrap_or_default().to_vec();
        let mut mount = vec![("name", Node::string(span, &self.scripts)), ("mountPath", Node::string(span, path))];
        mount.extend(read_only.then(|| ("readOnly", Node::scalar(span, ScalarKind::Bool, "true"))));
        mounts.push(Node::mapping(span, mount));
        fields.set("volumeMounts", Node::sequence(span, mounts));
    }

    /// The volumes that the helpers need.
    pub(super) fn volumes(&self, span: Span) -> Vec<Node> {
        if self.used { vec![empty_dir(&self.scripts, span)] } else { Vec::new() }
    }
}
