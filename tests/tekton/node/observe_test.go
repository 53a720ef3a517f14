package node

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tkn-fuse/tests/tekton/report"
)

// stepPod is a Pod as Tekton makes it: the entrypoint is put on a volume, and
// then started in the container c of an image, with arguments.
func stepPod(image, args, more string) string {
	return fmt.Sprintf(`
spec:
  initContainers:
  - {name: prepare, image: tekton.test/entrypoint, command: [/ko-app/entrypoint, init, /ko-app/entrypoint, /tekton/bin/entrypoint, step-c],
     volumeMounts: [{name: bin, mountPath: /tekton/bin}, {name: steps, mountPath: /tekton/steps}]}
  - {name: scripts, image: tekton.test/shell, command: [sh, -c, "printf '#!/bin/sh\nexit 4\n' >/tekton/scripts/sh; printf '#!/bin/bash\nexit 5\n' >/tekton/scripts/bash; chmod +x /tekton/scripts/*"],
     volumeMounts: [{name: scripts, mountPath: /tekton/scripts}]}
  containers:
  - name: c
    image: %s
    command: [/tekton/bin/entrypoint]
    args: %s
    terminationMessagePath: /tekton/termination
    volumeMounts: [{name: bin, mountPath: /tekton/bin, readOnly: true}, {name: scripts, mountPath: /tekton/scripts, readOnly: true}, {name: w, mountPath: /workspace}, {name: run, mountPath: /tekton/run/0}]
    %s
  volumes: [{name: run, emptyDir: {}}, {name: bin, emptyDir: {}}, {name: steps, emptyDir: {}}, {name: scripts, emptyDir: {}}, {name: w, emptyDir: {}}]
`, image, args, more)
}

func TestObserve(t *testing.T) {
	b := testBed(t)
	pod, log := b.run(t, stepPod("scratch", `[-termination_path, /tekton/termination, -step_metadata_dir, /tekton/run/0/status, -entrypoint, /app, --, print, "$(A)", --]`,
		`env: [{name: A, value: x}]
    workingDir: /workspace/sub
    securityContext: {runAsUser: 1000, runAsGroup: 7, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}`))
	if log != "x --\n" {
		t.Errorf("log is %q", log)
	}
	record, _ := b.agent.Container(string(pod.UID), "c")
	seen := record.Seen
	if seen == nil {
		t.Fatal("nothing was seen")
	}
	if want := []string{"/app", "print", "x", "--"}; !slices.Equal(seen.Args, want) {
		t.Errorf("args: %q", seen.Args)
	}
	if seen.Dir != "/workspace/sub" || seen.UID != 1000 || seen.GID != 7 || !slices.Contains(seen.Env, "A=x") {
		t.Errorf("seen: %+v", seen)
	}
	var mounts []string
	for _, mount := range seen.Mounts {
		mounts = append(mounts, fmt.Sprint(mount.Path, " ", mount.ReadOnly, " ", paths(mount.Files)))
	}
	if want := []string{"/workspace false [sub]", "/tekton/scripts true [bash sh]"}; !slices.Equal(mounts, want) {
		t.Errorf("mounts: %q", mounts)
	}
}

func paths(files []report.File) []string {
	var list []string
	for _, file := range files {
		list = append(list, file.Path)
	}
	return list
}

// What the entrypoint does with a command that cannot be started must not change.
func TestObserveLeavesFailuresAlone(t *testing.T) {
	b := testBed(t)
	for _, test := range []struct {
		name, image, args, log string
		code                   int32
		seen                   bool
	}{
		{"command on the path", "busybox", `[-entrypoint, echo, --, hello]`, "hello\n", 0, true},
		{"nothing of that name", "busybox", `[-entrypoint, no-such, --]`, `exec: "no-such": executable file not found in $PATH`, 1, false},
		{"no such file", "busybox", `[-entrypoint, /bin/no-such, --]`, "fork/exec /bin/no-such: no such file or directory", 1, false},
		{"not there yet", "busybox", `[-entrypoint, /workspace/no-such, --]`, "fork/exec /workspace/no-such: no such file or directory", 1, false},
		{"script", "busybox", `[-entrypoint, /tekton/scripts/sh, --]`, "", 4, true},
		{"script without its shell", "busybox", `[-entrypoint, /tekton/scripts/bash, --]`, "fork/exec /tekton/scripts/bash: no such file or directory", 1, false},
		{"script with bash", "ubuntu", `[-entrypoint, /tekton/scripts/bash, --]`, "", 5, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod, log := b.run(t, stepPod(test.image, test.args, ""))
			if end := terminated(t, pod, "c"); end.ExitCode != test.code {
				t.Errorf("exit code %d", end.ExitCode)
			}
			if !strings.Contains(log, test.log) || test.log == "" && log != "" {
				t.Errorf("log is %q", log)
			}
			if record, _ := b.agent.Container(string(pod.UID), "c"); (record.Seen != nil) != test.seen {
				t.Errorf("seen: %+v", record.Seen)
			}
		})
	}
}

func TestObserveCommandOfImage(t *testing.T) {
	b := testBed(t)
	_, log := b.run(t, stepPod("scratch", `[--, print, hello]`, `env: [{name: TEKTON_PLATFORM_COMMANDS, value: '{"linux/amd64":["/app"],"linux/arm64":["/app"]}'}]`))
	if log != "hello\n" {
		t.Errorf("log is %q", log)
	}
}

func TestFullImage(t *testing.T) {
	b := testBed(t)
	const script = `set -e; python -c "print(1)"; python3 -c "import json; print(2)"; git --version | cut -c1-3; perl -e "print 3"; echo; awk "BEGIN{print 4}"; touch /usr/bin/new; ls /usr/local/bin; ls -d /work 2>&1; id -un`
	_, log := b.run(t, `spec: {securityContext: {runAsUser: 0}, containers: [{name: c, image: python:3, command: [bash, -c, '`+strings.ReplaceAll(script, "'", "''")+`']}]}`)
	if want := "1\n2\ngit\n3\n4\ndocker-entrypoint.sh\npython\nls: cannot access '/work': No such file or directory\n"; log != want {
		t.Errorf("log is %q", log)
	}
	for args, want := range map[string]string{"[echo, hi]": "hi\n", "[-c, echo $BASH]": "/usr/bin/bash\n"} {
		if _, log := b.run(t, `spec: {containers: [{name: c, image: "bash:5", args: `+args+`}]}`); log != want {
			t.Errorf("bash with %s: %q", args, log)
		}
	}
}
