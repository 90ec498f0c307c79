//! Tokens: a secret that a caller sends with each call. The exchange keeps its hash.

mod file;
mod record;
mod secret;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::Refusal;
use super::files::{FileError, Stamp};

pub(crate) use file::TokenFile;
pub(crate) use record::{Standing, Token};
pub(crate) use secret::Presented;

/// The tokens of a data directory, as their file is at present.
#[derive(Debug)]
pub(crate) struct Tokens {
    path: PathBuf,
    state: ArcSwap<State>,
    /// One caller at a time reads the file.
    reading: Mutex<()>,
}

/// What was read from the file at some time.
#[derive(Debug)]
struct State {
    by_id: Arc<HashMap<String, Arc<Token>>>,
    /// The file that was read last, also if it could not be used.
    stamp: Option<Stamp>,
}

impl Tokens {
    /// Reads the tokens of a data directory. There need not be any.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub(crate) fn read(data_dir: &Path) -> Result<Self, FileError> {
        let path = file::path(data_dir);
        let stamp = Stamp::of(&path);
        let by_id = Arc::new(by_id(&path)?);
        Ok(Self { path, state: ArcSwap::from_pointee(State { by_id, stamp }), reading: Mutex::new(()) })
    }

    /// The token that a caller presents, if it holds.
    pub(super) fn check(&self, presented: &Presented, now: Timestamp) -> Result<Arc<Token>, Refusal> {
        self.refresh();
        let token = self.state.load().by_id.get(presented.id()).cloned();
        // A caller without the secret learns nothing of the token, not even that there is one.
        let token = token.filter(|token| presented.has(&token.secret_sha256)).ok_or(Refusal::TokenUnknown)?;
        token.check(now)?;
        Ok(token)
    }

    /// Reads the file again if it has changed. The file is looked at for each call, which takes about a microsecond: a
    /// token that is revoked is refused from the next call on.
    fn refresh(&self) {
        if self.state.load().stamp == Stamp::of(&self.path) {
            return;
        }
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, stamp) = (self.state.load_full(), Stamp::of(&self.path));
        if old.stamp == stamp {
            return;
        }
        let by_id = match by_id(&self.path) {
            Ok(read) => {
                tracing::info!(tokens = read.len(), "the tokens were read again");
                Arc::new(read)
            }
            Err(error) => {
                tracing::error!(%error, "the tokens have changed and cannot be read: those read before stay in force");
                Arc::clone(&old.by_id)
            }
        };
        self.state.store(Arc::new(State { by_id, stamp }));
    }
}

fn by_id(path: &Path) -> Result<HashMap<String, Arc<Token>>, FileError> {
    let tokens = file::read(path)?.tokens;
    Ok(tokens.into_iter().map(|token| (token.id.clone(), Arc::new(token))).collect())
}
