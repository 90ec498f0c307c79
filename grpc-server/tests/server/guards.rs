//! Guards: older extracts, mass deletions, wrong expectations, keys held elsewhere.

use peelian::v1::{SubmissionHeader, SubmissionMode};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{Server, boroughs, counts, header, header_of, priority, reason};

fn precondition<T: std::fmt::Debug>(result: Result<T, Status>) -> String {
    let status = result.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    let failure = status.get_details_precondition_failure().unwrap();
    assert_eq!(failure.violations[0].r#type, status.get_details_error_info().unwrap().reason);
    failure.violations[0].r#type.clone()
}

#[tokio::test]
async fn a_replacement_may_delete_more_than_a_fifth_only_if_expected() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=30, 2017)).await.unwrap();
    let over = server.send(header(), boroughs(1..=23, 2017)).await;
    assert_eq!(precondition(over), "MASS_DELETE");
    let at = server.send(SubmissionHeader { dry_run: true, ..header() }, boroughs(1..=24, 2017)).await.unwrap();
    assert_eq!(counts(&at), [24, 0, 0, 24, 0, 6]);
    let wrong = SubmissionHeader { expected_delete_count: Some(6), ..header() };
    assert_eq!(precondition(server.send(wrong, boroughs(1..=23, 2017)).await), "DELETE_COUNT_DIFFERS");
    let expected = SubmissionHeader { expected_delete_count: Some(7), ..header() };
    let receipt = server.send(expected, boroughs(1..=23, 2017)).await.unwrap();
    assert_eq!(counts(&receipt), [23, 0, 0, 23, 0, 7]);
    assert_eq!(receipt.ledger_position, 2, "neither a refusal nor a dry run is an entry of the ledger");
}

#[tokio::test]
async fn a_nil_return_over_rows_is_a_mass_deletion() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=2, 2017)).await.unwrap();
    let nil = SubmissionHeader { nil_return: true, ..header() };
    assert_eq!(precondition(server.send(nil.clone(), Vec::new()).await), "MASS_DELETE");
    let nil = SubmissionHeader { expected_delete_count: Some(2), ..nil };
    assert_eq!(counts(&server.send(nil, Vec::new()).await.unwrap()), [0, 0, 0, 0, 0, 2]);
}

#[tokio::test]
async fn an_older_extract_is_refused_but_not_one_of_the_same_instant() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=2, 2017)).await.unwrap();
    let older = SubmissionHeader { extract_instant: Some("2018-04-30T08:59:59Z".parse().unwrap()), ..header() };
    assert_eq!(precondition(server.send(older.clone(), boroughs(1..=2, 2017)).await), "STALE_EXTRACT");
    server.send(header(), boroughs(1..=2, 2017)).await.unwrap();
    // Another collection, period or agency is another slice.
    let other = SubmissionHeader { collection: "drafts".to_owned(), ..older };
    server.send(other, vec![priority(9, 2017)]).await.unwrap();
}

#[tokio::test]
async fn a_submission_that_is_stated_as_superseded_must_be_in_force() {
    let (_data, server) = Server::fresh(&[]).await;
    let first = server.send(header(), boroughs(1..=2, 2017)).await.unwrap().submission;
    let second = SubmissionHeader { supersedes: first.clone(), ..header() };
    let second = server.send(second, boroughs(1..=2, 2017)).await.unwrap();
    assert_eq!(second.superseded, first);
    let late = SubmissionHeader { supersedes: first, ..header() };
    assert_eq!(precondition(server.send(late, boroughs(1..=2, 2017)).await), "SUPERSEDES_ANOTHER");
}

#[tokio::test]
async fn a_row_whose_key_another_collection_has_is_left_out_and_a_merge_moves_it() {
    let (_data, server) = Server::fresh(&[]).await;
    let other = || SubmissionHeader { collection: "revised".to_owned(), ..header() };
    server.send(header(), boroughs(1..=1, 2017)).await.unwrap();
    let receipt = server.send(other(), boroughs(1..=20, 2017)).await.unwrap();
    assert_eq!(counts(&receipt), [20, 19, 0, 0, 1, 0]);
    let finding = &receipt.first_findings[0];
    assert_eq!((finding.code.as_str(), finding.row), ("PEEL-6010", 1));
    assert!(finding.message.contains("MERGE"), "{}", finding.message);
    let refused = server.send(SubmissionHeader { collection: "third".to_owned(), ..header() }, boroughs(1..=4, 2017));
    assert_eq!(reason(refused.await), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
    let merge = SubmissionHeader { mode: SubmissionMode::Merge.into(), ..other() };
    assert_eq!(counts(&server.send(merge, boroughs(1..=1, 2017)).await.unwrap()), [1, 0, 1, 0, 0, 0]);
    let replaced = server.send(other(), boroughs(1..=20, 2017)).await.unwrap();
    assert_eq!(counts(&replaced), [20, 0, 0, 20, 0, 0]);
}

#[tokio::test]
async fn rows_outside_the_declared_period_are_refused() {
    let (_data, server) = Server::fresh(&[]).await;
    let outside = server.send(header_of(2016, SubmissionMode::ReplacePeriod), boroughs(1..=3, 2017)).await;
    assert_eq!(reason(outside), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
}
