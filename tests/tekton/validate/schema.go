package main

import (
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	"sigs.k8s.io/yaml"
)

// crdSchema is the schema of one served version of a custom resource.
type crdSchema struct {
	structural *structural.Structural
	validator  *validate.SchemaValidator
}

// loadSchemas reads every CustomResourceDefinition of the folder.
func loadSchemas(folder string) (map[schema.GroupVersionKind]*crdSchema, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no CRDs in %s", folder)
	}
	schemas := map[schema.GroupVersionKind]*crdSchema{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &crd); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, version := range crd.Spec.Versions {
			if !version.Served {
				continue
			}
			gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}
			if schemas[gvk], err = newSchema(version.Schema); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return schemas, nil
}

func newSchema(declared *apiextensionsv1.CustomResourceValidation) (*crdSchema, error) {
	var internal apiextensions.CustomResourceValidation
	err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(declared, &internal, nil)
	if err != nil {
		return nil, err
	}
	s, err := structural.NewStructural(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	return &crdSchema{s, validate.NewSchemaValidator(s.ToKubeOpenAPI(), nil, "", strfmt.Default)}, nil
}

// unknownFields says which fields neither the schema nor the metadata of
// Kubernetes has, and removes them.
func (s *crdSchema) unknownFields(fields map[string]any) []string {
	_, _, paths, err := objectmeta.GetObjectMetaWithOptions(fields, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return []string{"metadata: " + err.Error()}
	}
	options := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	paths = append(paths, pruning.PruneWithOptions(fields, s.structural, true, options)...)
	var messages []string
	for _, path := range paths {
		messages = append(messages, fmt.Sprintf("unknown field %q", path))
	}
	return messages
}

// violations says which rules of the schema the object breaks.
func (s *crdSchema) violations(fields map[string]any) []string {
	var messages []string
	for _, err := range s.validator.Validate(fields).Errors {
		messages = append(messages, err.Error())
	}
	for _, err := range listtype.ValidateListSetsAndMaps(nil, s.structural, fields) {
		messages = append(messages, err.Error())
	}
	return messages
}
