//! A row that is left out deletes nothing.

use std::path::Path;

use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{Query, QueryObservationsRequest, SubmissionHeader};

use crate::harness::{Server, counts, header, request_id};

const MONTHS: usize = 60;
const HEADER: &str = "measure,area,period,breakdown,numerator,status,source";

/// The months from January 2018.
fn months() -> Vec<String> {
    (0..MONTHS).map(|number| format!("{}-{:02}", 2018 + number / 12, number % 12 + 1)).collect()
}

/// The row of a month.
fn row(month: &str, count: usize) -> Vec<String> {
    ["knife-crime-offences", "E09000022", month, "", &count.to_string(), "final", "made up"]
        .map(str::to_owned)
        .to_vec()
}

fn file(rows: &[Vec<String>]) -> Part {
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    Part::Csv(format!("{HEADER}\n{}\n", lines.join("\n")).into_bytes())
}

fn figures() -> SubmissionHeader {
    SubmissionHeader {
        request_id: request_id(),
        dataset: "published_figure".to_owned(),
        period_start_inclusive: "2018-01-01".to_owned(),
        period_end_inclusive: "2022-12-31".to_owned(),
        agency: "mps".to_owned(),
        extract_instant: Some("2023-04-30T09:00:00Z".parse().unwrap()),
        ..header()
    }
}

/// The value of each month; `None` for a month without one.
async fn held(server: &Server) -> Vec<Option<f64>> {
    let mut service = ObservationServiceClient::new(server.channel().await);
    let query = Query {
        measures: vec!["knife-crime-offences".to_owned()],
        areas: vec!["E09000022".to_owned()],
        periods: vec!["2018-01..2022-12".to_owned()],
        ..Query::default()
    };
    let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
    let found = service.query_observations(request).await.unwrap().into_inner().observations;
    found
        .iter()
        .map(|seen| match seen.result {
            Some(peelian::v1::observation::Result::Value(value)) => Some(value),
            _ => None,
        })
        .collect()
}

async fn good(data: &Path) -> Server {
    let server = Server::start(data, &[]).await;
    let rows: Vec<_> = months().iter().map(|month| row(month, 50)).collect();
    server.submit(vec![Part::Header(figures()), file(&rows)]).await.unwrap();
    server
}

#[tokio::test]
async fn nothing_held_is_lost_to_an_unreadable_row() {
    let data = tempfile::tempdir().unwrap();
    let server = good(data.path()).await;
    // What a file can have in each column of one row, and a row with one value too few.
    let faults =
        [(0, "knife-crimes"), (1, "E0900002"), (2, "2018-1x"), (3, "Age band: 18-24"), (4, "n/k"), (5, "late")];
    for place in 0..MONTHS {
        let (column, text) = faults[place % faults.len()];
        let mut rows: Vec<_> = months().iter().map(|month| row(month, 51)).collect();
        text.clone_into(&mut rows[place][column]);
        let receipt = server.submit(vec![Part::Header(figures()), file(&rows)]).await.unwrap();
        assert_eq!(counts(&receipt)[4..], [1, 0], "one row is rejected and none deleted: {receipt:?}");
        let kept = receipt.first_findings.iter().find(|finding| finding.code == "PEEL-6012").unwrap();
        assert_eq!(kept.row, u64::try_from(place).unwrap() + 1);
        let values = held(&server).await;
        assert!(values.iter().all(Option::is_some), "row {place}: {values:?}");
        // The row before stays as it was, and the others are those of the file.
        let before = if place == 0 { 50.0 } else { 51.0 };
        assert_eq!(values[place], Some(before), "row {place}");
    }
    let before = held(&server).await;
    assert!(server.terminate().await);
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(held(&server).await, before, "a restart changes nothing");
}

/// Attendances have no key: all that is known of a row tells which one it is. What is derived from an unreadable time is not
/// known either.
#[tokio::test]
async fn nothing_held_without_a_key_is_lost_to_an_unreadable_row() {
    let (_data, server) = Server::fresh(&[]).await;
    let send = async |unreadable: Option<(usize, &str)>| {
        let header = SubmissionHeader {
            request_id: request_id(),
            dataset: "istv_attendance".to_owned(),
            period_start_inclusive: "2017-02-01".to_owned(),
            period_end_inclusive: "2017-02-28".to_owned(),
            agency: "nhs-rj1".to_owned(),
            ..header()
        };
        let mut csv = "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,\
                       assault_location_type\n"
            .to_owned();
        for row in 0..24 {
            let mut cells = [
                "2017-02-01".to_owned(),
                "2017-02-28".to_owned(),
                "RJ122".to_owned(),
                format!("2017-02-03T{row:02}:15:00+00:00"),
                "2017-02-03".to_owned(),
                "99".to_owned(),
                "99".to_owned(),
            ];
            if let Some((column, text)) = unreadable.filter(|_| row == 7) {
                text.clone_into(&mut cells[column]);
            }
            csv += &format!("{}\n", cells.join(","));
        }
        server.submit(vec![Part::Header(header), Part::Csv(csv.into_bytes())]).await.unwrap()
    };
    assert_eq!(counts(&send(None).await), [24, 24, 0, 0, 0, 0]);
    for fault in [(3, "late"), (4, "n/k"), (5, "a fist"), (6, "a pub")] {
        let receipt = send(Some(fault)).await;
        assert_eq!(counts(&receipt), [24, 0, 0, 23, 1, 0], "{fault:?}");
        assert!(receipt.first_findings.iter().any(|finding| finding.code == "PEEL-6012"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_row_that_is_left_out_is_no_second_key() {
    let data = tempfile::tempdir().unwrap();
    let server = good(data.path()).await;
    let mut rows: Vec<_> = months().iter().map(|month| row(month, 50)).collect();
    let mut unreadable = row("2022-12", 9);
    "Age band: 18-24".clone_into(&mut unreadable[3]);
    rows.push(unreadable);
    let receipt = server.submit(vec![Part::Header(figures()), file(&rows)]).await.unwrap();
    assert_eq!(counts(&receipt), [61, 0, 0, 60, 1, 0]);
    assert!(held(&server).await.iter().all(|value| *value == Some(50.0)));
}

#[tokio::test]
async fn a_row_that_the_file_no_longer_has_is_deleted() {
    let data = tempfile::tempdir().unwrap();
    let server = good(data.path()).await;
    let mut rows: Vec<_> = months().iter().map(|month| row(month, 50)).collect();
    rows.remove(7);
    "n/k".clone_into(&mut rows[0][4]);
    let receipt = server.submit(vec![Part::Header(figures()), file(&rows)]).await.unwrap();
    assert_eq!(counts(&receipt), [59, 0, 0, 58, 1, 1]);
    let values = held(&server).await;
    assert_eq!(values.iter().filter(|value| value.is_none()).count(), 1);
    assert_eq!(values[7], None);
}
