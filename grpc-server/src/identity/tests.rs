//! Where a caller may come from. Callers that are on another machine cannot be had in a test, so their ends are made here.

use std::net::SocketAddr;

use jiff::SignedDuration;
use tonic::codegen::http::HeaderValue;

use super::*;
use crate::admission::Seats;
use crate::clock::SystemClock;

const NEAR: &str = "127.0.0.1:1";
const MAPPED: &str = "[::ffff:127.0.0.1]:1";
const FAR: &str = "192.0.2.1:1";

/// An exchange that has one token, and the token.
fn exchange(require: Option<Require>) -> (tempfile::TempDir, Identity, Presented) {
    let data = tempfile::tempdir().unwrap();
    let presented = Presented::generate().unwrap();
    let now = Timestamp::from_microsecond(SystemClock.now_micros()).unwrap();
    let mut file = TokenFile::open(data.path()).unwrap();
    file.add(Token {
        id: presented.id().to_owned(),
        secret_sha256: presented.hash(),
        agency: "mps".to_owned(),
        roles: BTreeSet::from([Role::Analyst]),
        datasets: BTreeSet::new(),
        methods: BTreeSet::new(),
        created: now,
        not_before: now,
        expires: now + SignedDuration::from_hours(1),
        rotated_with: None,
        revoked_at: None,
    });
    file.store().unwrap();
    let settings = IdentitySettings { require, ..IdentitySettings::default() };
    let identity = Identity::open(&settings, data.path(), Arc::new(SystemClock)).unwrap();
    (data, identity, presented)
}

/// Who calls from an address, with these headers.
fn from(identity: &Identity, remote: &str, encrypted: bool, headers: &[&str]) -> Result<Caller, Refusal> {
    let remote: SocketAddr = remote.parse().unwrap();
    let mut extensions = Extensions::new();
    extensions.insert(Peer { remote: Some(remote), encrypted, certificate: None, seats: Seats::default() });
    let mut map = HeaderMap::new();
    for header in headers {
        map.append(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
    }
    identity.identify(&map, &extensions)
}

#[test]
fn a_token_from_another_machine_is_encrypted() {
    let (_data, identity, token) = exchange(Some(Require::Token));
    let header = format!("Bearer {}", token.text().as_str());
    assert_eq!(from(&identity, FAR, false, &[&header]), Err(Refusal::TokenOverPlaintext));
    for (remote, encrypted) in [(FAR, true), (NEAR, false), (MAPPED, false)] {
        let caller = from(&identity, remote, encrypted, &[&header]).unwrap();
        assert_eq!(caller.agency.as_deref(), Some("mps"), "{remote}");
        assert_eq!(
            (caller.roles, caller.via),
            (BTreeSet::from([Role::Analyst]), Via::Token { id: token.id().into() })
        );
    }
}

#[test]
fn nobody_is_on_this_machine() {
    let (_data, identity, _) = exchange(None);
    assert_eq!(from(&identity, NEAR, false, &[]).unwrap().via, Via::Loopback);
    for encrypted in [false, true] {
        let refused = from(&identity, FAR, encrypted, &[]).unwrap_err();
        assert_eq!(refused.reason(), "CREDENTIALS_MISSING");
    }
    // A request that has not come over a connection of the server is nobody's.
    assert!(identity.identify(&HeaderMap::new(), &Extensions::new()).is_err());
    let (_data, identity, _) = exchange(Some(Require::Either));
    assert!(from(&identity, NEAR, false, &[]).is_err());
}

#[test]
fn one_header_has_one_token() {
    let (_data, identity, token) = exchange(None);
    let text = token.text();
    let (bearer, basic) = (format!("bearer {}", text.as_str()), format!("Basic {}", text.as_str()));
    assert!(from(&identity, NEAR, false, &[&bearer]).is_ok());
    for wrong in [&[basic.as_str()][..], &[text.as_str()], &[&bearer, &bearer], &["Bearer "], &[""]] {
        assert_eq!(from(&identity, NEAR, false, wrong), Err(Refusal::CredentialsUnreadable));
    }
}
