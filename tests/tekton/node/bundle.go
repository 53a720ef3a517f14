package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	corev1 "k8s.io/api/core/v1"
)

// bundle is all that crun needs to know of a container.
type bundle struct {
	// dir is the folder of the container, root its root file system.
	dir       string
	root      *rootFS
	sandbox   *sandbox
	args      []string
	variables []string
	workDir   string
	identity  identity
	security  corev1.SecurityContext
	mounts    []mount
}

// makePlaces orders the mounts and makes the folders at which they will be. Like
// write, it runs on the thread for mounts.
func (b *bundle) makePlaces() {
	// As containerd does: what is nearer to the root is mounted first.
	sort.SliceStable(b.mounts, func(i, j int) bool { return depth(b.mounts[i].path) < depth(b.mounts[j].path) })
	seen := view{root: b.root.path}
	for _, m := range b.mounts {
		if info, err := os.Stat(m.source); err == nil && info.IsDir() {
			// crun would make it with another mode than other runtimes. If this
			// fails, so does crun, which has the better message.
			_, _ = seen.ensure(m.path, 0o755)
		}
		seen.mounts = append(seen.mounts, m)
	}
}

// write writes config.json.
func (b *bundle) write() error {
	text, err := json.Marshal(b.spec())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.dir, "config.json"), text, 0o600)
}

func depth(path string) int {
	return len(strings.Split(filepath.Clean(path), "/"))
}

func (b *bundle) spec() *specs.Spec {
	spec := &specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: b.root.path, Readonly: isTrue(b.security.ReadOnlyRootFilesystem)},
		Process: &specs.Process{
			Args:            b.args,
			Env:             b.variables,
			Cwd:             b.workDir,
			User:            specs.User{UID: b.identity.uid, GID: b.identity.gid, AdditionalGids: b.identity.groups},
			Capabilities:    capabilities(b.security),
			NoNewPrivileges: b.security.AllowPrivilegeEscalation != nil && !*b.security.AllowPrivilegeEscalation,
		},
		Mounts: b.specMounts(),
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
			{Type: specs.PIDNamespace},
			{Type: specs.MountNamespace},
			{Type: specs.NetworkNamespace, Path: b.sandbox.path("net")},
			{Type: specs.UTSNamespace, Path: b.sandbox.path("uts")},
			{Type: specs.IPCNamespace, Path: b.sandbox.path("ipc")},
		}},
	}
	if !isTrue(b.security.Privileged) {
		spec.Linux.MaskedPaths = []string{
			"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
			"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
		}
		spec.Linux.ReadonlyPaths = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}
	}
	return spec
}

func (b *bundle) specMounts() []specs.Mount {
	sys := "ro"
	if isTrue(b.security.Privileged) {
		sys = "rw"
	}
	list := []specs.Mount{
		{Destination: "/proc", Type: "proc", Source: "proc", Options: []string{"nosuid", "noexec", "nodev"}},
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
		{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: []string{"nosuid", "noexec", "nodev"}},
		{Destination: "/sys", Type: "sysfs", Source: "sysfs", Options: []string{"nosuid", "noexec", "nodev", sys}},
		bind(mount{"/dev/shm", filepath.Join(b.sandbox.dir, "shm"), false}),
	}
	for _, name := range []string{"hosts", "hostname", "resolv.conf"} {
		path := "/etc/" + name
		if !b.hasMount(path) {
			list = append(list, bind(mount{path, filepath.Join(b.sandbox.dir, name), false}))
		}
	}
	for _, m := range b.mounts {
		list = append(list, bind(m))
	}
	return list
}

func (b *bundle) hasMount(path string) bool {
	for _, m := range b.mounts {
		if m.path == path {
			return true
		}
	}
	return false
}

func bind(m mount) specs.Mount {
	access := "rw"
	if m.readOnly {
		access = "ro"
	}
	return specs.Mount{Destination: m.path, Type: "bind", Source: m.source, Options: []string{"rbind", "rprivate", access}}
}
