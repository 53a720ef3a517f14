package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tkn-fuse/tests/tekton/report"
)

func TestEqualSidesDoNotDiffer(t *testing.T) {
	source, fused := pairOfSides(t)
	expect(t, source, fused)
}

func code(number int) *int { return &number }

type changeCase struct {
	name   string
	change func(t *testing.T, source, fused *Side)
	want   []string
}

// changes are one change each, with the differences that it must make.
var changes = []changeCase{
	{"the run fails", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Status, fused.Report.Runs[0].Reason = "Failed", "Failed"
	}, []string{"outcome"}},
	{"the run is out of time instead of failing", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Status, source.Report.Runs[0].Reason = "Failed", "Failed"
		fused.Report.Runs[0].Status, fused.Report.Runs[0].Reason = "Failed", "PipelineRunTimeout"
	}, []string{"outcome"}},
	{"completed is not succeeded", func(_ *testing.T, source, _ *Side) {
		source.Report.Runs[0].Reason = "Completed"
	}, []string{"outcome"}},
	{"invalid is failed", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Status, source.Report.Runs[0].Reason = "Failed", "InvalidTaskResultReference"
		fused.Report.Runs[0].Status, fused.Report.Runs[0].Reason = "Failed", "Failed"
	}, nil},
	{"a pipeline result changes", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Results["final"] = "other"
	}, []string{"pipeline-results"}},
	{"a pipeline result changes its type", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Results["final"] = `["a"]`
		fused.Report.Runs[0].Results["final"] = []any{"a"}
	}, []string{"pipeline-results"}},
	{"a pipeline result is gone", func(_ *testing.T, _, fused *Side) {
		delete(fused.Report.Runs[0].Results, "final")
	}, []string{"pipeline-results"}},
	{"a pipeline result is new", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Results["more"] = ""
	}, []string{"pipeline-results"}},
	{"a task outside fails", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "show").Status, taskOf(t, fused, "show").Reason = "Failed", "Failed"
	}, []string{"task-status show"}},
	{"a task outside is tried again", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "show").Retries = 1
	}, []string{"task-status show"}},
	{"a task outside is missing", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Tasks = slices.Delete(fused.Report.Runs[0].Tasks, 1, 2)
	}, []string{"task-status show"}},
	{"a task runs that the source has not", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Tasks = append(fused.Report.Runs[0].Tasks, task("more", ran("s", 9, "x")))
	}, []string{"task-status more"}},
	{"a task is skipped for another reason", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Skipped = []report.Skipped{{Task: "never", Reason: "Parent Tasks were skipped"}}
		fused.Report.Runs[0].Skipped = []report.Skipped{{Task: "never", Reason: "When Expressions evaluated to false"}}
	}, []string{"task-status never"}},
	{"skipped since the run stops is not run", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Skipped = []report.Skipped{{Task: "never", Reason: "PipelineRun was stopping"}}
	}, nil},
	{"a matrix has fewer combinations", func(_ *testing.T, source, fused *Side) {
		source.Report.Runs[0].Tasks = append(source.Report.Runs[0].Tasks, task("m", ran("s", 9, "x")), task("m", ran("s", 9, "x")))
		fused.Report.Runs[0].Tasks = append(fused.Report.Runs[0].Tasks, task("m", ran("s", 9, "x")))
	}, []string{"task-status m"}},
	{"a member fails", func(t *testing.T, source, fused *Side) {
		taskOf(t, source, "use").Status, taskOf(t, source, "use").Reason = "Failed", "Failed"
		step(t, source, "use", "unnamed-1").ExitCode, step(t, source, "use", "unnamed-1").Reason = code(2), "Error"
	}, []string{"task-status use", "exit-code use unnamed-1"}},
	{"a result outside changes", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "show").Results["out"] = "other"
	}, []string{"results show"}},
	{"a member's result changes", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "g").Results["make-word"] = "other"
	}, []string{"results make"}},
	{"a member's result is lost", func(t *testing.T, _, fused *Side) {
		delete(taskOf(t, fused, "g").Results, "make-list")
	}, []string{"results make"}},
	{"a member's result is not declared", func(t *testing.T, source, _ *Side) {
		taskOf(t, source, "make").Results["inner"] = "x"
	}, []string{"results make"}},
	{"a step's result changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Results["own"] = "other"
	}, []string{"step-results make make"}},
	{"a step has a result more", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Results["more"] = "x"
	}, []string{"step-results make make"}},
	{"a step outside has no result any more", func(t *testing.T, source, _ *Side) {
		step(t, source, "show", "show").Results = map[string]any{"r": "x"}
	}, []string{"step-results show show"}},
	{"a step does not start", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "use-first").Seen = nil
	}, []string{"started use first"}},
	{"a step starts that did not", func(t *testing.T, source, _ *Side) {
		skipped := step(t, source, "use", "first")
		skipped.Seen, skipped.Reason = nil, "Skipped"
	}, []string{"started use first"}},
	{"a step is missing", func(t *testing.T, _, fused *Side) {
		steps := taskOf(t, fused, "g").Steps
		taskOf(t, fused, "g").Steps = slices.Delete(steps, 2, 3)
	}, []string{"task-status use", "started use first"}},
	{"a command runs that no step of the source has", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "g").Steps = append(taskOf(t, fused, "g").Steps, ran("extra", 4, "x"))
	}, []string{"started g extra"}},
	{"an exit code is continued", func(t *testing.T, source, fused *Side) {
		step(t, source, "show", "show").ExitCode, step(t, source, "show", "show").Reason = code(3), "Continued"
		step(t, fused, "show", "show").ExitCode, step(t, fused, "show", "show").Reason = code(3), "Error"
	}, []string{"exit-code show show"}},
	{"another exit code of a member", func(t *testing.T, source, fused *Side) {
		step(t, source, "use", "first").ExitCode, step(t, source, "use", "first").Reason = code(3), "Continued"
		step(t, fused, "g", "use-first").ExitCode, step(t, fused, "g", "use-first").Reason = code(4), "Continued"
	}, []string{"exit-code use first"}},
	{"a log changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "use-first").Log = "something else\n"
	}, []string{"log use first"}},
	{"a log has a line more", func(t *testing.T, _, fused *Side) {
		step(t, fused, "show", "show").Log += "more\n"
	}, []string{"log show show"}},
	{"an argument changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "use-first").Seen.Args[1] = "hello "
	}, []string{"args use first"}},
	{"an argument falls in two", func(t *testing.T, source, fused *Side) {
		step(t, source, "use", "first").Seen.Args = []string{"x", "a b"}
		step(t, fused, "g", "use-first").Seen.Args = []string{"x", "a", "b"}
	}, []string{"args use first"}},
	{"the path of another member's result", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.Args[1] = "/tekton/steps/step-use-first/results/word"
	}, []string{"args make make"}},
	{"a variable changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.Env[2] = "A=2"
	}, []string{"env make make"}},
	{"a variable is new", func(t *testing.T, _, fused *Side) {
		seen := step(t, fused, "show", "show").Seen
		seen.Env = append(seen.Env, "B=1")
	}, []string{"env show show"}},
	{"the order of variables is nobody's business", func(t *testing.T, _, fused *Side) {
		slices.Reverse(step(t, fused, "show", "show").Seen.Env)
	}, nil},
	{"a directory changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "show", "show").Seen.Dir = "/tmp"
	}, []string{"dir show show"}},
	{"another directory is entered", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "use-unnamed-1").Seen.Args[3] = "/workspace/w"
	}, []string{"dir use unnamed-1"}},
	{"a command in an entered directory changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "use-unnamed-1").Seen.Args[4] = "pwd"
	}, []string{"args use unnamed-1"}},
	{"a user changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.UID = 1000
	}, []string{"user make make"}},
	{"a group of the user is gone", func(t *testing.T, source, _ *Side) {
		step(t, source, "make", "make").Seen.Groups = []int{5}
	}, []string{"user make make"}},
	{"the order of a user's groups is nobody's business", func(t *testing.T, source, fused *Side) {
		step(t, source, "make", "make").Seen.Groups = []int{5, 6}
		step(t, fused, "g", "make-make").Seen.Groups = []int{6, 5, 5}
	}, nil},
	{"a helper that is not traced", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "g").Steps = append(taskOf(t, fused, "g").Steps, ran("g-fuse-verdict", 4, "x"))
	}, nil},
	{"a mount is gone", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.Mounts = nil
	}, []string{"mounts make make"}},
	{"a step sees a workspace of another", func(t *testing.T, _, fused *Side) {
		seen := step(t, fused, "g", "make-make").Seen
		seen.Mounts = append(seen.Mounts, report.Mount{Path: "/tekton-fuse/secret", ReadOnly: true})
	}, []string{"mounts make make"}},
	{"a mount is read-only", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.Mounts[1].ReadOnly = true
	}, []string{"mounts make make"}},
	{"a file on a mount changes", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-make").Seen.Mounts[1].Files[0].Content = "other"
	}, []string{"mounts make make"}},
	{"a file on a mount is another user's", func(t *testing.T, _, fused *Side) {
		step(t, fused, "show", "show").Seen.Mounts[1].Files[0].UID = 1
	}, []string{"mounts show show"}},
	{"a file on a mount is new", func(t *testing.T, _, fused *Side) {
		mount := &step(t, fused, "show", "show").Seen.Mounts[1]
		mount.Files = append(mount.Files, report.File{Path: "new", Mode: "drwxr-xr-x"})
	}, []string{"mounts show show"}},
	{"a file is left", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Workspaces["w"] = append(fused.Report.Runs[0].Workspaces["w"], report.File{Path: "new", Mode: "-rw-r--r--"})
	}, []string{"files"}},
	{"a file that is left has another mode", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Workspaces["w"][0].Mode = "-rwxr--r--"
	}, []string{"files"}},
	{"a workspace is gone", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs[0].Workspaces = nil
	}, []string{"files"}},
	{"a sidecar is gone", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "g").Sidecars = nil
	}, []string{"sidecars make helper"}},
	{"a sidecar has other arguments", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-helper").Seen.Args[0] = "other"
	}, []string{"sidecars make helper"}},
	{"a sidecar has another variable", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-helper").Seen.Env[2] = "A=2"
	}, []string{"sidecars make helper"}},
	{"a sidecar has no mount", func(t *testing.T, _, fused *Side) {
		step(t, fused, "g", "make-helper").Seen.Mounts = nil
	}, []string{"sidecars make helper"}},
	{"a sidecar that no member has", func(t *testing.T, _, fused *Side) {
		taskOf(t, fused, "g").Sidecars = append(taskOf(t, fused, "g").Sidecars, ran("spy", 0, "x"))
	}, []string{"sidecars g spy"}},
	{"steps of a member change places", func(t *testing.T, _, fused *Side) {
		swapTimes(step(t, fused, "g", "use-first"), step(t, fused, "g", "use-unnamed-1"))
	}, []string{"order use unnamed-1"}},
	{"members change places", func(t *testing.T, _, fused *Side) {
		swapTimes(step(t, fused, "g", "make-make"), step(t, fused, "g", "use-first"))
	}, []string{"order use first"}},
	{"a task outside does not wait", func(t *testing.T, _, fused *Side) {
		moved := step(t, fused, "show", "show")
		moved.Seen.Time = step(t, fused, "g", "use-unnamed-1").Seen.Time.Add(time.Second)
	}, []string{"order show show"}},
	{"finally does not wait", func(t *testing.T, _, fused *Side) {
		swapTimes(step(t, fused, "show", "show"), step(t, fused, "last", "end"))
	}, []string{"order last end"}},
	{"a document is refused", func(_ *testing.T, _, fused *Side) {
		fused.Report.Refused = []string{"no"}
	}, []string{"outcome"}},
	{"a document is refused on both sides", func(_ *testing.T, source, fused *Side) {
		source.Report.Refused = []string{"b", "in source-ns"}
		fused.Report.Refused = []string{"in fused-ns", "b"}
	}, nil},
	{"a run is missing", func(_ *testing.T, source, _ *Side) {
		source.Report.Runs = append(source.Report.Runs, report.Run{Kind: "TaskRun", Name: "other", Status: "Succeeded"})
	}, []string{"outcome"}},
	{"a run is new", func(_ *testing.T, _, fused *Side) {
		fused.Report.Runs = append(fused.Report.Runs, report.Run{Kind: "TaskRun", Name: "other", Status: "Succeeded"})
	}, []string{"outcome"}},
}

func swapTimes(a, b *report.Step) {
	a.Start, b.Start = b.Start, a.Start
	a.End, b.End = b.End, a.End
	a.Seen.Time, b.Seen.Time = b.Seen.Time, a.Seen.Time
}

func TestEachChangeIsExactlyItsDifference(t *testing.T) {
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			source, fused := pairOfSides(t)
			test.change(t, &source, &fused)
			expect(t, source, fused, test.want...)
		})
	}
}

func TestEveryObservableHasAChange(t *testing.T) {
	for _, observable := range Observables {
		makes := func(change changeCase) bool {
			return slices.ContainsFunc(change.want, func(key string) bool { return strings.Fields(key)[0] == observable })
		}
		if !slices.ContainsFunc(changes, makes) {
			t.Errorf("no test changes %s", observable)
		}
	}
}
