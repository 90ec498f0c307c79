//! The agency that a certificate names: the URI `spiffe://EXCHANGE/agency/AGENCY` or
//! `spiffe://EXCHANGE/agency/AGENCY/ROLE` in its subject alternative names.
//!
//! The form is that of an X.509-SVID: <https://github.com/spiffe/spiffe/blob/main/standards/X509-SVID.md>. As there, a
//! certificate has exactly one URI. Names of hosts and addresses beside it say nothing about the agency.

use std::collections::BTreeSet;
use std::sync::Arc;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

use super::{Refusal, Role};
use crate::resource_name;

/// Longest name of an exchange: the SPIFFE ID standard allows a trust domain so many characters.
const LONGEST_EXCHANGE: usize = 255;

/// The agency and the roles that a certificate names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    pub(super) agency: Arc<str>,
    pub(super) roles: BTreeSet<Role>,
}

/// Whether a text can be the name of an exchange: lower-case letters, digits, dots, hyphens and underscores. It is the
/// trust domain of SPIFFE.
pub(crate) fn is_exchange_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST_EXCHANGE && text.bytes().all(plain)
}

/// The URI of an agency. Without a role, its holder is submitter and analyst.
pub(crate) fn uri(exchange: &str, agency: &str, role: Option<Role>) -> String {
    let role = role.map(|role| format!("/{role}")).unwrap_or_default();
    format!("spiffe://{exchange}/agency/{agency}{role}")
}

/// Whom a certificate names.
///
/// # Errors
///
/// [`Refusal`] if it does not name exactly one agency of this exchange.
pub(super) fn named(certificate: &X509Certificate<'_>, exchange: &str) -> Result<Named, Refusal> {
    let without = || Refusal::CertificateWithoutAgency { exchange: exchange.to_owned() };
    let names = certificate.subject_alternative_name().map_err(|_| without())?.ok_or_else(without)?;
    let mut uris = Vec::new();
    for name in &names.value.general_names {
        match name {
            GeneralName::URI(uri) => uris.push(*uri),
            // Something that cannot be read could be a second URI.
            GeneralName::Invalid(..) => return Err(without()),
            _ => {}
        }
    }
    match uris.as_slice() {
        [] => Err(without()),
        [uri] => read(uri, exchange),
        several => Err(Refusal::CertificateNamesSeveral { count: several.len(), exchange: exchange.to_owned() }),
    }
}

/// Reads a URI. Nothing is decoded or normalised: a text of any other form names nobody.
fn read(uri: &str, exchange: &str) -> Result<Named, Refusal> {
    let without = || Refusal::CertificateWithoutAgency { exchange: exchange.to_owned() };
    let (domain, path) = uri.strip_prefix("spiffe://").and_then(|rest| rest.split_once('/')).ok_or_else(without)?;
    if domain != exchange {
        return Err(Refusal::CertificateOfAnotherExchange { exchange: exchange.to_owned() });
    }
    let rest = path.strip_prefix("agency/").ok_or_else(without)?;
    let (agency, role) = match rest.split_once('/') {
        Some((agency, role)) => (agency, Some(role.parse::<Role>().map_err(|_| without())?)),
        None => (rest, None),
    };
    if !resource_name::is_id(agency) {
        return Err(without());
    }
    let roles = role.map_or_else(|| Role::USUAL.into_iter().collect(), |role| BTreeSet::from([role]));
    Ok(Named { agency: agency.into(), roles })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCHANGE: &str = "exchange.london";

    #[test]
    fn a_uri_names_an_agency_and_a_role() {
        let usual = read("spiffe://exchange.london/agency/mps", EXCHANGE).unwrap();
        assert_eq!((&*usual.agency, usual.roles), ("mps", BTreeSet::from([Role::Submitter, Role::Analyst])));
        let one = read("spiffe://exchange.london/agency/mopac/statistician", EXCHANGE).unwrap();
        assert_eq!((&*one.agency, one.roles), ("mopac", BTreeSet::from([Role::Statistician])));
        let written = uri(EXCHANGE, "mopac", Some(Role::Statistician));
        assert_eq!(read(&written, EXCHANGE).unwrap().roles, BTreeSet::from([Role::Statistician]));
    }

    #[test]
    fn every_other_form_names_nobody() {
        for wrong in [
            "",
            "spiffe://exchange.london",
            "spiffe://exchange.london/",
            "spiffe://exchange.london/agency/",
            "spiffe://exchange.london/agency/mps/",
            "spiffe://exchange.london/agency/mps/chief",
            "spiffe://exchange.london/agency/mps/Analyst",
            "spiffe://exchange.london/agency/mps/analyst/",
            "spiffe://exchange.london/agency/mps/analyst/submitter",
            "spiffe://exchange.london/agency/MPS",
            "spiffe://exchange.london/agency/m%70s",
            "spiffe://exchange.london/agency/mps?role=analyst",
            "spiffe://exchange.london/agency/mps#analyst",
            "spiffe://exchange.london/agency//analyst",
            "spiffe://exchange.london//agency/mps",
            "spiffe://exchange.london/agency/../agency/mps",
            "SPIFFE://exchange.london/agency/mps",
            "https://exchange.london/agency/mps",
            " spiffe://exchange.london/agency/mps",
        ] {
            let reason = read(wrong, EXCHANGE).unwrap_err().reason();
            assert_eq!(reason, "CERTIFICATE_WITHOUT_AGENCY", "{wrong}");
        }
    }

    #[test]
    fn another_exchange_is_another_exchange() {
        for other in [
            "spiffe://exchange.paris/agency/mps",
            "spiffe://exchange.london.evil.example/agency/mps",
            "spiffe://exchange.london:443/agency/mps",
            "spiffe://user@exchange.london/agency/mps",
            "spiffe://Exchange.London/agency/mps",
        ] {
            let reason = read(other, EXCHANGE).unwrap_err().reason();
            assert_eq!(reason, "CERTIFICATE_OF_ANOTHER_EXCHANGE", "{other}");
        }
    }

    #[test]
    fn a_name_of_an_exchange_is_plain() {
        assert!(is_exchange_name("exchange.london"));
        for wrong in ["", "Exchange", "exchange/london", "exchange london", "exchange:443"] {
            assert!(!is_exchange_name(wrong), "{wrong}");
        }
    }
}
