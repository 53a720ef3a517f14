package compare

import (
	"slices"
	"strings"
	"testing"

	"tkn-fuse/tests/tekton/report"
)

// skipped is a step that Tekton passed over, because of a failure (1) or its `when` (0).
func skipped(name string, exit int) report.Step {
	return report.Step{Name: name, ExitCode: code(exit), Reason: "Skipped"}
}

// withoutResult is a source whose `use` never starts, for `make` did not write its result.
func withoutResult(t *testing.T) (source, fused Side) {
	t.Helper()
	source, fused = pairOfSides(t)
	run := &source.Report.Runs[0]
	run.Status, run.Reason = "Failed", "PipelineValidationFailed"
	run.Tasks = []report.Task{run.Tasks[0], run.Tasks[3]}
	delete(run.Tasks[0].Results, "word")
	run = &fused.Report.Runs[0]
	run.Status, run.Reason = "Failed", "Failed"
	run.Tasks = []report.Task{run.Tasks[0], run.Tasks[2]}
	run.Skipped = []report.Skipped{{Task: "show", Reason: "PipelineRun was stopping"}}
	group := &run.Tasks[0]
	group.Status, group.Reason = "Failed", "Failed"
	delete(group.Results, "make-word")
	delete(group.Steps[0].Results, "word")
	return source, fused
}

func TestAMissingResultFoundByALinkStep(t *testing.T) {
	source, fused := withoutResult(t)
	group := taskOf(t, &fused, "g")
	group.Steps[1].ExitCode, group.Steps[1].Reason = code(1), "Error"
	group.Steps[2], group.Steps[3] = skipped("use-first", 1), skipped("use-unnamed-1", 1)
	expect(t, source, fused)
	group.Steps[2] = ran("use-first", 2, fusedScript, "hello")
	expect(t, source, fused, "task-status use", "started use first")
}

func TestAMissingResultFoundByAScript(t *testing.T) {
	source, fused := withoutResult(t)
	group := taskOf(t, &fused, "g")
	first := &group.Steps[2]
	first.ExitCode, first.Reason = code(1), "Error"
	group.Steps[3] = skipped("use-unnamed-1", 1)
	first.Log = "2026/01/02 03:04:05 a line of the entrypoint\ntkn-fuse: task use does not start: it is missing\n"
	expect(t, source, fused)
	for _, log := range []string{
		"tkn-fuse: task make does not start: it is missing\n",
		"done something\ntkn-fuse: task use does not start: it is missing\n",
	} {
		first.Log = log
		expect(t, source, fused, "task-status use", "started use first")
	}
	first.Log, first.ExitCode = "tkn-fuse: task use does not start: it is missing\n", code(0)
	expect(t, source, fused, "task-status use", "started use first")
}

func TestAFailureInsideTheGroup(t *testing.T) {
	source, fused := pairOfSides(t)
	maker, group := taskOf(t, &source, "make"), taskOf(t, &fused, "g")
	for _, task := range []*report.Task{maker, group} {
		task.Status, task.Reason = "Failed", "Failed"
		task.Steps[0].ExitCode, task.Steps[0].Reason = code(7), "Error"
	}
	for _, side := range []*Side{&source, &fused} {
		run := &side.Report.Runs[0]
		run.Status, run.Reason = "Failed", "Failed"
		run.Tasks = slices.DeleteFunc(run.Tasks, func(task report.Task) bool { return task.Name == "use" || task.Name == "show" })
		run.Skipped = []report.Skipped{{Task: "show", Reason: "PipelineRun was stopping"}}
	}
	group = taskOf(t, &fused, "g")
	for i := 1; i < 4; i++ {
		group.Steps[i] = skipped(group.Steps[i].Name, 1)
	}
	expect(t, source, fused)
}

func TestAGroupThatNeverGotAPod(t *testing.T) {
	source, fused := pairOfSides(t)
	group := taskOf(t, &fused, "g")
	group.Status, group.Reason, group.Steps, group.Results, group.Sidecars = "Failed", "PodCreationFailed", nil, nil, nil
	found := keys(compared(t, source, fused))
	for _, want := range []string{"task-status make", "task-status use", "started make make", "results make", "sidecars make helper"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not in %q", want, found)
		}
	}
}

func TestAMemberFailsWithoutAPod(t *testing.T) {
	source, fused := pairOfSides(t)
	for _, task := range []*report.Task{taskOf(t, &source, "make"), taskOf(t, &fused, "g")} {
		task.Status, task.Reason, task.Steps, task.Results, task.Sidecars = "Failed", "TaskRunValidationFailed", nil, nil, nil
	}
	source.Report.Runs[0].Tasks = slices.Delete(source.Report.Runs[0].Tasks, 1, 2)
	expect(t, source, fused)
}

func TestAMemberThatIsStillRunning(t *testing.T) {
	source, fused := pairOfSides(t)
	use := taskOf(t, &source, "use")
	use.Status, use.Reason = "Running", "Running"
	group := taskOf(t, &fused, "g")
	for _, last := range []*report.Step{&use.Steps[1], &group.Steps[3]} {
		last.ExitCode, last.Reason = nil, ""
	}
	expect(t, source, fused, "task-status use")
	group.Status, group.Reason = "Running", "Running"
	expect(t, source, fused)
	group.Steps[3].Reason = "TimeoutExceeded"
	expect(t, source, fused, "exit-code use unnamed-1")
}

func TestAStepThatItsWhenPassesOver(t *testing.T) {
	source, fused := pairOfSides(t)
	taskOf(t, &source, "use").Steps[1] = skipped("unnamed-1", 0)
	taskOf(t, &fused, "g").Steps[3] = skipped("use-unnamed-1", 0)
	expect(t, source, fused)
}

func TestACommandThatIsNotThere(t *testing.T) {
	source, fused := pairOfSides(t)
	for _, broken := range []*report.Step{step(t, &source, "show", "show"), step(t, &fused, "show", "show")} {
		broken.Seen, broken.ExitCode, broken.Reason, broken.Log = nil, code(127), "Error", "no such file\n"
	}
	expect(t, source, fused)
	step(t, &fused, "show", "show").Log = "permission denied\n"
	step(t, &fused, "show", "show").ExitCode = code(126)
	expect(t, source, fused, "exit-code show show", "log show show")
}

func TestACommandThatTheNodeMissed(t *testing.T) {
	source, fused := pairOfSides(t)
	step(t, &fused, "g", "use-first").Seen = nil
	found := compared(t, source, fused)
	if len(found) != 1 || found[0].Source != "started" || !strings.Contains(found[0].Fused, "did not see") {
		t.Errorf("%+v", found)
	}
	step(t, &fused, "g", "use-first").Reason = "Error"
	if found = compared(t, source, fused); len(found) != 1 || found[0].Fused != "not started" {
		t.Errorf("%+v", found)
	}
}

func TestWithoutANodeThatTells(t *testing.T) {
	source, fused := pairOfSides(t)
	for _, side := range []*Side{&source, &fused} {
		for _, task := range side.Report.Runs[0].Tasks {
			for _, list := range [][]report.Step{task.Steps, task.Sidecars} {
				for i := range list {
					list[i].Seen = nil
				}
			}
		}
	}
	expect(t, source, fused)
	*step(t, &fused, "g", "use-first") = skipped("use-first", 0)
	expect(t, source, fused, "started use first")
	other, _ := pairOfSides(t)
	if _, err := Compare(other, fused, nil); err == nil {
		t.Error("a side without observation passes")
	}
}

func TestResultsOfTheirOwnName(t *testing.T) {
	text := func(list string) string {
		return strings.ReplaceAll(fusedText, "{name: make-list}", list)
	}
	source, fused := pairOfSides(t)
	fused.Documents = documents(t, text("{name: list}"))
	results := taskOf(t, &fused, "g").Results
	delete(results, "make-list")
	results["list"] = []any{"a", "b"}
	expect(t, source, fused)
	results["list"] = []any{"a"}
	expect(t, source, fused, "results make")
	// Two members have a result of this name; it is that of the one whose value it has.
	taskOf(t, &source, "use").Results = map[string]any{"list": []any{"a"}}
	expect(t, source, fused, "results make")
	results["list"] = []any{"a", "b"}
	expect(t, source, fused, "results use")
	// The other one declares it and does not write it: nothing is lost.
	taskOf(t, &source, "use").Results = nil
	source.Documents = documents(t, strings.Replace(sourceText, "params: [{name: word}]\n      steps", "params: [{name: word}]\n      results: [{name: list}]\n      steps", 1))
	expect(t, source, fused)
}

func TestAResultHandedOnFromAStep(t *testing.T) {
	source, fused := pairOfSides(t)
	source.Documents = documents(t, strings.ReplaceAll(sourceText, "{name: inner}", "{name: inner, value: $(steps.make.results.own)}"))
	fused.Documents = documents(t, strings.ReplaceAll(fusedText, "{name: make-list}", "{name: make-list}\n  - {name: make-inner, value: $(steps.make-make.results.own)}"))
	taskOf(t, &source, "make").Results["inner"] = "x"
	taskOf(t, &fused, "g").Results["make-inner"] = "x"
	expect(t, source, fused)
	taskOf(t, &fused, "g").Results["make-inner"] = "y"
	expect(t, source, fused, "results make")
	taskOf(t, &fused, "g").Results["make-inner"] = "x"
	step(t, &source, "make", "make").Seen.Args[1] = "/tekton/steps/step-make/results/own"
	step(t, &fused, "g", "make-make").Seen.Args[1] = "/tekton/steps/step-make-make/results/own"
	expect(t, source, fused)
	delete(step(t, &source, "make", "make").Results, "own")
	expect(t, source, fused, "step-results make make")
}

func TestAGroupThatIsEmbeddedOrInNoDocument(t *testing.T) {
	source, fused := pairOfSides(t)
	annotations := nestedMap(fused.Documents[0].Object, "metadata", "annotations")
	trace := annotations[traceAnnotation].(string)
	fused.Documents = fused.Documents[1:]
	taskOf(t, &fused, "g").Annotations = map[string]string{traceAnnotation: trace}
	// Without the Task nobody knows that `word` belongs to the step for the group's sake.
	delete(step(t, &fused, "g", "make-make").Results, "word")
	step(t, &fused, "g", "make-make").Seen.Args[1] = "/tekton/results/make-word"
	expect(t, source, fused)
	step(t, &fused, "g", "use-first").Log = "other"
	expect(t, source, fused, "log use first")
	taskOf(t, &fused, "g").Annotations = nil
	if found := keys(compared(t, source, fused)); !slices.Contains(found, "task-status g") {
		t.Errorf("a group without a trace is a task of its own: %q", found)
	}
}

func nestedMap(object map[string]any, path ...string) map[string]any {
	for _, key := range path {
		object, _ = object[key].(map[string]any)
	}
	return object
}

func TestAMatrixIsComparedByTaskRun(t *testing.T) {
	source, fused := pairOfSides(t)
	combination := func(name, arg string) report.Task {
		made := task("m", ran("s", 3, "echo", arg))
		made.TaskRun = "run-m-" + name
		return made
	}
	source.Report.Runs[0].Tasks = append(source.Report.Runs[0].Tasks, combination("0", "a"), combination("1", "b"))
	fused.Report.Runs[0].Tasks = append(fused.Report.Runs[0].Tasks, combination("1", "b"), combination("0", "a"))
	expect(t, source, fused)
	step(t, &fused, "m", "s").Seen.Args[1] = "c"
	expect(t, source, fused, "args m s")
}

func TestARunOfATask(t *testing.T) {
	source, fused := Side{Report: whole("a", "u", task("run", ran("s", 0, "x")))}, Side{Report: whole("b", "v", task("run", ran("s", 0, "x")))}
	source.Report.Runs[0].Kind, fused.Report.Runs[0].Kind = "TaskRun", "TaskRun"
	expect(t, source, fused)
	step(t, &fused, "run", "s").Log = "other"
	expect(t, source, fused, "log run s")
}

func TestAGeneratedNameAndAnInlinePipeline(t *testing.T) {
	inline := func(text string) string {
		return strings.NewReplacer("kind: Pipeline\nmetadata: {name: p}", "kind: PipelineRun\nmetadata: {generateName: ru}",
			"spec:\n  workspaces: [{name: w}]\n  tasks:", "spec:\n pipelineSpec:\n  tasks:").Replace(strings.Split(text, "\n---\napiVersion: tekton.dev/v1\nkind: PipelineRun")[0])
	}
	source, fused := pairOfSides(t)
	source.Documents, fused.Documents = documents(t, inline(sourceText)), documents(t, inline(fusedText))
	expect(t, source, fused)
	step(t, &fused, "g", "use-first").Log = "other"
	for name, want := range map[string]string{"ru": "TF1", "run": "TF1", "r": ""} {
		said := Diagnostic{Code: "TF1", Severity: "note", Pipeline: name, Changes: []string{Log}}
		if found := compared(t, source, fused, said); len(found) != 1 || found[0].AnnouncedBy != want {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestRunsOfOneNameAreMatchedByKind(t *testing.T) {
	source, fused := pairOfSides(t)
	other := report.Run{Kind: "TaskRun", Name: "run", Status: "Succeeded", Reason: "Succeeded"}
	source.Report.Runs = append(source.Report.Runs, other)
	fused.Report.Runs = append([]report.Run{other}, fused.Report.Runs...)
	expect(t, source, fused)
}

func TestAGroupInTwoDoubts(t *testing.T) {
	source, fused := pairOfSides(t)
	source.Report.Runs[0].Tasks = append(source.Report.Runs[0].Tasks, task("use", ran("first", 9, "x")))
	if _, err := Compare(source, fused, nil); err == nil {
		t.Error("a member with two TaskRuns is taken")
	}
	source, fused = pairOfSides(t)
	twin := task("h")
	annotations := nestedMap(fused.Documents[0].Object, "metadata", "annotations")
	twin.Annotations = map[string]string{traceAnnotation: annotations[traceAnnotation].(string)}
	fused.Report.Runs[0].Tasks = append(fused.Report.Runs[0].Tasks, twin)
	if _, err := Compare(source, fused, nil); err == nil {
		t.Error("a member of two groups is taken")
	}
}

func TestInputsThatCannotBeRead(t *testing.T) {
	for _, trace := range []string{`{`, `{"version":2,"steps":{}}`, `{"version":1,"steps":[]}`, `{"version":1,"steps":{"a":["b"]}}`, `{"version":1,"steps":{"a":[null,null,"s"]}}`, `{"version":1}`} {
		source, fused := pairOfSides(t)
		annotations := nestedMap(fused.Documents[0].Object, "metadata", "annotations")
		annotations[traceAnnotation] = trace
		if _, err := Compare(source, fused, nil); err == nil {
			t.Errorf("the trace %s is taken", trace)
		}
	}
	source, fused := pairOfSides(t)
	source.Documents = nil
	if _, err := Compare(source, fused, nil); err == nil {
		t.Error("a run without its Pipeline is taken")
	}
	source, fused = pairOfSides(t)
	fused.Documents[1].Object["spec"].(map[string]any)["tasks"] = "no list"
	if _, err := Compare(source, fused, nil); err == nil {
		t.Error("a Pipeline that is none is taken")
	}
}
