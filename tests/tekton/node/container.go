package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tkn-fuse/tests/tekton/report"
)

const (
	// maxMessage is what is read of a termination message (pkg/kubelet/container/runtime.go of Kubernetes 1.35) ...
	maxMessage = 4096
	// ... and maxLogMessage and maxLogLines of the log, where that stands for it.
	maxLogMessage = 2048
	maxLogLines   = 80
)

// container is a container of a Pod, before, while and after it runs.
type container struct {
	pod *pod
	// spec is that of the Pod when the node saw it first.
	spec corev1.Container
	init bool
	log  output

	// The lock of the Pod guards what follows.
	status corev1.ContainerStatus
	record ContainerRecord
	// dir is the folder of the first process.
	dir string
	// image is the one that the Pod has now.
	image string
	// changed is closed when the image changes.
	changed chan struct{}
}

func newContainer(p *pod, spec corev1.Container, init bool) *container {
	c := &container{pod: p, spec: spec, init: init, image: spec.Image, changed: make(chan struct{})}
	c.status = corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, Started: new(bool)}
	c.wait("PodInitializing", "")
	return c
}

// isSidecar tells the init containers that run beside the others.
func (c *container) isSidecar() bool {
	return c.init && c.spec.RestartPolicy != nil && *c.spec.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// recorded is what is known of the container now.
func (c *container) recorded() ContainerRecord {
	c.pod.mu.Lock()
	defer c.pod.mu.Unlock()
	record := c.record
	record.Log = c.log.String()
	if record.End.IsZero() && c.dir != "" {
		record.Seen = readSeen(c.dir)
	}
	return record
}

// set changes what the guarded fields say, and has the status published.
func (c *container) set(change func()) {
	c.pod.mu.Lock()
	change()
	c.pod.mu.Unlock()
	c.pod.signal()
}

func (c *container) wait(reason, message string) {
	c.status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// run runs the container to its end, and again with another image if it is given
// one: the kubelet does so whatever the restartPolicy is. It returns early if
// the Pod is stopped. started is called once the container has passed its startup
// probe.
func (c *container) run(ctx context.Context, started func()) {
	for restarts := 0; ctx.Err() == nil; restarts++ {
		if !sleep(ctx, c.pod.agent.options.Delays.Container) {
			return
		}
		c.pod.mu.Lock()
		image, changed := c.image, c.changed
		c.pod.mu.Unlock()
		process := c.create(ctx, image, restarts)
		if process == nil {
			return
		}
		if !c.attend(ctx, process, changed, started) {
			return
		}
	}
}

// attend stays with a process to its end; true if the image has changed.
func (c *container) attend(ctx context.Context, process *process, changed chan struct{}, started func()) bool {
	process.started()
	select {
	case <-process.ended:
	default:
		c.set(func() {
			c.status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(process.begun)}}
			if c.dir == "" {
				c.dir, c.record.Start = process.dir, process.begun
			}
		})
		probing := make(chan struct{})
		go func() {
			defer close(probing)
			c.probe(ctx, process, started)
		}()
		defer func() { <-probing }()
	}
	restart := false
	select {
	case <-process.ended:
	case <-changed:
		restart = true
		c.preStop(process)
		process.stop(c.pod.grace())
	case <-ctx.Done():
		if grace := c.pod.grace(); grace > 0 {
			c.preStop(process)
		}
		process.stop(c.pod.grace())
	}
	c.ended(process, restart)
	return restart
}

// ended notes how the container ended. If it shall run again, its state stays
// Running until then, as that of a kubelet does: the API server forbids to leave
// Terminated.
func (c *container) ended(process *process, restart bool) {
	terminated := &corev1.ContainerStateTerminated{
		ExitCode: int32(process.code), Reason: "Completed", ContainerID: "containerd://" + process.id,
		StartedAt: metav1.NewTime(process.begun), FinishedAt: metav1.NewTime(process.end),
	}
	switch {
	case process.failure != "":
		// What containerd reports of a container that has never run.
		terminated.ExitCode, terminated.Reason = 128, "StartError"
		terminated.StartedAt = metav1.NewTime(time.Unix(0, 0))
		terminated.Message = "failed to create containerd task: failed to create shim task: OCI runtime create failed: " + process.failure
		c.pod.agent.logf("pod %s/%s, container %s: %s", c.pod.namespace, c.pod.name, c.spec.Name, process.failure)
	case process.code != 0:
		terminated.Reason = "Error"
	}
	if message := c.message(process); message != "" {
		terminated.Message = strings.TrimPrefix(terminated.Message+": "+message, ": ")
	}
	seen := readSeen(process.dir)
	c.set(func() {
		if restart {
			c.status.LastTerminationState = corev1.ContainerState{Terminated: terminated}
			c.status.RestartCount++
		} else {
			c.status.State = corev1.ContainerState{Terminated: terminated}
		}
		c.status.Started, c.status.Ready = new(bool), c.init && terminated.ExitCode == 0
		// The first run is the one that counts, not that of the image that ended it.
		if c.record.End.IsZero() {
			c.record.Seen, c.record.End = seen, process.end
			if process.failure == "" {
				c.record.Start = process.begun
			}
		}
	})
	c.pod.removeRoot(process.dir)
}

// message is the termination message, cut as the kubelet does it when it reads it.
func (c *container) message(process *process) string {
	text, err := os.ReadFile(process.file("message"))
	if err == nil && len(text) > maxMessage {
		text = text[len(text)-maxMessage:]
	}
	fallback := c.spec.TerminationMessagePolicy == corev1.TerminationMessageFallbackToLogsOnError
	if len(text) > 0 || !fallback || process.code == 0 || process.failure != "" {
		return string(text)
	}
	lines := slices.Collect(strings.Lines(process.output.String()))
	log := strings.Join(lines[max(0, len(lines)-maxLogLines):], "")
	return log[max(0, len(log)-maxLogMessage):]
}

func readSeen(dir string) *report.Seen {
	text, err := os.ReadFile(filepath.Join(dir, "observe", "seen.json"))
	if err != nil || len(text) == 0 {
		return nil
	}
	var seen report.Seen
	if json.Unmarshal(text, &seen) != nil {
		return nil
	}
	return &seen
}

// create starts the process of the container. While it cannot, the status says
// why and it tries again; nil if the Pod was stopped before.
func (c *container) create(ctx context.Context, imageName string, restarts int) *process {
	for tries := 0; ctx.Err() == nil; tries++ {
		c.set(func() {
			if waiting := c.status.State.Waiting; waiting != nil && waiting.Reason == "PodInitializing" {
				c.wait("ContainerCreating", "")
			}
		})
		process, err := c.tryCreate(imageName, restarts)
		if err == nil {
			return process
		}
		reason, message := "CreateContainerError", err.Error()
		var known waitError
		if errors.As(err, &known) {
			reason = known.reason
		}
		if reason == "ErrImagePull" && tries > 0 {
			reason, message = "ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q: %s", imageName, message)
		}
		c.set(func() { c.wait(reason, message) })
		sleep(ctx, retryInterval)
	}
	return nil
}

// waitError is why a container waits, with the reason for its status.
type waitError struct {
	reason string
	err    error
}

func (e waitError) Error() string { return e.err.Error() }

func (c *container) tryCreate(imageName string, restarts int) (*process, error) {
	image, err := imageOf(imageName)
	if err != nil {
		return nil, waitError{"InvalidImageName", err}
	}
	if strings.Contains(imageName, missingImage) {
		return nil, waitError{"ErrImagePull", fmt.Errorf("failed to resolve reference %q: %s: not found", imageName, imageName)}
	}
	imageID, err := image.id(imageName)
	if err != nil {
		return nil, err
	}
	b, err := c.bundle(image, restarts)
	if err != nil {
		return nil, err
	}
	log := &c.log
	if restarts > 0 {
		log = &output{}
	}
	process, err := c.pod.agent.runBundle(b, fmt.Sprintf("%s/%s/%d", c.pod.uid, c.spec.Name, restarts), log)
	if err != nil {
		c.pod.removeRoot(b.dir)
		return nil, err
	}
	c.set(func() {
		c.status.Image, c.status.ImageID, c.status.ContainerID = imageName, imageID, "containerd://"+process.id
	})
	return process, nil
}

// bundle gathers what crun must know, in a folder of its own.
func (c *container) bundle(image image, restarts int) (*bundle, error) {
	p := c.pod
	rootDir := filepath.Join(p.agent.options.Images, image.root)
	variables, err := p.variables(&c.spec)
	if err != nil {
		return nil, waitError{"CreateContainerConfigError", err}
	}
	b := &bundle{sandbox: p.sandbox, security: security(p.object(), &c.spec), workDir: c.spec.WorkingDir}
	if b.identity, err = identify(p.object(), &c.spec, image, rootDir); err != nil {
		return nil, waitError{"CreateContainerConfigError", err}
	}
	if b.mounts, err = p.volumeMounts(&c.spec, variables); err != nil {
		return nil, waitError{"CreateContainerConfigError", err}
	}
	b.args = commandLine(&c.spec, image, variables)
	if len(b.args) == 0 {
		return nil, fmt.Errorf("no command specified")
	}
	if b.workDir == "" {
		b.workDir = "/"
	}
	if !filepath.IsAbs(b.workDir) {
		return nil, fmt.Errorf("cwd must be an absolute path, not %q", b.workDir)
	}
	b.variables = processVariables(p.sandbox.hostname, homeOf(rootDir, b.identity.uid), variables)
	b.dir = filepath.Join(p.dir, "containers", fmt.Sprintf("%s-%d", c.spec.Name, restarts))
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return nil, err
	}
	message := filepath.Join(b.dir, "message")
	if err := writeProjected(message, projectedFile{mode: 0o666}); err != nil {
		return nil, err
	}
	if c.spec.TerminationMessagePath != "" {
		b.mounts = append(b.mounts, mount{filepath.Clean("/" + c.spec.TerminationMessagePath), message, false})
	}
	return b, p.agent.mounts.do(func() error { return c.prepare(b, image) })
}

// prepare makes the root file system and writes config.json.
func (c *container) prepare(b *bundle, image image) error {
	var err error
	if b.root, err = mountRoot(c.pod.agent.options.Images, image.root, b.dir); err != nil {
		return err
	}
	c.pod.keepRoot(b.dir, b.root)
	b.makePlaces()
	if c.pod.agent.options.Observe {
		if err := b.observe(filepath.Join(c.pod.agent.options.Images, "record")); err != nil {
			return err
		}
	}
	return b.write()
}
