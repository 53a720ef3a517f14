package compare

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Diagnostic is what the compiler said, with what it may change.
type Diagnostic struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Pipeline string `json:"pipeline"`
	Group    string `json:"group"`
	// Members are pipeline tasks of the source; none means all of the group, or of the Pipeline.
	Members []string `json:"members"`
	// Steps are names of steps, in the source or in the fused Task; none means all.
	Steps []string `json:"steps"`
	// Results are `TASK.RESULT` if only some results are meant.
	Results []string `json:"results"`
	// Changes are observables.
	Changes []string `json:"changes"`
	// OnlyIf is what has to be so in the run; nil: nothing.
	OnlyIf *Condition `json:"onlyIf"`
}

// ParseDiagnostics reads `{"version":1,"diagnostics":[...]}`. It fails on
// another version, and on an observable or a condition that does not exist,
// which would announce nothing.
func ParseDiagnostics(text []byte) ([]Diagnostic, error) {
	var document struct {
		Version     int          `json:"version"`
		Diagnostics []Diagnostic `json:"diagnostics"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("diagnostics: %w", err)
	}
	if document.Version != 1 {
		return nil, fmt.Errorf("diagnostics: want version 1, found %d", document.Version)
	}
	for _, diagnostic := range document.Diagnostics {
		if err := diagnostic.OnlyIf.check(); err != nil {
			return nil, fmt.Errorf("diagnostics: %s: %w", diagnostic.Code, err)
		}
		for _, change := range diagnostic.Changes {
			if !slices.Contains(Observables, change) {
				return nil, fmt.Errorf("diagnostics: %s changes %q, which is no observable", diagnostic.Code, change)
			}
		}
	}
	return document.Diagnostics, nil
}

// announcer is the code of the first diagnostic that tells of a difference;
// `result` is the one that it is about, if it is about a result.
func (p *pair) announcer(difference Difference, result string) string {
	for _, diagnostic := range p.diagnostics {
		if p.announces(diagnostic, difference) && p.namesResult(diagnostic, difference, result) && p.holds(diagnostic) {
			return diagnostic.Code
		}
	}
	return ""
}

func (p *pair) announces(diagnostic Diagnostic, difference Difference) bool {
	told := diagnostic.Severity == "note" || diagnostic.Severity == "warning"
	if !told || !slices.Contains(diagnostic.Changes, difference.Observable) {
		return false
	}
	if diagnostic.Pipeline != "" && !slices.Contains(p.pipelines, diagnostic.Pipeline) {
		return false
	}
	if !p.explains(diagnostic.Code, difference) {
		return false
	}
	switch difference.Observable {
	case Outcome, PipelineResults, Files:
		return true
	}
	return p.concerns(diagnostic, difference.Task) && p.namesStep(diagnostic, difference)
}

// namesResult says whether a diagnostic is about the result of a difference.
func (p *pair) namesResult(diagnostic Diagnostic, difference Difference, result string) bool {
	if difference.Observable != Results || len(diagnostic.Results) == 0 {
		return true
	}
	return slices.Contains(diagnostic.Results, p.task(difference.Task)+"."+result)
}

// concerns says whether a diagnostic is about a task of the source.
func (p *pair) concerns(diagnostic Diagnostic, task string) bool {
	if len(diagnostic.Members) > 0 {
		return slices.Contains(diagnostic.Members, p.task(task))
	}
	if diagnostic.Group == "" {
		return true
	}
	group := p.groupOf[task]
	return diagnostic.Group == task || group != nil && group.name == diagnostic.Group
}

// namesStep says whether a diagnostic is about the step of a difference. What
// is about no step is about all of them.
func (p *pair) namesStep(diagnostic Diagnostic, difference Difference) bool {
	if len(diagnostic.Steps) == 0 || difference.Step == "" || slices.Contains(diagnostic.Steps, difference.Step) {
		return true
	}
	group := p.groupOf[difference.Task]
	if group == nil {
		return false
	}
	entry := group.trace.find(difference.Task, difference.Step)
	return entry != nil && slices.Contains(diagnostic.Steps, entry.fused)
}
