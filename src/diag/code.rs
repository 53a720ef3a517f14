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
    WrongType = "TF140" Error "a field has the wrong type";
    MissingName = "TF141" Error "something that needs a name has none";
    ListExpected = "TF142" Warning "a single value stands where a list belongs";

    // TF2xx: resolving
    UnresolvedTask = "TF201" Error "the Task of a group member is not among the inputs";
    AmbiguousTask = "TF202" Error "two different Tasks have the name of a group member's Task";
    ResolvedByName = "TF203" Note "a remote reference was matched with a Task by its name";
    VersionIgnored = "TF204" Warning "`taskRef.version` is not Tekton's";
    ClusterTaskGone = "TF205" Warning "ClusterTask no longer exists in Tekton";
    NoTask = "TF206" Error "a group member names no Task";
}
