package compare

import "testing"

// Each code excuses the change that it makes, and no other one of the same observable.
func TestCodesExplainOnlyWhatTheyChange(t *testing.T) {
	ended := func(source, fused string) func(p *pair) {
		return func(p *pair) { p.source.run.Status, p.fused.run.Status = source, fused }
	}
	well, badly := ended("Succeeded", "Succeeded"), ended("Failed", "Failed")
	unwritten := func(p *pair) { p.source.run.Status, p.source.run.Reason = "Failed", "CouldntGetPipelineResult" }
	for _, test := range []struct {
		code, observable, source, fused string
		run                             func(p *pair)
		want                            bool
	}{
		{"TF458", Outcome, "completed (Completed)", "succeeded (Succeeded)", well, true},
		{"TF458", Outcome, "succeeded (Succeeded)", "completed (Completed)", well, false},
		{"TF458", Outcome, "completed (Completed)", "failed (Failed)", well, false},
		{"TF458", Outcome, "failed (Failed)", "succeeded (Succeeded)", badly, false},
		{"TF458", TaskStatus, notRun, succeeded, well, false},
		{"TF459", TaskStatus, "skipped: Results were missing", "skipped: When Expressions evaluated to false", well, true},
		{"TF459", TaskStatus, "skipped: Results were missing", notRun, badly, true},
		{"TF459", TaskStatus, "skipped: Results were missing", succeeded, well, false},
		{"TF459", TaskStatus, succeeded, "skipped: Results were missing", well, false},
		{"TF460", Outcome, "succeeded (Succeeded)", "completed (Completed)", well, true},
		{"TF460", Outcome, "completed (Completed)", "failed (Failed)", well, true},
		{"TF460", Outcome, "completed (Completed)", "succeeded (Succeeded)", well, false},
		{"TF460", Outcome, "failed (CouldntGetPipelineResult)", "completed (Completed)", unwritten, true},
		{"TF460", Outcome, "failed (Failed)", "completed (Completed)", badly, false},
		{"TF460", PipelineResults, "a=1", absent, well, true},
		{"TF463", TaskStatus, failed, succeeded, well, false},
		{"TF502", TaskStatus, succeeded, notRun, badly, true},
		{"TF502", TaskStatus, succeeded, notRun, well, false},
		{"TF502", Started, "started", "not started", ended("Succeeded", "Failed"), true},
		{"TF502", Started, "started", "not started", well, false},
		{"TF502", TaskStatus, "skipped: a", "skipped: b", badly, false},
		{"TF502", TaskStatus, "skipped: a", notRun, badly, true},
		{"TF502", Results, `a="b"`, "a=-", badly, true},
		{"TF502", PipelineResults, "a=-", `a="b"`, badly, true},
		{"TF502", Results, `a="b"`, `a="c"`, badly, false},
		{"TF502", Results, `a="b"`, "a=-", well, false},
		{"TF502", Files, "a", "b", well, true},
		{"TF999", TaskStatus, "a", "b", well, true},
	} {
		var p pair
		test.run(&p)
		difference := Difference{Observable: test.observable, Source: test.source, Fused: test.fused}
		if p.explains(test.code, difference) != test.want {
			t.Errorf("%+v", test)
		}
	}
}
