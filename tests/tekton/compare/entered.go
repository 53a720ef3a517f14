package compare

import (
	"path"
	"regexp"
	"slices"
	"strings"

	v1 "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
)

// A working directory below a workspace that an earlier member writes must not
// exist when the pod starts. The compiler takes it off the step, which makes
// and enters it by itself (src/fuse/reads.rs, `enter_by_command`; for scripts
// src/shell/lowering.rs, `write_enter`).

// enterCommand stands before the directory and the step's own command.
var enterCommand = []string{"sh", "-c", `mkdir -p "$0" && cd "$0" && unset PWD OLDPWD SHLVL && exec "$@"`}

// enterScript ends the lines of a script that enter a directory, which stands
// in the here-document before it.
const enterScript = "\ntkn_fuse_enter \"${tkn_fuse_value%?}\"\n"

// entry is how a command of the fused side begins.
type entry struct {
	args []string
	// directory is where it starts, or what it enters before the step's own command.
	directory string
	// pattern fits the directories that a script may enter; nil if it enters none.
	pattern *regexp.Regexp
}

// covers says whether the script of the step enters this directory.
func (e entry) covers(directory string) bool {
	if e.pattern == nil {
		return false
	}
	directory = path.Clean(directory)
	return e.pattern.MatchString(directory) || e.pattern.MatchString(directory+"/")
}

// entered takes off what the compiler put before a command. `source` is the
// command line of the source: a step that had these words itself keeps them.
func (p *pair) entered(step stepPair, source []string) entry {
	seen := step.fused.Seen
	plain := entry{args: seen.Args, directory: seen.Dir}
	if step.group == nil || slices.Equal(source, texts(step.rules, seen.Args)) && !step.group.entersInScript(step.fused.Name) {
		return plain
	}
	words := len(enterCommand)
	if len(seen.Args) > words+1 && slices.Equal(seen.Args[:words], enterCommand) {
		return entry{args: seen.Args[words+1:], directory: seen.Args[words]}
	}
	spec := step.group.step(step.fused.Name)
	if spec == nil || spec.WorkingDir != "" {
		return plain
	}
	if text, enters := scriptDirectory(spec.Script); enters {
		return entry{args: seen.Args, directory: text, pattern: step.group.directoryPattern(*spec, text)}
	}
	return plain
}

func (g *group) entersInScript(step string) bool {
	spec := g.step(step)
	if spec == nil {
		return false
	}
	_, enters := scriptDirectory(spec.Script)
	return enters
}

// step is a step of the fused Task as the documents have it.
func (g *group) step(name string) *v1.Step {
	if g.spec == nil {
		return nil
	}
	for i, step := range g.spec.Steps {
		if stepName(step.Name, i) == name {
			return &g.spec.Steps[i]
		}
	}
	return nil
}

// scriptDirectory is the text of the directory that a script enters first.
func scriptDirectory(script string) (string, bool) {
	before, _, found := strings.Cut(script, enterScript)
	if !found {
		return "", false
	}
	body, delimiter, found := cutLast(before, "\n")
	if !found {
		return "", false
	}
	_, text, found := cutLast(body, "<<'"+delimiter+"'\n")
	return text, found
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// variable is what Tekton or the script puts a value in for.
var variable = regexp.MustCompile(`\$\([^()]*\)|@tkn-fuse-[^@\s]*@`)

var workspacePath = regexp.MustCompile(`^\$\(workspaces\.(.+)\.path\)$`)

// directoryPattern fits what a text with variables can be. The paths of
// workspaces are known; anything may stand for other variables, for the report
// does not have their values.
func (g *group) directoryPattern(step v1.Step, text string) *regexp.Regexp {
	text = variable.ReplaceAllStringFunc(text, func(variable string) string {
		if parts := workspacePath.FindStringSubmatch(variable); parts != nil {
			if place := g.workspacePath(step, parts[1]); place != "" {
				return place
			}
		}
		return variable
	})
	var pattern strings.Builder
	pattern.WriteString("^")
	text, end := path.Clean(text), 0
	for _, at := range variable.FindAllStringIndex(text, -1) {
		pattern.WriteString(regexp.QuoteMeta(text[end:at[0]]) + ".*")
		end = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(text[end:]) + "$")
	return regexp.MustCompile(pattern.String())
}

// workspacePath is where a step mounts a workspace of the fused Task.
func (g *group) workspacePath(step v1.Step, name string) string {
	for _, usage := range step.Workspaces {
		if usage.Name == name && usage.MountPath != "" {
			return usage.MountPath
		}
	}
	for _, workspace := range g.spec.Workspaces {
		if workspace.Name == name {
			return workspace.GetMountPath()
		}
	}
	return ""
}
