package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"tkn-fuse/tests/tekton/report"
)

// startLimit is how long a cluster may take to answer.
const startLimit = 3 * time.Minute

// clientOptions say where to execute, and for how long.
type clientOptions struct {
	serverOptions
	limit time.Duration
}

func (o *clientOptions) register(flags *flag.FlagSet) {
	o.serverOptions.register(flags)
	flags.StringVar(&o.socket, "socket", "", "use the cluster that `serve SOCKET` started, not a new one")
	flags.DurationVar(&o.limit, "limit", defaultLimit, "how long the runs may take")
}

// session is a cluster to execute on.
type session struct {
	client http.Client
	limit  time.Duration
	// close ends the cluster if it was started for this session.
	close func()
}

// open connects to the cluster of the options, or starts one.
func (o *clientOptions) open(serverArgs []string) (*session, error) {
	if o.socket != "" {
		return connect(o.socket, o.limit, func() {}), nil
	}
	dir, err := os.MkdirTemp("", "tkn-fuse-socket-")
	if err != nil {
		return nil, err
	}
	socket := filepath.Join(dir, "socket")
	command := isolated(append(serverArgs, socket))
	if err := command.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	stop := func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		<-ended
		os.RemoveAll(dir)
	}
	if err := waitForSocket(socket, ended); err != nil {
		stop()
		return nil, err
	}
	return connect(socket, o.limit, stop), nil
}

// serverArgs are the flags of the command that concern the cluster itself.
func serverArgs(flags *flag.FlagSet) []string {
	var own serverOptions
	known := flag.NewFlagSet("", flag.ContinueOnError)
	own.register(known)
	var args []string
	flags.Visit(func(f *flag.Flag) {
		if known.Lookup(f.Name) == nil {
			return
		}
		if set, isSettings := f.Value.(*settings); isSettings {
			for key, value := range *set {
				args = append(args, "-set="+key+"="+value)
			}
			return
		}
		args = append(args, "-"+f.Name+"="+f.Value.String())
	})
	return args
}

func waitForSocket(socket string, ended <-chan struct{}) error {
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); {
		if connection, err := net.Dial("unix", socket); err == nil {
			return connection.Close()
		}
		select {
		case <-ended:
			return errors.New("the cluster did not start")
		case <-time.After(pollInterval):
		}
	}
	return fmt.Errorf("the cluster does not answer after %s", startLimit)
}

func connect(socket string, limit time.Duration, stop func()) *session {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &session{http.Client{Transport: &http.Transport{DialContext: dial}}, limit, stop}
}

// execute sends the objects to the cluster and returns what came of them.
func (s *session) execute(objects []unstructured.Unstructured) (*report.Report, error) {
	body, err := json.Marshal(job{Objects: objects, Limit: s.limit})
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Post("http://cluster/", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var result outcome
	if err := json.NewDecoder(answer.Body).Decode(&result); err != nil {
		return nil, err
	}
	if result.Error != "" {
		return nil, errors.New(result.Error)
	}
	return result.Report, nil
}

// execute prints what the runs of the files do. The exit code is 1 if the
// server refuses an object, or a run does not succeed.
func execute(args []string) int {
	var options clientOptions
	flags := flag.NewFlagSet("execute", flag.ContinueOnError)
	options.register(flags)
	if flags.Parse(args) != nil {
		return exitFailure
	}
	if flags.NArg() == 0 {
		return fail(errors.New("name at least one FILE, or - for the standard input"))
	}
	objects, err := readAll(flags.Args())
	if err != nil {
		return fail(err)
	}
	s, err := options.open(serverArgs(flags))
	if err != nil {
		return fail(err)
	}
	defer s.close()
	result, err := s.execute(objects)
	if err != nil {
		return fail(err)
	}
	if err := printJSON(os.Stdout, result); err != nil {
		return fail(err)
	}
	if len(result.Refused) > 0 {
		return exitDifference
	}
	for _, run := range result.Runs {
		if run.Status != "Succeeded" {
			return exitDifference
		}
	}
	return exitClean
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

func readAll(paths []string) ([]unstructured.Unstructured, error) {
	var all []unstructured.Unstructured
	for _, path := range paths {
		objects, err := readObjects(path, os.Stdin)
		if err != nil {
			return nil, err
		}
		all = append(all, objects...)
	}
	return all, nil
}
