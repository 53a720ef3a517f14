// Command cluster is the API server of a cluster, and the etcd behind it, in one
// process: kube-apiserver as Kubernetes builds it. See ../README.md.
//
//	cluster DIR [FLAG...]
//
// DIR keeps the data of etcd; the flags are kube-apiserver's own. The process
// ends when its standard input does, so that it cannot outlive whoever started it.
package main

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: cluster DIR [FLAG OF KUBE-APISERVER...]")
		os.Exit(2)
	}
	etcd, err := startEtcd(filepath.Join(os.Args[1], "etcd"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster: etcd:", err)
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	server := app.NewAPIServerCommand()
	server.SetArgs(append([]string{"--etcd-servers=" + etcd}, os.Args[2:]...))
	os.Exit(cli.Run(server))
}

// startEtcd serves an etcd with its data in dir, on the loopback interface, and
// returns its address. Nothing is synced to the disk: the data lives as long as
// the process.
func startEtcd(dir string) (string, error) {
	client := url.URL{Scheme: "http", Host: "127.0.0.1:2379"}
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:2380"}
	config := embed.NewConfig()
	config.Dir = dir
	config.UnsafeNoFsync = true
	config.LogLevel = "error"
	config.ListenClientUrls = []url.URL{client}
	config.AdvertiseClientUrls = []url.URL{client}
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertisePeerUrls = []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	<-etcd.Server.ReadyNotify()
	return client.String(), nil
}
