//! The last step of a group that went on after failures.

use super::decide::{STATE, WELL, WRITE, word};
use super::read::quote;
use super::{Settle, Watched};

/// What the last step of a group looks at. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Statuses to settle first.
    pub settles: Vec<Settle>,
    /// The steps of which none may have failed. Steps of one member are shown as one, by the first that failed.
    pub watched: Vec<Watched>,
    /// The file that gets the name of the first member that failed, if any did.
    pub failed_to: Option<String>,
}

/// The script of a verdict step: `/bin/sh` of a small image. It names the members that failed on standard error and
/// ends with the exit code of the first one's step: 255 for a signal, 1 for one that left none.
pub fn verdict_script(verdict: &Verdict) -> String {
    let Verdict { settles, watched, failed_to } = verdict;
    let mut out = "#!/bin/sh\nset -e\n".to_owned();
    let awaits = !watched.is_empty() || settles.iter().any(|settle| !settle.steps.is_empty());
    let functions = [
        (!settles.is_empty() || (failed_to.is_some() && !watched.is_empty()), WRITE),
        (settles.iter().any(|settle| settle.ran.is_some()), STATE),
        (awaits, WELL),
        (!watched.is_empty(), include_str!("sh/judge.sh")),
    ];
    out.extend(functions.into_iter().filter(|(needed, _)| *needed).map(|(_, text)| text));
    out.extend(settles.iter().map(Settle::code));
    if watched.is_empty() {
        return out;
    }
    out.push_str("tkn_fuse_exit=0\n");
    for (index, Watched { member, .. }) in watched.iter().enumerate() {
        let is_new = watched.iter().take(index).all(|earlier| earlier.member != *member);
        if is_new {
            let steps = watched.iter().filter(|other| other.member == *member);
            let steps: String = steps.map(|step| format!(" {} {}", word(&step.step), word(&shown(step)))).collect();
            out.push_str(&format!("tkn_fuse_judge {}{steps}\n", word(member)));
        }
    }
    if let Some(to) = failed_to {
        let to = quote(to);
        out.push_str(&format!("[ \"$tkn_fuse_exit\" = 0 ] || tkn_fuse_write {to} \"$tkn_fuse_failed\"\n"));
    }
    out + "exit \"$tkn_fuse_exit\"\n"
}

fn shown(Watched { step, origin, .. }: &Watched) -> String {
    if origin.is_empty() { format!("helper step `{step}`") } else { format!("step `{origin}`") }
}
