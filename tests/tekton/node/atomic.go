package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// projectedFile is a file of a volume that shows data of the API.
type projectedFile struct {
	data []byte
	mode os.FileMode
}

// stampPrefix and a number are the name of the folder with the data.
const stampPrefix = "..2000_01_01_00_00_00."

// writeAtomically makes dir show files, by their paths, all at once: like the
// kubelet, which has the data in a folder of its own and the link ..data to it.
// The name of that folder has a number instead of the time, so that two runs
// show the same. The group, if there is one, gets the files as fsGroup demands.
func writeAtomically(dir string, files map[string]projectedFile, group *int64) error {
	if err := makeFolder(dir, 0o755); err != nil {
		return err
	}
	before, err := os.Readlink(filepath.Join(dir, "..data"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if before != "" && shows(dir, files) {
		return nil
	}
	number, err := strconv.Atoi(strings.TrimPrefix(before, stampPrefix))
	if err != nil {
		number = 0
	}
	stamp := stampPrefix + strconv.Itoa(number+1)
	for path, file := range files {
		if err := writeProjected(filepath.Join(dir, stamp, path), file); err != nil {
			return err
		}
	}
	if err := makeFolder(filepath.Join(dir, stamp), 0o755); err != nil {
		return err
	}
	if err := setOwnership(filepath.Join(dir, stamp), group, true); err != nil {
		return err
	}
	temporary := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(stamp, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, filepath.Join(dir, "..data")); err != nil {
		return err
	}
	if before == "" {
		return linkNames(dir, files, group)
	}
	return os.RemoveAll(filepath.Join(dir, before))
}

// shows tells whether all files of dir have their content already.
func shows(dir string, files map[string]projectedFile) bool {
	for path, file := range files {
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || !bytes.Equal(data, file.data) {
			return false
		}
	}
	return true
}

// linkNames makes the names that a user sees. They stay the same: what changes
// later is only the content, as sources of a Pod do not change.
func linkNames(dir string, files map[string]projectedFile, group *int64) error {
	for path := range files {
		first, _, _ := strings.Cut(filepath.Clean(path), "/")
		err := os.Symlink(filepath.Join("..data", first), filepath.Join(dir, first))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	if group == nil {
		return nil
	}
	return chownToGroup(dir, *group, true)
}

func writeProjected(path string, file projectedFile) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path, file.data, file.mode); err != nil {
		return err
	}
	// Against the umask.
	return os.Chmod(path, file.mode)
}

// makeFolder makes a folder, and its parents, with exactly the mode.
func makeFolder(dir string, mode os.FileMode) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, mode.Perm()); err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

// setOwnership gives a volume to the group of fsGroup, as
// pkg/volume/volume_linux.go of Kubernetes 1.35 does; nothing without a group.
func setOwnership(dir string, group *int64, readOnly bool) error {
	if group == nil {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return chownToGroup(path, *group, readOnly)
	})
}

func chownToGroup(path string, group int64, readOnly bool) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if err := os.Lchown(path, -1, int(group)); err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return nil
	}
	mode := info.Mode() | 0o660
	if readOnly {
		mode = info.Mode() | 0o440
	}
	if info.IsDir() {
		mode |= os.ModeSetgid | 0o110
	}
	return os.Chmod(path, mode)
}
