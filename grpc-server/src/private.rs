//! Keeps the data directory private: it holds records of persons, so only the user of the server may read it.
//!
//! On systems without the file modes of POSIX, the rights of the directory are left to its owner.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Creates a directory if it does not exist. Takes the rights of other users from a directory that exists.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    tighten(path)
}

/// Opens a file to append to it. Creates it if it does not exist.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // A new file has its mode from the start, so that nobody can open it before.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    tighten(path)?;
    Ok(file)
}

/// Writes a new file. It is on the disk when this returns.
///
/// # Errors
///
/// If there is such a file: nothing is overwritten.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Writes a file in the place of one that may be there. Whoever reads it sees the old content or the new one.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    // One may be left from a write that was cut short.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create(&new, content)?;
    std::fs::rename(&new, path)?;
    match path.parent() {
        Some(directory) if directory.is_dir() => File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}

/// Takes the rights of the group and of others from a file or a directory, if it exists.
#[cfg(unix)]
pub(crate) fn tighten(path: &Path) -> io::Result<()> {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    /// The bits of a mode that give rights to the group and to others.
    const OTHERS: u32 = 0o077;
    let mode = match metadata(path) {
        Ok(found) => found.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & OTHERS != 0 {
        set_permissions(path, Permissions::from_mode(mode & !OTHERS))?;
        tracing::warn!(path = %path.display(), "other users had rights to the data: they were taken away");
    }
    Ok(())
}

/// Does nothing.
#[cfg(not(unix))]
pub(crate) fn tighten(_: &Path) -> io::Result<()> {
    Ok(())
}
