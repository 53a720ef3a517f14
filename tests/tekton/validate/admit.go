package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tektoncd/pipeline/pkg/apis/config"
	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1alpha1"
	"github.com/tektoncd/pipeline/pkg/apis/pipeline/v1beta1"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8sjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"knative.dev/pkg/apis"
	webhookjson "knative.dev/pkg/webhook/json"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// tektonGroup is the API group whose kinds the server must know.
const tektonGroup = "tekton.dev"

// maxGenerateName is how much of a generateName the server keeps before it
// adds five characters of its own.
const maxGenerateName = 58

// resource is an object that Tekton's admission webhooks can handle.
type resource interface {
	runtime.Object
	apis.Defaultable
	apis.Validatable
}

// webhookTypes are the kinds that Tekton registers with its admission webhooks.
var webhookTypes = map[schema.GroupVersionKind]resource{
	v1.SchemeGroupVersion.WithKind("Task"):             &v1.Task{},
	v1.SchemeGroupVersion.WithKind("Pipeline"):         &v1.Pipeline{},
	v1.SchemeGroupVersion.WithKind("TaskRun"):          &v1.TaskRun{},
	v1.SchemeGroupVersion.WithKind("PipelineRun"):      &v1.PipelineRun{},
	v1beta1.SchemeGroupVersion.WithKind("Task"):        &v1beta1.Task{},
	v1beta1.SchemeGroupVersion.WithKind("Pipeline"):    &v1beta1.Pipeline{},
	v1beta1.SchemeGroupVersion.WithKind("TaskRun"):     &v1beta1.TaskRun{},
	v1beta1.SchemeGroupVersion.WithKind("PipelineRun"): &v1beta1.PipelineRun{},
	v1beta1.SchemeGroupVersion.WithKind("CustomRun"):   &v1beta1.CustomRun{},
	v1beta1.SchemeGroupVersion.WithKind("StepAction"):  &v1beta1.StepAction{},
	v1alpha1.SchemeGroupVersion.WithKind("StepAction"): &v1alpha1.StepAction{},
}

// admission does what a request to create an object goes through in the API
// server: strict decoding, the mutating webhook, the schema, the validating
// webhook.
type admission struct {
	schemas map[schema.GroupVersionKind]*crdSchema
	ctx     context.Context
}

// newAdmission sets up a server with the CRDs and the ConfigMaps of a release,
// as they are in the `config` folder of its sources.
func newAdmission(folder string) (*admission, error) {
	schemas, err := loadSchemas(filepath.Join(folder, "300-crds"))
	if err != nil {
		return nil, err
	}
	// A setting that Tekton cannot read ends in a panic with its reason.
	log, err := zap.NewProduction(zap.IncreaseLevel(zap.ErrorLevel), zap.WithFatalHook(zapcore.WriteThenPanic))
	if err != nil {
		return nil, err
	}
	store := config.NewStore(log.Sugar())
	for _, file := range []string{"config-defaults.yaml", "config-feature-flags.yaml"} {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return nil, err
		}
		var settings corev1.ConfigMap
		if err := yaml.Unmarshal(text, &settings); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		store.OnConfigChanged(&settings)
	}
	// The webhooks see every object as one that somebody creates.
	ctx := apis.WithinCreate(store.ToContext(context.Background()))
	ctx = apis.WithUserInfo(ctx, &authenticationv1.UserInfo{Username: "tkn-fuse"})
	return &admission{schemas, ctx}, nil
}

// admit returns the objections to an object. Like the server, it stops after
// the first stage that has any.
func (a *admission) admit(raw []byte) (messages []string) {
	defer func() {
		if r := recover(); r != nil {
			messages = []string{fmt.Sprintf("the webhook panics: %v", r)}
		}
	}()
	var sent unstructured.Unstructured
	if err := sent.UnmarshalJSON(raw); err != nil {
		return []string{err.Error()}
	}
	gvk := sent.GroupVersionKind()
	crd := a.schemas[gvk]
	if crd == nil {
		if gvk.Group == tektonGroup {
			return []string{fmt.Sprintf("no matches for kind %q in version %q", gvk.Kind, gvk.GroupVersion())}
		}
		return nil
	}
	target, hasWebhook := webhookTypes[gvk]
	if !hasWebhook {
		return firstOf(
			func() []string { return crd.unknownFields(sent.Object) },
			func() []string { return metadataProblems(&sent) },
			func() []string { return crd.violations(sent.Object) },
		)
	}
	typed := target.DeepCopyObject().(resource)
	var stored unstructured.Unstructured
	return firstOf(
		func() []string { return decode(raw, typed, crd.unknownFields(sent.Object)) },
		func() []string { return a.mutate(typed, &stored) },
		func() []string { return append(metadataProblems(&stored), crd.violations(stored.Object)...) },
		func() []string { return a.validate(stored.Object, target.DeepCopyObject().(resource)) },
	)
}

func firstOf(stages ...func() []string) []string {
	for _, stage := range stages {
		if messages := stage(); len(messages) > 0 {
			return messages
		}
	}
	return nil
}

// decode reads the object into Tekton's own type, unless the schema knows
// better. Where the schema leaves embedded specs open, the webhook's decoder
// decides: other than the server's it takes `mountpath` for `mountPath`.
func decode(raw []byte, into resource, refused []string) []string {
	if len(refused) > 0 {
		return refused
	}
	err := webhookjson.Decode(raw, into, true)
	if err == nil {
		return nil
	}
	// The server's decoder goes on after an unknown field, and tells its path.
	strict, wrongType := kjson.UnmarshalStrict(raw, into.DeepCopyObject())
	if wrongType != nil {
		strict = append(strict, wrongType)
	}
	if len(strict) == 0 {
		strict = append(strict, err)
	}
	var messages []string
	for _, err := range strict {
		messages = append(messages, err.Error())
	}
	return messages
}

// mutate sets the defaults, and yields the object as the server then has it.
func (a *admission) mutate(object resource, stored *unstructured.Unstructured) []string {
	object.SetDefaults(a.ctx)
	raw, err := json.Marshal(object)
	if err == nil {
		err = k8sjson.Unmarshal(raw, &stored.Object)
	}
	if err != nil {
		return []string{err.Error()}
	}
	// A status cannot be created.
	delete(stored.Object, "status")
	return nil
}

// metadataProblems fills in what kubectl and the server would, and checks the
// metadata by the rules that hold for every custom resource.
func metadataProblems(object *unstructured.Unstructured) []string {
	if object.GetNamespace() == "" {
		object.SetNamespace(corev1.NamespaceDefault)
	}
	if base := object.GetGenerateName(); object.GetName() == "" && base != "" {
		object.SetName(base[:min(len(base), maxGenerateName)] + "xxxxx")
	}
	var messages []string
	for _, err := range validation.ValidateObjectMetaAccessor(object, true, validation.NameIsDNSSubdomain, field.NewPath("metadata")) {
		messages = append(messages, err.Error())
	}
	return messages
}

// validate asks the validating webhook, which sees the object as it is to be stored.
func (a *admission) validate(stored map[string]any, into resource) []string {
	raw, err := json.Marshal(stored)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return []string{err.Error()}
	}
	var messages []string
	// A warning does not keep an object out.
	for _, err := range into.Validate(a.ctx).Filter(apis.ErrorLevel).WrappedErrors() {
		messages = append(messages, err.Error())
	}
	return messages
}
