package compare

import (
	"fmt"
	"slices"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// stepPair is a step or sidecar on both sides; nil where a side has none.
type stepPair struct {
	// group is nil for a task that is in none.
	group      *group
	task, step string
	// rules are those of the fused side.
	rules         rules
	source, fused *report.Step
}

// observed says whether the node told of any command. If so, a step without
// is one that never started.
func observed(run report.Report) bool {
	for _, run := range run.Runs {
		for _, task := range run.Tasks {
			if slices.ContainsFunc(task.Steps, func(step report.Step) bool { return step.Seen != nil }) {
				return true
			}
		}
	}
	return false
}

// unseen says whether steps ran for certain and the node told of none.
func unseen(execution report.Report) bool {
	if observed(execution) {
		return false
	}
	for _, run := range execution.Runs {
		for _, task := range run.Tasks {
			if slices.ContainsFunc(task.Steps, func(step report.Step) bool { return step.Reason == "Completed" }) {
				return true
			}
		}
	}
	return false
}

// started says whether the command of a step ran.
func (s side) started(step *report.Step) bool {
	switch {
	case step == nil:
		return false
	case s.observed:
		return step.Seen != nil
	case step.Reason == "Skipped":
		return false
	}
	return step.Log != "" || step.ExitCode != nil || step.Reason != ""
}

// compareStep compares a step that the source has.
func (p *pair) compareStep(step stepPair) {
	source := p.source.started(step.source)
	fused := p.fused.started(step.fused)
	over := step.group != nil && step.group.passesOver(step.task, step.fused)
	if step.group != nil {
		fused = p.starts(step.group, step.task, step.fused)
	}
	if source != fused {
		p.add(Started, step.task, step.step, startText(source, step.source), fusedStartText(fused, over, step.fused))
		return
	}
	if !source && !(attempted(step.source) && attempted(step.fused)) {
		return
	}
	if a, b := exitText(*step.source), exitText(*step.fused); a != b && !(step.group != nil && sameExit(*step.source, *step.fused)) {
		p.add(ExitCode, step.task, step.step, a, b)
	}
	p.compareStepResults(step)
	if a, b := p.rules.source.log(step.source.Log), step.rules.log(step.fused.Log); a != b {
		a, b = excerpt(a, b)
		p.add(Log, step.task, step.step, a, b)
	}
	for _, change := range p.seenChanges(step) {
		p.add(change.observable, step.task, step.step, change.source, change.fused)
	}
}

// attempted says whether Tekton came to a step whose command could not start:
// it is not there, or is no program. A step that was passed over ends as Skipped.
func attempted(step *report.Step) bool {
	return step != nil && step.ExitCode != nil && step.Reason != "Skipped"
}

// startText tells a step that did not start from one that the node missed.
func startText(started bool, step *report.Step) string {
	if !started && step != nil && step.Reason == "Completed" {
		return "completed, but the node did not see its command"
	}
	return startedText(started)
}

func fusedStartText(started, over bool, step *report.Step) string {
	if over {
		return "passed over"
	}
	return startText(started, step)
}

func startedText(started bool) string {
	if started {
		return "started"
	}
	return "not started"
}

func exitText(step report.Step) string {
	if step.ExitCode == nil {
		return fmt.Sprintf("none (%s)", step.Reason)
	}
	return fmt.Sprintf("%d (%s)", *step.ExitCode, step.Reason)
}

// compareStepResults leaves out what the compiler gave the step: to carry a
// result of the member's Task, which is compared as such, or to say that it is skipped.
func (p *pair) compareStepResults(step stepPair) {
	fused := step.fused.Results
	if step.group != nil {
		fused = map[string]any{}
		carried := p.exportsOf(step.group, step.task)
		for name, value := range step.fused.Results {
			_, own := step.source.Results[name]
			added := name == skippedResult || carries(carried, step.fused.Name, name)
			if own || p.hasStepResult(step.task, step.step, name) || !added {
				fused[name] = value
			}
		}
	}
	p.compareValues(StepResults, step.task, step.step, step.source.Results, fused, step.rules)
}

func carries(exports map[string]export, step, result string) bool {
	for _, export := range exports {
		if export.step == step && export.result == result {
			return true
		}
	}
	return false
}

// compareUntraced finds commands that no step of the source has. Helper steps
// are the compiler's own.
func (p *pair) compareUntraced(group *group) {
	if group.task == nil {
		return
	}
	for i, step := range group.task.Steps {
		name := stepName(step.Name, i)
		if group.trace.origin(name) == nil && !helperName.MatchString(name) && p.fused.started(&step) {
			p.add(Started, group.name, name, absent, startedText(true))
		}
	}
	known := group.sidecars(p.source)
	for _, sidecar := range group.task.Sidecars {
		if !slices.ContainsFunc(known, func(known memberSidecar) bool { return known.fused == sidecar.Name }) {
			p.add(Sidecars, group.name, sidecar.Name, absent, "there")
		}
	}
}

// stepName is what Tekton calls a step without a name.
func stepName(name string, index int) string {
	if name == "" {
		return fmt.Sprintf("unnamed-%d", index)
	}
	return name
}

func stepNames(lists ...[]report.Step) []string {
	var names []string
	for _, list := range lists {
		for i, step := range list {
			if name := stepName(step.Name, i); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func stepNamed(steps []report.Step, name string) *report.Step {
	for i := range steps {
		if stepName(steps[i].Name, i) == name {
			return &steps[i]
		}
	}
	return nil
}

// excerpt shows two texts from where they part.
func excerpt(source, fused string) (string, string) {
	a, b := strings.Split(source, "\n"), strings.Split(fused, "\n")
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return fmt.Sprintf("line %d: end", i+1), fmt.Sprintf("line %d: %s", i+1, short(b[i]))
		case i >= len(b):
			return fmt.Sprintf("line %d: %s", i+1, short(a[i])), fmt.Sprintf("line %d: end", i+1)
		case a[i] != b[i] && len(a) == 1 && len(b) == 1:
			return shortPair(a[i], b[i])
		case a[i] != b[i]:
			x, y := shortPair(a[i], b[i])
			return fmt.Sprintf("line %d: %s", i+1, x), fmt.Sprintf("line %d: %s", i+1, y)
		}
	}
	return short(source), short(fused)
}

// textLimit is how many bytes of a text a difference shows.
const textLimit = 160

func short(text string) string {
	if len(text) > textLimit {
		text = strings.ToValidUTF8(text[:textLimit], "") + "..."
	}
	return text
}

// shortPair cuts two texts so that the place where they differ is still there.
func shortPair(a, b string) (string, string) {
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	if from := same - textLimit/2; from > 0 && max(len(a), len(b)) > textLimit {
		return "..." + short(strings.ToValidUTF8(a[from:], "")), "..." + short(strings.ToValidUTF8(b[from:], ""))
	}
	return short(a), short(b)
}
