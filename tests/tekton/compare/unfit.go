package compare

import (
	"regexp"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// What Tekton says of a result that it refuses (pkg/termination/write.go and
// pkg/reconciler/taskrun/validate_taskrun.go, v1.15), and a step of the compiler
// of one that it may not open.
var (
	refusals   = []string{"above max allowed size", "don't match declared results", "missing keys for these results"}
	unreadable = "may not be read by this step's user"
)

// anyUnfit tells whether a result of a member was too long, of another type than
// declared, or kept from its reader.
func (p *pair) anyUnfit(group *group) bool {
	for _, group := range p.groupsOr(group) {
		if group.task != nil && saysAny(*group.task, unreadable) {
			return true
		}
		for _, member := range group.trace.members() {
			for _, task := range tasksNamed(p.source.run, member) {
				if saysAny(task, refusals...) {
					return true
				}
			}
		}
	}
	return false
}

func saysAny(task report.Task, words ...string) bool {
	texts := []string{task.Message}
	for _, step := range task.Steps {
		texts = append(texts, step.Log)
	}
	for _, word := range words {
		if strings.Contains(strings.Join(texts, "\n"), word) {
			return true
		}
	}
	return false
}

// onlyShellMessages tells whether all logs of the steps of a group are alike but
// for what the shell itself says of its lines.
func (p *pair) onlyShellMessages(group *group) bool {
	for _, group := range p.groupsOr(group) {
		for _, entry := range group.trace {
			if entry.helper || group.task == nil {
				continue
			}
			fused := stepNamed(group.task.Steps, entry.fused)
			for _, task := range tasksNamed(p.source.run, entry.member) {
				source := stepNamed(task.Steps, entry.step)
				if source != nil && fused != nil && withoutShell(source.Log) != withoutShell(fused.Log) {
					return false
				}
			}
		}
	}
	return true
}

var (
	scriptName = regexp.MustCompile(`/tekton(/|-fuse-)scripts/[-\w]+`)
	lineNumber = regexp.MustCompile(`\bline \d+|:( line)? \d+:`)
	traceLevel = regexp.MustCompile(`(?m)^\++ `)
	traceExit  = regexp.MustCompile(`(?m)^\+ exit\n?`)
)

// withoutShell makes equal what differs between a script and one with lines in
// front that ends in `eval`: numbers of lines, the word eval, the depth of a
// trace, and the traced exit behind it.
func withoutShell(log string) string {
	log = scriptName.ReplaceAllString(log, "SCRIPT")
	log = lineNumber.ReplaceAllString(strings.ReplaceAll(log, "eval: ", ""), ":N:")
	return traceExit.ReplaceAllString(traceLevel.ReplaceAllString(log, "+ "), "")
}
