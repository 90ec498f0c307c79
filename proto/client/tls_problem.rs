//! What goes wrong with TLS, in words that say what to do.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Why a connection is not encrypted as it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsProblem {
    /// The client does not trust the authority of the server's certificate.
    #[error(
        "this client does not trust the authority of its certificate: give the certificate of the exchange's authority as \
         ca, and do not connect if its operator does not know this one"
    )]
    UnknownAuthority,
    /// The server's certificate has expired.
    #[error("its certificate has expired: tell the operator of the exchange, and check the clock of this machine")]
    Expired,
    /// The server's certificate does not hold yet.
    #[error("its certificate does not hold yet: check the clock of this machine")]
    NotYetValid,
    /// The server's certificate is for another host.
    #[error("its certificate is for another host: connect by the name that the operator of the exchange states")]
    WrongName,
    /// Something answers that does not speak TLS.
    #[error(
        "it does not speak TLS: an exchange without TLS is on its own machine alone, at HOST:PORT without https://"
    )]
    NotTls,
    /// The server speaks TLS, and the client does not.
    #[error(
        "it speaks TLS: connect to https://HOST:PORT, and give the certificate of the exchange's authority as ca"
    )]
    TlsWanted,
    /// The server does not accept the client's certificate.
    #[error("it does not accept the certificate of this client ({0}): ask the operator of the exchange")]
    ClientRefused(&'static str),
    /// Another fault.
    #[error("{0}")]
    Other(String),
}

impl TlsProblem {
    /// The problem of an error of input or output; `None` if it is not one of TLS.
    pub(super) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Error>().map(Self::from)
    }
}

impl From<&Error> for TlsProblem {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidCertificate(fault) => match fault {
                // Another authority can have the name of one that is trusted. Then the signature is wrong.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownAuthority,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    Self::WrongName
                }
                _ => Self::Other(format!("its certificate cannot be accepted: {error}")),
            },
            Error::InvalidMessage(_) => Self::NotTls,
            Error::AlertReceived(alert) => match refused(*alert) {
                Some(why) => Self::ClientRefused(why),
                None => Self::Other(format!("it ends the connection: {error}")),
            },
            _ => Self::Other(error.to_string()),
        }
    }
}

/// Why a server refuses a client's certificate; `None` if the alert says something else (RFC 8446, section 6.2).
fn refused(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::CertificateExpired => "it has expired, or does not hold yet",
        AlertDescription::CertificateRevoked => "it was revoked",
        AlertDescription::UnknownCA => "it is of an authority that the exchange does not trust",
        AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied => "it is not one that the exchange can accept",
        AlertDescription::CertificateRequired => "it has none",
        _ => return None,
    })
}
