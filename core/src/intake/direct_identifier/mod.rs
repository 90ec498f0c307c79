//! Detects direct identifiers. The exchange accepts pseudonyms, but no names, dates of birth, addresses or identity numbers.
//!
//! One ten-digit number in eleven passes the check digit of an NHS number by chance. A column is therefore judged as a whole:
//! it is refused if most of its numbers of that shape pass. Free text is judged value by value.

mod column_name;
mod tally;
mod text;

pub(crate) use column_name::in_column_name;
pub(super) use tally::Tally;
pub use text::in_text;

use std::fmt;

/// A kind of direct identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Identifier {
    /// NHS number: ten digits, with a check digit at the end (NHS Data Dictionary).
    NhsNumber,
    /// Identifier of the Police National Computer: year, serial number and check letter.
    PncId,
    /// National Insurance number.
    NationalInsurance,
    /// Name of a person.
    Name,
    /// Date of birth.
    DateOfBirth,
    /// Postal address or exact location.
    Address,
    /// Postcode of the United Kingdom.
    Postcode,
    /// E-mail address.
    Email,
    /// Telephone number.
    Telephone,
    /// Number of a payment card.
    PaymentCard,
    /// Sort code with the number of an account.
    BankAccount,
    /// Number of a passport.
    Passport,
    /// Number of a driving licence.
    DrivingLicence,
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NhsNumber => "NHS number",
            Self::PncId => "PNC identifier",
            Self::NationalInsurance => "National Insurance number",
            Self::Name => "name",
            Self::DateOfBirth => "date of birth",
            Self::Address => "address",
            Self::Postcode => "postcode",
            Self::Email => "e-mail address",
            Self::Telephone => "telephone number",
            Self::PaymentCard => "payment card number",
            Self::BankAccount => "bank account",
            Self::Passport => "passport number",
            Self::DrivingLicence => "driving licence number",
        })
    }
}

/// The digits of a value with the shape of an NHS number: ten together, or three, three and four.
fn nhs_shape(value: &[u8]) -> Option<[u8; 10]> {
    let mut digits = [0; 10];
    match value.len() {
        10 => digits.copy_from_slice(value),
        12 if matches!((value[3], value[7]), (b' ', b' ') | (b'-', b'-')) => {
            digits[..3].copy_from_slice(&value[..3]);
            digits[3..6].copy_from_slice(&value[4..7]);
            digits[6..].copy_from_slice(&value[8..]);
        }
        _ => return None,
    }
    digits.iter().all(u8::is_ascii_digit).then_some(digits)
}

/// Whether the check letter of a PNC identifier is right; `None` for a value of another shape.
///
/// The shape is the year in two or four digits, a slash, a serial number of up to seven digits, and a letter. The number made
/// of the last two digits of the year and the seven digits of the serial number, modulo 23, gives the letter (I, O and S are
/// not used).
fn pnc_id(value: &str) -> Option<bool> {
    const LETTERS: &[u8; 23] = b"ZABCDEFGHJKLMNPQRTUVWXY";
    let (year, rest) = value.split_once('/')?;
    let (serial, letter) = rest.split_at_checked(rest.len().checked_sub(1)?)?;
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let letter = letter.bytes().next().filter(u8::is_ascii_alphabetic)?.to_ascii_uppercase();
    if !matches!(year.len(), 2 | 4) || serial.len() > 7 || !all_digits(year) || !all_digits(serial) {
        return None;
    }
    let year: usize = year.get(year.len() - 2..)?.parse().ok()?;
    let serial: usize = serial.parse().ok()?;
    Some(LETTERS.get((year * 10_000_000 + serial) % 23) == Some(&letter))
}

fn is_email(value: &str) -> bool {
    value.split_once('@').is_some_and(|(name, domain)| {
        let labels = domain.split_once('.');
        !name.is_empty() && labels.is_some_and(|(host, rest)| !host.is_empty() && rest.len() >= 2)
    })
}

#[cfg(test)]
mod tests;
