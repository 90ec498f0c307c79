//! Figures that changed between two releases of one publisher, and figures that are those of another month.

use peelian::v1::observation::Result as Answer;
use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{
    Observation, Query, QueryObservationsRequest, SubmissionHeader, SubmissionMode, SubmissionReceipt,
    WithdrawSubmissionRequest, alternative,
};

use crate::harness::{Server, counts, header};

const MEASURE: &str = "knife-crime-offences";

/// Submits figures of Southwark and Lambeth for May 2017, as extracted on a day of 2018.
async fn release(server: &Server, day: &str, rows: [&str; 2], mode: SubmissionMode) -> SubmissionReceipt {
    let header = SubmissionHeader {
        dataset: "published_figure".to_owned(),
        agency: "mps".to_owned(),
        extract_instant: Some(format!("2018-{day}T09:00:00Z").parse().unwrap()),
        mode: mode.into(),
        ..header()
    };
    let [southwark, lambeth] = rows;
    let csv = format!(
        "measure,area,period,numerator,status,source\n\
         {MEASURE},E09000028,2017-05,{southwark},a test\n\
         {MEASURE},E09000022,2017-05,{lambeth},a test\n"
    );
    server.submit(vec![Part::Header(header), Part::Csv(csv.into())]).await.unwrap()
}

async fn ask(server: &Server, area: &str) -> Observation {
    let query = Query {
        measures: vec![MEASURE.to_owned()],
        areas: vec![area.to_owned()],
        periods: vec!["2017-05".to_owned()],
        ..Query::default()
    };
    let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
    let mut client = ObservationServiceClient::new(server.channel().await);
    client.query_observations(request).await.unwrap().into_inner().observations.remove(0)
}

/// The value, the status letter, the markers, and the values before with their sources.
async fn told(server: &Server, area: &str) -> (Option<Answer>, String, String, Vec<(Option<f64>, String)>) {
    let Observation { result, obs_status, marker, alternatives, .. } = ask(server, area).await;
    let before = alternatives.into_iter().map(|before| {
        let value = match before.result {
            Some(alternative::Result::Value(value)) => Some(value),
            _ => None,
        };
        (value, before.source)
    });
    (result, obs_status, marker, before.collect())
}

const SOUTHWARK: &str = "E09000028";
const LAMBETH: &str = "E09000022";
const REPLACE: SubmissionMode = SubmissionMode::ReplacePeriod;

fn of_april() -> String {
    "mps: a test, as extracted on 2018-04-30".to_owned()
}

#[tokio::test]
async fn a_figure_that_changed_between_releases_is_revised_and_has_the_value_before() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    release(&server, "04-30", ["40,final", "50,final"], REPLACE).await;
    let first = (Some(Answer::Value(50.0)), "A".to_owned(), String::new(), vec![]);
    assert_eq!(told(&server, LAMBETH).await, first);
    // The second release has another figure of Southwark.
    let receipt = release(&server, "05-31", ["41,final", "50,final"], REPLACE).await;
    assert_eq!(counts(&receipt), [2, 0, 1, 1, 0, 0]);
    let revised = (Some(Answer::Value(41.0)), "R".to_owned(), "[r]".to_owned(), vec![(Some(40.0), of_april())]);
    assert_eq!(told(&server, SOUTHWARK).await, revised);
    assert_eq!(told(&server, LAMBETH).await, first);
    let caveat = "This figure was revised: it was another one in the release extracted on 2018-04-30.";
    assert!(ask(&server, SOUTHWARK).await.caveats.iter().any(|told| told == caveat));
    assert!(!ask(&server, LAMBETH).await.caveats.iter().any(|told| told == caveat));
    // The third release repeats the figures: what it says of Southwark is still a revision of the first.
    let receipt = release(&server, "06-30", ["41,final", "50,final"], REPLACE).await;
    assert_eq!(counts(&receipt), [2, 0, 0, 2, 0, 0]);
    assert_eq!(told(&server, SOUTHWARK).await, revised);
    assert!(server.terminate().await);

    let server = Server::start(data.path(), &[]).await;
    assert_eq!(told(&server, SOUTHWARK).await, revised);
    // A provisional figure can be revised too, by a merge as well.
    let merged = release(&server, "07-31", ["43,provisional", "50,final"], SubmissionMode::Merge).await;
    assert_eq!(counts(&merged), [2, 0, 1, 1, 0, 0]);
    let again = vec![(Some(41.0), "mps: a test, as extracted on 2018-06-30".to_owned())];
    assert_eq!(
        told(&server, SOUTHWARK).await,
        (Some(Answer::Value(43.0)), "P".to_owned(), "[p] [r]".to_owned(), again)
    );
    // Without the merge, the answer is that of the release before.
    let withdraw = WithdrawSubmissionRequest { name: merged.submission, reason: "a test".to_owned() };
    server.submissions().await.withdraw_submission(withdraw).await.unwrap();
    assert_eq!(told(&server, SOUTHWARK).await, revised);
}

#[tokio::test]
async fn a_figure_that_is_suppressed_tells_nothing_of_the_one_before() {
    let (_data, server) = Server::fresh(&[]).await;
    release(&server, "04-30", ["40,final", "[c],final"], REPLACE).await;
    release(&server, "05-31", ["[c],final", "7,final"], REPLACE).await;
    let suppressed = ask(&server, SOUTHWARK).await;
    assert!(matches!(suppressed.result, Some(Answer::Missing(_))), "{suppressed:?}");
    assert_eq!((suppressed.marker.as_str(), suppressed.alternatives.len()), ("[c]", 0));
    assert!(suppressed.caveats.iter().all(|caveat| !caveat.contains("revised")));
    // The other figure was suppressed before.
    let shown = (Some(Answer::Value(7.0)), "R".to_owned(), "[r]".to_owned(), vec![(None, of_april())]);
    assert_eq!(told(&server, LAMBETH).await, shown);
}

#[tokio::test]
async fn a_file_with_the_figures_of_a_month_that_is_held_is_a_warning() {
    let (_data, server) = Server::fresh(&[]).await;
    let month = async |month: &str, more: u32| {
        let (year, number) = month.split_once('-').unwrap();
        let header = SubmissionHeader {
            dataset: "published_figure".to_owned(),
            agency: "mps".to_owned(),
            period_start_inclusive: format!("{month}-01"),
            period_end_inclusive: format!("{month}-30"),
            ..header()
        };
        let row = |borough: u32| {
            let count = 100 + 17 * borough + more;
            format!("{MEASURE},E090000{:02},{year}-{number},{count},final,a test\n", borough + 1)
        };
        let csv = "measure,area,period,numerator,status,source\n".to_owned() + &(1..=6).map(row).collect::<String>();
        server.submit(vec![Part::Header(header), Part::Csv(csv.into())]).await.unwrap()
    };
    assert!(month("2016-04", 3).await.first_findings.is_empty());
    assert!(month("2016-06", 4).await.first_findings.is_empty());
    let repeated = month("2017-04", 3).await;
    let [found] = repeated.first_findings.as_slice() else { panic!("{repeated:?}") };
    assert_eq!(
        (found.code.as_str(), found.row, repeated.created),
        ("PEEL-6013", 1, 6),
        "a warning leaves nothing out"
    );
    assert!(found.message.starts_with("All 6 figures of 2017-04 equal those of 2016-04."), "{}", found.message);
    // The file that is right takes its place.
    assert!(month("2017-04", 9).await.first_findings.is_empty());
}
