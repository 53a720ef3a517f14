package compare

import "strings"

// A code that may change an observable often changes it in one way only. What
// is here is that way, by code; any other change has another cause.
var explanations = map[string]func(p *pair, difference Difference) bool{
	// A skip inside a group is none of the run. That the member does not run, this comparison takes as equal.
	"TF458": func(_ *pair, d Difference) bool {
		return d.Observable == Outcome && isClass(d.Source, completed) && isClass(d.Fused, succeeded)
	},
	// The same tasks do not run, for other reasons.
	"TF459": func(_ *pair, d Difference) bool { return isSkip(d.Source) && isSkip(d.Fused) },
	// A results task may be skipped, or fail. A missing value fails no run any more.
	"TF460": func(p *pair, d Difference) bool {
		if d.Observable == Outcome && isClass(d.Source, failed) {
			return p.source.run.Reason == "CouldntGetPipelineResult"
		}
		return d.Observable != Outcome || !isClass(d.Fused, succeeded)
	},
	// The member fails on both sides, however it is written down.
	"TF463": func(*pair, Difference) bool { return false },
	// Only where a failure, or the end of the time, stops what has not started yet.
	"TF502": func(p *pair, d Difference) bool {
		stopped := p.source.run.Status == "Failed" || p.fused.run.Status == "Failed"
		switch d.Observable {
		case TaskStatus:
			return stopped && !(isListed(d.Source) && isListed(d.Fused))
		case Started:
			return stopped
		case Results, PipelineResults:
			return stopped && (strings.HasSuffix(d.Source, "="+absent) || strings.HasSuffix(d.Fused, "="+absent))
		}
		return true
	},
}

// explains says whether a difference is one that a code makes.
func (p *pair) explains(code string, difference Difference) bool {
	explanation := explanations[code]
	return explanation == nil || explanation(p, difference)
}

func isClass(state, class string) bool {
	return state == class || strings.HasPrefix(state, class+" (")
}

func isSkip(state string) bool {
	return state == notRun || isListed(state)
}

// isListed says whether Tekton lists a task as skipped, with a reason.
func isListed(state string) bool {
	return strings.HasPrefix(state, "skipped: ")
}
