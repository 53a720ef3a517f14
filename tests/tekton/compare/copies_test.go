package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"tkn-fuse/tests/tekton/report"
)

const matrixSource = `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  params: [{name: l, type: array, default: [a, b]}]
  tasks:
  - name: m
    matrix: {params: [{name: p, value: $(params.l)}]}
    taskSpec: {params: [{name: p}], results: [{name: r}], steps: [{name: s, image: i, command: [echo]}]}
  - {name: after, runAfter: [m], taskSpec: {steps: [{name: s, image: i, command: [echo]}]}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec: {pipelineRef: {name: p}, params: [{name: l, value: [x, z]}]}
`

const matrixFused = `
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: p-g
  annotations:
    tkn-fuse/steps: '{"version":1,"steps":{"m-fuse-count":["m",null,"count"],"m-0-s":["m",null,"s",0],"m-1-s":["m",null,"s",1],"m-fuse-collector":["m",null,"collector"],"after-s":["after",null,"s"]}}'
spec:
  steps:
  - {name: m-fuse-count, image: i, script: x}
  - {name: m-0-s, image: i, command: [echo]}
  - {name: m-1-s, image: i, command: [echo]}
  - {name: m-fuse-collector, image: i, script: x}
  - {name: after-s, image: i, command: [echo]}
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  params: [{name: l, type: array, default: [a, b]}]
  tasks: [{name: g, taskRef: {name: p-g}}]
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec: {pipelineRef: {name: p}, params: [{name: l, value: [x, z]}]}
`

// pairOfCopies is a matrix of two and what it becomes, without a difference.
func pairOfCopies(t *testing.T) (source, fused Side) {
	t.Helper()
	copy := func(number int, value string) report.Task {
		task := task("m", ran("s", number, "echo", value))
		task.TaskRun = fmt.Sprintf("run-m-%d", number)
		task.Steps[0].Log = value
		return task
	}
	group := task("g", ran("m-fuse-count", 0, fusedScript), ran("m-0-s", 1, "echo", "x"), ran("m-1-s", 2, "echo", "z"),
		ran("m-fuse-collector", 3, fusedScript), ran("after-s", 4, "echo", "after"))
	group.Steps[1].Log, group.Steps[2].Log = "x", "z"
	// Listed in another order than numbered.
	source = Side{whole("source-ns", "run-uid-1", copy(1, "z"), copy(0, "x"), task("after", ran("s", 2, "echo", "after"))), documents(t, matrixSource)}
	return source, Side{whole("fused-ns", "run-uid-2", group), documents(t, matrixFused)}
}

func TestCopiesAreComparedWithTheTaskRunsOfTheirNumbers(t *testing.T) {
	source, fused := pairOfCopies(t)
	expect(t, source, fused)
	if name := source.Report.Runs[0].Tasks[0].Name; name != "m" {
		t.Errorf("the report itself was changed: %s", name)
	}
	group := taskOf(t, &fused, "g")
	group.Steps[1], group.Steps[2] = ran("m-0-s", 1, "echo", "z"), ran("m-1-s", 2, "echo", "x")
	expect(t, source, fused, "log m-1 s", "args m-1 s", "log m-0 s", "args m-0 s")
}

func TestACopyThatDoesNotRun(t *testing.T) {
	source, fused := pairOfCopies(t)
	taskOf(t, &fused, "g").Steps[2] = skipped("m-1-s", 0)
	differences := compared(t, source, fused, Diagnostic{Code: "TF1", Severity: "note", Group: "g", Members: []string{"m"}, Changes: []string{Started}})
	if got := keys(differences); !slices.Equal(got, []string{"task-status m-1", "started m-1 s"}) || differences[1].AnnouncedBy != "TF1" {
		t.Errorf("%+v", differences)
	}
}

func TestASingleCombinationHasNoNumber(t *testing.T) {
	source, fused := pairOfCopies(t)
	source.Report.Runs[0].Tasks = source.Report.Runs[0].Tasks[1:]
	source.Report.Runs[0].Tasks[0].TaskRun = "run-12"
	expect(t, source, fused, "task-status m-1", "started m-1 s")
}

func TestATaskRunWithoutACopy(t *testing.T) {
	source, fused := pairOfCopies(t)
	more := source.Report.Runs[0].Tasks[0]
	more.TaskRun = "run-m-2"
	source.Report.Runs[0].Tasks = append(source.Report.Runs[0].Tasks, more)
	expect(t, source, fused, "task-status m")
}

func TestWhatWaitsForAMatrixWaitsForAllCopies(t *testing.T) {
	source, fused := pairOfCopies(t)
	early := &taskOf(t, &fused, "g").Steps[4]
	early.Start = early.Start.Add(-25 * time.Second)
	early.Seen.Time = early.Start
	expect(t, source, fused, "order after s")
}

func TestConditionsOfAMatrix(t *testing.T) {
	source, fused := pairOfCopies(t)
	for _, test := range []struct {
		condition, value string
		want             bool
	}{
		{"param-items-other", `{"param": "l", "count": 2}`, false},
		{"param-items-other", `{"param": "l", "count": 3}`, true},
		{"param-items-other", `{"param": "k", "count": 3}`, false},
		{"run-name-longer", "3", false},
		{"run-name-longer", "2", true},
	} {
		taskOf(t, &fused, "g").Steps[4].Log = "other"
		said := Diagnostic{Code: "TF1", Severity: "note", Group: "g", Members: []string{"after"}, Changes: []string{Log},
			OnlyIf: &Condition{Condition: test.condition, Value: json.RawMessage(test.value)}}
		differences := compared(t, source, fused, said)
		if len(differences) != 1 || (differences[0].AnnouncedBy == "TF1") != test.want {
			t.Errorf("%s %s: %+v", test.condition, test.value, differences)
		}
	}
}

func TestASkippedTaskWithCopies(t *testing.T) {
	source, fused := pairOfCopies(t)
	dropTask(&source, "m", "When Expressions evaluated to false")
	group := taskOf(t, &fused, "g")
	group.Steps[1], group.Steps[2] = skipped("m-0-s", 0), skipped("m-1-s", 0)
	expect(t, source, fused)
	group.Steps[4].Log = "other"
	said := Diagnostic{Code: "TF1", Severity: "note", Group: "g", Changes: []string{Log}, OnlyIf: &Condition{Condition: "member-skipped"}}
	if found := compared(t, source, fused, said); len(found) != 1 || found[0].AnnouncedBy != "TF1" {
		t.Errorf("%+v", found)
	}
}
