//! Limits: one below the limit, at it, and one above; and callers that stall.

use std::time::Duration;

use peelian::v1::submit_request::Part;
use peelian::v1::{SubmissionHeader, SubmitRequest};
use tonic::Code;

use crate::harness::{Server, boroughs, command, header, reason};

const CSV: &str = "borough,valid_from,priority_1,priority_2\n\
    E09000001,2017-04-01,robbery_personal,burglary_residential\n";

#[tokio::test]
async fn rows() {
    let (_data, server) = Server::fresh(&["--max-rows", "5"]).await;
    for rows in 4..=5 {
        let header = SubmissionHeader { dry_run: true, ..header() };
        server.send(header, boroughs(1..=rows, 2017)).await.unwrap();
    }
    let over = server.send(header(), boroughs(1..=6, 2017)).await;
    assert_eq!(reason(over), (Code::ResourceExhausted, "TOO_MANY_ROWS".to_owned()));
}

#[tokio::test]
async fn bytes() {
    let limit = CSV.len();
    let (_data, server) = Server::fresh(&["--max-bytes", &limit.to_string()]).await;
    let dry = || Part::Header(SubmissionHeader { dry_run: true, ..header() });
    server.submit(vec![dry(), Part::Csv(CSV.trim_end().into())]).await.unwrap();
    server.submit(vec![dry(), Part::Csv(CSV.into())]).await.unwrap();
    let over = server.submit(vec![dry(), Part::Csv(format!("{CSV}\n").into())]).await;
    assert_eq!(reason(over), (Code::ResourceExhausted, "TOO_MANY_BYTES".to_owned()));
}

#[tokio::test]
async fn message_bytes() {
    let (_data, server) = Server::fresh(&["--max-message-bytes", "1000"]).await;
    // A message has the tag in one byte, the length in two bytes, and the chunk.
    let send = |bytes: usize| {
        let mut content = CSV.as_bytes().to_vec();
        content.resize(bytes - 3, b'\n');
        let header = SubmissionHeader { dry_run: true, ..header() };
        server.submit(vec![Part::Header(header), Part::Csv(content)])
    };
    send(999).await.unwrap();
    send(1_000).await.unwrap();
    assert_eq!(reason(send(1_001).await), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".to_owned()));
}

#[tokio::test]
async fn submissions_of_an_agency_at_a_time() {
    let (_data, server) = Server::fresh(&["--max-submissions-per-agency", "1"]).await;
    // The first submission is under way as soon as a second one is refused. The first may also arrive while a second
    // is under way and be refused itself. Then it starts again.
    let (open, first, refused) = 'started: loop {
        let (open, stream) = tokio::sync::mpsc::channel(1);
        let mut client = server.submissions().await;
        let messages = tokio_stream::wrappers::ReceiverStream::new(stream);
        let first = tokio::spawn(async move { client.submit(messages).await });
        open.send(SubmitRequest { part: Some(Part::Header(header())) }).await.unwrap();
        while !first.is_finished() {
            let probe = SubmissionHeader { dry_run: true, ..header() };
            if let Err(status) = server.send(probe, boroughs(1..=1, 2017)).await {
                break 'started (open, first, status);
            }
        }
    };
    assert_eq!(reason(Err::<(), _>(refused)), (Code::ResourceExhausted, "TOO_MANY_SUBMISSIONS".to_owned()));
    let other = SubmissionHeader { agency: "city-of-london".to_owned(), ..header() };
    server.send(other, boroughs(1..=1, 2017)).await.unwrap();
    open.send(SubmitRequest { part: Some(Part::Csv(CSV.into())) }).await.unwrap();
    drop(open);
    first.await.unwrap().unwrap();
    server.send(header(), boroughs(1..=1, 2017)).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_stalls_is_abandoned_and_nothing_is_stored() {
    let (_data, server) = Server::fresh(&["--idle-timeout", "1"]).await;
    let (open, stream) = tokio::sync::mpsc::channel(2);
    open.send(SubmitRequest { part: Some(Part::Header(header())) }).await.unwrap();
    open.send(SubmitRequest { part: Some(Part::Csv(CSV.into())) }).await.unwrap();
    let messages = tokio_stream::wrappers::ReceiverStream::new(stream);
    let stalled = server.submissions().await.submit(messages).await;
    assert_eq!(reason(stalled), (Code::DeadlineExceeded, "IDLE_TOO_LONG".to_owned()));
    drop(open);
    assert_eq!(server.send(header(), boroughs(1..=1, 2017)).await.unwrap().ledger_position, 1);
}

#[tokio::test]
async fn the_deadline_of_a_call_is_honoured() {
    let (_data, server) = Server::fresh(&[]).await;
    let (open, stream) = tokio::sync::mpsc::channel(1);
    open.send(SubmitRequest { part: Some(Part::Header(header())) }).await.unwrap();
    let mut request = tonic::Request::new(tokio_stream::wrappers::ReceiverStream::new(stream));
    request.set_timeout(Duration::from_millis(200));
    let late = server.submissions().await.submit(request).await.unwrap_err();
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    drop(open);
    assert_eq!(server.send(header(), boroughs(1..=1, 2017)).await.unwrap().ledger_position, 1);
}

#[test]
fn an_address_that_other_machines_can_reach_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let output = command(data.path(), &[]).args(["--listen", "0.0.0.0:0"]).output();
    // A flag that is given twice is refused too. So the address is given alone below.
    assert!(!output.unwrap().status.success());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_peelian-server"));
    let output = command.args(["serve", "--listen", "0.0.0.0:0"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("set tls_certificate and tls_key"));
}
