package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"tkn-fuse/tests/tekton/report"
)

const (
	defaultLimit = 5 * time.Minute
	pollInterval = 100 * time.Millisecond
	// settleLimit is how long the pods of ended runs may take to end: their sidecars are stopped after the runs' end.
	settleLimit = 15 * time.Second
)

// isRun tells whether Tekton executes objects of this kind.
func isRun(kind string) bool {
	return kind == "PipelineRun" || kind == "TaskRun" || kind == "CustomRun"
}

// execute applies the objects of a job to a new namespace, runs after all else,
// waits for the runs and reports what they did.
func (e *executor) execute(ctx context.Context, j job) (*report.Report, error) {
	namespace := fmt.Sprintf("job-%03d", e.jobs.Add(1))
	if err := e.openNamespace(ctx, namespace); err != nil {
		return nil, err
	}
	start := time.Now()
	result := &report.Report{Namespace: namespace}
	runs := e.apply(ctx, j.Objects, result)
	limit := j.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	if err := e.wait(ctx, namespace, runs, limit); err != nil {
		return nil, err
	}
	result.Seconds = time.Since(start).Seconds()
	return result, e.collect(ctx, result, runs)
}

// runName is a run that the API server took.
type runName struct{ kind, name string }

// apply creates the objects, notes what is refused, and returns the runs.
func (e *executor) apply(ctx context.Context, objects []unstructured.Unstructured, result *report.Report) []runName {
	var runs []runName
	generated := map[string]int{}
	for _, wantRuns := range []bool{false, true} {
		for i := range objects {
			object := &objects[i]
			if isRun(object.GetKind()) != wantRuns || object.GetKind() == "Namespace" {
				continue
			}
			place(object, result.Namespace, generated)
			if err := e.create.create(ctx, object); err != nil {
				refusal := fmt.Sprintf("%s/%s: %s", object.GetKind(), object.GetName(), err)
				result.Refused = append(result.Refused, strings.ReplaceAll(refusal, result.Namespace, "NAMESPACE"))
			} else if wantRuns {
				runs = append(runs, runName{object.GetKind(), object.GetName()})
			}
		}
	}
	return runs
}

// openNamespace makes a namespace with what Kubernetes' own controllers would put into it.
func (e *executor) openNamespace(ctx context.Context, name string) error {
	_, err := e.core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	if _, err := e.core.CoreV1().ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		return err
	}
	root := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kube-root-ca.crt"}, Data: map[string]string{"ca.crt": "none"}}
	_, err = e.core.CoreV1().ConfigMaps(name).Create(ctx, root, metav1.CreateOptions{})
	return err
}

// place puts the object into the namespace, wherever it says it belongs. A
// generated name is made here, so that it is the same in every execution.
func place(object *unstructured.Unstructured, namespace string, generated map[string]int) {
	object.SetNamespace(namespace)
	if base := object.GetGenerateName(); object.GetName() == "" && base != "" {
		generated[base]++
		object.SetName(fmt.Sprintf("%srun%d", base, generated[base]))
		object.SetGenerateName("")
	}
}

// wait waits until the runs, and then their pods, have ended, or the limit is over.
func (e *executor) wait(ctx context.Context, namespace string, runs []runName, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for _, run := range runs {
		for {
			done, err := e.isDone(ctx, namespace, run)
			if err != nil {
				return err
			}
			if done || time.Now().After(deadline) {
				break
			}
			if err := sleep(ctx, pollInterval); err != nil {
				return err
			}
		}
	}
	for deadline := time.Now().Add(settleLimit); time.Now().Before(deadline); {
		pods, err := e.core.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{ResourceVersion: "0"})
		if err != nil {
			return err
		}
		if allEnded(pods.Items) {
			return nil
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return err
		}
	}
	return nil
}

func allEnded(pods []corev1.Pod) bool {
	for i := range pods {
		if phase := pods[i].Status.Phase; phase != corev1.PodSucceeded && phase != corev1.PodFailed {
			return false
		}
	}
	return true
}

// isDone tells whether a run has ended; a custom run never does, as nobody executes it.
func (e *executor) isDone(ctx context.Context, namespace string, run runName) (bool, error) {
	switch run.kind {
	case "PipelineRun":
		current, err := e.tekton.TektonV1().PipelineRuns(namespace).Get(ctx, run.name, metav1.GetOptions{})
		return err == nil && current.IsDone(), err
	case "TaskRun":
		current, err := e.tekton.TektonV1().TaskRuns(namespace).Get(ctx, run.name, metav1.GetOptions{})
		return err == nil && current.IsDone(), err
	}
	return true, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
