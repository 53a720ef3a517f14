package main

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"tkn-fuse/tests/tekton/record/tree"
	"tkn-fuse/tests/tekton/report"
)

// ownPlaces are mounts, with all below them, that a runtime makes in every
// container, and those in which Tekton keeps its own books.
var ownPlaces = []string{
	"/proc", "/sys", "/dev", "/.observe", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf",
	"/tekton/bin", "/tekton/run", "/tekton/downward", "/tekton/creds", "/tekton/steps", "/tekton/termination",
}

// mounts gives the mounts of this process in the order in which they were made.
func mounts() []report.Mount {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	list := parseMounts(string(text))
	isMount := func(path string) bool {
		return slices.ContainsFunc(list, func(m report.Mount) bool { return m.Path == path })
	}
	kept := []report.Mount{}
	for i, mount := range list {
		hidden := slices.ContainsFunc(list[i+1:], func(m report.Mount) bool { return m.Path == mount.Path })
		if hidden || isOwn(mount.Path) {
			continue
		}
		mount.Files = tree.List(mount.Path, isMount)
		kept = append(kept, mount)
	}
	return kept
}

// parseMounts reads the form of proc_pid_mountinfo(5). The overlays that an
// image is made of are left out.
func parseMounts(text string) []report.Mount {
	var list []report.Mount
	for line := range strings.Lines(text) {
		head, tail, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(head), strings.Fields(tail)
		if len(fields) < 6 || len(kind) < 1 || kind[0] == "overlay" && fields[3] == "/" {
			continue
		}
		list = append(list, report.Mount{
			Path:     unescape(fields[4]),
			ReadOnly: slices.Contains(strings.Split(fields[5], ","), "ro"),
		})
	}
	return list
}

func isOwn(path string) bool {
	if path == "/" || strings.HasPrefix(path, "/tekton/creds-") {
		return true
	}
	return slices.ContainsFunc(ownPlaces, func(place string) bool {
		return path == place || strings.HasPrefix(path, place+"/")
	})
}

// unescape undoes \040 and the like.
func unescape(path string) string {
	var plain strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '\\' && i+3 < len(path) {
			if code, err := strconv.ParseUint(path[i+1:i+4], 8, 8); err == nil {
				plain.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		plain.WriteByte(path[i])
	}
	return plain.String()
}
