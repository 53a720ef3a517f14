//! The completion scripts under `completions/` are what the program prints.

use std::path::Path;

use crate::project::Project;

#[test]
fn completions_are_current() {
    for (shell, file) in [
        ("bash", "tkn-fuse.bash"),
        ("zsh", "_tkn-fuse"),
        ("fish", "tkn-fuse.fish"),
        ("powershell", "_tkn-fuse.ps1"),
        ("elvish", "tkn-fuse.elv"),
    ] {
        let printed = Project::new().run(&["completions", shell]).exits(0).stdout;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == printed, "run: cargo run -- completions {shell} > completions/{file}");
    }
}
