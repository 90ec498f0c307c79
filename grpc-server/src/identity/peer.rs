//! The other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use peelian::hex::hex;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::Refusal;
use super::spiffe::{self, Named};
use super::tls::Tls;
use crate::admission::Seats;

/// The other end of a connection. Every request has it in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// Its address; `None` if it has left.
    pub(crate) remote: Option<SocketAddr>,
    /// Whether the connection is encrypted.
    pub(crate) encrypted: bool,
    /// Its certificate, which the handshake has verified.
    pub(crate) certificate: Option<Arc<PeerCertificate>>,
    /// The places that the connection takes among those of agencies.
    pub(crate) seats: Seats,
}

/// The certificate of a client, verified when the connection was made.
#[derive(Debug)]
pub(crate) struct PeerCertificate {
    chain: Vec<CertificateDer<'static>>,
    fingerprint: Arc<str>,
    named: Result<Named, Refusal>,
    /// End of its validity, in seconds since 1970-01-01T00:00:00Z.
    expires: i64,
    /// The state of TLS that has accepted it.
    accepted_by: AtomicU64,
}

impl Peer {
    /// Whether the caller is a program on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.remote.is_some_and(|remote| remote.ip().to_canonical().is_loopback())
    }
}

impl PeerCertificate {
    /// The certificate of a handshake that was accepted in a state of TLS. `None` if the client has none.
    pub(crate) fn of(chain: &[CertificateDer<'static>], exchange: &str, generation: u64) -> Option<Self> {
        let own = chain.first()?;
        let without = || Refusal::CertificateWithoutAgency { exchange: exchange.to_owned() };
        let (named, expires) = match X509Certificate::from_der(own) {
            Ok((_, read)) => (spiffe::named(&read, exchange), read.validity().not_after.timestamp()),
            Err(_) => (Err(without()), i64::MIN),
        };
        Some(Self {
            fingerprint: hex(&Sha256::digest(own)).into(),
            chain: chain.to_vec(),
            named,
            expires,
            accepted_by: AtomicU64::new(generation),
        })
    }

    /// SHA-256 of the certificate, in hexadecimal digits.
    pub(super) fn fingerprint(&self) -> Arc<str> {
        Arc::clone(&self.fingerprint)
    }

    /// Whom it names. A connection can be open for longer than its certificate holds, so this is asked for each call.
    pub(super) fn named(&self, tls: &Tls, now: Duration) -> Result<Named, Refusal> {
        if i64::try_from(now.as_secs()).is_ok_and(|now| now > self.expires) {
            return Err(Refusal::CertificateExpired);
        }
        let generation = tls.generation();
        if self.accepted_by.load(Ordering::Relaxed) != generation {
            if !tls.accepts(&self.chain, now) {
                return Err(Refusal::CertificateRevoked);
            }
            self.accepted_by.store(generation, Ordering::Relaxed);
        }
        self.named.clone()
    }
}
