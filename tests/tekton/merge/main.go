// Merges a stepTemplate into a step as Tekton does: reads one JSON object
// {"template": ..., "step": ...} a line, prints the merged step, one a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

type pair struct {
	Template v1.StepTemplate `json:"template"`
	Step     v1.Step         `json:"step"`
}

func merge(line []byte) ([]byte, error) {
	var read pair
	if err := json.Unmarshal(line, &read); err != nil {
		return nil, err
	}
	steps, err := v1.MergeStepsWithStepTemplate(&read.Template, []v1.Step{read.Step})
	if err != nil {
		return nil, err
	}
	return json.Marshal(steps[0])
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		merged, err := merge(lines.Bytes())
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		fmt.Println(string(merged))
	}
	return lines.Err()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
