package compare

import (
	"errors"
	"fmt"
	"slices"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"

	"tkn-fuse/tests/tekton/report"
)

// side is a Side with the one of its runs that is looked at.
type side struct {
	Side
	run report.Run
	// observed: the node saw how commands start. Without it, the rest has to tell.
	observed bool
}

// view is a run with what the documents say of it.
type view struct {
	side
	definition
	// specs are the Tasks of the pipeline tasks, as far as the documents have them.
	specs map[string]*v1.TaskSpec
}

// group is a pipeline task of the fused run that stands for several of the source's.
type group struct {
	name  string
	trace trace
	// spec is nil if no document has the fused Task.
	spec *v1.TaskSpec
	// task is nil if the group never started.
	task *report.Task
	// resultNames are, by member, the names that the compiler would give to its results.
	resultNames map[string]map[string]string
}

// pair is a run on both sides.
type pair struct {
	source, fused view
	groups        []*group
	// groupOf has the group of each member.
	groupOf map[string]*group
	// carriers are pipeline tasks of the fused run that only hand on results of a group.
	carriers map[string]bool
	// taskOf has the pipeline task of each copy.
	taskOf map[string]string
	// pipelines are the names that diagnostics may use for the run's Pipeline.
	pipelines   []string
	rules       bothRules
	diagnostics []Diagnostic
	differences []Difference
}

func newPair(source, fused side, diagnostics []Diagnostic) (*pair, error) {
	p := &pair{groupOf: map[string]*group{}, taskOf: map[string]string{}, diagnostics: diagnostics}
	for _, half := range []struct {
		side side
		view *view
	}{{source, &p.source}, {fused, &p.fused}} {
		var err error
		if *half.view, err = newView(half.side); err != nil {
			return nil, err
		}
		p.pipelines = append(p.pipelines, half.view.names...)
	}
	if err := p.findGroups(); err != nil {
		return nil, err
	}
	if err := p.findCarriers(); err != nil {
		return nil, err
	}
	p.rules = p.runRules()
	return p, nil
}

func newView(side side) (view, error) {
	definition, err := define(side.Documents, side.run)
	v := view{side: side, definition: definition, specs: map[string]*v1.TaskSpec{}}
	if err != nil {
		return v, err
	}
	if side.run.Kind == "PipelineRun" && definition.pipeline == nil && len(side.run.Tasks) > 0 {
		return v, errors.New("no document has its Pipeline")
	}
	for _, task := range definition.tasks() {
		if v.specs[task.Name], _, err = definition.task(task); err != nil {
			return v, err
		}
	}
	return v, nil
}

// findGroups reads the traces: of the documents, since a group may never
// start, and of TaskRuns, since a Task may be in no document.
func (p *pair) findGroups() error {
	for _, task := range p.fused.tasks() {
		spec, annotations, err := p.fused.definition.task(task)
		if err != nil {
			return err
		}
		if err := p.addGroup(task.Name, annotations[traceAnnotation], spec); err != nil {
			return err
		}
	}
	for i, task := range p.fused.run.Tasks {
		spec, _, err := p.fused.namedTask(task.Labels["tekton.dev/task"])
		if err != nil {
			return err
		}
		if err := p.addGroup(task.Name, task.Annotations[traceAnnotation], spec); err != nil {
			return err
		}
		if group := p.group(task.Name); group != nil {
			group.task = &p.fused.run.Tasks[i]
		}
	}
	for _, group := range p.groups {
		group.nameResults(p.source)
	}
	return nil
}

func (p *pair) group(name string) *group {
	at := slices.IndexFunc(p.groups, func(group *group) bool { return group.name == name })
	if at < 0 {
		return nil
	}
	return p.groups[at]
}

func (p *pair) addGroup(name, annotation string, spec *v1.TaskSpec) error {
	if annotation == "" || p.group(name) != nil {
		return nil
	}
	trace, err := parseTrace(annotation)
	if err != nil {
		return fmt.Errorf("task %s: %w", name, err)
	}
	group := &group{name: name, trace: trace, spec: spec}
	p.groups = append(p.groups, group)
	p.splitCopies(trace)
	for _, member := range trace.members() {
		if other := p.groupOf[member]; other != nil {
			return fmt.Errorf("task %s is in the groups %s and %s", member, other.name, name)
		}
		if count := len(tasksNamed(p.source.run, member)); count > 1 {
			return fmt.Errorf("task %s of the group %s has %d TaskRuns", member, name, count)
		}
		p.groupOf[member] = group
	}
	return nil
}

// taskNames are all tasks of the source, and those of the fused run that are
// no group and hand on no results, in their order.
func (p *pair) taskNames() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range p.source.taskNames() {
		add(name)
	}
	for _, name := range p.fused.taskNames() {
		if p.group(name) == nil && !p.carriers[name] {
			add(name)
		}
	}
	for _, group := range p.groups {
		for _, member := range group.trace.members() {
			add(member)
		}
	}
	return names
}

// taskNames are the tasks of a side, whether they ran or not. They may repeat.
func (v view) taskNames() []string {
	var names []string
	for _, task := range v.tasks() {
		names = append(names, task.Name)
	}
	for _, task := range v.run.Tasks {
		names = append(names, task.Name)
	}
	for _, skipped := range v.run.Skipped {
		names = append(names, skipped.Task)
	}
	return names
}

// compare fills in the differences.
func (p *pair) compare() {
	p.compareRun()
	for _, name := range p.taskNames() {
		if group := p.groupOf[name]; group != nil {
			p.compareMember(group, name)
		} else if !p.standsForCopies(name) {
			p.compareTask(name)
		}
	}
	for _, group := range p.groups {
		p.compareUntraced(group)
		p.compareVerdict(group)
	}
	p.compareOrder()
}

// add records a difference, and who told of it.
func (p *pair) add(observable, task, step, source, fused string) {
	p.addResult(observable, task, step, "", source, fused)
}

// addResult records a difference of a result.
func (p *pair) addResult(observable, task, step, result, source, fused string) {
	difference := Difference{
		Observable: observable, Run: p.source.run.Name, Task: task, Step: step, Source: source, Fused: fused,
	}
	difference.AnnouncedBy = p.announcer(difference, result)
	p.differences = append(p.differences, difference)
}
