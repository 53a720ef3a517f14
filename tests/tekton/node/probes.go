package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// probe runs the hook postStart, then the startup probe, then the readiness probe,
// for as long as the process lives. It is over soon after ctx or the process ends.
func (c *container) probe(ctx context.Context, process *process, started func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-process.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	if hooks := c.spec.Lifecycle; hooks != nil && hooks.PostStart != nil && hooks.PostStart.Exec != nil {
		if err := process.exec(ctx, hooks.PostStart.Exec.Command); err != nil {
			process.stop(c.pod.grace())
			return
		}
	}
	if c.spec.StartupProbe != nil {
		passed := false
		c.repeat(ctx, process, c.spec.StartupProbe, func(ok bool) bool {
			passed = ok
			return true
		})
		if !passed {
			if ctx.Err() == nil {
				process.stop(c.pod.grace())
			}
			return
		}
	}
	c.set(func() {
		if c.status.State.Running != nil {
			yes := true
			c.status.Started, c.status.Ready = &yes, c.spec.ReadinessProbe == nil
		}
	})
	started()
	if c.spec.ReadinessProbe == nil {
		return
	}
	c.repeat(ctx, process, c.spec.ReadinessProbe, func(ok bool) bool {
		c.set(func() { c.status.Ready = ok && c.status.State.Running != nil })
		return false
	})
}

// repeat asks again and again; whenever enough answers in a row agree it tells
// them to decided, until that says that it was the last time or ctx ends.
func (c *container) repeat(ctx context.Context, process *process, probe *corev1.Probe, decided func(ok bool) bool) {
	timeout := max(time.Duration(probe.TimeoutSeconds)*time.Second, time.Second)
	pause := time.Duration(probe.InitialDelaySeconds) * time.Second
	var row int32
	var last bool
	for sleep(ctx, pause) {
		pause = max(time.Duration(probe.PeriodSeconds)*time.Second, time.Second)
		asking, cancel := context.WithTimeout(ctx, timeout)
		ok := c.ask(asking, process, probe.ProbeHandler) == nil
		cancel()
		if ctx.Err() != nil {
			return
		}
		if ok != last {
			row = 0
		}
		row, last = row+1, ok
		enough := probe.FailureThreshold
		if ok {
			enough = probe.SuccessThreshold
		}
		if row >= enough && decided(ok) {
			return
		}
	}
}

// ask asks once; nil is the answer yes.
func (c *container) ask(ctx context.Context, process *process, handler corev1.ProbeHandler) error {
	switch {
	case handler.Exec != nil:
		return process.exec(ctx, handler.Exec.Command)
	case handler.TCPSocket != nil:
		port, err := c.port(handler.TCPSocket.Port)
		if err != nil {
			return err
		}
		conn, err := c.dial(ctx, handler.TCPSocket.Host, port)
		if err != nil {
			return err
		}
		return conn.Close()
	case handler.HTTPGet != nil:
		return c.get(ctx, handler.HTTPGet)
	}
	return errors.New("this kind of probe is not supported")
}

// get asks by HTTP; as for the kubelet, every status below 400 is a yes.
func (c *container) get(ctx context.Context, action *corev1.HTTPGetAction) error {
	port, err := c.port(action.Port)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return c.dial(ctx, action.Host, port)
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}}
	scheme := "http"
	if action.Scheme == corev1.URISchemeHTTPS {
		scheme = "https"
	}
	path := action.Path
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+c.pod.ip+":"+port+path, nil)
	if err != nil {
		return err
	}
	for _, header := range action.HTTPHeaders {
		if http.CanonicalHeaderKey(header.Name) == "Host" {
			request.Host = header.Value
		}
		request.Header.Set(header.Name, header.Value)
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < 200 || response.StatusCode >= 400 {
		return fmt.Errorf("HTTP probe failed with statuscode: %d", response.StatusCode)
	}
	return nil
}

// port gives a port that is a number or the name of one of the container's.
func (c *container) port(port intstr.IntOrString) (string, error) {
	if port.Type == intstr.Int {
		return strconv.Itoa(port.IntValue()), nil
	}
	for _, named := range c.spec.Ports {
		if named.Name == port.StrVal {
			return strconv.Itoa(int(named.ContainerPort)), nil
		}
	}
	return port.StrVal, nil
}

// dial connects within the network of the Pod.
func (c *container) dial(ctx context.Context, host, port string) (net.Conn, error) {
	if host == "" {
		host = c.pod.ip
	}
	var conn net.Conn
	err := c.pod.sandbox.inNetwork(func() error {
		var err error
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
		return err
	})
	return conn, err
}

// preStop runs the hook of that name, within the grace.
func (c *container) preStop(process *process) {
	hooks := c.spec.Lifecycle
	if hooks == nil || hooks.PreStop == nil || hooks.PreStop.Exec == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.pod.grace())
	defer cancel()
	_ = process.exec(ctx, hooks.PreStop.Exec.Command)
}
