package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// errUnsupported is a volume that this node never can make; after any other
// error the kubelet, and so this node, tries again.
var errUnsupported = errors.New("this node has no volumes of this kind")

// makeVolume makes the folder of a volume and gives its path.
func (p *pod) makeVolume(volume corev1.Volume) (string, error) {
	dir := filepath.Join(p.dir, "volumes", volume.Name)
	group := p.fsGroup()
	source := volume.VolumeSource
	switch {
	case source.EmptyDir != nil || source.Ephemeral != nil:
		mode := os.FileMode(0o777)
		if source.EmptyDir != nil && source.EmptyDir.Medium == corev1.StorageMediumMemory {
			// The mode that a tmpfs has. It is none, so that nothing needs unmounting.
			mode |= os.ModeSticky
		}
		if err := makeFolder(dir, mode); err != nil {
			return "", err
		}
		return dir, setOwnership(dir, group, false)
	case source.PersistentVolumeClaim != nil:
		dir, err := p.agent.claimDir(p.namespace, source.PersistentVolumeClaim.ClaimName)
		if err != nil {
			return "", err
		}
		return dir, setOwnership(dir, group, source.PersistentVolumeClaim.ReadOnly)
	case source.HostPath != nil:
		return p.agent.hostPath(source.HostPath)
	}
	files, err := p.projected(volume)
	if err != nil {
		return "", err
	}
	return dir, writeAtomically(dir, files, group)
}

func (p *pod) fsGroup() *int64 {
	if context := p.object().Spec.SecurityContext; context != nil {
		return context.FSGroup
	}
	return nil
}

// isReadOnly tells the volumes that a container cannot write even where the
// mount does not say so.
func isReadOnly(source corev1.VolumeSource) bool {
	if source.PersistentVolumeClaim != nil {
		return source.PersistentVolumeClaim.ReadOnly
	}
	return source.ConfigMap != nil || source.Secret != nil || source.Projected != nil || source.DownwardAPI != nil
}

// hostPath gives a path on a host that has nothing but what Pods made there.
func (a *Agent) hostPath(source *corev1.HostPathVolumeSource) (string, error) {
	path := filepath.Join(a.options.Root, "host", filepath.Clean("/"+source.Path))
	kind := corev1.HostPathUnset
	if source.Type != nil {
		kind = *source.Type
	}
	switch kind {
	case corev1.HostPathUnset, corev1.HostPathDirectoryOrCreate:
		return path, makeFolder(path, 0o755)
	case corev1.HostPathFileOrCreate:
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		return path, writeProjected(path, projectedFile{mode: 0o644})
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("hostPath type check failed: %s is not a %s", source.Path, strings.ToLower(string(kind)))
	}
	return path, nil
}

// projected gives the files of a volume that shows data of the API.
func (p *pod) projected(volume corev1.Volume) (map[string]projectedFile, error) {
	files := map[string]projectedFile{}
	source := volume.VolumeSource
	switch {
	case source.ConfigMap != nil:
		of := source.ConfigMap
		data, err := p.configMap(of.Name, of.Optional)
		return files, addItems(files, data, of.Items, of.DefaultMode, of.Optional, err)
	case source.Secret != nil:
		of := source.Secret
		data, err := p.secret(of.SecretName, of.Optional)
		return files, addItems(files, data, of.Items, of.DefaultMode, of.Optional, err)
	case source.DownwardAPI != nil:
		return files, p.addFields(files, source.DownwardAPI.Items, source.DownwardAPI.DefaultMode)
	case source.Projected != nil:
		for _, part := range source.Projected.Sources {
			if err := p.addPart(files, part, source.Projected.DefaultMode); err != nil {
				return nil, err
			}
		}
		return files, nil
	}
	return nil, fmt.Errorf("volume %s: %w", volume.Name, errUnsupported)
}

// rootCertificates is the ConfigMap that a controller of Kubernetes, which a test
// cluster need not run, puts into every namespace.
const rootCertificates = "kube-root-ca.crt"

func (p *pod) addPart(files map[string]projectedFile, part corev1.VolumeProjection, mode *int32) error {
	switch {
	case part.ConfigMap != nil:
		data, err := p.configMap(part.ConfigMap.Name, part.ConfigMap.Optional)
		if err != nil && part.ConfigMap.Name == rootCertificates {
			data, err = map[string][]byte{"ca.crt": []byte("no certificate\n")}, nil
		}
		return addItems(files, data, part.ConfigMap.Items, mode, part.ConfigMap.Optional, err)
	case part.Secret != nil:
		data, err := p.secret(part.Secret.Name, part.Secret.Optional)
		return addItems(files, data, part.Secret.Items, mode, part.Secret.Optional, err)
	case part.DownwardAPI != nil:
		return p.addFields(files, part.DownwardAPI.Items, mode)
	case part.ServiceAccountToken != nil:
		files[part.ServiceAccountToken.Path] = projectedFile{[]byte("no token"), fileMode(nil, mode)}
		return nil
	}
	return errUnsupported
}

// addItems adds the data of an object: all of it, or the items if there are some.
func addItems(files map[string]projectedFile, data map[string][]byte, items []corev1.KeyToPath, mode *int32, optional *bool, err error) error {
	if err != nil {
		return err
	}
	if len(items) == 0 {
		for key, value := range data {
			files[key] = projectedFile{value, fileMode(nil, mode)}
		}
	}
	for _, item := range items {
		value, known := data[item.Key]
		if known {
			files[item.Path] = projectedFile{value, fileMode(item.Mode, mode)}
		} else if !isTrue(optional) {
			return fmt.Errorf("references non-existent key: %s", item.Key)
		}
	}
	return nil
}

// addFields adds the files of a downward API volume.
func (p *pod) addFields(files map[string]projectedFile, items []corev1.DownwardAPIVolumeFile, mode *int32) error {
	for _, item := range items {
		var value string
		var err error
		if item.FieldRef != nil {
			value, err = p.field(item.FieldRef.FieldPath)
		} else if item.ResourceFieldRef != nil {
			value, err = resourceField(p.object(), nil, item.ResourceFieldRef)
		}
		if err != nil {
			return err
		}
		files[item.Path] = projectedFile{[]byte(value), fileMode(item.Mode, mode)}
	}
	return nil
}

// fileMode is the mode of an item, or else of the volume, or else 0644.
func fileMode(item, volume *int32) os.FileMode {
	for _, mode := range []*int32{item, volume} {
		if mode != nil {
			return os.FileMode(*mode) & os.ModePerm
		}
	}
	return 0o644
}

// makeVolumes makes all volumes of a Pod, and waits for what is missing. False
// if the Pod was stopped or cannot run here.
func (p *pod) makeVolumes(ctx context.Context) bool {
	for _, volume := range p.object().Spec.Volumes {
		told := ""
		for {
			if !sleep(ctx, p.agent.options.Delays.Volume) {
				return false
			}
			dir, err := p.makeVolume(volume)
			if err == nil {
				p.setVolume(volume.Name, dir)
				break
			}
			if errors.Is(err, errUnsupported) {
				p.fail("UnsupportedVolume", err.Error())
				return false
			}
			if err.Error() != told {
				told = err.Error()
				p.agent.logf("pod %s/%s waits for volume %s: %s", p.namespace, p.name, volume.Name, told)
			}
			if !sleep(ctx, retryInterval) {
				return false
			}
		}
	}
	return true
}

// showFields writes the volumes with fields of the Pod anew, if these have changed
// and the Pod is not over.
func (p *pod) showFields() {
	p.showing.Lock()
	defer p.showing.Unlock()
	p.mu.Lock()
	stale := p.stale && p.ready
	p.stale = p.stale && !p.ready
	p.mu.Unlock()
	if !stale || p.isFinished() {
		return
	}
	for _, volume := range p.object().Spec.Volumes {
		if p.volume(volume.Name) == "" || !hasFields(volume.VolumeSource) {
			continue
		}
		if _, err := p.makeVolume(volume); err != nil {
			p.agent.logf("pod %s/%s: cannot write volume %s again: %v", p.namespace, p.name, volume.Name, err)
		}
	}
}

func hasFields(source corev1.VolumeSource) bool {
	if source.DownwardAPI != nil {
		return true
	}
	if source.Projected == nil {
		return false
	}
	for _, part := range source.Projected.Sources {
		if part.DownwardAPI != nil {
			return true
		}
	}
	return false
}
