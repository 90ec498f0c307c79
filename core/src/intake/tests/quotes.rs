//! No value of a person in a finding, an error or a stored row, wherever a shifted column or a missing header puts it.

use super::*;
use proptest::prelude::*;

use crate::contract::Kind;

/// Values that only a person has. All are made up, or are the examples of their issuers.
const PERSONAL: [&str; 28] = [
    "Jo Bloggs",
    "Featherstonehaughson",
    "Siobhan O'Neill",
    "Mary-Anne Smith-Jones",
    "Christiana",
    "12 High Street Anytown",
    "Flat 3, 45 Acacia Avenue, SE1 7EH",
    "9434765919",
    "943 476 5919",
    "QQ123456C",
    "AB 12 34 56 C",
    "jo@example.org",
    "07700900123",
    "07700 900123",
    "+44 20 7946 0000",
    "4111111111111111",
    "4111 1111 1111 1111",
    "3782 822463 10005",
    "12 March 1985",
    "12/03/1985",
    "12.03.1985",
    "19850312",
    "120385",
    "Passport 123456789",
    "MORGA657054SM9IJ",
    "MORGA 657054 SM9IJ",
    "sort code 20-30-99 account 12345678",
    "2003/0011985X",
];

/// Of these, the values that are refused as direct identifiers in free text. Names and days of birth cannot be told from other
/// texts.
fn is_known_identifier(value: &str) -> bool {
    identifier_in(value).is_some()
}

/// A row of a dataset with one value, and all others missing.
fn one_value(dataset: &Dataset, at: &Field, value: &str) -> String {
    let cell = |field: &Field| {
        if field.name == at.name { format!("\"{}\"", value.replace('"', "\"\"")) } else { String::new() }
    };
    let cells: Vec<String> = dataset.submitted().map(cell).collect();
    format!("{}\n{}\n", csv_header(dataset), cells.join(","))
}

fn told(value: &str, text: &str, place: &str) {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    assert!(!text.contains(&value), "{place}: {value} in {text}");
}

fn check(dataset: &'static Dataset, field: &Field, value: &str) {
    let place = format!("{}.{}", dataset.id, field.name);
    let limits = Limits { judge_errors: false, ..Limits::default() };
    let intake = Intake::new(&REFERENCE, dataset, declared(), limits).unwrap();
    match csv_with(intake, &one_value(dataset, field, value), &NothingHeld) {
        Err(error) => told(value, &error.to_string(), &place),
        Ok(checked) => {
            for finding in checked.findings.kept() {
                told(value, &finding.value, &place);
                told(value, &finding.message, &place);
            }
            let left_out = checked.left_out.into_iter().map(|rows| rows.batch);
            let free_text = matches!(field.kind, Kind::Text) && !is_known_identifier(value);
            for batch in left_out.chain([checked.batch]).filter(|_| !free_text) {
                for field in dataset.kept().filter(|field| !matches!(field.kind, Kind::Number | Kind::Weight)) {
                    let column = batch.column(&field.name).unwrap();
                    (0..batch.rows()).for_each(|row| told(value, &show(field, column, row, &REFERENCE), &place));
                }
            }
        }
    }
}

#[test]
fn no_personal_value_leaves_from_any_field() {
    for dataset in Contract::get().datasets() {
        for field in dataset.submitted() {
            PERSONAL.iter().for_each(|value| check(dataset, field, value));
        }
    }
}

#[test]
fn no_personal_value_leaves_from_a_file_without_a_header() {
    for dataset in Contract::get().datasets() {
        for value in PERSONAL {
            let row = format!("\"{value}\",active,2017-02-03\n");
            let first = csv(&dataset.id, &row).unwrap_err();
            told(value, &first.to_string(), &dataset.id);
            // Behind known names.
            let header = format!("{},\"{value}\"\n", csv_header(dataset));
            told(value, &csv(&dataset.id, &header).unwrap_err().to_string(), &dataset.id);
        }
    }
}

#[test]
fn identifiers_in_figures_that_pass_as_numbers_are_not_repeated() {
    let header = "measure,area,period,numerator,denominator,value,status,source";
    for value in ["9434765919", "07700900123", "4111111111111111"] {
        let found = findings(csv(
            "published_figure",
            &format!("{header}\nknife-crime-offences,E09000028,2017-02,{value},,,final,x\n"),
        ));
        assert_eq!(codes(&found), [("PEEL-5014", 1, "numerator")], "{value}");
        assert!(
            found.kept().iter().all(|finding| !finding.value.contains(value) && !finding.message.contains(value))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Random names: no list of names has every name.
    #[test]
    fn no_random_name_leaves(name in "[A-Z][a-z]{5,12}( [A-Z][a-z]{3,12}|-[A-Z][a-z]{3,12})?") {
        for dataset in Contract::get().datasets() {
            for field in dataset.submitted() {
                check(dataset, field, &name);
            }
            let refused = csv(&dataset.id, &format!("{name},x\n")).unwrap_err();
            told(&name, &refused.to_string(), &dataset.id);
        }
    }
}
