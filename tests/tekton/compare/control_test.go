package compare

import (
	"slices"
	"strings"
	"testing"

	"tkn-fuse/tests/tekton/report"
)

// passed is a step that ended before the author's script, since its member is skipped.
func passed(name, member string, n int) report.Step {
	step := ran(name, n, fusedScript)
	step.Log = "2026/01/02 03:04:05 a line of the entrypoint\ntkn-fuse: `" + member + "` is skipped: its `when` is false\n"
	step.Results = map[string]any{"fuse-skipped": "its `when` is false"}
	return step
}

// dropTask takes a task out of a run, and lists it as skipped if there is a reason.
func dropTask(side *Side, name, reason string) {
	run := &side.Report.Runs[0]
	run.Tasks = slices.DeleteFunc(run.Tasks, func(task report.Task) bool { return task.Name == name })
	if reason != "" {
		run.Skipped = append(run.Skipped, report.Skipped{Task: name, Reason: reason})
	}
}

// skippedUse is a source that skips `use`, and a group that does.
func skippedUse(t *testing.T) (source, fused Side) {
	t.Helper()
	source, fused = pairOfSides(t)
	dropTask(&source, "use", "When Expressions evaluated to false")
	group := taskOf(t, &fused, "g")
	group.Steps[2], group.Steps[3] = passed("use-first", "use", 2), skipped("use-unnamed-1", 0)
	return source, fused
}

func TestAMemberThatIsSkippedOnBothSides(t *testing.T) {
	source, fused := skippedUse(t)
	expect(t, source, fused)
	group := taskOf(t, &fused, "g")
	group.Steps[2].Log = "+ exit 0\n" + strings.SplitAfter(group.Steps[2].Log, "\n")[1] + "++ exit 0\n"
	expect(t, source, fused)
	group.Steps[2] = skipped("use-first", 0)
	expect(t, source, fused)
	source.Report.Runs[0].Skipped[0].Reason = "Parent Tasks were skipped"
	expect(t, source, fused)
	// The pod stopped between its steps.
	group.Steps[2], group.Steps[3] = passed("use-first", "use", 2), skipped("use-unnamed-1", 1)
	expect(t, source, fused)
}

func TestAMemberThatIsSkippedOnOneSide(t *testing.T) {
	source, fused := skippedUse(t)
	other, ranInPod := pairOfSides(t)
	expect(t, other, fused, "task-status use", "started use first", "started use unnamed-1")
	expect(t, source, ranInPod, "task-status use", "started use first", "started use unnamed-1")
	taskOf(t, &fused, "g").Steps[2] = skipped("use-first", 0)
	expect(t, other, fused, "task-status use", "started use first", "started use unnamed-1")
}

func TestAStepThatDoesNotSayThatItIsPassedOver(t *testing.T) {
	for _, change := range []func(step *report.Step){
		func(step *report.Step) { step.Results = nil },
		func(step *report.Step) { step.Log = "said something\n" + step.Log },
		func(step *report.Step) { step.Log += "said something\n" },
		func(step *report.Step) { step.Log = strings.ReplaceAll(step.Log, "`use`", "`make`") },
		func(step *report.Step) { step.ExitCode = code(1) },
	} {
		source, fused := skippedUse(t)
		change(&taskOf(t, &fused, "g").Steps[2])
		expect(t, source, fused, "task-status use", "started use first")
	}
}

func TestAMemberWhoseOwnStepsAllHaveConditions(t *testing.T) {
	source, fused := skippedUse(t)
	ran, _ := pairOfSides(t)
	use := taskOf(t, &ran, "use")
	use.Steps[0], use.Steps[1] = skipped("first", 0), skipped("unnamed-1", 0)
	expect(t, ran, fused, "task-status use")
	taskOf(t, &fused, "g").Steps[2] = skipped("use-first", 0)
	expect(t, ran, fused)
	expect(t, source, fused)
}

func TestReasonsOfSkipsOutsideOfGroupsCount(t *testing.T) {
	source, fused := skippedUse(t)
	dropTask(&source, "show", "Results were missing")
	dropTask(&fused, "show", "When Expressions evaluated to false")
	expect(t, source, fused, "task-status show")
	said := Diagnostic{Code: "TF459", Severity: "note", Group: "g", Members: []string{"show"}, Changes: []string{TaskStatus}}
	if found := compared(t, source, fused, said); found[0].AnnouncedBy != "TF459" {
		t.Errorf("%+v", found)
	}
}

func TestARunThatStopsKnowsNoReasonsOfSkips(t *testing.T) {
	source, fused := skippedUse(t)
	dropTask(&source, "show", stopping)
	dropTask(&fused, "show", "When Expressions evaluated to false")
	expect(t, source, fused, "task-status show")
	for _, side := range []*Side{&source, &fused} {
		side.Report.Runs[0].Status, side.Report.Runs[0].Reason = "Failed", "Failed"
	}
	expect(t, source, fused)
	said := Diagnostic{Code: "TF1", Severity: "note", Group: "g", Members: []string{"show"}, Changes: []string{Log}}
	said.OnlyIf = &Condition{Condition: "task-skipped", Value: []byte(`"show"`)}
	step(t, &fused, "g", "make-make").Log = "other"
	if found := compared(t, source, fused, said); len(found) != 1 || found[0].AnnouncedBy != "" {
		t.Errorf("%+v", found)
	}
	said.Members = []string{"make"}
	if found := compared(t, source, fused, said); len(found) != 1 || found[0].AnnouncedBy != "TF1" {
		t.Errorf("%+v", found)
	}
}

func TestTheStepResultOfASkipIsNobodysBusiness(t *testing.T) {
	source, fused := pairOfSides(t)
	step(t, &fused, "g", "use-first").Results = map[string]any{"fuse-skipped": ""}
	expect(t, source, fused)
	step(t, &source, "use", "first").Results = map[string]any{"fuse-skipped": "own"}
	expect(t, source, fused, "step-results use first")
	source, fused = pairOfSides(t)
	step(t, &fused, "show", "show").Results = map[string]any{"fuse-skipped": ""}
	expect(t, source, fused, "step-results show show")
}

func TestBlankResultsOfASkippedMember(t *testing.T) {
	source, fused := pairOfSides(t)
	dropTask(&source, "make", "When Expressions evaluated to false")
	source.Documents = documents(t, strings.ReplaceAll(sourceText, "{name: inner}", "{name: inner}, {name: object}"))
	fused.Documents = documents(t, strings.ReplaceAll(fusedText, "{name: make-list}", "{name: make-list}\n  - {name: make-object}\n  - {name: make-ran}\n  - {name: make-status}"))
	group := taskOf(t, &fused, "g")
	group.Steps[0], group.Sidecars = passed("make-make", "make", 0), nil
	group.Results = map[string]any{
		"make-word": "", "make-list": []any{"", ""}, "make-object": map[string]any{"a": "", "b": ""}, "make-ran": "false", "make-status": "None",
	}
	expect(t, source, fused)
	for name, value := range map[string]any{"make-word": " ", "make-list": []any{"", "x"}, "make-object": map[string]any{"a": "", "b": "x"}} {
		blank := group.Results[name]
		group.Results[name] = value
		expect(t, source, fused, "results make")
		group.Results[name] = blank
	}
	// A member that ran and wrote nothing else has a result.
	group.Steps[0] = ran("make-make", 0, "make")
	if found := keys(compared(t, source, fused)); !slices.Contains(found, "results make") {
		t.Errorf("%q", found)
	}
}

func TestATaskThatHandsOnResults(t *testing.T) {
	carrier := func() report.Task {
		made := task("g-results", ran("results", 5, "x"))
		made.Annotations = map[string]string{"tkn-fuse/results-of": "g"}
		made.Results = map[string]any{"final": "hello"}
		return made
	}
	source, fused := pairOfSides(t)
	fused.Report.Runs[0].Tasks = append(fused.Report.Runs[0].Tasks, carrier())
	expect(t, source, fused)
	taskOf(t, &fused, "g-results").Annotations = nil
	expect(t, source, fused, "task-status g-results")
	// A task of the source may have any annotation.
	source.Report.Runs[0].Tasks = append(source.Report.Runs[0].Tasks, carrier())
	taskOf(t, &fused, "g-results").Annotations = carrier().Annotations
	taskOf(t, &fused, "g-results").Results = nil
	expect(t, source, fused, "results g-results")
}

func TestATaskThatHandsOnNoResults(t *testing.T) {
	source, fused := pairOfSides(t)
	text := "  finally:\n"
	with := "  - {name: g-results, taskSpec: {metadata: {annotations: {tkn-fuse/results-of: g}}, steps: []}}\n"
	fused.Documents = documents(t, strings.Replace(fusedText, text, with+text, 1))
	fused.Report.Runs[0].Skipped = []report.Skipped{{Task: "g-results", Reason: "When Expressions evaluated to false"}}
	expect(t, source, fused)
	fused.Documents = documents(t, fusedText)
	expect(t, source, fused, "task-status g-results")
}

const verdictTrace = `"use-unnamed-1":["use",null,"unnamed-1"],"use-fuse-verdict":["use",null,"verdict"]}`

// continued is a source whose `make` fails, and a group that goes on and ends with a verdict.
func continued(t *testing.T, exit, inPod int) (source, fused Side) {
	t.Helper()
	source, fused = pairOfSides(t)
	maker, group := taskOf(t, &source, "make"), taskOf(t, &fused, "g")
	maker.Status, maker.Reason, group.Status, group.Reason = "Failed", "StepFailed", "Failed", "StepFailed"
	maker.Steps[0].ExitCode, maker.Steps[0].Reason = code(exit), "Error"
	group.Steps[0].ExitCode, group.Steps[0].Reason = code(inPod), "Continued"
	link := passed("use-fuse-link", "use", 1)
	verdict := ran("use-fuse-verdict", 4, fusedScript)
	verdict.ExitCode, verdict.Reason = code(exit), "Error"
	group.Steps = []report.Step{group.Steps[0], link, passed("use-first", "use", 2), skipped("use-unnamed-1", 0), verdict}
	for _, side := range []*Side{&source, &fused} {
		side.Report.Runs[0].Status, side.Report.Runs[0].Reason = "Failed", "Failed"
		dropTask(side, "show", stopping)
	}
	dropTask(&source, "use", stopping)
	fused.Documents = documents(t, strings.ReplaceAll(fusedText, `"use-unnamed-1":["use",null,"unnamed-1"]}`, verdictTrace))
	return source, fused
}

func TestAGroupThatGoesOnAfterAFailure(t *testing.T) {
	source, fused := continued(t, 7, 7)
	expect(t, source, fused)
	source, fused = continued(t, 255, -1)
	expect(t, source, fused)
	source, fused = continued(t, 7, 8)
	expect(t, source, fused, "exit-code make make", "exit-code g use-fuse-verdict")
	source, fused = continued(t, 7, 7)
	step(t, &source, "make", "make").Reason = "TimeoutExceeded"
	expect(t, source, fused, "exit-code make make")
}

func TestAVerdictWithAnotherExitCode(t *testing.T) {
	source, fused := continued(t, 7, 7)
	verdict := step(t, &fused, "g", "use-fuse-verdict")
	verdict.ExitCode = code(1)
	expect(t, source, fused, "exit-code g use-fuse-verdict")
	verdict.ExitCode, verdict.Reason = code(0), "Completed"
	taskOf(t, &fused, "g").Status, taskOf(t, &fused, "g").Reason = "Succeeded", "Succeeded"
	expect(t, source, fused, "task-status make", "exit-code g use-fuse-verdict")
	// It fails though nothing did.
	source, fused = pairOfSides(t)
	fused.Documents = documents(t, strings.ReplaceAll(fusedText, `"use-unnamed-1":["use",null,"unnamed-1"]}`, verdictTrace))
	failed := ran("use-fuse-verdict", 4, fusedScript)
	failed.ExitCode, failed.Reason = code(1), "Error"
	taskOf(t, &fused, "g").Steps = append(taskOf(t, &fused, "g").Steps, failed)
	expect(t, source, fused, "exit-code g use-fuse-verdict")
}

func TestAMemberThatRunsAfterAFailure(t *testing.T) {
	source, fused := continued(t, 7, 7)
	group := taskOf(t, &fused, "g")
	group.Steps[2], group.Steps[3] = ran("use-first", 2, fusedScript), ran("use-unnamed-1", 3, "ls")
	expect(t, source, fused, "task-status use", "started use first", "started use unnamed-1")
	// One that fails as well does not change the verdict.
	group.Steps[3].ExitCode, group.Steps[3].Reason = code(9), "Continued"
	expect(t, source, fused, "task-status use", "started use first", "started use unnamed-1")
}

func TestAMemberThatMayFail(t *testing.T) {
	source, fused := pairOfSides(t)
	source.Documents = documents(t, strings.ReplaceAll(sourceText, "{name: make, taskRef", "{name: make, onError: continue, taskRef"))
	fused.Documents = documents(t, strings.ReplaceAll(fusedText, `"use-unnamed-1":["use",null,"unnamed-1"]}`, verdictTrace))
	maker, group := taskOf(t, &source, "make"), taskOf(t, &fused, "g")
	maker.Status, maker.Reason = "Failed", "FailureIgnored"
	maker.Steps[0].ExitCode, maker.Steps[0].Reason = code(3), "Error"
	group.Steps[0].ExitCode, group.Steps[0].Reason = code(3), "Continued"
	group.Steps = append(group.Steps, ran("use-fuse-verdict", 4, fusedScript))
	expect(t, source, fused)
	// The verdict forgives that one only.
	step(t, &source, "use", "unnamed-1").ExitCode, step(t, &source, "use", "unnamed-1").Reason = code(4), "Error"
	taskOf(t, &source, "use").Status, taskOf(t, &source, "use").Reason = "Failed", "StepFailed"
	step(t, &fused, "g", "use-unnamed-1").ExitCode, step(t, &fused, "g", "use-unnamed-1").Reason = code(4), "Continued"
	expect(t, source, fused, "task-status use", "exit-code g use-fuse-verdict")
	group = taskOf(t, &fused, "g")
	group.Status, group.Reason = "Failed", "StepFailed"
	step(t, &fused, "g", "use-fuse-verdict").ExitCode = code(4)
	expect(t, source, fused)
}

func TestAStepThatMayNotFailAnyMore(t *testing.T) {
	source, fused := pairOfSides(t)
	maker := taskOf(t, &source, "make")
	maker.Status, maker.Reason = "Failed", "StepFailed"
	for _, failed := range []*report.Step{step(t, &source, "make", "make"), step(t, &fused, "g", "make-make")} {
		failed.ExitCode, failed.Reason = code(3), "Continued"
	}
	expect(t, source, fused, "task-status make")
	maker.Status, maker.Reason = "Succeeded", "Succeeded"
	expect(t, source, fused)
	step(t, &fused, "g", "make-make").Reason = "Error"
	expect(t, source, fused, "task-status make", "exit-code make make")
}

func TestWhatTheAuthorLetsFail(t *testing.T) {
	for text, forgiven := range map[string]bool{
		"":                       false,
		"onError: stopAndFail, ": false,
		"onError: continue, ":    true,
		"onError: $(params.p), ": true,
	} {
		source, fused := pairOfSides(t)
		source.Documents = documents(t, strings.ReplaceAll(sourceText, "{name: first, image", "{name: first, "+text+"image"))
		dropTask(&source, "use", "")
		p, err := newPair(side{source, source.Report.Runs[0], true}, side{fused, fused.Report.Runs[0], true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.isForgiven(traced{fused: "use-first", member: "use", step: "first"}); got != forgiven {
			t.Errorf("%q: %v", text, got)
		}
		if p.isForgiven(traced{fused: "use-fuse-link", member: "use", step: "first", helper: true}) {
			t.Errorf("%q: a helper may fail", text)
		}
	}
}

func TestOrderIsNotTakenFromStepsThatAreSkipped(t *testing.T) {
	source, fused := pairOfSides(t)
	group := taskOf(t, &fused, "g")
	group.Steps[2], group.Steps[3] = passed("use-first", "use", 2), skipped("use-unnamed-1", 0)
	swapTimes(&group.Steps[0], &group.Steps[2])
	expect(t, source, fused, "task-status use", "started use first", "started use unnamed-1")
}

const finallySource = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
  - {name: work, taskSpec: {steps: [{name: s, image: i}]}}
  finally:
  - {name: one, taskSpec: {results: [{name: r}], steps: [{name: s, image: i}]}}
  - {name: two, taskSpec: {steps: [{name: s, image: i}]}}
`

const finallyFused = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
  - {name: work, taskSpec: {steps: [{name: s, image: i}]}}
  finally:
  - name: g
    taskSpec:
      metadata:
        annotations:
          tkn-fuse/steps: '{"version":1,"steps":{"one-s":["one",null,"s"],"two-s":["two",null,"s"],"two-fuse-verdict":["two",null,"verdict"]}}'
      results: [{name: one-r, value: $(steps.one-s.results.r)}]
      steps: [{name: one-s, image: i}, {name: two-s, image: i}, {name: two-fuse-verdict, image: i}]
`

// finallySides have two finally tasks, which are a group on one side.
func finallySides(t *testing.T) (source, fused Side) {
	t.Helper()
	labelled := func(tasks ...report.Task) report.Report {
		for i := range tasks {
			tasks[i].Labels = map[string]string{"tekton.dev/pipeline": "p"}
		}
		return whole("ns", "uid", tasks...)
	}
	one := task("one", ran("s", 1, "x"))
	one.Results = map[string]any{"r": "hello"}
	group := task("g", ran("one-s", 1, "x"), ran("two-s", 2, "x"), ran("two-fuse-verdict", 3, "x"))
	group.Results = map[string]any{"one-r": "hello"}
	source = Side{labelled(task("work", ran("s", 0, "x")), one, task("two", ran("s", 1, "x"))), documents(t, finallySource)}
	fused = Side{labelled(task("work", ran("s", 0, "x")), group), documents(t, finallyFused)}
	return source, fused
}

func TestAGroupOfFinallyTasks(t *testing.T) {
	source, fused := finallySides(t)
	expect(t, source, fused)
	fails := func(side *Side, task, name, reason string) {
		t.Helper()
		side.Report.Runs[0].Status, side.Report.Runs[0].Reason = "Failed", "Failed"
		taskOf(t, side, task).Status, taskOf(t, side, task).Reason = "Failed", "StepFailed"
		step(t, side, task, name).ExitCode, step(t, side, task, name).Reason = code(4), reason
	}
	fails(&source, "one", "s", "Error")
	fails(&fused, "g", "one-s", "Continued")
	expect(t, source, fused, "exit-code g two-fuse-verdict")
	fails(&fused, "g", "two-fuse-verdict", "Error")
	expect(t, source, fused)
	// The failure of the first one must not stop the second.
	*step(t, &fused, "g", "two-s") = skipped("two-s", 1)
	expect(t, source, fused, "task-status two", "started two s")
}

func TestAGroupOfFinallyTasksThatDoesNotWait(t *testing.T) {
	source, fused := finallySides(t)
	swapTimes(step(t, &fused, "work", "s"), step(t, &fused, "g", "one-s"))
	expect(t, source, fused, "order one s")
}
