package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// identity is as whom a container runs.
type identity struct {
	uid, gid uint32
	groups   []uint32
}

// security is the securityContext of a container with what it takes from that of
// the Pod.
func security(object *corev1.Pod, spec *corev1.Container) corev1.SecurityContext {
	var result corev1.SecurityContext
	if spec.SecurityContext != nil {
		result = *spec.SecurityContext
	}
	if of := object.Spec.SecurityContext; of != nil {
		if result.RunAsUser == nil {
			result.RunAsUser = of.RunAsUser
		}
		if result.RunAsGroup == nil {
			result.RunAsGroup = of.RunAsGroup
		}
		if result.RunAsNonRoot == nil {
			result.RunAsNonRoot = of.RunAsNonRoot
		}
	}
	return result
}

// identify finds as whom a container runs. As in containerd, a user that is a
// number takes its group from /etc/passwd of the image, or 0, and every user the
// groups in which /etc/group of the image has it. The error is what the status of
// a container shall say that may not run as root.
func identify(object *corev1.Pod, spec *corev1.Container, image image, root string) (identity, error) {
	context := security(object, spec)
	user, _, _ := strings.Cut(image.user, ":")
	if user == "" {
		user = "0"
	}
	if context.RunAsUser != nil {
		user = strconv.FormatInt(*context.RunAsUser, 10)
	}
	if isTrue(context.RunAsNonRoot) {
		if err := verifyNonRoot(object, spec, context, user); err != nil {
			return identity{}, err
		}
	}
	name, uid, gid, err := findUser(root, user)
	if err != nil {
		return identity{}, err
	}
	result := identity{uid: uid, gid: gid}
	if context.RunAsGroup != nil {
		result.gid = uint32(*context.RunAsGroup)
	}
	result.groups = append([]uint32{result.gid}, groupsOf(root, name)...)
	if of := object.Spec.SecurityContext; of != nil {
		if of.FSGroup != nil {
			result.groups = append(result.groups, uint32(*of.FSGroup))
		}
		for _, group := range of.SupplementalGroups {
			result.groups = append(result.groups, uint32(group))
		}
	}
	slices.Sort(result.groups)
	result.groups = slices.Compact(result.groups)
	return result, nil
}

// verifyNonRoot has the rules and the messages of verifyRunAsNonRoot in
// pkg/kubelet/kuberuntime of Kubernetes 1.35.
func verifyNonRoot(object *corev1.Pod, spec *corev1.Container, context corev1.SecurityContext, user string) error {
	where := fmt.Sprintf("(pod: \"%s_%s(%s)\", container: %s)", object.Name, object.Namespace, object.UID, spec.Name)
	_, err := strconv.ParseUint(user, 10, 32)
	switch {
	case user == "0" && context.RunAsUser != nil:
		return fmt.Errorf("container's runAsUser breaks non-root policy %s", where)
	case user == "0":
		return fmt.Errorf("container has runAsNonRoot and image will run as root %s", where)
	case err != nil:
		return fmt.Errorf("container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root %s", user, where)
	}
	return nil
}

// findUser looks a name or a number up in /etc/passwd of an image. A number need
// not be there.
func findUser(root, user string) (name string, uid, gid uint32, err error) {
	for _, fields := range readColons(filepath.Join(root, "etc/passwd"), 4) {
		if fields[0] == user || fields[2] == user {
			return fields[0], number(fields[2]), number(fields[3]), nil
		}
	}
	if _, err := strconv.ParseUint(user, 10, 32); err != nil {
		return "", 0, 0, fmt.Errorf("unable to find user %s: no matching entries in passwd file", user)
	}
	return "", number(user), 0, nil
}

// homeOf is the home of a user that /etc/passwd of the image does not know: runc
// says / then, where crun says nothing.
func homeOf(root string, uid uint32) string {
	if name, _, _, _ := findUser(root, strconv.FormatUint(uint64(uid), 10)); name != "" {
		return ""
	}
	return "/"
}

func groupsOf(root, name string) []uint32 {
	var groups []uint32
	for _, fields := range readColons(filepath.Join(root, "etc/group"), 4) {
		if name != "" && slices.Contains(strings.Split(fields[3], ","), name) {
			groups = append(groups, number(fields[2]))
		}
	}
	return groups
}

// readColons gives the lines of a file like /etc/passwd that have enough fields.
func readColons(path string, fields int) [][]string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if parts := strings.Split(strings.TrimSpace(line), ":"); len(parts) >= fields {
			lines = append(lines, parts)
		}
	}
	return lines
}

func number(text string) uint32 {
	value, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(value)
}
