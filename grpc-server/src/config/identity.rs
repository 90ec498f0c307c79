//! Settings of identity: TLS, and what callers need.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::ConfigError;
use crate::identity::{IdentitySettings, Require, TlsFiles, is_exchange_name};

/// Settings of identity as an operator states them.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatedIdentity {
    /// Certificate of the server in PEM, followed by those of the authorities between it and one that clients trust. With
    /// it, the exchange speaks TLS alone. It is read again when the file changes.
    #[arg(long, env = "PEELIAN_TLS_CERTIFICATE", value_name = "FILE")]
    tls_certificate: Option<PathBuf>,

    /// Private key of the certificate in PEM. Only the user of the server may read it.
    #[arg(long, env = "PEELIAN_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,

    /// Certificates of the authorities that issue the certificates of agencies, in PEM. Such a certificate has the URI
    /// spiffe://EXCHANGE/agency/AGENCY or spiffe://EXCHANGE/agency/AGENCY/ROLE.
    #[arg(long, env = "PEELIAN_CLIENT_CA", value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// Lists of the certificates that these authorities have revoked, in PEM. A list that is out of date refuses every
    /// certificate of its authority.
    #[arg(long, env = "PEELIAN_CLIENT_CRL", value_name = "FILE")]
    client_crl: Option<PathBuf>,

    /// Name of the exchange, which the certificates of agencies state as EXCHANGE: lower-case letters, digits, dots, hyphens
    /// and underscores.
    #[arg(long, env = "PEELIAN_EXCHANGE_NAME", value_name = "NAME")]
    exchange_name: Option<String>,

    /// What every caller needs. `peelian-server token` makes tokens. Without this option, a caller needs a certificate or a
    /// token if the exchange has TLS, and else nothing.
    #[arg(long, env = "PEELIAN_REQUIRE", value_name = "CREDENTIALS")]
    require: Option<Require>,
}

impl StatedIdentity {
    /// These settings; `other` has those that are not stated here.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            tls_certificate: self.tls_certificate.or(other.tls_certificate),
            tls_key: self.tls_key.or(other.tls_key),
            client_ca: self.client_ca.or(other.client_ca),
            client_crl: self.client_crl.or(other.client_crl),
            exchange_name: self.exchange_name.or(other.exchange_name),
            require: self.require.or(other.require),
        }
    }

    /// The settings in force for an address.
    pub(super) fn in_force(self, listen: SocketAddr) -> Result<IdentitySettings, ConfigError> {
        let lacks = |stated, needed| Err(ConfigError::Lacks { stated, needed });
        let Self { client_ca, client_crl, exchange_name, require, .. } = self;
        let tls = match (self.tls_certificate, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key, client_ca, client_crl }),
            (Some(_), None) => return lacks("tls_certificate", "tls_key"),
            (None, Some(_)) => return lacks("tls_key", "tls_certificate"),
            (None, None) if client_ca.is_some() => return lacks("client_ca", "tls_certificate"),
            (None, None) => None,
        };
        let takes_certificates = tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        if tls.as_ref().is_some_and(|tls| tls.client_crl.is_some()) && !takes_certificates {
            return lacks("client_crl", "client_ca");
        }
        if takes_certificates && exchange_name.is_none() {
            return lacks("client_ca", "exchange_name");
        }
        if matches!(require, Some(Require::Certificate | Require::Both)) && !takes_certificates {
            return lacks("require", "client_ca");
        }
        if let Some(name) = exchange_name.as_ref().filter(|name| !is_exchange_name(name)) {
            return Err(ConfigError::ExchangeName(name.clone()));
        }
        if tls.is_none() && !listen.ip().is_loopback() {
            return Err(ConfigError::NotEncrypted(listen));
        }
        // Who has set up TLS does not want callers without credentials.
        let require = require.or(tls.is_some().then_some(Require::Either));
        Ok(IdentitySettings { tls, require, exchange_name: exchange_name.unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> StatedIdentity {
        toml::from_str(text).unwrap()
    }

    fn in_force(listen: &str, text: &str) -> Result<IdentitySettings, ConfigError> {
        file(text).in_force(listen.parse().unwrap())
    }

    const TLS: &str = "tls_certificate = \"a\"\ntls_key = \"b\"\n";
    const CLIENTS: &str = "client_ca = \"c\"\nexchange_name = \"exchange.london\"\n";

    #[test]
    fn a_caller_on_this_machine_needs_nothing_unless_it_is_said() {
        assert_eq!(in_force("127.0.0.1:1", "").unwrap().require, None);
        assert_eq!(in_force("[::1]:1", "require = \"token\"").unwrap().require, Some(Require::Token));
    }

    #[test]
    fn another_address_needs_encryption_and_with_it_an_identity() {
        for address in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1"] {
            let refused = in_force(address, "require = \"token\"").unwrap_err().to_string();
            assert!(refused.contains("tls_certificate"), "{refused}");
            assert_eq!(in_force(address, TLS).unwrap().require, Some(Require::Either));
        }
        assert_eq!(in_force("127.0.0.1:1", TLS).unwrap().require, Some(Require::Either));
        let both = format!("{TLS}{CLIENTS}require = \"both\"");
        assert_eq!(in_force("0.0.0.0:1", &both).unwrap().require, Some(Require::Both));
    }

    #[test]
    fn settings_that_need_each_other_come_together() {
        for (text, needed) in [
            ("tls_certificate = \"a\"".to_owned(), "tls_key"),
            ("tls_key = \"a\"".to_owned(), "tls_certificate"),
            (CLIENTS.to_owned(), "tls_certificate"),
            (format!("{TLS}client_ca = \"c\""), "exchange_name"),
            (format!("{TLS}client_crl = \"c\""), "client_ca"),
            (format!("{TLS}require = \"certificate\""), "client_ca"),
            ("require = \"both\"".to_owned(), "client_ca"),
        ] {
            let refused = in_force("127.0.0.1:1", &text).unwrap_err().to_string();
            assert!(refused.contains(needed), "{text}: {refused}");
        }
        let name = format!("{TLS}client_ca = \"c\"\nexchange_name = \"Exchange\"");
        assert!(in_force("127.0.0.1:1", &name).unwrap_err().to_string().contains("lower-case"));
    }
}
