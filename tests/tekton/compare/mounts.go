package compare

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// podMounts are files that every pod has of its own: made by kubelet and
// container runtime, with names and addresses of the pod.
var podMounts = []string{
	"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/proc", "/sys", "/dev", "/dev/pts", "/dev/mqueue", "/dev/termination-log",
}

// tokenFile holds a token that is made for one pod.
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// implicit is the emptyDir that Tekton mounts in every step; workspaces are
// mounted below it, and leave directories there.
const implicit = "/workspace"

// ignoredMount says whether a mount is no business of the user's: Tekton's own
// directories (`/tekton/home` is meant for steps, the rest is not), and the
// one from which a step runs a script that a link step wrote.
func ignoredMount(place string) bool {
	if place == "/tekton/home" {
		return false
	}
	return place == "/tekton" || strings.HasPrefix(place, "/tekton/") || place == "/tekton-fuse-scripts" ||
		slices.Contains(podMounts, place)
}

// mountChanges compares what a step sees on its mounts.
func mountChanges(sourceRules, fusedRules rules, source, fused []report.Mount) []change {
	a, b := mounts(source), mounts(fused)
	var changes []change
	for _, place := range union(a, b) {
		one, has := a[place]
		other, also := b[place]
		if !has || !also {
			changes = append(changes, change{Mounts, place + ": " + mountText(has, one), place + ": " + mountText(also, other)})
			continue
		}
		if one.ReadOnly != other.ReadOnly {
			changes = append(changes, change{Mounts, place + ": " + mountText(true, one), place + ": " + mountText(true, other)})
		}
		x, y := differingFiles(files(sourceRules, place, one.Files), files(fusedRules, place, other.Files))
		if x != y {
			changes = append(changes, change{Mounts, place + ": " + x, place + ": " + y})
		}
	}
	return changes
}

func mounts(list []report.Mount) map[string]report.Mount {
	byPath := map[string]report.Mount{}
	for _, mount := range list {
		if place := path.Clean(mount.Path); !ignoredMount(place) {
			byPath[place] = mount
		}
	}
	return byPath
}

func mountText(there bool, mount report.Mount) string {
	switch {
	case !there:
		return absent
	case mount.ReadOnly:
		return "read-only"
	}
	return "writable"
}

func union[V any](a, b map[string]V) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// files are the texts of all files below a mount, by path.
func files(rules rules, place string, list []report.File) map[string]string {
	byPath := map[string]string{}
	for _, file := range list {
		if place == implicit && isDirectory(file) && !holdsFile(list, file.Path) {
			continue
		}
		name := stamp.ReplaceAllString(path.Clean(file.Path), "STAMP")
		content := rules.text(stamp.ReplaceAllString(file.Content, "STAMP"))
		if strings.HasPrefix(tokenFile, place+"/") && path.Base(file.Path) == path.Base(tokenFile) {
			content = "TOKEN"
		}
		byPath[name] = fmt.Sprintf("%s %d:%d %q", file.Mode, file.UID, file.GID, content)
	}
	return byPath
}

func isDirectory(file report.File) bool {
	return strings.HasPrefix(file.Mode, "d")
}

func holdsFile(list []report.File, directory string) bool {
	below := path.Clean(directory) + "/"
	return slices.ContainsFunc(list, func(file report.File) bool {
		return !isDirectory(file) && (below == "./" || strings.HasPrefix(path.Clean(file.Path), below))
	})
}

// differingFiles shows the first file that differs, and how many more do.
func differingFiles(a, b map[string]string) (string, string) {
	var one, other string
	more := 0
	for _, name := range union(a, b) {
		x, has := a[name]
		y, also := b[name]
		switch {
		case has && also && x == y:
		case one != "" || other != "":
			more++
		default:
			x, y = shortPair(orAbsent(x, has), orAbsent(y, also))
			one, other = name+": "+x, name+": "+y
		}
	}
	if more > 0 {
		one, other = fmt.Sprintf("%s (and %d more)", one, more), fmt.Sprintf("%s (and %d more)", other, more)
	}
	return one, other
}

func orAbsent(text string, there bool) string {
	if !there {
		return absent
	}
	return text
}

// compareFiles compares what a run left on its workspaces. Empty directories
// count: nothing is mounted below a claim when the run is over.
func (p *pair) compareFiles() {
	source, fused := p.source.run.Workspaces, p.fused.run.Workspaces
	for _, name := range union(source, fused) {
		a, has := source[name]
		b, also := fused[name]
		if has != also {
			p.add(Files, "", "", name+": "+there(has), name+": "+there(also))
			continue
		}
		x, y := differingFiles(files(p.rules.source, name, a), files(p.rules.fused, name, b))
		if x != y {
			p.add(Files, "", "", name+": "+x, name+": "+y)
		}
	}
}

func there(there bool) string {
	if there {
		return "there"
	}
	return absent
}
