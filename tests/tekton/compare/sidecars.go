package compare

import (
	"slices"

	"tkn-fuse/tests/tekton/report"
)

// memberSidecar is a sidecar of a member, with its name in the fused Task.
type memberSidecar struct{ member, name, fused string }

// sidecars names the sidecars of all members as the compiler does.
func (g *group) sidecars(source view) []memberSidecar {
	taken := newNames(sidecarLimit)
	var all []memberSidecar
	for _, member := range g.trace.members() {
		for _, name := range source.sidecarsOf(member) {
			all = append(all, memberSidecar{member, name, taken.take(member + "-" + name)})
		}
	}
	return all
}

// sidecarsOf are the sidecars that a Task declares, or, if no document has it, those that ran.
func (v view) sidecarsOf(task string) []string {
	var names []string
	if spec := v.specs[task]; spec != nil {
		for _, sidecar := range spec.Sidecars {
			names = append(names, sidecar.Name)
		}
	}
	for _, run := range tasksNamed(v.run, task) {
		for _, sidecar := range run.Sidecars {
			if !slices.Contains(names, sidecar.Name) {
				names = append(names, sidecar.Name)
			}
		}
	}
	return names
}

func (p *pair) compareMemberSidecars(group *group, member string, source []report.Step) {
	rules := p.memberRules(group, member)
	for _, sidecar := range group.sidecars(p.source) {
		if sidecar.member != member {
			continue
		}
		pair := stepPair{group: group, task: member, step: sidecar.name, rules: rules, source: stepNamed(source, sidecar.name)}
		if group.task != nil {
			pair.fused = stepNamed(group.task.Sidecars, sidecar.fused)
		}
		p.compareSidecar(pair)
	}
}

// compareSidecar compares what a sidecar was when it started. Its log and its
// end depend on when the steps are done.
func (p *pair) compareSidecar(sidecar stepPair) {
	source, fused := p.source.started(sidecar.source), p.fused.started(sidecar.fused)
	if source != fused {
		p.add(Sidecars, sidecar.task, sidecar.step, startedText(source), startedText(fused))
		return
	}
	for _, change := range p.seenChanges(sidecar) {
		p.add(Sidecars, sidecar.task, sidecar.step, change.observable+" "+change.source, change.observable+" "+change.fused)
	}
}
