//! A test authority: it issues certificates for a server and for agencies, so that TLS can be tried without the
//! authority of an operator.

use std::path::{Path, PathBuf};
use std::time::Duration;

use peelian::client::read_secret;
use peelian::hex::hex;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::files::{FileError, read};
use super::{Role, spiffe};
use crate::private;

/// Name of the authority's files.
const AUTHORITY: &str = "authority";
/// A certificate holds from so long before it is made, for clocks that are behind.
const BEFORE: Duration = Duration::from_secs(5 * 60);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A test authority, whose certificate and key are in a directory.
pub(crate) struct Authority {
    directory: PathBuf,
    exchange: String,
    issuer: Issuer<'static, KeyPair>,
}

/// How long a certificate holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    /// Now, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) now_micros: i64,
    /// From now on, in days.
    pub(crate) days: u16,
}

/// The two files of a certificate.
#[derive(Debug)]
pub(crate) struct Pair {
    /// The certificate.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
}

/// Why no certificate is made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorityError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The certificate cannot be made.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
}

impl Authority {
    /// Makes an authority for an exchange, in a directory that is created if it does not exist.
    ///
    /// # Errors
    ///
    /// If the directory has one.
    pub(crate) fn create(directory: &Path, exchange: &str, validity: Validity) -> Result<Pair, AuthorityError> {
        private::directory(directory).map_err(FileError::access(directory))?;
        let mut key = KeyPair::generate()?;
        // Two authorities of one exchange have different names, so that nobody takes one for the other.
        let mark = hex(&Sha256::digest(key.public_key_raw())).chars().take(8).collect::<String>();
        let mut params = params(&format!("Peelian test authority {mark} of {exchange}"), validity);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.subject_alt_names = vec![SanType::URI(format!("spiffe://{exchange}").try_into()?)];
        let certificate = params.self_signed(&key)?.pem();
        store(directory, AUTHORITY, &certificate, &mut key)
    }

    /// Opens the authority of a directory.
    ///
    /// # Errors
    ///
    /// If there is none, or if other users can read its key.
    pub(crate) fn open(directory: &Path) -> Result<Self, AuthorityError> {
        let Pair { certificate, key } = pair(directory, AUTHORITY);
        let text = read(&certificate)?;
        let broken = |problem: &str| FileError::content(&certificate, problem);
        let der = CertificateDer::from_pem_slice(&text).map_err(|_| broken("it is no certificate"))?;
        let exchange =
            exchange_of(&der).ok_or_else(|| broken("it is not the authority of `peelian-server keys init`"))?;
        let secret = read_secret(&key).map_err(FileError::Secret)?;
        let secret = Zeroizing::new(String::from_utf8_lossy(&secret).into_owned());
        let secret = KeyPair::from_pem(&secret).map_err(|_| FileError::content(&key, "it has no private key"))?;
        Ok(Self { directory: directory.to_owned(), exchange, issuer: Issuer::from_ca_cert_der(&der, secret)? })
    }

    /// Name of its exchange.
    pub(crate) fn exchange(&self) -> &str {
        &self.exchange
    }

    /// Makes the certificate of a server with these host names and addresses.
    ///
    /// # Errors
    ///
    /// If there is one, or if a name is none.
    pub(crate) fn server(&self, names: &[String], validity: Validity) -> Result<Pair, AuthorityError> {
        let mut params = params(names.first().map_or("server", String::as_str), validity);
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue("server", params)
    }

    /// Makes the certificate of an agency, with a role or with the usual ones.
    ///
    /// # Errors
    ///
    /// If there is one.
    pub(crate) fn agency(
        &self,
        agency: &str,
        role: Option<Role>,
        validity: Validity,
    ) -> Result<Pair, AuthorityError> {
        let mut params = params(agency, validity);
        params.subject_alt_names = vec![SanType::URI(spiffe::uri(&self.exchange, agency, role).try_into()?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let name = role.map_or_else(|| agency.to_owned(), |role| format!("{agency}-{role}"));
        self.issue(&name, params)
    }

    fn issue(&self, name: &str, mut params: CertificateParams) -> Result<Pair, AuthorityError> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let mut key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        store(&self.directory, name, &certificate, &mut key)
    }
}

/// Parameters that every certificate has. The common name is for people: nothing is decided by it.
fn params(common_name: &str, Validity { now_micros, days }: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    let now = date_time_ymd(1970, 1, 1) + Duration::from_micros(u64::try_from(now_micros).unwrap_or_default());
    (params.not_before, params.not_after) = (now - BEFORE, now + DAY * days.into());
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

/// The exchange that an authority is for: its own URI is spiffe://EXCHANGE.
fn exchange_of(der: &CertificateDer<'_>) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let uri = names.value.general_names.iter().find_map(|name| match name {
        GeneralName::URI(uri) => uri.strip_prefix("spiffe://"),
        _ => None,
    })?;
    spiffe::is_exchange_name(uri).then(|| uri.to_owned())
}

fn pair(directory: &Path, name: &str) -> Pair {
    Pair { certificate: directory.join(format!("{name}.pem")), key: directory.join(format!("{name}.key")) }
}

/// Stores a certificate and its key. Nothing is overwritten.
fn store(directory: &Path, name: &str, certificate: &str, key: &mut KeyPair) -> Result<Pair, AuthorityError> {
    let pair = pair(directory, name);
    let secret = Zeroizing::new(key.serialize_pem());
    key.zeroize();
    private::create(&pair.key, secret.as_bytes()).map_err(FileError::access(&pair.key))?;
    private::create(&pair.certificate, certificate.as_bytes()).map_err(FileError::access(&pair.certificate))?;
    Ok(pair)
}
