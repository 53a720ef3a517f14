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
    Ambiguous = "TF118" Error "YAML 1.1 and YAML 1.2 read this differently";
}
