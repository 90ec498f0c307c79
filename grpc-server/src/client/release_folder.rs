//! The folder of a release, as a client writes it.

use std::error::Error;
use std::fs;
use std::path::Path;

/// Name of a release from its identifier, or from its name.
pub(crate) fn release_name(text: &str) -> String {
    if text.starts_with("releases/") { text.to_owned() } else { format!("releases/{text}") }
}

/// Writes the files of a release to a new folder.
pub(crate) fn write_release(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Box<dyn Error>> {
    let told = |error: std::io::Error| format!("{} cannot be written: {error}", folder.display());
    if files.is_empty() {
        return Err("the release has no files: `release review` says which counts cannot be protected".into());
    }
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(told)?;
    }
    fs::create_dir(folder).map_err(told)?;
    for (name, bytes) in files {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.starts_with('.') || !name.bytes().all(plain) {
            return Err(format!("the server sent a file with the name {name:?}, which is no name of a file").into());
        }
        fs::write(folder.join(name), bytes).map_err(told)?;
    }
    Ok(())
}
