//! Who calls: an agency by the certificate of its connection or by a token, or nobody on a loopback address.
//!
//! What a caller may do is decided elsewhere. A caller that presents credentials which do not hold is refused, and not
//! taken for nobody.

mod authority;
mod caller;
mod files;
mod peer;
mod refusal;
mod require;
mod spiffe;
#[cfg(test)]
mod tests;
mod tls;
mod token;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tonic::codegen::http::header::AUTHORIZATION;
use tonic::codegen::http::{Extensions, HeaderMap};

use self::token::Tokens;
use crate::clock::Clock;

pub(crate) use authority::{Authority, Pair, Validity};
pub(crate) use caller::{Caller, Role, Scope, Via};
pub(crate) use files::FileError;
pub(crate) use peer::{Peer, PeerCertificate};
pub(crate) use refusal::Refusal;
pub(crate) use require::Require;
pub(crate) use spiffe::{Named, is_exchange_name};
pub(crate) use tls::{Tls, TlsFiles};
pub(crate) use token::{Presented, Standing, Token, TokenFile};

/// What an operator has set of identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdentitySettings {
    /// Files of TLS; `None` if the exchange is not encrypted.
    pub(crate) tls: Option<TlsFiles>,
    /// Which credentials a caller needs; `None` if callers on this machine need none.
    pub(crate) require: Option<Require>,
    /// Name of the exchange, which the certificates of its clients state.
    pub(crate) exchange_name: String,
}

/// How callers are identified.
pub(crate) struct Identity {
    tls: Option<Arc<Tls>>,
    require: Option<Require>,
    exchange_name: String,
    tokens: Tokens,
    clock: Arc<dyn Clock>,
}

impl Identity {
    /// Reads the files of an exchange.
    ///
    /// # Errors
    ///
    /// If a file cannot be used.
    pub(crate) fn open(
        settings: &IdentitySettings,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FileError> {
        Ok(Self {
            tls: settings.tls.clone().map(Tls::read).transpose()?.map(Arc::new),
            require: settings.require,
            exchange_name: settings.exchange_name.clone(),
            tokens: Tokens::read(data_dir)?,
            clock,
        })
    }

    /// TLS; `None` if the exchange is not encrypted.
    pub(crate) fn tls(&self) -> Option<&Arc<Tls>> {
        self.tls.as_ref()
    }

    /// Name of the exchange.
    pub(crate) fn exchange_name(&self) -> &str {
        &self.exchange_name
    }

    /// Which credentials a caller needs; `None` if callers on this machine need none.
    pub(crate) fn require(&self) -> Option<Require> {
        self.require
    }

    /// Who makes a call, by the headers and the extensions of its request.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the caller is nobody and an identity is required, or if its credentials do not hold.
    pub(crate) fn identify(&self, headers: &HeaderMap, extensions: &Extensions) -> Result<Caller, Refusal> {
        let peer = extensions.get::<Peer>();
        let now = self.clock.now_micros();
        let certificate = self.by_certificate(peer, now)?;
        let token = self.by_token(peer, headers, now)?;
        if let Some(require) = self.require {
            let missing = require.certificate() && certificate.is_none() || require.token() && token.is_none();
            if missing || certificate.is_none() && token.is_none() {
                return Err(Refusal::CredentialsMissing(require));
            }
        }
        match (certificate, token) {
            (Some((named, fingerprint)), None) => Ok(Caller {
                agency: Some(named.agency),
                roles: named.roles,
                via: Via::Certificate { fingerprint },
                scope: Arc::new(Scope::default()),
            }),
            (None, Some(token)) => {
                Ok(by_token(&token, token.roles.clone(), Via::Token { id: token.id.as_str().into() }))
            }
            (Some((named, fingerprint)), Some(token)) => {
                let roles: BTreeSet<_> = named.roles.intersection(&token.roles).copied().collect();
                if *named.agency != *token.agency || roles.is_empty() {
                    return Err(Refusal::CredentialsDisagree);
                }
                Ok(by_token(&token, roles, Via::Both { fingerprint, id: token.id.as_str().into() }))
            }
            (None, None) if peer.is_some_and(Peer::is_local) => Ok(Caller::nobody()),
            (None, None) => Err(Refusal::CredentialsMissing(Require::Either)),
        }
    }

    fn by_certificate(&self, peer: Option<&Peer>, now_micros: i64) -> Result<Option<(Named, Arc<str>)>, Refusal> {
        let Some((certificate, tls)) = peer.and_then(|peer| peer.certificate.as_ref()).zip(self.tls.as_ref()) else {
            return Ok(None);
        };
        let now = Duration::from_micros(u64::try_from(now_micros).unwrap_or_default());
        Ok(Some((certificate.named(tls, now)?, certificate.fingerprint())))
    }

    fn by_token(
        &self,
        peer: Option<&Peer>,
        headers: &HeaderMap,
        now_micros: i64,
    ) -> Result<Option<Arc<Token>>, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (None, _) => return Ok(None),
            (Some(value), None) => value.to_str().map_err(|_| Refusal::CredentialsUnreadable)?,
            (Some(_), Some(_)) => return Err(Refusal::CredentialsUnreadable),
        };
        if !peer.is_some_and(|peer| peer.encrypted || peer.is_local()) {
            return Err(Refusal::TokenOverPlaintext);
        }
        let (scheme, text) = value.split_once(' ').ok_or(Refusal::CredentialsUnreadable)?;
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(Refusal::CredentialsUnreadable);
        }
        let presented = Presented::read(text).ok_or(Refusal::CredentialsUnreadable)?;
        let now = Timestamp::from_microsecond(now_micros).map_err(|_| Refusal::TokenUnknown)?;
        Ok(Some(self.tokens.check(&presented, now)?))
    }
}

/// The caller with a token.
fn by_token(token: &Token, roles: BTreeSet<Role>, via: Via) -> Caller {
    let (datasets, methods) = (token.datasets.clone(), token.methods.clone());
    let scope = Scope { datasets, methods, expires: Some(token.expires) };
    Caller { agency: Some(token.agency.as_str().into()), roles, via, scope: Arc::new(scope) }
}
