//! Where to cut a group so that a problem goes away.

use super::Subject;
use crate::group::GroupPlan;

/// How to leave `out` out of `group`: what to type.
pub(super) fn around(subject: &Subject<'_>, group: &GroupPlan, out: &[usize]) -> String {
    let keep: Vec<usize> = group.members.iter().filter(|member| !out.contains(member)).copied().collect();
    let leave = subject.names(out);
    match pieces(subject, group, &keep) {
        Some(pieces) => format!("leave {leave} out of the group: {pieces}"),
        None => format!("remove the group `{}`: without {leave} there is nothing to fuse", group.name.value),
    }
}

/// How to make valid groups of `members`, which may leave and come back: ``make it `g: a, b` ``.
pub(super) fn pieces(subject: &Subject<'_>, group: &GroupPlan, members: &[usize]) -> Option<String> {
    let pieces: Vec<_> = subject.graph.split(members).into_iter().filter(|piece| piece.len() > 1).collect();
    let list = |piece: &Vec<usize>| piece.iter().map(|&task| subject.name(task)).collect::<Vec<_>>().join(", ");
    let name = &group.name.value;
    match pieces.as_slice() {
        [] => None,
        [one] => Some(format!("make it `{name}: {}`", list(one))),
        several => {
            let numbered =
                several.iter().enumerate().map(|(at, piece)| format!("`{name}-{}: {}`", at + 1, list(piece)));
            Some(format!("make it {}", numbered.collect::<Vec<_>>().join(" and ")))
        }
    }
}
