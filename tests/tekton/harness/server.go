package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tektoncd/pipeline/pkg/client/clientset/versioned"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes"
	"tkn-fuse/tests/tekton/node"
	"tkn-fuse/tests/tekton/report"
)

// serverOptions are those of a cluster: what all executions on it share.
type serverOptions struct {
	socket   string
	programs string
	scratch  string
	keep     bool
	attached bool
	delays   node.Delays
	settings settings
}

func (o *serverOptions) register(flags *flag.FlagSet) {
	flags.StringVar(&o.programs, "programs", "", "`folder` with the programs that the cluster consists of")
	flags.StringVar(&o.scratch, "scratch", os.TempDir(), "`folder` below which the cluster keeps its data")
	flags.BoolVar(&o.keep, "keep", false, "leave logs and data behind, and say where")
	flags.BoolVar(&o.attached, "attached", false, "end when the standard input does")
	flags.DurationVar(&o.delays.Pod, "delay-pod", 0, "how much longer a pod takes to start")
	flags.DurationVar(&o.delays.Container, "delay-container", 0, "how much longer a container takes to start")
	flags.DurationVar(&o.delays.Volume, "delay-volume", 0, "how much longer a volume takes to mount")
	flags.Var(&o.settings, "set", "`key=value` of the ConfigMap feature-flags; repeatable")
}

// serve makes the namespaces for a server and waits until it ends.
func serve(args []string) int {
	var options serverOptions
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	options.register(flags)
	if flags.Parse(args) != nil || flags.NArg() != 1 {
		return fail(fmt.Errorf("serve needs the path of a socket"))
	}
	command := isolated(args)
	command.Stdin = os.Stdin
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	if err := command.Start(); err != nil {
		return fail(err)
	}
	go func() {
		for s := range stop {
			_ = command.Process.Signal(s)
		}
	}()
	_ = command.Wait()
	return command.ProcessState.ExitCode()
}

// serveHere runs the cluster and answers on the socket until a signal comes or
// a program of the cluster ends.
func serveHere(args []string) int {
	var options serverOptions
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	options.register(flags)
	if flags.Parse(args) != nil || flags.NArg() != 1 {
		return exitFailure
	}
	options.socket = flags.Arg(0)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if options.attached {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	dir, err := os.MkdirTemp(options.scratch, "tkn-fuse-cluster-")
	if err != nil {
		return fail(err)
	}
	err = runServer(ctx, dir, &options)
	if err != nil || options.keep {
		fmt.Fprintln(os.Stderr, "harness: logs and data are in", dir)
	} else {
		os.RemoveAll(dir)
	}
	if err != nil {
		return fail(err)
	}
	return exitClean
}

func runServer(ctx context.Context, dir string, options *serverOptions) error {
	if err := programsThere(options.programs); err != nil {
		return err
	}
	proxy, err := startRegistryProxy(dir, node.Registry())
	if err != nil {
		return err
	}
	c, err := startCluster(ctx, filepath.Join(options.programs, "cluster"), dir)
	if err != nil {
		return err
	}
	create, err := installTekton(ctx, c, options.programs, options.settings, proxy)
	if err != nil {
		return err
	}
	images := filepath.Join(dir, "images")
	tools := node.Tools{KoApp: filepath.Join(options.programs, "tekton", "ko-app"), Record: filepath.Join(options.programs, "record")}
	if err := node.BuildImages(images, tools); err != nil {
		return err
	}
	agentLog, err := os.Create(c.log("node"))
	if err != nil {
		return err
	}
	defer agentLog.Close()
	agent, err := node.Start(ctx, c.config, node.Options{
		Root: filepath.Join(dir, "node"), Images: images, Delays: options.delays, Observe: true, Log: agentLog,
	})
	if err != nil {
		return err
	}
	defer agent.Close()
	core, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		return err
	}
	tekton, err := versioned.NewForConfig(c.config)
	if err != nil {
		return err
	}
	return answer(ctx, c, options.socket, &executor{core: core, tekton: tekton, create: create, agent: agent})
}

// answer serves the socket until the context or the cluster ends.
func answer(ctx context.Context, c *cluster, socket string, e *executor) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	server := http.Server{Handler: http.HandlerFunc(e.handle), BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.ended:
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
}

// job is a request to execute objects.
type job struct {
	Objects []unstructured.Unstructured `json:"objects"`
	// Limit is how long runs may take before they are reported as Running.
	Limit time.Duration `json:"limit"`
}

// outcome is the answer to a job.
type outcome struct {
	Report *report.Report `json:"report,omitempty"`
	Error  string         `json:"error,omitempty"`
}

// executor executes jobs, each in a namespace of its own.
type executor struct {
	core   kubernetes.Interface
	tekton versioned.Interface
	create *creator
	agent  *node.Agent
	jobs   atomic.Int64
}

func (e *executor) handle(w http.ResponseWriter, r *http.Request) {
	var j job
	var result outcome
	err := json.NewDecoder(r.Body).Decode(&j)
	if err == nil {
		result.Report, err = e.execute(r.Context(), j)
	}
	if err != nil {
		result.Error = err.Error()
	}
	_ = json.NewEncoder(w).Encode(result)
}

// settings collects repeated key=value flags.
type settings map[string]string

func (s settings) String() string { return "" }

func (s *settings) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("want key=value, not %q", text)
	}
	if *s == nil {
		*s = settings{}
	}
	(*s)[key] = value
	return nil
}
