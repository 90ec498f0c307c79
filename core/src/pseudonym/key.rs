//! Linkage keys and pseudonyms.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::Date;
use sha2::Sha256;
use zeroize::{Zeroize as _, Zeroizing};

use super::identity::{self, Identity, NotIdentified};

/// Fewest different bytes in a secret. Fewer than one random secret in 10^15 has fewer, but a phrase, a date or a run of zeros
/// usually has.
const DIFFERENT_BYTES: usize = 16;

/// Longest name of a key.
const LONGEST_NAME: usize = 48;

/// The persons whose pseudonyms may be linked. Each domain has keys of its own, so that nobody can link a victim with a suspect
/// by their pseudonyms.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Domain {
    /// Victims in police records: `police-victim`.
    PoliceVictim,
    /// Suspects in police records: `police-suspect`.
    PoliceSuspect,
    /// Defendants in the criminal justice system: `cjs-defendant`.
    CjsDefendant,
    /// Offenders under supervision and in cohorts of reoffending: `offender`.
    Offender,
}

impl Domain {
    /// All domains.
    pub const ALL: [Self; 4] = [Self::PoliceVictim, Self::PoliceSuspect, Self::CjsDefendant, Self::Offender];

    /// Stable name: `police-victim`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::PoliceVictim => "police-victim",
            Self::PoliceSuspect => "police-suspect",
            Self::CjsDefendant => "cjs-defendant",
            Self::Offender => "offender",
        }
    }

    /// The domain with a name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.id() == id)
    }
}

/// The keyed pseudonym of a person: 256 bits, written as 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Pseudonym([u8; 32]);

impl Pseudonym {
    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why a key was refused. No message contains a part of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// The name has other characters, or too many.
    #[error("the name of a key is 3 to 48 small letters, digits and hyphens, and begins with a letter")]
    Name,
    /// The secret is not 32 bytes.
    #[error("the secret has {found} bytes, not 32")]
    Length {
        /// Bytes found.
        found: usize,
    },
    /// The secret was not drawn at random.
    #[error("the secret repeats itself too much to be random: have a key generated, never make one up")]
    NotRandom,
}

/// A secret with its name, its domain and the identity that it hashes.
pub struct LinkageKey {
    name: String,
    id: String,
    domain: Domain,
    identity: Identity,
    created_on: Date,
    secret: Zeroizing<[u8; 32]>,
    /// The keyed hash; it overwrites its state when it is dropped.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for LinkageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkageKey")
            .field("id", &self.id)
            .field("domain", &self.domain)
            .field("identity", &self.identity)
            .field("created_on", &self.created_on)
            .finish_non_exhaustive()
    }
}

impl LinkageKey {
    /// A key of 32 secret bytes from a cryptographic random generator. The caller overwrites its own copy.
    ///
    /// # Errors
    ///
    /// [`KeyError`] for a name that is not allowed in a file of records, or a secret that is not random.
    pub fn new(
        name: &str,
        domain: Domain,
        identity: Identity,
        created_on: Date,
        secret: &[u8],
    ) -> Result<Self, KeyError> {
        let signs = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !begins || !(3..=LONGEST_NAME).contains(&name.len()) || !name.bytes().all(signs) {
            return Err(KeyError::Name);
        }
        let length = KeyError::Length { found: secret.len() };
        let mut own = Zeroizing::new([0; 32]);
        if secret.len() != own.len() {
            return Err(length);
        }
        own.copy_from_slice(secret);
        let different = (0..=u8::MAX).filter(|byte| own.contains(byte)).count();
        if different < DIFFERENT_BYTES {
            return Err(KeyError::NotRandom);
        }
        let mac = keyed(own.as_slice()).ok_or(length)?;
        let check = check(&mac, name, domain, identity);
        Ok(Self {
            name: name.to_owned(),
            id: format!("{name}.{check}"),
            domain,
            identity,
            created_on,
            secret: own,
            mac,
        })
    }

    /// Name: `victims-2017`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Identifier for `linkage_key_id`, beside each pseudonym: the name, a full stop, and the [check value](Self::check).
    /// Pseudonyms link if, and only if, their key identifiers are equal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Eight hexadecimal digits that depend on secret, name, domain and identity, and do not reveal the secret. Two custodians
    /// compare them to check that they hold the same key.
    #[must_use]
    pub fn check(&self) -> &str {
        self.id.rsplit('.').next().unwrap_or_default()
    }

    /// Domain.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        self.domain
    }

    /// The identity that it hashes.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Day on which it was generated.
    #[must_use]
    pub const fn created_on(&self) -> Date {
        self.created_on
    }

    /// The secret, only for the file of keys.
    pub(super) const fn secret(&self) -> &Zeroizing<[u8; 32]> {
        &self.secret
    }

    /// The pseudonym of one person. `values` are raw values in the order of [`Identity::parts`]. A value that is left out counts
    /// as missing.
    ///
    /// # Errors
    ///
    /// The first part that does not identify the person. Such a row has no pseudonym.
    pub fn pseudonym(&self, values: &[Option<&str>]) -> Result<Pseudonym, NotIdentified> {
        let text = identity::text(self.domain, self.identity, values)?;
        Ok(Pseudonym(finish(&self.mac, text.as_bytes())))
    }
}

/// HMAC-SHA-256 with the secret.
pub(super) fn keyed(secret: &[u8]) -> Option<Hmac<Sha256>> {
    // HMAC accepts a secret of any length. The error of the trait is for other algorithms.
    Hmac::new_from_slice(secret).ok()
}

/// The authentication code of a message.
pub(super) fn finish(mac: &Hmac<Sha256>, message: &[u8]) -> [u8; 32] {
    let mut mac = mac.clone();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn check(mac: &Hmac<Sha256>, name: &str, domain: Domain, identity: Identity) -> String {
    let of = format!("peelian key check\nname={name}\ndomain={}\nidentity={}\n", domain.id(), identity.id());
    let mut code = finish(mac, of.as_bytes());
    let check = code.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    code.zeroize();
    check
}
