//! Modes, withdrawals, and datasets without a key.

use peelian::records::v1::{AssaultLocationType, AssaultMethod, IstvAttendance};
use peelian::v1::submit_request::Part;
use peelian::v1::{
    GetSubmissionRequest, IstvAttendanceRecords, SubmissionHeader, SubmissionMode, WithdrawSubmissionRequest,
};
use tonic::Code;

use crate::harness::{Server, boroughs, changed, counts, header, header_of, priority, reason};

#[tokio::test]
async fn a_replacement_replaces_its_period_only() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header_of(2016, SubmissionMode::ReplacePeriod), boroughs(1..=5, 2016)).await.unwrap();
    server.send(header_of(2017, SubmissionMode::ReplacePeriod), boroughs(1..=10, 2017)).await.unwrap();
    let mut rows = boroughs(2..=11, 2017);
    rows[0] = changed(2, 2017);
    let receipt = server.send(header(), rows).await.unwrap();
    assert_eq!(counts(&receipt), [10, 1, 1, 8, 0, 1]);
    let before = server.send(header_of(2016, SubmissionMode::ReplacePeriod), boroughs(1..=5, 2016)).await.unwrap();
    assert_eq!(counts(&before), [5, 0, 0, 5, 0, 0]);
}

#[tokio::test]
async fn a_merge_adds_and_changes_and_a_deletion_removes_by_key() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=10, 2017)).await.unwrap();
    let merge = || header_of(2017, SubmissionMode::Merge);
    let rows = vec![priority(1, 2017), changed(2, 2017), priority(11, 2017)];
    assert_eq!(counts(&server.send(merge(), rows.clone()).await.unwrap()), [3, 1, 1, 1, 0, 0]);
    assert_eq!(counts(&server.send(merge(), rows).await.unwrap()), [3, 0, 0, 3, 0, 0]);
    let delete = || header_of(2017, SubmissionMode::Delete);
    let gone = server.send(delete(), vec![priority(2, 2017), priority(33, 2017)]).await.unwrap();
    assert_eq!((counts(&gone), gone.deleted, gone.not_held), ([2, 0, 0, 0, 0, 0], 1, 1));
    let rest = (1..=11).filter(|borough| *borough != 2).map(|borough| priority(borough, 2017)).collect();
    assert_eq!(counts(&server.send(header(), rest).await.unwrap()), [10, 0, 0, 10, 0, 0]);
    let too_many = server.send(delete(), boroughs(3..=5, 2017)).await;
    assert_eq!(reason(too_many), (Code::FailedPrecondition, "MASS_DELETE".to_owned()));
}

#[tokio::test]
async fn after_a_withdrawal_answers_are_as_if_the_submission_had_not_been_made() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=10, 2017)).await.unwrap();
    let rows = (1..=10).map(|borough| changed(borough, 2017)).collect();
    let second = server.send(header(), rows).await.unwrap();
    let mut client = server.submissions().await;
    let without = WithdrawSubmissionRequest { name: second.submission.clone(), reason: " ".to_owned() };
    let refused = client.withdraw_submission(without).await;
    assert_eq!(reason(refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let withdraw = WithdrawSubmissionRequest { name: second.submission.clone(), reason: "wrong file".to_owned() };
    let withdrawn = client.withdraw_submission(withdraw.clone()).await.unwrap().into_inner();
    assert_eq!(withdrawn.later_merges, [""; 0]);
    let withdrawn = withdrawn.submission.unwrap();
    let got = client.get_submission(GetSubmissionRequest { name: second.submission }).await.unwrap().into_inner();
    assert_eq!(got.submission.as_ref(), Some(&withdrawn));
    assert_eq!(withdrawn.withdrawal_reason, "wrong file");
    assert_eq!(reason(client.withdraw_submission(withdraw).await).1, "ALREADY_WITHDRAWN");
    let third = server.send(header(), boroughs(1..=10, 2017)).await.unwrap();
    assert_eq!(counts(&third), [10, 0, 0, 10, 0, 0]);
    assert_eq!(third.ledger_position, 4, "a withdrawal is an entry of the ledger");
}

#[tokio::test]
async fn a_withdrawal_names_the_later_merges_that_stay_in_force() {
    let (_data, server) = Server::fresh(&[]).await;
    let first = server.send(header_of(2017, SubmissionMode::ReplacePeriod), boroughs(1..=3, 2017)).await.unwrap();
    let merge = || header_of(2017, SubmissionMode::Merge);
    let merged = server.send(merge(), vec![changed(1, 2017)]).await.unwrap();
    let taken_back = server.send(merge(), vec![changed(2, 2017)]).await.unwrap();
    let other_year = server.send(header_of(2016, SubmissionMode::Merge), boroughs(1..=1, 2016)).await.unwrap();
    let mut client = server.submissions().await;
    for (receipt, expected) in [(taken_back, vec![]), (first, vec![merged.submission.clone()]), (other_year, vec![])]
    {
        let withdraw = WithdrawSubmissionRequest { name: receipt.submission, reason: "a test".to_owned() };
        let withdrawn = client.withdraw_submission(withdraw).await.unwrap().into_inner();
        assert_eq!(withdrawn.later_merges, expected);
    }
}

fn attendance(hour: u32) -> IstvAttendance {
    IstvAttendance {
        reporting_period_start: "2017-02-01".to_owned(),
        reporting_period_end: "2017-02-28".to_owned(),
        site_code: "R1H12".to_owned(),
        arrival_at: format!("2017-02-03T{hour:02}:00:00+00:00"),
        assault_at: "2017-02-03".to_owned(),
        assault_method: AssaultMethod::NotKnown.into(),
        assault_location_type: AssaultLocationType::NotKnown.into(),
        ..IstvAttendance::default()
    }
}

#[tokio::test]
async fn rows_without_a_key_are_compared_as_a_multiset() {
    let (_data, server) = Server::fresh(&[]).await;
    let send = |mode: SubmissionMode, hours: &[u32]| {
        let header = SubmissionHeader {
            dataset: "istv_attendance".to_owned(),
            period_start_inclusive: "2017-02-01".to_owned(),
            period_end_inclusive: "2017-02-28".to_owned(),
            agency: "nhs-r1h".to_owned(),
            mode: mode.into(),
            ..header()
        };
        let rows = hours.iter().map(|hour| attendance(*hour)).collect();
        server.submit(vec![Part::Header(header), Part::IstvAttendances(IstvAttendanceRecords { rows })])
    };
    let first = send(SubmissionMode::ReplacePeriod, &[1, 1, 2, 3, 4, 5]).await.unwrap();
    assert_eq!(counts(&first), [6, 6, 0, 0, 0, 0]);
    let second = send(SubmissionMode::ReplacePeriod, &[1, 2, 3, 4, 5, 6]).await.unwrap();
    assert_eq!(counts(&second), [6, 1, 0, 5, 0, 1]);
    let merged = send(SubmissionMode::Merge, &[1]).await;
    assert_eq!(reason(merged), (Code::InvalidArgument, "CONTENT_UNREADABLE".to_owned()));
}
