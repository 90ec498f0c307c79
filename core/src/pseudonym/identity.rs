//! The identity of a person: its parts, and the text that is hashed.

use zeroize::Zeroizing;

use super::normalise::{self, Unusable};
use super::{Domain, wiped};

/// One part of the identity of a person. [`Part::normalise`] normalises its values.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// First forename. Middle names are not used, because often only some records of a person have them.
    Forename,
    /// Surname.
    Surname,
    /// Complete date of birth.
    DateOfBirth,
    /// Complete postcode of residence.
    Postcode,
    /// NHS number.
    NhsNumber,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 5] = [Self::Forename, Self::Surname, Self::DateOfBirth, Self::Postcode, Self::NhsNumber];

    /// Stable name in the text that is hashed: `date_of_birth`.
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

    /// Normalises a raw value to the form that is hashed. The result is overwritten when it is dropped.
    ///
    /// The rules, with their reasons, are in `docs/pseudonyms.md`. A normalised value does not change when it is normalised
    /// again.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if the value does not identify the person: no value, a placeholder such as `unknown`, or an invalid value.
    /// The error never contains the value.
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

/// The parts that identify a person, with the version of the rules that normalise them.
///
/// A key is bound to one identity. Pseudonyms of two identities never link, so they must not have the same key id. If a rule
/// changes, a new version is added here, and it needs a new key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Identity {
    /// `name-birth-v1`: forename, surname and date of birth. It stays the same after a change of address, so measures of
    /// repeats need it.
    NameBirth,
    /// `name-birth-postcode-v1`: the same and the postcode. A person who moves becomes two persons. Persons with the same name
    /// and date of birth stay two persons if their postcodes differ.
    NameBirthPostcode,
    /// `nhs-number-v1`: the NHS number alone, for partners who identify persons by it. It links with no other identity.
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

    /// The identity with a name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.id() == id)
    }

    /// The parts, in the order of the text that is hashed. All of them are required.
    #[must_use]
    pub const fn parts(self) -> &'static [Part] {
        match self {
            Self::NameBirth => &[Part::Forename, Part::Surname, Part::DateOfBirth],
            Self::NameBirthPostcode => &[Part::Forename, Part::Surname, Part::DateOfBirth, Part::Postcode],
            Self::NhsNumber => &[Part::NhsNumber],
        }
    }
}

/// Why a row has no pseudonym: the first part that cannot be used. It contains no value, so it may be shown and logged.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[error("{}: {why}", part.id())]
pub struct NotIdentified {
    /// The part.
    pub part: Part,
    /// The reason.
    pub why: Unusable,
}

/// The text that is hashed: lines of `name=value`. No normalised value has a line break, so no value can imitate a line.
///
/// The text contains the domain. If one secret is used in two domains by mistake, persons still do not link across them.
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
