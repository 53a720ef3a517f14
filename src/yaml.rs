//! YAML as Kubernetes reads it, with places; and YAML text that Kubernetes reads back as it was meant.
//!
//! Knows no word of Tekton.

mod compose;
mod edit;
mod json;
mod lint;
mod locate;
mod scalar;
mod stream;
mod syntax;
mod tree;
mod write;

pub use edit::{Edit, EditError, apply, rewrite};
pub use locate::locate;
pub use stream::{Document, documents};
pub use tree::{Entry, Mapping, Node, Path, Scalar, ScalarKind, Segment, Value, each_text, nowhere};
pub use write::write;
