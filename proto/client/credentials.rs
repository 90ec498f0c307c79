//! Whom a client trusts, and how it says who it is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::{Request, Status};
use zeroize::Zeroizing;

use super::secret_file::{certified_key, read_secret};

/// Whom a client trusts, and how it says who it is. The default trusts the authorities of this machine, and says nothing.
///
/// The files of TLS are read again whenever a connection is made, and the file of the token for every call: they can be
/// replaced while a program runs.
///
/// ```no_run
/// # async fn example() -> Result<(), peelian::client::ClientError> {
/// use peelian::client::{Connection, Credentials};
///
/// let credentials = Credentials::default().with_ca("authority.pem").with_certificate("mps.pem", "mps.key");
/// let connection = Connection::open_with("https://exchange.example.org:50829", credentials).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    ca: Option<PathBuf>,
    certificate: Option<(PathBuf, PathBuf)>,
    token: Option<Token>,
}

/// Where a token comes from.
#[derive(Clone)]
enum Token {
    Text(Arc<Zeroizing<String>>),
    File(PathBuf),
}

impl Credentials {
    /// Trusts only the authorities of this file, in PEM. The connection is encrypted, also if its address does not say so.
    #[must_use]
    pub fn with_ca(self, file: impl Into<PathBuf>) -> Self {
        Self { ca: Some(file.into()), ..self }
    }

    /// Shows a certificate, by the files of the certificate and of its private key, both in PEM.
    #[must_use]
    pub fn with_certificate(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: Some((certificate.into(), key.into())), ..self }
    }

    /// Sends a token with each call.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(Token::Text(Arc::new(Zeroizing::new(token.into())))), ..self }
    }

    /// Sends the token in a file with each call.
    #[must_use]
    pub fn with_token_file(self, file: impl Into<PathBuf>) -> Self {
        Self { token: Some(Token::File(file.into())), ..self }
    }

    /// Whether a connection is encrypted, whatever its address says.
    pub(super) fn want_tls(&self) -> bool {
        self.ca.is_some() || self.certificate.is_some()
    }

    /// Whether a token is sent.
    pub(super) fn have_token(&self) -> bool {
        self.token.is_some()
    }

    /// The header with the token; `None` if there is none.
    pub(super) fn header(&self) -> Result<Option<MetadataValue<Ascii>>, String> {
        let read;
        let text = match &self.token {
            None => return Ok(None),
            Some(Token::Text(text)) => text.trim(),
            Some(Token::File(path)) => {
                read = read_secret(path).map_err(|error| format!("the token cannot be read: {error}"))?;
                std::str::from_utf8(&read).map(str::trim).map_err(|_| no_token())?
            }
        };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(no_token());
        }
        let text = Zeroizing::new(format!("Bearer {text}"));
        let mut value: MetadataValue<Ascii> = text.parse().map_err(|_| no_token())?;
        // HTTP/2 does not keep the value in its tables, and nothing shows it.
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// How a connection is encrypted. Reads the files.
    pub(super) fn tls(&self) -> Result<ClientConfig, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(self.roots()?);
        let mut config = match &self.certificate {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let certified = certified_key(certificates(certificate)?, key).map_err(|error| error.to_string())?;
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = &self.ca {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            return Ok(roots);
        }
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(
                "this machine trusts no authority: give the certificate of the exchange's authority as ca".into()
            );
        }
        Ok(roots)
    }
}

fn no_token() -> String {
    "this is no token: a token is one word, plt_ID_SECRET".to_owned()
}

/// The certificates of a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("{}: it has no certificate in PEM (-----BEGIN CERTIFICATE-----)", path.display())),
    }
}

impl fmt::Debug for Token {
    /// Shows where the token comes from, and nothing of it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => formatter.write_str("Text(…)"),
            Self::File(path) => write!(formatter, "File({})", path.display()),
        }
    }
}

/// Sends the token of some credentials with each call.
#[derive(Clone, Debug)]
pub struct Bearer(pub(super) Arc<Credentials>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(header) = self.0.header().map_err(Status::unauthenticated)? {
            request.metadata_mut().insert("authorization", header);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_shows_the_token() {
        let credentials = Credentials::default().with_token("plt_3f0c5e9ab1d2_secret");
        assert!(!format!("{credentials:?} {:?}", Bearer(Arc::new(credentials.clone()))).contains("secret"));
        assert!(!format!("{:?}", credentials.header().unwrap()).contains("secret"));
    }

    #[test]
    fn a_token_is_one_word() {
        for wrong in ["", "  ", "a b", "a\nb", "\u{e9}"] {
            assert!(Credentials::default().with_token(wrong).header().is_err(), "{wrong:?}");
        }
        let value = Credentials::default().with_token("plt_a_b\n").header().unwrap().unwrap();
        assert_eq!(value.to_str().unwrap(), "Bearer plt_a_b");
        assert!(Credentials::default().header().unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_token_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let path = std::env::temp_dir().join(format!("peelian-token-{}", std::process::id()));
        std::fs::write(&path, "plt_a_b\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let credentials = Credentials::default().with_token_file(&path);
        let refused = credentials.header().unwrap_err();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let read = credentials.header().unwrap().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(refused.contains("chmod 600"), "{refused}");
        assert_eq!(read.to_str().unwrap(), "Bearer plt_a_b");
    }
}
