package compare

import (
	"encoding/json"
	"slices"

	"tkn-fuse/tests/tekton/report"
)

func init() {
	conditions["task-skipped"] = func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, func(task string) bool {
			// A run that fails may be over before it comes to the task; the other run tells then.
			all := slices.Concat(p.source.run.Skipped, p.fused.run.Skipped)
			return slices.ContainsFunc(all, func(skipped report.Skipped) bool {
				return skipped.Task == task && skipped.Reason != stopping
			})
		})
	}
	conditions["not-continued"] = func(p *pair, _ *group, _ json.RawMessage) (bool, error) {
		return p.anyTask(ranOutOfTime) || p.anyTask(couldNotStart), nil
	}
	conditions["pod-lost"] = func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		for _, candidate := range p.groupsOr(group) {
			if candidate.task != nil && (!p.anyStep(candidate) || cutShort(*candidate.task)) {
				return true, nil
			}
		}
		return false, nil
	}
}

// couldNotStart knows a step whose command is missing or is no program: the
// entrypoint ends without an exit code of the command's own.
func couldNotStart(task report.Task) bool {
	return slices.ContainsFunc(task.Steps, func(step report.Step) bool {
		return step.Seen == nil && attempted(&step) && *step.ExitCode != 0
	})
}

// cutShort is a TaskRun that was ended from outside.
func cutShort(task report.Task) bool {
	class := classOf(task.Status, task.Reason)
	return class == timedOut || class == cancelled
}
