package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// The server lives in namespaces of its own: a network that has only loopback,
// so that its fixed ports and addresses meet nobody's; mounts that vanish with
// it; and process IDs, so that nothing survives it. It takes three processes:
// the caller's child that makes the namespaces, its child that is process 1
// there and buries orphans, and the server.
const (
	isolatedCommand = "serve-isolated"
	serverCommand   = "serve-here"
)

// isolated starts this program again as `serve-isolated` in new namespaces.
func isolated(args []string) *exec.Cmd {
	command := exec.Command("/proc/self/exe", append([]string{isolatedCommand}, args...)...)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	return command
}

// serveIsolated is process 1 of the namespaces: it readies them, starts the
// server and waits for every process that ends, until the server does.
func serveIsolated(args []string) int {
	if err := readyNamespaces(); err != nil {
		return fail(err)
	}
	server := exec.Command("/proc/self/exe", append([]string{serverCommand}, args...)...)
	server.Stdin, server.Stderr = os.Stdin, os.Stderr
	if err := server.Start(); err != nil {
		return fail(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		for s := range stop {
			_ = server.Process.Signal(s)
		}
	}()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return fail(fmt.Errorf("wait: %w", err))
		case pid == server.Process.Pid:
			return status.ExitStatus()
		}
	}
}

func readyNamespaces() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"address", "add", webhookAddress + "/32", "dev", "lo"},
		{"address", "add", serverAddress + "/32", "dev", "lo"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %v: %w: %s", args, err, out)
		}
	}
	return nil
}
