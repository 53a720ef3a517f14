package node

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// rootFS is the root file system of one container: its image, with what the
// container writes above it.
type rootFS struct {
	// path is where it is mounted, to be seen from the thread for mounts only.
	path   string
	mounts []string
}

// mountRoot mounts the image root, a folder of images, in dir. An image with a
// layer root.usr has the /usr of this machine below that.
func mountRoot(images, root, dir string) (*rootFS, error) {
	r := &rootFS{path: filepath.Join(dir, "root")}
	if err := r.overlay(filepath.Join(images, root), filepath.Join(dir, "layer"), r.path); err != nil {
		return nil, err
	}
	usr := filepath.Join(images, root+".usr")
	if _, err := os.Stat(usr); err != nil {
		return r, nil
	}
	if err := r.overlay(usr+":/usr", filepath.Join(dir, "layer.usr"), filepath.Join(r.path, "usr")); err != nil {
		r.unmount()
		return nil, err
	}
	return r, nil
}

// overlay mounts lower at path; changes go to a folder below layer.
func (r *rootFS) overlay(lower, layer, path string) error {
	upper, work := filepath.Join(layer, "upper"), filepath.Join(layer, "work")
	for _, dir := range []string{upper, work, path} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	options := "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work
	if err := unix.Mount("overlay", path, "overlay", 0, options); err != nil {
		return &os.PathError{Op: "mount", Path: path, Err: err}
	}
	r.mounts = append(r.mounts, path)
	return nil
}

func (r *rootFS) unmount() {
	for i := len(r.mounts) - 1; i >= 0; i-- {
		_ = unix.Unmount(r.mounts[i], unix.MNT_DETACH)
	}
}
