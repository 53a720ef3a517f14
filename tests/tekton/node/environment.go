package node

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// environment is a list of variables that keeps the order in which they came.
type environment struct {
	names  []string
	values map[string]string
}

func (e *environment) set(name, value string) {
	if e.values == nil {
		e.values = map[string]string{}
	}
	if _, known := e.values[name]; !known {
		e.names = append(e.names, name)
	}
	e.values[name] = value
}

func (e *environment) lookup(name string) (string, bool) {
	value, known := e.values[name]
	return value, known
}

func (e *environment) list() []string {
	list := make([]string, 0, len(e.names))
	for _, name := range e.names {
		list = append(list, name+"="+e.values[name])
	}
	return list
}

// serviceHost and servicePort are where the API server seems to be.
const (
	serviceHost = "10.96.0.1"
	servicePort = "443"
)

// serviceVariables are those of the service `kubernetes`, which the kubelet gives
// to every container (pkg/kubelet/envvars of Kubernetes 1.35).
func serviceVariables() *environment {
	e := &environment{}
	address := net.JoinHostPort(serviceHost, servicePort)
	e.set("KUBERNETES_SERVICE_HOST", serviceHost)
	e.set("KUBERNETES_SERVICE_PORT", servicePort)
	e.set("KUBERNETES_SERVICE_PORT_HTTPS", servicePort)
	e.set("KUBERNETES_PORT", "tcp://"+address)
	e.set("KUBERNETES_PORT_443_TCP", "tcp://"+address)
	e.set("KUBERNETES_PORT_443_TCP_PROTO", "tcp")
	e.set("KUBERNETES_PORT_443_TCP_PORT", servicePort)
	e.set("KUBERNETES_PORT_443_TCP_ADDR", serviceHost)
	return e
}

// variables gives what a container's spec and the kubelet say of its environment,
// as makeEnvironmentVariables of pkg/kubelet/kubelet_pods.go does it in Kubernetes
// 1.35; the order is random there. The error of a missing object or key is what
// the status of the container shall say.
func (p *pod) variables(spec *corev1.Container) (*environment, error) {
	e, services := &environment{}, serviceVariables()
	for _, source := range spec.EnvFrom {
		data, err := p.envFrom(source)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(data)) {
			e.set(source.Prefix+key, data[key])
		}
	}
	lookup := func(name string) (string, bool) {
		if value, known := e.lookup(name); known {
			return value, true
		}
		return services.lookup(name)
	}
	for _, variable := range spec.Env {
		value, present := expand(variable.Value, lookup), true
		if variable.Value == "" && variable.ValueFrom != nil {
			var err error
			if value, present, err = p.valueFrom(variable.ValueFrom, spec); err != nil {
				return nil, err
			}
		}
		if present {
			e.set(variable.Name, value)
		}
	}
	for _, name := range services.names {
		if _, known := e.lookup(name); !known {
			e.set(name, services.values[name])
		}
	}
	return e, nil
}

func (p *pod) envFrom(source corev1.EnvFromSource) (map[string]string, error) {
	switch {
	case source.ConfigMapRef != nil:
		data, err := p.configMap(source.ConfigMapRef.Name, source.ConfigMapRef.Optional)
		return texts(data), err
	case source.SecretRef != nil:
		data, err := p.secret(source.SecretRef.Name, source.SecretRef.Optional)
		return texts(data), err
	}
	return nil, nil
}

// valueFrom gives the value of a variable; false if an optional one has none.
func (p *pod) valueFrom(source *corev1.EnvVarSource, spec *corev1.Container) (string, bool, error) {
	switch {
	case source.FieldRef != nil:
		value, err := p.field(source.FieldRef.FieldPath)
		return value, true, err
	case source.ResourceFieldRef != nil:
		value, err := resourceField(p.object(), spec, source.ResourceFieldRef)
		return value, true, err
	case source.ConfigMapKeyRef != nil:
		ref := source.ConfigMapKeyRef
		data, err := p.configMap(ref.Name, ref.Optional)
		return p.entry(data, ref.Key, ref.Optional, "ConfigMap", ref.Name, err)
	case source.SecretKeyRef != nil:
		ref := source.SecretKeyRef
		data, err := p.secret(ref.Name, ref.Optional)
		return p.entry(data, ref.Key, ref.Optional, "Secret", ref.Name, err)
	}
	return "", false, fmt.Errorf("this source of a variable is not supported")
}

func (p *pod) entry(data map[string][]byte, key string, optional *bool, kind, name string, err error) (string, bool, error) {
	if err != nil {
		return "", false, err
	}
	value, known := data[key]
	if !known && !isTrue(optional) {
		return "", false, fmt.Errorf("couldn't find key %s in %s %s/%s", key, kind, p.namespace, name)
	}
	return string(value), known, nil
}

// configMap gives all data of a ConfigMap; nothing if it is optional and missing.
func (p *pod) configMap(name string, optional *bool) (map[string][]byte, error) {
	object, err := p.agent.client.CoreV1().ConfigMaps(p.namespace).Get(p.agent.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && isTrue(optional) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data := maps.Clone(object.BinaryData)
	if data == nil {
		data = map[string][]byte{}
	}
	for key, value := range object.Data {
		data[key] = []byte(value)
	}
	return data, nil
}

// secret gives all data of a Secret; nothing if it is optional and missing.
func (p *pod) secret(name string, optional *bool) (map[string][]byte, error) {
	object, err := p.agent.client.CoreV1().Secrets(p.namespace).Get(p.agent.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) && isTrue(optional) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return object.Data, nil
}

func texts(data map[string][]byte) map[string]string {
	result := make(map[string]string, len(data))
	for key, value := range data {
		result[key] = string(value)
	}
	return result
}

// processVariables is the environment of the process: that of the image, what a
// runtime adds, and that of the container, in this order and each later one
// replacing an earlier one in place, as containerd has it. crun adds HOME unless home
// says it.
func processVariables(hostname, home string, container *environment) []string {
	e := &environment{}
	name, value, _ := strings.Cut(searchPath, "=")
	e.set(name, value)
	e.set("HOSTNAME", hostname)
	if home != "" {
		e.set("HOME", home)
	}
	for _, name := range container.names {
		e.set(name, container.values[name])
	}
	return e.list()
}

// commandLine is what the container runs: command and args, expanded, in the
// place of what the image says.
func commandLine(spec *corev1.Container, image image, variables *environment) []string {
	command, args := spec.Command, spec.Args
	if len(command) == 0 {
		command = image.entrypoint
		if len(args) == 0 {
			args = image.cmd
		}
	}
	line := make([]string, 0, len(command)+len(args))
	for _, word := range slices.Concat(command, args) {
		line = append(line, expand(word, variables.lookup))
	}
	return line
}

func isTrue(b *bool) bool {
	return b != nil && *b
}
