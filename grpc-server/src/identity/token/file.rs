//! The file of tokens, in the data directory. Commands change it while a server reads it.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::Token;
use crate::identity::files::FileError;
use crate::private;

/// Name of the file.
const FILE: &str = "tokens.toml";
/// Name of the file that is locked while the tokens are changed.
const LOCK: &str = "tokens.lock";

/// What people see who open the file.
const HEADER: &str = "\
# The tokens of this exchange. `peelian-server token` changes this file, and a server that runs reads it again at once.
# It has a hash of each secret. Nobody can make the secret from it.

";

/// The content of the file.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenList {
    #[serde(default, rename = "token")]
    pub(super) tokens: Vec<Token>,
}

/// The tokens of a data directory, locked so that nobody else changes them at the same time.
pub(crate) struct TokenFile {
    path: PathBuf,
    list: TokenList,
    _lock: File,
}

/// Path of the file in a data directory.
pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Reads the file. Without one, there are no tokens.
pub(super) fn read(path: &Path) -> Result<TokenList, FileError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(TokenList::default()),
        Err(source) => return Err(FileError::Access { path: path.to_owned(), source }),
    };
    private::tighten(path).map_err(FileError::access(path))?;
    // The message of the parser alone: with its source it would show a line of the file.
    let list: TokenList = toml::from_str(&text).map_err(|error| FileError::content(path, error.message()))?;
    let mut ids = HashSet::new();
    match list.tokens.iter().find(|token| !ids.insert(&token.id)) {
        Some(token) => Err(FileError::content(path, format!("two tokens have the identifier {}", token.id))),
        None => Ok(list),
    }
}

impl TokenFile {
    /// Opens the tokens of a data directory to change them. Waits until nobody else does.
    ///
    /// # Errors
    ///
    /// If there is no such directory, or if the file cannot be read.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, FileError> {
        let lock = data_dir.join(LOCK);
        let locked = private::file(&lock).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        let locked = locked.map_err(FileError::access(&lock))?;
        let path = path(data_dir);
        Ok(Self { list: read(&path)?, path, _lock: locked })
    }

    /// All tokens.
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.list.tokens
    }

    /// The token with an identifier.
    pub(crate) fn find(&mut self, id: &str) -> Option<&mut Token> {
        self.list.tokens.iter_mut().find(|token| token.id == id)
    }

    /// Adds a token.
    pub(crate) fn add(&mut self, token: Token) {
        self.list.tokens.push(token);
    }

    /// Stores what was changed. A reader sees the tokens as before or as after, and nothing between.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(crate) fn store(&self) -> Result<(), FileError> {
        let text = toml::to_string(&self.list).map_err(|error| FileError::content(&self.path, error.to_string()))?;
        private::replace(&self.path, format!("{HEADER}{text}").as_bytes()).map_err(FileError::access(&self.path))
    }
}
