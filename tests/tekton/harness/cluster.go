package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const (
	// serverAddress is what the API server calls itself: it refuses a loopback address for that.
	serverAddress = "10.255.0.1"
	// webhookAddress is the cluster IP of the Service of Tekton's webhook, and an address of the loopback interface.
	webhookAddress = "10.96.0.10"
	serviceRange   = "10.96.0.0/16"

	token = "tkn-fuse"
)

// cluster is an API server that answers, and the folder of everything that runs beside it.
type cluster struct {
	dir        string
	config     *rest.Config
	kubeconfig string
	// ended gets an error as soon as a program of the cluster ends.
	ended chan error
}

// startCluster starts the API server with its data and its log in dir, and
// waits until it is ready.
func startCluster(ctx context.Context, program, dir string) (*cluster, error) {
	key, tokens, certs := filepath.Join(dir, "accounts.key"), filepath.Join(dir, "tokens.csv"), filepath.Join(dir, "certificates")
	if err := writeKey(key); err != nil {
		return nil, err
	}
	if err := os.WriteFile(tokens, []byte(token+",admin,admin,system:masters\n"), 0o600); err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, kubeconfig: filepath.Join(dir, "kubeconfig"), ended: make(chan error, 8)}
	err := c.start(ctx, "apiserver", nil, program, dir,
		"--secure-port=6443", "--bind-address=127.0.0.1", "--advertise-address="+serverAddress, "--cert-dir="+certs,
		"--token-auth-file="+tokens, "--authorization-mode=AlwaysAllow",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file="+key, "--service-account-key-file="+key,
		"--service-cluster-ip-range="+serviceRange, "--endpoint-reconciler-type=none",
		"--enable-priority-and-fairness=false", "--profiling=false", "--allow-privileged=true")
	if err != nil {
		return nil, err
	}
	c.config = &rest.Config{
		Host:            "https://127.0.0.1:6443",
		BearerToken:     token,
		TLSClientConfig: rest.TLSClientConfig{Insecure: true},
		QPS:             500,
		Burst:           1000,
	}
	if err := c.writeKubeconfig(); err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(c.config)
	if err != nil {
		return nil, err
	}
	return c, c.until(ctx, time.Minute, "the API server", func() bool {
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil
	})
}

// start starts a program of the cluster, with its output in a file of its name.
// It ends with the harness, whose end of its standard input the kernel closes.
func (c *cluster) start(ctx context.Context, name string, env []string, program string, args ...string) error {
	log, err := os.Create(c.log(name))
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), env...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if _, err := command.StdinPipe(); err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	go func() { c.ended <- fmt.Errorf("%s ended: %v; see %s", name, command.Wait(), log.Name()) }()
	return nil
}

func (c *cluster) log(name string) string { return filepath.Join(c.dir, name+".log") }

// until waits until done says so, a program of the cluster ends, or the time is over.
func (c *cluster) until(ctx context.Context, limit time.Duration, what string, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !done() {
		select {
		case err := <-c.ended:
			return err
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after %s; see %s", what, limit, c.dir)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// writeKubeconfig writes what Tekton's programs need to find the API server.
func (c *cluster) writeKubeconfig() error {
	config := api.NewConfig()
	config.Clusters["test"] = &api.Cluster{Server: c.config.Host, InsecureSkipTLSVerify: true}
	config.AuthInfos["test"] = &api.AuthInfo{Token: token}
	config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: "test"}
	config.CurrentContext = "test"
	return clientcmd.WriteToFile(*config, c.kubeconfig)
}

// writeKey makes the key with which the API server signs tokens of service accounts.
func writeKey(path string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return os.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}
