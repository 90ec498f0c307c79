//! The server as a process.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tonic::transport::Channel;

/// A server that runs, with data of its own that go with it.
pub(crate) struct Server {
    process: Child,
    data: PathBuf,
    address: String,
}

impl Server {
    /// Starts a server with an empty ledger.
    pub(crate) fn start(program: &Path, dir: &Path) -> Result<Self, Box<dyn Error>> {
        let data = dir.join("server-data");
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        let made = Command::new(program).args(["init", "--data-dir"]).arg(&data).stdout(Stdio::null()).status()?;
        if !made.success() {
            return Err("the exchange was not made".into());
        }
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data-dir"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Self { process, data, address };
        if server.address.is_empty() {
            return Err("the server did not start".into());
        }
        Ok(server)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Channel, Box<dyn Error>> {
        Ok(Channel::from_shared(format!("http://{}", self.address))?.connect().await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The figures are taken: a server that cannot be ended, or a folder left over, changes none of them.
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.data).ok();
    }
}
