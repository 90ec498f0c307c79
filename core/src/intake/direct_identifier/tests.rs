//! Tests of the tripwire.

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
        ("NI QQ 12 34 56 C", Some(Identifier::NationalInsurance)),
        ("ab123456c", Some(Identifier::NationalInsurance)),
        ("paid by 4111 1111 1111 1111", Some(Identifier::PaymentCard)),
        ("card 378282246310005.", Some(Identifier::PaymentCard)),
        ("amex 3782-822463-10005", Some(Identifier::PaymentCard)),
        ("licence MORGA657054SM9IJ", Some(Identifier::DrivingLicence)),
        ("MORGA 657054 SM9IJ", Some(Identifier::DrivingLicence)),
        ("sort code 12-34-56, account 12345678", Some(Identifier::BankAccount)),
        ("20-30-99 12345678", Some(Identifier::BankAccount)),
        ("sort code 123456 account no 12345678", Some(Identifier::BankAccount)),
        ("Passport 123456789", Some(Identifier::Passport)),
        ("on 28-02-17 as 12345678", None),
        ("at 2017-02-28 10 12345678", None),
        ("ticket 123456789 found", None),
        ("2017-02-28T23:15:00 12345678", None),
        ("order 4111111111111112", None),
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
        ("Sort Code", Some(Identifier::BankAccount)),
        ("passport_no", Some(Identifier::Passport)),
        ("driving licence number", Some(Identifier::DrivingLicence)),
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

#[test]
fn a_column_of_identity_numbers_is_judged_as_a_whole() {
    assert_eq!(tally(&["AB123456C", "qq123456d"]), Some(Identifier::NationalInsurance));
    assert_eq!(tally(&["4111111111111111"]), Some(Identifier::PaymentCard));
    assert_eq!(tally(&["MORGA657054SM9IJ"]), Some(Identifier::DrivingLicence));
    let references: Vec<String> = (0..1_000u64).map(|n| (4_000_000_000_000_000 + n * 17).to_string()).collect();
    let values: Vec<&str> = references.iter().map(String::as_str).collect();
    assert_eq!(tally(&values), None, "one in ten passes the check by chance");
}

proptest! {
    #[test]
    fn nothing_panics(text in ".*") {
        let _ = (in_text(&text), in_column_name(&text), tally(&[&text]));
    }
}
