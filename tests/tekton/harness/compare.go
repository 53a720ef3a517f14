package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"tkn-fuse/tests/tekton/compare"
	"tkn-fuse/tests/tekton/report"
)

// compareSources compiles the sources, executes them and the output, and prints
// the differences. The exit code is 1 if one of them was not announced.
func compareSources(args []string) int {
	var options clientOptions
	flags := flag.NewFlagSet("compare", flag.ContinueOnError)
	options.register(flags)
	compiler := flags.String("compiler", "tkn-fuse", "the compiler to test")
	output := flags.String("output", "", "execute this `file` in place of what the compiler writes")
	asJSON := flags.Bool("json", false, "print the differences and both executions as JSON")
	if flags.Parse(args) != nil {
		return exitFailure
	}
	sources, compileFlags := split(flags.Args())
	if len(sources) == 0 {
		return fail(errors.New("name at least one SOURCE"))
	}
	c, err := compileSources(*compiler, *output, sources, compileFlags)
	if err != nil {
		return fail(err)
	}
	s, err := options.open(serverArgs(flags))
	if err != nil {
		return fail(err)
	}
	defer s.close()
	if err := s.executeBoth(c); err != nil {
		return fail(err)
	}
	if refused := c.source.Report.Refused; len(refused) > 0 {
		return fail(fmt.Errorf("Tekton refuses the source: %s", strings.Join(refused, "\n")))
	}
	differences, err := compare.Compare(c.source, c.fused, c.diagnostics)
	if err != nil {
		return fail(err)
	}
	if *asJSON {
		err = printJSON(os.Stdout, comparisonReport{differences, c.source.Report, c.fused.Report})
	} else {
		err = compare.Print(os.Stdout, c.source, c.fused, differences)
	}
	if err != nil {
		return fail(err)
	}
	if len(compare.Unannounced(differences)) > 0 {
		return exitDifference
	}
	return exitClean
}

// comparisonReport is what `compare -json` prints.
type comparisonReport struct {
	Differences []compare.Difference `json:"differences"`
	Source      report.Report        `json:"source"`
	Fused       report.Report        `json:"fused"`
}

// split divides SOURCE... [-- FLAG...].
func split(args []string) (sources, flags []string) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

// comparison is what is to be executed, and what the compiler said of it.
type comparison struct {
	source, fused compare.Side
	diagnostics   []compare.Diagnostic
}

// compileSources compiles the sources. Tasks that are only read for that are
// executed with both sides. The fused side is the file `output` if there is one.
func compileSources(compiler, output string, sources, flags []string) (*comparison, error) {
	c := &comparison{}
	documents, err := readAll(sources)
	if err != nil {
		return nil, err
	}
	for i := range documents {
		compare.StripMarks(&documents[i])
	}
	var fused, told bytes.Buffer
	command := exec.Command(compiler, append(append([]string{"compile", "--format", "json"}, sources...), flags...)...)
	command.Stdout, command.Stderr = &fused, &told
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, told.String())
	}
	if c.diagnostics, err = compare.ParseDiagnostics(told.Bytes()); err != nil {
		return nil, err
	}
	if output != "" {
		c.fused.Documents, err = readAll([]string{output})
	} else {
		c.fused.Documents, err = parseObjects("output", &fused)
	}
	if err != nil {
		return nil, err
	}
	c.source.Documents = documents
	tasks, err := readAll(valuesOf(flags, "--tasks"))
	if err != nil {
		return nil, err
	}
	c.source.Documents = withTasks(c.source.Documents, tasks)
	c.fused.Documents = withTasks(c.fused.Documents, tasks)
	return c, nil
}

// valuesOf are the values of a repeatable option.
func valuesOf(args []string, option string) []string {
	var values []string
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, option+"="); found {
			values = append(values, value)
		} else if arg == option && i+1 < len(args) {
			values = append(values, args[i+1])
		}
	}
	return values
}

// withTasks adds tasks whose names the documents do not have: inputs win.
func withTasks(documents, tasks []unstructured.Unstructured) []unstructured.Unstructured {
	key := func(o *unstructured.Unstructured) string { return o.GetKind() + "/" + o.GetName() }
	known := map[string]bool{}
	for i := range documents {
		known[key(&documents[i])] = true
	}
	for i := range tasks {
		if !known[key(&tasks[i])] {
			known[key(&tasks[i])] = true
			documents = append(documents, *tasks[i].DeepCopy())
		}
	}
	return documents
}

// executeBoth executes source and output at the same time.
func (s *session) executeBoth(c *comparison) error {
	sides := []*compare.Side{&c.source, &c.fused}
	failures := make([]error, len(sides))
	var both sync.WaitGroup
	for i, side := range sides {
		both.Go(func() {
			result, err := s.execute(side.Documents)
			if err == nil {
				side.Report = *result
			}
			failures[i] = err
		})
	}
	both.Wait()
	return errors.Join(failures...)
}
