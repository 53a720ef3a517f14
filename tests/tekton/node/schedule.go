package node

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// bind gives a Pod the node as soon as its claims exist.
func (a *Agent) bind(object *corev1.Pod) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if object.DeletionTimestamp != nil || a.closed || a.binding[object.UID] {
		return
	}
	a.binding[object.UID] = true
	a.work.Go(func() {
		told := ""
		for a.waits(object.UID) {
			err := a.tryBind(object)
			if err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
				return
			}
			if err.Error() != told {
				told = err.Error()
				a.tellUnschedulable(object, told)
			}
			if !sleep(a.ctx, retryInterval) {
				return
			}
		}
	})
}

func (a *Agent) waits(uid types.UID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.binding[uid]
}

func (a *Agent) tryBind(object *corev1.Pod) error {
	for _, volume := range object.Spec.Volumes {
		if volume.PersistentVolumeClaim == nil {
			continue
		}
		name := volume.PersistentVolumeClaim.ClaimName
		_, err := a.claimDir(object.Namespace, name)
		if apierrors.IsNotFound(err) {
			// Not a NotFound error: the Pod waits.
			return fmt.Errorf("persistentvolumeclaim %q not found", name)
		}
		if err != nil {
			return err
		}
	}
	return a.client.CoreV1().Pods(object.Namespace).Bind(a.ctx, &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: object.Name, UID: object.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: Name},
	}, metav1.CreateOptions{})
}

// tellUnschedulable says why a Pod waits, in the condition of the scheduler.
func (a *Agent) tellUnschedulable(object *corev1.Pod, message string) {
	a.logf("pod %s/%s waits: %s", object.Namespace, object.Name, message)
	status := map[string]any{"conditions": []corev1.PodCondition{{
		Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
		Message: "0/1 nodes are available: " + message, LastTransitionTime: metav1.Now(),
	}}}
	_ = a.patchStatus(a.ctx, object, status)
}

// claimDir gives the folder behind a claim and tells the claim that it is bound.
// A claim that is made anew under an old name gets an empty folder.
func (a *Agent) claimDir(namespace, name string) (string, error) {
	claims := a.client.CoreV1().PersistentVolumeClaims(namespace)
	claim, err := claims.Get(a.ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	dir := filepath.Join(a.options.Root, "claims", namespace, name, string(claim.UID))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	a.mu.Lock()
	fresh := a.claims[namespace+"/"+name] != dir
	a.claims[namespace+"/"+name] = dir
	a.mu.Unlock()
	if fresh {
		// As provisioners of local folders do it, of which kind and minikube use one.
		if err := os.Chmod(dir, 0o777); err != nil {
			return "", err
		}
	}
	if claim.Status.Phase == corev1.ClaimBound {
		return dir, nil
	}
	return dir, a.bindClaim(claim)
}

func (a *Agent) bindClaim(claim *corev1.PersistentVolumeClaim) error {
	claims := a.client.CoreV1().PersistentVolumeClaims(claim.Namespace)
	claim = claim.DeepCopy()
	claim.Status.Phase = corev1.ClaimBound
	claim.Status.AccessModes = claim.Spec.AccessModes
	claim.Status.Capacity = maps.Clone(claim.Spec.Resources.Requests)
	_, err := claims.UpdateStatus(context.WithoutCancel(a.ctx), claim, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) {
		// Another Pod was quicker.
		return nil
	}
	return err
}
