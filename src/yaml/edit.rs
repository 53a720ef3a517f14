//! stub
use super::{Document, Node, Path, Segment};
#[derive(Clone, Debug)]
pub enum Edit { Replace(Path, Node), Remove(Path), Insert { parent: Path, at: usize, key: Option<String>, node: Node }, Rename(Path, String) }
impl Edit {
    pub fn below(self, prefix: &[Segment]) -> Self {
        let j = |p: Path| -> Path { prefix.iter().cloned().chain(p).collect() };
        match self { Self::Replace(p, n) => Self::Replace(j(p), n), Self::Remove(p) => Self::Remove(j(p)), Self::Insert { parent, at, key, node } => Self::Insert { parent: j(parent), at, key, node }, Self::Rename(p, s) => Self::Rename(j(p), s) }
    }
    pub fn path(&self) -> &Path { match self { Self::Replace(p, _) | Self::Remove(p) | Self::Rename(p, _) | Self::Insert { parent: p, .. } => p } }
}
pub fn apply(root: &Node, edits: &[Edit]) -> Node {
    use super::Value;
    fn go(node: &Node, path: &mut Path, edits: &[Edit]) -> Option<Node> {
        for e in edits { match e { Edit::Replace(p, n) if p == path => return Some(n.clone()), Edit::Remove(p) if p == path => return None, _ => {} } }
        let value = match &node.value {
            Value::Scalar(s) => Value::Scalar(s.clone()),
            Value::Sequence(items) => { let mut v = Vec::new(); for (i, item) in items.iter().enumerate() {
                for e in edits { if let Edit::Insert { parent, at, key: None, node } = e && parent == path && *at == i { v.push(node.clone()); } }
                path.push(i.into()); v.extend(go(item, path, edits)); path.pop(); } Value::Sequence(v) }
            Value::Mapping(m) => { let mut out = m.clone(); out.entries.clear(); for e in &m.entries { path.push(Segment::Key(e.key.clone())); let r = go(&e.value, path, edits);
                let mut key = e.key.clone(); for x in edits { if let Edit::Rename(p, k) = x && p == path { key = k.clone(); } } path.pop();
                if let Some(v) = r { let mut e = e.clone(); e.key = key; e.value = v; out.entries.push(e); } }
                for e in edits { if let Edit::Insert { parent, key: Some(k), node, .. } = e && parent == path { out.set(k, node.clone()); } }
                Value::Mapping(out) }
        };
        Some(Node { span: node.span, value })
    }
    go(root, &mut Vec::new(), edits).unwrap_or_else(|| root.clone())
}
pub fn rewrite(_text: &str, document: &Document, edits: &[Edit]) -> Result<String, String> {
    Ok(super::write(&apply(document.root.as_ref().expect("root"), edits)))
}
