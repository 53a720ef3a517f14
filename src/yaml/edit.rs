//! stub
use super::{Node, Path, Segment};
#[derive(Clone, Debug)]
pub enum Edit {
    Replace(Path, Node),
    Remove(Path),
    Insert { parent: Path, at: usize, key: Option<String>, node: Node },
    Rename(Path, String),
}
impl Edit {
    pub fn below(self, _prefix: &[Segment]) -> Self {
        self
    }
}
pub fn apply(root: &Node, _edits: &[Edit]) -> Node {
    root.clone()
}
