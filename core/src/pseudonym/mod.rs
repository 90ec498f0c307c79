//! Pseudonyms of persons, made before data leave the agency.
//!
//! Measures of repeats must know that two records are of one person, and nothing else about the person. Instead of names and
//! dates of birth the agency therefore sends a keyed hash: HMAC-SHA-256 (RFC 2104, FIPS 198-1) of a normalised identity. A
//! hash without a key would not be enough: anybody with a list of names and dates of birth could hash them all and compare.
//!
//! | type | what it is |
//! |---|---|
//! | [`Part`] | one part of an identity, with the rules that normalise it |
//! | [`Identity`] | the parts that identify a person, versioned |
//! | [`Domain`] | the persons whose pseudonyms may be linked |
//! | [`LinkageKey`] | a secret with its name, domain and identity; it makes [`Pseudonym`]s |
//! | [`Keyring`] | the keys of one file |
//! | [`Column`], [`Pseudonyms`] | whole columns at once, for tables in memory |
//! | [`CsvPseudonymiser`] | CSV in, CSV out, as a stream |
//!
//! No function here reads a file or draws a random number: the caller gets the 32 bytes of a new key from the operating system.
//! Secrets, and copies of identifiers that are made here, are overwritten after use, except a few letters while they are
//! normalised. No `Debug` output and no error shows a secret or an identifier.
//!
//! ```
//! use peelian_core::pseudonym::{Domain, Identity, LinkageKey};
//!
//! let secret: [u8; 32] = std::array::from_fn(|at| at as u8); // from the operating system, in earnest
//! let created_on = jiff::civil::date(2017, 4, 1);
//! let key = LinkageKey::new("victims-2017", Domain::PoliceVictim, Identity::NameBirth, created_on, &secret)?;
//! let one = key.pseudonym(&[Some("Zoë"), Some("O'Brien"), Some("1/2/1980")])?;
//! let same = key.pseudonym(&[Some("ZOE"), Some("O’BRIEN"), Some("1980-02-01")])?;
//! assert_eq!(one, same);
//! assert_eq!(one.to_string().len(), 64);
//! // The value for linkage_key_id: the name, and a check value of secret, domain and identity.
//! assert!(key.id().starts_with("victims-2017."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod csv;
mod identity;
mod key;
mod keyring;
mod normalise;
mod wiped;

#[cfg(test)]
mod tests;

pub use columns::{Column, ColumnsError, Pseudonyms};
pub use csv::{CsvColumns, CsvError, CsvPseudonymiser, Summary};
pub use identity::{Identity, NotIdentified, Part};
pub use key::{Domain, KeyError, LinkageKey, Pseudonym};
pub use keyring::{Keyring, KeyringError};
pub use normalise::Unusable;
