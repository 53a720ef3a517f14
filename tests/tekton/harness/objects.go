package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"tkn-fuse/tests/tekton/manifest"
)

// readObjects reads a file, or a folder's YAML files, as kubectl does. What
// kubectl would not send is an error.
func readObjects(path string, stdin io.Reader) ([]unstructured.Unstructured, error) {
	info, err := os.Stat(path)
	switch {
	case path == "-":
		return parseObjects(path, stdin)
	case err != nil:
		return nil, err
	case !info.IsDir():
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return parseObjects(path, file)
	}
	var all []unstructured.Unstructured
	err = filepath.WalkDir(path, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".yaml") && !strings.HasSuffix(file, ".yml") {
			return err
		}
		objects, err := readObjects(file, nil)
		all = append(all, objects...)
		return err
	})
	return all, err
}

func parseObjects(name string, in io.Reader) ([]unstructured.Unstructured, error) {
	var objects []unstructured.Unstructured
	var problems []string
	err := manifest.Each(in, func(o manifest.Object) {
		var object unstructured.Unstructured
		if len(o.Problems) == 0 {
			if err := object.UnmarshalJSON(o.Raw); err == nil {
				objects = append(objects, object)
				return
			} else {
				o.Problems = append(o.Problems, err.Error())
			}
		}
		problems = append(problems, fmt.Sprintf("%s:%d %s/%s: %s", name, o.Index, o.Kind, o.Name, strings.Join(o.Problems, "; ")))
	})
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%s", strings.Join(problems, "\n"))
	}
	return objects, err
}

// creator creates objects of any kind.
type creator struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

func newCreator(config *rest.Config) (*creator, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	kinds, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &creator{client, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kinds))}, nil
}

// resource is where objects of the kind of this one are.
func (c *creator) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		// The kind may be newer than what the server was last asked for.
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return c.client.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
	}
	return c.client.Resource(mapping.Resource), nil
}

// create creates the object as `kubectl create` does: a field that the server does not know is an error.
func (c *creator) create(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := c.resource(object)
	if err != nil {
		return err
	}
	_, err = resource.Create(ctx, object, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	return err
}

// ensure creates the object unless it is there.
func (c *creator) ensure(ctx context.Context, object *unstructured.Unstructured) error {
	if err := c.create(ctx, object); !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}
