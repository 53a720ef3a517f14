package compare

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestEachChangeCanBeAnnounced(t *testing.T) {
	for _, test := range changes {
		t.Run(test.name, func(t *testing.T) {
			source, fused := pairOfSides(t)
			test.change(t, &source, &fused)
			for i, difference := range compared(t, source, fused) {
				said := Diagnostic{Code: "TF999", Severity: "note", Pipeline: "p", Members: []string{difference.Task}, Changes: []string{difference.Observable}}
				// Nobody can announce that a document is refused or a run is missing.
				forever := strings.HasPrefix(test.name, "a document") || strings.HasPrefix(test.name, "a run is")
				check := func(diagnostic Diagnostic, want bool) {
					t.Helper()
					found := compared(t, source, fused, diagnostic)[i]
					if announced := found.AnnouncedBy == "TF999"; announced != (want && !forever) {
						t.Errorf("%+v by %+v", found, diagnostic)
					}
				}
				check(said, true)
				said.Severity = "error"
				check(said, false)
				said.Severity, said.Changes = "warning", []string{"nothing"}
				check(said, false)
				said.Changes, said.Pipeline = []string{difference.Observable}, "other"
				check(said, false)
				runLevel := slices.Contains([]string{Outcome, PipelineResults, Files}, difference.Observable)
				said.Pipeline, said.Members = "", []string{"somebody"}
				check(said, runLevel)
			}
		})
	}
}

func TestAnnouncingByGroupAndStep(t *testing.T) {
	source, fused := pairOfSides(t)
	step(t, &fused, "g", "use-first").Log = "other"
	step(t, &fused, "show", "show").Log = "other"
	for _, test := range []struct {
		diagnostic    Diagnostic
		inside, other bool
	}{
		{Diagnostic{Group: "g"}, true, false},
		{Diagnostic{Group: "h"}, false, false},
		{Diagnostic{}, true, true},
		{Diagnostic{Group: "g", Steps: []string{"first"}}, true, false},
		{Diagnostic{Group: "g", Steps: []string{"use-first"}}, true, false},
		{Diagnostic{Group: "g", Steps: []string{"unnamed-1"}}, false, false},
		{Diagnostic{Members: []string{"show"}, Steps: []string{"show"}}, false, true},
		{Diagnostic{Members: []string{"show"}, Steps: []string{"first"}}, false, false},
		{Diagnostic{Group: "g", Members: []string{"make"}}, false, false},
	} {
		test.diagnostic.Code, test.diagnostic.Severity, test.diagnostic.Changes = "TF1", "note", []string{Log}
		found := compared(t, source, fused, test.diagnostic)
		if len(found) != 2 || (found[0].AnnouncedBy != "") != test.inside || (found[1].AnnouncedBy != "") != test.other {
			t.Errorf("%+v: %+v", test.diagnostic, found)
		}
	}
}

func TestAnnouncingWhatIsAboutNoStepOrNoMember(t *testing.T) {
	source, fused := pairOfSides(t)
	taskOf(t, &fused, "g").Results["make-word"] = "other"
	taskOf(t, &fused, "g").Steps = append(taskOf(t, &fused, "g").Steps, ran("extra", 4, "x"))
	said := Diagnostic{Code: "TF1", Severity: "note", Group: "g", Steps: []string{"make"}, Changes: []string{Results, Started}}
	found := compared(t, source, fused, said)
	if len(found) != 2 || found[0].AnnouncedBy != "TF1" || found[1].AnnouncedBy != "" {
		t.Errorf("%+v", found)
	}
	said.Steps = nil
	if found = compared(t, source, fused, said); found[1].AnnouncedBy != "TF1" {
		t.Errorf("%+v", found)
	}
}

func TestParseDiagnostics(t *testing.T) {
	found, err := ParseDiagnostics([]byte(`{"version":1,"diagnostics":[{"code":"TF433","severity":"warning","message":"m",
		"pipeline":"p","group":"g","members":["a"],"steps":["s"],"changes":["log","args"]}]}`))
	if err != nil || len(found) != 1 || found[0].Code != "TF433" || found[0].Members[0] != "a" || found[0].Changes[1] != Args {
		t.Errorf("%+v, %v", found, err)
	}
	for _, text := range []string{
		`{"version":2,"diagnostics":[]}`, `[]`, `{`,
		`{"version":1,"diagnostics":[{"code":"TF1","changes":["logs"]}]}`,
	} {
		if _, err := ParseDiagnostics([]byte(text)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestPrint(t *testing.T) {
	source, fused := pairOfSides(t)
	step(t, &fused, "g", "use-first").Log = "other"
	step(t, &fused, "show", "show").Log = "other"
	source.Report.Counts.Pods, fused.Report.Counts.Pods, fused.Report.Seconds = 4, 3, 1.25
	said := Diagnostic{Code: "TF1", Severity: "note", Members: []string{"use"}, Changes: []string{Log}}
	var out bytes.Buffer
	if err := Print(&out, source, fused, compared(t, source, fused, said)); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	at := -1
	for _, part := range []string{
		"1 unannounced", "  log of run/show/show\n", "source: line 1: said echo", "fused:  line 1: other",
		"1 announced", "  TF1: log of run/use/first\n", "pods                4        3", "seconds           0.0      1.2",
	} {
		next := strings.Index(text, part)
		if next <= at {
			t.Errorf("%q is missing, or not in its place:\n%s", part, text)
		}
		at = next
	}
}
