//! The commands that make keys and tokens.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use peelian::client::{Connection, Credentials, agencies};

use super::{create_token, refusal};
use crate::harness::Server;

/// Runs a command of the program.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_peelian-server")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a command prints that succeeds.
pub(crate) fn success(output: &Output) -> &str {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What a command says that fails.
pub(crate) fn failure(output: &Output) -> &str {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    std::str::from_utf8(&output.stderr).unwrap()
}

#[tokio::test]
async fn the_keys_of_the_commands_work_together() {
    let (folder, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let keys = folder.path().join("keys");
    let (dir, file) = (keys.to_str().unwrap(), |name: &str| keys.join(name));
    assert!(failure(&run(&["keys", "init", "--exchange-name", "A B", "--dir", dir])).contains("lower-case"));
    assert!(failure(&run(&["keys", "agency", "mps", "--dir", dir])).contains("authority.pem"));
    let said = run(&["keys", "init", "--exchange-name", "exchange.test", "--dir", dir]);
    assert!(success(&said).contains("for tests"));
    success(&run(&["keys", "server", "--name", "localhost", "--name", "127.0.0.1", "--dir", dir]));
    success(&run(&["keys", "agency", "mps", "--dir", dir]));
    success(&run(&["keys", "agency", "mopac", "--role", "approver", "--dir", dir]));
    // Nothing is overwritten.
    let key = fs::read(file("mps.key")).unwrap();
    failure(&run(&["keys", "init", "--exchange-name", "exchange.test", "--dir", dir]));
    failure(&run(&["keys", "agency", "mps", "--dir", dir]));
    assert_eq!(fs::read(file("mps.key")).unwrap(), key);
    for entry in fs::read_dir(&keys).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
    assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);

    let path = |name: &str| file(name).to_str().unwrap().to_owned();
    let (certificate, secret, ca) = (path("server.pem"), path("server.key"), path("authority.pem"));
    let flags = ["--tls-certificate", &certificate, "--tls-key", &secret, "--client-ca", &ca];
    let flags = [&flags[..], &["--exchange-name", "exchange.test"]].concat();
    let server = Server::start_encrypted(data.path(), &flags, &folder.path().join("log")).await;
    let address = format!("https://{}", server.address());
    for name in ["mps", "mopac-approver"] {
        let credentials = Credentials::default().with_ca(&ca);
        let credentials = credentials.with_certificate(file(&format!("{name}.pem")), file(&format!("{name}.key")));
        let connection = Connection::open_with(&address, credentials).await.unwrap();
        agencies(&connection).await.unwrap();
    }
    // The commands that call a server take the same files.
    let (pem, key) = (path("mps.pem"), path("mps.key"));
    let ask = ["coverage", "--server", &address, "--ca", &ca, "--certificate", &pem, "--key", &key];
    success(&run(&ask));
    assert!(failure(&run(&ask[..5])).contains("client certificate"));
}

#[test]
fn a_token_is_made_for_what_exists() {
    let data = tempfile::tempdir().unwrap();
    let place = data.path().to_str().unwrap();
    let create = |flags: &[&str]| run(&[&["token", "create", "--data-dir", place], flags].concat());
    assert!(failure(&create(&["--agency", "mpss"])).contains("no agency"));
    assert!(failure(&create(&["--agency", "mps", "--role", "chief"])).contains("no role"));
    assert!(failure(&create(&["--agency", "mps", "--dataset", "crimes"])).contains("crime"));
    assert!(failure(&create(&["--agency", "mps", "--method", "Submit"])).contains("SubmissionService/Submit"));
    assert!(failure(&create(&["--agency", "mps", "--days", "1000"])).contains("366"));
    assert!(failure(&run(&["token", "revoke", "000000000000", "--data-dir", place])).contains("token list"));
    assert!(
        failure(&run(&["token", "create", "--agency", "mps", "--data-dir", "/nonexistent"])).contains("nonexistent")
    );
}

#[test]
fn a_token_in_a_file_is_for_its_owner_alone() {
    let data = tempfile::tempdir().unwrap();
    let (place, out) = (data.path().to_str().unwrap(), data.path().join("mps.token"));
    let command = ["token", "create", "--agency", "mps", "--data-dir", place, "--out", out.to_str().unwrap()];
    success(&run(&command));
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.starts_with("plt_"));
    for file in [&out, &data.path().join("tokens.toml")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    // A file that is there is kept, and no token is made.
    let before = fs::read(data.path().join("tokens.toml")).unwrap();
    failure(&run(&command));
    assert_eq!(fs::read_to_string(&out).unwrap(), text);
    assert_eq!(fs::read(data.path().join("tokens.toml")).unwrap(), before);
}

#[tokio::test]
async fn a_token_comes_from_the_environment_or_a_file_and_not_from_a_flag() {
    let (data, server) = Server::fresh(&["--require", "token"]).await;
    let (_, token) = create_token(data.path(), &["--agency", "mps"]);
    let coverage = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_peelian-server"));
        command.args(["coverage", "--server", server.address()]).args(more);
        command
    };
    let without = coverage(&[]).output().unwrap();
    assert!(failure(&without).contains("send the token"));
    success(&coverage(&[]).env("PEELIAN_TOKEN", &token).output().unwrap());
    assert!(failure(&coverage(&["--token", &token]).output().unwrap()).contains("--token"));
    let connection = server.connection(Credentials::default()).await.unwrap();
    assert_eq!(refusal(agencies(&connection).await.map(drop)), "CREDENTIALS_MISSING");
}
