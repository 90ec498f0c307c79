//! Postcodes and NHS numbers.

use zeroize::Zeroizing;

use super::Unusable;
use crate::identifier::{is_postcode, nhs_check};
use crate::pseudonym::wiped;

/// A complete postcode in capitals, without its space.
///
/// The inward part begins with a digit. An O or an I in its place is a 0 or a 1 typed as a letter.
pub(in crate::pseudonym) fn postcode(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let mut code = Zeroizing::new(String::with_capacity(64));
    for letter in raw.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '.')) {
        wiped::push(&mut code, letter.to_ascii_uppercase());
    }
    if code.is_empty() {
        return Err(Unusable::Missing);
    }
    // Pseudo-postcodes of the NHS and the Office for National Statistics: no fixed abode, abroad, not known.
    if code.starts_with("ZZ99") || matches!(code.as_str(), "NK" | "UNKNOWN" | "NOTKNOWN" | "N/A" | "NFA" | "NONE") {
        return Err(Unusable::Placeholder);
    }
    let inward = code.len().checked_sub(3).ok_or(Unusable::NotAPostcode)?;
    let digit = match code.get(inward..=inward).ok_or(Unusable::NotAPostcode)? {
        "O" => Some("0"),
        "I" => Some("1"),
        _ => None,
    };
    if let Some(digit) = digit {
        code.replace_range(inward..=inward, digit);
    }
    // A postcode has at most seven characters without its space.
    if code.len() <= 7 && is_postcode(code.as_bytes()) { Ok(code) } else { Err(Unusable::NotAPostcode) }
}

/// An NHS number as ten digits. Its last digit is a check digit (NHS Data Dictionary: NHS number, modulus 11).
pub(in crate::pseudonym) fn nhs_number(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let mut number = Zeroizing::new(String::with_capacity(64));
    for sign in raw.chars().filter(|sign| !sign.is_whitespace() && *sign != '-') {
        wiped::push(&mut number, sign);
    }
    if number.is_empty() {
        return Err(Unusable::Missing);
    }
    let digits: &[u8; 10] = number.as_bytes().try_into().map_err(|_| Unusable::NotAnNhsNumber)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Unusable::NotAnNhsNumber);
    }
    // 000 000 0000 passes the check, but systems write it for a missing number.
    if digits.iter().all(|digit| *digit == digits[0]) {
        return Err(Unusable::Placeholder);
    }
    if nhs_check(digits) { Ok(number) } else { Err(Unusable::CheckDigit) }
}
