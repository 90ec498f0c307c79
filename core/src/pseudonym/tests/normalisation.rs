//! The table of examples, and properties for every value.

use proptest::prelude::*;

use super::super::{Part, Unusable};
use super::key;

fn examples() -> Vec<(Part, String, Result<String, String>)> {
    let table = include_str!("normalisation.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let row = |record: csv::StringRecord| {
        let part = Part::ALL.into_iter().find(|part| part.id() == &record[0]).unwrap();
        let expected = if record[2].is_empty() { Err(record[3].to_owned()) } else { Ok(record[2].to_owned()) };
        assert!(record[2].is_empty() != record[3].is_empty(), "one of the two: {record:?}");
        (part, record[1].to_owned(), expected)
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn the_table_of_examples_holds() {
    let examples = examples();
    for (part, raw, expected) in &examples {
        let found = part.normalise(raw).map(|text| text.to_string()).map_err(|why| format!("{why:?}"));
        assert_eq!(&found, expected, "{} {raw:?}", part.id());
    }
    for part in Part::ALL {
        assert!(examples.iter().any(|(of, ..)| *of == part), "{}", part.id());
    }
}

#[test]
fn every_reason_has_an_example_and_a_text_without_a_value() {
    let examples = examples();
    let all = [
        Unusable::Missing,
        Unusable::Placeholder,
        Unusable::NotAName,
        Unusable::Initial,
        Unusable::NotADate,
        Unusable::NotAPostcode,
        Unusable::NotAnNhsNumber,
        Unusable::CheckDigit,
    ];
    for why in all {
        let name = format!("{why:?}");
        assert!(examples.iter().any(|(_, _, expected)| expected.as_ref().err() == Some(&name)), "{name}");
        assert!(!why.to_string().is_empty());
    }
}

/// A typical name: words of letters, some with accents or strokes.
fn name() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[A-Za-zÀ-ÖØ-öø-ÿĀ-ňŐ-ſ]{4,12}", 1..4)
}

/// Latin letters decomposed into letter and accent, in the other letter case.
fn disguised(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let other = |letter: char| if letter.is_lowercase() { letter.to_uppercase().collect() } else { vec![letter] };
    text.nfd().flat_map(other).collect()
}

fn hashed(forename: &str, surname: &str, born: &str) -> Option<String> {
    let found = key().pseudonym(&[Some(forename), Some(surname), Some(born)]);
    found.ok().map(|pseudonym| pseudonym.to_string())
}

proptest! {
    #[test]
    fn to_normalise_twice_is_to_normalise_once(raw in ".*") {
        for part in Part::ALL {
            if let Ok(once) = part.normalise(&raw) {
                let twice = part.normalise(&once);
                prop_assert_eq!(twice.as_deref(), Ok(&*once), "{} of {:?}", part.id(), raw);
                prop_assert!(!once.contains('\n'), "a line break would end the part in the text that is hashed");
            }
        }
    }

    #[test]
    fn case_spacing_accents_and_signs_do_not_matter(
        words in name(),
        sign in prop::sample::select(vec![" ", "-", "'", "’", "  ", " - ", ""]),
    ) {
        let plain = words.concat();
        let other = disguised(&format!("  {} ", words.join(sign)));
        for part in [Part::Forename, Part::Surname] {
            let (plain, other) = (part.normalise(&plain), part.normalise(&other));
            prop_assert_eq!(plain.as_deref(), other.as_deref());
        }
    }

    #[test]
    fn all_ways_of_writing_a_date_are_one(days in 0..60_000_i64) {
        let date = jiff::civil::date(1900, 1, 2) + jiff::Span::new().days(days);
        let expected = date.to_string();
        for form in ["%Y-%m-%d", "%d/%m/%Y", "%-d.%-m.%Y", "%d %B %Y", "%-d-%b-%Y", "%Y%m%d", "%Y-%m-%d 00:00:00"] {
            let written = date.strftime(form).to_string();
            let found = Part::DateOfBirth.normalise(&written);
            prop_assert_eq!(found.as_deref(), Ok(&expected), "{}", written);
        }
    }

    #[test]
    fn one_wrong_digit_or_two_that_changed_places_never_pass(first_nine in 100_000_000_u32..1_000_000_000, at in 0..9_usize) {
        let passes = (0..=9).map(|digit| format!("{first_nine}{digit}"));
        let Some(number) = passes.into_iter().find(|number| Part::NhsNumber.normalise(number).is_ok()) else {
            return Ok(()); // The check digit would be 10: no such number is given out.
        };
        let mut swapped = number.clone().into_bytes();
        swapped.swap(at, at + 1);
        let swapped = String::from_utf8(swapped).unwrap();
        prop_assert!(swapped == number || Part::NhsNumber.normalise(&swapped).is_err());
    }

    #[test]
    fn other_people_have_other_pseudonyms(a in name(), b in name(), c in name()) {
        let (a, b, c) = (a.concat(), b.concat(), c.concat());
        let (one, other) = (hashed(&a, &b, "1980-02-01"), hashed(&a, &c, "1980-02-01"));
        let same = Part::Surname.normalise(&b) == Part::Surname.normalise(&c);
        prop_assert!(one.is_none() || same == (one == other));
    }
}
