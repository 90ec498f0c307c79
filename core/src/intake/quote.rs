//! What findings and errors may repeat of what was submitted.
//!
//! In a file with a shifted column, or without a header, a name stands where a code should. So a value is repeated only if it
//! has the closed form of its field: a code, an area, a period, a date, a short number. Of any other value only the shape is
//! told. A text of letters alone could be a name, so it is repeated only if it is a code of the list.

use strsim::levenshtein;

use crate::contract::{CodeSet, Field, Kind};
use crate::reference::{Level, Reference};
use crate::text_table::column_letters;

use super::direct_identifier;
use super::loose;
use super::parse::is_suppressed;

/// Most digits of a number that is repeated. A day of birth in digits has six, a telephone number ten.
const MOST_DIGITS: usize = 5;
/// Longest code or name of a column that is repeated, in characters.
const LONGEST: usize = 40;
/// Texts that people write where a value is not known.
const MARKS: [&str; 12] =
    ["n/a", "na", "n/k", "nk", "none", "null", "nan", "unknown", "not known", "missing", "tbc", "-"];
/// The written forms of days, instants and periods.
const INSTANTS: [&str; 4] = ["2017-02-28", "2017-02-28T23:15", "2017-02-28T23:15:00Z", "2017-02-28T23:15:00+00:00"];
const PERIODS: [&str; 5] = ["2017-02", "2016/17-Q2", "R12-2017-02", "CY2016", "2016/17"];

/// A value as a finding tells it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Quote {
    /// The value, or its shape.
    pub(super) text: String,
    /// The code that was probably meant.
    pub(super) meant: Option<String>,
}

/// A value of a field as a finding tells it. `reference` has the open lists.
pub(super) fn value(field: &Field, value: &str, reference: Option<&Reference>) -> Quote {
    let value = value.strip_prefix(loose::OTHER_FORMAT).unwrap_or(value).trim();
    if value.is_empty() {
        return Quote::default();
    }
    let hidden =
        field.personal() || matches!(field.kind, Kind::Pseudonym) || direct_identifier::in_text(value).is_some();
    if hidden {
        return Quote { text: "(withheld)".to_owned(), meant: None };
    }
    let is_mark = || MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(value));
    if is_mark() || is_closed(field, value, reference) {
        return Quote { text: value.to_owned(), meant: meant(field, value, reference) };
    }
    Quote { text: shape(value), meant: meant(field, value, reference) }
}

/// A number, or its number of digits if it is so long that it could identify a person.
pub(crate) fn number(text: &str) -> String {
    if is_short_number(text) { text.to_owned() } else { shape(text) }
}

/// What a text is made of.
pub(crate) fn shape(text: &str) -> String {
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let count = text.chars().count();
    if text.chars().all(char::is_alphabetic) {
        return format!("a text of {}", of(count, "letter"));
    }
    if loose::has_form(text) {
        return format!("a date written {}", without_digits(text));
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits > 0 && text.parse::<f64>().is_ok() {
        return format!("a number of {}", of(digits, "digit"));
    }
    format!("a text of {}", of(count, "character"))
}

/// The name of an unknown column, or its place and shape if the name has not the form of a name of a field. Then it may be
/// a value: a file without a header has a row in its place.
pub(super) fn column(name: &str, index: usize) -> String {
    let place = column_place(name, index);
    match name {
        _ if is_snake(name) => place,
        "" => format!("without a name, as column {place} is"),
        _ => format!("like column {place}, {} (is the header row missing?)", shape(name)),
    }
}

/// A heading that is almost the name of a field, and the letters of its column.
pub(super) fn heading(name: &str, index: usize) -> String {
    if is_snake(name) { format!("`{name}`") } else { format!("`{name}` (column {})", column_letters(index)) }
}

/// A heading among names of fields that is like none of them: its name if it has the form of one, and otherwise the number and
/// the letters of its column, and its shape.
pub(super) fn unnamed_column(name: &str, index: usize) -> String {
    if is_snake(name) {
        format!("`{name}`")
    } else {
        format!("number {} ({}, {})", index + 1, column_letters(index), shape(name))
    }
}

/// The name of a column in backticks if it has the form of a name of a field, and otherwise its number.
pub(super) fn column_place(name: &str, index: usize) -> String {
    if is_snake(name) { format!("`{name}`") } else { format!("number {}", index + 1) }
}

/// A text of a library, without what it repeats of the content: the parts in quotation marks, and all after the first few
/// words.
pub(crate) fn reason(text: &str) -> String {
    const LONGEST_REASON: usize = 200;
    let mut told = String::new();
    let mut within = None;
    for letter in text.chars().take(LONGEST_REASON) {
        match within {
            Some(mark) if letter == mark => within = None,
            Some(_) => {}
            None if matches!(letter, '"' | '\'' | '`') => {
                within = Some(letter);
                told.push('…');
            }
            None => told.push(letter),
        }
    }
    told
}

/// Words in lower case, joined by underscores, with few digits: the form of a name of a field and of most codes.
fn is_snake(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    text.len() <= LONGEST && plain && digits <= 2 && text.contains('_') && !text.starts_with('_')
}

fn is_closed(field: &Field, value: &str, reference: Option<&Reference>) -> bool {
    let written = |forms: &[&str]| forms.iter().any(|form| without_digits(form) == without_digits(value));
    match &field.kind {
        Kind::Key | Kind::Pseudonym | Kind::Text => false,
        Kind::Date | Kind::Timestamp => written(&INSTANTS),
        Kind::Period => written(&PERIODS) || written(&INSTANTS) || is_period_like(value),
        Kind::Weight | Kind::Number | Kind::Integer(_) => {
            is_short_number(value) || (value.len() <= MOST_DIGITS && is_suppressed(value))
        }
        Kind::Flag => matches!(value, "true" | "false"),
        Kind::Code(codes) | Kind::Set(codes) => value.split([';', '|']).all(|code| is_code(code.trim(), codes)),
        Kind::OpenCode(list) => {
            let list = reference.and_then(|reference| reference.codes.list(list));
            list.is_some_and(|list| {
                list.get(value).is_some() || list.iter().any(|entry| has_form(value, entry.code()))
            })
        }
        Kind::Area => reference.is_some_and(|reference| {
            let areas = &reference.areas;
            areas.by_code(value).is_some() || areas.iter().any(|(_, area)| has_form(value, area.code()))
        }),
    }
}

/// Whether a text is a month or a quarter in another form: `Jan-24`, `2024 JUN`, `2024-8`, `Q1 2023/24`. A day is none, for it
/// could be a day of birth.
fn is_period_like(text: &str) -> bool {
    let parts = |is_part: fn(&char) -> bool| -> Vec<&str> {
        text.split(|letter: char| !is_part(&letter)).filter(|part| !part.is_empty()).collect()
    };
    let (words, numbers) = (parts(char::is_ascii_alphabetic), parts(char::is_ascii_digit));
    let is_quarter = |word: &&str| ["Q", "M", "FY", "CY"].iter().any(|known| known.eq_ignore_ascii_case(word));
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'/'));
    plain
        && numbers.iter().all(|number| number.len() <= 4)
        && match (words.as_slice(), numbers.as_slice()) {
            ([], [year, _]) => year.len() == 4,
            ([word], [_]) => loose::month_named(word).is_some() || is_quarter(word),
            ([word], [_, _] | [_, _, _]) => is_quarter(word),
            _ => false,
        }
}

fn is_code(value: &str, codes: &CodeSet) -> bool {
    codes.get(value).is_some() || codes.codes().iter().any(|code| has_form(value, &code.code))
}

/// Whether a text has the form of a code: words joined by underscores, or letters and digits in the same places with the
/// same beginning.
fn has_form(text: &str, code: &str) -> bool {
    if is_snake(text) {
        return is_snake(code);
    }
    let same = |(a, b): (u8, u8)| match (a.is_ascii_digit(), a.is_ascii_alphabetic()) {
        (true, _) => b.is_ascii_digit(),
        (_, true) => b.is_ascii_alphabetic(),
        _ => a == b,
    };
    text.len() == code.len()
        && text.len() <= LONGEST
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().zip(code.bytes()).all(same)
        && text.bytes().take(code.len() / 3).eq(code.bytes().take(code.len() / 3))
}

/// A text with 0 for each of its digits.
fn without_digits(text: &str) -> String {
    text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect()
}

fn is_short_number(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b','));
    plain && text.bytes().filter(u8::is_ascii_digit).count() <= MOST_DIGITS && text.len() <= MOST_DIGITS + 3
}

/// The code of the list that is spelled almost like a value, or whose label is.
fn meant(field: &Field, value: &str, reference: Option<&Reference>) -> Option<String> {
    let wanted = value.to_lowercase();
    let length = wanted.chars().count();
    let allowed = (length / 4).min(3);
    if allowed == 0 || length > LONGEST {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    let mut compare = |spelling: &str, code: &dyn Fn() -> String| {
        if spelling.len().abs_diff(wanted.len()) > allowed {
            return;
        }
        let distance = levenshtein(&wanted, &spelling.to_lowercase());
        if distance <= allowed && best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, code()));
        }
    };
    match &field.kind {
        Kind::Code(codes) | Kind::Set(codes) if codes.get(value).is_none() => {
            for code in codes.codes() {
                for spelling in code.aliases.iter().chain([&code.code, &code.label]) {
                    compare(spelling, &|| code.code.clone());
                }
            }
        }
        Kind::OpenCode(list) => {
            let list = reference?.codes.list(list).filter(|list| list.get(value).is_none())?;
            for entry in list.iter() {
                compare(entry.code(), &|| entry.code().to_owned());
                compare(entry.label(), &|| format!("{} ({})", entry.code(), entry.label()));
            }
        }
        Kind::Area => {
            let areas = &reference.filter(|reference| reference.areas.by_code(value).is_none())?.areas;
            let level = Level::from_id(&field.options.area_level);
            let named = |found: Level| level.map_or(found != Level::Ward, |level| found == level);
            for (_, area) in areas.iter().filter(|(_, area)| named(area.level())) {
                compare(area.name(), &|| format!("{} ({})", area.code(), area.name()));
            }
        }
        _ => {}
    }
    best.map(|(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    fn told(dataset: &str, field: &str, text: &str) -> Quote {
        let field = Contract::get().dataset(dataset).unwrap().field(field).unwrap();
        value(field, text, Some(&Reference::from_seeds().unwrap()))
    }

    #[test]
    fn closed_forms_are_repeated() {
        for (dataset, field, text) in [
            ("crime", "recorded_at", "2017-02-30"),
            ("crime", "offence_borough", "E09000099"),
            ("crime", "ho_class", "8Z"),
            ("crime", "suspect_count", "-1"),
            ("crime", "flag_hate", "race;religion"),
            ("crime", "knife_use", "n/a"),
            ("published_figure", "period", "2017-13"),
            ("published_figure", "period", "Jan-24"),
            ("published_figure", "period", "Q1 2023/24"),
            ("published_figure", "period", "2023-24"),
            ("published_figure", "value", "78.5"),
            ("published_figure", "numerator", "<5"),
            ("local_priority", "priority_1", "robbery_persnal"),
        ] {
            assert_eq!(told(dataset, field, text).text, text);
        }
    }

    #[test]
    fn other_values_are_told_by_their_shape() {
        for (dataset, field, text, shape) in [
            ("crime", "offence_borough", "Featherstonehaughson", "a text of 20 letters"),
            ("crime", "knife_use", "Jo Bloggs", "a text of 9 characters"),
            ("crime", "suspect_count", "19850312", "a number of 8 digits"),
            ("crime", "recorded_at", "12/03/1985", "a date written 00/00/0000"),
            ("istv_attendance", "arrival_at", "10/02/2017 23:15", "a date written 00/00/0000 00:00"),
            ("published_figure", "period", "12 March 1985", "a text of 13 characters"),
            ("crime", "crime_ref", "Jo", "a text of 2 letters"),
            ("published_figure", "breakdown", "sex=jo", "a text of 6 characters"),
            ("published_figure", "numerator", "51.503214", "a number of 8 digits"),
            ("crime_victim", "victim_pid", "Jo", "(withheld)"),
        ] {
            assert_eq!(told(dataset, field, text).text, shape, "{text}");
        }
    }

    #[test]
    fn the_nearest_code_is_named() {
        for (dataset, field, text, meant) in [
            ("crime", "knife_use", "threatend", Some("threatened")),
            ("crime", "offence_borough", "Southwark", Some("E09000028 (Southwark)")),
            ("crime", "offence_borough", "Southwalk", Some("E09000028 (Southwark)")),
            ("crime", "offence_borough", "E09000028", None),
            ("crime", "knife_use", "sharp", None),
        ] {
            let quote = told(dataset, field, text);
            assert_eq!(quote.meant.as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn columns_are_named_by_names_alone() {
        assert_eq!(column("offence_brough", 3), "`offence_brough`");
        assert_eq!(
            column("Jo Bloggs", 0),
            "like column number 1, a text of 9 characters (is the header row missing?)"
        );
    }

    #[test]
    fn reasons_of_libraries_lose_what_they_quote() {
        assert_eq!(reason("Cannot cast string 'Jo Bloggs' to Int32"), "Cannot cast string … to Int32");
        assert_eq!(reason("no timezone \"Jo"), "no timezone …");
    }
}
