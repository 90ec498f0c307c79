//! Acknowledged submissions survive a restart, and only one server at a time can use a data directory.

use peelian::v1::{
    GetSubmissionRequest, ListFindingsRequest, SubmissionHeader, SubmissionMode, SubmissionReceipt,
    WithdrawSubmissionRequest,
};

use crate::harness::{Server, boroughs, changed, command, counts, header, header_of, priority};

#[tokio::test]
async fn a_restart_keeps_everything() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let mut rows = boroughs(1..=20, 2017);
    rows[2].priority_1 = 0;
    let first = server.send(header(), rows.clone()).await.unwrap();
    let merge = header_of(2017, SubmissionMode::Merge);
    let second = server.send(merge.clone(), vec![changed(1, 2017)]).await.unwrap();
    let request = header();
    let third = server.send(request.clone(), boroughs(1..=20, 2017)).await.unwrap();
    let withdraw = WithdrawSubmissionRequest { name: third.submission.clone(), reason: "a test".to_owned() };
    server.submissions().await.withdraw_submission(withdraw).await.unwrap();
    assert!(server.terminate().await, "a server that is told to stop exits with success");

    let server = Server::start(data.path(), &[]).await;
    let again = server.send(merge, vec![changed(1, 2017)]).await.unwrap();
    assert_eq!(again, SubmissionReceipt { replayed: true, ..second.clone() });
    // The receipt of a submission that was withdrawn is not given again: it would say that the rows count.
    let withdrawn = server.send(request, boroughs(1..=20, 2017)).await.unwrap_err();
    assert_eq!(withdrawn.code(), tonic::Code::FailedPrecondition, "{withdrawn:?}");
    let mut client = server.submissions().await;
    for receipt in [&first, &second, &third] {
        let request = GetSubmissionRequest { name: receipt.submission.clone() };
        let got = client.get_submission(request).await.unwrap().into_inner().submission.unwrap();
        assert_eq!(got.receipt.as_ref(), Some(receipt));
        assert_eq!(got.withdrawn_at.is_some(), receipt.submission == third.submission);
    }
    let request = ListFindingsRequest { parent: first.submission, ..ListFindingsRequest::default() };
    let findings = client.list_findings(request).await.unwrap().into_inner().findings;
    assert_eq!(findings, first.first_findings);
    let mut held: Vec<_> = boroughs(1..=20, 2017);
    held.remove(2);
    held[0] = changed(1, 2017);
    let check = SubmissionHeader { dry_run: true, ..header() };
    assert_eq!(counts(&server.send(check, held).await.unwrap()), [19, 0, 0, 19, 0, 0]);
}

#[tokio::test]
async fn an_acknowledged_submission_survives_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 1..=5 {
        // A server that is dropped is killed, so that it cannot tidy up.
        let server = Server::start(data.path(), &[]).await;
        let receipt = server.send(header_of(2017, SubmissionMode::Merge), vec![priority(round, 2017)]).await.unwrap();
        acknowledged += receipt.created;
    }
    let server = Server::start(data.path(), &[]).await;
    let check = SubmissionHeader { dry_run: true, ..header() };
    let receipt = server.send(check, boroughs(1..=5, 2017)).await.unwrap();
    assert_eq!((receipt.unchanged, receipt.ledger_position), (acknowledged, 5));
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let (data, server) = Server::fresh(&[]).await;
    let output = command(data.path(), &[]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("in use by another server"));
    server.send(header(), boroughs(1..=1, 2017)).await.unwrap();
}
