//! The list of every diagnostic code: one line each.

use super::{Observable, Severity};
use Severity::{Error, Note, Warning};

macro_rules! codes {
    ($($name:ident = $id:literal $severity:ident $title:literal $([$($change:ident)+])?;)*) => {
        /// A stable name of one kind of finding: `TF1xx` reading, `TF2xx` resolving, `TF3xx` groups,
        /// `TF4xx` lowering, `TF5xx` hazards and limits, `TF6xx` runs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// `TF101` and so on: never reused, never renumbered.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it weighs unless an option says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => $severity,)* }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it announces: which observables of a run may differ between source and output because of it.
            ///
            /// This is what the change itself shows in. A changed text that a step is given shows in its command line,
            /// environment and directory and, by way of its script, in what that prints, writes and reports. That a
            /// program fails over a changed text is not announced, unless failure is what the finding is about: it is
            /// rare, and somebody should look at it. Errors change nothing, since nothing is written.
            pub fn changes(self) -> &'static [Observable] {
                match self { $(Self::$name => &[$($(Observable::$change,)+)?],)* }
            }
        }
    };
}

codes! {
    // TF1xx: reading
    Syntax = "TF101" Error "the text is not YAML that Kubernetes can read";
    DuplicateKey = "TF102" Error "a key stands twice in one mapping";
    Separator = "TF104" Error "text stands behind a document separator";
    AfterEnd = "TF105" Error "text after the end of a document is dropped";
    LineBreak = "TF106" Error "a character is a line break to some readers only";
    Escape = "TF107" Error "an escape is unknown to Kubernetes";
    Alias = "TF108" Error "an alias cannot be expanded";
    Merge = "TF109" Error "a merge key has no mapping to merge";
    MergeOverride = "TF110" Warning "a merge key replaces a key above it";
    Key = "TF111" Error "a key cannot be a JSON key";
    Tag = "TF112" Warning "a tag is ignored by Kubernetes";
    TagValue = "TF113" Error "a value does not fit its tag";
    NotFinite = "TF114" Error "a number cannot be said in JSON";
    UnusedAnchor = "TF115" Note "an anchor is not used";
    Directive = "TF116" Error "a directive breaks the document";
    TabIndent = "TF117" Error "a tab is used as indentation";
    Ambiguous = "TF118" Error "YAML 1.1 and YAML 1.2 read this differently";
    NotUtf8 = "TF120" Error "a file is not UTF-8 text";
    TooLarge = "TF121" Error "a file is larger than one GiB";
    GeneratedInput = "TF122" Note "a file that tkn-fuse wrote is not read as input";
    BinaryInput = "TF123" Note "a file found in a directory is no text";
    OutputInput = "TF124" Note "the place of the output is not read as input";
    NotYaml = "TF139" Note "a file found by walking is no YAML and passes unread";
    WrongType = "TF140" Error "a field has the wrong type";
    MissingName = "TF141" Error "something that needs a name has none";
    ListExpected = "TF142" Warning "a single value stands where a list belongs";

    // TF2xx: resolving
    UnresolvedTask = "TF201" Error "the Task of a group member is not among the inputs";
    AmbiguousTask = "TF202" Error "two different Tasks have the name of a group member's Task";
    ResolvedByName = "TF203" Note "a remote reference was matched with a Task by its name";
    VersionIgnored = "TF204" Warning "`taskRef.version` is not Tekton's";
    ClusterTaskGone = "TF205" Warning "ClusterTask no longer exists in Tekton";
    NoTask = "TF206" Error "a group member names no Task";
    SeveralTasks = "TF207" Error "a group member names more than one thing to run";

    // TF3xx: groups
    GroupSyntax = "TF301" Error "a group cannot be read";
    UnknownMember = "TF302" Error "a member of a group is no task of the Pipeline";
    RepeatedMember = "TF303" Error "a task is named twice in one group";
    EmptyGroup = "TF304" Error "a group has no members";
    TaskInTwoGroups = "TF305" Error "a task is in two groups";
    GroupContradiction = "TF306" Error "two places say different things about one group";
    GroupNamedLikeTask = "TF307" Error "a group has the name of a task";
    BadGroupName = "TF308" Error "a group's name cannot be the name of a pipeline task";
    DuplicateTaskName = "TF309" Error "two tasks of a Pipeline have one name";
    SingleMember = "TF310" Warning "a group of one task fuses nothing";
    UnknownOption = "TF311" Error "a group has an option that does not exist";
    OptionNotSupported = "TF312" Error "an option of a group is not supported yet";
    NoSuchPipeline = "TF313" Error "no Pipeline of the inputs fits a `--group`";
    AmbiguousPipeline = "TF314" Error "several Pipelines of the inputs fit a `--group`";
    UnknownField = "TF315" Warning "a field is unknown to Tekton";
    MisplacedField = "TF316" Warning "a field stands where Tekton does not look";
    NoGroup = "TF317" Note "no Pipeline of the inputs asks for a group";
    MisspeltMark = "TF318" Error "a grouping mark is spelt or placed so that it would not be read";
    AutoGroup = "TF319" Note "a group was chosen, since the Pipeline asks for none";
    UnknownDependency = "TF320" Error "a task waits for something that is no task";
    TaskCycle = "TF321" Error "tasks wait for each other";
    NotConvex = "TF322" Error "a path leaves a group and comes back";
    GroupCycle = "TF323" Error "groups wait for each other";
    CustomTaskMember = "TF330" Error "a member of a group is a custom task";
    PipelineMember = "TF331" Error "a member of a group is a whole Pipeline";
    FinallyMember = "TF332" Error "a finally task does not fit into its group";
    MemberWhen = "TF333" Error "the `when` of a member cannot be decided in a pod";
    MemberOnError = "TF334" Error "a forgiven failure inside a group would be hidden";
    MemberRetries = "TF335" Error "a member of a group has `retries`";
    MemberMatrix = "TF337" Error "a member of a group has a `matrix` that cannot be written out";
    MemberStatusRead = "TF338" Error "the status of a member of a group cannot be told";
    MemberPropertyRead = "TF339" Error "something is read of a member that a group does not have";
    SidecarPort = "TF340" Error "sidecars of different members listen on one port";
    MixedPlatforms = "TF341" Error "a group mixes Windows and Linux scripts";
    MixedExecutionModes = "TF342" Error "only some members of a group are hermetic";

    // TF4xx: lowering
    WorkspaceUnbound = "TF401" Error "a member leaves a workspace unbound that its Task needs";
    ParamMissing = "TF402" Error "a member passes no value for a param without default";
    DefaultUnresolved = "TF403" Error "the default of a param names another param that Tekton does not resolve";
    ResultUnreachable = "TF404" Error "a result of the group would be needed before the pod starts";
    ResultUnknown = "TF405" Error "a reference asks for a result that its Task does not have";
    PartUnknown = "TF406" Error "a part of a value is asked for that is only known at run time";
    TemplateWithRef = "TF407" Error "a stepTemplate would be merged into a step with `ref`";
    InternalPath = "TF408" Error "a text names a path inside Tekton's own directories that changes";
    WorkingDirectory = "TF409" Error "a working directory would be created before earlier members run";
    Unwritable = "TF410" Error "a document cannot be edited";
    TaskNameTaken = "TF411" Error "a fused Task would have the name of another Task";
    ParamKind = "TF412" Error "a value has another type than the param it is for";
    WorkspaceUndeclared = "TF413" Error "a member binds a workspace that the Pipeline does not have";
    BadTimeout = "TF414" Error "a timeout is no duration";
    EmptyDirRefused = "TF415" Error "a workspace cannot become an emptyDir of the group";
    ResultOfSkipped = "TF416" Error "a result of a member that may be skipped is read where the skip cannot be shown";
    BadAmount = "TF417" Error "an amount of a resource cannot be used";
    Converted = "TF429" Note "a v1beta1 Pipeline is written as v1";
    // A param value that names a workspace can stand in any text of the Task.
    WorkspaceRenamed = "TF430" Note "a workspace has another name in the fused Task"
        [PipelineResults Results StepResults Log Args Env Dir Files];
    // What a member makes of the files of others depends on the member; that it fails over them is another matter.
    EmptyDirShared = "TF431" Note "members share a workspace in one pod"
        [PipelineResults Results StepResults Log Mounts Files];
    EmptyDirSplit = "TF432" Note "a workspace is declared several times in the fused Task";
    ContextChanged = "TF433" Warning "a variable names the TaskRun, which is the group's now"
        [PipelineResults Results StepResults Log Args Env Dir Mounts Files];
    // The kubelet expands `$(NAME)` of a variable in the command line.
    PodChanged = "TF434" Warning "a field of the pod is read, which is the group's now"
        [PipelineResults Results StepResults Log Args Env Mounts Files];
    KubeletExpansion = "TF435" Note "`$$` and `$(NAME)` in a result are no longer expanded"
        [PipelineResults Results StepResults Log Args Env Files];
    // A collector does not run if its member fails, and what it would have moved is not reported. Links change nothing.
    HelperStep = "TF436" Note "a helper step stands between the steps of the members" [PipelineResults Results];
    ChainsNames = "TF437" Warning "two members have a result that Tekton Chains reads by its whole name";
    // Others look at labels to add sidecars. What a step reads of them by `fieldRef` is told by `PodChanged`.
    MetadataDropped = "TF438" Note "labels or annotations about which the members disagree are left out" [Sidecars];
    TimeoutsMerged = "TF439" Warning "members of a group have timeouts of their own"
        [Outcome TaskStatus Started ExitCode Log];
    EmptyDirOption = "TF440" Note "a workspace is an emptyDir of the fused Task" [Mounts Files];
    // The value was code: it could end the script with a syntax error, or do whatever a script does.
    ValueNotCode = "TF441" Note "a result in double quotes is no longer parsed as shell code"
        [Outcome PipelineResults TaskStatus Results ExitCode StepResults Log Files];
    EmptyArray = "TF442" Warning "an empty array result fails the group" [Outcome TaskStatus Started];
    SharedDirectory = "TF443" Warning "a directory is shared by members in a step with `ref`" [Mounts];
    // The script reads what it finds there.
    ResultsDirectory = "TF444" Warning "a script looks into the directory where results of all members lie"
        [PipelineResults Results StepResults Log Mounts];
    SidecarLifetime = "TF445" Note "sidecars live as long as the pod of the group" [Sidecars];
    OptionalForSome = "TF446" Note "a workspace is optional for some members only" [Outcome TaskStatus Started];
    MountPathsMayMeet = "TF447" Warning "two workspaces have mount paths that may turn out equal"
        [Outcome TaskStatus Started];
    ResultsUnreported = "TF448" Note "results that nothing outside of the group reads are not reported" [Results];
    StepActionParam = "TF449" Warning "a result of the group reaches a StepAction" [Outcome TaskStatus Started];
    // Whether an earlier member fails over the directory depends on the member.
    SubPathEarly = "TF450" Warning "a directory of a workspace is made before an earlier member runs"
        [PipelineResults Results StepResults Log Mounts Files];
    // A step that is stopped is cut off in the middle: see also `TimeoutsMerged`.
    TimeLimitShared = "TF451" Note "members share the time limit of one TaskRun"
        [Outcome TaskStatus Started ExitCode Log];
    DisplayNameLost = "TF452" Note "the display name of a member is not shown any more";
    UnboundPath = "TF453" Warning "the path of an unbound workspace is not empty any more"
        [PipelineResults Results StepResults Log Args Env Dir Files];
    DirectoryLate = "TF454" Note "a working directory is made when its step runs" [Log Mounts];
    ResultsUnchecked = "TF455" Note "results that stay in the group are not checked by Tekton"
        [Outcome TaskStatus Started ExitCode Log];
    LinesAdded = "TF456" Note "a shell script begins with lines that it did not have" [Log];
    // An item that is not there makes Tekton refuse the step: see `StepActionParam`.
    ItemsUnknown = "TF457" Warning "an array of the group reaches a StepAction"
        [PipelineResults Results StepResults Log Args Env Files];
    // Completed becomes Succeeded, and the run lists no skipped task. A step that its own script passes over shows.
    SkipInside = "TF458" Note "a member may be skipped inside the pod of the group" [Outcome TaskStatus];
    ReaderGuarded = "TF459" Note "tasks behind a member that is skipped are skipped for another reason" [TaskStatus];
    ResultsTask = "TF460" Note "a task carries results of a member to the Pipeline's results" [Outcome PipelineResults];
    // Unfused it would not have started.
    AlwaysMember = "TF461" Note "a member runs after others have failed"
        [Outcome PipelineResults TaskStatus Results Started ExitCode StepResults Log Args Env Dir Mounts Files];
    NotContinued = "TF462" Note "a step that cannot be started, or is stopped, ends the group"
        [Outcome PipelineResults TaskStatus Results Started ExitCode StepResults Log Args Env Dir Mounts Files];
    FailureInside = "TF463" Note "a forgiven failure is one of a step, not of a task" [TaskStatus];
    // Who reads the status is skipped if it is not there.
    StatusRecord = "TF464" Note "the status of a member is a result of the group"
        [Outcome PipelineResults TaskStatus Started Log Args Env Files];
    // What a member does the second time, on the files that all have left, depends on the member.
    GroupRetries = "TF465" Warning "a group is tried again as a whole"
        [Outcome PipelineResults TaskStatus Results Started ExitCode StepResults Log Mounts Files];
    // The run has failed either way. What waits for results of the copies in `finally` does not get them.
    MatrixUnrolled = "TF466" Note "the copies of a member with a `matrix` run one after another"
        [PipelineResults TaskStatus Started Files];
    // With fewer elements Tekton refuses the run; with more the group fails.
    MatrixFrozen = "TF467" Warning "the number of a member's copies is that of a param's default"
        [Outcome PipelineResults TaskStatus Started Files];
    SkipWider = "TF468" Warning "a task is skipped that ran, or that let the run fail"
        [Outcome PipelineResults TaskStatus Started Files];
    // A run that has no time left skips the later ones. More order than the source demands is no difference of `order`.
    FinallySerial = "TF469" Note "finally tasks run one after another" [TaskStatus Started Files];
    // A reader makes of the order what it likes.
    MatrixOrder = "TF470" Note "the order of a matrix's results depends on the name of the run"
        [PipelineResults Results StepResults Log Args Env Mounts Files];
    // The path is all that its steps know of it.
    MountPathFixed = "TF471" Warning "a mount path cannot wait for a result of the group"
        [Outcome PipelineResults TaskStatus Results ExitCode StepResults Log Args Env Dir Mounts Files];
    SkippedWhole = "TF472" Warning "a group is skipped as a whole with a task before it"
        [Outcome PipelineResults TaskStatus Results Started Files];
    // Tekton starts what comes before the task, and then refuses the run.
    EmptyValues = "TF473" Note "a condition compares with the elements of a param, which may have none"
        [PipelineResults TaskStatus Results Started Files];

    // TF5xx: hazards and limits
    TwoClaims = "TF501" Warning "a group uses two workspaces that may be volume claims"
        [Outcome TaskStatus Started Files];
    // The run has failed either way. More order than the source demands is no difference of `order`.
    // What has not started when another member fails leaves no results, which a failed run reports as well.
    LostParallelism = "TF502" Warning "members that could run at the same time run one after another"
        [PipelineResults TaskStatus Results Started Files];
    ManySteps = "TF503" Warning "a fused Task has very many steps";
    // If the thing was there before, the member gets the old one.
    MadeInGroup = "TF504" Warning "a member needs at the start of the pod what an earlier member makes"
        [Outcome TaskStatus Started Env Mounts];
    RequestsAddUp = "TF505" Warning "the pod of a group asks for the sum of its steps' requests"
        [Outcome TaskStatus Started];
    RequestsMoved = "TF506" Note "one step asks for all steps of a group" [Outcome TaskStatus Started ExitCode];
    SidecarRequests = "TF507" Note "sidecars make the pod of a group larger than each member's" [Outcome TaskStatus Started];
    LimitsAddUp = "TF508" Note "the limits of a group's steps add up for quotas" [Outcome TaskStatus Started];
    GuaranteedLost = "TF509" Note "a Guaranteed pod becomes Burstable" [Outcome TaskStatus Started ExitCode];
    // A reader outside of the group fails without its value, and a message that overflows fails its step.
    ResultsBudget = "TF510" Note "results longer than a step's share of the termination messages are lost"
        [Outcome PipelineResults TaskStatus Results ExitCode StepResults];
    ScriptsTooLong = "TF511" Warning "the scripts of a group are longer than Tekton can place in a pod"
        [Outcome TaskStatus Started];
    Lopsided = "TF512" Note "a group holds for all of its time what few of its members need";

    // TF6xx: runs
    RunServiceAccounts = "TF601" Error "a run gives the members of a group different service accounts";
    RunPodTemplates = "TF602" Error "a run gives the members of a group different pod templates";
    RunMemberField = "TF603" Error "a run sets something for a single member of a group";
    RunUnknownTask = "TF604" Warning "a run speaks of a task that the Pipeline does not have";
    // Who may not read a file fails, or goes on without it.
    RunFsGroup = "TF605" Warning "the fsGroup of a run is applied once for all members"
        [Outcome PipelineResults TaskStatus Results Started ExitCode StepResults Log Mounts Files];
    // What a member makes of the files of others depends on the member.
    PodVolumeShared = "TF606" Note "members mount one volume of a pod template"
        [PipelineResults Results StepResults Log Mounts];
}
