//! Writes the files of a release to a new folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::client::{ClientError, Connection};
use crate::v1::{ExportReleaseRequest, ExportReleaseResponse};

/// Why a release is not in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The exchange does not send it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The folder is there already.
    #[error("{} is there already, and nothing is overwritten: name a new folder", .0.display())]
    Exists(PathBuf),
    /// The folder, or a file in it, cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Unwritable {
        /// The folder or the file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The exchange sends a file with a name that is not the name of a file.
    #[error("the server sent a file with the name {0:?}, which is no name of a file: nothing was written")]
    Name(String),
    /// The release has no files.
    #[error("the release has no files: `release review` says which counts cannot be protected")]
    Empty,
}

/// Writes the files of a release to a new folder, and returns their names. Folders above it are made. The bytes go to the files
/// as they come, so a release of any size takes little memory. If it cannot be written whole, the folder is removed.
///
/// # Errors
///
/// [`FolderError::Exists`] before anything is asked for. Nothing is overwritten.
///
/// ```no_run
/// # async fn example() -> Result<(), peelian::client::release_folder::FolderError> {
/// use peelian::client::{Connection, release_folder::export_to};
///
/// let connection = Connection::open("127.0.0.1:50829").await?;
/// let names = export_to(&connection, "releases/2017-03", "2017-03".as_ref()).await?;
/// println!("{} files", names.len());
/// # Ok(())
/// # }
/// ```
pub async fn export_to(connection: &Connection, name: &str, folder: &Path) -> Result<Vec<String>, FolderError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(FolderError::Exists(folder.to_owned()));
    }
    let request = ExportReleaseRequest { name: name.to_owned() };
    let mut written: Option<NewFolder> = None;
    let mut fault = None;
    let whole = async {
        let mut answer = connection.releases().export_release(request).await?.into_inner();
        while let Some(part) = answer.message().await? {
            // The folder is made when the first part is there: a release that is refused leaves none.
            if let Err(error) = take(&mut written, folder, part) {
                fault = Some(error);
                break;
            }
        }
        Ok(())
    };
    connection.submission(whole).await?;
    match (fault, written) {
        (Some(fault), _) => Err(fault),
        (None, None) => Err(FolderError::Empty),
        (None, Some(written)) => written.finish(),
    }
}

fn take(written: &mut Option<NewFolder>, folder: &Path, part: ExportReleaseResponse) -> Result<(), FolderError> {
    let to = match written {
        Some(to) => to,
        None => written.insert(NewFolder::make(folder)?),
    };
    to.write(part)
}

/// A folder that is being written. It is removed if it is not finished.
struct NewFolder {
    path: PathBuf,
    names: Vec<String>,
    /// The file that the last part belongs to.
    file: Option<File>,
    is_whole: bool,
}

impl NewFolder {
    fn make(path: &Path) -> Result<Self, FolderError> {
        let unwritable = |error| FolderError::Unwritable { path: path.to_owned(), error };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::create_dir(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FolderError::Exists(path.to_owned()),
            _ => unwritable(error),
        })?;
        Ok(Self { path: path.to_owned(), names: Vec::new(), file: None, is_whole: false })
    }

    fn write(&mut self, part: ExportReleaseResponse) -> Result<(), FolderError> {
        if self.names.last() != Some(&part.file) {
            if !is_plain(&part.file) {
                return Err(FolderError::Name(part.file));
            }
            let path = self.path.join(&part.file);
            let made = OpenOptions::new().write(true).create_new(true).open(&path);
            self.file = Some(made.map_err(|error| FolderError::Unwritable { path, error })?);
            self.names.push(part.file);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(&part.chunk).map_err(|error| FolderError::Unwritable { path: self.path.clone(), error })
    }

    fn finish(mut self) -> Result<Vec<String>, FolderError> {
        self.is_whole = true;
        Ok(std::mem::take(&mut self.names))
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if !self.is_whole {
            self.file = None;
            // A folder that cannot be removed has no whole release: `verify` says so.
            _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Whether a name is that of a file in the folder, on any system.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(file: &str, chunk: &[u8]) -> ExportReleaseResponse {
        ExportReleaseResponse { file: file.to_owned(), chunk: chunk.to_vec() }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("peelian-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn parts_become_files() {
        let path = folder("parts").join("below");
        let mut written = None;
        for one in [part("a", b"1"), part("a", b"2"), part("empty", b""), part("b", b"3")] {
            take(&mut written, &path, one).unwrap();
        }
        assert_eq!(written.unwrap().finish().unwrap(), ["a", "empty", "b"]);
        assert_eq!(fs::read(path.join("a")).unwrap(), b"12");
        assert_eq!(fs::read(path.join("empty")).unwrap(), b"");
        assert!(matches!(NewFolder::make(&path), Err(FolderError::Exists(_))));
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_finished_is_removed() {
        let path = folder("unfinished");
        let mut written = None;
        take(&mut written, &path, part("a", b"1")).unwrap();
        for wrong in ["../b", "", ".b", "b/c", "b\\c", "b c"] {
            assert!(
                matches!(take(&mut written, &path, part(wrong, b"1")), Err(FolderError::Name(name)) if name == wrong)
            );
        }
        // A file that was written before is not written again.
        take(&mut written, &path, part("b", b"1")).unwrap();
        assert!(matches!(take(&mut written, &path, part("a", b"1")), Err(FolderError::Unwritable { .. })));
        drop(written);
        assert!(!path.exists());
    }
}
