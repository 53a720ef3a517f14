// Command harness executes manifests on Tekton's real reconcilers and its real
// entrypoint, and compares a source with what tkn-fuse makes of it. `../run`
// builds and calls it; ../README.md tells what is real and what is modelled.
package main

import (
	"fmt"
	"os"
)

// Exit codes, as those of validate: a difference is an answer, exitFailure is none.
const (
	exitClean      = 0
	exitDifference = 1
	exitFailure    = 2
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 0 {
		return fail(fmt.Errorf("say execute, compare or serve"))
	}
	command, rest := args[0], args[1:]
	switch command {
	case "execute":
		return execute(rest)
	case "compare":
		return compareSources(rest)
	case "serve":
		return serve(rest)
	case isolatedCommand:
		return serveIsolated(rest)
	case serverCommand:
		return serveHere(rest)
	}
	return fail(fmt.Errorf("unknown command %q", command))
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "harness:", err)
	return exitFailure
}
