//! Certificates and revocations that change while the server runs.

use std::fs;
use std::time::{Duration, Instant};

use peelian::client::{ClientError, TlsProblem, agencies};

use super::authority::{Authority, LONG};
use super::{MPS, World, refusal};

/// Waits until something is true. The server looks at its files once a second.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_new_certificate_is_shown_without_a_restart() {
    let world = World::new(&[]).await;
    let old = world.connect(world.showing("mps", &[MPS], LONG)).await.unwrap();
    agencies(&old).await.unwrap();
    let next = Authority::new("the next authority");
    next.write(world.files.path(), "next");
    next.server(&["127.0.0.1"], LONG).write(world.files.path(), "server");
    let trusting = || world.showing("mps", &[MPS], LONG).with_ca(world.path("next.pem"));
    until("the new certificate is not shown", async || world.ask(trusting()).await.is_ok()).await;
    // The connection that was open before goes on.
    agencies(&old).await.unwrap();
    assert!(matches!(
        world.connect(world.trusting()).await,
        Err(ClientError::Tls { problem: TlsProblem::UnknownAuthority, .. })
    ));
}

#[tokio::test]
async fn a_bad_file_keeps_the_old_certificate() {
    let world = World::new(&[]).await;
    let mps = || world.showing("mps", &[MPS], LONG);
    for bad in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let before = world.log().matches("cannot be used").count();
        fs::write(world.path("server.pem"), bad).unwrap();
        let logged = async || world.log().matches("cannot be used").count() > before;
        until("the log does not say that the file is bad", logged).await;
        world.ask(mps()).await.unwrap();
    }
    // A good one is taken again.
    world.authority.server(&["127.0.0.1"], LONG).write(world.files.path(), "server");
    until("the good file is not read", async || world.log().contains("were read again")).await;
    world.ask(mps()).await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_revoked_under_way() {
    let files = tempfile::tempdir().unwrap();
    let list = files.path().join("revoked.pem");
    let list_flag = list.to_str().unwrap();
    // The list must be there when the server starts, and it is of the authority that the world makes.
    let world = World::with_list(list_flag).await;
    for (name, serial) in [("mps", 7), ("lost", 8)] {
        world.authority.numbered(MPS, serial).write(world.files.path(), name);
    }
    let show = |name: &str| {
        let (certificate, key) = (world.path(&format!("{name}.pem")), world.path(&format!("{name}.key")));
        world.trusting().with_certificate(certificate, key)
    };
    let (kept, lost) = (world.connect(show("mps")).await.unwrap(), world.connect(show("lost")).await.unwrap());
    agencies(&lost).await.unwrap();
    fs::write(&list, world.authority.revoke(&[8], 2099)).unwrap();
    let refused = async || agencies(&lost).await.is_err();
    until("the revocation does not reach an open connection", refused).await;
    assert_eq!(refusal(agencies(&lost).await.map(drop)), "CERTIFICATE_REVOKED");
    agencies(&kept).await.unwrap();
    match world.ask(show("lost")).await {
        Err(ClientError::Tls { problem: TlsProblem::ClientRefused(why), .. }) => assert_eq!(why, "it was revoked"),
        other => panic!("{other:?}"),
    }
    // A list that is out of date says nothing of what was revoked since, so nobody is believed.
    fs::write(&list, world.authority.revoke(&[8], 2022)).unwrap();
    until("an old list is believed", async || agencies(&kept).await.is_err()).await;
    fs::write(&list, world.authority.revoke(&[8], 2099)).unwrap();
    until("a new list is not read", async || world.ask(show("mps")).await.is_ok()).await;
}

#[tokio::test]
async fn an_authority_is_no_longer_trusted_under_way() {
    let world = World::new(&[]).await;
    let connection = world.connect(world.showing("mps", &[MPS], LONG)).await.unwrap();
    agencies(&connection).await.unwrap();
    let next = Authority::new("the next authority");
    next.write(world.files.path(), "authority");
    until("the old authority is still trusted", async || agencies(&connection).await.is_err()).await;
    assert_eq!(refusal(agencies(&connection).await.map(drop)), "CERTIFICATE_REVOKED");
}
