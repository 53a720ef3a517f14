// Command validate says what the API server of a cluster with Tekton would
// object to in the manifests it is given. See ../README.md.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"tkn-fuse/tests/tekton/manifest"
)

// Exit codes: problems are an answer, everything in exitFailure is none.
const (
	exitClean    = 0
	exitProblems = 1
	exitFailure  = 2
)

// problem is one objection to one object of a stream.
type problem struct {
	File    string `json:"file"`
	Index   int    `json:"index"` // of the document in its file, from 0
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Message string `json:"message"`
}

func (p problem) String() string {
	return fmt.Sprintf("%s:%d %s/%s: %s", p.File, p.Index, p.Kind, p.Name, p.Message)
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("validate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print the problems as a JSON array")
	config := flags.String("config", "", "`folder` with the CRDs and ConfigMaps of the Tekton release")
	if err := flags.Parse(args); err != nil {
		return exitFailure
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(stderr, "validate: name at least one FILE, or - for the standard input")
		return exitFailure
	}
	server, err := newAdmission(*config)
	if err != nil {
		fmt.Fprintln(stderr, "validate:", err)
		return exitFailure
	}
	problems := []problem{}
	for _, file := range flags.Args() {
		found, err := checkFile(server, file, stdin)
		if err != nil {
			fmt.Fprintln(stderr, "validate:", err)
			return exitFailure
		}
		problems = append(problems, found...)
	}
	if err := report(stdout, problems, *asJSON); err != nil {
		fmt.Fprintln(stderr, "validate:", err)
		return exitFailure
	}
	if len(problems) > 0 {
		return exitProblems
	}
	return exitClean
}

func report(stdout io.Writer, problems []problem, asJSON bool) error {
	out := bufio.NewWriter(stdout)
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(problems); err != nil {
			return err
		}
		return out.Flush()
	}
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	return out.Flush()
}

// checkFile asks the server about every object in the file.
func checkFile(server *admission, file string, stdin io.Reader) ([]problem, error) {
	in := stdin
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		in = opened
	}
	var problems []problem
	err := manifest.Each(in, func(o manifest.Object) {
		messages := o.Problems
		if len(messages) == 0 {
			messages = server.admit(o.Raw)
		}
		for _, message := range messages {
			problems = append(problems, problem{file, o.Index, o.Kind, o.Name, oneLine(message)})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return problems, nil
}

// oneLine joins the lines of a message: a report has one line per problem.
func oneLine(message string) string {
	var lines []string
	for _, line := range strings.Split(message, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
