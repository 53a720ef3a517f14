package node

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// entrypointPath is the program that Tekton starts in each step.
const entrypointPath = "/tekton/bin/entrypoint"

// observe puts the program record between Tekton's entrypoint and the command of
// a step, if this is a step. Where the command cannot be found, it is left alone:
// how Tekton deals with that shall stay as it is. A command below a mount may come
// into being later, so it counts as found; if it then is missing, record says what
// the entrypoint would, but `onError: continue` takes that for a step that failed.
func (b *bundle) observe(record string) error {
	if len(b.args) == 0 || b.args[0] != entrypointPath {
		return nil
	}
	flags, command := splitEntrypoint(b.args[1:], b.variables)
	if len(command) == 0 || !b.canStart(command[0]) {
		return nil
	}
	dir := filepath.Join(b.dir, "observe")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Link(record, filepath.Join(dir, "record")); err != nil {
		if err := copyFile(record, filepath.Join(dir, "record"), 0o755); err != nil {
			return err
		}
	}
	if err := writeProjected(filepath.Join(dir, "seen.json"), projectedFile{mode: 0o666}); err != nil {
		return err
	}
	b.mounts = append(b.mounts, mount{"/.observe", dir, false})
	b.makePlaces()
	b.args = slices.Concat(b.args[:1], flags, []string{"-entrypoint", "/.observe/record", "--", "--"}, command)
	return nil
}

// splitEntrypoint takes the command line of a step apart: the flags of the
// entrypoint without -entrypoint, and the command with its arguments. Without
// -entrypoint, the command is that of the image, which Tekton's controller put into
// a variable (cmd/entrypoint/main.go and pkg/pod/entrypoint_lookup.go of Tekton 1.15.1).
func splitEntrypoint(args, variables []string) (flags, command []string) {
	flags = args
	if end := slices.Index(args, "--"); end >= 0 {
		flags, command = args[:end], args[end+1:]
	}
	if at := slices.Index(flags, "-entrypoint"); at >= 0 && at+1 < len(flags) && flags[at+1] != "" {
		return slices.Concat(flags[:at], flags[at+2:]), append([]string{flags[at+1]}, command...)
	}
	for _, variable := range variables {
		text, found := strings.CutPrefix(variable, "TEKTON_PLATFORM_COMMANDS=")
		var commands map[string][]string
		if found && json.Unmarshal([]byte(text), &commands) == nil {
			return flags, append(slices.Clone(commands["linux/"+runtime.GOARCH]), command...)
		}
	}
	return flags, nil
}

// canStart tells whether the command will be found, by the rules of Go's package
// os/exec, and can be executed. One that the entrypoint is still to put in, from the
// result of a step, is taken for one that will.
func (b *bundle) canStart(command string) bool {
	if strings.HasPrefix(command, "$(steps.") {
		return true
	}
	seen := view{root: b.root.path, mounts: b.mounts}
	if strings.Contains(command, "/") {
		return seen.canExecute(b.absolute(command), 0)
	}
	for _, variable := range b.variables {
		path, found := strings.CutPrefix(variable, "PATH=")
		if !found {
			continue
		}
		return slices.ContainsFunc(filepath.SplitList(path), func(dir string) bool {
			return filepath.IsAbs(dir) && seen.canExecute(filepath.Join(dir, command), 0)
		})
	}
	return false
}

func (b *bundle) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(b.workDir, path)
}

// canExecute tells whether a file is a program, or a script whose interpreter is
// one. A file below a mount that is not there counts as one.
func (v view) canExecute(path string, depth int) bool {
	resolved, err := v.resolve(path, nil)
	if err != nil {
		return v.mounted(filepath.Clean(path))
	}
	info, err := os.Stat(v.place(resolved))
	if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 || depth > 4 {
		return false
	}
	head := readHead(v.place(resolved))
	if interpreter, isScript := bytes.CutPrefix(head, []byte("#!")); isScript {
		line, _, _ := bytes.Cut(interpreter, []byte("\n"))
		words := bytes.Fields(line)
		return len(words) > 0 && v.canExecute(string(words[0]), depth+1)
	}
	return bytes.HasPrefix(head, []byte("\x7fELF"))
}

func readHead(path string) []byte {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	head, _ := io.ReadAll(io.LimitReader(file, 256))
	return head
}
