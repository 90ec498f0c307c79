//! Tokens.

use std::fs;

use peelian::client::{ClientError, Credentials, agencies, submit};
use peelian::client::{Content, Outgoing};
use peelian::v1::SubmissionMode;
use tempfile::TempDir;

use super::authority::LONG;
use super::{MPS, World, commands, create_token, refusal};
use crate::harness::Server;

/// Credentials with a token that nobody has to encrypt, because it stays on this machine.
fn with(token: &str) -> Credentials {
    Credentials::default().with_token(token)
}

async fn ask(server: &Server, credentials: Credentials) -> Result<(), ClientError> {
    agencies(&server.connection(credentials).await?).await.map(drop)
}

async fn exchange() -> (TempDir, Server) {
    Server::fresh(&["--require", "token"]).await
}

#[tokio::test]
async fn an_agency_is_known_by_its_token() {
    let (data, server) = exchange().await;
    assert_eq!(refusal(ask(&server, Credentials::default()).await), "CREDENTIALS_MISSING");
    let (id, token) = create_token(data.path(), &["--agency", "mps"]);
    ask(&server, with(&token)).await.unwrap();
    let text = fs::read_to_string(data.path().join("tokens.toml")).unwrap();
    let secret = token.rsplit('_').next().unwrap();
    assert!(text.contains(&id) && !text.contains(secret), "the file has the secret");
}

#[tokio::test]
async fn a_token_that_is_not_known_is_refused_without_a_word_on_others() {
    let (data, server) = exchange().await;
    let (id, token) = create_token(data.path(), &["--agency", "mps"]);
    let zeros = "0".repeat(64);
    for wrong in [format!("plt_{id}_{zeros}"), format!("plt_000000000000_{zeros}")] {
        assert_eq!(refusal(ask(&server, with(&wrong)).await), "TOKEN_UNKNOWN", "{wrong}");
    }
    for wrong in [token.to_uppercase(), token[..token.len() - 1].to_owned(), "secret".to_owned()] {
        assert_eq!(refusal(ask(&server, with(&wrong)).await), "CREDENTIALS_UNREADABLE", "{wrong}");
    }
}

#[tokio::test]
async fn a_token_holds_from_an_instant_to_another() {
    let (data, server) = exchange().await;
    let (_, early) = create_token(data.path(), &["--agency", "mps", "--not-before", "2090-01-01T00:00:00Z"]);
    assert_eq!(refusal(ask(&server, with(&early)).await), "TOKEN_NOT_YET_VALID");
    let (_, late) = create_token(data.path(), &["--agency", "mps", "--not-before", "2020-01-01T00:00:00Z"]);
    assert_eq!(refusal(ask(&server, with(&late)).await), "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_token_is_revoked_at_once() {
    let (data, server) = exchange().await;
    let (id, token) = create_token(data.path(), &["--agency", "mps"]);
    let connection = server.connection(with(&token)).await.unwrap();
    agencies(&connection).await.unwrap();
    commands::success(&commands::run(&["token", "revoke", &id, "--data-dir", data.path().to_str().unwrap()]));
    // The same connection, the next call.
    assert_eq!(refusal(agencies(&connection).await.map(drop)), "TOKEN_REVOKED");
}

#[tokio::test]
async fn two_tokens_hold_while_one_takes_the_place_of_the_other() {
    let (data, server) = exchange().await;
    let place = data.path().to_str().unwrap();
    let (id, old) = create_token(data.path(), &["--agency", "mps"]);
    let output = commands::run(&["token", "rotate", &id, "--overlap-hours", "1", "--data-dir", place]);
    let new = commands::success(&output).trim().to_owned();
    ask(&server, with(&old)).await.unwrap();
    ask(&server, with(&new)).await.unwrap();
    let again = commands::run(&["token", "rotate", &id, "--data-dir", place]);
    assert!(commands::failure(&again).contains("has taken its place"));
    // Without an overlap, the old one ends at once.
    let next = new.split('_').nth(1).unwrap();
    let output = commands::run(&["token", "rotate", next, "--overlap-hours", "0", "--data-dir", place]);
    let last = commands::success(&output).trim().to_owned();
    assert_eq!(refusal(ask(&server, with(&new)).await), "TOKEN_EXPIRED");
    ask(&server, with(&last)).await.unwrap();
    let listed = commands::run(&["token", "list", "--data-dir", place]);
    let listed = commands::success(&listed);
    assert!(listed.contains(&id) && listed.contains("mps") && listed.contains("expired"), "{listed}");
    assert!(!listed.contains(old.rsplit('_').next().unwrap()));
}

#[tokio::test]
async fn a_token_is_for_its_methods_and_datasets() {
    let (data, server) = exchange().await;
    let (_, method) = create_token(data.path(), &["--agency", "mps", "--method", "peelian.v1.SubmissionService"]);
    assert_eq!(refusal(ask(&server, with(&method)).await), "TOKEN_SCOPE");
    let (_, dataset) = create_token(data.path(), &["--agency", "mopac", "--dataset", "crime"]);
    ask(&server, with(&dataset)).await.unwrap();
    let connection = server.connection(with(&dataset)).await.unwrap();
    let outgoing = Outgoing {
        agency: "mopac".to_owned(),
        dataset: "local_priority".to_owned(),
        collection: String::new(),
        first: "2017-04-01".to_owned(),
        last: "2018-03-31".to_owned(),
        mode: SubmissionMode::ReplacePeriod,
        extracted: 1_525_000_000,
        synthetic: false,
        dry_run: true,
        expected_delete_count: None,
        content: Content::Nil,
    };
    assert_eq!(refusal(submit(&connection, outgoing, |_, _| {}).await.map(drop)), "TOKEN_SCOPE");
}

#[tokio::test]
async fn a_bad_file_of_tokens_keeps_the_old_ones() {
    let (data, server) = exchange().await;
    let (_, token) = create_token(data.path(), &["--agency", "mps"]);
    ask(&server, with(&token)).await.unwrap();
    let path = data.path().join("tokens.toml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{good}\n[[token]]\nid = 1\n")).unwrap();
    ask(&server, with(&token)).await.unwrap();
    fs::write(&path, "# no tokens any more\n").unwrap();
    assert_eq!(refusal(ask(&server, with(&token)).await), "TOKEN_UNKNOWN");
}

#[tokio::test]
async fn both_are_of_one_agency_and_have_a_role_in_common() {
    let world = World::new(&["--require", "both"]).await;
    let certificate = || world.showing("mps", &[MPS], LONG);
    let (_, token) = world.token(&["--agency", "mps", "--role", "analyst", "--role", "approver"]);
    world.ask(certificate().with_token(&token)).await.unwrap();
    assert_eq!(refusal(world.ask(certificate()).await), "CREDENTIALS_MISSING");
    assert_eq!(refusal(world.ask(world.trusting().with_token(&token)).await), "CREDENTIALS_MISSING");
    let (_, other) = world.token(&["--agency", "cps"]);
    assert_eq!(refusal(world.ask(certificate().with_token(&other)).await), "CREDENTIALS_DISAGREE");
    let (_, role) = world.token(&["--agency", "mps", "--role", "approver"]);
    assert_eq!(refusal(world.ask(certificate().with_token(&role)).await), "CREDENTIALS_DISAGREE");
}

#[tokio::test]
async fn a_token_in_a_file_is_read_for_every_call() {
    let (data, server) = exchange().await;
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("token");
    let out = path.to_str().unwrap();
    let make = |agency: &str| {
        let place = data.path().to_str().unwrap();
        let output = commands::run(&["token", "create", "--agency", agency, "--out", out, "--data-dir", place]);
        let said = commands::success(&output).to_owned();
        assert!(!said.contains("plt_"), "{said}");
        said.split_whitespace().nth(2).unwrap().to_owned()
    };
    let id = make("mps");
    let connection = server.connection(Credentials::default().with_token_file(&path)).await.unwrap();
    agencies(&connection).await.unwrap();
    commands::success(&commands::run(&["token", "revoke", &id, "--data-dir", data.path().to_str().unwrap()]));
    assert_eq!(refusal(agencies(&connection).await.map(drop)), "TOKEN_REVOKED");
    fs::remove_file(&path).unwrap();
    make("mps");
    agencies(&connection).await.unwrap();
}
