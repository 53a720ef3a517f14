package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// mount is a folder or file of the node that a container has at a path.
type mount struct {
	path     string
	source   string
	readOnly bool
}

// volumeMounts gives the mounts of a container's spec. It makes the folders that
// subPath names, as makeMounts of pkg/kubelet/kubelet_pods.go does it in
// Kubernetes 1.35: with the mode of the volume, owned by root.
func (p *pod) volumeMounts(spec *corev1.Container, variables *environment) ([]mount, error) {
	var mounts []mount
	for _, of := range spec.VolumeMounts {
		source := p.volume(of.Name)
		if source == "" {
			return nil, fmt.Errorf("cannot find volume %q to mount into container %q", of.Name, spec.Name)
		}
		sub, err := subPath(of, variables)
		if err != nil {
			return nil, err
		}
		if sub != "" {
			if source, err = subFolder(source, sub); err != nil {
				p.agent.logf("subPath %s: %v", sub, err)
				return nil, fmt.Errorf("failed to prepare subPath for volumeMount %q of container %q", of.Name, spec.Name)
			}
		}
		path := filepath.Clean("/" + of.MountPath)
		mounts = append(mounts, mount{path, source, of.ReadOnly || p.isReadOnlyVolume(of.Name)})
	}
	return mounts, nil
}

func (p *pod) isReadOnlyVolume(name string) bool {
	for _, volume := range p.object().Spec.Volumes {
		if volume.Name == name {
			return isReadOnly(volume.VolumeSource)
		}
	}
	return false
}

// subPath gives subPath, or subPathExpr with its variables, of which none may be
// missing or empty.
func subPath(of corev1.VolumeMount, variables *environment) (string, error) {
	path := of.SubPath
	if of.SubPathExpr != "" {
		var missing []string
		path = expand(of.SubPathExpr, func(name string) (string, bool) {
			value, _ := variables.lookup(name)
			if value == "" {
				missing = append(missing, name)
			}
			return value, true
		})
		if len(missing) > 0 {
			slices.Sort(missing)
			return "", fmt.Errorf("missing value for %s", strings.Join(slices.Compact(missing), ", "))
		}
	}
	if filepath.IsAbs(path) {
		return "", fmt.Errorf("error SubPath `%s` must not be an absolute path", path)
	}
	if slices.Contains(strings.Split(path, "/"), "..") {
		return "", fmt.Errorf("unable to provision SubPath `%s`: must not contain '..'", path)
	}
	return path, nil
}

// subFolder gives a path in a volume, and makes the folders that are missing.
// Links may not lead out of the volume.
func subFolder(volume, path string) (string, error) {
	info, err := os.Stat(volume)
	if err != nil {
		return "", err
	}
	mode := info.Mode() & (os.ModePerm | os.ModeSetgid)
	tree := view{root: volume}
	return tree.ensure(path, mode)
}

// view is a file system as a process sees it that has mounts above root.
type view struct {
	root   string
	mounts []mount
}

// place gives the path on the node of a path without links.
func (v view) place(path string) string {
	best := mount{path: "/", source: v.root}
	for _, candidate := range v.mounts {
		inside := path == candidate.path || strings.HasPrefix(path, strings.TrimSuffix(candidate.path, "/")+"/")
		if inside && len(candidate.path) >= len(best.path) {
			best = candidate
		}
	}
	return filepath.Join(best.source, strings.TrimPrefix(path, best.path))
}

// mounted tells whether a path without links is at or below a mount.
func (v view) mounted(path string) bool {
	return slices.ContainsFunc(v.mounts, func(m mount) bool {
		return path == m.path || strings.HasPrefix(path, m.path+"/")
	})
}

// resolve follows the links of a path and gives the path without them. Where
// something is missing, missing is called, which may make it.
func (v view) resolve(path string, missing func(place string) error) (string, error) {
	rest := strings.Split(path, "/")
	at := "/"
	for steps := 0; len(rest) > 0; steps++ {
		if steps > 1000 {
			return "", &fs.PathError{Op: "resolve", Path: path, Err: errors.New("too many links")}
		}
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		next := filepath.Join(at, name)
		info, err := os.Lstat(v.place(next))
		if errors.Is(err, fs.ErrNotExist) && missing != nil {
			err = missing(v.place(next))
			if err == nil {
				info, err = os.Lstat(v.place(next))
			}
		}
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		target, err := os.Readlink(v.place(next))
		if err != nil {
			return "", err
		}
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return at, nil
}

// ensure makes the folders of a path that are missing and gives its place on the node.
func (v view) ensure(path string, mode os.FileMode) (string, error) {
	resolved, err := v.resolve(path, func(place string) error {
		if err := os.Mkdir(place, mode.Perm()); err != nil {
			return err
		}
		return os.Chmod(place, mode)
	})
	if err != nil {
		return "", err
	}
	return v.place(resolved), nil
}
