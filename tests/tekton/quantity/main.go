// Says what Kubernetes makes of quantities: reads a JSON array of one or two
// texts a line, prints a JSON object about each line, one a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/resource"
)

// A quantity in canonical form, and exactly: from E and Ei on, the canonical
// form may have lost its suffix.
type amount struct {
	Canonical string `json:"canonical"`
	Exact     string `json:"exact"`
}

type answer struct {
	Error      string  `json:"error,omitempty"`
	Value      *amount `json:"value,omitempty"`
	Order      *int    `json:"order,omitempty"`
	Sum        *amount `json:"sum,omitempty"`
	Difference *amount `json:"difference,omitempty"`
}

// String is not asked: it may be the text that was parsed.
func canonical(quantity *resource.Quantity) string {
	number, suffix := quantity.CanonicalizeBytes(nil)
	return string(number) + string(suffix)
}

func show(quantity *resource.Quantity) *amount {
	exact := quantity.DeepCopy()
	exact.Format = resource.DecimalExponent
	return &amount{Canonical: canonical(quantity), Exact: canonical(&exact)}
}

// Texts are parsed for each operation: operations may change their operands.
func about(texts []string) (answer, error) {
	var parsed []resource.Quantity
	for range 3 {
		for _, text := range texts {
			quantity, err := resource.ParseQuantity(text)
			if err != nil {
				return answer{Error: err.Error()}, nil
			}
			parsed = append(parsed, quantity)
		}
	}
	switch len(texts) {
	case 1:
		return answer{Value: show(&parsed[0])}, nil
	case 2:
		order := parsed[0].Cmp(parsed[1])
		parsed[2].Add(parsed[3])
		parsed[4].Sub(parsed[5])
		return answer{Order: &order, Sum: show(&parsed[2]), Difference: show(&parsed[4])}, nil
	}
	return answer{}, fmt.Errorf("%d quantities in one line", len(texts))
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		var texts []string
		if err := json.Unmarshal(lines.Bytes(), &texts); err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		found, err := about(texts)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(output).Encode(found); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return output.Flush()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
