//! Starts the server as a process and calls it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use peelian::client::{ClientError, Connection, Credentials};
use peelian::records::v1::{LocalPriority, PriorityCrime};
use peelian::v1::catalogue_service_client::CatalogueServiceClient;
use peelian::v1::submission_service_client::SubmissionServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{LocalPriorityRecords, SubmissionHeader, SubmissionMode, SubmissionReceipt, SubmitRequest};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a server on a data directory, and waits until it is healthy. Makes an exchange there if there is none.
    pub(crate) async fn start(data: &Path, flags: &[&str]) -> Self {
        let server = Self::launch(data, command(data, flags));
        let mut health = HealthClient::new(server.channel().await);
        let status = health.check(HealthCheckRequest::default()).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
        server
    }

    /// Starts a server with TLS. It logs to a file.
    pub(crate) async fn start_encrypted(data: &Path, flags: &[&str], log: &Path) -> Self {
        let mut command = program();
        command.args(["serve", "--log", "info", "--data-dir"]).arg(data).args(flags);
        if !flags.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.env("NO_COLOR", "1").stderr(File::create(log).unwrap());
        Self::launch(data, command)
    }

    /// Makes an exchange if there is none, and starts a server. It answers when this returns.
    fn launch(data: &Path, mut command: Command) -> Self {
        if !data.join("ledger.sqlite3").exists() {
            let mut init = Command::new(env!("CARGO_BIN_EXE_peelian-server"));
            assert!(init.args(["init", "--data-dir"]).arg(data).stdout(Stdio::null()).status().unwrap().success());
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("the line with the address").to_owned();
        Self { child, address }
    }

    /// Its address: a host and a port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A connection of the project's own client.
    pub(crate) async fn connection(&self, credentials: Credentials) -> Result<Connection, ClientError> {
        Connection::open_with(&self.address, credentials).await
    }

    /// A server with an empty data directory.
    pub(crate) async fn fresh(flags: &[&str]) -> (TempDir, Self) {
        let data = tempfile::tempdir().unwrap();
        let server = Self::start(data.path(), flags).await;
        (data, server)
    }

    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Channel::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    pub(crate) async fn submissions(&self) -> SubmissionServiceClient<Channel> {
        SubmissionServiceClient::new(self.channel().await)
    }

    pub(crate) async fn catalogue(&self) -> CatalogueServiceClient<Channel> {
        CatalogueServiceClient::new(self.channel().await)
    }

    /// Submits messages.
    pub(crate) async fn submit(&self, parts: Vec<Part>) -> Result<SubmissionReceipt, Status> {
        let messages: Vec<_> = parts.into_iter().map(|part| SubmitRequest { part: Some(part) }).collect();
        let response = self.submissions().await.submit(tokio_stream::iter(messages)).await?;
        Ok(response.into_inner().receipt.unwrap())
    }

    /// Submits rows of `local_priority`.
    pub(crate) async fn send(
        &self,
        header: SubmissionHeader,
        rows: Vec<LocalPriority>,
    ) -> Result<SubmissionReceipt, Status> {
        self.submit(vec![Part::Header(header), priorities(rows)]).await
    }

    /// Tells the server to stop, and waits until it has stopped. True if it exited with success.
    pub(crate) async fn terminate(mut self) -> bool {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not stop");
            // The server waits until the connections of this test are closed, which happens in the meantime.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The command that serves a data directory.
pub(crate) fn command(data: &Path, flags: &[&str]) -> Command {
    let mut command = program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data-dir"]).arg(data).args(flags);
    command
}

/// The program, to which the system gives 512 MiB of memory.
fn program() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -d 524288 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_peelian-server")]);
    command
}

/// A header of `local_priority` for the financial year 2017/18, with a new request identifier.
pub(crate) fn header() -> SubmissionHeader {
    SubmissionHeader {
        request_id: request_id(),
        dataset: "local_priority".to_owned(),
        period_start_inclusive: "2017-04-01".to_owned(),
        period_end_inclusive: "2018-03-31".to_owned(),
        mode: SubmissionMode::ReplacePeriod.into(),
        extract_instant: Some("2018-04-30T09:00:00Z".parse().unwrap()),
        agency: "mopac".to_owned(),
        ..SubmissionHeader::default()
    }
}

/// The same header for another year and mode.
pub(crate) fn header_of(year: i32, mode: SubmissionMode) -> SubmissionHeader {
    SubmissionHeader {
        period_start_inclusive: format!("{year}-04-01"),
        period_end_inclusive: format!("{}-03-31", year + 1),
        mode: mode.into(),
        ..header()
    }
}

/// A new request identifier.
pub(crate) fn request_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The priorities of the borough with this number, from 1 to 33, for a year from 1 April.
pub(crate) fn priority(borough: usize, year: i32) -> LocalPriority {
    LocalPriority {
        borough: format!("E090000{borough:02}"),
        valid_from: format!("{year}-04-01"),
        valid_to: format!("{}-03-31", year + 1),
        priority_1: PriorityCrime::RobberyPersonal.into(),
        priority_2: PriorityCrime::BurglaryResidential.into(),
        ..LocalPriority::default()
    }
}

/// The same row with another value.
pub(crate) fn changed(borough: usize, year: i32) -> LocalPriority {
    LocalPriority { agreed_by: "the borough's leader".to_owned(), ..priority(borough, year) }
}

/// The priorities of some boroughs.
pub(crate) fn boroughs(numbers: std::ops::RangeInclusive<usize>, year: i32) -> Vec<LocalPriority> {
    numbers.map(|number| priority(number, year)).collect()
}

/// A chunk of rows.
pub(crate) fn priorities(rows: Vec<LocalPriority>) -> Part {
    Part::LocalPriorities(LocalPriorityRecords { rows })
}

/// The counts received, created, updated, unchanged, rejected, and deleted by replacement. Without a deletion, the first is
/// the sum of the next four.
pub(crate) fn counts(receipt: &SubmissionReceipt) -> [u64; 6] {
    let r = receipt;
    let held = r.created + r.updated + r.unchanged + r.deleted + r.not_held;
    assert_eq!(r.received, held + r.rejected, "counts balance: {r:?}");
    [r.received, r.created, r.updated, r.unchanged, r.rejected, r.deleted_by_replacement]
}

/// Code and reason of a refusal.
pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let status = result.unwrap_err();
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    (status.code(), reason)
}
