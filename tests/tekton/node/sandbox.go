package node

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// sandbox is what the containers of a Pod share: the namespaces for network,
// host name and IPC, the files below /etc that name the Pod, and /dev/shm.
type sandbox struct {
	dir      string
	hostname string
	// namespaces are open for as long as the Pod lives.
	namespaces map[string]*os.File
}

// newSandbox makes a sandbox in dir, which it creates. The network has nothing
// but lo, with the address ip.
func newSandbox(mounts *thread, dir string, pod *corev1.Pod, ip string) (*sandbox, error) {
	s := &sandbox{dir: dir, hostname: hostname(pod)}
	if err := s.writeFiles(pod, ip); err != nil {
		return nil, err
	}
	shm := filepath.Join(dir, "shm")
	err := mounts.do(func() error {
		return unix.Mount("shm", shm, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=1777,size=64m")
	})
	if err != nil {
		return nil, os.NewSyscallError("mount", err)
	}
	if err := away(func() error { return s.enterNew(ip) }); err != nil {
		s.close(mounts)
		return nil, err
	}
	return s, nil
}

func (s *sandbox) close(mounts *thread) {
	for _, file := range s.namespaces {
		file.Close()
	}
	_ = mounts.do(func() error { return unix.Unmount(filepath.Join(s.dir, "shm"), unix.MNT_DETACH) })
}

// path is where another process, crun, can open a namespace.
func (s *sandbox) path(kind string) string {
	return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), s.namespaces[kind].Fd())
}

// enterNew takes the calling thread into new namespaces and keeps them open.
func (s *sandbox) enterNew(ip string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Sethostname([]byte(s.hostname)); err != nil {
		return os.NewSyscallError("sethostname", err)
	}
	if err := raiseLoopback(ip); err != nil {
		return err
	}
	var err error
	s.namespaces, err = openNamespaces()
	return err
}

// inNetwork runs f, and what it does without further goroutines, in the network
// of the Pod.
func (s *sandbox) inNetwork(f func() error) error {
	return away(func() error {
		if err := unix.Setns(int(s.namespaces["net"].Fd()), unix.CLONE_NEWNET); err != nil {
			return os.NewSyscallError("setns", err)
		}
		return f()
	})
}

// raiseLoopback sets lo up and gives it a second address, that of the Pod.
func raiseLoopback(ip string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("cannot set lo up: %w", err)
	}
	if request, err = unix.NewIfreq("lo:pod"); err != nil {
		return err
	}
	if err := request.SetInet4Addr(net.ParseIP(ip).To4()); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFADDR, request); err != nil {
		return fmt.Errorf("cannot give lo the address %s: %w", ip, err)
	}
	return nil
}

// hostname is the Pod's name unless it sets one; the kubelet cuts it to 63 bytes.
func hostname(pod *corev1.Pod) string {
	name := pod.Spec.Hostname
	if name == "" {
		name = pod.Name
	}
	if len(name) > 63 {
		name = strings.TrimRight(name[:63], "-.")
	}
	return name
}

func (s *sandbox) writeFiles(pod *corev1.Pod, ip string) error {
	if err := os.MkdirAll(filepath.Join(s.dir, "shm"), 0o755); err != nil {
		return err
	}
	var hosts strings.Builder
	fmt.Fprintf(&hosts, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n%s\t%s\n", ip, s.hostname)
	for _, alias := range pod.Spec.HostAliases {
		fmt.Fprintf(&hosts, "%s\t%s\n", alias.IP, strings.Join(alias.Hostnames, "\t"))
	}
	files := map[string]string{
		"hosts":       hosts.String(),
		"hostname":    s.hostname + "\n",
		"resolv.conf": fmt.Sprintf("search %s.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", pod.Namespace),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
