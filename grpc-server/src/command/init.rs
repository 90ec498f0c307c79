//! `peelian-server init`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::clock::{Clock as _, SystemClock};
use crate::config::DEFAULT_DATA_DIR;
use crate::server;
use crate::store::SqliteStore;

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
        server::run(async { Ok(SqliteStore::create(&self.data_dir, SystemClock.now_micros()).await?) })?;
        let directory = self.data_dir.display();
        writeln!(
            std::io::stdout(),
            "{directory} has a new exchange. Serve it: peelian-server serve --data-dir {directory}"
        )?;
        Ok(())
    }
}
