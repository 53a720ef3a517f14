package compare

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// StripMarks removes the fields by which tasks are grouped, which Tekton does
// not know, from a Pipeline, from the Pipeline inside a PipelineRun, and from
// both inside a TriggerTemplate or a List. Labels and annotations stay, since
// Tekton takes them.
func StripMarks(document *unstructured.Unstructured) {
	stripObject(document.Object)
}

func stripObject(object map[string]any) {
	version, _ := object["apiVersion"].(string)
	kind, _ := object["kind"].(string)
	spec, _ := object["spec"].(map[string]any)
	switch {
	case kind == "List":
		stripObjects(object["items"])
	case kind == "TriggerTemplate" && strings.HasPrefix(version, "triggers.tekton.dev/"):
		stripObjects(spec["resourcetemplates"])
	case !isTekton(object):
	case kind == "Pipeline":
		delete(object, "groups")
		stripPipeline(spec)
	case kind == "PipelineRun":
		delete(object, "groups")
		pipeline, _ := spec["pipelineSpec"].(map[string]any)
		stripPipeline(pipeline)
	}
}

func stripObjects(list any) {
	items, _ := list.([]any)
	for _, item := range items {
		if object, isObject := item.(map[string]any); isObject {
			stripObject(object)
		}
	}
}

func stripPipeline(spec map[string]any) {
	delete(spec, "groups")
	for _, list := range []string{"tasks", "finally"} {
		tasks, _ := spec[list].([]any)
		for _, item := range tasks {
			task, _ := item.(map[string]any)
			delete(task, "group")
			inner, _ := task["pipelineSpec"].(map[string]any)
			stripPipeline(inner)
		}
	}
}
