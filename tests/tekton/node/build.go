package node

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Tools are the programs that go into images.
type Tools struct {
	// KoApp is a folder with Tekton's entrypoint, nop, workingdirinit and
	// sidecarlogresults, built without cgo.
	KoApp string
	// Record is the program ../record, built without cgo.
	Record string
}

// busyboxPath is where Debian's busybox-static puts its program.
const busyboxPath = "/usr/bin/busybox"

// BuildImages makes the root file systems of the table in images.go in dir:
//
//	tekton   Tekton's own programs, in /ko-app
//	busybox  Debian's static busybox, and nothing else
//	full     the /usr of this machine without /usr/local, and a new rest
//	scratch  the program /app, see ../record/app.go
//
// Their root folder is the folder of that name in dir; full.usr is a layer that
// belongs above the /usr of this machine.
func BuildImages(dir string, tools Tools) error {
	for name, build := range map[string]func(string) error{
		"tekton":   func(root string) error { return buildTekton(root, tools.KoApp) },
		"busybox":  buildBusybox,
		"full":     buildFull,
		"full.usr": buildUsr,
		"scratch":  func(root string) error { return buildScratch(root, tools.Record) },
	} {
		root := filepath.Join(dir, name)
		if err := os.RemoveAll(root); err != nil {
			return err
		}
		if err := os.MkdirAll(root, 0o755); err != nil {
			return err
		}
		if err := build(root); err != nil {
			return fmt.Errorf("image %s: %w", name, err)
		}
	}
	return copyFile(tools.Record, filepath.Join(dir, "record"), 0o755)
}

func buildTekton(root, koApp string) error {
	if err := skeleton(root); err != nil {
		return err
	}
	for _, name := range []string{"entrypoint", "nop", "workingdirinit", "sidecarlogresults"} {
		if err := copyFile(filepath.Join(koApp, name), filepath.Join(root, "ko-app", name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func buildScratch(root, record string) error {
	if err := skeleton(root); err != nil {
		return err
	}
	return copyFile(record, filepath.Join(root, "app"), 0o755)
}

func buildBusybox(root string) error {
	if err := skeleton(root); err != nil {
		return err
	}
	if err := copyFile(busyboxPath, filepath.Join(root, "bin/busybox"), 0o755); err != nil {
		return err
	}
	applets, err := exec.Command(busyboxPath, "--list").Output()
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(applets)) {
		err := os.Symlink("busybox", filepath.Join(root, "bin", name))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	// Scripts rely on it, and the images have it.
	return symlinks(root, map[string]string{"usr/bin/env": "/bin/env"})
}

// buildFull makes all but /usr.
func buildFull(root string) error {
	if err := skeleton(root); err != nil {
		return err
	}
	for _, dir := range []string{"boot", "home/app", "media", "mnt", "opt", "run/lock", "srv", "usr", "var/cache", "var/lib", "var/log", "var/spool"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chown(filepath.Join(root, "home/app"), 1000, 1000); err != nil {
		return err
	}
	for name, line := range map[string]string{"etc/passwd": "app:x:1000:1000:app:/home/app:/bin/bash\n", "etc/group": "app:x:1000:\n"} {
		if err := appendTo(filepath.Join(root, name), line); err != nil {
			return err
		}
	}
	links := map[string]string{
		"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
		"var/run": "/run", "var/tmp": "/tmp", "etc/os-release": "../usr/lib/os-release",
	}
	if err := symlinks(root, links); err != nil {
		return err
	}
	// The programs below /usr refer to these.
	for _, path := range []string{"/etc/ld.so.cache", "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/openssl.cnf", "/etc/debian_version"} {
		err := copyFile(path, filepath.Join(root, path), 0o644)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return copyLinks("/etc/alternatives", filepath.Join(root, "etc/alternatives"))
}

// bashEntrypoint does what the entrypoint of the image `bash` does: it runs its
// arguments, in bash if the first one is an option.
const bashEntrypoint = `#!/bin/sh
case $1 in
-*) exec bash "$@" ;;
esac
exec "$@"
`

// buildUsr hides /usr/local, which is not of Debian, and puts there what the
// images of Docker Hub have there.
func buildUsr(root string) error {
	local := filepath.Join(root, "local")
	for _, dir := range []string{"bin", "lib", "sbin", "share"} {
		if err := os.MkdirAll(filepath.Join(local, dir), 0o755); err != nil {
			return err
		}
	}
	if err := unix.Setxattr(local, "trusted.overlay.opaque", []byte("y"), 0); err != nil {
		return &os.PathError{Op: "setxattr", Path: local, Err: err}
	}
	if err := os.WriteFile(filepath.Join(local, "bin/docker-entrypoint.sh"), []byte(bashEntrypoint), 0o755); err != nil {
		return err
	}
	return symlinks(root, map[string]string{"local/bin/python": "/usr/bin/python3"})
}

// skeleton makes what all images have.
func skeleton(root string) error {
	for _, dir := range []string{"dev", "etc", "home", "proc", "root", "sys", "tmp", "var"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(root, "tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Join(root, "root"), 0o700); err != nil {
		return err
	}
	files := map[string]string{
		"etc/passwd":        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"etc/group":         "root:x:0:\nnogroup:x:65534:\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// symlinks makes links, given as the path in root and the target.
func symlinks(root string, links map[string]string) error {
	for path, target := range links {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, path); err != nil {
			return err
		}
	}
	return nil
}

// copyLinks copies the links of one folder into another.
func copyLinks(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	links := map[string]string{}
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(from, entry.Name())); err == nil {
			links[entry.Name()] = target
		}
	}
	return symlinks(to, links)
}

func appendTo(path, text string) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(before, text...), 0o644)
}

func copyFile(from, to string, mode os.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
