//! Encryption: what does not speak TLS as it should, and what the server says of itself.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use peelian::client::{ClientError, Connection, Credentials, TlsProblem};
use peelian::v1::ListAgenciesRequest;
use peelian::v1::catalogue_service_client::CatalogueServiceClient;

use super::authority::{Authority, FUTURE, LONG, PAST, set_mode};
use super::{MPS, World, commands, tls_flags};
use crate::harness::{Server, command};

/// The problem of TLS that ends a connection.
fn problem<T>(result: Result<T, ClientError>) -> TlsProblem {
    match result {
        Err(ClientError::Tls { problem, .. }) => problem,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it is connected"),
    }
}

#[tokio::test]
async fn a_client_without_tls_learns_that_the_server_wants_it() {
    let world = World::new(&[]).await;
    assert_eq!(problem(Connection::open(world.server.address()).await), TlsProblem::TlsWanted);
    assert!(world.logged("refused in its TLS handshake").await);
    // A token is not sent before a server of gRPC has answered.
    let token = Credentials::default().with_token("plt_secret");
    assert_eq!(problem(Connection::open_with(world.server.address(), token).await), TlsProblem::TlsWanted);
    world.ask(world.showing("mps", &[MPS], LONG)).await.unwrap();
}

#[tokio::test]
async fn a_client_with_tls_learns_that_the_server_has_none() {
    let (_data, server) = Server::fresh(&[]).await;
    let files = tempfile::tempdir().unwrap();
    Authority::new("authority").write(files.path(), "authority");
    let credentials = Credentials::default().with_ca(files.path().join("authority.pem"));
    assert_eq!(problem(server.connection(credentials).await), TlsProblem::NotTls);
}

#[tokio::test]
async fn a_client_says_what_is_wrong_with_the_server() {
    let world = World::new(&[]).await;
    Authority::new("another authority").write(world.files.path(), "other");
    let other = Credentials::default().with_ca(world.path("other.pem"));
    assert_eq!(problem(world.connect(other).await), TlsProblem::UnknownAuthority);
    for (hosts, period, expected) in [
        (&["exchange.example"][..], LONG, TlsProblem::WrongName),
        (&["127.0.0.1"], PAST, TlsProblem::Expired),
        (&["127.0.0.1"], FUTURE, TlsProblem::NotYetValid),
    ] {
        let data = tempfile::tempdir().unwrap();
        world.authority.server(hosts, period).write(world.files.path(), "server");
        let flags = tls_flags(world.files.path());
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let server = Server::start_encrypted(data.path(), &flags, &world.path("log-of-another")).await;
        let address = format!("https://{}", server.address());
        assert_eq!(problem(Connection::open_with(&address, world.trusting()).await), expected);
    }
}

/// A greeting of TLS 1.1 (RFC 4346, section 7.4.1.2) with one cipher, and with the algorithms of signatures that a client of
/// TLS 1.2 states, so that the version alone is wrong.
fn greeting_of_tls_1_1() -> Vec<u8> {
    let mut body = vec![0x03, 0x02];
    body.extend([7; 32]);
    body.extend([0x00, 0x00, 0x02, 0x00, 0x2f, 0x01, 0x00]);
    body.extend([0x00, 0x08, 0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x04, 0x01]);
    let mut handshake = vec![0x01, 0x00, 0x00, u8::try_from(body.len()).unwrap()];
    handshake.extend(body);
    let mut record = vec![0x16, 0x03, 0x01, 0x00, u8::try_from(handshake.len()).unwrap()];
    record.extend(handshake);
    record
}

#[tokio::test]
async fn an_older_version_of_tls_is_refused() {
    let world = World::new(&[]).await;
    let mut stream = TcpStream::connect(world.server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&greeting_of_tls_1_1()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    // A fatal alert (RFC 5246, section 7.2): protocol_version is 70.
    assert_eq!((answer[0], &answer[5..]), (0x15, &[2, 70][..]), "{answer:?}");
    assert!(world.logged("refused in its TLS handshake").await);
}

#[tokio::test]
async fn health_and_the_contract_are_told_without_an_identity() {
    let world = World::new(&["--require", "both"]).await;
    // Connecting asks for the health.
    world.connect(world.trusting()).await.unwrap();
}

#[tokio::test]
async fn an_answer_to_nobody_says_so() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut catalogue = CatalogueServiceClient::new(server.channel().await);
    let answer = catalogue.list_agencies(ListAgenciesRequest::default()).await.unwrap();
    assert_eq!(answer.metadata().get("peelian-identity").unwrap(), "none (loopback only)");
    // Credentials that do not hold are not taken for none.
    let mut request = tonic::Request::new(ListAgenciesRequest::default());
    request.metadata_mut().insert("authorization", "Basic bXBz".parse().unwrap());
    let refused = catalogue.list_agencies(request).await;
    assert_eq!(crate::harness::reason(refused).1, "CREDENTIALS_UNREADABLE");
}

#[test]
fn a_server_does_not_start_with_a_key_that_others_can_read() {
    let (files, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let authority = Authority::new("authority");
    authority.write(files.path(), "authority");
    authority.server(&["localhost"], LONG).write(files.path(), "server");
    set_mode(&files.path().join("server.key"), 0o640);
    commands::success(&commands::run(&["init", "--data-dir", data.path().to_str().unwrap()]));
    let start = || command(data.path(), &[]).args(tls_flags(files.path())).output().unwrap();
    let said = start();
    assert!(commands::failure(&said).contains("chmod 600"), "{said:?}");
    set_mode(&files.path().join("server.key"), 0o600);
    authority.server(&["localhost"], LONG).write(files.path(), "another");
    std::fs::copy(files.path().join("another.pem"), files.path().join("server.pem")).unwrap();
    let said = start();
    assert!(commands::failure(&said).contains("does not go with the certificate"), "{said:?}");
    std::fs::write(files.path().join("server.key"), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n").unwrap();
    let said = start();
    assert!(commands::failure(&said).contains("no private key"), "{said:?}");
    assert!(!commands::failure(&said).contains("c2VjcmV0"), "{said:?}");
}

#[tokio::test]
async fn with_tls_a_server_listens_on_every_address() {
    let world = World::new(&["--listen", "0.0.0.0:0"]).await;
    let port = world.server.address().rsplit(':').next().unwrap();
    let address = format!("https://127.0.0.1:{port}");
    Connection::open_with(&address, world.showing("mps", &[MPS], LONG)).await.unwrap();
}
