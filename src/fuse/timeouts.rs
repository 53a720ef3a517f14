//! Timeouts: a TaskRun has one for all its steps.
//!
//! Where every member sets one, the fused task gets their sum. Where some do not, the run's own limits must go on holding for
//! them, so the fused task gets none. A member of one step keeps its limit as the step's.

use super::Request;
use super::member::Member;
use super::steps::Draft;
use crate::diag::{Code, Condition, Diagnostic, Diagnostics, Severity};
use crate::yaml::Node;

/// Nanoseconds; a Go duration has no more than 64 bits of them.
type Nanoseconds = i64;

/// The limits of a group's members.
#[derive(Debug)]
pub(super) struct Timeouts {
    /// Per member; 0 is no limit at all.
    limits: Vec<Option<Nanoseconds>>,
}

impl Timeouts {
    /// Reads the limits; one that Tekton would not take is an error.
    pub(super) fn plan(members: &[Member<'_>], diagnostics: &mut Diagnostics) -> Self {
        let mut limit = |member: &Member<'_>| {
            let node = member.task.field("timeout")?;
            let limit = node.as_str().and_then(parse).filter(|limit| *limit >= 0);
            if limit.is_none() {
                let message = format!("the timeout of `{}` is no duration", member.name());
                let place = Diagnostic::new(Code::BadTimeout, message).at(node.span, "this");
                diagnostics.push(place.help("write hours, minutes and seconds, as in `1h30m` or `90s`"));
            }
            limit
        };
        Self { limits: members.iter().map(&mut limit).collect() }
    }

    /// The limit of the fused task: the sum, if every member has one.
    pub(super) fn of_group(&self) -> Option<String> {
        let limits: Vec<Nanoseconds> = self.limits.iter().copied().collect::<Option<_>>()?;
        let endless = limits.contains(&0);
        let sum = limits.iter().fold(0, |sum: Nanoseconds, limit| sum.saturating_add(*limit));
        Some(show(if endless { 0 } else { sum }))
    }

    /// Gives the only step of a member its member's limit, if it has no shorter one.
    pub(super) fn limit_steps(&self, member: usize, drafts: &mut [Draft]) {
        let Some(Some(limit)) = self.limits.get(member) else { return };
        let [draft] = drafts else { return };
        let own = draft.fields.get("timeout").and_then(Node::as_str).and_then(parse).filter(|own| *own > 0);
        if *limit > 0 && own.is_none_or(|own| own > *limit) {
            draft.fields.set("timeout", Node::string(draft.span, show(*limit)));
        }
    }

    /// Says what became of the limits.
    pub(super) fn tell(&self, request: &Request<'_>, diagnostics: &mut Diagnostics) {
        let members = request.members.iter().zip(&self.limits);
        let limited: Vec<(&Member<'_>, &Node)> =
            members.filter_map(|(member, limit)| limit.and(Some((member, member.task.field("timeout")?)))).collect();
        let is_finally = request.members.iter().all(|member| member.task.finally);
        let run = if is_finally { "timeouts.finally" } else { "timeouts.tasks" };
        if limited.is_empty() {
            let message = "the members share the time limit of one TaskRun, where each had its own";
            let place = Diagnostic::new(Code::TimeLimitShared, message).at(request.group.name.span, "this group");
            let place = place.of(request.members.iter().map(Member::name)).only_if(Condition::TimeLimit);
            let help = format!("unset, it is one hour; set `timeout` on every member, or `{run}` in the run");
            diagnostics.push(place.help(help));
            return;
        }
        let all = limited.len() == request.members.len();
        let of_one_step = limited.iter().all(|(member, _)| member.spec().steps.len() == 1);
        let message = match (all, of_one_step) {
            (true, true) => {
                "the group gets the sum of its members' timeouts; each keeps its own as the timeout of its step"
            }
            (true, false) => {
                "the group gets the sum of its members' timeouts; a member of several steps has no limit of its own"
            }
            (false, true) => {
                "not every member has a timeout, so the group has the run's; the others keep theirs as step timeouts"
            }
            (false, false) => {
                "not every member has a timeout, so the group has the run's, and a member of several steps no limit"
            }
        };
        let told = Diagnostic::new(Code::TimeoutsMerged, message).only_if(Condition::TimeLimit);
        let mut told = told.of(request.members.iter().map(Member::name));
        if all && of_one_step {
            told.severity = Severity::Note;
        }
        // Copies of one member share its limit.
        let places = limited
            .iter()
            .enumerate()
            .filter(|(at, (one, _))| !limited[..*at].iter().any(|(other, _)| other.index == one.index));
        for (_, (member, node)) in places {
            told = told.at(node.span, format!("of `{}`", member.name()));
        }
        diagnostics.push(told.help(match all {
            true => "a step's limit counts from its own start, not from that of the pod".to_owned(),
            false => {
                format!("set a timeout on every member, or raise `{run}` in the run: unset, a TaskRun has one hour")
            }
        }));
    }
}

/// Reads a duration as Go's `time.ParseDuration` does.
fn parse(text: &str) -> Option<Nanoseconds> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: f64 = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|end| *end > 0)?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units =
            [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
        let (unit, size) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * size;
        rest = &rest[unit.len()..];
    }
    #[allow(clippy::cast_possible_truncation, reason = "bounded above")]
    let nanoseconds = (total < 9.2e18).then_some(total as Nanoseconds)?;
    Some(if negative { -nanoseconds } else { nanoseconds })
}

/// A duration as Go prints it.
fn show(nanoseconds: Nanoseconds) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    let fraction = nanoseconds % 1_000_000_000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    if hours > 0 {
        text.push_str(&format!("{hours}h"));
    }
    if hours > 0 || minutes > 0 {
        text.push_str(&format!("{minutes}m"));
    }
    text.push_str(&seconds.to_string());
    if fraction > 0 {
        text.push('.');
        text.push_str(format!("{fraction:09}").trim_end_matches('0'));
    }
    text + "s"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_go_durations() {
        for (text, shown) in
            [("90s", "1m30s"), ("2h", "2h0m0s"), ("1.5h", "1h30m0s"), ("0", "0s"), ("1h5ms", "1h0m0.005s")]
        {
            assert_eq!(parse(text).map(show).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "h", "5", "1x", "1h ", ".", "99999999999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
