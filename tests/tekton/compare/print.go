package compare

import (
	"fmt"
	"io"
	"strings"

	"tkn-fuse/tests/tekton/report"
)

// Unannounced are the differences that no diagnostic told of.
func Unannounced(differences []Difference) []Difference {
	var rest []Difference
	for _, difference := range differences {
		if difference.AnnouncedBy == "" {
			rest = append(rest, difference)
		}
	}
	return rest
}

// Print writes the differences for a reader: first those that nobody told of,
// then the others, then what each side cost.
func Print(out io.Writer, source, fused Side, differences []Difference) error {
	var text strings.Builder
	unannounced := Unannounced(differences)
	fmt.Fprintf(&text, "%d unannounced differences\n", len(unannounced))
	for _, difference := range unannounced {
		text.WriteString(difference.text())
	}
	fmt.Fprintf(&text, "%d announced differences\n", len(differences)-len(unannounced))
	for _, difference := range differences {
		if difference.AnnouncedBy != "" {
			text.WriteString(difference.text())
		}
	}
	text.WriteString(costs(source.Report, fused.Report))
	_, err := io.WriteString(out, text.String())
	return err
}

func (d Difference) text() string {
	place := strings.Join(nonEmpty(d.Run, d.Task, d.Step), "/")
	head := strings.Join(nonEmpty(d.Observable, place), " of ")
	if d.AnnouncedBy != "" {
		head = d.AnnouncedBy + ": " + head
	}
	return fmt.Sprintf("  %s\n    source: %s\n    fused:  %s\n", head, oneLine(d.Source), oneLine(d.Fused))
}

func nonEmpty(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

func oneLine(text string) string {
	return strings.ReplaceAll(text, "\n", `\n`)
}

func costs(source, fused report.Report) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-12s %8s %8s\n", "", "source", "fused")
	for _, row := range []struct {
		name string
		a, b int
	}{
		{"TaskRuns", source.Counts.TaskRuns, fused.Counts.TaskRuns},
		{"pods", source.Counts.Pods, fused.Counts.Pods},
		{"containers", source.Counts.Containers, fused.Counts.Containers},
		{"claims", source.Counts.Claims, fused.Counts.Claims},
	} {
		fmt.Fprintf(&text, "%-12s %8d %8d\n", row.name, row.a, row.b)
	}
	fmt.Fprintf(&text, "%-12s %8.1f %8.1f\n", "seconds", source.Seconds, fused.Seconds)
	return text.String()
}
