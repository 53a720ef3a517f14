package compare

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// stepResult is the value of a Task result that a step's own result is.
var stepResult = regexp.MustCompile(`^\$\(steps\.([^.]+)\.results\.([^)\[]+)(?:\[\*\])?\)$`)

// export is a result of a fused Task that stands for a member's.
type export struct {
	// name is its name in the fused Task.
	name string
	// step and result are the step's result behind it, empty if it is a file of the Task.
	step, result string
}

// nameResults gives the results of all members the names that the compiler
// would give them: `<member>-<result>`. Which are declared is another question.
func (g *group) nameResults(source view) {
	g.resultNames = map[string]map[string]string{}
	taken := newNames(resultLimit)
	for _, member := range g.trace.members() {
		g.resultNames[member] = map[string]string{}
		for _, result := range source.resultsOf(member) {
			wanted := member + "-" + strings.ReplaceAll(result, ".", "-")
			g.resultNames[member][result] = taken.take(wanted)
		}
	}
}

// resultsOf are the results that a Task declares, or, if no document has it, those that it had.
func (v view) resultsOf(task string) []string {
	var names []string
	if spec := v.specs[task]; spec != nil {
		for _, result := range spec.Results {
			names = append(names, result.Name)
		}
	}
	for _, run := range tasksNamed(v.run, task) {
		for _, name := range slices.Sorted(maps.Keys(run.Results)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// declared are the results of the fused Task.
func (g *group) declared() []export {
	var all []export
	if g.spec != nil {
		for _, result := range g.spec.Results {
			found := export{name: result.Name}
			if result.Value != nil {
				if parts := stepResult.FindStringSubmatch(result.Value.StringVal); parts != nil {
					found.step, found.result = parts[1], parts[2]
				}
			}
			all = append(all, found)
		}
	} else if g.task != nil {
		for _, name := range slices.Sorted(maps.Keys(g.task.Results)) {
			all = append(all, export{name: name})
		}
	}
	return all
}

// exportsOf finds, per result of a member, what stands for it in the fused
// Task: the result of a step of the member that writes it; or the file of that
// name; or, where the name could not change (a path that stands in a program,
// a name that Tekton Chains reads), the file of the result's own name.
func (p *pair) exportsOf(group *group, member string) map[string]export {
	found := map[string]export{}
	for _, result := range p.source.resultsOf(member) {
		if export, ok := p.prefixed(group, member, result); ok {
			found[result] = export
		} else if export, ok := p.unchanged(group, member, result); ok {
			found[result] = export
		}
	}
	return found
}

// prefixed finds the export by the step behind it, or by its name.
func (p *pair) prefixed(group *group, member, result string) (export, bool) {
	wanted := group.resultNames[member][result]
	best, ok := export{}, false
	for _, candidate := range group.declared() {
		fits := candidate.step == "" && candidate.name == wanted
		if candidate.step != "" {
			fits = p.writes(group, candidate, member, result)
		}
		// Two results may be the same one of a step: their names tell them apart.
		if fits && (!ok || candidate.name == wanted) {
			best, ok = candidate, true
		}
	}
	return best, ok
}

// writes says whether the step result behind an export is a result of the member's Task.
func (p *pair) writes(group *group, candidate export, member, result string) bool {
	entry := group.trace.origin(candidate.step)
	if entry == nil || entry.member != member {
		return false
	}
	if spec := p.source.specs[member]; spec != nil {
		for _, declared := range spec.Results {
			if declared.Name != result || declared.Value == nil {
				continue
			}
			if parts := stepResult.FindStringSubmatch(declared.Value.StringVal); parts != nil {
				return entry.step == parts[1] && candidate.result == parts[2]
			}
		}
	}
	return candidate.result == result
}

// unchanged finds an export of the result's own name. If several members could
// be meant, it is those whose value it has.
func (p *pair) unchanged(group *group, member, result string) (export, bool) {
	all := group.declared()
	at := slices.IndexFunc(all, func(export export) bool { return export.step == "" && export.name == result })
	if at < 0 {
		return export{}, false
	}
	for _, other := range group.trace.members() {
		if other == member || !slices.Contains(p.source.resultsOf(other), result) {
			continue
		}
		if _, elsewhere := p.prefixed(group, other, result); !elsewhere {
			return all[at], p.hasValue(group, member, result)
		}
	}
	return all[at], true
}

func (p *pair) hasValue(group *group, member, result string) bool {
	tasks := tasksNamed(p.source.run, member)
	if len(tasks) == 0 || group.task == nil {
		return false
	}
	return reflect.DeepEqual(tasks[0].Results[result], group.task.Results[result])
}

// compareMemberResults compares what a member's Task reported with what stands
// for it. The text without a character that a skipped member leaves counts as none.
func (p *pair) compareMemberResults(group *group, member string) {
	var source, fused map[string]any
	if tasks := tasksNamed(p.source.run, member); len(tasks) > 0 {
		source = tasks[0].Results
	}
	if group.task != nil {
		fused = group.task.Results
	}
	exports, rules := p.exportsOf(group, member), p.memberRules(group, member)
	skipped := p.memberIsSkipped(group, member)
	for _, name := range p.source.resultsOf(member) {
		value, has := source[name]
		export, exported := exports[name]
		other, reported := fused[export.name]
		if skipped && isBlank(other) {
			other, reported = nil, false
		}
		switch {
		case !exported && !has:
		case !exported:
			p.addResult(Results, member, "", name, name+"="+short(jsonText(value)), "not declared")
		default:
			p.value(Results, member, "", name, present(p.rules.source, value, has), present(rules, other, reported))
		}
	}
}

// compareValues compares results of the same names.
func (p *pair) compareValues(observable, task, step string, source, fused map[string]any, rules rules) {
	names := slices.Sorted(maps.Keys(source))
	for _, name := range slices.Sorted(maps.Keys(fused)) {
		if _, both := source[name]; !both {
			names = append(names, name)
		}
	}
	for _, name := range names {
		value, has := source[name]
		other, reported := fused[name]
		p.value(observable, task, step, name, present(p.rules.source, value, has), present(rules, other, reported))
	}
}

func (p *pair) value(observable, task, step, name, source, fused string) {
	if source != fused {
		source, fused = shortPair(source, fused)
		p.addResult(observable, task, step, name, name+"="+source, name+"="+fused)
	}
}

func present(rules rules, value any, has bool) string {
	if !has {
		return absent
	}
	return jsonText(rules.value(value))
}

// jsonText says a value so that a string is never taken for something else.
func jsonText(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(text.String(), "\n")
}
