package main

import (
	"context"
	"encoding/json"
	"sort"
	"strings"
	"time"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/reconciler/volumeclaim"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"knative.dev/pkg/apis"
	"tkn-fuse/tests/tekton/report"
)

const runLabel = "tekton.dev/pipelineRun"

// collector reads what is in a namespace after an execution.
type collector struct {
	*executor
	namespace string
	taskRuns  []v1.TaskRun
	pods      map[string]corev1.Pod
}

// collect completes the report with what the runs did.
func (e *executor) collect(ctx context.Context, result *report.Report, runs []runName) error {
	c := collector{executor: e, namespace: result.Namespace, pods: map[string]corev1.Pod{}}
	taskRuns, err := e.tekton.TektonV1().TaskRuns(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	c.taskRuns = taskRuns.Items
	// Pods that Tekton has deleted count, too.
	pods := e.agent.Pods(c.namespace)
	claims, err := e.core.CoreV1().PersistentVolumeClaims(c.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	result.Counts = report.Counts{TaskRuns: len(c.taskRuns), Pods: len(pods), Claims: len(claims.Items)}
	for _, pod := range pods {
		c.pods[pod.Name] = pod
		result.Counts.Containers += len(pod.Spec.InitContainers) + len(pod.Spec.Containers)
	}
	for _, run := range runs {
		var told report.Run
		switch run.kind {
		case "PipelineRun":
			told, err = c.pipelineRun(ctx, run.name)
		case "TaskRun":
			told, err = c.taskRun(ctx, run.name)
		default:
			continue
		}
		if err != nil {
			return err
		}
		result.Runs = append(result.Runs, told)
	}
	return nil
}

func (c *collector) pipelineRun(ctx context.Context, name string) (report.Run, error) {
	run, err := c.tekton.TektonV1().PipelineRuns(c.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return report.Run{}, err
	}
	told := report.Run{Kind: "PipelineRun", Name: name, UID: string(run.UID), Results: map[string]any{}}
	told.Status, told.Reason, told.Message = condition(run.Status.GetCondition(apis.ConditionSucceeded))
	told.Start, told.End = at(run.Status.StartTime), at(run.Status.CompletionTime)
	for _, result := range run.Status.Results {
		told.Results[result.Name] = plain(result.Value)
	}
	for _, skipped := range run.Status.SkippedTasks {
		told.Skipped = append(told.Skipped, report.Skipped{Task: skipped.Name, Reason: string(skipped.Reason)})
	}
	for i := range c.taskRuns {
		if c.taskRuns[i].Labels[runLabel] == name {
			told.Tasks = append(told.Tasks, c.task(&c.taskRuns[i], c.taskRuns[i].Labels["tekton.dev/pipelineTask"]))
		}
	}
	sort.SliceStable(told.Tasks, func(i, j int) bool {
		a, b := told.Tasks[i], told.Tasks[j]
		return a.Start.Before(b.Start) || a.Start.Equal(b.Start) && a.TaskRun < b.TaskRun
	})
	told.Workspaces = c.workspaces(run.Spec.Workspaces, run.UID)
	return told, nil
}

func (c *collector) taskRun(ctx context.Context, name string) (report.Run, error) {
	run, err := c.tekton.TektonV1().TaskRuns(c.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return report.Run{}, err
	}
	task := c.task(run, name)
	return report.Run{
		Kind: "TaskRun", Name: name, UID: string(run.UID),
		Status: task.Status, Reason: task.Reason, Message: task.Message, Results: task.Results,
		Tasks: []report.Task{task}, Start: task.Start, End: task.End,
		Workspaces: c.workspaces(run.Spec.Workspaces, run.UID),
	}, nil
}

// task is a TaskRun with what the node knows of its last pod.
func (c *collector) task(run *v1.TaskRun, name string) report.Task {
	told := report.Task{
		Name: name, TaskRun: run.Name, UID: string(run.UID),
		Labels: run.Labels, Annotations: run.Annotations,
		Results: map[string]any{}, Retries: len(run.Status.RetriesStatus), Pod: run.Status.PodName,
		Start: at(run.Status.StartTime), End: at(run.Status.CompletionTime),
	}
	told.Status, told.Reason, told.Message = condition(run.Status.GetCondition(apis.ConditionSucceeded))
	for _, result := range run.Status.Results {
		told.Results[result.Name] = plain(result.Value)
	}
	pod := c.pods[run.Status.PodName]
	told.Requests = requests(&pod.Spec)
	told.Containers = len(pod.Spec.InitContainers) + len(pod.Spec.Containers)
	for i := range pod.Spec.InitContainers {
		told.InitContainers = append(told.InitContainers, pod.Spec.InitContainers[i].Name)
	}
	if pod.UID != "" {
		told.Volumes = c.agent.Volumes(string(pod.UID))
	}
	for _, state := range run.Status.Steps {
		step := c.step(pod.UID, wholeName(run.Status.TaskSpec, state), state.Container, state.Terminated)
		step.Reason = state.TerminationReason
		step.Results = map[string]any{}
		for _, result := range state.Results {
			step.Results[result.Name] = plain(result.Value)
		}
		told.Steps = append(told.Steps, step)
	}
	for _, state := range run.Status.Sidecars {
		told.Sidecars = append(told.Sidecars, c.step(pod.UID, state.Name, state.Container, state.Terminated))
	}
	return told
}

// workspaces are the files on the claims that a run binds to its workspaces.
func (c *collector) workspaces(bindings []v1.WorkspaceBinding, run types.UID) map[string][]report.File {
	found := map[string][]report.File{}
	for _, binding := range bindings {
		name := ""
		switch {
		case binding.PersistentVolumeClaim != nil:
			name = binding.PersistentVolumeClaim.ClaimName
		case binding.VolumeClaimTemplate != nil:
			name = volumeclaim.GeneratePVCNameFromWorkspaceBinding(
				binding.VolumeClaimTemplate.Name, binding, metav1.OwnerReference{UID: run})
		}
		if name != "" {
			found[binding.Name] = c.agent.Claim(c.namespace, name)
		}
	}
	return found
}

// condition is how a run stands, why, and in which words.
func condition(c *apis.Condition) (status, reason, message string) {
	switch {
	case c == nil || c.IsUnknown():
		status = "Running"
	case c.IsTrue():
		status = "Succeeded"
	default:
		status = "Failed"
	}
	if c != nil {
		reason, message = c.Reason, c.Message
	}
	return status, reason, message
}

// plain is a value as plain JSON data.
func plain(value v1.ParamValue) any {
	var data any
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &data)
	}
	if err != nil {
		return err.Error()
	}
	return data
}

func at(t *metav1.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}

// requests are what the scheduler counts for the pod: the sum over its
// containers, or the largest of its init containers if that is more.
func requests(pod *corev1.PodSpec) report.Resources {
	total := corev1.ResourceList{}
	for _, container := range pod.Containers {
		for name, quantity := range container.Resources.Requests {
			sum := total[name]
			sum.Add(quantity)
			total[name] = sum
		}
	}
	for _, container := range pod.InitContainers {
		for name, quantity := range container.Resources.Requests {
			if sum := total[name]; sum.Cmp(quantity) < 0 {
				total[name] = quantity
			}
		}
	}
	told := report.Resources{}
	for name, quantity := range total {
		if quantity.Cmp(resource.Quantity{}) != 0 {
			told[string(name)] = quantity.String()
		}
	}
	return told
}

// wholeName is the name of a step as its Task has it. The status has what is left
// of the name of the container, which is cut (`RestrictLength` in pkg/pod/pod.go, v1.15).
func wholeName(spec *v1.TaskSpec, state v1.StepState) string {
	if spec == nil {
		return state.Name
	}
	for _, step := range spec.Steps {
		if container := "step-" + step.Name; len(container) > validation.DNS1123LabelMaxLength && strings.HasPrefix(container, state.Container) {
			return step.Name
		}
	}
	return state.Name
}

// step joins what Tekton says of a step or a sidecar with what the node saw.
func (c *collector) step(pod types.UID, name, container string, ended *corev1.ContainerStateTerminated) report.Step {
	told := report.Step{Name: name, Container: container}
	if ended != nil {
		code := int(ended.ExitCode)
		told.ExitCode, told.Start, told.End = &code, ended.StartedAt.Time, ended.FinishedAt.Time
	}
	if record, found := c.agent.Container(string(pod), container); found {
		told.Log, told.Seen = record.Log, record.Seen
		told.Start, told.End = record.Start, record.End
	}
	return told
}
