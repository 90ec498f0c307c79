//! TLS of the server: its certificate and key, and the authorities of its clients. They are read again when their files
//! change, without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use peelian::client::certified_key;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{RootCertStore, ServerConfig};

use super::files::{FileError, Stamp, read};

/// Protocol that is spoken over TLS: HTTP/2, which gRPC needs.
const HTTP_2: &[u8] = b"h2";

/// The files of TLS, all in PEM.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    /// The server's certificate, and then those of the authorities between it and one that clients trust.
    pub(crate) certificate: PathBuf,
    /// The private key of the certificate. Nobody else may read it.
    pub(crate) key: PathBuf,
    /// The authorities of client certificates; `None` if the exchange takes no client certificates.
    pub(crate) client_ca: Option<PathBuf>,
    /// What these authorities have revoked.
    pub(crate) client_crl: Option<PathBuf>,
}

/// TLS of the server, as its files are at present.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    state: ArcSwap<State>,
}

/// What was read from the files at some time.
#[derive(Debug)]
struct State {
    config: Arc<ServerConfig>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
    /// Grows by one each time.
    generation: u64,
    /// The files that were read last, also those that could not be used.
    stamps: Vec<Option<Stamp>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// If one of them cannot be used.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, FileError> {
        let stamps = files.stamps();
        let (config, clients) = files.read()?;
        let state = State { config, clients, generation: 0, stamps };
        Ok(Self { files, state: ArcSwap::from_pointee(state) })
    }

    /// How the next connection is encrypted.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.state.load().config)
    }

    /// Reads the files again if they have changed. If they cannot be used, the state stays as it is, and the log says
    /// so, once.
    pub(crate) fn refresh(&self) {
        let stamps = self.files.stamps();
        let old = self.state.load_full();
        if old.stamps == stamps {
            return;
        }
        let (config, clients, generation) = match self.files.read() {
            Ok((config, clients)) => {
                tracing::info!(certificate = %self.files.certificate.display(), "the files of TLS were read again");
                (config, clients, old.generation + 1)
            }
            Err(error) => {
                tracing::error!(%error, "the files of TLS have changed and cannot be used: those read before stay in force");
                (Arc::clone(&old.config), old.clients.clone(), old.generation)
            }
        };
        self.state.store(Arc::new(State { config, clients, generation, stamps }));
    }

    /// Number of the state in force. It is another number after the files have changed.
    pub(crate) fn generation(&self) -> u64 {
        self.state.load().generation
    }

    /// Whether a client's certificate is accepted by the state in force.
    pub(super) fn accepts(&self, chain: &[CertificateDer<'_>], now: Duration) -> bool {
        let state = self.state.load();
        match (&state.clients, chain) {
            (Some(clients), [own, between @ ..]) => {
                clients.verify_client_cert(own, between, UnixTime::since_unix_epoch(now)).is_ok()
            }
            _ => false,
        }
    }
}

type Read = (Arc<ServerConfig>, Option<Arc<dyn ClientCertVerifier>>);

impl TlsFiles {
    fn stamps(&self) -> Vec<Option<Stamp>> {
        let always = [Some(&self.certificate), Some(&self.key)];
        let all = always.into_iter().chain([self.client_ca.as_ref(), self.client_crl.as_ref()]);
        all.map(|path| path.and_then(|path| Stamp::of(path))).collect()
    }

    fn read(&self) -> Result<Read, FileError> {
        let certified = certified_key(certificates(&self.certificate)?, &self.key)?;
        let clients = self.client_ca.as_deref().map(|path| self.clients(path)).transpose()?;
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| FileError::content(&self.certificate, error.to_string()))?;
        let builder = match &clients {
            Some(clients) => builder.with_client_cert_verifier(Arc::clone(clients)),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = vec![HTTP_2.to_vec()];
        // A session that is taken up again would not have its certificate verified again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok((Arc::new(config), clients))
    }

    /// The verifier of client certificates. A client may have none: then each call needs another identity, and if it has
    /// none either, it is refused with a reason, which a handshake cannot give.
    fn clients(&self, path: &Path) -> Result<Arc<dyn ClientCertVerifier>, FileError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| FileError::content(path, error.to_string()))?;
        }
        let provider = Arc::new(ring::default_provider());
        let mut builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated();
        if let Some(crl) = &self.client_crl {
            builder = builder.with_crls(revocations(crl)?).enforce_revocation_expiration();
        }
        builder
            .build()
            .map_err(|error| FileError::content(self.client_crl.as_deref().unwrap_or(path), error.to_string()))
    }
}

/// The certificates of a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let text = read(path)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(FileError::content(path, "it has no certificate in PEM (-----BEGIN CERTIFICATE-----)")),
        Err(error) => Err(FileError::content(path, format!("it is not PEM: {error}"))),
    }
}

fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, FileError> {
    let text = read(path)?;
    let found = CertificateRevocationListDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(FileError::content(path, "it has no revocation list in PEM (-----BEGIN X509 CRL-----)")),
        Err(error) => Err(FileError::content(path, format!("it is not PEM: {error}"))),
    }
}
