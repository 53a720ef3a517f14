package node

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestPodRuns(t *testing.T) {
	b := testBed(t)
	pod, log := b.run(t, `
metadata: {labels: {app: x}}
spec:
  initContainers:
  - {name: first, image: busybox, command: [sh, -c, "echo one >/v/file; exit 0"], volumeMounts: [{name: v, mountPath: /v}]}
  - {name: second, image: busybox, command: [sh, -c, "echo two >>/v/file"], volumeMounts: [{name: v, mountPath: /v}]}
  containers:
  - name: c
    image: busybox
    command: [sh, -c, "cat /v/file; echo error >&2; hostname; echo $HOME $PWD; exit 3"]
    volumeMounts: [{name: v, mountPath: /v}]
  volumes: [{name: v, emptyDir: {}}]
`)
	if want := "one\ntwo\nerror\npod\n/root /\n"; log != want {
		t.Errorf("log is %q, not %q", log, want)
	}
	if pod.Status.Phase != corev1.PodFailed {
		t.Errorf("phase is %s", pod.Status.Phase)
	}
	if end := terminated(t, pod, "c"); end.ExitCode != 3 || end.Reason != "Error" || end.FinishedAt.Before(&end.StartedAt) {
		t.Errorf("terminated: %+v", end)
	}
	left := b.agent.Volumes(string(pod.UID))["v"]
	if len(left) != 1 || left[0].Content != "one\ntwo\n" || left[0].Mode != "-rw-r--r--" {
		t.Errorf("left on the volume: %+v", left)
	}
	if id := pod.Status.ContainerStatuses[0].ImageID; !strings.HasPrefix(id, "busybox@sha256:") {
		t.Errorf("imageID is %s", id)
	}
}
