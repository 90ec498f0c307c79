//! Detects direct identifiers. The exchange accepts pseudonyms, but no names, dates of birth, addresses or identity numbers.
//!
//! One ten-digit number in eleven passes the check digit of an NHS number by chance. A column is therefore judged as a whole:
//! it is refused if most of its numbers of that shape pass. Free text is judged value by value.

use std::fmt;

use crate::identifier::{is_postcode, nhs_check};

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
        })
    }
}

/// Words of a column name, without spaces, that are typical of a direct identifier.
const COLUMN_WORDS: &[(&str, Identifier)] = &[
    ("nhsnumber", Identifier::NhsNumber),
    ("nhsno", Identifier::NhsNumber),
    ("nhsnum", Identifier::NhsNumber),
    ("nhs", Identifier::NhsNumber),
    ("pncid", Identifier::PncId),
    ("pncno", Identifier::PncId),
    ("pncnumber", Identifier::PncId),
    ("pnc", Identifier::PncId),
    ("nino", Identifier::NationalInsurance),
    ("nationalinsurance", Identifier::NationalInsurance),
    ("nationalinsurancenumber", Identifier::NationalInsurance),
    ("name", Identifier::Name),
    ("names", Identifier::Name),
    ("forename", Identifier::Name),
    ("forenames", Identifier::Name),
    ("surname", Identifier::Name),
    ("firstname", Identifier::Name),
    ("lastname", Identifier::Name),
    ("fullname", Identifier::Name),
    ("middlename", Identifier::Name),
    ("givenname", Identifier::Name),
    ("familyname", Identifier::Name),
    ("maidenname", Identifier::Name),
    ("initials", Identifier::Name),
    ("alias", Identifier::Name),
    ("dob", Identifier::DateOfBirth),
    ("dateofbirth", Identifier::DateOfBirth),
    ("birthdate", Identifier::DateOfBirth),
    ("birthday", Identifier::DateOfBirth),
    ("birth", Identifier::DateOfBirth),
    ("address", Identifier::Address),
    ("street", Identifier::Address),
    ("uprn", Identifier::Address),
    ("easting", Identifier::Address),
    ("northing", Identifier::Address),
    ("latitude", Identifier::Address),
    ("longitude", Identifier::Address),
    ("postcode", Identifier::Postcode),
    ("zipcode", Identifier::Postcode),
    ("email", Identifier::Email),
    ("emailaddress", Identifier::Email),
    ("phone", Identifier::Telephone),
    ("mobile", Identifier::Telephone),
    ("telephone", Identifier::Telephone),
    ("tel", Identifier::Telephone),
    ("msisdn", Identifier::Telephone),
];

/// The kind of identifier in a column that is not a field of the dataset, by its name: `victim_surname`, `NHS No.`,
/// `dateOfBirth`.
pub(crate) fn in_column_name(name: &str) -> Option<Identifier> {
    let words: Vec<String> = words(name);
    let longest_run = 3;
    (1..=longest_run)
        .rev()
        .flat_map(|run| words.windows(run))
        .find_map(|run| {
            let joined = run.concat();
            COLUMN_WORDS.iter().find(|(word, _)| *word == joined)
        })
        .map(|(_, identifier)| *identifier)
}

/// The words of a name in lower case, cut at punctuation and at changes from small to capital letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Counts of the values of one column by the shapes of direct identifiers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    values: u64,
    ten_digits: u64,
    nhs_numbers: u64,
    pnc_shaped: u64,
    pnc_ids: u64,
    postcodes: u64,
    emails: u64,
}

impl Tally {
    /// Counts one trimmed value of the column.
    pub(super) fn see(&mut self, value: &str) {
        self.values += 1;
        let bytes = value.as_bytes();
        let ends_in_digit = bytes.last().is_some_and(u8::is_ascii_digit);
        if ends_in_digit {
            if let Some(digits) = nhs_shape(bytes) {
                self.ten_digits += 1;
                self.nhs_numbers += u64::from(nhs_check(&digits));
            }
            return;
        }
        if let Some(passes) = pnc_id(value) {
            self.pnc_shaped += 1;
            self.pnc_ids += u64::from(passes);
        } else if is_postcode(bytes) {
            self.postcodes += 1;
        } else if is_email(value) {
            self.emails += 1;
        }
    }

    /// The kind of direct identifier in the column, if there is one.
    pub(super) fn verdict(&self) -> Option<Identifier> {
        let most = |hits: u64, of: u64| hits * 2 > of;
        if self.emails > 0 {
            Some(Identifier::Email)
        } else if most(self.nhs_numbers, self.ten_digits) {
            Some(Identifier::NhsNumber)
        } else if most(self.pnc_ids, self.pnc_shaped) {
            Some(Identifier::PncId)
        } else if most(self.postcodes, self.values) {
            Some(Identifier::Postcode)
        } else {
            None
        }
    }
}

/// The first direct identifier in free text.
pub(super) fn in_text(text: &str) -> Option<Identifier> {
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
    let alone = parts.iter().any(|part| is_postcode(part.as_bytes()));
    let paired = parts.windows(2).any(|pair| {
        let [outward, inward] = pair else { return false };
        inward.len() == 3 && outward.len() <= 4 && is_postcode([*outward, *inward].concat().as_bytes())
    });
    (alone || paired).then_some(Identifier::Postcode)
}

/// NHS and telephone numbers: runs of digits, with the signs that people write between them.
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
        let begin_at = |start: usize| is_telephone(plus, groups.get(start..).unwrap_or_default());
        (0..groups.len()).any(begin_at).then_some(Identifier::Telephone)
    })
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
mod tests {
    use super::*;
    use crate::contract::Contract;
    use proptest::prelude::*;

    fn tally(values: &[&str]) -> Option<Identifier> {
        let mut tally = Tally::default();
        values.iter().for_each(|value| tally.see(value));
        tally.verdict()
    }

    #[test]
    fn check_digits() {
        // 943 476 5919 and 999 012 3456 are the NHS's own examples; 2003/0011985X is one of HM Prison Service's tests.
        assert_eq!(tally(&["9434765919"]), Some(Identifier::NhsNumber));
        assert_eq!(tally(&["943 476 5919"]), Some(Identifier::NhsNumber));
        assert_eq!(tally(&["9434765918"]), None);
        assert_eq!(pnc_id("2003/0011985X"), Some(true));
        assert_eq!(pnc_id("03/11985X"), Some(true));
        assert_eq!(pnc_id("03/11985W"), Some(false));
        assert_eq!(pnc_id("01/1234/17"), None);
    }

    #[test]
    fn a_column_of_ten_digit_references_is_not_a_column_of_nhs_numbers() {
        let references: Vec<String> = (0..10_000u64).map(|n| (4_000_000_000 + n * 17).to_string()).collect();
        let values: Vec<&str> = references.iter().map(String::as_str).collect();
        assert_eq!(tally(&values), None);
        let passing: Vec<&str> = values.iter().copied().filter(|v| tally(&[v]).is_some()).collect();
        assert!(passing.len() > 500, "about one in eleven passes by chance");
        assert_eq!(tally(&passing), Some(Identifier::NhsNumber));
    }

    #[test]
    fn codes_and_dates_do_not_trip() {
        for value in ["E09000028", "2017-02-28", "19C", "01/1234/17", "RJ122", "6545321/17", "2017-02-28T23:15:00Z"] {
            assert_eq!(tally(&[value]), None, "{value}");
            assert_eq!(in_text(value), None, "{value}");
        }
    }

    #[test]
    fn free_text_trips_on_any_hit() {
        for (text, expected) in [
            ("call 07700 900123 after six", Some(Identifier::Telephone)),
            ("(020) 7946 0000", Some(Identifier::Telephone)),
            ("+44 20 7946 0000", Some(Identifier::Telephone)),
            ("outside 12 High St, e1 6an", Some(Identifier::Postcode)),
            ("SW1A1AA", Some(Identifier::Postcode)),
            ("patient 943-476-5919 seen", Some(Identifier::NhsNumber)),
            ("PNC 2003/0011985X.", Some(Identifier::PncId)),
            ("ask jo@example.org", Some(Identifier::Email)),
            ("junction of the A1, 3rd exit", None),
            ("bar at 23:15 on 2017-02-28 10 stitches", None),
            ("night bus N29, upper deck", None),
            ("two males, bottle @ 3am.", None),
            ("", None),
        ] {
            assert_eq!(in_text(text), expected, "{text}");
        }
    }

    #[test]
    fn column_names_are_read_word_by_word() {
        for (name, expected) in [
            ("NHS No.", Some(Identifier::NhsNumber)),
            ("nhs_number", Some(Identifier::NhsNumber)),
            ("PNCID", Some(Identifier::PncId)),
            ("victim_surname", Some(Identifier::Name)),
            ("dateOfBirth", Some(Identifier::DateOfBirth)),
            ("Post Code", Some(Identifier::Postcode)),
            ("home postcode", Some(Identifier::Postcode)),
            ("offence_code", None),
            ("username_hash", None),
        ] {
            assert_eq!(in_column_name(name), expected, "{name}");
        }
        for dataset in Contract::get().datasets() {
            for field in &dataset.fields {
                assert!(tally(&[&field.name]).is_none(), "{}", field.name);
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".*") {
            let _ = (in_text(&text), in_column_name(&text), tally(&[&text]));
        }
    }
}
