//! The list of every diagnostic code: one line each.

use super::Severity;
use Severity::{Error, Note, Warning};

macro_rules! codes {
    ($($name:ident = $id:literal $severity:ident $title:literal;)*) => {
        /// A stable name of one kind of finding: `TF1xx` reading, `TF2xx` resolving, `TF3xx` groups,
        /// `TF4xx` lowering, `TF5xx` hazards and limits, `TF6xx` runs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// `TF101` and so on: never reused, never renumbered.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it weighs unless an option says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => $severity,)* }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    // TF1xx: reading
    Syntax = "TF101" Error "the text is not YAML that Kubernetes can read";
    DuplicateKey = "TF102" Error "a key stands twice in one mapping";
    NotAMapping = "TF103" Note "a document is no Kubernetes object";
    Separator = "TF104" Error "text stands behind a document separator";
    AfterEnd = "TF105" Error "text after the end of a document is dropped";
    LineBreak = "TF106" Error "a character is a line break to some readers only";
    Escape = "TF107" Error "an escape is unknown to Kubernetes";
    Alias = "TF108" Error "an alias cannot be expanded";
    Merge = "TF109" Error "a merge key has no mapping to merge";
    MergeOverride = "TF110" Warning "a merge key replaces a key above it";
    Key = "TF111" Error "a key cannot be a JSON key";
    Tag = "TF112" Warning "a tag is ignored by Kubernetes";
    TagValue = "TF113" Error "a value does not fit its tag";
    NotFinite = "TF114" Error "a number cannot be said in JSON";
    UnusedAnchor = "TF115" Note "an anchor is not used";
    Directive = "TF116" Error "a directive breaks the document";
    TabIndent = "TF117" Error "a tab is used as indentation";

    // TF4xx: lowering
    WorkspaceUnbound = "TF401" Error "a member leaves a workspace unbound that its Task needs";
    ParamMissing = "TF402" Error "a member passes no value for a param without default";
    DefaultUnresolved = "TF403" Error "the default of a param names another param that Tekton does not resolve";
    ResultUnreachable = "TF404" Error "a result of the group would be needed before the pod starts";
    ResultUnknown = "TF405" Error "a reference asks for a result that its Task does not have";
    PartUnknown = "TF406" Error "a part of a value is asked for that is only known at run time";
    TemplateWithRef = "TF407" Error "a stepTemplate would be merged into a step with `ref`";
    InternalPath = "TF408" Error "a text names a path inside Tekton's own directories that changes";
    WorkingDirectory = "TF409" Error "a working directory would be created before earlier members run";
    WorkspaceRenamed = "TF430" Note "a workspace has another name in the fused Task";
    EmptyDirShared = "TF431" Note "members share a workspace in one pod";
    EmptyDirSplit = "TF432" Note "a workspace is declared several times in the fused Task";
    ContextChanged = "TF433" Warning "a variable names the TaskRun, which is the group's now";
    PodChanged = "TF434" Warning "a field of the pod is read, which is the group's now";
    KubeletExpansion = "TF435" Note "`$$` and `$(NAME)` in a result are no longer expanded";
    HelperStep = "TF436" Note "a helper step stands between the steps of the members";
    ChainsNames = "TF437" Warning "two members have a result that Tekton Chains reads by its whole name";
    MetadataDropped = "TF438" Note "labels or annotations about which the members disagree are left out";

    // TF5xx: hazards and limits
    ResultsBudget = "TF510" Note "results longer than a step's share of the termination messages are lost";
    ScriptsTooLong = "TF511" Warning "the scripts of a group are longer than Tekton can place in a pod";
}
