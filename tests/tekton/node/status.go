package node

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// maxMessages is how many bytes the termination messages of a Pod have together
// (MaxPodTerminationMessageLogLength of Kubernetes 1.35).
const maxMessages = 12288

// publishChanges keeps the status of the Pod, and the volumes that show fields of
// it, up to date until the end of the Pod; then it has the Pod deleted if that
// was wished.
func (p *pod) publishChanges() {
	told := ""
	for {
		select {
		case <-p.changed:
		case <-p.agent.ctx.Done():
			return
		}
		p.showFields()
		finished := p.isFinished()
		object := p.object()
		if err := p.agent.patchStatus(p.agent.ctx, object, p.compute(finished)); err != nil {
			if isGone(err) {
				<-p.finished
				return
			}
			if err.Error() != told && p.agent.ctx.Err() == nil {
				told = err.Error()
				p.agent.logf("pod %s/%s: status: %v", p.namespace, p.name, err)
			}
			time.AfterFunc(100*time.Millisecond, p.signal)
			continue
		}
		if finished && object.DeletionTimestamp != nil {
			p.delete()
			return
		}
	}
}

func (p *pod) isFinished() bool {
	select {
	case <-p.finished:
		return true
	default:
		return false
	}
}

func (p *pod) delete() {
	zero := int64(0)
	err := p.agent.client.CoreV1().Pods(p.namespace).Delete(p.agent.ctx, p.name, metav1.DeleteOptions{
		GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &p.uid},
	})
	if err != nil && !isGone(err) {
		p.agent.logf("pod %s/%s: delete: %v", p.namespace, p.name, err)
	}
}

// isGone tells whether there is no such Pod any more, but maybe one of its name.
func isGone(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err)
}

// patchStatus changes the status of a Pod, unless there is another one of its
// name by now.
func (a *Agent) patchStatus(ctx context.Context, object *corev1.Pod, status any) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": object.UID}, "status": status})
	if err != nil {
		return err
	}
	_, err = a.client.CoreV1().Pods(object.Namespace).Patch(ctx, object.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}

// compute gives the status as it is now. A Pod is over only once all that it
// left has been kept.
func (p *pod) compute(finished bool) corev1.PodStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := corev1.PodStatus{
		Phase: p.phase(finished), HostIP: hostIP, HostIPs: []corev1.HostIP{{IP: hostIP}}, StartTime: &p.start,
	}
	if p.ready {
		status.PodIP, status.PodIPs = p.ip, []corev1.PodIP{{IP: p.ip}}
	}
	if status.Phase == corev1.PodFailed {
		status.Reason, status.Message = p.reason, p.message
	}
	limit := maxMessages / (len(p.init) + len(p.main))
	for _, c := range p.init {
		status.InitContainerStatuses = append(status.InitContainerStatuses, c.shortStatus(limit))
	}
	for _, c := range p.main {
		status.ContainerStatuses = append(status.ContainerStatuses, c.shortStatus(limit))
	}
	status.Conditions = p.allConditions(status.Phase)
	return status
}

// shortStatus is the status with the message cut at the limit, in bytes, as
// normalizeStatus of pkg/kubelet/status does it. Half a character at the cut, and
// all else that is no UTF-8, becomes U+FFFD in JSON, as it does with the kubelet.
func (c *container) shortStatus(limit int) corev1.ContainerStatus {
	status := *c.status.DeepCopy()
	for _, state := range []*corev1.ContainerState{&status.State, &status.LastTerminationState} {
		if state.Terminated != nil && len(state.Terminated.Message) > limit {
			state.Terminated.Message = state.Terminated.Message[:limit]
		}
	}
	return status
}

// phase follows getPhase of pkg/kubelet/kubelet_pods.go in Kubernetes 1.35 for
// restartPolicy Never.
func (p *pod) phase(finished bool) corev1.PodPhase {
	waiting, failed := 0, p.reason != ""
	for _, c := range p.init {
		ended := c.status.State.Terminated
		if !c.isSidecar() && ended != nil && ended.ExitCode != 0 {
			failed = true
		}
	}
	for _, c := range p.main {
		ended := c.status.State.Terminated
		if ended == nil && c.status.State.Running == nil && c.status.LastTerminationState.Terminated == nil {
			waiting++
		}
		if ended != nil && ended.ExitCode != 0 {
			failed = true
		}
	}
	switch {
	case finished && (failed || waiting > 0):
		return corev1.PodFailed
	case finished:
		return corev1.PodSucceeded
	case waiting > 0:
		return corev1.PodPending
	}
	return corev1.PodRunning
}

// allConditions gives the conditions, with the time of their last change.
func (p *pod) allConditions(phase corev1.PodPhase) []corev1.PodCondition {
	var list []corev1.PodCondition
	set := func(kind corev1.PodConditionType, holds bool, reason, message string) {
		condition := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message}
		if !holds {
			condition.Status = corev1.ConditionFalse
		}
		condition.LastTransitionTime = metav1.Now()
		if before, known := p.conditions[kind]; known && before.Status == condition.Status {
			condition.LastTransitionTime = before.LastTransitionTime
		}
		p.conditions[kind] = condition
		list = append(list, condition)
	}
	set(corev1.PodReadyToStartContainers, p.ready, "", "")
	reason, message := unmet("ContainersNotInitialized", "incomplete", p.init, (*container).initialized)
	if phase == corev1.PodSucceeded {
		reason, message = "PodCompleted", ""
	}
	set(corev1.PodInitialized, reason == "" || phase == corev1.PodSucceeded, reason, message)
	reason, message = unmet("ContainersNotReady", "unready", p.main, func(c *container) bool { return c.status.Ready })
	switch phase {
	case corev1.PodSucceeded:
		reason, message = "PodCompleted", ""
	case corev1.PodFailed:
		reason, message = "PodFailed", ""
	}
	set(corev1.PodReady, reason == "", reason, message)
	set(corev1.ContainersReady, reason == "", reason, message)
	set(corev1.PodScheduled, true, "", "")
	return list
}

// initialized tells whether the next container may start.
func (c *container) initialized() bool {
	if c.isSidecar() {
		return isTrue(c.status.Started) || c.status.State.Terminated != nil
	}
	return c.status.Ready
}

// unmet gives reason and message of a condition that needs something of all
// containers; nothing if all have it.
func unmet(reason, state string, containers []*container, met func(*container) bool) (string, string) {
	var names []string
	for _, c := range containers {
		if !met(c) {
			names = append(names, c.spec.Name)
		}
	}
	if len(names) == 0 {
		return "", ""
	}
	return reason, fmt.Sprintf("containers with %s status: [%s]", state, strings.Join(names, " "))
}
