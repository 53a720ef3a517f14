// Command record writes down what a process of a container finds when it
// starts, and then becomes that process.
//
//	record -- CMD ARG...
//
// The agent in ../node puts it between Tekton's entrypoint and the command of a
// step. It is one static program, so that it runs in any image. Called by the
// name `app` it is the program of the image without a shell, see app.go.
package main

import (
	"encoding/json"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"tkn-fuse/tests/tekton/report"
)

// seenFile is where the agent expects the record; it has made the file.
const seenFile = "/.observe/seen.json"

func main() {
	if filepath.Base(os.Args[0]) == "app" {
		app(os.Args[1:])
		return
	}
	if len(os.Args) < 3 || os.Args[1] != "--" {
		log.Fatal("usage: record -- CMD ARG...")
	}
	command := os.Args[2:]
	// A step must not fail because it is watched; the agent misses the record.
	_ = write(look(command))
	become(command)
}

func look(command []string) report.Seen {
	seen := report.Seen{
		Args: command,
		Env:  os.Environ(),
		UID:  os.Getuid(),
		GID:  os.Getgid(),
		Time: time.Now().UTC(),
	}
	// Not os.Getwd: that believes PWD.
	seen.Dir, _ = syscall.Getwd()
	seen.Groups, _ = os.Getgroups()
	seen.Mounts = mounts()
	return seen
}

func write(seen report.Seen) error {
	text, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(seenFile, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// become executes the command as Tekton's entrypoint would have: with Go's rules
// for finding it. If that fails, it says what the entrypoint would say and ends
// with the same exit code (cmd/entrypoint/main.go of Tekton 1.15.1, the default
// branch of the last switch).
func become(command []string) {
	path := command[0]
	if filepath.Base(path) == path {
		found, err := exec.LookPath(path)
		if err != nil {
			_ = os.Truncate(seenFile, 0)
			log.Fatalf("Error executing command: %v", err)
		}
		path = found
	}
	err := syscall.Exec(path, command, os.Environ())
	// It has not been started after all.
	_ = os.Truncate(seenFile, 0)
	log.Fatalf("Error executing command: %v", &os.PathError{Op: "fork/exec", Path: path, Err: err})
}
