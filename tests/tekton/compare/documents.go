package compare

import (
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tkn-fuse/tests/tekton/report"
)

// definition is what the documents say of a run.
type definition struct {
	documents []unstructured.Unstructured
	// names are what a diagnostic may call the Pipeline.
	names []string
	// pipeline is nil if no document has it.
	pipeline *v1.PipelineSpec
	// object is what the run asks for, nil if no document has it.
	object *v1.PipelineRunSpec
}

// define finds what the documents say of a run. A Pipeline of v1beta1 is read
// as v1: what is needed here is spelt the same in both.
func define(documents []unstructured.Unstructured, run report.Run) (definition, error) {
	found := definition{documents: documents}
	name := pipelineLabel(run)
	if document := documentOfRun(documents, run); document != nil {
		var object v1.PipelineRun
		if err := decode(document, &object); err != nil {
			return found, err
		}
		found.object = &object.Spec
		found.names = []string{run.Name, strings.TrimSuffix(object.GenerateName, "-")}
		found.pipeline = object.Spec.PipelineSpec
		if object.Spec.PipelineRef != nil && object.Spec.PipelineRef.Name != "" {
			name = object.Spec.PipelineRef.Name
		}
	}
	if found.pipeline != nil || name == "" {
		return found, nil
	}
	found.names = []string{name}
	document := documentOf(documents, "Pipeline", name)
	if document == nil {
		return found, nil
	}
	var object v1.Pipeline
	if err := decode(document, &object); err != nil {
		return found, err
	}
	found.pipeline = &object.Spec
	return found, nil
}

// binding is what the run binds to a workspace of its Pipeline, nil if nothing.
func (d definition) binding(workspace string) *v1.WorkspaceBinding {
	if d.object == nil {
		return nil
	}
	for i, binding := range d.object.Workspaces {
		if binding.Name == workspace {
			return &d.object.Workspaces[i]
		}
	}
	return nil
}

// claims has, per workspace that the run gives a volume claim of its own, the
// wanted name of the claim.
func (d definition) claims() map[string]string {
	wanted := map[string]string{}
	if d.object == nil {
		return wanted
	}
	for _, binding := range d.object.Workspaces {
		if binding.VolumeClaimTemplate != nil {
			wanted[binding.Name] = binding.VolumeClaimTemplate.Name
		}
	}
	return wanted
}

// pipelineLabel is the name of the Pipeline as Tekton labels its TaskRuns.
func pipelineLabel(run report.Run) string {
	for _, task := range run.Tasks {
		if name := task.Labels["tekton.dev/pipeline"]; name != "" {
			return name
		}
	}
	return ""
}

// documentOfRun finds the document by its name, or by the longest generateName.
func documentOfRun(documents []unstructured.Unstructured, run report.Run) *unstructured.Unstructured {
	if run.Kind != "PipelineRun" {
		return nil
	}
	if document := documentOf(documents, run.Kind, run.Name); document != nil {
		return document
	}
	var best *unstructured.Unstructured
	for i, document := range documents {
		prefix := document.GetGenerateName()
		if !isTekton(document.Object) || document.GetKind() != run.Kind || prefix == "" || document.GetName() != "" {
			continue
		}
		if strings.HasPrefix(run.Name, prefix) && (best == nil || len(best.GetGenerateName()) < len(prefix)) {
			best = &documents[i]
		}
	}
	return best
}

func documentOf(documents []unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	for i, document := range documents {
		if isTekton(document.Object) && document.GetKind() == kind && document.GetName() == name {
			return &documents[i]
		}
	}
	return nil
}

func isTekton(object map[string]any) bool {
	version, _ := object["apiVersion"].(string)
	return strings.HasPrefix(version, "tekton.dev/")
}

func decode(document *unstructured.Unstructured, into any) error {
	text, err := json.Marshal(document.Object)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", document.GetKind(), document.GetName(), err)
	}
	return nil
}

// tasks are the tasks of the Pipeline, those of `finally` too.
func (d definition) tasks() []v1.PipelineTask {
	if d.pipeline == nil {
		return nil
	}
	return append(append([]v1.PipelineTask{}, d.pipeline.Tasks...), d.pipeline.Finally...)
}

// task is the Task that a pipeline task runs, with its annotations; nil if no
// document has it.
func (d definition) task(task v1.PipelineTask) (*v1.TaskSpec, map[string]string, error) {
	if task.TaskSpec != nil {
		return &task.TaskSpec.TaskSpec, task.TaskSpec.Metadata.Annotations, nil
	}
	if task.TaskRef == nil {
		return nil, nil, nil
	}
	return d.namedTask(task.TaskRef.Name)
}

func (d definition) namedTask(name string) (*v1.TaskSpec, map[string]string, error) {
	document := documentOf(d.documents, "Task", name)
	if name == "" || document == nil {
		return nil, nil, nil
	}
	var object v1.Task
	if err := decode(document, &object); err != nil {
		return nil, nil, err
	}
	return &object.Spec, object.Annotations, nil
}
