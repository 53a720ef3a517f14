package node

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	corev1 "k8s.io/api/core/v1"
)

// capabilityNames are all of Linux, by their number.
var capabilityNames = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE",
}

// defaultCapabilities are those that containerd gives to a container.
var defaultCapabilities = []string{
	"CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
	"NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
}

// capabilities are those of a container, as far as this process may give them.
// As in containerd, ALL is seen to first, then what is added by name, then what is
// dropped by name.
func capabilities(context corev1.SecurityContext) *specs.LinuxCapabilities {
	added, dropped := capabilityChanges(context.Capabilities)
	names := slices.Clone(defaultCapabilities)
	if slices.Contains(added, "ALL") || isTrue(context.Privileged) {
		names = slices.Clone(capabilityNames)
	}
	if !isTrue(context.Privileged) {
		if slices.Contains(dropped, "ALL") {
			names = nil
		}
		names = append(names, added...)
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(dropped, name) })
	}
	given := []string{}
	for _, name := range ownCapabilities() {
		if slices.Contains(names, name) {
			given = append(given, "CAP_"+name)
		}
	}
	return &specs.LinuxCapabilities{Bounding: given, Effective: given, Permitted: given}
}

// capabilityChanges gives the names to add and to drop, without the prefix CAP_.
func capabilityChanges(changes *corev1.Capabilities) (added, dropped []string) {
	if changes == nil {
		return nil, nil
	}
	plain := func(list []corev1.Capability) []string {
		var names []string
		for _, capability := range list {
			names = append(names, strings.TrimPrefix(strings.ToUpper(string(capability)), "CAP_"))
		}
		return names
	}
	return plain(changes.Add), plain(changes.Drop)
}

// ownCapabilities is the bounding set of this process.
func ownCapabilities() []string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	_, after, _ := strings.Cut(string(status), "CapBnd:")
	mask, err := strconv.ParseUint(firstField(after), 16, 64)
	if err != nil {
		return nil
	}
	var names []string
	for bit, name := range capabilityNames {
		if mask&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func firstField(text string) string {
	if fields := strings.Fields(text); len(fields) > 0 {
		return fields[0]
	}
	return ""
}
