package node

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func TestExpand(t *testing.T) {
	values := map[string]string{"A": "x", "B": "$(A)", "": "empty"}
	lookup := func(name string) (string, bool) {
		value, known := values[name]
		return value, known
	}
	for text, want := range map[string]string{
		"":              "",
		"$(A)":          "x",
		"a$(A)$(A)b":    "axxb",
		"$(B)":          "$(A)",
		"$(C)":          "$(C)",
		"$$(A)":         "$(A)",
		"$$$(A)":        "$x",
		"$$$$":          "$$",
		"$":             "$",
		"a$":            "a$",
		"$A":            "$A",
		"$é(A)":         "$é(A)",
		"$()":           "empty",
		"$(A":           "$(A",
		"$(A$(A)":       "$(A$(A)",
		"$(":            "$(",
		"$(C)$(A)$$(A)": "$(C)x$(A)",
	} {
		if got := expand(text, lookup); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

func TestRegistry(t *testing.T) {
	server := httptest.NewServer(Registry())
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for _, test := range []struct{ image, command string }{
		{"any/folder/busybox:1.36", "[] [sh]"},
		{"scratch", "[/app] []"},
		{"x/entrypoint:v1", "[/ko-app/entrypoint] []"},
		{"whatever:latest", "[] [bash]"},
	} {
		reference, err := name.ParseReference(host + "/" + test.image)
		if err != nil {
			t.Fatal(err)
		}
		got, err := remote.Image(reference)
		if err != nil {
			t.Fatal(test.image, err)
		}
		settings, err := got.ConfigFile()
		if err != nil {
			t.Fatal(test.image, err)
		}
		if command := strings.Join([]string{list(settings.Config.Entrypoint), list(settings.Config.Cmd)}, " "); command != test.command {
			t.Errorf("%s: %s", test.image, command)
		}
		digest, err := got.Digest()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := remote.Image(reference.Context().Digest(digest.String())); err != nil {
			t.Errorf("%s by its digest: %v", test.image, err)
		}
		byID, err := imageOf(test.image)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := byID.id(test.image); err != nil || !strings.HasSuffix(id, "@"+digest.String()) {
			t.Errorf("%s: imageID %s, digest %s, %v", test.image, id, digest, err)
		}
	}
	for _, image := range []string{"image-does-not-exist:1", "x/image-does-not-exist-2", "busybox@sha256:" + strings.Repeat("0", 64)} {
		reference, err := name.ParseReference(host + "/" + image)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := remote.Get(reference); err == nil || !strings.Contains(err.Error(), "MANIFEST_UNKNOWN") {
			t.Errorf("%s: %v", image, err)
		}
	}
}

func list(words []string) string { return "[" + strings.Join(words, " ") + "]" }

func TestImageOf(t *testing.T) {
	for reference, want := range map[string]string{
		"localhost:5000/busybox": "busybox",
		"docker.io/library/busybox:1@sha256:" + strings.Repeat("a", 64): "busybox",
		"tekton.test/nop":                  "tekton",
		"gcr.io/distroless/static:nonroot": "scratch",
		"a/b-shell":                        "busybox",
		"alpine/git":                       "full",
	} {
		if got, err := imageOf(reference); err != nil || got.root != want {
			t.Errorf("%s: %s, %v", reference, got.root, err)
		}
	}
	if _, err := imageOf("Upper"); err == nil {
		t.Error("an invalid name is accepted")
	}
}

func TestCapabilities(t *testing.T) {
	own := ownCapabilities()
	if !slices.Contains(own, "CHOWN") || !slices.Contains(own, "SYS_ADMIN") {
		t.Skip("not root")
	}
	for _, test := range []struct {
		add, drop  []corev1.Capability
		privileged bool
		with, want []string
	}{
		{with: []string{"CHOWN", "SYS_ADMIN"}, want: []string{"CAP_CHOWN"}},
		{add: []corev1.Capability{"SYS_ADMIN"}, drop: []corev1.Capability{"CHOWN"}, with: []string{"CHOWN", "SYS_ADMIN"}, want: []string{"CAP_SYS_ADMIN"}},
		{add: []corev1.Capability{"CAP_SYS_ADMIN"}, drop: []corev1.Capability{"ALL"}, want: []string{"CAP_SYS_ADMIN"}},
		{add: []corev1.Capability{"ALL"}, with: []string{"CHOWN", "SYS_ADMIN"}, want: []string{"CAP_CHOWN", "CAP_SYS_ADMIN"}},
		{drop: []corev1.Capability{"ALL"}, privileged: true, with: []string{"CHOWN", "SYS_ADMIN"}, want: []string{"CAP_CHOWN", "CAP_SYS_ADMIN"}},
	} {
		given := capabilities(corev1.SecurityContext{Privileged: &test.privileged, Capabilities: &corev1.Capabilities{Add: test.add, Drop: test.drop}})
		got := given.Bounding
		if test.with != nil {
			got = slices.DeleteFunc(slices.Clone(got), func(name string) bool { return !slices.Contains(test.with, strings.TrimPrefix(name, "CAP_")) })
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("add %v, drop %v: %v, not %v", test.add, test.drop, got, test.want)
		}
	}
}

func TestView(t *testing.T) {
	root, volume := t.TempDir(), t.TempDir()
	for path, target := range map[string]string{"lib": "usr/lib", "up": "../../../etc", "loop": "loop", "to-volume": "/mnt/v/deep"} {
		if err := os.Symlink(target, filepath.Join(root, path)); err != nil {
			t.Fatal(err)
		}
	}
	seen := view{root: root, mounts: []mount{{path: "/mnt/v", source: volume}}}
	for path, want := range map[string]string{
		"/a/b":         filepath.Join(root, "a/b"),
		"/lib/x":       filepath.Join(root, "usr/lib/x"),
		"/up/passwd":   filepath.Join(root, "etc/passwd"),
		"/mnt/v":       volume,
		"/mnt/v/../w":  filepath.Join(root, "mnt/w"),
		"/to-volume/x": filepath.Join(volume, "deep/x"),
	} {
		if got, err := seen.ensure(path, 0o755); err != nil || got != want {
			t.Errorf("%s: %s, %v", path, got, err)
		}
		if info, err := os.Stat(want); err != nil || !info.IsDir() {
			t.Errorf("%s was not made: %v", want, err)
		}
	}
	if got, err := seen.ensure("/loop", 0o755); err == nil {
		t.Errorf("a loop leads to %s", got)
	}
}

func TestFields(t *testing.T) {
	if got := formatMap(map[string]string{"b": "2", "a": "line\n\"1\""}); got != "a=\"line\\n\\\"1\\\"\"\nb=\"2\"" {
		t.Errorf("labels are %q", got)
	}
	object := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
		Limits: corev1.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("1025Ki")},
	}}}}}
	for _, test := range []struct{ resource, divisor, want string }{
		{"limits.cpu", "", "2"}, {"limits.cpu", "1m", "1500"}, {"limits.memory", "1Mi", "2"}, {"limits.memory", "", "1049600"}, {"requests.cpu", "", "0"},
	} {
		ref := &corev1.ResourceFieldSelector{ContainerName: "c", Resource: test.resource}
		if test.divisor != "" {
			ref.Divisor = resource.MustParse(test.divisor)
		}
		if got, err := resourceField(object, nil, ref); err != nil || got != test.want {
			t.Errorf("%s in %s: %s, %v", test.resource, test.divisor, got, err)
		}
	}
}

func TestWriteAtomically(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v")
	write := func(text string) {
		t.Helper()
		if err := writeAtomically(dir, map[string]projectedFile{"a/b": {[]byte(text), 0o640}}, nil); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "a/b")); err != nil || string(got) != text {
			t.Errorf("file is %q, %v", got, err)
		}
	}
	write("one")
	write("one")
	if target, _ := os.Readlink(filepath.Join(dir, "..data")); target != stampPrefix+"1" {
		t.Errorf("the same text was written again: %s", target)
	}
	write("two")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("folder has %v, %v", entries, err)
	}
}
