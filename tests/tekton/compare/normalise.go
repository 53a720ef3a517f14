package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// script is where Tekton puts a step's script (pkg/pod/script.go, v1.15), with
// five random letters that differ in every pod, or where a link step writes one.
var script = regexp.MustCompile(`/tekton/scripts/(?:sidecar-)?script-\d+-[a-z0-9]{5}|/tekton-fuse-scripts/[A-Za-z0-9.-]+`)

// stamp is how the kubelet names the directory behind `..data` of a configMap
// or secret volume: by the time at which it wrote it.
var stamp = regexp.MustCompile(`\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+`)

// logStamp begins each line that Tekton's entrypoint writes itself
// (cmd/entrypoint/main.go, v1.15: Go's `log`).
const logStamp = `\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `

var stampedLine = regexp.MustCompile(`(?m)^` + logStamp)

// rules make texts of the two sides comparable.
type rules struct {
	literals []literal
}

// literal is a name that has to differ, and what stands for it.
type literal struct{ name, placeholder string }

// bothRules are those of both sides.
type bothRules struct{ source, fused rules }

// differing replaces a name by a placeholder if the sides have different ones.
func differing(source, fused, placeholder string) bothRules {
	var both bothRules
	both.add(source, fused, placeholder)
	return both
}

func (b *bothRules) add(source, fused, placeholder string) {
	if source != fused && source != "" && fused != "" {
		b.source = b.source.with(source, placeholder)
		b.fused = b.fused.with(fused, placeholder)
	}
}

// with returns the rules and one more; longer names go first, since they may contain shorter ones.
func (r rules) with(name, placeholder string) rules {
	literals := append(slices.Clone(r.literals), literal{name, placeholder})
	slices.SortStableFunc(literals, func(a, b literal) int { return len(b.name) - len(a.name) })
	return rules{literals}
}

// text applies the rules. A name counts only where no other word goes on, and
// what was put in for one is not looked at again.
func (r rules) text(text string) string {
	text = script.ReplaceAllString(text, "SCRIPT")
	var out strings.Builder
	for at := 0; at < len(text); {
		literal, found := r.at(text, at)
		if !found {
			out.WriteByte(text[at])
			at++
			continue
		}
		out.WriteString(literal.placeholder)
		at += len(literal.name)
	}
	return out.String()
}

// at finds the name that stands at a place of a text.
func (r rules) at(text string, at int) (literal, bool) {
	for _, literal := range r.literals {
		end := at + len(literal.name)
		if strings.HasPrefix(text[at:], literal.name) && startsWord(text, at) && (end == len(text) || !isWord(text[end])) {
			return literal, true
		}
	}
	return literal{}, false
}

// log applies the rules to the log of a step.
func (r rules) log(text string) string {
	return stampedLine.ReplaceAllString(r.text(text), "TIME ")
}

// value applies the rules to all strings of a result.
func (r rules) value(value any) any {
	switch value := value.(type) {
	case string:
		return r.text(value)
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = r.value(item)
		}
		return items
	case map[string]any:
		fields := make(map[string]any, len(value))
		for key, item := range value {
			fields[key] = r.value(item)
		}
		return fields
	}
	return value
}

// startsWord says whether a word can begin there; a path can begin anywhere.
func startsWord(text string, at int) bool {
	return at == 0 || text[at] == '/' || !isWord(text[at-1])
}

func isWord(char byte) bool {
	return char == '-' || char == '_' || char >= '0' && char <= '9' || char >= 'A' && char <= 'Z' || char >= 'a' && char <= 'z'
}

// runRules are the names of a run that cannot be the same on both sides: the
// namespace, the UID of the run and, since Tekton hashes it, the claims that
// belong to it; TaskRun and pod of tasks that are in no group. The TaskRun and
// the pod of a member are no such names: the compiler has to tell of them.
func (p *pair) runRules() bothRules {
	both := differing(p.source.Report.Namespace, p.fused.Report.Namespace, "NAMESPACE")
	both.add(p.source.run.UID, p.fused.run.UID, "RUN-UID")
	claims := p.fused.claims()
	for workspace, name := range p.source.claims() {
		if other, bound := claims[workspace]; bound {
			both.add(claim(name, workspace, p.source.run.UID), claim(other, workspace, p.fused.run.UID), "CLAIM-"+workspace)
		}
	}
	for _, name := range p.taskNames() {
		source, fused := tasksNamed(p.source.run, name), tasksNamed(p.fused.run, name)
		// A member has no TaskRun in the fused run.
		if len(source) != len(fused) {
			continue
		}
		for i := range source {
			combination := fmt.Sprintf("%s-%d", name, i)
			both.add(source[i].UID, fused[i].UID, "TASKRUN-UID-"+combination)
			both.add(source[i].TaskRun, fused[i].TaskRun, "TASKRUN-"+combination)
			both.add(source[i].Pod, fused[i].Pod, "POD-"+combination)
		}
	}
	return both
}

// claim is how Tekton names the claim that it makes for a workspace of a run
// (GeneratePVCNameFromWorkspaceBinding, pkg/reconciler/volumeclaim, v1.15).
func claim(wanted, workspace, uid string) string {
	if wanted == "" {
		wanted = "pvc"
	}
	hash := sha256.Sum256([]byte(workspace + uid))
	return wanted + "-" + hex.EncodeToString(hash[:])[:10]
}

// memberRules give the paths that Tekton makes out of the names of steps and
// results back the names that they have in the member's own Task. Paths of
// other members stay, so that a wrong one is found.
func (p *pair) memberRules(group *group, member string) rules {
	rules := p.rules.fused
	for _, entry := range group.trace {
		if entry.member != member || entry.helper {
			continue
		}
		directory := "/tekton/steps/step-" + entry.fused
		rules = rules.with(directory, "/tekton/steps/step-"+entry.step)
		for result, exported := range p.exportsOf(group, member) {
			if exported.step == entry.fused && !p.hasStepResult(member, entry.step, exported.result) {
				rules = rules.with(directory+"/results/"+exported.result, "/tekton/results/"+result)
			}
		}
	}
	for result, name := range group.resultNames[member] {
		rules = rules.with("/tekton/results/"+name, "/tekton/results/"+result)
	}
	return rules
}

// hasStepResult says whether a step has a result in the member's own Task.
func (p *pair) hasStepResult(member, step, result string) bool {
	if spec := p.source.specs[member]; spec != nil {
		for i, candidate := range spec.Steps {
			for _, declared := range candidate.Results {
				if stepName(candidate.Name, i) == step && declared.Name == result {
					return true
				}
			}
		}
	}
	for _, task := range tasksNamed(p.source.run, member) {
		if found := stepNamed(task.Steps, step); found != nil && found.Results[result] != nil {
			return true
		}
	}
	return false
}

func tasksNamed(run report.Run, name string) []report.Task {
	var tasks []report.Task
	for _, task := range run.Tasks {
		if task.Name == name {
			tasks = append(tasks, task)
		}
	}
	slices.SortFunc(tasks, func(a, b report.Task) int { return strings.Compare(a.TaskRun, b.TaskRun) })
	return tasks
}
