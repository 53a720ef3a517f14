package compare

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"tkn-fuse/tests/tekton/report"
)

// skippedResult is the step result in which a shell step says why it did not
// come to the author's script (src/fuse/gates.rs).
const skippedResult = "fuse-skipped"

// carrierAnnotation is on a pipeline task that the compiler adds to hand on
// pipeline results of members that may be skipped.
const carrierAnnotation = "tkn-fuse/results-of"

// passedOver is all that such a step says (`skip_function` of src/shell/gate.rs), but for the
// trace of a shell that its first line asks for.
var passedOver = regexp.MustCompile("^(?:(?:" + logStamp + `|\++ ).*\n)*` + "tkn-fuse: `([^`\n]*)` is skipped: .*\n" + `(?:\++ .*\n)*$`)

// passesOver says whether a step of a group ended before the author's script,
// since its member is skipped. One that its `when` passes over is not meant.
func (g *group) passesOver(member string, step *report.Step) bool {
	if step == nil || step.ExitCode == nil || *step.ExitCode != 0 || step.Results[skippedResult] == nil {
		return false
	}
	found := passedOver.FindStringSubmatch(step.Log)
	return found != nil && found[1] == member
}

// starts says whether the author's command of a member's step ran.
func (p *pair) starts(group *group, member string, step *report.Step) bool {
	return p.fused.started(step) && !group.doesNotStart(member, step) && !group.passesOver(member, step)
}

// isSkipped says whether a step is one that nothing failed before and that did
// not run: by its `when`, whose exit code is 0 (cmd/entrypoint, v1.15), or by its script.
func (g *group) isSkipped(member string, step *report.Step) bool {
	byWhen := step != nil && step.Reason == "Skipped" && step.ExitCode != nil && *step.ExitCode == 0
	return byWhen || g.passesOver(member, step)
}

// memberIsSkipped says whether all steps of a member are skipped. If the
// author's own conditions do that, the member ran in the source, and does here.
func (p *pair) memberIsSkipped(group *group, member string) bool {
	skipped, byScript := 0, false
	for _, entry := range group.trace {
		if entry.member != member || entry.helper {
			continue
		}
		step := group.fusedStep(member, entry.step)
		if !group.isSkipped(member, step) {
			return false
		}
		skipped++
		byScript = byScript || group.passesOver(member, step)
	}
	if skipped == 0 {
		return false
	}
	tasks := tasksNamed(p.source.run, member)
	return byScript || len(tasks) == 0 || !allSkipped(tasks[0].Steps)
}

func allSkipped(steps []report.Step) bool {
	return !slices.ContainsFunc(steps, func(step report.Step) bool { return step.Reason != "Skipped" })
}

// fails says whether a step of a group failed in a way that its author did not
// allow: in a group with a verdict, all steps continue.
func (p *pair) fails(entry traced, step *report.Step) bool {
	if step == nil || step.ExitCode == nil || *step.ExitCode == 0 {
		return false
	}
	return step.Reason != "Continued" || !p.isForgiven(entry)
}

// isForgiven says whether the author lets a step fail. What a param decides
// shows where the step ran in the source; elsewhere it is taken to be allowed.
func (p *pair) isForgiven(entry traced) bool {
	if entry.helper {
		return false
	}
	for _, task := range tasksNamed(p.source.run, entry.member) {
		if step := stepNamed(task.Steps, entry.step); step != nil && (step.Reason == "Continued" || step.Reason == "Error") {
			return step.Reason == "Continued"
		}
	}
	if spec := p.source.specs[entry.member]; spec != nil {
		for i, step := range spec.Steps {
			if stepName(step.Name, i) == entry.step {
				return step.OnError == v1.Continue || strings.HasPrefix(string(step.OnError), "$(params")
			}
		}
	}
	return false
}

// mayFail says whether a pipeline task of the source has `onError: continue`.
func (p *pair) mayFail(member string) bool {
	return slices.ContainsFunc(p.source.tasks(), func(task v1.PipelineTask) bool {
		return task.Name == member && task.OnError == v1.PipelineTaskContinue
	})
}

// sameExit says whether a step failed on both sides with the same code, though
// the fused pod went on: a signal, which is 255 as the exit code of a container, is -1 then.
func sameExit(source, fused report.Step) bool {
	if source.ExitCode == nil || fused.ExitCode == nil || source.Reason != "Error" || fused.Reason != "Continued" {
		return false
	}
	return *source.ExitCode == exitCode(*fused.ExitCode)
}

func exitCode(code int) int {
	if code == -1 {
		return 255
	}
	return code
}

// compareVerdict checks that the last step of a group that goes on after
// failures ends with the exit code of the first one that nobody allowed.
func (p *pair) compareVerdict(group *group) {
	if group.task == nil {
		return
	}
	wanted, failing := 0, ""
	for _, entry := range group.trace {
		step := stepNamed(group.task.Steps, entry.fused)
		if entry.helper && entry.step == "verdict" {
			if step != nil && p.fused.started(step) && step.ExitCode != nil && *step.ExitCode != wanted {
				p.add(ExitCode, group.name, entry.fused, fmt.Sprintf("%d%s", wanted, failing), exitText(*step))
			}
			return
		}
		if wanted == 0 && p.fails(entry, step) && !p.mayFail(entry.member) {
			wanted, failing = exitCode(*step.ExitCode), " of "+entry.fused
		}
	}
}

// findCarriers finds the pipeline tasks that only hand on results. A task of
// the source is compared whatever its annotations say.
func (p *pair) findCarriers() error {
	p.carriers = map[string]bool{}
	for _, task := range p.fused.tasks() {
		_, annotations, err := p.fused.definition.task(task)
		if err != nil {
			return err
		}
		p.carriers[task.Name] = annotations[carrierAnnotation] != ""
	}
	for _, task := range p.fused.run.Tasks {
		if task.Annotations[carrierAnnotation] != "" {
			p.carriers[task.Name] = true
		}
	}
	return nil
}

// isBlank says whether a value is what a skipped member leaves in place of a
// result: a text without a character, or a list or an object of such texts.
func isBlank(value any) bool {
	switch value := value.(type) {
	case string:
		return value == ""
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool { return item != "" })
	case map[string]any:
		for _, item := range value {
			if item != "" {
				return false
			}
		}
		return true
	}
	return false
}
