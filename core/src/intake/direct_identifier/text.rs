//! Direct identifiers in free text.

use std::cell::LazyCell;

use super::{Identifier, is_email, nhs_shape, pnc_id};
use crate::identifier::{is_driver_number, is_national_insurance, is_payment_card, is_postcode, nhs_check};

/// The first direct identifier in free text.
///
/// ```
/// use peelian_core::intake::{Identifier, identifier_in};
///
/// assert_eq!(identifier_in("her number is QQ 12 34 56 C"), Some(Identifier::NationalInsurance));
/// assert_eq!(identifier_in("the junction of the A1, 3rd exit"), None);
/// ```
#[must_use]
pub fn in_text(text: &str) -> Option<Identifier> {
    let words =
        || text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '"'));
    if words().any(is_email) {
        return Some(Identifier::Email);
    }
    if words().any(|word| pnc_id(word.trim_end_matches('.')) == Some(true)) {
        return Some(Identifier::PncId);
    }
    if let Some(found) = in_numbers(text) {
        return Some(found);
    }
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    if any_joined(&parts, 9, is_national_insurance) {
        return Some(Identifier::NationalInsurance);
    }
    if any_joined(&parts, 16, is_driver_number) {
        return Some(Identifier::DrivingLicence);
    }
    if is_bank_account(text) {
        return Some(Identifier::BankAccount);
    }
    if names_passport(&parts) && parts.iter().any(|part| is_passport_number(part.as_bytes())) {
        return Some(Identifier::Passport);
    }
    let alone = parts.iter().any(|part| is_postcode(part.as_bytes()));
    let paired = parts.windows(2).any(|pair| {
        let [outward, inward] = pair else { return false };
        inward.len() == 3 && outward.len() <= 4 && is_postcode([*outward, *inward].concat().as_bytes())
    });
    (alone || paired).then_some(Identifier::Postcode)
}

/// Whether some parts that follow one another have so many bytes together and satisfy a test.
fn any_joined(parts: &[&str], bytes: usize, test: fn(&[u8]) -> bool) -> bool {
    (0..parts.len()).any(|start| {
        let mut joined = Vec::with_capacity(bytes);
        for part in &parts[start..] {
            if joined.len() + part.len() > bytes {
                return false;
            }
            joined.extend_from_slice(part.as_bytes());
            if joined.len() == bytes {
                return test(&joined);
            }
        }
        false
    })
}

/// Whether a text has a sort code, three pairs of digits, and then the eight digits of an account. Three pairs can also be a day,
/// and eight digits a reference, so such a text must speak of an account.
fn is_bank_account(text: &str) -> bool {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-')));
    let of_account = LazyCell::new(|| speaks_of_account(text));
    let (mut after_sort_code, mut found) = (false, false);
    for run in runs {
        let groups: Vec<&str> = run.split([' ', '-']).filter(|group| !group.is_empty()).collect();
        for (place, group) in groups.iter().enumerate() {
            found |= after_sort_code && group.len() == 8;
            // Later in a run, three pairs can be the end of a day and an hour.
            let pairs = place == 2 && groups[..=place].iter().all(|group| group.len() == 2);
            let day = pairs && matches!(groups[1].parse(), Ok(1..=12_u8));
            after_sort_code = (pairs && !day) || ((pairs || group.len() == 6) && *of_account);
        }
    }
    found
}

fn speaks_of_account(text: &str) -> bool {
    let text = text.to_lowercase();
    ["sort code", "sortcode", "account", "bank"].iter().any(|word| text.contains(word))
}

fn names_passport(parts: &[&str]) -> bool {
    parts.iter().any(|part| part.eq_ignore_ascii_case("passport"))
}

/// Whether a text has the form of the number of a passport: nine digits, or up to two letters and six to eight digits.
fn is_passport_number(value: &[u8]) -> bool {
    let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = &value[letters..];
    digits.iter().all(u8::is_ascii_digit) && matches!((letters, digits.len()), (0, 9) | (1..=2, 6..=8))
}

/// NHS, telephone and card numbers: runs of digits, with the signs that people write between them.
fn in_numbers(text: &str) -> Option<Identifier> {
    let runs = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '+' | '.')));
    runs.map(|run| {
        let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        (run.contains('+'), groups)
    })
    .find_map(|(plus, groups)| {
        let nhs = |groups: &[&str]| nhs_shape(groups.concat().as_bytes()).is_some_and(|digits| nhs_check(&digits));
        let three = |run: &&[&str]| matches!(run, [a, b, c] if a.len() == 3 && b.len() == 3 && c.len() == 4);
        if groups.windows(1).any(nhs) || groups.windows(3).filter(three).any(nhs) {
            return Some(Identifier::NhsNumber);
        }
        if (0..groups.len()).any(|start| is_card(&groups[start..])) {
            return Some(Identifier::PaymentCard);
        }
        let begin_at = |start: usize| is_telephone(plus, groups.get(start..).unwrap_or_default());
        (0..groups.len()).any(begin_at).then_some(Identifier::Telephone)
    })
}

/// Whether groups of digits begin with the number of a payment card, in one group or in the groups printed on cards.
fn is_card(groups: &[&str]) -> bool {
    const PRINTED: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 4, 4, 4, 3], &[4, 6, 5], &[4, 6, 4]];
    let has = |lengths: &&[usize]| {
        groups.len() >= lengths.len() && groups.iter().zip(*lengths).all(|(group, length)| group.len() == *length)
    };
    let printed = || PRINTED.iter().filter(|lengths| has(lengths));
    groups.first().is_some_and(|first| is_payment_card(first.as_bytes()))
        || printed().any(|lengths| is_payment_card(groups[..lengths.len()].concat().as_bytes()))
}

/// Whether digits are a telephone number: a national number of ten or eleven digits with its 0, or a number after +44.
fn is_telephone(plus: bool, groups: &[&str]) -> bool {
    const LONGEST: usize = 15;
    let Some(first) = groups.first() else { return false };
    let mut digits = 0;
    let lengths = groups.iter().map(|group| {
        digits += group.len();
        digits
    });
    // No number has more digits, so a text of many short groups costs what its length costs.
    lengths.take_while(|digits| *digits <= LONGEST).any(|digits| {
        let national = first.starts_with('0') && first.len() >= 3 && (10..=11).contains(&digits);
        let abroad =
            (plus && first.starts_with("44") || first.starts_with("0044")) && (11..=LONGEST).contains(&digits);
        national || abroad
    })
}
