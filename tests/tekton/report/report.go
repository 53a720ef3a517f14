// Package report is what an execution of manifests showed: the JSON that
// `tests/tekton/run execute` prints, and all that `compare` knows.
package report

import "time"

// Report is one execution: everything that came of the documents.
type Report struct {
	// Namespace is where the documents were applied.
	Namespace string `json:"namespace"`
	// Refused is what the API server said to documents that it did not take.
	Refused []string `json:"refused,omitempty"`
	Runs    []Run    `json:"runs"`
	Counts  Counts   `json:"counts"`
	// Seconds is the wall time from the first document to the end of the last run.
	Seconds float64 `json:"seconds"`
}

// Counts is what the cluster had to make for the runs.
type Counts struct {
	TaskRuns   int `json:"taskRuns"`
	Pods       int `json:"pods"`
	Containers int `json:"containers"`
	Claims     int `json:"claims"`
}

// Run is a PipelineRun, or a TaskRun that no PipelineRun owns. The latter has
// one task, named as the run.
type Run struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	UID  string `json:"uid"`
	// Status is Succeeded, Failed, or Running if the time that execute allows was over first.
	Status  string         `json:"status"`
	Reason  string         `json:"reason"`
	Message string         `json:"message"`
	Results map[string]any `json:"results,omitempty"`
	// Tasks in the order in which they started.
	Tasks   []Task    `json:"tasks"`
	Skipped []Skipped `json:"skipped,omitempty"`
	// Workspaces are the files that the run left, for each workspace that it binds to a claim.
	Workspaces map[string][]File `json:"workspaces,omitempty"`
	Start      time.Time         `json:"start"`
	End        time.Time         `json:"end"`
}

// Skipped is a pipeline task that Tekton did not run, and why.
type Skipped struct {
	Task   string `json:"task"`
	Reason string `json:"reason"`
}

// Task is one TaskRun.
type Task struct {
	// Name is the name of the pipeline task; a task with a matrix has several TaskRuns.
	Name    string `json:"name"`
	TaskRun string `json:"taskRun"`
	UID     string `json:"uid"`
	// Labels and Annotations are those of the TaskRun.
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Status      string            `json:"status"`
	Reason      string            `json:"reason"`
	Message     string            `json:"message"`
	Results     map[string]any    `json:"results,omitempty"`
	// Retries counts the pods before the last one.
	Retries int    `json:"retries,omitempty"`
	Pod     string `json:"pod,omitempty"`
	// InitContainers are the names of those of the last pod, Containers counts all that it has.
	InitContainers []string  `json:"initContainers,omitempty"`
	Containers     int       `json:"containers,omitempty"`
	Requests       Resources `json:"requests,omitempty"`
	Steps          []Step    `json:"steps,omitempty"`
	Sidecars       []Step    `json:"sidecars,omitempty"`
	// Volumes are the files that the last pod left on its emptyDirs, by the volume's name.
	Volumes map[string][]File `json:"volumes,omitempty"`
	Start   time.Time         `json:"start"`
	End     time.Time         `json:"end"`
}

// Resources are quantities by the name of the resource.
type Resources map[string]string

// Step is one step or sidecar, as Tekton and the node tell it.
type Step struct {
	Name      string `json:"name"`
	Container string `json:"container"`
	// ExitCode is the step's own, also where Tekton continued after it; nil if it did not end.
	ExitCode *int `json:"exitCode,omitempty"`
	// Reason is Tekton's terminationReason: Completed, Continued, Skipped, Error, TimeoutExceeded ...
	Reason  string         `json:"reason,omitempty"`
	Results map[string]any `json:"results,omitempty"`
	Log     string         `json:"log"`
	// Seen is nil if the command of the step was never started.
	Seen  *Seen     `json:"seen,omitempty"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Seen is what a process of a step finds when it starts.
type Seen struct {
	// Args is the whole command line.
	Args []string `json:"args"`
	// Env is KEY=VALUE, in the order of the process.
	Env    []string  `json:"env"`
	Dir    string    `json:"dir"`
	UID    int       `json:"uid"`
	GID    int       `json:"gid"`
	Groups []int     `json:"groups,omitempty"`
	Time   time.Time `json:"time"`
	Mounts []Mount   `json:"mounts"`
}

// Mount is a place of a container's file system that does not come from its image.
type Mount struct {
	Path     string `json:"path"`
	ReadOnly bool   `json:"readOnly,omitempty"`
	Files    []File `json:"files,omitempty"`
}

// File is a file below a mount, a workspace or a volume; Path is relative to it.
type File struct {
	Path string `json:"path"`
	// Mode is type and permission in the form of `ls -l`.
	Mode string `json:"mode"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	Size int64  `json:"size"`
	// Content is the text itself if it is short, otherwise sha256:HEX; the target of a link.
	Content string `json:"content,omitempty"`
}
