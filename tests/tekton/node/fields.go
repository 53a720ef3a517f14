package node

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// field gives a field of the Pod as the downward API does.
func (p *pod) field(path string) (string, error) {
	object := p.object()
	switch path {
	case "metadata.name":
		return object.Name, nil
	case "metadata.namespace":
		return object.Namespace, nil
	case "metadata.uid":
		return string(object.UID), nil
	case "metadata.labels":
		return formatMap(object.Labels), nil
	case "metadata.annotations":
		return formatMap(object.Annotations), nil
	case "spec.nodeName":
		return object.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return object.Spec.ServiceAccountName, nil
	case "status.podIP", "status.podIPs":
		return p.ip, nil
	case "status.hostIP", "status.hostIPs":
		return hostIP, nil
	}
	if key, ok := subscript(path, "metadata.labels"); ok {
		return object.Labels[key], nil
	}
	if key, ok := subscript(path, "metadata.annotations"); ok {
		return object.Annotations[key], nil
	}
	return "", fmt.Errorf("unsupported fieldPath: %s", path)
}

// subscript gives KEY of a path FIELD['KEY'].
func subscript(path, field string) (string, bool) {
	rest, found := strings.CutPrefix(path, field+"['")
	if !found {
		return "", false
	}
	return strings.CutSuffix(rest, "']")
}

// formatMap writes a line KEY="VALUE" for each entry, the last one without its end.
func formatMap(values map[string]string) string {
	lines := make([]string, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		lines = append(lines, key+"="+strconv.Quote(values[key]))
	}
	return strings.Join(lines, "\n")
}

// allocatable stands for a limit that is not set.
var allocatable = corev1.ResourceList{
	corev1.ResourceCPU:              resource.MustParse("8"),
	corev1.ResourceMemory:           resource.MustParse("16Gi"),
	corev1.ResourceEphemeralStorage: resource.MustParse("64Gi"),
}

// resourceField gives a request or a limit in units of the divisor, rounded up.
func resourceField(object *corev1.Pod, spec *corev1.Container, ref *corev1.ResourceFieldSelector) (string, error) {
	if ref.ContainerName != "" && (spec == nil || ref.ContainerName != spec.Name) {
		spec = nil
		for _, list := range [][]corev1.Container{object.Spec.InitContainers, object.Spec.Containers} {
			for i := range list {
				if list[i].Name == ref.ContainerName {
					spec = &list[i]
				}
			}
		}
	}
	if spec == nil {
		return "", fmt.Errorf("container %s not found", ref.ContainerName)
	}
	which, name, _ := strings.Cut(ref.Resource, ".")
	var quantity resource.Quantity
	switch which {
	case "requests":
		quantity = spec.Resources.Requests[corev1.ResourceName(name)]
	case "limits":
		known := false
		if quantity, known = spec.Resources.Limits[corev1.ResourceName(name)]; !known {
			quantity = allocatable[corev1.ResourceName(name)]
		}
	default:
		return "", fmt.Errorf("unsupported container resource: %s", ref.Resource)
	}
	value, unit := quantity.Value(), ref.Divisor.Value()
	if name == string(corev1.ResourceCPU) {
		value, unit = quantity.MilliValue(), ref.Divisor.MilliValue()
		if unit == 0 {
			unit = 1000
		}
	}
	if unit == 0 {
		unit = 1
	}
	return strconv.FormatInt((value+unit-1)/unit, 10), nil
}
