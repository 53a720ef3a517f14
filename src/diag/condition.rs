//! On what it depends whether a difference shows in a run.

/// What has to be so in a run for the difference that a diagnostic announces to show. Without one it always may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A result of the group holds one of these characters.
    ResultHolds(&'static str),
    /// A result of the group is an empty array.
    EmptyArray,
    /// The results that leave the group have more bytes than this, all together.
    ResultsLonger(usize),
    /// A value that the run gives a param holds this text.
    ParamHolds(&'static str),
    /// The run does not give this array param of the Pipeline, which has a default, this many elements.
    ParamItemsOther(String, usize),
    /// The name of the run has more bytes than this.
    RunNameLonger(usize),
    /// The run binds an emptyDir to this workspace of the Pipeline.
    EmptyDir(String),
    /// The run leaves this workspace of the Pipeline unbound.
    Unbound(String),
    /// A result of the group is too long for Tekton, of another type than declared, or in a file that its reader may not open.
    ResultUnfit,
    /// What a shell itself says is all that differs in logs: numbers of lines, and traces.
    ShellMessages,
    /// A task of the Pipeline fails.
    Failure,
    /// A task or step reaches its time limit in one of the two runs.
    TimeLimit,
    /// No node has room for the pod.
    Unschedulable,
    /// A member of the group is skipped.
    MemberSkipped,
    /// This task of the Pipeline is skipped.
    TaskSkipped(String),
    /// This array param of the Pipeline has no element.
    EmptyParam(String),
    /// A member of the group runs and succeeds without writing a result that its Task declares.
    ResultMissing,
    /// Tekton refuses a step for what a param makes of its StepAction.
    StepActionRefused,
    /// A step runs into its time limit, or cannot be started at all.
    NotContinued,
    /// The pod of a group ends before its steps do: it is cancelled, evicted, out of time, or never starts.
    PodLost,
}

impl Condition {
    /// The stable name, as `--format json` says it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ResultHolds(_) => "result-holds",
            Self::EmptyArray => "empty-array",
            Self::ResultsLonger(_) => "results-longer",
            Self::ParamHolds(_) => "param-holds",
            Self::ParamItemsOther(..) => "param-items-other",
            Self::RunNameLonger(_) => "run-name-longer",
            Self::EmptyDir(_) => "empty-dir",
            Self::Unbound(_) => "unbound",
            Self::ResultUnfit => "result-unfit",
            Self::ShellMessages => "shell-messages",
            Self::Failure => "failure",
            Self::TimeLimit => "time-limit",
            Self::Unschedulable => "unschedulable",
            Self::TaskSkipped(_) => "task-skipped",
            Self::EmptyParam(_) => "empty-param",
            Self::MemberSkipped => "member-skipped",
            Self::ResultMissing => "result-missing",
            Self::StepActionRefused => "step-action-refused",
            Self::NotContinued => "not-continued",
            Self::PodLost => "pod-lost",
        }
    }
}
