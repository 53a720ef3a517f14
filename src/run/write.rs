//! Files that are replaced as a whole or not at all.

use std::borrow::Cow;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::failure::Failure;
use super::place::name;

/// What stands in the place of an output now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Nothing,
    /// The bytes that are to be written.
    Same,
    /// Other bytes.
    Other(Vec<u8>),
    /// No regular file: a device or a pipe, which can be written to but not replaced.
    Special,
}

/// One file to be written.
#[derive(Debug)]
pub(super) struct Planned<'a> {
    pub(super) path: PathBuf,
    pub(super) text: Cow<'a, str>,
    pub(super) existing: Existing,
}

impl<'a> Planned<'a> {
    /// Looks what stands at `path` now.
    pub(super) fn new(path: PathBuf, text: Cow<'a, str>) -> Result<Self, Failure> {
        let existing = existing(&path, text.as_bytes())
            .map_err(|error| Failure::io(format!("cannot read {}: {error}", name(&path))))?;
        Ok(Self { path, text, existing })
    }

    /// Whether there is nothing to do.
    pub(super) fn is_current(&self) -> bool {
        self.existing == Existing::Same
    }
}

fn existing(path: &Path, wanted: &[u8]) -> io::Result<Existing> {
    use io::ErrorKind::{NotADirectory, NotFound};
    let kind = match fs::metadata(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Existing::Nothing),
        other => other?.file_type(),
    };
    if kind.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if !kind.is_file() {
        return Ok(Existing::Special);
    }
    let bytes = fs::read(path)?;
    Ok(if bytes == wanted { Existing::Same } else { Existing::Other(bytes) })
}

/// Writes every file that is not current. All new contents are on the disk before the first file is replaced,
/// so that a full disk or a missing permission changes nothing.
pub(super) fn write_all(planned: &[Planned]) -> Result<(), Failure> {
    let mut prepared = Vec::new();
    for file in planned.iter().filter(|file| !file.is_current()) {
        prepared.push((file, prepare(file).map_err(|error| cannot_write(&file.path, &error))?));
    }
    for (file, temporary) in prepared {
        replace(file, temporary).map_err(|error| cannot_write(&file.path, &error))?;
    }
    Ok(())
}

/// Removes these files.
pub(super) fn remove_all(paths: &[PathBuf]) -> Result<(), Failure> {
    for path in paths {
        fs::remove_file(path).map_err(|error| Failure::io(format!("cannot remove {}: {error}", name(path))))?;
    }
    Ok(())
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format!("cannot write {}: {error}", name(path)))
}

/// A file with the new content beside the old one; nothing where the old one cannot be replaced.
fn prepare(file: &Planned) -> io::Result<Option<(NamedTempFile, PathBuf)>> {
    if file.existing == Existing::Special {
        return Ok(None);
    }
    // A link stays a link: what it leads to is replaced.
    let path = file.path.canonicalize().unwrap_or_else(|_| file.path.clone());
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut temporary = temporary_in(directory)?;
    temporary.write_all(file.text.as_bytes())?;
    if let Ok(permissions) = fs::metadata(&path).as_ref().map(Metadata::permissions) {
        temporary.as_file().set_permissions(permissions)?;
    }
    Ok(Some((temporary, path)))
}

/// A new file with the permissions that any new file gets, not those of a secret.
fn temporary_in(directory: &Path) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".tkn-fuse-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

fn replace(file: &Planned, temporary: Option<(NamedTempFile, PathBuf)>) -> io::Result<()> {
    match temporary {
        Some((temporary, path)) => temporary.persist(path).map(drop).map_err(|error| error.error),
        None => File::options().write(true).open(&file.path)?.write_all(file.text.as_bytes()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn plan(path: PathBuf, text: &str) -> Planned<'_> {
        Planned::new(path, text.into()).unwrap()
    }

    #[test]
    fn existing_files_are_compared() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("a.yaml");
        assert_eq!(plan(path.clone(), "a").existing, Existing::Nothing);
        fs::write(&path, "a").unwrap();
        assert_eq!(plan(path.clone(), "a").existing, Existing::Same);
        assert_eq!(plan(path, "b").existing, Existing::Other(b"a".to_vec()));
        assert!(Planned::new(here.path().to_owned(), "a".into()).is_err(), "a directory is no place for a text");
    }

    #[test]
    fn directories_are_made_and_no_temporary_file_stays() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("x/y/a.yaml");
        write_all(&[plan(path.clone(), "a: 1\n")]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "a: 1\n");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn one_file_that_cannot_be_written_keeps_all_others_as_they_are() {
        let here = tempfile::tempdir().unwrap();
        let good = here.path().join("a.yaml");
        fs::write(&good, "old").unwrap();
        fs::write(here.path().join("file"), "").unwrap();
        let bad = Planned { path: here.path().join("file/b.yaml"), text: "b".into(), existing: Existing::Nothing };
        assert!(write_all(&[plan(good.clone(), "new"), bad]).is_err());
        assert_eq!(fs::read_to_string(&good).unwrap(), "old");
        assert_eq!(fs::read_dir(here.path()).unwrap().count(), 2, "no temporary file stays");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let here = tempfile::tempdir().unwrap();
        let (file, link) = (here.path().join("a.yaml"), here.path().join("link.yaml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write_all(&[plan(link.clone(), "new")]).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_current_is_not_touched() {
        use std::os::unix::fs::MetadataExt;
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("a.yaml");
        fs::write(&path, "same").unwrap();
        let before = fs::metadata(&path).unwrap().ino();
        write_all(&[plan(path.clone(), "same")]).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), before);
    }
}
