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
    NotUtf8 = "TF120" Error "a file is not UTF-8 text";
    TooLarge = "TF121" Error "a file is larger than one GiB";
    GeneratedInput = "TF122" Note "a file that tkn-fuse wrote is not read as input";
    BinaryInput = "TF123" Note "a file found in a directory is no text";
    OutputInput = "TF124" Note "the place of the output is not read as input";
