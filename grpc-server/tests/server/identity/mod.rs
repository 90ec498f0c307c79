//! Who calls: over real connections, with certificates and tokens that hold and with those that do not.

mod authority;
mod certificates;
mod commands;
mod encryption;
mod reload;
mod tokens;

use std::path::{Path, PathBuf};

use peelian::client::{ClientError, Connection, Credentials, agencies};
use tempfile::TempDir;

use self::authority::{Authority, LONG};
use crate::harness::{Server, reason};

/// An exchange with TLS, which takes the certificates of an authority, and the files of its clients.
pub(crate) struct World {
    pub(crate) files: TempDir,
    pub(crate) data: TempDir,
    pub(crate) authority: Authority,
    pub(crate) server: Server,
}

/// Name of the exchange.
const EXCHANGE: &str = "exchange.test";
/// URI of an agency in its certificate.
const MPS: &str = "spiffe://exchange.test/agency/mps";

impl World {
    /// An exchange with flags beside those of TLS.
    pub(crate) async fn new(flags: &[&str]) -> Self {
        Self::start(Authority::new("authority"), flags).await
    }

    /// An exchange with a list of revoked certificates at a path. The list is empty at first.
    pub(crate) async fn with_list(path: &str) -> Self {
        let authority = Authority::new("authority");
        std::fs::write(path, authority.revoke(&[], 2099)).unwrap();
        Self::start(authority, &["--client-crl", path]).await
    }

    async fn start(authority: Authority, flags: &[&str]) -> Self {
        let (files, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        authority.write(files.path(), "authority");
        authority.server(&["127.0.0.1", "localhost"], LONG).write(files.path(), "server");
        let tls = tls_flags(files.path());
        let all: Vec<_> = tls.iter().map(String::as_str).chain(flags.iter().copied()).collect();
        let server = Server::start_encrypted(data.path(), &all, &files.path().join("log")).await;
        Self { files, data, authority, server }
    }

    /// Path of a file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// Credentials that trust the authority, and show a certificate with these URIs.
    pub(crate) fn showing(&self, name: &str, uris: &[&str], period: authority::Period) -> Credentials {
        self.authority.client(uris, period).write(self.files.path(), name);
        self.trusting().with_certificate(self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")))
    }

    /// Credentials that trust the authority alone.
    pub(crate) fn trusting(&self) -> Credentials {
        Credentials::default().with_ca(self.path("authority.pem"))
    }

    /// Connects, and asks for the agencies.
    pub(crate) async fn ask(&self, credentials: Credentials) -> Result<(), ClientError> {
        let connection = self.connect(credentials).await?;
        agencies(&connection).await.map(drop)
    }

    pub(crate) async fn connect(&self, credentials: Credentials) -> Result<Connection, ClientError> {
        Connection::open_with(&format!("https://{}", self.server.address()), credentials).await
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// Whether the log has a text, at the latest after some seconds: a client can be faster than the log.
    pub(crate) async fn logged(&self, text: &str) -> bool {
        self.log_becomes(|log| log.contains(text)).await
    }

    /// Whether something holds for the log, at the latest after some seconds.
    pub(crate) async fn log_becomes(&self, holds: impl Fn(&str) -> bool) -> bool {
        for _ in 0..100 {
            if holds(&self.log()) {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        false
    }

    /// Makes a token, and returns its identifier and itself.
    pub(crate) fn token(&self, flags: &[&str]) -> (String, String) {
        create_token(self.data.path(), flags)
    }
}

/// The flags of TLS with the files of a folder.
fn tls_flags(files: &Path) -> Vec<String> {
    let file = |name: &str| files.join(name).to_str().unwrap().to_owned();
    let flags = [
        ("--tls-certificate", file("server.pem")),
        ("--tls-key", file("server.key")),
        ("--client-ca", file("authority.pem")),
        ("--exchange-name", EXCHANGE.to_owned()),
    ];
    flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect()
}

/// Makes a token in a data directory, and returns its identifier and itself.
fn create_token(data: &Path, flags: &[&str]) -> (String, String) {
    let output = commands::run(&[&["token", "create", "--data-dir", data.to_str().unwrap()], flags].concat());
    let token = commands::success(&output).trim().to_owned();
    let id = token.split('_').nth(1).unwrap().to_owned();
    (id, token)
}

/// The reason of a refusal.
fn refusal(result: Result<(), ClientError>) -> String {
    match result {
        Err(ClientError::Refused(status)) => reason(Err::<(), _>(*status)).1,
        other => panic!("not refused: {other:?}"),
    }
}
