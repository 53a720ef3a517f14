package compare

import (
	"cmp"
	"slices"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"tkn-fuse/tests/tekton/report"
)

// timed is when a step of the source ran, on one side.
type timed struct {
	step string
	// taskRun counts the TaskRuns of a task with a matrix, by their names.
	taskRun    int
	start, end time.Time
	// exact: the node saw the start. Tekton's own times are whole seconds.
	exact bool
}

// slack is how long a container may go on after the next step has started: the
// entrypoint tells the next one before it ends itself (pkg/entrypoint/entrypointer.go, v1.15).
const slack = time.Second

// compareOrder checks that what the source runs one after another is one after
// another in the fused run as well. An order that the source's own run does
// not show is not demanded.
func (p *pair) compareOrder() {
	source, fused := p.sourceTimes(), p.fusedTimes()
	after := p.withCopies(p.source.predecessors())
	for _, task := range p.taskNames() {
		p.compareOrderInTask(task, source[task], fused[task])
		for _, before := range after[task] {
			early, late := violation(fused[before], fused[task])
			if early == nil {
				continue
			}
			if broken, _ := violation(source[before], source[task]); broken == nil {
				p.add(Order, task, late.step, "after "+before, "before the end of "+before+"/"+early.step)
			}
		}
	}
}

// compareOrderInTask: the steps of a Task run in their order.
func (p *pair) compareOrderInTask(task string, source, fused []timed) {
	for i := 1; i < len(source); i++ {
		if source[i-1].taskRun != source[i].taskRun {
			continue
		}
		before, step := source[i-1].step, source[i].step
		early, late := timesOf(fused, source[i-1]), timesOf(fused, source[i])
		if overlaps, _ := violation(early, late); overlaps != nil {
			p.add(Order, task, step, "after "+before, "before the end of "+before)
		}
	}
}

// timesOf finds the same step on the other side.
func timesOf(list []timed, step timed) []timed {
	at := slices.IndexFunc(list, func(other timed) bool { return other.step == step.step && other.taskRun == step.taskRun })
	if at < 0 {
		return nil
	}
	return list[at : at+1]
}

// violation finds a step of the first list that was not over when one of the
// second started.
func violation(before, after []timed) (early, late *timed) {
	for i := range before {
		for j := range after {
			if !before[i].isBefore(after[j]) {
				return &before[i], &after[j]
			}
		}
	}
	return nil, nil
}

func (t timed) isBefore(other timed) bool {
	if t.start.IsZero() || other.start.IsZero() {
		return true
	}
	start, later := t.start, other.start
	if !t.exact || !other.exact {
		start, later = start.Truncate(time.Second), later.Truncate(time.Second)
	}
	if start.After(later) {
		return false
	}
	return !t.end.Truncate(time.Second).After(other.start.Add(slack))
}

func timeOf(step report.Step, name string, taskRun int) timed {
	timed := timed{step: name, taskRun: taskRun, start: step.Start, end: step.End}
	if step.Seen != nil && !step.Seen.Time.IsZero() {
		timed.start, timed.exact = step.Seen.Time, true
	}
	return timed
}

func (p *pair) sourceTimes() map[string][]timed {
	return p.source.times(func(string) bool { return true })
}

// times are those of the steps that started, of several TaskRuns of a task together.
func (v view) times(wanted func(task string) bool) map[string][]timed {
	times := map[string][]timed{}
	for _, name := range v.taskNames() {
		if _, done := times[name]; done || !wanted(name) {
			continue
		}
		for taskRun, task := range tasksNamed(v.run, name) {
			var ran []timed
			for i, step := range task.Steps {
				if v.started(&step) {
					ran = append(ran, timeOf(step, stepName(step.Name, i), taskRun))
				}
			}
			slices.SortStableFunc(ran, func(a, b timed) int { return a.start.Compare(b.start) })
			times[name] = append(times[name], ran...)
		}
	}
	return times
}

func (p *pair) fusedTimes() map[string][]timed {
	times := p.fused.times(func(task string) bool { return p.group(task) == nil })
	for _, group := range p.groups {
		for _, entry := range group.trace {
			step := group.fusedStep(entry.member, entry.step)
			if entry.helper || !p.starts(group, entry.member, step) {
				continue
			}
			times[entry.member] = append(times[entry.member], timeOf(*step, entry.step, 0))
		}
	}
	return times
}

// predecessors are, for each task, all that must be over before it starts:
// what Tekton's own graph says, and every other task for those of `finally`.
func (d definition) predecessors() map[string][]string {
	if d.pipeline == nil {
		return nil
	}
	direct := v1.PipelineTaskList(d.pipeline.Tasks).Deps()
	all := map[string][]string{}
	var names []string
	for _, task := range d.pipeline.Tasks {
		names = append(names, task.Name)
		all[task.Name] = reachable(direct, task.Name)
	}
	for _, task := range d.pipeline.Finally {
		all[task.Name] = names
	}
	return all
}

// reachable is the transitive closure: a task between two may have been skipped.
func reachable(direct map[string][]string, task string) []string {
	var found []string
	queue := slices.Clone(direct[task])
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		if next != task && !slices.Contains(found, next) {
			found = append(found, next)
			queue = append(queue, direct[next]...)
		}
	}
	slices.SortFunc(found, cmp.Compare[string])
	return found
}
