//! The server as a process.

use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// A server that runs, with data of its own that go with it.
pub(crate) struct Server {
    process: Child,
    data: PathBuf,
    address: String,
    token: Bearer,
}

/// How a server treats its callers.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    /// As a server without settings on a loopback address: nobody is identified, and everything is recorded.
    Loopback,
    /// Every caller has a token. Policies decide, limits of agencies hold, and everything is recorded.
    Token,
    /// The same, and nothing is recorded.
    Unrecorded,
    /// Nobody is identified and nothing is recorded.
    Nothing,
}

/// A connection on which a token is sent, if the server requires one.
pub(crate) type Connection = InterceptedService<Channel, Bearer>;

/// Sends a token.
#[derive(Clone, Default)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

impl Server {
    /// Starts a server with an empty ledger.
    pub(crate) fn start(program: &Path, dir: &Path, guard: Guard) -> Result<Self, Box<dyn Error>> {
        let (name, flags): (_, &[&str]) = match guard {
            Guard::Loopback => ("server-data", &[]),
            // The limit of calls is for one agency, and here one agency calls as often as it can.
            Guard::Token => ("guarded-data", &["--require", "token", "--max-calls-per-minute", "100000000"]),
            Guard::Unrecorded => ("unrecorded-data", &["--without-audit", "--max-calls-per-minute", "100000000"]),
            Guard::Nothing => ("unguarded-data", &["--without-audit"]),
        };
        let data = dir.join(name);
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        let made = Command::new(program).args(["init", "--data-dir"]).arg(&data).stdout(Stdio::null()).status()?;
        if !made.success() {
            return Err("the exchange was not made".into());
        }
        let token = match guard {
            Guard::Token | Guard::Unrecorded => token(program, &data)?,
            Guard::Loopback | Guard::Nothing => Bearer::default(),
        };
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data-dir"])
            .arg(&data)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Self { process, data, address, token };
        if server.address.is_empty() {
            return Err("the server did not start".into());
        }
        Ok(server)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Connection, Box<dyn Error>> {
        let channel = Channel::from_shared(format!("http://{}", self.address))?.connect().await?;
        Ok(InterceptedService::new(channel, self.token.clone()))
    }
}

/// A new token of the police force, whose rows are submitted and asked about.
fn token(program: &Path, data: &Path) -> Result<Bearer, Box<dyn Error>> {
    let made = Command::new(program).args(["token", "create", "--agency", "mps", "--data-dir"]).arg(data).output()?;
    let token = String::from_utf8(made.stdout)?;
    Ok(Bearer(Some(format!("Bearer {}", token.trim()).parse()?)))
}

impl Drop for Server {
    fn drop(&mut self) {
        // The figures are taken: a server that cannot be ended, or a folder left over, changes none of them.
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.data).ok();
    }
}
