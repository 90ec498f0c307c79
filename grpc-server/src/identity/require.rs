//! Which credentials a caller needs.

use clap::ValueEnum;
use serde::Deserialize;

/// Which credentials a caller needs. Whatever else it presents must hold too.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Require {
    /// A client certificate.
    Certificate,
    /// A token.
    Token,
    /// A client certificate or a token.
    Either,
    /// A client certificate and a token of the same agency.
    Both,
}

impl Require {
    /// Whether a caller needs a certificate.
    pub(super) fn certificate(self) -> bool {
        matches!(self, Self::Certificate | Self::Both)
    }

    /// Whether a caller needs a token.
    pub(super) fn token(self) -> bool {
        matches!(self, Self::Token | Self::Both)
    }

    /// What a caller without credentials has to do.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::Certificate => "connect over TLS with the client certificate of your agency",
            Self::Token => "send the token of your agency",
            Self::Either => "connect over TLS with the client certificate of your agency, or send its token",
            Self::Both => "connect over TLS with the client certificate of your agency, and send its token too",
        }
    }
}
