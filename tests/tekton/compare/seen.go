package compare

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// change is what differs in a process on its two sides.
type change struct{ observable, source, fused string }

// seenChanges compares what the processes of a step found when they started.
func (p *pair) seenChanges(step stepPair) []change {
	if step.source == nil || step.fused == nil || step.source.Seen == nil || step.fused.Seen == nil {
		return nil
	}
	source, fused := *step.source.Seen, *step.fused.Seen
	var changes []change
	note := func(observable, a, b string) {
		if a != b {
			a, b = shortPair(a, b)
			changes = append(changes, change{observable, a, b})
		}
	}
	args := texts(p.rules.source, source.Args)
	entry := p.entered(step, args)
	note(Args, command(args), command(texts(step.rules, entry.args)))
	a, b := environment(p.rules.source, source.Env), environment(step.rules, fused.Env)
	note(Env, strings.Join(without(a, b), " "), strings.Join(without(b, a), " "))
	directory := step.rules.text(path.Clean(entry.directory))
	if !entry.covers(source.Dir) {
		note(Dir, p.rules.source.text(path.Clean(source.Dir)), directory)
	}
	note(User, user(source), user(fused))
	return append(changes, mountChanges(p.rules.source, step.rules, source.Mounts, fused.Mounts)...)
}

func texts(rules rules, list []string) []string {
	changed := make([]string, len(list))
	for i, text := range list {
		changed[i] = rules.text(text)
	}
	return changed
}

// command shows a command line so that each argument has an end.
func command(args []string) string {
	return fmt.Sprintf("%q", args)
}

// environment is sorted: no process depends on its order. HOSTNAME is the
// pod's name, which the container runtime adds.
func environment(rules rules, list []string) []string {
	var kept []string
	for _, text := range list {
		if !strings.HasPrefix(text, "HOSTNAME=") {
			kept = append(kept, rules.text(text))
		}
	}
	slices.Sort(kept)
	return kept
}

// without is what a sorted list has more than another.
func without(list, other []string) []string {
	var rest []string
	left := slices.Clone(other)
	for _, text := range list {
		if at := slices.Index(left, text); at >= 0 {
			left = slices.Delete(left, at, at+1)
			continue
		}
		rest = append(rest, text)
	}
	return rest
}

func user(seen report.Seen) string {
	groups := slices.Clone(seen.Groups)
	slices.Sort(groups)
	return fmt.Sprintf("uid %d, gid %d, groups %v", seen.UID, seen.GID, slices.Compact(groups))
}
