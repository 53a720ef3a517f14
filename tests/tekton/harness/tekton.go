package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	tektonNamespace = "tekton-pipelines"
	nodeName        = "node"

	webhookProbes    = "8080"
	controllerProbes = "8081"
)

// shellImage is the one that the releases of Tekton use for what needs a shell;
// tkn-fuse takes it for helper steps.
const shellImage = "cgr.dev/chainguard/busybox@sha256:19f02276bf8dbdd62f069b922f10c65262cc34b710eea26ff928129a736be791"

// installTekton gives the cluster what `kubectl apply` of a release does, as far
// as it is not for running Tekton's programs in pods, and starts the programs:
// the controller and the webhook, unmodified. The node is there for whoever asks.
func installTekton(ctx context.Context, c *cluster, programs string, settings map[string]string, proxy *registryProxy) (*creator, error) {
	create, err := newCreator(c.config)
	if err != nil {
		return nil, err
	}
	objects, err := releaseObjects(filepath.Join(programs, "tekton", "config"), settings)
	if err != nil {
		return nil, err
	}
	for i := range objects {
		if err := create.ensure(ctx, &objects[i]); err != nil {
			return nil, fmt.Errorf("%s %s: %w", objects[i].GetKind(), objects[i].GetName(), err)
		}
	}
	if err := startTekton(ctx, c, filepath.Join(programs, "tekton"), proxy); err != nil {
		return nil, err
	}
	return create, c.until(ctx, 2*time.Minute, "Tekton", func() bool { return tektonAnswers(ctx, create) })
}

// releaseObjects are the manifests of the release that are wanted here, after
// what they refer to. `settings` replace values of the ConfigMap feature-flags.
func releaseObjects(folder string, settings map[string]string) ([]unstructured.Unstructured, error) {
	objects, err := parseObjects("built in", strings.NewReader(fmt.Sprintf(foundation, tektonNamespace, webhookAddress, nodeName)))
	if err != nil {
		return nil, err
	}
	shipped, err := readObjects(folder, nil)
	if err != nil {
		return nil, err
	}
	for _, object := range shipped {
		if object.GetKind() == "ConfigMap" && object.GetName() == "feature-flags" {
			for key, value := range settings {
				if err := unstructured.SetNestedField(object.Object, value, "data", key); err != nil {
					return nil, err
				}
			}
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// foundation is what the manifests of a release take for granted, and the Service behind which the webhook is.
const foundation = `
apiVersion: v1
kind: Namespace
metadata:
  name: %[1]s
---
apiVersion: v1
kind: Service
metadata:
  name: tekton-pipelines-webhook
  namespace: %[1]s
spec:
  clusterIP: %[2]s
  ports:
  - {name: https-webhook, port: 443}
---
apiVersion: v1
kind: Node
metadata:
  name: %[3]s
  labels:
    kubernetes.io/hostname: %[3]s
    kubernetes.io/os: linux
`

func startTekton(ctx context.Context, c *cluster, programs string, proxy *registryProxy) error {
	common := []string{
		"KUBECONFIG=" + c.kubeconfig,
		"SYSTEM_NAMESPACE=" + tektonNamespace,
		"METRICS_DOMAIN=tekton.dev/pipeline",
		"KUBERNETES_MIN_VERSION=v1.28.0",
		"CONFIG_LOGGING_NAME=config-logging",
		"CONFIG_OBSERVABILITY_NAME=config-observability",
		"CONFIG_FEATURE_FLAGS_NAME=feature-flags",
		"KUBERNETES_SERVICE_HOST=127.0.0.1",
	}
	webhook := append([]string{
		"POD_NAME=webhook", "PROBES_PORT=" + webhookProbes, "WEBHOOK_PORT=443", "METRICS_PROMETHEUS_PORT=9091", "PROFILING_PORT=8009",
		"CONFIG_LEADERELECTION_NAME=config-leader-election-webhook",
		"WEBHOOK_SERVICE_NAME=tekton-pipelines-webhook",
		"WEBHOOK_SECRET_NAME=webhook-certs",
		"WEBHOOK_ADMISSION_CONTROLLER_NAME=webhook.pipeline.tekton.dev",
	}, common...)
	if err := c.start(ctx, "webhook", webhook, filepath.Join(programs, "webhook")); err != nil {
		return err
	}
	controller := append([]string{
		"POD_NAME=controller", "PROBES_PORT=" + controllerProbes, "METRICS_PROMETHEUS_PORT=9090", "PROFILING_PORT=8008",
		"CONFIG_DEFAULTS_NAME=config-defaults",
		"CONFIG_LEADERELECTION_NAME=config-leader-election-controller",
		"CONFIG_SPIRE=config-spire",
		"HTTPS_PROXY=" + proxy.address, "NO_PROXY=127.0.0.1,localhost", "SSL_CERT_FILE=" + proxy.authority,
	}, common...)
	return c.start(ctx, "controller", controller, filepath.Join(programs, "controller"),
		"-disable-ha", "-kube-api-qps=200", "-kube-api-burst=400",
		"-entrypoint-image=tekton.test/entrypoint", "-nop-image=tekton.test/nop",
		"-sidecarlogresults-image=tekton.test/sidecarlogresults", "-workingdirinit-image=tekton.test/workingdirinit",
		"-shell-image="+shellImage, "-shell-image-win=tekton.test/powershell")
}

// tektonAnswers tells whether the webhook refuses a Task without steps in its
// own words (it can be reached, and its certificate is in place), and whether
// the controller runs.
func tektonAnswers(ctx context.Context, create *creator) bool {
	task := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "tekton.dev/v1",
		"kind":       "Task",
		"metadata":   map[string]any{"name": "probe", "namespace": tektonNamespace},
		"spec":       map[string]any{},
	}}
	err := create.create(ctx, task)
	if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), "admission webhook") {
		return false
	}
	answer, err := http.Get("http://127.0.0.1:" + controllerProbes + "/readiness")
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode == http.StatusOK
}

// programsThere says which of the programs that a cluster consists of is missing.
func programsThere(folder string) error {
	for _, name := range []string{"cluster", "record", "tekton/controller", "tekton/webhook", "tekton/ko-app/entrypoint"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}
