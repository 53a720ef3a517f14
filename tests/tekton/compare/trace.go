package compare

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// traceAnnotation is on every fused Task. Tekton copies it to the TaskRun.
const traceAnnotation = "tkn-fuse/steps"

// helperKinds are the steps that the compiler adds, named `<member>-fuse-<kind>`.
var helperKinds = []string{"link", "collector", "gate", "verdict", "count"}

var helperName = regexp.MustCompile(`(^|-)fuse-(link|collector|gate|verdict|count)(-\d+)?$`)

// traced is where one step of a fused Task comes from.
type traced struct {
	fused, member, step string
	// task is the pipeline task that the member is, or is a copy of: the copy of that number.
	task   string
	number int
	// helper: the compiler added the step for the member.
	helper bool
	// nameless: no Task's name is there.
	nameless bool
}

// trace holds the steps of a fused Task in their order.
type trace []traced

// parseTrace reads `{"version":1,"steps":{"STEP":["MEMBER","TASK"|null,"STEP"],...}}`. Steps of copies have a number behind that.
func parseTrace(text string) (trace, error) {
	var document struct {
		Version int             `json:"version"`
		Steps   json.RawMessage `json:"steps"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("annotation %s: %w", traceAnnotation, err)
	}
	if document.Version != 1 {
		return nil, fmt.Errorf("annotation %s: want version 1, found %d", traceAnnotation, document.Version)
	}
	// Token by token: a Go map would lose the order.
	decoder := json.NewDecoder(bytes.NewReader(document.Steps))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("annotation %s: %w", traceAnnotation, errors.Join(errors.New("want an object of steps"), err))
	}
	var steps trace
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", traceAnnotation, err)
		}
		var origin []any
		if err := decoder.Decode(&origin); err != nil {
			return nil, fmt.Errorf("annotation %s: %w", traceAnnotation, err)
		}
		entry, ok := readOrigin(origin)
		if !ok {
			return nil, fmt.Errorf("annotation %s: step %v: want member, Task and step", traceAnnotation, name)
		}
		entry.fused = fmt.Sprint(name)
		entry.nameless = origin[1] == nil
		entry.helper = entry.nameless && isHelper(entry)
		steps = append(steps, entry)
	}
	return steps, nil
}

func readOrigin(origin []any) (entry traced, ok bool) {
	if len(origin) < 3 || len(origin) > 4 {
		return entry, false
	}
	task, isTask := origin[0].(string)
	step, isStep := origin[2].(string)
	if _, isName := origin[1].(string); !isTask || !isStep || origin[1] != nil && !isName {
		return entry, false
	}
	entry = traced{task: task, member: task, step: step}
	if len(origin) == 4 {
		number, isNumber := origin[3].(float64)
		entry.number = int(number)
		entry.member = copyName(task, entry.number)
		return entry, isNumber
	}
	return entry, true
}

// isHelper tells a helper from a step of an embedded Task, which has no Task's
// name either. `<member>-fuse-<kind>` can be cut or counted up.
func isHelper(entry traced) bool {
	if !slices.Contains(helperKinds, entry.step) {
		return false
	}
	wanted := fmt.Sprintf("%s-fuse-%s", entry.member, entry.step)
	taken := newNames(stepLimit)
	for range 10 {
		if taken.take(wanted) == entry.fused {
			return true
		}
	}
	return false
}

// members are the pipeline tasks of the source, in the order of their steps.
func (t trace) members() []string {
	var members []string
	for _, entry := range t {
		// Helpers may serve all copies of a task.
		if !entry.helper && !slices.Contains(members, entry.member) {
			members = append(members, entry.member)
		}
	}
	return members
}

// find returns the entry of a member's own step, nil if the fused Task has none.
func (t trace) find(member, step string) *traced {
	for i, entry := range t {
		if entry.member == member && entry.step == step && !entry.helper {
			return &t[i]
		}
	}
	return nil
}

// origin returns the entry of a fused step, nil if it is not traced.
func (t trace) origin(fused string) *traced {
	for i, entry := range t {
		if entry.fused == fused {
			return &t[i]
		}
	}
	return nil
}
