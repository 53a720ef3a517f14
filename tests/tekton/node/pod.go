package node

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tkn-fuse/tests/tekton/record/tree"
	"tkn-fuse/tests/tekton/report"
)

// pod is a Pod of this node, and stays when that is gone.
type pod struct {
	agent           *Agent
	uid             types.UID
	namespace, name string
	ip              string
	// dir is the folder for all that only this Pod needs.
	dir     string
	init    []*container
	main    []*container
	sandbox *sandbox
	// ctx ends when the containers shall.
	ctx    context.Context
	cancel context.CancelFunc
	// changed has an entry when the status may have changed.
	changed chan struct{}
	// finished is closed when nothing of the Pod runs any more.
	finished chan struct{}
	// left are the files on the emptyDirs, once finished is closed.
	left map[string][]report.File
	// showing is held while volumes are written, or taken away.
	showing sync.Mutex

	mu sync.Mutex
	// newest is the object as the API server gave it last.
	newest  *corev1.Pod
	start   metav1.Time
	volumes map[string]string
	roots   map[string]*rootFS
	// stale tells that the fields which volumes show have changed.
	stale bool
	// graceLeft is how long a container may take to end when it shall.
	graceLeft time.Duration
	// reason and message say why the Pod failed, if it is not for a container.
	reason, message string
	conditions      map[corev1.PodConditionType]corev1.PodCondition
	ready           bool
	// asked is when somebody first asked what became of the Pod.
	asked time.Time
}

func newPod(a *Agent, object *corev1.Pod) *pod {
	number := len(a.pods) + 2
	p := &pod{
		agent: a, uid: object.UID, namespace: object.Namespace, name: object.Name, newest: object,
		ip:  fmt.Sprintf("10.88.%d.%d", number/250+1, number%250+2),
		dir: filepath.Join(a.options.Root, "pods", string(object.UID)), start: metav1.Now(),
		changed: make(chan struct{}, 1), finished: make(chan struct{}),
		volumes: map[string]string{}, roots: map[string]*rootFS{}, conditions: map[corev1.PodConditionType]corev1.PodCondition{},
		graceLeft: maxGrace,
	}
	if seconds := object.Spec.TerminationGracePeriodSeconds; seconds != nil {
		p.graceLeft = min(p.graceLeft, time.Duration(*seconds)*time.Second)
	}
	p.ctx, p.cancel = context.WithCancel(a.ctx)
	for _, spec := range object.Spec.InitContainers {
		p.init = append(p.init, newContainer(p, spec, true))
	}
	for _, spec := range object.Spec.Containers {
		p.main = append(p.main, newContainer(p, spec, false))
	}
	return p
}

func (p *pod) containers() []*container {
	return append(append([]*container{}, p.init...), p.main...)
}

func (p *pod) object() *corev1.Pod {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.newest
}

func (p *pod) grace() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.graceLeft
}

func (p *pod) volume(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.volumes[name]
}

func (p *pod) setVolume(name, dir string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.volumes[name] = dir
}

// update takes a newer object: other labels and annotations for volumes, another
// image for a container, or the wish that the Pod shall end.
func (p *pod) update(object *corev1.Pod) {
	p.mu.Lock()
	before := p.newest
	p.newest = object
	if !maps.Equal(before.Labels, object.Labels) || !maps.Equal(before.Annotations, object.Annotations) {
		p.stale = true
	}
	for i, c := range p.main {
		if i < len(object.Spec.Containers) && object.Spec.Containers[i].Image != c.image {
			c.image = object.Spec.Containers[i].Image
			close(c.changed)
			c.changed = make(chan struct{})
		}
	}
	p.mu.Unlock()
	if object.DeletionTimestamp != nil {
		grace := maxGrace
		if seconds := object.DeletionGracePeriodSeconds; seconds != nil {
			grace = min(grace, time.Duration(*seconds)*time.Second)
		}
		p.stop(grace)
	}
	p.signal()
}

// stop has all containers ended, each with the grace.
func (p *pod) stop(grace time.Duration) {
	p.mu.Lock()
	p.graceLeft = min(p.graceLeft, grace)
	p.mu.Unlock()
	p.cancel()
}

// fail has the Pod ended for a reason of its own.
func (p *pod) fail(reason, message string) {
	p.mu.Lock()
	p.reason, p.message = reason, message
	p.mu.Unlock()
	p.agent.logf("pod %s/%s: %s: %s", p.namespace, p.name, reason, message)
	p.cancel()
}

// signal has the status computed and published again.
func (p *pod) signal() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// run takes the Pod through its life.
func (p *pod) run() {
	defer p.finish()
	p.signal()
	if seconds := p.object().Spec.ActiveDeadlineSeconds; seconds != nil {
		timer := time.AfterFunc(time.Duration(*seconds)*time.Second, func() {
			p.fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
		})
		defer timer.Stop()
	}
	if !sleep(p.ctx, p.agent.options.Delays.Pod) || !p.makeVolumes(p.ctx) {
		return
	}
	if err := p.makeSandbox(); err != nil {
		p.fail("FailedCreatePodSandBox", err.Error())
		return
	}
	var running, sidecars sync.WaitGroup
	ctx, stopSidecars := context.WithCancel(p.ctx)
	defer sidecars.Wait()
	defer stopSidecars()
	if !p.runInit(ctx, &sidecars) {
		return
	}
	for _, c := range p.main {
		running.Go(func() { c.run(p.ctx, func() {}) })
	}
	running.Wait()
}

// makeSandbox makes what the containers share. Fields that changed while the
// volumes were made are shown before a container can see them.
func (p *pod) makeSandbox() error {
	sandbox, err := newSandbox(p.agent.mounts, filepath.Join(p.dir, "sandbox"), p.object(), p.ip)
	if err != nil {
		return err
	}
	p.sandbox = sandbox
	p.mu.Lock()
	p.ready = true
	p.stale = true
	p.mu.Unlock()
	p.showFields()
	p.signal()
	return nil
}

// runInit runs the init containers, one after the other; a sidecar goes on while
// the next one runs. False if one failed or the Pod was stopped.
func (p *pod) runInit(ctx context.Context, sidecars *sync.WaitGroup) bool {
	for _, c := range p.init {
		if !c.isSidecar() {
			c.run(ctx, func() {})
			p.mu.Lock()
			done := c.status.State.Terminated != nil && c.status.State.Terminated.ExitCode == 0
			p.mu.Unlock()
			if !done {
				return false
			}
			continue
		}
		started := make(chan struct{})
		ended := make(chan struct{})
		sidecars.Go(func() {
			defer close(ended)
			c.run(ctx, sync.OnceFunc(func() { close(started) }))
		})
		select {
		case <-started:
		case <-ended:
			return false
		}
	}
	return ctx.Err() == nil
}

// finish keeps what the Pod leaves and takes the rest away.
func (p *pod) finish() {
	p.left = map[string][]report.File{}
	for _, volume := range p.object().Spec.Volumes {
		// The volume with Tekton's entrypoint has nothing else, and is large.
		if dir := p.volume(volume.Name); volume.EmptyDir != nil && dir != "" && volume.Name != "tekton-internal-bin" {
			p.left[volume.Name] = tree.List(dir, nil)
		}
	}
	if p.sandbox != nil {
		p.sandbox.close(p.agent.mounts)
	}
	p.mu.Lock()
	roots := maps.Clone(p.roots)
	p.mu.Unlock()
	for dir := range roots {
		p.removeRoot(dir)
	}
	close(p.finished)
	p.signal()
	p.showing.Lock()
	defer p.showing.Unlock()
	if err := os.RemoveAll(p.dir); err != nil {
		p.agent.logf("pod %s/%s: %v", p.namespace, p.name, err)
	}
}

// settle waits for the end of the Pod, up to three seconds after the first call;
// false if it has not come.
func (p *pod) settle() bool {
	p.mu.Lock()
	if p.asked.IsZero() {
		p.asked = time.Now()
	}
	rest := time.Until(p.asked.Add(patience))
	p.mu.Unlock()
	select {
	case <-p.finished:
	case <-time.After(rest):
	}
	return p.isFinished()
}

// keepRoot remembers a root file system until removeRoot unmounts it.
func (p *pod) keepRoot(dir string, root *rootFS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roots[dir] = root
}

func (p *pod) removeRoot(dir string) {
	p.mu.Lock()
	root := p.roots[dir]
	delete(p.roots, dir)
	p.mu.Unlock()
	if root == nil {
		return
	}
	_ = p.agent.mounts.do(func() error {
		root.unmount()
		return nil
	})
}
