package node

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestSubPath(t *testing.T) {
	b := testBed(t)
	_, log := b.run(t, `
spec:
  securityContext: {fsGroup: 5}
  initContainers: [{name: i, image: busybox, command: [sh, -c, "ln -s /etc /v/out; ln -s real /v/in"], volumeMounts: [{name: v, mountPath: /v}]}]
  containers:
  - name: c
    image: busybox
    env: [{name: A, value: x}]
    workingDir: /made/here
    command: [sh, -c, "stat -c '%n %A %u %g' /v /v/a /v/a/b /s /v/real /made/here; echo ok >/s/f; cat /v/a/b/f; touch /r/f; ls /v/deep; pwd"]
    volumeMounts:
    - {name: v, mountPath: /v}
    - {name: v, mountPath: /s, subPath: a/b}
    - {name: v, mountPath: /l, subPath: in}
    - {name: v, mountPath: /r, subPathExpr: $(A)-r, readOnly: true}
    - {name: w, mountPath: /v/deep/er}
  volumes: [{name: v, emptyDir: {}}, {name: w, emptyDir: {}}]
`)
	want := `/v drwxrwsrwx 0 5
/v/a drwxrwsrwx 0 5
/v/a/b drwxrwsrwx 0 5
/s drwxrwsrwx 0 5
/v/real drwxrwsrwx 0 5
/made/here drwxr-xr-x 0 0
ok
touch: /r/f: Read-only file system
er
/made/here
`
	if log != want {
		t.Errorf("log is\n%s\nnot\n%s", log, want)
	}
	escape := b.create(t, b.namespace(t), `
spec:
  initContainers: [{name: i, image: busybox, command: [sh, -c, "ln -s /etc /v/out"], volumeMounts: [{name: v, mountPath: /v}]}]
  containers: [{name: c, image: busybox, command: [ls, /s], volumeMounts: [{name: v, mountPath: /s, subPath: out}]}]
  volumes: [{name: v, emptyDir: {}}]
`)
	b.finished(t, escape)
	// The link means a folder within the volume.
	if log := b.log(t, escape, "c"); log != "" {
		t.Errorf("a link led out of the volume: %q", log)
	}
}

func TestProjectedVolumes(t *testing.T) {
	b := testBed(t)
	namespace := b.namespace(t)
	data := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "map"}, Data: map[string]string{"a": "1\n", "b": "2\n"}, BinaryData: map[string][]byte{"c": {0xff}}}
	if _, err := b.client.CoreV1().ConfigMaps(namespace).Create(t.Context(), data, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pod := b.finished(t, b.create(t, namespace, `
spec:
  serviceAccountName: x
  securityContext: {fsGroup: 7}
  containers:
  - name: c
    image: busybox
    command: [sh, -c, "ls /m /i; readlink /m/a; stat -L -c '%A %u %g' /m/a /i/x/y /p/tok; cat /i/x/y /one /p/name; touch /m/new"]
    volumeMounts:
    - {name: m, mountPath: /m}
    - {name: i, mountPath: /i}
    - {name: p, mountPath: /p}
    - {name: m, mountPath: /one, subPath: b}
  volumes:
  - {name: m, configMap: {name: map}}
  - {name: i, configMap: {name: map, defaultMode: 0600, items: [{key: a, path: x/y, mode: 0400}]}}
  - name: p
    projected:
      sources:
      - {serviceAccountToken: {path: tok}}
      - {configMap: {name: none, optional: true}}
      - {downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
`))
	want := `/i:
x

/m:
a
b
c
..data/a
-rw-r--r-- 0 7
-r--r----- 0 7
-rw-r--r-- 0 7
1
2
podtouch: /m/new: Read-only file system
`
	if log := b.log(t, pod, "c"); log != want {
		t.Errorf("log is\n%s\nnot\n%s", log, want)
	}
}

func TestDownwardUpdate(t *testing.T) {
	b := testBed(t)
	pod := b.create(t, b.namespace(t), `
metadata: {annotations: {other: x}}
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, "until [ -s /d/ready ]; do sleep 0.01; done; cat /d/ready"], volumeMounts: [{name: d, mountPath: /d}]}]
  volumes: [{name: d, downwardAPI: {items: [{path: ready, fieldRef: {fieldPath: "metadata.annotations['go']"}}]}}]
`)
	b.until(t, pod, "running", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning })
	patch := []byte(`{"metadata":{"annotations":{"go":"READY"}}}`)
	if _, err := b.client.CoreV1().Pods(pod.Namespace).Patch(t.Context(), "pod", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	b.finished(t, pod)
	if log := b.log(t, pod, "c"); log != "READY" {
		t.Errorf("log is %q", log)
	}
}

func TestClaim(t *testing.T) {
	b := testBed(t)
	namespace := b.namespace(t)
	const text = `
spec:
  containers: [{name: c, image: busybox, command: [sh, -c, "echo x >>/v/f"], volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]
`
	pod := b.create(t, namespace, text)
	b.until(t, pod, "unschedulable", func(p *corev1.Pod) bool {
		return len(p.Status.Conditions) > 0 && p.Status.Conditions[0].Reason == corev1.PodReasonUnschedulable
	})
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "claim"}, Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources: corev1.VolumeResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceStorage: allocatable[corev1.ResourceMemory]},
		},
	}}
	if _, err := b.client.CoreV1().PersistentVolumeClaims(namespace).Create(t.Context(), claim, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	b.finished(t, pod)
	files := b.agent.Claim(namespace, "claim")
	if len(files) != 1 || files[0].Content != "x\n" {
		t.Errorf("files: %+v", files)
	}
	bound, err := b.client.CoreV1().PersistentVolumeClaims(namespace).Get(t.Context(), "claim", metav1.GetOptions{})
	if err != nil || bound.Status.Phase != corev1.ClaimBound {
		t.Errorf("claim: %+v, %v", bound, err)
	}
}

func TestOtherVolumes(t *testing.T) {
	b := testBed(t)
	pod, _ := b.run(t, `
spec:
  containers: [{name: c, image: busybox, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, nfs: {server: x, path: /}}]
`)
	if pod.Status.Phase != corev1.PodFailed || !strings.Contains(pod.Status.Message, "no volumes of this kind") {
		t.Errorf("status: %+v", pod.Status)
	}
	_, log := b.run(t, `
spec:
  containers: [{name: c, image: busybox, command: [ls, -a, /v], volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, hostPath: {path: /etc}}]
`)
	if log != ".\n..\n" {
		t.Errorf("the folder of the host has %q", log)
	}
}
