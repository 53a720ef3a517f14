package compare

import (
	"reflect"
	"strings"
	"testing"
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
	want := trace{{"b-z", "b", "z", false}, {"a-fuse-link", "a", "link", true}, {"a-link", "a", "link", false}}
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
