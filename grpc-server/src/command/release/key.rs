//! `peelian-server release key`.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;

use crate::config::DEFAULT_DATA_DIR;
use crate::export::signing_key;
use crate::private;

/// Prints the public key with which the releases of this exchange are signed.
///
/// Make it known where readers find it without the folder of a release: they need it for `release verify --key`. The key is made
/// if there is none. The server may run at the same time.
#[derive(Args, Debug)]
pub(crate) struct PrintKey {
    /// Directory of the data.
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
}

impl PrintKey {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let told = |error| format!("the key in {} cannot be read or made: {error}", self.data_dir.display());
        private::directory(&self.data_dir).map_err(told)?;
        println!("{}", signing_key(&self.data_dir).map_err(told)?.public());
        Ok(())
    }
}
