package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tkn-fuse/tests/tekton/record/tree"
	"tkn-fuse/tests/tekton/report"
)

func TestParseMounts(t *testing.T) {
	const text = `83 63 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/x
84 83 0:51 / /usr rw,relatime - overlay overlay rw,lowerdir=/y
85 83 254:0 /pods/1/volumes/v /work\040space rw,relatime shared:1 - ext4 /dev/vda rw
86 85 0:50 /claims/c /workspace/c ro,relatime - overlay overlay rw
`
	want := []report.Mount{{Path: "/work space"}, {Path: "/workspace/c", ReadOnly: true}}
	if got := parseMounts(text); !reflect.DeepEqual(got, want) {
		t.Errorf("mounts: %+v", got)
	}
}

func TestIsOwn(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/dev/shm": true, "/development": false, "/tekton/creds-init": true, "/tekton/creds/x": true,
		"/tekton/results": false, "/tekton/run/0": true, "/tekton/running": false, "/workspace": false,
	} {
		if got := isOwn(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestList(t *testing.T) {
	root := t.TempDir()
	for path, text := range map[string]string{"a/short": "text\n", "a/long": strings.Repeat("x", 4097), "binary": "\xff", "sub/hidden": ""} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/nowhere", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "a"), 0o770|os.ModeSetgid|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range tree.List(root, func(path string) bool { return strings.HasSuffix(path, "/sub") }) {
		if file.UID != os.Getuid() {
			t.Errorf("owner of %s: %d", file.Path, file.UID)
		}
		got = append(got, file.Path+" "+file.Mode+" "+file.Content)
	}
	want := []string{
		"a drwxrws--T ",
		"a/long -rw-r----- sha256:3e97197f4b8d46a893067c94ab15e195e3d97fb5f24eede5ef047b571240d92b",
		"a/short -rw-r----- text\n",
		"binary -rw-r----- sha256:a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89",
		"link lrwxrwxrwx /nowhere",
		"pipe prw------- ",
		"sub drwxr-xr-x ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("files:\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if single := tree.List(filepath.Join(root, "binary"), nil); len(single) != 1 || single[0].Path != "." {
		t.Errorf("a file: %+v", single)
	}
}
