package compare

import (
	"encoding/json"
	"strings"
	"testing"

	"tkn-fuse/tests/tekton/report"
)

// A log of the member `use` differs; whether a diagnostic excuses it depends on the run.
func TestADiagnosticCountsOnlyIfItsConditionHolds(t *testing.T) {
	word := func(t *testing.T, value any) func(source, fused *Side) {
		return func(source, fused *Side) {
			taskOf(t, source, "make").Results["word"], taskOf(t, fused, "g").Results["make-word"] = value, value
		}
	}
	same := func(*Side, *Side) {}
	spec := func(key string, value any) func(source, fused *Side) {
		return func(source, fused *Side) {
			for _, side := range []*Side{source, fused} {
				side.Documents[2].Object["spec"].(map[string]any)[key] = value
			}
		}
	}
	refused := func(status, message string) func(source, fused *Side) {
		return func(_, fused *Side) {
			taskOf(t, fused, "g").Status, taskOf(t, fused, "g").Message = status, message
		}
	}
	skip := func(task, reason string) func(source, fused *Side) {
		return func(source, _ *Side) {
			source.Report.Runs[0].Skipped = []report.Skipped{{Task: task, Reason: reason}}
		}
	}
	list := func(text string) (items []any) {
		if err := json.Unmarshal([]byte(text), &items); err != nil {
			t.Fatal(err)
		}
		return items
	}
	for _, test := range []struct {
		condition, value string
		change           func(source, fused *Side)
		want             bool
	}{
		{"result-holds", `"$\""`, same, false},
		{"result-holds", `"$\""`, word(t, `a"b`), true},
		{"result-holds", `"$\""`, word(t, []any{"a", "b$"}), true},
		{"result-holds", `"$\""`, word(t, map[string]any{"k": "$"}), true},
		{"result-holds", `"$\""`, word(t, map[string]any{"$": "k"}), false},
		{"empty-array", `null`, same, false},
		{"empty-array", `null`, word(t, []any{}), true},
		{"empty-array", `null`, word(t, "[]"), false},
		// `hello` and `["a","b"]` leave the group.
		{"results-longer", `13`, same, true},
		{"results-longer", `14`, same, false},
		{"results-longer", `14`, func(source, _ *Side) { taskOf(t, source, "make").Results["inner"] = "not exported" }, false},
		{"param-holds", `"$(workspaces."`, same, false},
		{"param-holds", `"$(workspaces."`, spec("params", list(`[{"name": "a", "value": "x $(workspaces.w.path)"}]`)), true},
		{"param-holds", `"$(workspaces."`, spec("params", list(`[{"name": "a", "value": ["x", "$(workspaces.w.path)"]}]`)), true},
		{"param-holds", `"$(workspaces."`, spec("params", list(`[{"name": "a", "value": {"k": "$(workspaces.w.path)"}}]`)), true},
		{"empty-param", `"a"`, same, false},
		{"empty-param", `"a"`, spec("params", list(`[{"name": "a", "value": []}]`)), true},
		{"empty-param", `"b"`, spec("params", list(`[{"name": "a", "value": []}]`)), false},
		{"empty-param", `"a"`, spec("params", list(`[{"name": "a", "value": ["x"]}]`)), false},
		{"empty-dir", `"w"`, same, false},
		{"empty-dir", `"w"`, spec("workspaces", list(`[{"name": "w", "emptyDir": {}}]`)), true},
		{"empty-dir", `"v"`, spec("workspaces", list(`[{"name": "w", "emptyDir": {}}]`)), false},
		{"unbound", `"w"`, same, false},
		{"unbound", `"v"`, same, true},
		{"failure", `null`, same, false},
		{"failure", `null`, func(source, _ *Side) { taskOf(t, source, "show").Status = "Failed" }, true},
		{"failure", `null`, func(_, fused *Side) { taskOf(t, fused, "g").Status = "Failed" }, true},
		{"time-limit", `null`, func(_, fused *Side) { taskOf(t, fused, "g").Status = "Failed" }, false},
		{"time-limit", `null`, func(source, _ *Side) { step(t, source, "show", "show").Reason = "TimeoutExceeded" }, true},
		{"time-limit", `null`, func(_, fused *Side) {
			fused.Report.Runs[0].Status, fused.Report.Runs[0].Reason = "Failed", "PipelineRunTimeout"
		}, true},
		{"time-limit", `null`, func(_, fused *Side) {
			taskOf(t, fused, "g").Status, taskOf(t, fused, "g").Reason = "Failed", "TaskRunTimeout"
		}, true},
		{"unschedulable", `null`, same, false},
		{"member-skipped", `null`, same, false},
		{"member-skipped", `null`, skip("use", "When Expressions evaluated to false"), true},
		{"member-skipped", `null`, skip("use", stopping), false},
		{"member-skipped", `null`, skip("last", "When Expressions evaluated to false"), false},
		// `inner` is not written.
		{"result-missing", `null`, same, true},
		{"result-missing", `null`, func(source, _ *Side) { taskOf(t, source, "make").Results["inner"] = "x" }, false},
		{"result-missing", `null`, func(source, _ *Side) { taskOf(t, source, "make").Status = "Failed" }, false},
		{"step-action-refused", `null`, refused("Failed", "stepResult substitutions are only allowed in env, command and args."), true},
		{"step-action-refused", `null`, refused("Failed", `non-existent variable in "$(params.more[1])": steps[3].args[0]`), true},
		{"step-action-refused", `null`, refused("Failed", "must be one of the form 1)."), false},
		{"step-action-refused", `null`, refused("Succeeded", "stepResult substitutions are only allowed in env, command and args."), false},
	} {
		source, fused := pairOfSides(t)
		step(t, &fused, "g", "use-first").Log = "other"
		test.change(&source, &fused)
		said := Diagnostic{
			Code: "TF1", Severity: "note", Group: "g", Changes: []string{Log},
			OnlyIf: &Condition{test.condition, json.RawMessage(test.value)},
		}
		if got := announcedLog(t, source, fused, said); got != test.want {
			t.Errorf("%s %s: want %v", test.condition, test.value, test.want)
		}
		said.Group = ""
		if got := announcedLog(t, source, fused, said); got != test.want {
			t.Errorf("%s %s for any group: want %v", test.condition, test.value, test.want)
		}
	}
}

func announcedLog(t *testing.T, source, fused Side, said Diagnostic) bool {
	t.Helper()
	for _, difference := range compared(t, source, fused, said) {
		if difference.Observable == Log {
			return difference.AnnouncedBy != ""
		}
	}
	t.Fatal("no log differs")
	return false
}

func TestAPodThatFindsNoPlace(t *testing.T) {
	source, fused := pairOfSides(t)
	group := taskOf(t, &fused, "g")
	group.Status, group.Reason, group.Steps = "Running", "Pending", nil
	fused.Report.Runs[0].Status, fused.Report.Runs[0].Reason = "Running", "Running"
	said := Diagnostic{Code: "TF1", Severity: "warning", Group: "g", Changes: []string{Outcome}, OnlyIf: &Condition{Condition: "unschedulable"}}
	if found := compared(t, source, fused, said); found[0].Observable != Outcome || found[0].AnnouncedBy != "TF1" {
		t.Errorf("%+v", found[0])
	}
	said.Group = "h"
	if found := compared(t, source, fused, said); found[0].AnnouncedBy != "" {
		t.Errorf("the condition of another group: %+v", found[0])
	}
}

func TestADiagnosticAboutSomeResults(t *testing.T) {
	source, fused := pairOfSides(t)
	results := taskOf(t, &fused, "g").Results
	results["make-word"] = "other"
	delete(results, "make-list")
	step(t, &fused, "g", "make-make").Log = "other"
	said := Diagnostic{Code: "TF1", Severity: "note", Group: "g", Results: []string{"make.list", "use.word"}, Changes: []string{Results, Log}}
	announced := []string{}
	for _, difference := range compared(t, source, fused, said) {
		if difference.AnnouncedBy != "" {
			announced = append(announced, difference.Observable+" "+difference.Source[:4])
		}
	}
	if strings.Join(announced, ", ") != "results list, log line" {
		t.Errorf("%q", announced)
	}
}

func TestConditionsThatCannotBeRead(t *testing.T) {
	for condition, taken := range map[string]bool{
		`{"condition":"failure"}`:                       true,
		`{"condition":"result-holds","value":"$"}`:      true,
		`{"condition":"results-longer","value":1755}`:   true,
		`{"condition":"results-longer","value":"1755"}`: false,
		`{"condition":"result-holds"}`:                  false,
		`{"condition":"full-moon"}`:                     false,
	} {
		_, err := ParseDiagnostics([]byte(`{"version":1,"diagnostics":[{"code":"TF1","onlyIf":` + condition + `}]}`))
		if (err == nil) != taken {
			t.Errorf("%s: %v", condition, err)
		}
	}
}
