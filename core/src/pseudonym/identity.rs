//! What a person is known by: the parts of an identity, and the text that is hashed.

use zeroize::Zeroizing;

use super::normalise::{self, Unusable};
use super::{Domain, wiped};

/// One part of what a person is known by. [`Part::normalise`] says by which rules it is written.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// First forename. Middle names are not used: they are on one record and not on the next.
    Forename,
    /// Surname.
    Surname,
    /// Date of birth, whole.
    DateOfBirth,
    /// Postcode of residence, whole.
    Postcode,
    /// NHS number.
    NhsNumber,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 5] = [Self::Forename, Self::Surname, Self::DateOfBirth, Self::Postcode, Self::NhsNumber];

    /// Stable name, as it stands in the text that is hashed: `date_of_birth`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Forename => "forename",
            Self::Surname => "surname",
            Self::DateOfBirth => "date_of_birth",
            Self::Postcode => "postcode",
            Self::NhsNumber => "nhs_number",
        }
    }

    /// Writes a raw value in the one way in which it is hashed. The result is overwritten when it is dropped.
    ///
    /// The rules, with their reasons, are in `docs/pseudonyms.md`. To normalise twice is to normalise once.
    ///
    /// # Errors
    ///
    /// [`Unusable`] where the value does not say who the person is: nothing, a placeholder such as `unknown`, or a
    /// value that cannot be what it should be. It never holds the value.
    ///
    /// ```
    /// use peelian_core::pseudonym::{Part, Unusable};
    ///
    /// assert_eq!(Part::Surname.normalise("O’Brien-Núñez").as_deref(), Ok(&"OBRIENNUNEZ".to_owned()));
    /// assert_eq!(Part::DateOfBirth.normalise("1/2/1980").as_deref(), Ok(&"1980-02-01".to_owned()));
    /// assert_eq!(Part::Postcode.normalise("sw1a 1aa").as_deref(), Ok(&"SW1A1AA".to_owned()));
    /// assert_eq!(Part::NhsNumber.normalise("943 476 5918").err(), Some(Unusable::CheckDigit));
    /// ```
    pub fn normalise(self, raw: &str) -> Result<Zeroizing<String>, Unusable> {
        match self {
            Self::Forename => normalise::forename(raw),
            Self::Surname => normalise::surname(raw),
            Self::DateOfBirth => normalise::date_of_birth(raw),
            Self::Postcode => normalise::postcode(raw),
            Self::NhsNumber => normalise::nhs_number(raw),
        }
    }
}

/// Which parts make a person, with the version of the rules by which they are written.
///
/// A key is bound to one identity: pseudonyms of two identities never link, and two that never link must not have the
/// same key id. When a rule changes, it becomes a new version here and needs a new key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Identity {
    /// `name-birth-v1`: forename, surname and date of birth. It holds through a change of address, so it is what measures
    /// of repeats want.
    NameBirth,
    /// `name-birth-postcode-v1`: the same and the postcode. It splits persons who move, and keeps apart those who share a
    /// name and a birthday.
    NameBirthPostcode,
    /// `nhs-number-v1`: the NHS number alone, for partners who know a person by it. It links with no other identity.
    NhsNumber,
}

impl Identity {
    /// All identities.
    pub const ALL: [Self; 3] = [Self::NameBirth, Self::NameBirthPostcode, Self::NhsNumber];

    /// Stable name with the version of the rules: `name-birth-v1`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NameBirth => "name-birth-v1",
            Self::NameBirthPostcode => "name-birth-postcode-v1",
            Self::NhsNumber => "nhs-number-v1",
        }
    }

    /// The identity of a name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.id() == id)
    }

    /// The parts, in the order in which they are hashed. All of them are needed.
    #[must_use]
    pub const fn parts(self) -> &'static [Part] {
        match self {
            Self::NameBirth => &[Part::Forename, Part::Surname, Part::DateOfBirth],
            Self::NameBirthPostcode => &[Part::Forename, Part::Surname, Part::DateOfBirth, Part::Postcode],
            Self::NhsNumber => &[Part::NhsNumber],
        }
    }
}

/// Why a row gets no pseudonym: the first part that cannot be used. It holds no value and may be shown and logged.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[error("{}: {why}", part.id())]
pub struct NotIdentified {
    /// The part.
    pub part: Part,
    /// What is wrong with it.
    pub why: Unusable,
}

/// The text that is hashed: lines of `name=value`, which no normalised value can forge, for none has a line break.
///
/// The domain is in it, so that one secret used in two domains by mistake still links nobody across them.
pub(super) fn text(
    domain: Domain,
    identity: Identity,
    values: &[Option<&str>],
) -> Result<Zeroizing<String>, NotIdentified> {
    let mut text = Zeroizing::new(String::with_capacity(256));
    wiped::push_str(&mut text, "peelian pseudonym\n");
    line(&mut text, "domain", domain.id());
    line(&mut text, "identity", identity.id());
    for (at, part) in identity.parts().iter().copied().enumerate() {
        let raw = values.get(at).copied().flatten().ok_or(Unusable::Missing);
        let value = raw.and_then(|raw| part.normalise(raw)).map_err(|why| NotIdentified { part, why })?;
        line(&mut text, part.id(), &value);
    }
    Ok(text)
}

fn line(text: &mut Zeroizing<String>, name: &str, value: &str) {
    for piece in [name, "=", value, "\n"] {
        wiped::push_str(text, piece);
    }
}
