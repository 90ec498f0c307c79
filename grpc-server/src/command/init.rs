//! `peelian-server init`.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::clock::{Clock as _, SystemClock};
use crate::config::DEFAULT_DATA_DIR;
use crate::release::RELEASES;
use crate::server;
use crate::store::{SqliteStore, StoreError};
use crate::{audit, export};

/// What an exchange has in its directory beside its ledger. A new one beside it would contradict it.
const REMAINS: [&str; 3] = [audit::FOLDER, RELEASES, export::KEY];

/// Makes a new, empty exchange.
///
/// A server never makes one by itself: if its data directory were lost, it would begin again without a word.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Directory of the data. It is created if it does not exist.
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
}

impl Init {
    /// Makes the exchange.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        server::run(async { Ok(new_exchange(&self.data_dir).await?) })?;
        let directory = self.data_dir.display();
        writeln!(
            std::io::stdout(),
            "{directory} has a new exchange. Serve it: peelian-server serve --data-dir {directory}"
        )?;
        Ok(())
    }
}

/// Makes a new exchange in a directory.
pub(super) async fn new_exchange(directory: &Path) -> Result<(), StoreError> {
    let remains: Vec<&str> = REMAINS.into_iter().filter(|name| is_there(&directory.join(name))).collect();
    if !remains.is_empty() && !SqliteStore::is_in(directory) {
        let directory = directory.display().to_string();
        return Err(StoreError::Remains { directory, what: remains.join(", ") });
    }
    SqliteStore::create(directory, SystemClock.now_micros()).await
}

/// Whether there is a file, or a folder with anything in it.
fn is_there(path: &Path) -> bool {
    path.is_file() || path.read_dir().is_ok_and(|mut entries| entries.next().is_some())
}
