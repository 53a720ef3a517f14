//! One cluster for all tests of this binary.

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How many executions are under way at the same time.
const JOBS: usize = 2;

/// Within this the programs of a cluster are built, if need be, and it is started.
const START_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Held by the test whose executions are under way: tests take turns.
static TURN: Mutex<()> = Mutex::new(());

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A running `tests/tekton/run serve`; it ends when this process does, which closes its standard input.
pub(crate) struct Cluster {
    socket: PathBuf,
    _server: Mutex<Child>,
}

static CLUSTER: LazyLock<Option<Cluster>> = LazyLock::new(|| {
    if env::var_os("TKN_FUSE_FULL").is_none_or(|full| full != "1") {
        return None;
    }
    Some(Cluster::start())
});

/// The cluster, or nothing if it was not asked for.
pub(crate) fn cluster() -> Option<&'static Cluster> {
    let cluster = CLUSTER.as_ref();
    if cluster.is_none() {
        println!("skipped: TKN_FUSE_FULL=1 builds and starts a cluster with Tekton, which needs go and root");
    }
    cluster
}

/// What a call of `execute` or `compare` gave.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) json: Value,
    pub(crate) stderr: String,
}

impl Cluster {
    fn start() -> Self {
        // The server removes it when it ends.
        let socket = env::temp_dir().join(format!("tkn-fuse-{}.sock", process::id()));
        let mut server = script("serve");
        server.arg("-attached").arg(&socket).stdin(Stdio::piped());
        let mut server = server.spawn().expect("the script starts");
        let begun = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            assert!(begun.elapsed() < START_LIMIT, "the cluster does not start");
            let ended = server.try_wait().expect("the script can be asked");
            assert!(ended.is_none(), "the cluster did not start: {ended:?}");
            thread::sleep(Duration::from_millis(200));
        }
        Self { socket, _server: Mutex::new(server) }
    }

    fn ask(&self, command: &str, args: &[&str]) -> Answer {
        let mut script = script(command);
        script.arg("--socket").arg(&self.socket).args(args).env("TKN_FUSE", env!("CARGO_BIN_EXE_tkn-fuse"));
        let Output { status, stdout, stderr } = script.output().expect("the script starts");
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        let json = serde_json::from_slice(&stdout).unwrap_or(Value::Null);
        Answer { code: status.code().unwrap_or(-1), json, stderr }
    }

    /// Executes a file, for two minutes at most.
    pub(crate) fn execute(&self, file: &Path) -> Answer {
        self.ask("execute", &["--limit=2m", &file.to_string_lossy()])
    }

    /// Compares a file with what the compiler makes of it, or with `output` in place of that.
    pub(crate) fn compare(&self, source: &Path, output: Option<&Path>, compile: &[String]) -> Answer {
        let source = source.to_string_lossy();
        let output = output.map(|path| format!("--output={}", path.display()));
        let mut args = vec!["-json"];
        args.extend(output.as_deref());
        args.extend([&*source, "--"]);
        args.extend(compile.iter().map(String::as_str));
        self.ask("compare", &args)
    }
}

fn script(command: &str) -> Command {
    let mut script = Command::new(root().join("tests/tekton/run"));
    script.arg(command);
    script
}

/// The variable that names the only case to run, or how the cases to run begin: `when-*`.
const CASE: &str = "TKN_FUSE_CASE";

/// Whether `TKN_FUSE_CASE` leaves the case of this name in.
pub(crate) fn is_wanted(name: &str) -> bool {
    env::var(CASE).map_or(true, |wanted| match wanted.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => wanted == name,
    })
}

/// Calls `check` for each item, several at a time, and panics with all that was wrong. What `check` returns is printed.
pub(crate) fn for_each<T: Sync>(items: &[T], check: impl Fn(&T) -> Result<String, String> + Sync) {
    assert!(!items.is_empty() || env::var_os(CASE).is_some(), "there is nothing to run");
    // A test that failed has had its turn as well.
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match check(item) {
                        Ok(line) => println!("{line}"),
                        Err(line) => wrong.lock().expect("no check panics").push(line),
                    }
                }
            });
        }
    });
    drop(turn);
    let wrong = wrong.into_inner().expect("no check panics");
    assert!(wrong.is_empty(), "{} of {} failed:\n{}", wrong.len(), items.len(), wrong.join("\n"));
}

/// Whether `text` is what stands in `NAME.snap` in the folder.
pub(crate) fn is_snapshot(folder: &Path, name: &str, text: &str) -> bool {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| panic::catch_unwind(|| insta::assert_snapshot!(name, text))).is_ok()
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> String {
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    assert!(read.is_ok(), "{}: {read:?}", path.display());
    text
}

/// The sorted folders of a folder.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).expect("a folder of cases");
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}
