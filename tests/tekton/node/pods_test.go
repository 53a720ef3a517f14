package node

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestEnvironment(t *testing.T) {
	b := testBed(t)
	namespace := b.namespace(t)
	make := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "map"}, Data: map[string]string{"key": "of map", "A": "from"}}
	if _, err := b.client.CoreV1().ConfigMaps(namespace).Create(t.Context(), make, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	hidden := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "secret"}, StringData: map[string]string{"key": "of secret"}}
	if _, err := b.client.CoreV1().Secrets(namespace).Create(t.Context(), hidden, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pod := b.finished(t, b.create(t, namespace, `
metadata: {labels: {app: x}, annotations: {a/b: y}}
spec:
  containers:
  - name: c
    image: busybox
    command: [env]
    args: []
    resources: {limits: {memory: 1Gi}, requests: {cpu: 100m}}
    envFrom: [{prefix: P_, configMapRef: {name: map}}, {secretRef: {name: none, optional: true}}]
    env:
    - {name: LATE, value: "$(LATER) $(P_A) $$(P_A) $(KUBERNETES_SERVICE_HOST)"}
    - {name: LATER, value: x}
    - {name: MAP, valueFrom: {configMapKeyRef: {name: map, key: key}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: secret, key: key}}}
    - {name: NONE, valueFrom: {secretKeyRef: {name: secret, key: none, optional: true}}}
    - {name: LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: requests.cpu}}}
`))
	want := `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOSTNAME=pod
P_A=from
P_key=of map
LATE=$(LATER) from $(P_A) 10.96.0.1
LATER=x
MAP=of map
SECRET=of secret
LABEL=x
NODE=node
MEMORY=1024
CPU=1
KUBERNETES_SERVICE_HOST=10.96.0.1
`
	if log := b.log(t, pod, "c"); !strings.HasPrefix(log, want) || !strings.HasSuffix(log, "\nHOME=/root\n") {
		t.Errorf("environment:\n%s", log)
	}
}

func TestCommandLine(t *testing.T) {
	b := testBed(t)
	_, log := b.run(t, `
spec:
  containers:
  - name: c
    image: distroless
    args: [print, "$(A)-$(B)-$$(A)", "$(A"]
    env: [{name: A, value: x}]
`)
	if want := "x-$(B)-$(A) $(A\n"; log != want {
		t.Errorf("log is %q, not %q", log, want)
	}
	pod, _ := b.run(t, `spec: {containers: [{name: c, image: busybox, command: [no-such-command]}]}`)
	if end := terminated(t, pod, "c"); end.ExitCode != 128 || end.Reason != "StartError" {
		t.Errorf("terminated: %+v", end)
	}
}

func TestTerminationMessage(t *testing.T) {
	b := testBed(t)
	pod, _ := b.run(t, `
spec:
  initContainers: [{name: i, image: busybox}, {name: j, image: busybox}]
  containers:
  - {name: c, image: busybox, command: [sh, -c, "yes 1234567 | head -c 5000 >/dev/termination-log; echo end >>/dev/termination-log"]}
  - {name: d, image: busybox, terminationMessagePath: /t/m, command: [sh, -c, 'printf "a\377b" >/t/m']}
  - {name: e, image: busybox, terminationMessagePolicy: FallbackToLogsOnError, command: [sh, -c, "echo fault; exit 1"]}
`)
	long := terminated(t, pod, "c").Message
	// The last 4096 bytes are read; the first 12288/5 of these are kept.
	if len(long) != 12288/5 || strings.Contains(long, "end") {
		t.Errorf("message of %d bytes ends in %q", len(long), long[len(long)-8:])
	}
	if odd := terminated(t, pod, "d").Message; odd != "a�b" || !utf8.ValidString(odd) {
		t.Errorf("message is %q", odd)
	}
	if fallback := terminated(t, pod, "e").Message; fallback != "fault\n" {
		t.Errorf("message from the log is %q", fallback)
	}
	short, _ := b.run(t, `
spec:
  containers:
  - {name: c, image: busybox, command: [sh, -c, "yes 1234567 | head -c 5000 >/dev/termination-log; echo end >>/dev/termination-log"]}
`)
	if message := terminated(t, short, "c").Message; len(message) != 4096 || !strings.HasSuffix(message, "end\n") {
		t.Errorf("message of %d bytes", len(message))
	}
}

func TestIdentity(t *testing.T) {
	b := testBed(t)
	const look = `id -u; id -G | tr ' ' '\n' | sort -n | tr '\n' ' '; grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status | tr '\t\n' '  '; touch /x 2>&1`
	for _, test := range []struct{ name, image, pod, container, want string }{
		{"default", "busybox", "{}", "{}", "0\n0 CapEff: 00000000a80425fb CapBnd: 00000000a80425fb NoNewPrivs: 0 "},
		{"user of the image", "my-nonroot", "{fsGroup: 7, supplementalGroups: [9]}", "{}",
			"1000\n0 7 9 CapEff: 0000000000000000 CapBnd: 00000000a80425fb NoNewPrivs: 0 touch: /x: Permission denied\n"},
		{"user", "busybox", "{runAsUser: 5, runAsGroup: 6}", "{runAsUser: 8, allowPrivilegeEscalation: false}",
			"8\n6 CapEff: 0000000000000000 CapBnd: 00000000a80425fb NoNewPrivs: 1 touch: /x: Permission denied\n"},
		{"capabilities", "busybox", "{}", "{readOnlyRootFilesystem: true, capabilities: {drop: [ALL], add: [CHOWN]}}",
			"0\n0 CapEff: 0000000000000001 CapBnd: 0000000000000001 NoNewPrivs: 0 touch: /x: Read-only file system\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			command, _ := json.Marshal([]string{"sh", "-c", look})
			_, log := b.run(t, `
spec:
  securityContext: `+test.pod+`
  containers: [{name: c, image: `+test.image+`, command: `+string(command)+`, securityContext: `+test.container+`}]
`)
			if log = strings.ReplaceAll(log, "CapBnd", " CapBnd"); strings.Join(strings.Fields(log), " ") != strings.Join(strings.Fields(test.want), " ") {
				t.Errorf("log is %q, not %q", log, test.want)
			}
		})
	}
	pod := b.create(t, b.namespace(t), `
spec: {securityContext: {runAsNonRoot: true}, containers: [{name: c, image: busybox}]}
`)
	b.until(t, pod, "refused as root", func(p *corev1.Pod) bool { return waits(p, "CreateContainerConfigError") })
}

// waits tells whether the one container waits for a reason.
func waits(p *corev1.Pod, reason string) bool {
	if len(p.Status.ContainerStatuses) == 0 {
		return false
	}
	waiting := p.Status.ContainerStatuses[0].State.Waiting
	return waiting != nil && waiting.Reason == reason
}

func TestWhatIsMissing(t *testing.T) {
	b := testBed(t)
	namespace := b.namespace(t)
	pod := b.create(t, namespace, `
spec:
  containers: [{name: c, image: busybox, command: [cat, /v/f], env: [{name: A, valueFrom: {configMapKeyRef: {name: map, key: a}}}], volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, secret: {secretName: s, items: [{key: k, path: f}]}}]
`)
	b.until(t, pod, "waiting", func(p *corev1.Pod) bool { return waits(p, "ContainerCreating") || waits(p, "PodInitializing") })
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, StringData: map[string]string{"k": "text"}}
	if _, err := b.client.CoreV1().Secrets(namespace).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.until(t, pod, "in want of the ConfigMap", func(p *corev1.Pod) bool { return waits(p, "CreateContainerConfigError") })
	data := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "map"}, Data: map[string]string{"a": "b"}}
	if _, err := b.client.CoreV1().ConfigMaps(namespace).Create(t.Context(), data, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.finished(t, pod)
	if log := b.log(t, pod, "c"); log != "text" {
		t.Errorf("log is %q", log)
	}
	for image, reason := range map[string]string{"x/image-does-not-exist": "ImagePullBackOff", "Upper": "InvalidImageName"} {
		pod := b.create(t, b.namespace(t), `spec: {containers: [{name: c, image: `+image+`}]}`)
		b.until(t, pod, reason, func(p *corev1.Pod) bool { return waits(p, reason) })
	}
}

func TestEnd(t *testing.T) {
	b := testBed(t)
	namespace := b.namespace(t)
	// The shell is process 1 and so does not hear SIGTERM without a trap.
	pod := b.create(t, namespace, `
spec:
  containers:
  - {name: c, image: busybox, command: [sh, -c, "trap 'echo bye; exit 9' TERM; while :; do sleep 0.05; done"]}
  - {name: deaf, image: busybox, command: [sleep, "1000"]}
`)
	b.until(t, pod, "running", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning })
	time.Sleep(100 * time.Millisecond)
	if err := b.client.CoreV1().Pods(namespace).Delete(t.Context(), "pod", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	// The question waits for the end.
	if log := b.log(t, pod, "c"); log != "bye\n" {
		t.Errorf("log is %q", log)
	}
	for range 400 {
		if _, err := b.client.CoreV1().Pods(namespace).Get(t.Context(), "pod", metav1.GetOptions{}); apierrors.IsNotFound(err) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := b.client.CoreV1().Pods(namespace).Get(t.Context(), "pod", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the Pod is still there: %v", err)
	}
	if pods := b.agent.Pods(namespace); len(pods) != 1 || pods[0].UID != pod.UID || pods[0].DeletionTimestamp == nil {
		t.Errorf("the deleted Pod is not among those of the node: %+v", pods)
	}
	if record, _ := b.agent.Container(string(pod.UID), "deaf"); record.End.Sub(record.Start) > 4*time.Second || record.End.IsZero() {
		t.Errorf("record of the deaf container: %+v", record)
	}
}

func TestDeadline(t *testing.T) {
	b := testBed(t)
	pod, _ := b.run(t, `spec: {activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1, containers: [{name: c, image: busybox, command: [sleep, "1000"]}]}`)
	if pod.Status.Phase != corev1.PodFailed || pod.Status.Reason != "DeadlineExceeded" {
		t.Errorf("status: %+v", pod.Status)
	}
	if end := terminated(t, pod, "c"); end.ExitCode != 137 {
		t.Errorf("terminated: %+v", end)
	}
}

func TestImageChange(t *testing.T) {
	b := testBed(t)
	pod := b.create(t, b.namespace(t), `
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: c, image: busybox, command: [echo, step]}
  - {name: sidecar, image: distroless, args: [sleep, "1000"]}
`)
	b.until(t, pod, "running beside an ended container", func(p *corev1.Pod) bool {
		s := p.Status.ContainerStatuses
		return len(s) == 2 && s[0].State.Terminated != nil && s[1].State.Running != nil && p.Status.Phase == corev1.PodRunning
	})
	patch := []byte(`{"spec":{"containers":[{"name":"sidecar","image":"tekton.test/nop"}]}}`)
	_, err := b.client.CoreV1().Pods(pod.Namespace).Patch(t.Context(), "pod", types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod = b.finished(t, pod)
	status := pod.Status.ContainerStatuses[1]
	last := status.LastTerminationState.Terminated
	if pod.Status.Phase != corev1.PodSucceeded || status.RestartCount != 1 || last == nil || last.ExitCode != 137 || status.Image != "tekton.test/nop" {
		t.Errorf("status: %+v", pod.Status)
	}
}

func TestProbes(t *testing.T) {
	b := testBed(t)
	pod := b.create(t, b.namespace(t), `
spec:
  containers:
  - name: exec
    image: busybox
    command: [sh, -c, "sleep 1; touch /ready; sleep 1000"]
    startupProbe: {exec: {command: [test, -e, /ready]}, periodSeconds: 1}
  - name: http
    image: busybox
    command: [sh, -c, "mkdir /w; echo hello >/w/index.html; httpd -f -p 8080 -h /w"]
    ports: [{name: web, containerPort: 8080}]
    readinessProbe: {httpGet: {port: web, path: /}, periodSeconds: 1}
  - name: tcp
    image: busybox
    command: [sleep, "1000"]
    readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
  - name: never
    image: busybox
    command: [sleep, "1000"]
    readinessProbe: {tcpSocket: {port: 8081}, periodSeconds: 1}
`)
	states := func(p *corev1.Pod) string {
		text := ""
		for _, s := range p.Status.ContainerStatuses {
			text += " " + s.Name
			if s.Started != nil && *s.Started {
				text += "+"
			}
			if s.Ready {
				text += "!"
			}
		}
		return text
	}
	// By name: the order of the statuses is that of the spec.
	b.until(t, pod, "started but for exec", func(p *corev1.Pod) bool { return states(p) == " exec http+! tcp+! never+" })
	b.until(t, pod, "ready but for one", func(p *corev1.Pod) bool { return states(p) == " exec+! http+! tcp+! never+" })
	for _, condition := range b.until(t, pod, "", func(*corev1.Pod) bool { return true }).Status.Conditions {
		if condition.Type == corev1.PodReady && (condition.Status != corev1.ConditionFalse || condition.Message != "containers with unready status: [never]") {
			t.Errorf("condition: %+v", condition)
		}
	}
}

func TestNativeSidecar(t *testing.T) {
	b := testBed(t)
	pod, log := b.run(t, `
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - {name: side, image: busybox, restartPolicy: Always, command: [sh, -c, "mkdir /w; echo hello >/w/index.html; httpd -f -p 8080 -h /w"],
     startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}
  - {name: init, image: busybox, command: ["true"]}
  containers: [{name: c, image: busybox, command: [sh, -c, "wget -q -O- http://localhost:8080"]}]
`)
	if pod.Status.Phase != corev1.PodSucceeded || log != "hello\n" {
		t.Errorf("phase %s, log %q", pod.Status.Phase, log)
	}
}
