package node

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// blob is something that a registry hands out by its digest.
type blob struct {
	mediaType types.MediaType
	digest    string
	content   []byte
}

// Registry serves the settings of the images of this node as a registry does,
// under every name and every tag, on every host. A digest is known if it is that
// of one of these images; layers there are none.
func Registry() http.Handler {
	known := map[string]blob{}
	var failure error
	for _, image := range images {
		if _, err := image.publish(known); err != nil {
			failure = err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failure != nil {
			refuse(w, http.StatusInternalServerError, "UNKNOWN", failure.Error())
			return
		}
		answer(w, r, known)
	})
}

// publish adds manifest and settings of an image, and gives the former.
func (i image) publish(known map[string]blob) (blob, error) {
	content, err := i.content()
	if err != nil {
		return blob{}, err
	}
	manifest, err := content.RawManifest()
	if err != nil {
		return blob{}, err
	}
	digest, err := content.Digest()
	if err != nil {
		return blob{}, err
	}
	mediaType, err := content.MediaType()
	if err != nil {
		return blob{}, err
	}
	settings, err := content.RawConfigFile()
	if err != nil {
		return blob{}, err
	}
	settingsDigest, err := content.ConfigName()
	if err != nil {
		return blob{}, err
	}
	known[settingsDigest.String()] = blob{"application/octet-stream", settingsDigest.String(), settings}
	known[digest.String()] = blob{mediaType, digest.String(), manifest}
	return known[digest.String()], nil
}

// answer is the part of the distribution API that only reads.
func answer(w http.ResponseWriter, r *http.Request, known map[string]blob) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "this registry is only read")
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/v2/")
	if !ok {
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "not a path of a registry")
		return
	}
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	if rest == "" {
		return
	}
	reference := path.Base(rest)
	folder, kind := path.Split(path.Dir(rest))
	name := strings.TrimSuffix(folder, "/")
	found, ok := find(known, name, kind, reference)
	if !ok {
		code := map[string]string{"manifests": "MANIFEST_UNKNOWN", "blobs": "BLOB_UNKNOWN"}[kind]
		refuse(w, http.StatusNotFound, code, name+" has no "+reference)
		return
	}
	w.Header().Set("Content-Type", string(found.mediaType))
	w.Header().Set("Content-Length", strconv.Itoa(len(found.content)))
	w.Header().Set("Docker-Content-Digest", found.digest)
	if r.Method == http.MethodGet {
		_, _ = w.Write(found.content)
	}
}

func find(known map[string]blob, name, kind, reference string) (blob, bool) {
	if name == "" || strings.Contains(name, missingImage) || kind != "manifests" && kind != "blobs" {
		return blob{}, false
	}
	if kind == "blobs" || strings.Contains(reference, ":") {
		found, ok := known[reference]
		return found, ok
	}
	image, err := imageOf(name + ":" + reference)
	if err != nil {
		return blob{}, false
	}
	found, err := image.publish(map[string]blob{})
	return found, err == nil
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}
