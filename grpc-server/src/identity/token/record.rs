//! What the exchange keeps of a token. The secret is not among it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use peelian::hex::hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::identity::{Refusal, Role};

/// A token as it is stored.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    /// Identifier: 12 hexadecimal digits. It is no secret.
    pub(crate) id: String,
    /// SHA-256 of the secret.
    pub(crate) secret_sha256: SecretHash,
    /// Identifier of its agency.
    pub(crate) agency: String,
    /// Roles of its holder.
    pub(crate) roles: BTreeSet<Role>,
    /// Datasets that it may be used for; none means all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) datasets: BTreeSet<String>,
    /// Methods that it may be used for; none means all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) methods: BTreeSet<String>,
    /// When it was made.
    #[serde(with = "instant")]
    pub(crate) created: Timestamp,
    /// Instant from which it holds.
    #[serde(with = "instant")]
    pub(crate) not_before: Timestamp,
    /// Instant from which it no longer holds.
    #[serde(with = "instant")]
    pub(crate) expires: Timestamp,
    /// Identifier of the token that takes its place. Both hold until this one expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rotated_with: Option<String>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_instant")]
    pub(crate) revoked_at: Option<Timestamp>,
}

/// SHA-256 of a secret.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct SecretHash(pub(super) [u8; 32]);

/// Whether a token holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    /// It holds.
    Valid,
    /// It does not hold yet.
    NotYet,
    /// It holds no longer.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Token {
    /// Whether it holds at an instant.
    pub(crate) fn standing(&self, now: Timestamp) -> Standing {
        if self.revoked_at.is_some() {
            Standing::Revoked
        } else if now >= self.expires {
            Standing::Expired
        } else if now < self.not_before {
            Standing::NotYet
        } else {
            Standing::Valid
        }
    }

    /// Checks that it holds at an instant.
    pub(super) fn check(&self, now: Timestamp) -> Result<(), Refusal> {
        let id = self.id.clone();
        match self.standing(now) {
            Standing::Valid => Ok(()),
            Standing::Revoked => Err(Refusal::TokenRevoked { id }),
            Standing::Expired => Err(Refusal::TokenExpired { id, expired: self.expires.to_string() }),
            Standing::NotYet => Err(Refusal::TokenNotYetValid { id, from: self.not_before.to_string() }),
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Valid => "valid",
            Self::NotYet => "not valid yet",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        })
    }
}

impl fmt::Debug for SecretHash {
    /// Shows nothing.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretHash(…)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("secret_sha256 must be 64 hexadecimal digits");
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut hash = [0; 32];
        for (index, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

/// An instant as a text: "2026-05-01T09:00:00Z".
mod instant {
    use super::{Deserialize as _, Deserializer, Serializer, Timestamp};

    pub(super) fn serialize<S: Serializer>(instant: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(instant)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An instant that may be missing.
mod optional_instant {
    use super::{Deserializer, Serializer, Timestamp, instant};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => instant::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        instant::deserialize(deserializer).map(Some)
    }
}
