//! Certificates of every kind: those that hold, and those that do not.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType,
    SerialNumber, date_time_ymd,
};

/// First and last year in which a certificate holds.
pub(crate) type Period = (i32, i32);
/// A certificate that holds at present.
pub(crate) const LONG: Period = (2020, 2099);
/// A certificate that holds no longer.
pub(crate) const PAST: Period = (2020, 2021);
/// A certificate that does not hold yet.
pub(crate) const FUTURE: Period = (2098, 2099);

/// An authority.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
pub(crate) struct Issued {
    pem: String,
    key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(name, LONG);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Writes its certificate.
    pub(crate) fn write(&self, folder: &Path, name: &str) {
        fs::write(folder.join(format!("{name}.pem")), &self.pem).unwrap();
    }

    /// A certificate for hosts.
    pub(crate) fn server(&self, hosts: &[&str], period: Period) -> Issued {
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = params("server", period);
        params.subject_alt_names = CertificateParams::new(hosts).unwrap().subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(&params)
    }

    /// A certificate with URIs.
    pub(crate) fn client(&self, uris: &[&str], period: Period) -> Issued {
        self.issue(&client(uris, period))
    }

    /// A list of revoked certificates, by their serial numbers, which is out of date from a year on.
    pub(crate) fn revoke(&self, serials: &[u64], until: i32) -> String {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2021, 1, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2021, 1, 1),
            next_update: date_time_ymd(until, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }

    /// A certificate with a URI and a serial number.
    pub(crate) fn numbered(&self, uri: &str, serial: u64) -> Issued {
        let mut params = client(&[uri], LONG);
        params.serial_number = Some(SerialNumber::from(serial));
        self.issue(&params)
    }

    fn issue(&self, params: &CertificateParams) -> Issued {
        let key = KeyPair::generate().unwrap();
        Issued { pem: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }
}

/// A certificate that has signed itself.
pub(crate) fn self_signed(uris: &[&str]) -> Issued {
    let key = KeyPair::generate().unwrap();
    Issued { pem: client(uris, LONG).self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

impl Issued {
    /// Writes its two files. A file that is there is replaced by another one, as an operator does it.
    pub(crate) fn write(&self, folder: &Path, name: &str) {
        for (ending, text) in [("key", &self.key), ("pem", &self.pem)] {
            let (path, new) = (folder.join(format!("{name}.{ending}")), folder.join(format!("{name}.new")));
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            fs::rename(&new, &path).unwrap();
        }
    }
}

/// Sets the rights of a file.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn client(uris: &[&str], period: Period) -> CertificateParams {
    let mut params = params("client", period);
    params.subject_alt_names = uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())).collect();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn params(name: &str, (from, until): Period) -> CertificateParams {
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(until, 1, 1));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
