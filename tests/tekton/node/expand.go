package node

import "strings"

// expand replaces $(NAME) by what lookup gives and $$ by $, once, from left to
// right; a reference that lookup does not know stays. The rules are those of
// third_party/forked/golang/expansion of Kubernetes 1.35.
func expand(text string, lookup func(name string) (string, bool)) string {
	var result strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		result.WriteString(before)
		if !found {
			return result.String()
		}
		text = after
		switch {
		case strings.HasPrefix(text, "$"):
			result.WriteByte('$')
			text = text[1:]
		case strings.HasPrefix(text, "(") && strings.Contains(text, ")"):
			name, rest, _ := strings.Cut(text[1:], ")")
			if value, known := lookup(name); known {
				result.WriteString(value)
			} else {
				result.WriteString("$(" + name + ")")
			}
			text = rest
		default:
			result.WriteByte('$')
		}
	}
}
