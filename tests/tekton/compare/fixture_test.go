package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"tkn-fuse/tests/tekton/report"
)

// The source: `make` hands its result `word` to `use`, both in the group `g`;
// `show` reads it too, `last` is in `finally`.
const sourceText = `
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: maker}
spec:
  results: [{name: word}, {name: list}, {name: inner}]
  sidecars: [{name: helper, image: i}]
  steps: [{name: make, image: i, results: [{name: own}], script: x}]
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  workspaces: [{name: w}]
  tasks:
  - {name: make, taskRef: {name: maker}}
  - name: use
    params: [{name: word, value: $(tasks.make.results.word)}]
    taskSpec:
      params: [{name: word}]
      steps: [{name: first, image: i, script: x}, {image: i, workingDir: /workspace/w/app, command: [ls]}]
  - name: show
    params: [{name: word, value: $(tasks.make.results.word)}]
    runAfter: [use]
    taskSpec: {params: [{name: word}], results: [{name: out}], steps: [{name: show, image: i, command: [echo]}]}
  finally:
  - {name: last, taskSpec: {steps: [{name: end, image: i, command: ["true"]}]}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineRef: {name: p}
  workspaces: [{name: w, volumeClaimTemplate: {spec: {}}}]
`

const fusedText = `
apiVersion: tekton.dev/v1
kind: Task
metadata:
  name: p-g
  annotations:
    tkn-fuse/steps: '{"version":1,"steps":{"make-make":["make","maker","make"],"use-fuse-link":["use",null,"link"],"use-first":["use",null,"first"],"use-unnamed-1":["use",null,"unnamed-1"]}}'
spec:
  results:
  - {name: make-word, value: $(steps.make-make.results.word)}
  - {name: make-list}
  workspaces: [{name: w, mountPath: /tekton-fuse/w}]
  steps:
  - {name: make-make, image: i, results: [{name: own}, {name: word}], script: x}
  - {name: use-fuse-link, image: i, script: x}
  - {name: use-first, image: i, script: x}
  - name: use-unnamed-1
    image: i
    workspaces: [{name: w, mountPath: /workspace/w}]
    command: [sh, -c, 'mkdir -p "$0" && cd "$0" && exec "$@"', /workspace/w/app, ls]
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  workspaces: [{name: w}]
  tasks:
  - {name: g, taskRef: {name: p-g}}
  - name: show
    params: [{name: word, value: $(tasks.g.results.make-word)}]
    runAfter: [g]
    taskSpec: {params: [{name: word}], results: [{name: out}], steps: [{name: show, image: i, command: [echo]}]}
  finally:
  - {name: last, taskSpec: {steps: [{name: end, image: i, command: ["true"]}]}}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: run}
spec:
  pipelineRef: {name: p}
  workspaces: [{name: w, volumeClaimTemplate: {spec: {}}}]
`

func documents(t *testing.T, text string) []unstructured.Unstructured {
	t.Helper()
	var all []unstructured.Unstructured
	for _, part := range strings.Split(text, "\n---\n") {
		var object unstructured.Unstructured
		if err := yaml.Unmarshal([]byte(part), &object.Object); err != nil {
			t.Fatal(err)
		}
		all = append(all, object)
	}
	return all
}

var begin = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// ran is a step that ended well, as the step of the n-th place in the run.
func ran(name string, n int, args ...string) report.Step {
	start := begin.Add(time.Duration(n) * 10 * time.Second)
	code := 0
	return report.Step{
		Name: name, Container: "step-" + name, ExitCode: &code, Reason: "Completed", Log: "said " + args[0] + "\n",
		Start: start, End: start.Add(5 * time.Second),
		Seen: &report.Seen{
			Args: args, Env: []string{"PATH=/bin", "HOSTNAME=" + name, "A=1"}, Dir: "/", UID: 0, GID: 0,
			Time: start.Add(300 * time.Millisecond),
			Mounts: []report.Mount{
				{Path: "/tekton/run", Files: []report.File{{Path: name, Mode: "-rw-r--r--"}}},
				{Path: "/workspace/w", Files: []report.File{{Path: "file", Mode: "-rw-r--r--", Content: "text"}}},
			},
		},
	}
}

func task(name string, steps ...report.Step) report.Task {
	return report.Task{Name: name, TaskRun: "run-" + name, UID: "uid-" + name, Pod: "run-" + name + "-pod", Status: "Succeeded", Reason: "Succeeded", Steps: steps}
}

const sourceScript, fusedScript = "/tekton/scripts/script-0-abcde", "/tekton/scripts/script-2-vwxyz"

func sourceReport() report.Report {
	maker := task("make", ran("make", 0, "make", "/tekton/results/word"))
	maker.Results = map[string]any{"word": "hello", "list": []any{"a", "b"}}
	maker.Steps[0].Results = map[string]any{"own": "x"}
	maker.Sidecars = []report.Step{ran("helper", 0, "serve")}
	use := task("use", ran("first", 1, sourceScript, "hello"), ran("unnamed-1", 2, "ls"))
	use.Steps[1].Seen.Dir = "/workspace/w/app"
	show := task("show", ran("show", 3, "echo", "hello"))
	show.Results = map[string]any{"out": "hello"}
	return whole("source-ns", "run-uid-1", maker, use, show, task("last", ran("end", 4, "true")))
}

func fusedReport() report.Report {
	link := ran("use-fuse-link", 1, fusedScript)
	group := task("g",
		ran("make-make", 0, "make", "/tekton/steps/step-make-make/results/word"), link,
		ran("use-first", 2, fusedScript, "hello"),
		ran("use-unnamed-1", 3, "sh", "-c", enterCommand[2], "/workspace/w/app", "ls"))
	group.Steps[0].Results = map[string]any{"own": "x", "word": "hello"}
	group.Steps[3].Log = "said ls\n"
	group.Steps[2].Log = "said " + fusedScript + "\n"
	group.Results = map[string]any{"make-word": "hello", "make-list": []any{"a", "b"}}
	group.Sidecars = []report.Step{ran("make-helper", 0, "serve")}
	show := task("show", ran("show", 4, "echo", "hello"))
	show.Results = map[string]any{"out": "hello"}
	show.UID, show.Pod = "uid-show-2", "run-show-pod-2"
	return whole("fused-ns", "run-uid-2", group, show, task("last", ran("end", 5, "true")))
}

func whole(namespace, uid string, tasks ...report.Task) report.Report {
	return report.Report{
		Namespace: namespace,
		Runs: []report.Run{{
			Kind: "PipelineRun", Name: "run", UID: uid, Status: "Succeeded", Reason: "Succeeded",
			Results: map[string]any{"final": "hello"}, Tasks: tasks,
			Workspaces: map[string][]report.File{"w": {{Path: "file", Mode: "-rw-r--r--", Content: "text"}}},
		}},
	}
}

// pairOfSides is a source and what it becomes, without a difference.
func pairOfSides(t *testing.T) (source, fused Side) {
	t.Helper()
	return Side{sourceReport(), documents(t, sourceText)}, Side{fusedReport(), documents(t, fusedText)}
}

// step finds a step or sidecar of the only run, to change it.
func step(t *testing.T, side *Side, task, step string) *report.Step {
	t.Helper()
	found := taskOf(t, side, task)
	for _, list := range [][]report.Step{found.Steps, found.Sidecars} {
		if at := slices.IndexFunc(list, func(candidate report.Step) bool { return candidate.Name == step }); at >= 0 {
			return &list[at]
		}
	}
	t.Fatalf("no step %s in %s", step, task)
	return nil
}

func taskOf(t *testing.T, side *Side, task string) *report.Task {
	t.Helper()
	tasks := side.Report.Runs[0].Tasks
	at := slices.IndexFunc(tasks, func(candidate report.Task) bool { return candidate.Name == task })
	if at < 0 {
		t.Fatalf("no task %s", task)
	}
	return &tasks[at]
}

// keys are `observable task step` of all differences.
func keys(differences []Difference) []string {
	all := []string{}
	for _, difference := range differences {
		all = append(all, strings.TrimRight(fmt.Sprintf("%s %s %s", difference.Observable, difference.Task, difference.Step), " "))
	}
	return all
}

func compared(t *testing.T, source, fused Side, diagnostics ...Diagnostic) []Difference {
	t.Helper()
	differences, err := Compare(source, fused, diagnostics)
	if err != nil {
		t.Fatal(err)
	}
	return differences
}

// expect demands exactly these differences.
func expect(t *testing.T, source, fused Side, want ...string) {
	t.Helper()
	differences := compared(t, source, fused)
	if got := keys(differences); !slices.Equal(got, append([]string{}, want...)) {
		text, _ := json.MarshalIndent(differences, "", " ")
		t.Errorf("want %q, found %q\n%s", want, got, text)
	}
}
