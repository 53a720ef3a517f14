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
	go onOtherThread(func() {
		err := leaveMounts()
		ready <- err
		if err == nil {
			for call := range t.calls {
				call()
			}
		}
		// The end of the thread would kill processes that were started on it
		// earlier and shall not outlive their parent (Pdeathsig is about threads).
		select {}
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

// onOtherThread runs f, which does not return, on a thread that nothing else uses.
// That cannot be the first thread of the process, as what is changed there passes
// for changed in the process.
func onOtherThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
	}
	started := make(chan struct{})
	go onOtherThread(func() {
		close(started)
		f()
	})
	<-started
	runtime.UnlockOSThread()
}

// podNamespaces are the namespaces that the containers of a Pod share.
var podNamespaces = map[string]int{"net": unix.CLONE_NEWNET, "uts": unix.CLONE_NEWUTS, "ipc": unix.CLONE_NEWIPC}

// away runs f on a thread that f may take into other namespaces, but for mounts;
// the thread comes back.
func away(f func() error) error {
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		home, err := openNamespaces()
		if err == nil {
			err = f()
		}
		for kind, file := range home {
			if back := unix.Setns(int(file.Fd()), podNamespaces[kind]); back != nil {
				// Without the lock taken away, the thread ends with this function.
				result <- os.NewSyscallError("setns", back)
				return
			}
			file.Close()
		}
		runtime.UnlockOSThread()
		result <- err
	}()
	return <-result
}

// openNamespaces opens those of the calling thread.
func openNamespaces() (map[string]*os.File, error) {
	files := map[string]*os.File{}
	for kind := range podNamespaces {
		file, err := os.Open("/proc/thread-self/ns/" + kind)
		if err != nil {
			for _, file := range files {
				file.Close()
			}
			return nil, err
		}
		files[kind] = file
	}
	return files, nil
}
