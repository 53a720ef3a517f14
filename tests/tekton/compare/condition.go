package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"tkn-fuse/tests/tekton/report"
)

// Condition is what has to be so in a run for a difference to show that a
// diagnostic tells of. If it is not, the difference comes from elsewhere.
type Condition struct {
	Condition string `json:"condition"`
	// Value is a string, a number or an object, or nothing: it depends on the condition.
	Value json.RawMessage `json:"value"`
}

// conditions say, by name, whether a condition holds for a group; with nil, for
// all groups of the run.
var conditions = map[string]func(p *pair, group *group, value json.RawMessage) (bool, error){
	"result-holds": func(p *pair, group *group, value json.RawMessage) (bool, error) {
		return withText(value, func(chars string) bool {
			return p.anyResult(group, func(value any) bool { return anyString(value, chars, strings.ContainsAny) })
		})
	},
	"empty-array": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		return p.anyResult(group, isEmptyArray), nil
	},
	"results-longer": func(p *pair, group *group, value json.RawMessage) (bool, error) {
		var limit int
		err := json.Unmarshal(value, &limit)
		return err == nil && p.exportedBytes(group) > limit, err
	},
	"param-holds": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, p.paramHolds)
	},
	"empty-param": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, p.isEmptyParam)
	},
	"param-items-other": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		var wanted struct {
			Param string `json:"param"`
			Count int    `json:"count"`
		}
		err := json.Unmarshal(value, &wanted)
		return err == nil && p.itemsOther(wanted.Param, wanted.Count), err
	},
	"run-name-longer": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		var limit int
		err := json.Unmarshal(value, &limit)
		return err == nil && len(p.source.run.Name) > limit, err
	},
	"empty-dir": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, func(workspace string) bool {
			binding := p.source.binding(workspace)
			return binding != nil && binding.EmptyDir != nil
		})
	},
	"unbound": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, func(workspace string) bool {
			return p.source.object != nil && p.source.binding(workspace) == nil
		})
	},
	"result-unfit":   func(p *pair, group *group, _ json.RawMessage) (bool, error) { return p.anyUnfit(group), nil },
	"shell-messages": func(p *pair, group *group, _ json.RawMessage) (bool, error) { return p.onlyShellMessages(group), nil },
	"failure":        func(p *pair, _ *group, _ json.RawMessage) (bool, error) { return p.anyTask(hasFailed), nil },
	"time-limit": func(p *pair, _ *group, _ json.RawMessage) (bool, error) {
		return p.anyTask(ranOutOfTime) || isTimeout(p.source.run) || isTimeout(p.fused.run), nil
	},
	"unschedulable": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		for _, candidate := range p.groupsOr(group) {
			if candidate.task != nil && !p.anyStep(candidate) {
				return true, nil
			}
		}
		return false, nil
	},
	"member-skipped": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		for _, candidate := range p.groupsOr(group) {
			if slices.ContainsFunc(candidate.trace.members(), func(member string) bool { return p.skips(candidate, member) }) {
				return true, nil
			}
		}
		return false, nil
	},
	"result-missing": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		return p.anyMember(group, p.leftOutResult), nil
	},
	"task-skipped": func(p *pair, _ *group, value json.RawMessage) (bool, error) {
		return withText(value, func(task string) bool {
			// A run that fails may be over before it comes to the task; the other run tells then.
			all := slices.Concat(p.source.run.Skipped, p.fused.run.Skipped)
			return slices.ContainsFunc(all, func(skipped report.Skipped) bool {
				return skipped.Task == task && skipped.Reason != stopping
			})
		})
	},
	"not-continued": func(p *pair, _ *group, _ json.RawMessage) (bool, error) {
		return p.anyTask(ranOutOfTime) || p.anyTask(couldNotStart), nil
	},
	"pod-lost": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		for _, candidate := range p.groupsOr(group) {
			if candidate.task != nil && (!p.anyStep(candidate) || cutShort(*candidate.task)) {
				return true, nil
			}
		}
		return false, nil
	},
	"step-action-refused": func(p *pair, group *group, _ json.RawMessage) (bool, error) {
		for _, candidate := range p.groupsOr(group) {
			if candidate.task != nil && isStepActionRefused(*candidate.task) {
				return true, nil
			}
		}
		return false, nil
	},
}

// check fails on a condition that does not exist or has another kind of value.
func (c *Condition) check() error {
	if c == nil {
		return nil
	}
	holds, known := conditions[c.Condition]
	if !known {
		return fmt.Errorf("the condition %q does not exist", c.Condition)
	}
	if _, err := holds(&pair{}, nil, c.Value); err != nil {
		return fmt.Errorf("condition %s: %w", c.Condition, err)
	}
	return nil
}

// holds says whether what a diagnostic depends on is so in this run.
func (p *pair) holds(diagnostic Diagnostic) bool {
	if diagnostic.OnlyIf == nil {
		return true
	}
	holds, known := conditions[diagnostic.OnlyIf.Condition]
	group := p.group(diagnostic.Group)
	if !known || diagnostic.Group != "" && group == nil {
		return false
	}
	does, err := holds(p, group, diagnostic.OnlyIf.Value)
	return does && err == nil
}

func withText(value json.RawMessage, holds func(string) bool) (bool, error) {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return false, err
	}
	return holds(text), nil
}

func (p *pair) groupsOr(one *group) []*group {
	if one != nil {
		return []*group{one}
	}
	return p.groups
}

// skips says whether a member is skipped. In a run that fails Tekton names the
// failure as the reason for all that did not run; then the pod tells.
func (p *pair) skips(group *group, member string) bool {
	reason := ""
	for _, skipped := range p.source.run.Skipped {
		if skipped.Task == p.task(member) {
			reason = skipped.Reason
		}
	}
	return reason != "" && reason != stopping || reason == stopping && group.task != nil && p.memberIsSkipped(group, member)
}

// anyMember looks at the members by name.
func (p *pair) anyMember(group *group, holds func(member string) bool) bool {
	for _, group := range p.groupsOr(group) {
		if slices.ContainsFunc(group.trace.members(), holds) {
			return true
		}
	}
	return false
}

// leftOutResult says whether a task of the source succeeded without a result that it declares.
func (p *pair) leftOutResult(task string) bool {
	for _, run := range tasksNamed(p.source.run, task) {
		for _, result := range p.source.resultsOf(task) {
			if _, written := run.Results[result]; !written && run.Status == "Succeeded" {
				return true
			}
		}
	}
	return false
}

// anyResult looks at the results that the source's members had, those that stay in the group too.
func (p *pair) anyResult(group *group, holds func(value any) bool) bool {
	for _, group := range p.groupsOr(group) {
		for _, member := range group.trace.members() {
			for _, task := range tasksNamed(p.source.run, member) {
				for _, value := range task.Results {
					if holds(value) {
						return true
					}
				}
			}
		}
	}
	return false
}

func isEmptyArray(value any) bool {
	items, isArray := value.([]any)
	return isArray && len(items) == 0
}

func anyString(value any, text string, holds func(value, text string) bool) bool {
	switch value := value.(type) {
	case string:
		return holds(value, text)
	case []any:
		for _, item := range value {
			if anyString(item, text, holds) {
				return true
			}
		}
	case map[string]any:
		for _, item := range value {
			if anyString(item, text, holds) {
				return true
			}
		}
	}
	return false
}

// exportedBytes counts what the results of a group need that leave it. Arrays
// and objects are written as JSON.
func (p *pair) exportedBytes(group *group) int {
	most := 0
	for _, group := range p.groupsOr(group) {
		bytes := 0
		for _, member := range group.trace.members() {
			exports := p.exportsOf(group, member)
			for _, task := range tasksNamed(p.source.run, member) {
				for name, value := range task.Results {
					if _, leaves := exports[name]; leaves {
						bytes += len(plainText(value))
					}
				}
			}
		}
		most = max(most, bytes)
	}
	return most
}

func plainText(value any) string {
	if text, isText := value.(string); isText {
		return text
	}
	return jsonText(value)
}

// isEmptyParam looks at an array that the run gives, or at its default.
func (p *pair) isEmptyParam(name string) bool {
	if p.source.object == nil {
		return false
	}
	for _, given := range p.source.object.Params {
		if given.Name == name {
			return given.Value.Type == v1.ParamTypeArray && len(given.Value.ArrayVal) == 0
		}
	}
	if p.source.pipeline == nil {
		return false
	}
	for _, declared := range p.source.pipeline.Params {
		if declared.Name == name && declared.Default != nil {
			return declared.Default.Type == v1.ParamTypeArray && len(declared.Default.ArrayVal) == 0
		}
	}
	return false
}

// paramHolds looks at the values that the run gives.
func (p *pair) paramHolds(text string) bool {
	if p.source.object == nil {
		return false
	}
	for _, param := range p.source.object.Params {
		values := append([]string{param.Value.StringVal}, param.Value.ArrayVal...)
		for _, value := range param.Value.ObjectVal {
			values = append(values, value)
		}
		if strings.Contains(strings.Join(values, "\n"), text) {
			return true
		}
	}
	return false
}

// anyTask looks at all TaskRuns of both sides.
func (p *pair) anyTask(holds func(report.Task) bool) bool {
	for _, run := range []report.Run{p.source.run, p.fused.run} {
		for _, task := range run.Tasks {
			if holds(task) {
				return true
			}
		}
	}
	return false
}

func hasFailed(task report.Task) bool {
	return task.Status == "Failed"
}

func isTimeout(run report.Run) bool {
	return classOf(run.Status, run.Reason) == timedOut
}

func ranOutOfTime(task report.Task) bool {
	for _, step := range task.Steps {
		if strings.Contains(step.Reason, "Timeout") {
			return true
		}
	}
	return classOf(task.Status, task.Reason) == timedOut
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

// isStepActionRefused knows the words of validateStepResultReference
// (pkg/apis/pipeline/v1/container_validation.go) and of the check for variables
// (pkg/substitution/substitution.go) of Tekton v1.15.
func isStepActionRefused(task report.Task) bool {
	return hasFailed(task) && (strings.Contains(task.Message, "stepResult substitutions are only allowed in") ||
		strings.Contains(task.Message, `non-existent variable in "$(params.`))
}
