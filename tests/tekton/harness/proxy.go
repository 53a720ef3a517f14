package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// registryProxy is an HTTPS proxy at whose end always the same registry stands,
// whatever host was asked for. Tekton's controller asks registries for the
// entrypoint of steps without a command.
type registryProxy struct {
	// address is the URL of the proxy, authority the file with the certificate to trust.
	address, authority string

	tunnels tunnels
	key     *ecdsa.PrivateKey
	root    *x509.Certificate
	mutex   sync.Mutex
	hosts   map[string]*tls.Certificate
}

func startRegistryProxy(dir string, registry http.Handler) (*registryProxy, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p := &registryProxy{
		authority: filepath.Join(dir, "authority.pem"),
		tunnels:   make(tunnels),
		key:       key,
		hosts:     map[string]*tls.Certificate{},
	}
	root, err := p.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "registries of the test"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	if err != nil {
		return nil, err
	}
	if p.root, err = x509.ParseCertificate(root); err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o644); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.address = "http://" + listener.Addr().String()
	go func() { _ = http.Serve(listener, http.HandlerFunc(p.connect)) }()
	server := http.Server{Handler: registry, TLSConfig: &tls.Config{GetCertificate: p.certificate}}
	go func() { _ = server.ServeTLS(p.tunnels, "", "") }()
	return p, nil
}

// sign fills in the certificate and signs it with the root's key, which is
// every certificate's key.
func (p *registryProxy) sign(certificate *x509.Certificate) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	certificate.SerialNumber = serial
	certificate.NotBefore, certificate.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	root := p.root
	if root == nil {
		root = certificate
	}
	return x509.CreateCertificate(rand.Reader, certificate, root, &p.key.PublicKey, p.key)
}

// connect answers CONNECT and hands the connection to the registry.
func (p *registryProxy) connect(w http.ResponseWriter, r *http.Request) {
	hijacker, canHijack := w.(http.Hijacker)
	if r.Method != http.MethodConnect || !canHijack {
		http.Error(w, "CONNECT only", http.StatusMethodNotAllowed)
		return
	}
	connection, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if _, err := fmt.Fprint(connection, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		connection.Close()
		return
	}
	p.tunnels <- connection
}

// tunnels is a listener that accepts what is sent to it.
type tunnels chan net.Conn

func (t tunnels) Accept() (net.Conn, error) { return <-t, nil }
func (t tunnels) Close() error              { return nil }
func (t tunnels) Addr() net.Addr            { return &net.TCPAddr{} }

// certificate is one for the host that the client asks for.
func (p *registryProxy) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if known := p.hosts[hello.ServerName]; known != nil {
		return known, nil
	}
	signed, err := p.sign(&x509.Certificate{Subject: pkix.Name{CommonName: hello.ServerName}, DNSNames: []string{hello.ServerName}})
	if err != nil {
		return nil, err
	}
	certificate := &tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: p.key}
	p.hosts[hello.ServerName] = certificate
	return certificate, nil
}
