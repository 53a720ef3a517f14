package compare

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"tkn-fuse/tests/tekton/report"
)

func TestNamesAreTheCompilers(t *testing.T) {
	// The first is a step of testdata/compile/names-long-steps.
	long := "build-all-modules-for-the-first-of-the-supported-platforms-compile-every-single-module-of-the-whole-repository-in-turn-one"
	for _, test := range []struct{ name, want string }{
		{long, "build-all-modules-for-the-first-of-the-supported-8e25f43e"},
		{"short", "short"},
		{strings.Repeat("a", stepLimit), strings.Repeat("a", stepLimit)},
	} {
		if got := shorten(test.name, stepLimit); got != test.want {
			t.Errorf("%s: want %s", got, test.want)
		}
	}
	taken := newNames(resultLimit)
	for _, test := range []struct{ name, want string }{{"a-URL", "a-URL"}, {"a-url", "a-url-2"}, {"a-url", "a-url-3"}} {
		if got := taken.take(test.name); got != test.want {
			t.Errorf("%s: want %s", got, test.want)
		}
	}
}

func TestHelpersAreNotTakenForSteps(t *testing.T) {
	long := strings.Repeat("m", 60)
	for _, test := range []struct {
		entry  traced
		helper bool
	}{
		{traced{fused: "m-fuse-link", member: "m", step: "link"}, true},
		{traced{fused: "m-fuse-link-2", member: "m", step: "link"}, true},
		{traced{fused: shorten(long+"-fuse-collector", stepLimit), member: long, step: "collector"}, true},
		{traced{fused: "m-link", member: "m", step: "link"}, false},
		{traced{fused: "m-fuse-link", member: "m", step: "fuse-link"}, false},
		{traced{fused: "m-first", member: "m", step: "first"}, false},
	} {
		if got := isHelper(test.entry); got != test.helper {
			t.Errorf("%+v: %v", test.entry, got)
		}
	}
}

func TestTraceKeepsItsOrderAndKnowsHelpers(t *testing.T) {
	found, err := parseTrace(`{"version":1,"steps":{"b-z":["b","T","z"],"a-fuse-link":["a",null,"link"],"a-link":["a","T","link"]}}`)
	want := trace{
		{fused: "b-z", task: "b", member: "b", step: "z"},
		{fused: "a-fuse-link", task: "a", member: "a", step: "link", helper: true, nameless: true},
		{fused: "a-link", task: "a", member: "a", step: "link"},
	}
	if err != nil || !reflect.DeepEqual(found, want) {
		t.Fatalf("%+v, %v", found, err)
	}
	if members := found.members(); !reflect.DeepEqual(members, []string{"b", "a"}) {
		t.Errorf("%q", members)
	}
	if entry := found.find("a", "link"); entry == nil || entry.fused != "a-link" {
		t.Errorf("%+v", entry)
	}
}

func TestClassesOfEnds(t *testing.T) {
	for _, test := range []struct{ status, reason, want string }{
		{"Succeeded", "Succeeded", succeeded},
		{"Succeeded", "Completed", completed},
		{"Failed", "Failed", failed},
		{"Failed", "PipelineValidationFailed", failed},
		{"Failed", "InvalidTaskResultReference", failed},
		{"Failed", "PipelineRunTimeout", timedOut},
		{"Failed", "TaskRunTimeout", timedOut},
		{"Failed", "Cancelled", cancelled},
		{"Failed", "TaskRunCancelled", cancelled},
		{"Failed", "CancelledRunningFinally", cancelled},
		{"Failed", "StoppedRunningFinally", cancelled},
		{"Failed", "FailureIgnored", ignored},
		{"Running", "Running", running},
	} {
		if got := classOf(test.status, test.reason); got != test.want {
			t.Errorf("%s/%s: %s", test.status, test.reason, got)
		}
	}
}

func TestExcerptsShowWhereTextsPart(t *testing.T) {
	same := strings.Repeat("x", 500)
	for _, test := range []struct{ a, b, x, y string }{
		{"a", "b", "a", "b"},
		{"a\nb\n", "a\nc\n", "line 2: b", "line 2: c"},
		{"a\n", "a", "line 2: ", "line 2: end"},
		{same + "1", same + "2", "..." + same[:textLimit/2] + "1", "..." + same[:textLimit/2] + "2"},
	} {
		if x, y := excerpt(test.a, test.b); x != test.x || y != test.y {
			t.Errorf("%q, %q", x, y)
		}
	}
}

func TestWhichResultStandsForAMembers(t *testing.T) {
	source := documents(t, `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
  - name: one
    taskSpec:
      results:
      - {name: a, value: $(steps.s.results.r)}
      - {name: b, value: $(steps.t.results.r)}
      - {name: c, value: "$(steps.t.results.r[*])"}
      - {name: word}
      - {name: x.y}
      - {name: x-y}
      - {name: IMAGES}
      - {name: lost}
      - {name: taken}
      steps: [{name: s, image: i, results: [{name: r}]}, {name: t, image: i, results: [{name: r}]}]
  - name: two
    taskSpec: {results: [{name: word}, {name: hard}, {name: far}], steps: [{name: s, image: i}]}
`)
	fused := documents(t, `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
  - name: g
    taskSpec:
      metadata:
        annotations:
          tkn-fuse/steps: '{"version":1,"steps":{"one-s":["one",null,"s"],"one-t":["one",null,"t"],"two-s":["two",null,"s"],"two-fuse-collector":["two",null,"collector"]}}'
      results:
      - {name: one-c, value: "$(steps.one-t.results.r[*])"}
      - {name: one-a-7, value: $(steps.one-s.results.r)}
      - {name: one-b, value: $(steps.one-t.results.r)}
      - {name: one-word-9, value: $(steps.one-s.results.word)}
      - {name: two-word-9, value: $(steps.two-s.results.word)}
      - {name: one-x-y}
      - {name: one-x-y-2}
      - {name: IMAGES}
      - {name: two-hard, value: $(steps.two-fuse-collector.results.hard)}
      - {name: far}
      - {name: taken, value: $(steps.two-s.results.other)}
      steps: []
`)
	run := report.Run{Kind: "PipelineRun", Name: "run", Tasks: []report.Task{{Name: "g", Labels: map[string]string{"tekton.dev/pipeline": "p"}}}}
	before := run
	before.Tasks = []report.Task{{Name: "one", Labels: run.Tasks[0].Labels}}
	p, err := newPair(side{Side{Documents: source}, before, false}, side{Side{Documents: fused}, run, false}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for member, want := range map[string]map[string]string{
		"one": {"a": "one-a-7", "b": "one-b", "c": "one-c", "word": "one-word-9", "x.y": "one-x-y", "x-y": "one-x-y-2", "IMAGES": "IMAGES"},
		"two": {"word": "two-word-9", "hard": "two-hard", "far": "far"},
	} {
		got := map[string]string{}
		for result, export := range p.exportsOf(p.groupOf[member], member) {
			got[result] = export.name
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", member, got)
		}
	}
}

func TestOneStepIsBeforeAnother(t *testing.T) {
	at := func(milliseconds int) time.Time { return begin.Add(time.Duration(milliseconds) * time.Millisecond) }
	for _, test := range []struct {
		name                    string
		start, end, later       int
		exact, laterExact, want bool
	}{
		{"after its end", 0, 1000, 2000, true, true, true},
		{"while its container ends", 0, 3000, 2500, true, true, true},
		{"before its end", 0, 5000, 2500, true, true, false},
		{"before its start", 900, 900, 800, true, true, false},
		{"whole seconds do not tell", 900, 900, 800, true, false, true},
		{"nor do they on the other side", 900, 900, 800, false, true, true},
		{"whole seconds tell enough", 3000, 3000, 1000, false, false, false},
	} {
		step := timed{start: at(test.start), end: at(test.end), exact: test.exact}
		if got := step.isBefore(timed{start: at(test.later), exact: test.laterExact}); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	if !(timed{}).isBefore(timed{start: begin}) {
		t.Error("a step whose time is unknown is late")
	}
}

func TestATaskWaitsForAllBehindItsDependencies(t *testing.T) {
	direct := map[string][]string{"d": {"c"}, "c": {"b", "a"}, "b": {"a"}, "x": {"y"}, "y": {"x"}}
	for task, want := range map[string][]string{"a": nil, "b": {"a"}, "d": {"a", "b", "c"}, "x": {"y"}} {
		if got := reachable(direct, task); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q", task, got)
		}
	}
}

func TestTheDocumentOfARun(t *testing.T) {
	all := documents(t, `
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: a-}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: a-b-}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {name: a-c, generateName: a-b-x}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
metadata: {generateName: a}
`)
	for name, want := range map[string]int{"a-1": 0, "a-b-xy": 1, "a-c": 2, "ab": 3, "b": -1} {
		got := documentOfRun(all, report.Run{Kind: "PipelineRun", Name: name})
		if want < 0 && got != nil || want >= 0 && got != &all[want] {
			t.Errorf("%s: %v", name, got)
		}
	}
	if documentOfRun(all, report.Run{Kind: "TaskRun", Name: "a-c"}) != nil {
		t.Error("a TaskRun has the document of a PipelineRun")
	}
}

func TestStripMarks(t *testing.T) {
	texts := documents(t, `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p, annotations: {tkn-fuse/groups: "g: a"}}
groups: [[a]]
spec:
  groups: [[a]]
  tasks: [{name: a, group: g, pipelineSpec: {tasks: [{name: c, group: h}]}}, {name: b}]
  finally: [{name: f, group: g}]
---
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
spec:
  resourcetemplates:
  - apiVersion: tekton.dev/v1beta1
    kind: PipelineRun
    groups: [[a]]
    spec: {pipelineSpec: {groups: [], tasks: [{name: a, group: g}]}}
---
apiVersion: example.com/v1
kind: Pipeline
spec: {groups: [x]}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
spec: {pipelineRef: {name: p}}
---
apiVersion: v1
kind: List
items: [{apiVersion: tekton.dev/v1, kind: Pipeline, spec: {groups: [x], tasks: [1]}}]
`)
	want := documents(t, `
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p, annotations: {tkn-fuse/groups: "g: a"}}
spec:
  tasks: [{name: a, pipelineSpec: {tasks: [{name: c}]}}, {name: b}]
  finally: [{name: f}]
---
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
spec:
  resourcetemplates:
  - apiVersion: tekton.dev/v1beta1
    kind: PipelineRun
    spec: {pipelineSpec: {tasks: [{name: a}]}}
---
apiVersion: example.com/v1
kind: Pipeline
spec: {groups: [x]}
---
apiVersion: tekton.dev/v1
kind: PipelineRun
spec: {pipelineRef: {name: p}}
---
apiVersion: v1
kind: List
items: [{apiVersion: tekton.dev/v1, kind: Pipeline, spec: {tasks: [1]}}]
`)
	for i := range texts {
		StripMarks(&texts[i])
		if !reflect.DeepEqual(texts[i].Object, want[i].Object) {
			t.Errorf("%d: %v", i, texts[i].Object)
		}
	}
}
