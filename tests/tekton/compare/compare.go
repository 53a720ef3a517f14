// Package compare says in what a user can tell the fused run of some manifests
// from their own. It reads reports only; it starts nothing and opens no file.
//
// What it cannot see: what a step changes outside of workspaces; when a result
// or a file appears during a step; requests, limits and where a pod runs; what a
// step does between its start and its end; events, labels and annotations of
// runs and pods; the log and the end of sidecars; any but the last pod of a
// retried TaskRun; why a member of a group is skipped; what two runs at the same
// time do to each other; a violated order by which two steps overlap for a
// second or less; anything of a process that the node did not see. Two
// executions of a source that is not deterministic (tasks that race, times in
// logs) differ by themselves, and that shows here.
package compare

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tkn-fuse/tests/tekton/report"
)

// What a user can observe. The compiler's diagnostics use the same words.
const (
	Outcome         = "outcome"
	PipelineResults = "pipeline-results"
	TaskStatus      = "task-status"
	Results         = "results"
	Order           = "order"
	Started         = "started"
	ExitCode        = "exit-code"
	StepResults     = "step-results"
	Log             = "log"
	Args            = "args"
	Env             = "env"
	Dir             = "dir"
	User            = "user"
	Mounts          = "mounts"
	Files           = "files"
	Sidecars        = "sidecars"
)

// Observables are all of them.
var Observables = []string{
	Outcome, PipelineResults, TaskStatus, Results, Order, Started, ExitCode, StepResults,
	Log, Args, Env, Dir, User, Mounts, Files, Sidecars,
}

// absent stands in a text for what is not there.
const absent = "-"

// Side is what was applied and what came of it.
type Side struct {
	Report    report.Report
	Documents []unstructured.Unstructured
}

// Difference is one thing that a user can see.
type Difference struct {
	Observable string `json:"observable"`
	Run        string `json:"run,omitempty"`
	// Task is the task of the source's Pipeline, also where a group has taken its place.
	Task string `json:"task,omitempty"`
	// Step is the step's name in the source; empty if the difference is not about a step.
	Step string `json:"step,omitempty"`
	// Source and Fused are short texts.
	Source string `json:"source"`
	Fused  string `json:"fused"`
	// AnnouncedBy is the code of a diagnostic that told of it, or empty.
	AnnouncedBy string `json:"announcedBy,omitempty"`
}

// Compare lists the differences between two executions. Runs are matched by
// their names. It fails if a report or a document is not what it can read.
func Compare(source, fused Side, diagnostics []Diagnostic) ([]Difference, error) {
	if a, b := unseen(source.Report), unseen(fused.Report); a != b {
		return nil, errors.New("the node told of the commands of one side only")
	}
	seen := observed(source.Report) || observed(fused.Report)
	differences := refused(source.Report, fused.Report)
	left := slices.Clone(fused.Report.Runs)
	for _, run := range source.Report.Runs {
		at := match(left, run)
		if at < 0 {
			differences = append(differences, Difference{
				Observable: Outcome, Run: run.Name, Source: classOf(run.Status, run.Reason), Fused: absent,
			})
			continue
		}
		other := left[at]
		left = slices.Delete(left, at, at+1)
		pair, err := newPair(side{source, run, seen}, side{fused, other, seen}, diagnostics)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", run.Name, err)
		}
		pair.compare()
		differences = append(differences, pair.differences...)
	}
	for _, run := range left {
		differences = append(differences, Difference{
			Observable: Outcome, Run: run.Name, Source: absent, Fused: classOf(run.Status, run.Reason),
		})
	}
	return differences, nil
}

// match finds the run of the same name: of the same kind if there is one, since
// a Pipeline may have become a TaskRun.
func match(runs []report.Run, run report.Run) int {
	same := slices.IndexFunc(runs, func(other report.Run) bool {
		return other.Name == run.Name && other.Kind == run.Kind
	})
	if same >= 0 {
		return same
	}
	return slices.IndexFunc(runs, func(other report.Run) bool { return other.Name == run.Name })
}

// refused lists the documents that only one side's API server took. No
// diagnostic can excuse that.
func refused(source, fused report.Report) []Difference {
	rules := differing(source.Namespace, fused.Namespace, "NAMESPACE")
	left := make([]string, 0, len(fused.Refused))
	for _, message := range fused.Refused {
		left = append(left, rules.fused.text(message))
	}
	var differences []Difference
	for _, message := range source.Refused {
		message = rules.source.text(message)
		if at := slices.Index(left, message); at >= 0 {
			left = slices.Delete(left, at, at+1)
			continue
		}
		differences = append(differences, Difference{Observable: Outcome, Source: "refused: " + short(message), Fused: absent})
	}
	for _, message := range left {
		differences = append(differences, Difference{Observable: Outcome, Source: absent, Fused: "refused: " + short(message)})
	}
	return differences
}
