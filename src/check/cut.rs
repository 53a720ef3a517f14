//! Where to cut a group so that a problem goes away.

use super::Subject;
use crate::group::{GroupPlan, Run};

/// How to leave `out` out of `group`: what to type.
pub(super) fn around(subject: &Subject<'_>, group: &GroupPlan, out: &[usize]) -> String {
    let keep: Vec<usize> = group.members.iter().filter(|member| !out.contains(member)).copied().collect();
    let keep = without_early_finally(subject, keep);
    let out: Vec<usize> = group.members.iter().filter(|member| !keep.contains(member)).copied().collect();
    let leave = subject.names(&out);
    match pieces(subject, group, &keep) {
        Some(pieces) => format!("leave {leave} out of the group: {pieces}"),
        None => format!("remove the group `{}`: without {leave} there is nothing to fuse", group.name.value),
    }
}

/// How to make valid groups of `members`, which may leave and come back: ``make it `g: a, b` ``.
pub(super) fn pieces(subject: &Subject<'_>, group: &GroupPlan, members: &[usize]) -> Option<String> {
    offer(subject, group, subject.graph.split(members))
}

/// How to cut `group` right before a member.
pub(super) fn before(subject: &Subject<'_>, group: &GroupPlan, member: usize) -> String {
    let at = group.members.iter().position(|&other| other == member).unwrap_or_default();
    // The members stand in topological order, so no path goes from the second half to the first.
    let (early, late) = group.members.split_at(at);
    let between = format!("cut the group before `{}`", subject.name(member));
    match offer(subject, group, vec![early.to_vec(), late.to_vec()]) {
        Some(pieces) => format!("{between}: {pieces}"),
        None => format!("remove the group `{}`, or make sure that it is there before the pod starts", group.name.value),
    }
}

/// The pieces that are more than one task, as what to type.
fn offer(subject: &Subject<'_>, group: &GroupPlan, pieces: Vec<Vec<usize>>) -> Option<String> {
    let pieces = pieces.into_iter().map(|piece| without_early_finally(subject, piece));
    let pieces: Vec<_> = pieces.filter(|piece| piece.len() > 1).collect();
    let typed = |&task: &usize| match group.run(task) {
        Run::Always if !subject.task(task).finally => format!("{{name: {}, run: always}}", subject.name(task)),
        _ => subject.name(task).to_owned(),
    };
    let list = |piece: &Vec<usize>| {
        let list = piece.iter().map(typed).collect::<Vec<_>>().join(", ");
        if list.contains('{') { format!("[{list}]") } else { list }
    };
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

/// A piece with finally tasks only if they are alone in it, or have all other tasks before them.
fn without_early_finally(subject: &Subject<'_>, piece: Vec<usize>) -> Vec<usize> {
    let finally = |&task: &usize| subject.task(task).finally;
    let mut others = (0..subject.pipeline.tasks.len()).filter(|task| !finally(task));
    if piece.iter().all(finally) || others.all(|task| piece.contains(&task)) {
        return piece;
    }
    piece.into_iter().filter(|task| !finally(task)).collect()
}
