package node

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// thread is an OS thread with a mount namespace of its own. The agent mounts on
// it and starts crun from it, so that no mount is left behind, however the
// agent ends.
type thread struct {
	calls chan func()
}

func newThread() (*thread, error) {
	t := &thread{calls: make(chan func())}
	ready := make(chan error)
	onSpareThread(func() {
		err := leaveMounts()
		ready <- err
		if err != nil {
			return
		}
		for call := range t.calls {
			call()
		}
	})
	return t, <-ready
}

// do runs f on the thread.
func (t *thread) do(f func() error) error {
	result := make(chan error)
	t.calls <- func() { result <- f() }
	return <-result
}

func (t *thread) close() {
	close(t.calls)
}

// leaveMounts gives the calling thread a mount namespace of its own.
func leaveMounts() error {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	// crun refuses to run where version 2 of cgroups is mounted beside version 1
	// and has controllers. The agent uses neither.
	const hybrid = "/sys/fs/cgroup/unified"
	if controllers, err := os.ReadFile(hybrid + "/cgroup.controllers"); err == nil && len(controllers) > 1 {
		_ = unix.Unmount(hybrid, unix.MNT_DETACH)
	}
	return nil
}

// onSpareThread runs f, asynchronously, on a thread that ends with it, so that f
// may change the thread for good. That cannot be the first thread of the process:
// it never ends, and its namespaces pass for those of the process.
func onSpareThread(f func()) {
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() != unix.Getpid() {
			f()
			return
		}
		started := make(chan struct{})
		onSpareThread(func() {
			close(started)
			f()
		})
		<-started
		runtime.UnlockOSThread()
	}()
}
