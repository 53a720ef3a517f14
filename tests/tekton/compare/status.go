package compare

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"tkn-fuse/tests/tekton/report"
)

// How runs, tasks and members end.
const (
	succeeded = "succeeded"
	completed = "completed"
	failed    = "failed"
	timedOut  = "timeout"
	cancelled = "cancelled"
	ignored   = "failure ignored"
	running   = "running"
	notRun    = "not run"
)

// stopping is why Tekton skips what is left of a run that fails. It lists a task
// nowhere if a result that it needs is missing (`ValidationFailedTask`,
// pkg/reconciler/pipelinerun/pipelinerun.go, v1.15), so both count as not run.
const stopping = string(v1.StoppingSkip)

// notStarted is what the first step of a member says, and nothing of its own
// before it, if a result that the member needs is missing (src/shell/sh/fail.sh).
// In the source such a member never starts.
var notStarted = regexp.MustCompile(`^(?:` + logStamp + `.*\n)*tkn-fuse: task (\S+) does not start: `)

// classOf is the kind of end behind a status and a reason. Tekton has many
// reasons for a failure (a failed step, a result that is not there, a document
// that cannot be run); which one it is depends on who finds it, so they are one.
func classOf(status, reason string) string {
	switch {
	case status == "Succeeded" && reason == "Completed":
		return completed
	case status == "Succeeded":
		return succeeded
	case status != "Failed":
		return running
	case strings.Contains(reason, "Timeout"):
		return timedOut
	case strings.Contains(reason, "Cancelled"), strings.HasPrefix(reason, "Stopped"):
		return cancelled
	case reason == "FailureIgnored":
		return ignored
	}
	return failed
}

// compareRun compares what a run is from outside.
func (p *pair) compareRun() {
	source, fused := p.source.run, p.fused.run
	if a, b := classOf(source.Status, source.Reason), classOf(fused.Status, fused.Reason); a != b {
		p.add(Outcome, "", "", fmt.Sprintf("%s (%s)", a, source.Reason), fmt.Sprintf("%s (%s)", b, fused.Reason))
	}
	p.compareValues(PipelineResults, "", "", source.Results, fused.Results, p.rules.fused)
	p.compareFiles()
}

// compareTask compares a task that is in no group.
func (p *pair) compareTask(name string) {
	source, fused := tasksNamed(p.source.run, name), tasksNamed(p.fused.run, name)
	if len(source) == 0 || len(fused) == 0 || len(source) != len(fused) {
		a, b := taskState(p.source.run, source, name), taskState(p.fused.run, fused, name)
		if a != b && !(p.source.stopsBefore(a) && isSkip(b)) && !(p.fused.stopsBefore(b) && isSkip(a)) {
			p.add(TaskStatus, name, "", a, b)
		}
		return
	}
	for i := range source {
		a, b := source[i], fused[i]
		if x, y := stateOf(a), stateOf(b); x != y {
			p.add(TaskStatus, name, "", x, y)
		}
		p.compareValues(Results, name, "", a.Results, b.Results, p.rules.fused)
		for _, step := range stepNames(a.Steps, b.Steps) {
			p.compareStep(stepPair{
				task: name, step: step, rules: p.rules.fused,
				source: stepNamed(a.Steps, step), fused: stepNamed(b.Steps, step),
			})
		}
		for _, sidecar := range stepNames(a.Sidecars, b.Sidecars) {
			p.compareSidecar(stepPair{
				task: name, step: sidecar, rules: p.rules.fused,
				source: stepNamed(a.Sidecars, sidecar), fused: stepNamed(b.Sidecars, sidecar),
			})
		}
	}
}

// taskState tells of a task that did not run on both sides, or not as often.
func taskState(run report.Run, tasks []report.Task, name string) string {
	switch len(tasks) {
	case 0:
		for _, skipped := range run.Skipped {
			if skipped.Task == name && skipped.Reason != stopping {
				return "skipped: " + skipped.Reason
			}
		}
		return notRun
	case 1:
		return stateOf(tasks[0])
	}
	return fmt.Sprintf("%d TaskRuns", len(tasks))
}

// stopsBefore says whether a run fails before it comes to a task: why the task
// would have been skipped does not show then.
func (v view) stopsBefore(state string) bool {
	return state == notRun && v.run.Status == "Failed"
}

func stateOf(task report.Task) string {
	state := classOf(task.Status, task.Reason)
	if task.Retries > 0 {
		state += fmt.Sprintf(" after %d retries", task.Retries)
	}
	return state
}

// compareMember compares a task with its part of a group.
func (p *pair) compareMember(group *group, member string) {
	var source report.Task
	tasks := tasksNamed(p.source.run, member)
	if len(tasks) > 0 {
		source = tasks[0]
	}
	a, b := sourceState(tasks), p.memberState(group, member)
	if b == failed && group.task.Status == "Succeeded" && len(tasks) > 0 && classOf(tasks[0].Status, tasks[0].Reason) != ignored {
		b = ignored
	}
	if a != b && !(a == failed && p.neverRan(group)) {
		p.add(TaskStatus, member, "", a, b)
	}
	p.compareMemberResults(group, member)
	rules := p.memberRules(group, member)
	for _, step := range group.memberSteps(member, source.Steps) {
		p.compareStep(stepPair{
			group: group, task: member, step: step, rules: rules,
			source: stepNamed(source.Steps, step), fused: group.fusedStep(member, step),
		})
	}
	p.compareMemberSidecars(group, member, source.Sidecars)
}

// sourceState is how a member ended unfused, in the words in which it can be
// told of a part of a group: a limit of time fails a member here and there.
func sourceState(tasks []report.Task) string {
	if len(tasks) == 0 {
		return notRun
	}
	switch class := classOf(tasks[0].Status, tasks[0].Reason); class {
	case succeeded, completed:
		return succeeded
	case running:
		return running
	}
	return failed
}

// memberState is how a member of a group ended, by its steps. One that is
// skipped is one that does not run, whatever keeps it from that.
func (p *pair) memberState(group *group, member string) string {
	reached, passed := false, group.task != nil
	for _, entry := range group.trace {
		if entry.member != member || entry.helper {
			continue
		}
		step := group.fusedStep(member, entry.step)
		came := p.fused.started(step) || attempted(step)
		reached = reached || came && !group.doesNotStart(member, step) && !group.passesOver(member, step)
		passed = passed && step != nil && goesOn(*step) && !p.fails(entry, step)
	}
	switch {
	case p.memberIsSkipped(group, member):
		return notRun
	case passed:
		return succeeded
	case !reached:
		return notRun
	case group.task.Status != "Failed" && group.task.Status != "Succeeded":
		return running
	}
	return failed
}

// neverRan says whether a group failed before any of its steps, so that which
// of its members failed cannot be told.
func (p *pair) neverRan(group *group) bool {
	if group.task == nil || group.task.Status != "Failed" {
		return false
	}
	return !p.anyStep(group)
}

// anyStep says whether Tekton came to a step of a group.
func (p *pair) anyStep(group *group) bool {
	return slices.ContainsFunc(group.task.Steps, func(step report.Step) bool {
		return p.fused.started(&step) || attempted(&step)
	})
}

// goesOn says whether the steps behind a step are run. One that its `when`
// passes over has the exit code 0, one behind a failure 1 (cmd/entrypoint, v1.15).
func goesOn(step report.Step) bool {
	if step.ExitCode == nil {
		return false
	}
	return *step.ExitCode == 0 || step.Reason == "Continued"
}

// doesNotStart says whether a step only found that its member must not run.
func (g *group) doesNotStart(member string, step *report.Step) bool {
	if step == nil || step.ExitCode == nil || *step.ExitCode == 0 {
		return false
	}
	found := notStarted.FindStringSubmatch(step.Log)
	return found != nil && found[1] == member
}

func (g *group) fusedStep(member, step string) *report.Step {
	entry := g.trace.find(member, step)
	if entry == nil || g.task == nil {
		return nil
	}
	return stepNamed(g.task.Steps, entry.fused)
}

// memberSteps are the steps of a member on either side, in their order.
func (g *group) memberSteps(member string, source []report.Step) []string {
	names := stepNames(source, nil)
	for _, entry := range g.trace {
		if entry.member == member && !entry.helper && !slices.Contains(names, entry.step) {
			names = append(names, entry.step)
		}
	}
	return names
}
