//! Client certificates.

use peelian::client::{ClientError, TlsProblem};

use super::authority::{Authority, FUTURE, LONG, PAST, self_signed};
use super::{MPS, World, refusal};

#[tokio::test]
async fn an_agency_is_known_by_its_certificate() {
    let world = World::new(&["--require", "certificate"]).await;
    world.ask(world.showing("mps", &[MPS], LONG)).await.unwrap();
    let role = world.showing("role", &["spiffe://exchange.test/agency/mopac/statistician"], LONG);
    world.ask(role).await.unwrap();
    assert_eq!(refusal(world.ask(world.trusting()).await), "CREDENTIALS_MISSING");
}

#[tokio::test]
async fn a_certificate_names_one_agency_of_this_exchange() {
    let world = World::new(&[]).await;
    for (uris, reason) in [
        (&[][..], "CERTIFICATE_WITHOUT_AGENCY"),
        (&["https://exchange.test/agency/mps"], "CERTIFICATE_WITHOUT_AGENCY"),
        (&["spiffe://exchange.test/agency/mps/chief"], "CERTIFICATE_WITHOUT_AGENCY"),
        (&["spiffe://exchange.test/mps"], "CERTIFICATE_WITHOUT_AGENCY"),
        (&["spiffe://other.test/agency/mps"], "CERTIFICATE_OF_ANOTHER_EXCHANGE"),
        (&[MPS, "spiffe://exchange.test/agency/cps"], "CERTIFICATE_NAMES_SEVERAL"),
        (&[MPS, "https://mps.example"], "CERTIFICATE_NAMES_SEVERAL"),
    ] {
        let credentials = world.showing("client", uris, LONG);
        assert_eq!(refusal(world.ask(credentials).await), reason, "{uris:?}");
        assert!(world.log().contains(reason), "{reason}");
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_hold_is_refused_in_the_handshake() {
    let world = World::new(&[]).await;
    let other = Authority::new("another authority");
    let cases = [
        ("expired", world.authority.client(&[MPS], PAST), "expired"),
        ("early", world.authority.client(&[MPS], FUTURE), "not valid yet"),
        ("other", other.client(&[MPS], LONG), "UnknownIssuer"),
        ("self-signed", self_signed(&[MPS]), "UnknownIssuer"),
        // The certificate of a server is no proof of an agency.
        ("server", world.authority.server(&["mps.example"], LONG), "certificate"),
    ];
    for (name, issued, logged) in cases {
        issued.write(world.files.path(), name);
        let (certificate, key) = (world.path(&format!("{name}.pem")), world.path(&format!("{name}.key")));
        match world.ask(world.trusting().with_certificate(certificate, key)).await {
            Err(ClientError::Tls { problem: TlsProblem::ClientRefused(_), .. }) => {}
            other => panic!("{name}: {other:?}"),
        }
        let says = |log: &str| {
            let refusal = log.lines().rfind(|line| line.contains("refused in its TLS handshake"));
            refusal.is_some_and(|line| line.contains(logged))
        };
        assert!(world.log_becomes(says).await, "{name}: {}", world.log());
    }
    world.ask(world.showing("mps", &[MPS], LONG)).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_others_can_read_the_key_of_is_not_shown() {
    let world = World::new(&[]).await;
    let credentials = world.showing("mps", &[MPS], LONG);
    super::authority::set_mode(&world.path("mps.key"), 0o644);
    match world.ask(credentials).await {
        Err(ClientError::Credentials(problem)) => assert!(problem.contains("chmod 600"), "{problem}"),
        other => panic!("{other:?}"),
    }
}
