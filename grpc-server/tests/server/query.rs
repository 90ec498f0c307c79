//! Queries: live, as of an instant, in pages and as a stream; and explanations.

use peelian::v1::observation::Result as Answer;
use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{
    ExplainObservationRequest, Query, QueryObservationsRequest, QueryObservationsResponse, StreamObservationsRequest,
    SubmissionHeader, SubmissionReceipt,
};
use tonic::{Code, Status};

use crate::harness::{Server, header, reason};

const MEASURE: &str = "knife-crime-offences";

async fn figures(server: &Server, southwark: u32, lambeth: u32) -> SubmissionReceipt {
    let header = SubmissionHeader { dataset: "published_figure".to_owned(), ..header() };
    let csv = format!(
        "measure,area,period,numerator,status,source\n\
         {MEASURE},E09000028,2017-05,{southwark},final,a test\n\
         {MEASURE},E09000022,2017-05,{lambeth},final,a test\n"
    );
    server.submit(vec![Part::Header(header), Part::Csv(csv.into())]).await.unwrap()
}

fn query() -> Query {
    Query {
        measures: vec![MEASURE.to_owned()],
        areas: vec!["E09000028".to_owned(), "E09000022".to_owned()],
        periods: vec!["2017-05".to_owned()],
        ..Query::default()
    }
}

async fn ask(server: &Server, request: QueryObservationsRequest) -> Result<QueryObservationsResponse, Status> {
    let mut client = ObservationServiceClient::new(server.channel().await);
    Ok(client.query_observations(request).await?.into_inner())
}

fn values(response: &QueryObservationsResponse) -> Vec<f64> {
    let value = |answer: &Option<Answer>| match answer {
        Some(Answer::Value(value)) => *value,
        other => panic!("{other:?}"),
    };
    response.observations.iter().map(|observation| value(&observation.result)).collect()
}

#[tokio::test]
async fn an_earlier_instant_gives_the_earlier_answer() {
    let (_data, server) = Server::fresh(&[]).await;
    let first = figures(&server, 40, 50).await;
    let whole = QueryObservationsRequest { query: Some(query()), ..QueryObservationsRequest::default() };
    let before = ask(&server, whole.clone()).await.unwrap();
    assert_eq!(values(&before), [40.0, 50.0]);
    let page = QueryObservationsRequest { page_size: 1, ..whole.clone() };
    let page_one = ask(&server, page.clone()).await.unwrap();
    figures(&server, 41, 50).await;
    assert_eq!(values(&ask(&server, whole).await.unwrap()), [41.0, 50.0]);
    // The next page is read at the ledger position of the first.
    let token = page_one.next_page_token.clone();
    let page_two = ask(&server, QueryObservationsRequest { page_token: token.clone(), ..page }).await.unwrap();
    assert_eq!((values(&page_one), values(&page_two)), (vec![40.0], vec![50.0]));
    assert_eq!((page_two.ledger_position, page_two.total_size, page_two.next_page_token.as_str()), (1, 2, ""));
    let other = Query { periods: vec!["2017-06".to_owned()], ..query() };
    let other = QueryObservationsRequest { query: Some(other), page_token: token, ..Default::default() };
    assert_eq!(reason(ask(&server, other).await), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let past = Query { as_of: first.accepted_at, ..query() };
    let past = QueryObservationsRequest { query: Some(past), ..QueryObservationsRequest::default() };
    assert_eq!(ask(&server, past).await.unwrap(), before);
}

#[tokio::test]
async fn an_unknown_name_is_refused_with_its_reason() {
    let (_data, server) = Server::fresh(&[]).await;
    figures(&server, 40, 50).await;
    let refused = async |query| {
        let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
        reason(ask(&server, request).await)
    };
    let unknown = Query { measures: vec!["knife-crime-offence".to_owned()], ..query() };
    assert_eq!(refused(unknown).await, (Code::NotFound, "UNKNOWN_MEASURE".to_owned()));
    let outside = Query { periods: vec!["2001-01".to_owned()], ..query() };
    assert_eq!(refused(outside).await, (Code::NotFound, "PERIOD_NOT_HELD".to_owned()));
    let released = Query { release: "releases/1".to_owned(), ..query() };
    assert_eq!(refused(released).await, (Code::NotFound, "NOT_FOUND".to_owned()));
    let many = Query { measures: (0..101).map(|number| format!("m{number}")).collect(), ..query() };
    assert_eq!(refused(many).await, (Code::InvalidArgument, "LIMIT_EXCEEDED".to_owned()));
    let long = Query { measures: vec!["m".repeat(1 << 20)], ..query() };
    assert_eq!(refused(long).await, (Code::InvalidArgument, "LIMIT_EXCEEDED".to_owned()));
    for count in [2, 12, 70, 100_000] {
        let twice = Query { breakdown: vec!["knife_use".to_owned(); count], ..query() };
        assert_eq!(refused(twice).await, (Code::InvalidArgument, "LIMIT_EXCEEDED".to_owned()), "{count}");
    }
    let comparisons = Query { comparisons: vec![3; 1_000_000], ..query() };
    assert_eq!(refused(comparisons).await, (Code::InvalidArgument, "LIMIT_EXCEEDED".to_owned()));
}

#[tokio::test]
async fn an_observation_is_streamed_and_explained() {
    let (_data, server) = Server::fresh(&[]).await;
    let receipt = figures(&server, 40, 50).await;
    let mut client = ObservationServiceClient::new(server.channel().await);
    let request = StreamObservationsRequest { query: Some(query()) };
    let mut stream = client.stream_observations(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await.unwrap() {
        bytes.extend(message.arrow_ipc);
    }
    let reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 2);
    let request = ExplainObservationRequest {
        measure: MEASURE.to_owned(),
        area: "E09000028".to_owned(),
        period: "2017-05".to_owned(),
        ..ExplainObservationRequest::default()
    };
    let told = client.explain_observation(request).await.unwrap().into_inner();
    assert_eq!(told.measure.unwrap().name, format!("measures/{MEASURE}"));
    assert_eq!(told.submissions.len(), 1);
    assert_eq!(told.submissions[0].submission, receipt.submission);
    assert_eq!(told.submissions[0].content_sha256, receipt.content_sha256);
}
