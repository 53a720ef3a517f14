//! What users can observe of a run, in the words by which a diagnostic says what it may change.

macro_rules! observables {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
        /// Something that users can observe of a run. A difference between the source's run and the fused one is a
        /// difference of one of these, of a run, a task or a step.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Observable { $($(#[$doc])* $name,)* }

        impl Observable {
            /// All of them, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name, as `--format json` says it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }
        }
    };
}

observables! {
    /// Whether the run succeeds, and the class of reason if it does not.
    Outcome = "outcome";
    /// The results of the run.
    PipelineResults = "pipeline-results";
    /// Whether a task succeeds, fails, is skipped or does not start, and why.
    TaskStatus = "task-status";
    /// The results that a task reports.
    Results = "results";
    /// That a step ends before another begins, where the source demands it. More order than that is no difference.
    Order = "order";
    /// Whether a step starts. What follows if it does not is part of this: that it leaves nothing (exit code, log, results,
    /// files), and that what waits for it does not start either.
    Started = "started";
    /// The exit code of a step.
    ExitCode = "exit-code";
    /// The results that a step reports.
    StepResults = "step-results";
    /// What a step prints.
    Log = "log";
    /// The command line of a step. The text of a script is none: it shows in what the script does.
    Args = "args";
    /// The environment of a step, less what Tekton puts there for itself.
    Env = "env";
    /// The working directory of a step.
    Dir = "dir";
    /// The user and groups that a step runs as.
    User = "user";
    /// What a step can see on its mounts when it starts.
    Mounts = "mounts";
    /// What is left on the workspaces.
    Files = "files";
    /// Which sidecars there are while a step runs.
    Sidecars = "sidecars";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_others_rely_on() {
        let names: Vec<&str> = Observable::ALL.iter().map(|observable| observable.name()).collect();
        let stable = "outcome pipeline-results task-status results order started exit-code step-results log args env dir \
                      user mounts files sidecars";
        assert_eq!(names.join(" "), stable);
    }
}
