// Package node is the node of a test cluster: scheduler, kubelet and container
// runtime in one. It runs the Pods of a real API server as crun containers on
// this machine, and keeps what a test wants to know about them.
//
// It does what Tekton and the author of a Task can notice of Kubernetes 1.35.
// Known differences: restartPolicy is always Never, also for native sidecars;
// liveness probes, hooks other than exec, resource limits, affinity, taints,
// seccomp and AppArmor are ignored; an image has only what images.go says; no Pod
// reaches another one over the network; environment variables of services other
// than `kubernetes` are missing; volumes that need a driver do not exist.
package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"tkn-fuse/tests/tekton/record/tree"
	"tkn-fuse/tests/tekton/report"
)

// Name is the name of the node to which every Pod is bound.
const Name = "node"

const (
	// retryInterval is how long a Pod waits before it looks again for an object that is missing.
	retryInterval = time.Second
	// maxGrace caps terminationGracePeriodSeconds, so that tests are quick.
	maxGrace = 2 * time.Second
	// patience is how long a question about a Pod waits for its end.
	patience = 3 * time.Second
	hostIP   = "10.88.0.1"
)

// Delays slow the node down.
type Delays struct {
	// Pod passes before anything is done for a Pod, Container before each
	// container is started, Volume for each volume of a Pod.
	Pod, Container, Volume time.Duration
}

// Options say how a node runs.
type Options struct {
	// Root is an empty folder for all that the node keeps; an overlay must be
	// possible in it, as on ext4 or a tmpfs.
	Root string
	// Images is a folder that BuildImages has filled.
	Images string
	Delays Delays
	// Observe records what each step finds when it starts, see observe.go.
	Observe bool
	// Log takes a line for each event that explains a failure; nil is silence.
	Log io.Writer
}

// ContainerRecord is what became of one container.
type ContainerRecord struct {
	// Log is the output and the errors as they came, at most 4 MiB.
	Log string
	// Seen is nil unless Observe was set and the command of a step was started.
	Seen *report.Seen
	// Start and End are zero if the container did not start or end.
	Start, End time.Time
}

// Agent is a running node.
type Agent struct {
	options Options
	crun    string
	client  kubernetes.Interface
	mounts  *thread
	ctx     context.Context
	cancel  context.CancelFunc
	work    sync.WaitGroup
	logging sync.Mutex

	mu     sync.Mutex
	closed bool
	// binding has the Pods that wait for a node.
	binding map[types.UID]bool
	pods    map[types.UID]*pod
	// claims has the folder of each claim, by namespace/name.
	claims map[string]string
}

// Start runs a node until Close. It needs root and crun.
func Start(ctx context.Context, config *rest.Config, options Options) (*Agent, error) {
	crun, err := exec.LookPath("crun")
	if err != nil {
		return nil, fmt.Errorf("the node needs crun: %w", err)
	}
	for _, dir := range []string{"crun", "pods", "claims", "host"} {
		if err := os.MkdirAll(filepath.Join(options.Root, dir), 0o755); err != nil {
			return nil, err
		}
	}
	config = rest.CopyConfig(config)
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	mounts, err := newThread()
	if err != nil {
		return nil, fmt.Errorf("the node needs root: %w", err)
	}
	a := &Agent{
		options: options, crun: crun, client: client, mounts: mounts,
		binding: map[types.UID]bool{}, pods: map[types.UID]*pod{}, claims: map[string]string{},
	}
	a.ctx, a.cancel = context.WithCancel(ctx)
	if err := a.watch(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// watch follows the Pods until the agent ends.
func (a *Agent) watch() error {
	factory := informers.NewSharedInformerFactory(a.client, 0)
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { a.podChanged(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { a.podChanged(object.(*corev1.Pod)) },
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			if pod, ok := object.(*corev1.Pod); ok {
				a.podGone(pod.UID)
			}
		},
	})
	if err != nil {
		return err
	}
	factory.Start(a.ctx.Done())
	ctx, cancel := context.WithTimeout(a.ctx, 30*time.Second)
	defer cancel()
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return errors.New("the API server gives no list of the Pods")
	}
	return nil
}

func (a *Agent) podChanged(object *corev1.Pod) {
	if object.Spec.NodeName == "" {
		a.bind(object)
		return
	}
	if object.Spec.NodeName != Name {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.binding, object.UID)
	if known := a.pods[object.UID]; known != nil {
		known.update(object)
		return
	}
	if a.closed || object.Status.Phase == corev1.PodSucceeded || object.Status.Phase == corev1.PodFailed {
		return
	}
	p := newPod(a, object)
	a.pods[object.UID] = p
	a.work.Go(p.run)
	a.work.Go(p.publishChanges)
}

func (a *Agent) podGone(uid types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.binding, uid)
	if known := a.pods[uid]; known != nil {
		known.stop(0)
	}
}

// Container gives what became of a container; false if there is no such one. It
// waits for the end of the Pod, but for three seconds at most: once for all calls
// of Container and Volumes.
func (a *Agent) Container(podUID, container string) (ContainerRecord, bool) {
	p := a.pod(podUID)
	if p == nil {
		return ContainerRecord{}, false
	}
	p.settle()
	for _, c := range p.containers() {
		if c.spec.Name == container {
			return c.recorded(), true
		}
	}
	return ContainerRecord{}, false
}

// Volumes gives the files on the emptyDirs of a Pod at its end, by the name of
// the volume. It waits like Container, and gives nil if the end does not come.
func (a *Agent) Volumes(podUID string) map[string][]report.File {
	p := a.pod(podUID)
	if p == nil || !p.settle() {
		return nil
	}
	return p.left
}

// Pods gives the Pods of a namespace that came to the node, also those that have
// been deleted, as the API server told of them last, the oldest first.
func (a *Agent) Pods(namespace string) []corev1.Pod {
	a.mu.Lock()
	defer a.mu.Unlock()
	var pods []corev1.Pod
	for _, p := range a.pods {
		if p.namespace == namespace {
			pods = append(pods, *p.object())
		}
	}
	slices.SortFunc(pods, func(x, y corev1.Pod) int {
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), cmp.Compare(x.Name, y.Name))
	})
	return pods
}

// Claim gives the files on the volume of a claim as they are now.
func (a *Agent) Claim(namespace, name string) []report.File {
	a.mu.Lock()
	dir := a.claims[namespace+"/"+name]
	a.mu.Unlock()
	if dir == "" {
		return nil
	}
	return tree.List(dir, nil)
}

func (a *Agent) pod(uid string) *pod {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pods[types.UID(uid)]
}

// Close kills all containers and takes away all that they needed; the claims
// stay. It may be called more than once.
func (a *Agent) Close() {
	a.mu.Lock()
	first := !a.closed
	a.closed = true
	for _, p := range a.pods {
		p.stop(0)
	}
	a.mu.Unlock()
	if !first {
		return
	}
	a.cancel()
	a.work.Wait()
	a.mounts.close()
	_ = os.RemoveAll(filepath.Join(a.options.Root, "pods"))
	_ = os.RemoveAll(filepath.Join(a.options.Root, "crun"))
}

func (a *Agent) logf(format string, args ...any) {
	if a.options.Log == nil {
		return
	}
	a.logging.Lock()
	defer a.logging.Unlock()
	fmt.Fprintf(a.options.Log, "node: "+format+"\n", args...)
}

// sleep waits; false if the context ended before.
func sleep(ctx context.Context, duration time.Duration) bool {
	if duration <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
