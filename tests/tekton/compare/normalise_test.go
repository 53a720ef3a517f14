package compare

import (
	"slices"
	"testing"

	"tkn-fuse/tests/tekton/report"
)

func TestNamesThatMustDiffer(t *testing.T) {
	say := func(t *testing.T, side *Side, task, name, text string) {
		t.Helper()
		step(t, side, task, name).Log = text
	}
	for _, test := range []struct {
		name, source, fused string
		same                bool
	}{
		{"the namespace", "in source-ns.", "in fused-ns.", true},
		{"a part of the namespace", "in source-nsx", "in fused-nsx", false},
		{"the end of another name", "in x-source-ns", "in x-fused-ns", false},
		{"the other side's namespace", "in source-ns", "in source-ns", false},
		{"the run", "run-uid-1", "run-uid-2", true},
		{"the pod of a task outside", "run-show-pod", "run-show-pod-2", true},
		{"the TaskRun of a task outside", "uid-show", "uid-show-2", true},
		{"the TaskRun of a member", "run-use", "run-g", false},
		{"the UID of a member's TaskRun", "uid-use", "uid-g", false},
		{"the claim of the run", claim("", "w", "run-uid-1"), claim("", "w", "run-uid-2"), true},
		{"the claim of another workspace", claim("", "w", "run-uid-1"), claim("", "v", "run-uid-2"), false},
		{"a script", sourceScript + ": line 1", fusedScript + ": line 1", true},
		{"a script that a link step wrote", sourceScript, "/tekton-fuse-scripts/use-first", true},
		{"the path of an exit code", "/tekton/steps/step-unnamed-1/exitCode", "/tekton/steps/step-use-unnamed-1/exitCode", true},
		{"the path of another member's step", "/tekton/steps/step-make/x", "/tekton/steps/step-make-make/x", false},
		{"a stamp of the entrypoint", "2026/01/02 03:04:05 x", "2026/01/02 03:04:06 x", true},
	} {
		source, fused := pairOfSides(t)
		say(t, &source, "use", "first", test.source)
		say(t, &fused, "g", "use-first", test.fused)
		if same := len(compared(t, source, fused)) == 0; same != test.same {
			t.Errorf("%s: want same %v", test.name, test.same)
		}
	}
}

func TestAPlaceholderReachesIntoResults(t *testing.T) {
	source, fused := pairOfSides(t)
	value := func(namespace string) any {
		return map[string]any{"list": []any{"in " + namespace, 1.0}, "none": nil}
	}
	taskOf(t, &source, "show").Results["out"], taskOf(t, &fused, "show").Results["out"] = value("source-ns"), value("fused-ns")
	expect(t, source, fused)
}

func TestAnEnteredDirectoryOfAScript(t *testing.T) {
	enter := func(directory string) string {
		return "tkn_fuse_load <<'END'\n" + directory + "\nEND" + enterScript + "case $tkn_fuse_flags in *x*) set -x ;; esac\nls\n"
	}
	for _, test := range []struct {
		directory string
		same      bool
	}{
		{"/workspace/w/app", true},
		{"$(workspaces.w.path)/app", true},
		{"$(workspaces.w.path)/$(params.use-dir)", true},
		{"$(workspaces.w.path)/app/$(params.empty)", true},
		{"$(workspaces.w.path)/@tkn-fuse-0123-1@", true},
		{"$(workspaces.w.path)/ap", false},
		{"$(workspaces.w.path)/$(params.dir)/deeper", false},
		{"$(workspaces.other.path)/x", false},
		{"/tmp", false},
	} {
		source, fused := pairOfSides(t)
		spec := fused.Documents[0].Object["spec"].(map[string]any)
		last := spec["steps"].([]any)[3].(map[string]any)
		delete(last, "command")
		last["script"] = enter(test.directory)
		step(t, &source, "use", "unnamed-1").Seen.Args = []string{sourceScript}
		step(t, &fused, "g", "use-unnamed-1").Seen.Args = []string{fusedScript}
		if test.same {
			expect(t, source, fused)
		} else {
			expect(t, source, fused, "dir use unnamed-1")
		}
		// A step that keeps its directory must start there.
		last["workingDir"] = "/"
		expect(t, source, fused, "dir use unnamed-1")
	}
}

func TestACommandThatEntersADirectoryByItself(t *testing.T) {
	source, fused := pairOfSides(t)
	own := append(slices.Clone(enterCommand), "/somewhere", "ls")
	first := step(t, &source, "use", "first")
	first.Seen.Args, step(t, &fused, "g", "use-first").Seen.Args = own, own
	expect(t, source, fused)
	first.Seen.Dir = "/x"
	step(t, &fused, "g", "use-first").Seen.Args = append(append(slices.Clone(enterCommand), "/x"), own...)
	expect(t, source, fused)
}

func TestTektonsOwnMountsDoNotCount(t *testing.T) {
	source, fused := pairOfSides(t)
	mounts := &step(t, &fused, "g", "use-first").Seen.Mounts
	*mounts = append(*mounts,
		report.Mount{Path: "/tekton-fuse-scripts", ReadOnly: true}, report.Mount{Path: "/tekton/bin"}, report.Mount{Path: "/etc/hosts"})
	other := &step(t, &source, "use", "first").Seen.Mounts
	*other = append(*other, report.Mount{Path: "/workspace", Files: []report.File{{Path: "w", Mode: "drwxrwxrwx"}}})
	*mounts = append(*mounts, report.Mount{Path: "/workspace/", Files: []report.File{{Path: "w/x", Mode: "drwxrwxrwx"}, {Path: "w", Mode: "drwxrwxrwx"}}})
	account := func(token, stamp string) report.Mount {
		return report.Mount{Path: "/var/run/secrets/kubernetes.io/serviceaccount", Files: []report.File{
			{Path: stamp + "/token", Mode: "-rw-r--r--", Content: token}, {Path: "..data", Mode: "lrwxrwxrwx", Content: stamp}}}
	}
	*other = append(*other, account("a", "..2026_01_02_03_04_05.123"))
	*mounts = append(*mounts, account("b", "..2026_01_02_03_04_06.456"))
	expect(t, source, fused)
	at := slices.IndexFunc(*mounts, func(mount report.Mount) bool { return mount.Path == "/workspace/" })
	(*mounts)[at].Files = append((*mounts)[at].Files, report.File{Path: "w/x/file", Mode: "-rw-r--r--"})
	expect(t, source, fused, "mounts use first")
	(*mounts)[at].Files = nil
	*mounts = append(*mounts, report.Mount{Path: "/tekton/home"})
	expect(t, source, fused, "mounts use first")
}
