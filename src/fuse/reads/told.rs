//! What is said where a member uses results of the group.

use crate::diag::{Code, Condition, Diagnostic};
use crate::fuse::steps::Draft;
use crate::source::Span;

pub(super) fn no_longer_code(member: &str, span: Span) -> Diagnostic {
    let message = format!("a result in double quotes in a script of `{member}` is no longer parsed as shell code");
    let place =
        Diagnostic::new(Code::ValueNotCode, message).at(span, "unfused, Tekton pasted it before the shell saw it");
    let place = place.only_if(Condition::ResultHolds("$`\\\""));
    place.help("nothing to do unless the result holds `$`, a backquote, a backslash or a double quote")
}

pub(super) fn lines_added(member: &str, span: Span) -> Diagnostic {
    let message = format!("a shell script of `{member}` begins with lines that check and read results");
    let place = Diagnostic::new(Code::LinesAdded, message).at(span, "line numbers that the shell names are larger");
    place.help("nothing to do unless something reads `$LINENO`, messages of the shell, or the trace of `set -x`")
}

pub(super) fn expansion(member: &str, span: Span) -> Diagnostic {
    let message =
        format!("`$$` and `$(NAME)` in a result that `{member}` gets in env, command or args stay as they are");
    let place = Diagnostic::new(Code::KubeletExpansion, message).at(span, "unfused, the kubelet expanded them");
    place.only_if(Condition::ResultHolds("$")).help("nothing to do unless the result holds a `$`")
}

pub(super) fn step_action(member: &str, span: Span) -> Diagnostic {
    let message = format!("a result of the group reaches a StepAction of `{member}`");
    let place = Diagnostic::new(Code::StepActionParam, message).at(span, "in this step");
    place.only_if(Condition::StepActionRefused).help(
        "make sure that the StepAction uses the param in `env`, `command` or `args` only; Tekton refuses it elsewhere",
    )
}

pub(super) fn items_unknown(member: &str, span: Span) -> Diagnostic {
    let message =
        format!("an array of the group is a param of a StepAction of `{member}`, in which it counts as one item");
    let place = Diagnostic::new(Code::ItemsUnknown, message).at(span, "in this step");
    place.help("make sure that the StepAction takes all items, `[*]`, in `command` or `args`, and none by its number")
}

pub(super) fn empty_array(member: &str, span: Span) -> Diagnostic {
    let message = format!("`{member}` takes the elements of an array result; an empty array fails the group");
    let place = Diagnostic::new(Code::EmptyArray, message).at(span, "unfused, it would be no argument at all");
    place.only_if(Condition::EmptyArray).help("make sure that the array has an element")
}

pub(super) fn note(member: &str, draft: &Draft) -> Diagnostic {
    let message = format!("the step `{}` hands results of the group to `{member}`", draft.name);
    Diagnostic::new(Code::HelperStep, message).at(draft.span, "this member needs values that only exist at run time")
}
