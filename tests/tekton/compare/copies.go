package compare

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// Copies of a task with a matrix are members of their own here: `<task>-0`,
// `<task>-1`, ... The TaskRuns of the source are named so as well.

// copyName is what the compiler calls a copy of a task.
func copyName(prefix string, number int) string {
	return fmt.Sprintf("%s-%d", prefix, number)
}

// nameCopies corrects the names of copies where a task of the source has one of them.
func (p *pair) nameCopies(trace trace) {
	names := p.source.taskNames()
	prefixes := map[string]string{}
	for _, entry := range trace {
		if entry.task == entry.member {
			continue
		}
		if prefixes[entry.task] == "" {
			prefixes[entry.task] = entry.task
		}
		for slices.Contains(names, copyName(prefixes[entry.task], entry.number)) {
			prefixes[entry.task] += "-copy"
		}
	}
	for i := range trace {
		if entry := &trace[i]; entry.task != entry.member {
			entry.member = copyName(prefixes[entry.task], entry.number)
			entry.helper = entry.nameless && isHelper(*entry)
		}
	}
}

// combination is the number that ends the name of a TaskRun of a matrix. A
// single one has none (getNewRunNames, pkg/reconciler/pipelinerun/resources, v1.15).
var combination = regexp.MustCompile(`-(\d+)$`)

// splitCopies gives the source's TaskRuns of the matrices in a group the names of their copies.
func (p *pair) splitCopies(trace trace) {
	p.nameCopies(trace)
	runs := slices.Clone(p.source.run.Tasks)
	numbers := map[string][]int{}
	for _, entry := range trace {
		if entry.task != entry.member && !slices.Contains(numbers[entry.task], entry.number) {
			numbers[entry.task] = append(numbers[entry.task], entry.number)
			p.taskOf[entry.member] = entry.task
			p.source.specs[entry.member] = p.source.specs[entry.task]
		}
	}
	for i, run := range runs {
		known := numbers[run.Name]
		number := 0
		if found := combination.FindStringSubmatch(run.TaskRun); found != nil && len(tasksNamed(p.source.run, run.Name)) > 1 {
			number, _ = strconv.Atoi(found[1])
		}
		if slices.Contains(known, number) {
			runs[i].Name = trace.copy(run.Name, number)
		}
	}
	p.source.run.Tasks = runs
}

// copy is the name of a copy.
func (t trace) copy(task string, number int) string {
	at := slices.IndexFunc(t, func(entry traced) bool {
		return entry.task == task && entry.member != task && entry.number == number
	})
	return t[at].member
}

// task is the pipeline task that a member is, or is a copy of.
func (p *pair) task(member string) string {
	if task := p.taskOf[member]; task != "" {
		return task
	}
	return member
}

// standsForCopies says whether a task is in a group by its copies, and has no TaskRun left besides theirs.
func (p *pair) standsForCopies(task string) bool {
	for _, of := range p.taskOf {
		if of == task {
			return len(tasksNamed(p.source.run, task)) == 0 && len(tasksNamed(p.fused.run, task)) == 0
		}
	}
	return false
}

// withCopies puts the copies of tasks into lists of what must be over before a
// task starts, and gives each copy the list of its task.
func (p *pair) withCopies(after map[string][]string) map[string][]string {
	all := map[string][]string{}
	for task, before := range after {
		all[task] = slices.Clone(before)
		for copy, of := range p.taskOf {
			if slices.Contains(before, of) {
				all[task] = append(all[task], copy)
			}
		}
		slices.Sort(all[task])
	}
	for copy, of := range p.taskOf {
		all[copy] = all[of]
	}
	return all
}

// itemsOther says whether the run gives an array param of its Pipeline another number of elements.
func (p *pair) itemsOther(param string, count int) bool {
	if p.source.object == nil {
		return false
	}
	for _, given := range p.source.object.Params {
		if given.Name == param && given.Value.Type == v1.ParamTypeArray {
			return len(given.Value.ArrayVal) != count
		}
	}
	return false
}
