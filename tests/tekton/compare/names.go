package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Limits of names in a fused Task, in bytes: those of src/fuse/names.rs.
const (
	stepLimit    = 58
	sidecarLimit = 55
	resultLimit  = 250
)

// names gives out names as the compiler does: each once, whatever its case.
type names struct {
	limit int
	taken map[string]bool
}

func newNames(limit int) *names {
	return &names{limit: limit, taken: map[string]bool{}}
}

// take returns the wanted name, shortened if it is too long, counted up if it is taken.
func (n *names) take(wanted string) string {
	name := shorten(wanted, n.limit)
	for count := 2; n.taken[strings.ToLower(name)]; count++ {
		name = shorten(fmt.Sprintf("%s-%d", wanted, count), n.limit)
	}
	n.taken[strings.ToLower(name)] = true
	return name
}

// shorten cuts a name that is too long and ends it in eight digits of its hash.
func shorten(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	hash := sha256.Sum256([]byte(name))
	return strings.TrimRight(name[:limit-9], "-.") + "-" + hex.EncodeToString(hash[:4])
}
