//! Normalises names, dates, postcodes and NHS numbers.
//!
//! Two records of one person must give the same text. A value that does not identify a person must give no text: otherwise all
//! persons with the name "unknown" would become one person with thousands of crimes. `docs/pseudonyms.md` has the rules with
//! their reasons. A rule here must never change, because earlier pseudonyms would no longer link. A new rule is a new version
//! of [`Identity`](super::Identity).

mod date;
mod name;
mod numbers;

pub(super) use date::date_of_birth;
pub(super) use name::{forename, surname};
pub(super) use numbers::{nhs_number, postcode};

/// Why a value does not identify a person. It contains no value, so it may be shown and logged.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
pub enum Unusable {
    /// There is no value.
    #[error("there is none")]
    Missing,
    /// The value stands for no value: `unknown`, `1900-01-01`, `ZZ99 3VZ`, `000 000 0000`.
    #[error("a placeholder stands in its place")]
    Placeholder,
    /// A name with a digit, an at sign or a similar character.
    #[error("it is not a name: names have no digits and no @")]
    NotAName,
    /// A forename of one letter.
    #[error("an initial is not enough: the whole forename is needed")]
    Initial,
    /// Not a date, or an ambiguous date.
    #[error("it is not a date of birth from 1900 on: write 1980-02-01 or 01/02/1980, day first")]
    NotADate,
    /// Not the shape of a postcode of the United Kingdom.
    #[error("it is not a whole postcode of the United Kingdom")]
    NotAPostcode,
    /// Not ten digits.
    #[error("it is not an NHS number: ten digits")]
    NotAnNhsNumber,
    /// The last digit does not fit the others.
    #[error("its check digit is wrong")]
    CheckDigit,
}
