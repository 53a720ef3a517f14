package compare

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"tkn-fuse/tests/tekton/report"
)

// What the compiler writes today must be what this package takes it for: each
// traced step is one of the source, each result of a fused Task stands for one
// of a member, each sidecar is a member's, and where a step enters a directory
// by itself its directory in the source is covered.
func TestTheCompilersOwnOutputIsUnderstood(t *testing.T) {
	cases, err := filepath.Glob("../../../testdata/compile/*/expected.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	groups := 0
	for _, expected := range cases {
		directory := filepath.Dir(expected)
		// Tekton does not take the source of this one.
		if filepath.Base(directory) == "short-forms" {
			continue
		}
		source, fused := manifests(t, filepath.Join(directory, "in.yaml")), manifests(t, expected)
		for i := range source {
			StripMarks(&source[i])
		}
		for _, run := range runsOf(fused) {
			p, err := newPair(side{Side{Documents: source}, run, false}, side{Side{Documents: fused}, run, false}, nil)
			if err != nil {
				t.Errorf("%s: %v", directory, err)
				continue
			}
			for _, group := range p.groups {
				groups++
				for _, problem := range p.misunderstood(group) {
					t.Errorf("%s: %s", directory, problem)
				}
			}
		}
	}
	if groups < 50 {
		t.Errorf("only %d groups were found", groups)
	}
}

// misunderstood lists what of a fused Task has no counterpart.
func (p *pair) misunderstood(group *group) []string {
	if group.spec == nil {
		return []string{"the Task of " + group.name + " is in no document"}
	}
	var problems, results, sidecars []string
	for _, member := range group.trace.members() {
		spec := p.source.specs[member]
		if spec == nil {
			continue
		}
		for i, step := range spec.Steps {
			if group.trace.find(member, stepName(step.Name, i)) == nil {
				problems = append(problems, "no step for "+member+"/"+stepName(step.Name, i))
			}
		}
		for _, export := range p.exportsOf(group, member) {
			results = append(results, export.name)
		}
	}
	for _, sidecar := range group.sidecars(p.source) {
		sidecars = append(sidecars, sidecar.fused)
	}
	if slices.ContainsFunc(group.trace.members(), func(member string) bool { return p.source.specs[member] == nil }) {
		return problems
	}
	for _, result := range group.spec.Results {
		// What is gathered of all copies stands for no result of a TaskRun.
		if result.Value != nil && p.gathers(group, result.Value.StringVal) {
			continue
		}
		count := strings.Count(" "+strings.Join(results, " ")+" ", " "+result.Name+" ")
		if count != 1 && !(count == 0 && group.isRecord(result.Name)) {
			problems = append(problems, "the result "+result.Name+" does not stand for exactly one")
		}
	}
	for _, sidecar := range group.spec.Sidecars {
		if !slices.Contains(sidecars, sidecar.Name) {
			problems = append(problems, "no member has the sidecar "+sidecar.Name)
		}
	}
	for i, step := range group.spec.Steps {
		name := stepName(step.Name, i)
		entry := group.trace.origin(name)
		if entry == nil {
			problems = append(problems, "the step "+name+" is not traced")
		} else if !entry.helper && p.enteredElsewhere(group, *entry, step) {
			problems = append(problems, "the step "+name+" enters another directory")
		}
	}
	return problems
}

// record is how the compiler names what it tells of a member itself.
var record = regexp.MustCompile(`-(ran|status)(-\d+)?$`)

// isRecord says whether a result of the fused Task tells whether a member ran, or how it ended.
func (g *group) isRecord(result string) bool {
	member := record.ReplaceAllString(result, "")
	return member != result && slices.Contains(g.trace.members(), member)
}

// gathers says whether a value is a result of a step that serves all copies of a task.
func (p *pair) gathers(group *group, value string) bool {
	parts := stepResult.FindStringSubmatch(value)
	if parts == nil {
		return false
	}
	entry := group.trace.origin(parts[1])
	return entry != nil && entry.helper && entry.member == entry.task && !slices.Contains(group.trace.members(), entry.task)
}

// enteredElsewhere says whether a script enters a directory that cannot be the
// source's, as far as the text of the source has no variables but paths of workspaces.
func (p *pair) enteredElsewhere(group *group, entry traced, step v1.Step) bool {
	text, enters := scriptDirectory(step.Script)
	if !enters {
		return false
	}
	spec := p.source.specs[entry.member]
	for i, original := range spec.Steps {
		if stepName(original.Name, i) != entry.step {
			continue
		}
		directory := original.WorkingDir
		if directory == "" && spec.StepTemplate != nil {
			directory = spec.StepTemplate.WorkingDir
		}
		for _, workspace := range spec.Workspaces {
			directory = strings.ReplaceAll(directory, "$(workspaces."+workspace.Name+".path)", workspace.GetMountPath())
		}
		if !strings.HasPrefix(directory, "/") {
			directory = "/workspace/" + directory
		}
		return !entered(group, step, text, directory)
	}
	return true
}

func entered(group *group, step v1.Step, text, directory string) bool {
	return entry{pattern: group.directoryPattern(step, text)}.covers(directory)
}

// runsOf makes an empty run for each PipelineRun and each Pipeline.
func runsOf(documents []unstructured.Unstructured) []report.Run {
	var runs []report.Run
	for _, document := range documents {
		switch {
		case !isTekton(document.Object):
		case document.GetKind() == "PipelineRun":
			runs = append(runs, report.Run{Kind: "PipelineRun", Name: document.GetName() + document.GetGenerateName()})
		case document.GetKind() == "Pipeline":
			labels := map[string]string{"tekton.dev/pipeline": document.GetName()}
			runs = append(runs, report.Run{Kind: "PipelineRun", Name: "run of " + document.GetName(), Tasks: []report.Task{{Name: "none", Labels: labels}}})
		}
	}
	return runs
}

func manifests(t *testing.T, path string) []unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []unstructured.Unstructured
	for _, part := range strings.Split("\n"+string(text), "\n---") {
		var object map[string]any
		// What is no object is none that a group could be in.
		if err := yaml.Unmarshal([]byte(part), &object); err == nil && len(object) > 0 {
			all = append(all, unstructured.Unstructured{Object: object})
		}
	}
	return all
}
