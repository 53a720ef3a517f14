package node

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// clusterVariable names the program ../cluster, built, without which the tests
// with an API server are skipped.
const clusterVariable = "TKN_FUSE_CLUSTER"

// bed is an API server with a node; all tests share it, each in its namespace.
type bed struct {
	config *rest.Config
	client kubernetes.Interface
	agent  *Agent
	dir    string
	close  []func()
}

var shared struct {
	sync.Once
	bed    *bed
	reason string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.bed != nil {
		for i := len(shared.bed.close) - 1; i >= 0; i-- {
			shared.bed.close[i]()
		}
		if pid := running(marker); pid != "" {
			fmt.Println("FAIL: process", pid, "survived Close")
			code = 1
		}
	}
	os.Exit(code)
}

// marker is an argument of a process that runs until the agent is closed.
const marker = "987654321"

func TestLeftRunning(t *testing.T) {
	b := testBed(t)
	pod := b.create(t, b.namespace(t), `
spec:
  terminationGracePeriodSeconds: 1000
  containers: [{name: c, image: busybox, command: [sh, -c, "sleep `+marker+` & sleep `+marker+`"]}]
`)
	b.until(t, pod, "running", func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning })
	for range 100 {
		if running(marker) != "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the process cannot be found")
}

// running gives a process that has an argument.
func running(argument string) string {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		if slices.Contains(strings.Split(string(text), "\x00"), argument) {
			return file
		}
	}
	return ""
}

// testBed gives the bed, or skips the test and says why.
func testBed(t *testing.T) *bed {
	t.Helper()
	shared.Do(func() {
		shared.reason = missing()
		if shared.reason == "" {
			shared.bed = &bed{}
			shared.err = shared.bed.open()
		}
	})
	if shared.reason != "" {
		t.Skip(shared.reason)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.bed
}

// missing says what these tests lack on this machine.
func missing() string {
	if os.Getenv(clusterVariable) == "" {
		return "no API server: " + clusterVariable + " does not name the program of ../cluster"
	}
	if os.Getuid() != 0 {
		return "not root"
	}
	if _, err := exec.LookPath("crun"); err != nil {
		return "crun is not installed"
	}
	if _, err := os.Stat(busyboxPath); err != nil {
		return "busybox-static is not installed"
	}
	return ""
}

func (b *bed) open() error {
	dir, err := os.MkdirTemp("", "node-test-")
	if err != nil {
		return err
	}
	b.dir = dir
	b.close = append(b.close, func() { os.RemoveAll(dir) })
	if err := b.buildImages(); err != nil {
		return err
	}
	if err := b.startServer(); err != nil {
		return err
	}
	options := Options{Root: filepath.Join(dir, "node"), Images: filepath.Join(dir, "images"), Observe: true, Log: os.Stderr}
	b.agent, err = Start(context.Background(), b.config, options)
	if err != nil {
		return err
	}
	b.close = append(b.close, b.agent.Close)
	return nil
}

func (b *bed) buildImages() error {
	koApp := filepath.Join(b.dir, "ko-app")
	if err := os.Mkdir(koApp, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"entrypoint", "nop", "workingdirinit", "sidecarlogresults"} {
		if err := build(filepath.Join(koApp, name), "github.com/tektoncd/pipeline/cmd/"+name); err != nil {
			return err
		}
	}
	record := filepath.Join(b.dir, "record")
	if err := build(record, "tkn-fuse/tests/tekton/record"); err != nil {
		return err
	}
	return BuildImages(filepath.Join(b.dir, "images"), Tools{KoApp: koApp, Record: record})
}

func build(path, pkg string) error {
	command := exec.Command("go", "build", "-o", path, pkg)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w: %s", pkg, err, out)
	}
	return nil
}

func (b *bed) startServer() error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(filepath.Join(b.dir, "key"), text, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.dir, "tokens"), []byte("token,admin,admin,system:masters\n"), 0o600); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(b.dir, "log"))
	if err != nil {
		return err
	}
	server := exec.Command(os.Getenv(clusterVariable), b.dir,
		"--secure-port="+port, "--bind-address=127.0.0.1", "--advertise-address=10.255.0.1", "--cert-dir="+filepath.Join(b.dir, "certs"),
		"--token-auth-file="+filepath.Join(b.dir, "tokens"), "--authorization-mode=AlwaysAllow",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-signing-key-file="+filepath.Join(b.dir, "key"),
		"--service-account-key-file="+filepath.Join(b.dir, "key"), "--service-cluster-ip-range=10.96.0.0/16",
		"--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount")
	server.Stdout, server.Stderr = log, log
	input, err := server.StdinPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	b.close = append(b.close, func() {
		input.Close()
		_ = server.Wait()
	})
	b.config = &rest.Config{Host: "https://127.0.0.1:" + port, BearerToken: "token", TLSClientConfig: rest.TLSClientConfig{Insecure: true}, QPS: -1}
	if b.client, err = kubernetes.NewForConfig(b.config); err != nil {
		return err
	}
	for range 600 {
		_, err = b.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(context.Background())
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the API server is not ready: %w", err)
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// namespace makes a namespace for one test.
func (b *bed) namespace(t *testing.T) string {
	t.Helper()
	made, err := b.client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made.Name
}

// create makes the Pod that a text describes.
func (b *bed) create(t *testing.T, namespace, text string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict([]byte(text), pod); err != nil {
		t.Fatal(err)
	}
	pod.Name, pod.Spec.RestartPolicy = "pod", corev1.RestartPolicyNever
	pod, err := b.client.CoreV1().Pods(namespace).Create(t.Context(), pod, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// until waits until the Pod is as wanted.
func (b *bed) until(t *testing.T, pod *corev1.Pod, what string, wanted func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	var last *corev1.Pod
	for range 1500 {
		current, err := b.client.CoreV1().Pods(pod.Namespace).Get(t.Context(), pod.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if wanted(current) {
			return current
		}
		last = current
		time.Sleep(10 * time.Millisecond)
	}
	status, _ := yaml.Marshal(last.Status)
	t.Fatalf("the Pod is not %s:\n%s", what, status)
	return nil
}

// finished waits for the end of the Pod.
func (b *bed) finished(t *testing.T, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	return b.until(t, pod, "finished", func(p *corev1.Pod) bool {
		return p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed
	})
}

// log is what a container wrote.
func (b *bed) log(t *testing.T, pod *corev1.Pod, container string) string {
	t.Helper()
	record, known := b.agent.Container(string(pod.UID), container)
	if !known {
		t.Fatalf("no container %s", container)
	}
	return record.Log
}

// run creates a Pod with the one container c, waits for its end, and gives it
// and its output.
func (b *bed) run(t *testing.T, text string) (*corev1.Pod, string) {
	t.Helper()
	pod := b.finished(t, b.create(t, b.namespace(t), text))
	return pod, b.log(t, pod, "c")
}

// terminated gives how a container ended.
func terminated(t *testing.T, pod *corev1.Pod, name string) corev1.ContainerStateTerminated {
	t.Helper()
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, status := range list {
			if status.Name == name && status.State.Terminated != nil {
				return *status.State.Terminated
			}
		}
	}
	t.Fatalf("container %s has not ended", name)
	return corev1.ContainerStateTerminated{}
}
