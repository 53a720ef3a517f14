package node

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// searchPath is the PATH of the images, and of a container whose image has none.
const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// missingImage in a name means an image that no registry has.
const missingImage = "image-does-not-exist"

// image is a root file system, as a folder that BuildImages makes, and the
// settings of an image.
type image struct {
	// globs are patterns of path.Match for the last component of a name.
	globs      []string
	root       string
	entrypoint []string
	cmd        []string
	user       string
}

// images is the table of all images; the first match counts.
var images = []image{
	{globs: []string{"entrypoint", "entrypoint-*"}, root: "tekton", entrypoint: []string{"/ko-app/entrypoint"}},
	{globs: []string{"nop", "nop-*"}, root: "tekton", entrypoint: []string{"/ko-app/nop"}},
	{globs: []string{"workingdirinit", "workingdirinit-*"}, root: "tekton", entrypoint: []string{"/ko-app/workingdirinit"}},
	{globs: []string{"sidecarlogresults", "sidecarlogresults-*"}, root: "tekton", entrypoint: []string{"/ko-app/sidecarlogresults"}},
	{globs: []string{"*-nonroot"}, root: "busybox", cmd: []string{"sh"}, user: "1000"},
	{globs: []string{"scratch", "static", "distroless*", "*-noshell"}, root: "scratch", entrypoint: []string{"/app"}},
	{globs: []string{"busybox", "alpine", "shell", "*-shell"}, root: "busybox", cmd: []string{"sh"}},
	{globs: []string{"bash"}, root: "full", entrypoint: []string{"docker-entrypoint.sh"}, cmd: []string{"bash"}},
	{globs: []string{"git"}, root: "full", entrypoint: []string{"git"}, cmd: []string{"--help"}},
	{globs: []string{"python"}, root: "full", cmd: []string{"python3"}},
	{globs: []string{"*"}, root: "full", cmd: []string{"bash"}},
}

// imageOf finds the image that a reference names. Tag and digest do not matter.
func imageOf(reference string) (image, error) {
	if _, err := name.ParseReference(reference, name.WeakValidation); err != nil {
		return image{}, fmt.Errorf("couldn't parse image name %q: %w", reference, err)
	}
	last := path.Base(repository(reference))
	for _, candidate := range images {
		for _, glob := range candidate.globs {
			if matched, err := path.Match(glob, last); err == nil && matched {
				return candidate, nil
			}
		}
	}
	return image{}, fmt.Errorf("no image for %q", reference)
}

// repository is a reference without tag and digest.
func repository(reference string) string {
	reference, _, _ = strings.Cut(reference, "@")
	if colon := strings.LastIndex(reference, ":"); colon > strings.LastIndex(reference, "/") {
		reference = reference[:colon]
	}
	return reference
}

// content is the image as a registry has it: without layers.
func (i image) content() (v1.Image, error) {
	return mutate.ConfigFile(empty.Image, &v1.ConfigFile{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		// Makes the digests of images with the same settings differ.
		Author: i.root,
		Config: v1.Config{
			Entrypoint: i.entrypoint,
			Cmd:        i.cmd,
			Env:        []string{searchPath},
			User:       i.user,
			WorkingDir: "/",
		},
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
	})
}

// id is the imageID of a container's status: the name with the digest of the content.
func (i image) id(reference string) (string, error) {
	content, err := i.content()
	if err != nil {
		return "", err
	}
	digest, err := content.Digest()
	if err != nil {
		return "", err
	}
	return repository(reference) + "@" + digest.String(), nil
}
