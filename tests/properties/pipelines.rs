//! Small random Pipelines with groups, whose names collide on purpose.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::requests::{CPU, GPU, MEMORY};

/// Names that meet when they are joined by a dash, or when case is ignored.
const TASKS: &[&str] = &["a", "b", "a-b", "b-a", "fuse-link"];
const PARAMS: &[&str] = &["b", "c", "b-c", "B"];
const RESULTS: &[&str] = &["r", "R", "b-r", "c"];
const WORKSPACES: &[&str] = &["w", "v", "W"];
const STEPS: &[Option<&str>] = &[Some("s"), Some("b-s"), None, Some("fuse-link")];

/// A Pipeline with the Tasks it refers to. Most of them are valid.
pub(crate) fn pipeline() -> impl Strategy<Value = String> {
    vec(any::<u8>(), 0..300).prop_map(|bytes| Builder { bytes: bytes.into_iter(), tasks: Vec::new() }.build())
}

/// Builds from choices; the first is taken where there are no more.
struct Builder {
    bytes: std::vec::IntoIter<u8>,
    tasks: Vec<Task>,
}

/// A pipeline task that was built.
struct Task {
    name: String,
    entry: serde_json::Map<String, Json>,
    spec: Json,
    /// Name, and whether it is an array.
    results: Vec<(String, bool)>,
}

impl Builder {
    fn choose(&mut self, of: usize) -> usize {
        usize::from(self.bytes.next().unwrap_or(0)) % of
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.choose(of) == of - 1
    }

    /// Some names that differ also when case is ignored, as Tekton wants it within one Task.
    fn some<'a>(&mut self, from: &[&'a str]) -> Vec<&'a str> {
        let mut some: Vec<&str> = Vec::new();
        for name in from {
            if self.choose(2) == 1 && !some.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                some.push(name);
            }
        }
        some
    }

    fn build(mut self) -> String {
        let (count, turn) = (2 + self.choose(4), self.choose(TASKS.len()));
        for at in 0..count {
            let task = self.task(TASKS[(at + turn) % TASKS.len()]);
            self.tasks.push(task);
        }
        self.group(count);
        let results = self.pipeline_results();
        let finally = self.finally();
        let mut documents = Vec::new();
        let mut entries = Vec::new();
        let reversed = self.one_in(3);
        for (at, mut task) in std::mem::take(&mut self.tasks).into_iter().enumerate() {
            if self.one_in(3) {
                task.entry.insert("taskSpec".to_owned(), task.spec);
            } else {
                let name = format!("t{at}");
                task.entry.insert("taskRef".to_owned(), json!({"name": name}));
                let metadata = json!({"name": name});
                documents.push(json!({
                    "apiVersion": "tekton.dev/v1", "kind": "Task", "metadata": metadata, "spec": task.spec
                }));
            }
            entries.push(Json::Object(task.entry));
        }
        if reversed {
            entries.reverse();
        }
        let groups = self.groups(&mut entries);
        documents.push(json!({
            "apiVersion": "tekton.dev/v1", "kind": "Pipeline", "metadata": {"name": "p"},
            "spec": {
                "params": [{"name": "b", "default": "x"}, {"name": "list", "type": "array", "default": ["x", "y"]}],
                "workspaces": [{"name": "w"}, {"name": "v"}],
                "tasks": entries, "finally": finally, "results": results, "groups": groups,
            },
        }));
        let texts: Vec<String> = documents.iter().map(|document| serde_yaml::to_string(document).unwrap()).collect();
        texts.join("---\n")
    }

    /// Tasks only wait for earlier ones, so neighbours can always be one group.
    fn group(&mut self, count: usize) {
        let first = self.choose(count - 1);
        let end = (first + 2 + self.choose(count)).min(count);
        self.tasks[first..end].iter_mut().for_each(|task| drop(task.entry.insert("group".to_owned(), json!("g"))));
        if end + 2 <= count {
            self.tasks[end..].iter_mut().for_each(|task| drop(task.entry.insert("group".to_owned(), json!("a-g"))));
        }
    }

    fn task(&mut self, name: &str) -> Task {
        let results: Vec<(String, bool)> =
            self.some(RESULTS).into_iter().map(|result| (result.to_owned(), self.one_in(4))).collect();
        let (declared, passed, arrays) = self.params();
        let workspaces = self.some(WORKSPACES);
        let mut entry = serde_json::Map::new();
        entry.insert("name".to_owned(), json!(name));
        entry.insert("params".to_owned(), json!(passed));
        let bindings: Vec<Json> = workspaces.iter().map(|workspace| self.binding(workspace)).collect();
        entry.insert("workspaces".to_owned(), json!(bindings));
        let earlier: Vec<String> = self.tasks.iter().map(|task| task.name.clone()).collect();
        let waits: Vec<String> = earlier.into_iter().filter(|_| self.one_in(3)).collect();
        entry.insert("runAfter".to_owned(), json!(waits));
        self.control(&mut entry);
        let params: Vec<(String, bool)> = declared
            .iter()
            .zip(arrays)
            .map(|(param, array)| (param["name"].as_str().unwrap().to_owned(), array))
            .collect();
        let spec = self.spec(&results, &params, &workspaces, declared);
        Task { name: name.to_owned(), entry, spec, results }
    }

    /// Conditions, and failures that are forgiven.
    fn control(&mut self, entry: &mut serde_json::Map<String, Json>) {
        if self.one_in(3) {
            let result = if self.one_in(2) { self.result(false) } else { None };
            let input = result.map_or("$(params.b)".to_owned(), |result| format!("$({result})"));
            let operator = if self.one_in(2) { "in" } else { "notin" };
            entry.insert("when".to_owned(), json!([{"input": input, "operator": operator, "values": ["x", "z"]}]));
        }
        if self.one_in(5) {
            entry.insert("onError".to_owned(), json!("continue"));
        }
    }

    /// A list of groups in place of the field, where one member runs also after a failure.
    fn groups(&mut self, entries: &mut [Json]) -> Vec<Json> {
        if !self.one_in(3) {
            return Vec::new();
        }
        let members = entries.iter_mut().filter(|entry| entry["group"] == "g");
        let mut names: Vec<Json> = Vec::new();
        for entry in members {
            entry.as_object_mut().unwrap().remove("group");
            names.push(entry["name"].clone());
        }
        if let Some(last) = names.last_mut() {
            *last = json!({"name": last, "run": "always"});
        }
        vec![json!({"name": "g", "tasks": names})]
    }

    /// Declarations, what is passed, and which are arrays.
    fn params(&mut self) -> (Vec<Json>, Vec<Json>, Vec<bool>) {
        let (mut declared, mut passed, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
        for name in self.some(PARAMS) {
            let array = self.one_in(4);
            let mut spec = json!({"name": name, "type": if array { "array" } else { "string" }});
            let value = if array { self.array() } else { self.string() };
            if self.one_in(4) {
                spec["default"] = if array { json!(["d"]) } else { json!("d") };
            } else {
                passed.push(json!({"name": name, "value": value}));
            }
            declared.push(spec);
            arrays.push(array);
        }
        (declared, passed, arrays)
    }

    /// A result of an earlier task.
    fn result(&mut self, array: bool) -> Option<String> {
        let results = self.tasks.iter().flat_map(|task| {
            task.results
                .iter()
                .filter(|result| result.1 == array)
                .map(|result| format!("tasks.{}.results.{}", task.name, result.0))
        });
        let results: Vec<String> = results.collect();
        (!results.is_empty()).then(|| results[self.choose(results.len())].clone())
    }

    fn string(&mut self) -> Json {
        match (self.choose(5), self.result(false)) {
            (0, _) => json!("text"),
            (1, _) => json!("$(params.b)-$(context.pipelineRun.name)"),
            (2, Some(result)) => json!(format!("$({result})")),
            (_, Some(result)) => json!(format!("$(params.b)/$({result}):x")),
            _ => json!("a \"quoted\" 'text'"),
        }
    }

    fn array(&mut self) -> Json {
        match (self.choose(4), self.result(true), self.result(false)) {
            (0, ..) => json!(["one", "two"]),
            (1, ..) => json!(["$(params.list[*])"]),
            (2, Some(result), _) => json!(format!("$({result}[*])")),
            (_, _, Some(result)) => json!(["x", format!("$({result})")]),
            _ => json!("$(params.list[*])"),
        }
    }

    fn binding(&mut self, workspace: &str) -> Json {
        let bound = if self.one_in(2) { "v" } else { "w" };
        let mut binding = json!({"name": workspace, "workspace": bound});
        if self.one_in(4) {
            binding["subPath"] = json!("dir");
        }
        binding
    }

    fn spec(
        &mut self,
        results: &[(String, bool)],
        params: &[(String, bool)],
        workspaces: &[&str],
        declared: Vec<Json>,
    ) -> Json {
        let result =
            |(name, array): &(String, bool)| json!({"name": name, "type": if *array { "array" } else { "string" }});
        let workspace = |(at, name): (usize, &&str)| {
            let mut workspace = json!({"name": name});
            match self.choose(4) {
                1 => workspace["readOnly"] = json!(true),
                2 if at == 0 => workspace["mountPath"] = json!("/src"),
                3 => workspace["optional"] = json!(true),
                _ => {}
            }
            workspace
        };
        let workspace_specs: Vec<Json> = workspaces.iter().enumerate().map(workspace).collect();
        let turn = self.choose(STEPS.len());
        let mut steps: Vec<Json> = Vec::new();
        for at in 0..1 + self.choose(3) {
            let step = self.step(STEPS[(at + turn) % STEPS.len()], &steps, results, params, workspaces);
            steps.push(step);
        }
        let mut spec = json!({
            "params": declared, "workspaces": workspace_specs, "steps": steps,
            "results": results.iter().map(result).collect::<Vec<_>>(),
        });
        if self.one_in(3) {
            spec["volumes"] = json!([{"name": "v", "emptyDir": {}}]);
            spec["steps"][0]["volumeMounts"] = json!([{"name": "v", "mountPath": "/cache"}]);
        }
        if self.one_in(5) {
            spec["sidecars"] = json!([{"name": "s", "image": "redis", "computeResources": self.resources()}]);
        }
        if self.one_in(5) {
            let resources = self.resources();
            spec["stepTemplate"] = json!({
                "env": [{"name": "E", "value": "template"}, {"name": "F", "value": "f"}], "computeResources": resources
            });
        }
        spec
    }

    fn step(
        &mut self,
        name: Option<&str>,
        earlier: &[Json],
        results: &[(String, bool)],
        params: &[(String, bool)],
        workspaces: &[&str],
    ) -> Json {
        let mut step = json!({"image": "alpine", "computeResources": self.resources()});
        if let Some(name) = name {
            step["name"] = json!(name);
        }
        let mut run_time: Vec<String> =
            params.iter().filter(|param| !param.1).map(|param| format!("$(params.{})", param.0)).collect();
        run_time.extend(workspaces.iter().map(|name| format!("$(workspaces.{name}.path)/x")));
        run_time.extend(
            results.iter().filter(|_| self.choose(2) == 1).map(|result| format!("$(results.{}.path)", result.0)),
        );
        let mut texts = run_time.clone();
        for other in earlier.iter().filter_map(|step| Some((step["name"].as_str()?, step))) {
            run_time.push(format!("$(steps.step-{}.exitCode.path)", other.0));
            if other.1.get("results").is_some() {
                texts.push(format!("$(steps.{}.results.own)", other.0));
            }
        }
        if name.is_some() && self.one_in(3) {
            step["results"] = json!([{"name": "own", "type": "string"}]);
            run_time.push("$(step.results.own.path)".to_owned());
        }
        let arrays = params.iter().filter(|param| param.1).map(|param| format!("$(params.{}[*])", param.0));
        let args: Vec<String> = texts.iter().cloned().chain(arrays).filter(|_| self.choose(2) == 1).collect();
        let script: Vec<String> = run_time.iter().map(|text| self.line(text)).collect();
        match self.choose(4) {
            0 => step["script"] = json!(script.join("")),
            1 => step["script"] = json!(format!("#!/usr/bin/env python3\nprint('''{}''')\n", run_time.join(" "))),
            2 => step["command"] = json!(["tool"]),
            _ => {}
        }
        step["args"] = json!(args);
        if self.one_in(3) {
            step["env"] = json!([{"name": "E", "value": texts.join(",")}]);
        }
        if self.one_in(4) {
            step["onError"] = json!("continue");
        }
        step
    }

    /// Requests, and limits of things that are requested as well. A limit is never less than a request.
    fn resources(&mut self) -> Json {
        if !self.one_in(2) {
            return json!({});
        }
        let (cpu, memory) = (CPU[self.choose(CPU.len())].0, MEMORY[self.choose(MEMORY.len())].0);
        let mut resources = match self.choose(4) {
            0 => json!({"requests": {"cpu": cpu}}),
            1 => json!({"requests": {"cpu": cpu, "memory": memory}}),
            2 => json!({"limits": {"memory": memory}}),
            _ => json!({"requests": {"cpu": cpu, "memory": "0"}, "limits": {"cpu": "2", "memory": memory}}),
        };
        if self.one_in(6) {
            resources["limits"]["nvidia.com/gpu"] = json!(GPU[self.choose(GPU.len())].0);
        }
        resources
    }

    fn line(&mut self, text: &str) -> String {
        match self.choose(4) {
            0 => format!("echo \"{text}\"\n"),
            1 => format!("echo {text}\n"),
            2 => format!("echo '{text}' # {text}\n"),
            _ => format!("cat <<E\n{text}\nE\n"),
        }
    }

    fn pipeline_results(&mut self) -> Vec<Json> {
        let results = (0..self.choose(3)).filter_map(|at| {
            let value = self.result(false)?;
            Some(json!({"name": format!("out{at}"), "value": format!("$({value})")}))
        });
        results.collect()
    }

    fn finally(&mut self) -> Vec<Json> {
        if !self.one_in(3) {
            return Vec::new();
        }
        let value = self.result(false).map_or("none".to_owned(), |result| format!("$({result})"));
        vec![json!({
            "name": "z", "params": [{"name": "x", "value": value}],
            "taskSpec": {"params": [{"name": "x"}], "steps": [{"image": "alpine", "args": ["$(params.x)"]}]},
        })]
    }
}
