package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// maxLog is how many bytes of a container's output are kept.
const maxLog = 4 << 20

// output is what a container wrote.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps the text as far as there is room, and never fails.
func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	room := maxLog - o.text.Len()
	o.text.Write(text[:min(room, len(text))])
	return len(text), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// process is a container that crun was asked to run.
type process struct {
	agent  *Agent
	id     string
	dir    string
	output *output
	// begun is when crun was called.
	begun time.Time
	crun  *exec.Cmd

	// ended is closed at the end; the fields below are set then.
	ended chan struct{}
	end   time.Time
	code  int
	// failure is why the command did not start; empty if it did.
	failure string
}

// runBundle starts crun. What the container writes goes to log. The owner of the
// container must be able to open its output again, so the pipe is given to uid.
func (a *Agent) runBundle(b *bundle, name string, log *output) (*process, error) {
	sum := sha256.Sum256([]byte(name))
	p := &process{agent: a, id: hex.EncodeToString(sum[:]), dir: b.dir, output: log, ended: make(chan struct{})}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	if err := write.Chown(int(b.identity.uid), int(b.identity.gid)); err != nil {
		read.Close()
		return nil, err
	}
	p.crun = p.command("crun.log", "run", "--pid-file", p.file("pid"), "--bundle", b.dir, p.id)
	p.crun.Stdout, p.crun.Stderr = write, write
	p.begun = time.Now()
	if err := a.mounts.do(p.crun.Start); err != nil {
		read.Close()
		return nil, err
	}
	a.work.Go(func() { p.wait(read) })
	return p, nil
}

func (p *process) command(log string, args ...string) *exec.Cmd {
	common := []string{"--root", filepath.Join(p.agent.options.Root, "crun"), "--cgroup-manager=disabled", "--log", p.file(log)}
	return exec.Command(p.agent.crun, append(common, args...)...)
}

func (p *process) file(name string) string {
	return filepath.Join(p.dir, name)
}

// wait collects the output and the end of the container.
func (p *process) wait(read *os.File) {
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(p.output, read)
	}()
	err := p.crun.Wait()
	p.end = time.Now()
	// All processes of the container are dead with its first one, so the pipe is
	// closed; the limit is only for a process that `crun exec` left.
	select {
	case <-copied:
	case <-time.After(time.Second):
	}
	read.Close()
	<-copied
	p.code = p.crun.ProcessState.ExitCode()
	log, _ := os.ReadFile(p.file("crun.log"))
	switch {
	case p.code < 0:
		// crun itself was killed.
		p.code = 137
	case err != nil && len(bytes.TrimSpace(log)) > 0:
		p.failure = strings.TrimSpace(string(log))
	}
	close(p.ended)
}

// started waits until the container executes its command, or has ended.
func (p *process) started() {
	crun, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.crun.Process.Pid))
	for err == nil {
		select {
		case <-p.ended:
			return
		case <-time.After(time.Millisecond):
		}
		pid := p.pid()
		if pid == 0 {
			continue
		}
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && exe != crun {
			return
		}
	}
}

// pid is that of the container's first process, 0 if there is none yet.
func (p *process) pid() int {
	text, err := os.ReadFile(p.file("pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return pid
}

// stop asks the container to end, and kills it after the grace. It returns after
// the end.
func (p *process) stop(grace time.Duration) {
	if grace > 0 {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.ended:
			return
		case <-time.After(grace):
		}
	}
	// Again and again, as crun may not have got so far as to have a container.
	for tries := 0; ; tries++ {
		p.signal(syscall.SIGKILL)
		if tries == 1000 {
			_ = p.crun.Process.Kill()
		}
		select {
		case <-p.ended:
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *process) signal(signal syscall.Signal) {
	select {
	case <-p.ended:
		return
	default:
	}
	if pid := p.pid(); pid > 1 {
		_ = syscall.Kill(pid, signal)
	}
}

// exec runs a command in the container, as its user, and says whether it succeeded.
func (p *process) exec(ctx context.Context, command []string) error {
	pid := p.file("exec.pid")
	cmd := p.command("exec.log", append([]string{"exec", "--pid-file", pid, p.id}, command...)...)
	if err := p.agent.mounts.do(cmd.Start); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-p.ended:
	case <-ctx.Done():
	}
	_ = cmd.Process.Kill()
	<-ended
	if text, err := os.ReadFile(pid); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return errors.New("the command did not end in time")
}
