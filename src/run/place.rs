//! Which file a path means.

use std::path::{Path, PathBuf};

/// One name for a file whatever path leads to it, also for a file that does not exist yet.
pub(super) fn identity(path: &Path) -> PathBuf {
    let parent_and_name = || {
        let name = path.file_name()?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(identity_of_existing(parent)?.join(name))
    };
    identity_of_existing(path)
        .or_else(parent_and_name)
        .or_else(|| std::path::absolute(path).ok())
        .unwrap_or_else(|| path.to_owned())
}

fn identity_of_existing(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// How a path is shown, and named in the header of what was made from it: `./` in front says nothing,
/// and the same command should write the same bytes on every system.
pub(super) fn name(path: &Path) -> String {
    let path = path.strip_prefix(".").ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
    let name = path.to_string_lossy();
    if cfg!(windows) { name.replace('\\', "/") } else { name.into_owned() }
}

/// Whether a path ends in a separator, which says that a directory is meant.
pub(super) fn names_directory(path: &Path) -> bool {
    path.as_os_str().to_string_lossy().ends_with(std::path::is_separator)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_to_one_file_are_one() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("a.yaml");
        let roundabout = here.path().join(".").join("x").join("..").join("a.yaml");
        assert_eq!(identity(&file), here.path().canonicalize().unwrap().join("a.yaml"), "not there yet");
        std::fs::create_dir(here.path().join("x")).unwrap();
        std::fs::write(&file, "").unwrap();
        assert_eq!(identity(&file), identity(&roundabout));
    }

    #[test]
    fn names_are_short() {
        assert_eq!(name(Path::new("./a/b.yaml")), "a/b.yaml");
        assert_eq!(name(Path::new("../a")), "../a");
        assert_eq!(name(Path::new(".")), ".");
    }

    #[test]
    fn a_slash_at_the_end_names_a_directory() {
        assert!(names_directory(Path::new("deploy/")));
        assert!(!names_directory(Path::new("deploy")));
    }
}
