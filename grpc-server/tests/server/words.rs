//! Words that leave the exchange, and words that stay out of it: errors with their reasons, and texts without identifiers.

use peelian::v1::submit_request::Part;
use peelian::v1::{GetMeasureResponse, SubmissionHeader, SubmitResponse, WithdrawSubmissionRequest};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::harness::{Server, boroughs, header, reason};

/// A message with a text that is not UTF-8 in its first field.
fn broken() -> Vec<u8> {
    vec![0xff, 0xfe]
}

#[tokio::test]
async fn a_message_that_is_not_of_the_contract_has_a_reason() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut client = tonic::client::Grpc::new(server.channel().await);
    let unreadable = (Code::InvalidArgument, "MESSAGE_UNREADABLE".to_owned());
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/peelian.v1.CatalogueService/GetMeasure");
    let codec = ProstCodec::<Vec<u8>, GetMeasureResponse>::default();
    assert_eq!(reason(client.unary(Request::new(broken()), path, codec).await), unreadable);
    client.ready().await.unwrap();
    let path = PathAndQuery::from_static("/peelian.v1.SubmissionService/Submit");
    let codec = ProstCodec::<Vec<u8>, SubmitResponse>::default();
    let stream = Request::new(tokio_stream::iter([broken()]));
    assert_eq!(reason(client.client_streaming(stream, path, codec).await), unreadable);
}

#[tokio::test]
async fn texts_that_are_stored_hold_no_identifier() {
    let (_data, server) = Server::fresh(&[]).await;
    let identifier = (Code::InvalidArgument, "DIRECT_IDENTIFIER".to_owned());
    for (agency, collection) in [("mopac", "qq123456c"), ("mopac", "4111-1111-1111-1111"), ("qq123456c", "")] {
        let named = SubmissionHeader { agency: agency.to_owned(), collection: collection.to_owned(), ..header() };
        let refused = server.send(named, boroughs(1..=1, 2017)).await.unwrap_err();
        assert!(!refused.message().contains("123456"), "{}", refused.message());
        assert_eq!(reason(Err::<(), _>(refused)), identifier);
    }
    let receipt = server.send(header(), boroughs(1..=1, 2017)).await.unwrap();
    assert_eq!(receipt.ledger_position, 1, "nothing was stored before");
    let mut client = server.submissions().await;
    for words in ["call 07700 900123", "see QQ 12 34 56 C", "paid with 4111 1111 1111 1111"] {
        let withdraw = WithdrawSubmissionRequest { name: receipt.submission.clone(), reason: words.to_owned() };
        assert_eq!(reason(client.withdraw_submission(withdraw).await), identifier, "{words}");
    }
}

/// A file whose columns are shifted by one: names of people stand where codes should.
#[tokio::test]
async fn a_shifted_column_puts_no_name_into_findings() {
    const CSV: &str = "borough,valid_from,priority_1,priority_2\n\
        Jo Bloggs,E09000001,2017-04-01,Featherstonehaughson\n\
        9434765919,QQ123456C,07700 900123,robbery_personal\n";
    let (_data, server) = Server::fresh(&[]).await;
    let refused = server.submit(vec![Part::Header(header()), Part::Csv(CSV.into())]).await.unwrap_err();
    let told = format!("{refused:?}{}", String::from_utf8_lossy(refused.details()));
    for value in ["Jo Bloggs", "Featherstonehaughson", "9434765919", "QQ123456C", "900123"] {
        assert!(!told.contains(value), "{value}");
    }
    assert_eq!(reason(Err::<(), _>(refused)), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
}
