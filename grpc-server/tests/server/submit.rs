//! Submissions: encodings, idempotency, dry runs, findings.

use peelian::records::v1::{Crime, LocalPriority};
use peelian::v1::submit_request::Part;
use peelian::v1::{
    CrimeRecords, GetSubmissionRequest, ListFindingsRequest, ListSubmissionsRequest, SubmissionHeader,
    SubmissionReceipt,
};
use tonic::Code;

use crate::harness::{Server, boroughs, changed, counts, header, priorities, priority, reason};

const CSV: &str = "borough,valid_from,valid_to,priority_1,priority_2\n\
    E09000001,2017-04-01,2018-03-31,robbery_personal,burglary_residential\n\
    E09000002,2017-04-01,2018-03-31,robbery_personal,burglary_residential\n";

#[tokio::test]
async fn typed_rows_and_a_file_cut_at_any_byte_give_the_same_rows() {
    let (_data, server) = Server::fresh(&[]).await;
    let typed = server.send(header(), boroughs(1..=2, 2017)).await.unwrap();
    assert_eq!(counts(&typed), [2, 2, 0, 0, 0, 0]);
    let mut parts = vec![Part::Header(header())];
    parts.extend(CSV.as_bytes().chunks(7).map(|bytes| Part::Csv(bytes.to_vec())));
    let file = server.submit(parts).await.unwrap();
    assert_eq!(counts(&file), [2, 0, 0, 2, 0, 0]);
    assert_eq!(file.superseded, typed.submission);
    assert_eq!((typed.ledger_position, file.ledger_position), (1, 2));
}

#[tokio::test]
async fn the_hash_is_that_of_the_files_bytes_however_it_is_cut() {
    let (_data, server) = Server::fresh(&[]).await;
    let whole = server.submit(vec![Part::Header(header()), Part::Csv(CSV.into())]).await.unwrap();
    // Expected value: sha256sum of the file.
    assert_eq!(whole.content_sha256, "60063769a7f8d890149628f224da83a0c00f022fb5eda7d42645035c9154d295");
    let rows = boroughs(1..=4, 2017);
    let one = server.send(header(), rows.clone()).await.unwrap();
    let two = vec![Part::Header(header()), priorities(rows[..1].to_vec()), priorities(rows[1..].to_vec())];
    assert_eq!(server.submit(two).await.unwrap().content_sha256, one.content_sha256);
}

#[tokio::test]
async fn a_repeated_request_has_the_same_receipt_and_a_changed_one_is_refused() {
    let (_data, server) = Server::fresh(&[]).await;
    let header = header();
    let first = server.send(header.clone(), boroughs(1..=3, 2017)).await.unwrap();
    let again = server.send(header.clone(), boroughs(1..=3, 2017)).await.unwrap();
    assert_eq!(again, SubmissionReceipt { replayed: true, ..first.clone() });
    let other = server.send(header.clone(), boroughs(1..=4, 2017)).await;
    assert_eq!(reason(other), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    let other = SubmissionHeader { synthetic: true, ..header.clone() };
    let other = server.send(other, boroughs(1..=3, 2017)).await;
    assert_eq!(reason(other), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    // Another agency may use the same identifier.
    let other = SubmissionHeader { agency: "city-of-london".to_owned(), ..header };
    assert_eq!(server.send(other, boroughs(1..=1, 2017)).await.unwrap().ledger_position, 2);
}

#[tokio::test]
async fn a_dry_run_counts_and_stores_nothing() {
    let (_data, server) = Server::fresh(&[]).await;
    server.send(header(), boroughs(1..=10, 2017)).await.unwrap();
    let mut rows = boroughs(2..=11, 2017);
    rows[0] = changed(2, 2017);
    let dry = SubmissionHeader { dry_run: true, ..header() };
    let receipt = server.send(dry.clone(), rows.clone()).await.unwrap();
    assert_eq!(counts(&receipt), [10, 1, 1, 8, 0, 1]);
    assert!(receipt.dry_run && receipt.submission.is_empty() && receipt.accepted_at.is_none());
    assert_eq!(receipt.ledger_position, 1);
    // The request identifier of a dry run is not used up.
    let real = SubmissionHeader { dry_run: false, ..dry };
    assert_eq!(counts(&server.send(real, rows).await.unwrap()), counts(&receipt));
}

#[tokio::test]
async fn a_submission_without_rows_must_be_a_nil_return() {
    let (_data, server) = Server::fresh(&[]).await;
    let empty = server.submit(vec![Part::Header(header())]).await;
    assert_eq!(reason(empty), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let nil = SubmissionHeader { nil_return: true, ..header() };
    let rows = server.send(nil.clone(), boroughs(1..=1, 2017)).await;
    assert_eq!(reason(rows), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let receipt = server.submit(vec![Part::Header(nil)]).await.unwrap();
    assert_eq!(counts(&receipt), [0; 6]);
}

#[tokio::test]
async fn chunks_of_two_encodings_or_of_another_dataset_are_refused() {
    let (_data, server) = Server::fresh(&[]).await;
    let mixed = vec![Part::Header(header()), priorities(boroughs(1..=1, 2017)), Part::Csv(CSV.into())];
    assert_eq!(reason(server.submit(mixed).await), (Code::InvalidArgument, "CONTENT_UNREADABLE".to_owned()));
    let other = vec![Part::Header(header()), Part::Crimes(CrimeRecords { rows: vec![Crime::default()] })];
    assert_eq!(reason(server.submit(other).await), (Code::InvalidArgument, "CONTENT_UNREADABLE".to_owned()));
    let twice = vec![Part::Header(header()), Part::Header(header())];
    assert_eq!(reason(server.submit(twice).await), (Code::InvalidArgument, "MESSAGES_OUT_OF_ORDER".to_owned()));
    let none = vec![Part::Csv(CSV.into())];
    assert_eq!(reason(server.submit(none).await), (Code::InvalidArgument, "MESSAGES_OUT_OF_ORDER".to_owned()));
    let cut = vec![Part::Header(header()), Part::ArrowIpc(vec![255, 255, 255, 255, 16])];
    assert_eq!(reason(server.submit(cut).await), (Code::InvalidArgument, "CONTENT_UNREADABLE".to_owned()));
}

#[tokio::test]
async fn bad_rows_are_left_out_with_findings_and_too_many_refuse_the_file() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut rows = boroughs(1..=20, 2017);
    rows[4].priority_1 = 0;
    let receipt = server.send(header(), rows.clone()).await.unwrap();
    assert_eq!(counts(&receipt), [20, 19, 0, 0, 1, 0]);
    assert_eq!(receipt.findings.unwrap().errors, 1);
    let request = ListFindingsRequest { parent: receipt.submission.clone(), ..ListFindingsRequest::default() };
    let findings = server.submissions().await.list_findings(request).await.unwrap().into_inner().findings;
    assert_eq!(findings, receipt.first_findings);
    assert_eq!(
        (findings[0].row, findings[0].field.as_str(), findings[0].code.as_str()),
        (5, "priority_1", "PEEL-5001")
    );
    rows[5] = LocalPriority { priority_2: 0, ..rows[5].clone() };
    let refused = server.send(header(), rows).await;
    assert_eq!(reason(refused), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
}

#[tokio::test]
async fn submissions_are_listed_the_latest_first_in_pages() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut names = Vec::new();
    for borough in 1..=5 {
        let header = SubmissionHeader { collection: format!("c{borough}"), ..header() };
        names.insert(0, server.send(header, vec![priority(borough, 2017)]).await.unwrap().submission);
    }
    let mut client = server.submissions().await;
    let (mut listed, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListSubmissionsRequest {
            parent: "agencies/mopac".to_owned(),
            page_size: 2,
            page_token: token.clone(),
            ..ListSubmissionsRequest::default()
        };
        let page = client.list_submissions(request).await.unwrap().into_inner();
        listed.extend(page.submissions.into_iter().map(|submission| submission.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        let other = ListSubmissionsRequest {
            parent: "agencies/-".to_owned(),
            page_token: token.clone(),
            ..ListSubmissionsRequest::default()
        };
        let refused = client.list_submissions(other).await;
        assert_eq!(reason(refused), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    }
    assert_eq!(listed, names);
    let unknown = "agencies/mopac/submissions/00000000000000000000000000".to_owned();
    let missing = client.get_submission(GetSubmissionRequest { name: unknown }).await;
    assert_eq!(reason(missing), (Code::NotFound, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn figures_name_a_measure_of_the_catalogue() {
    let (_data, server) = Server::fresh(&[]).await;
    let send = |measure: &str| {
        let header = SubmissionHeader { dataset: "published_figure".to_owned(), ..header() };
        let csv =
            format!("measure,area,period,numerator,status,source\n{measure},E09000028,2017-05,7,final,a test\n");
        server.submit(vec![Part::Header(header), Part::Csv(csv.into())])
    };
    assert_eq!(counts(&send("knife-crime-offences").await.unwrap()), [1, 1, 0, 0, 0, 0]);
    assert_eq!(reason(send("no-such-measure").await), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
}
