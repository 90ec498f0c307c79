//! The synthetic searches have the plan's ratio.

use std::collections::BTreeSet;

use peelian_core::reference::Reference;

use super::{Options, Row, options, rows_of};
use crate::synthesise::run;

#[test]
fn minorities_are_searched_two_and_a_half_times_as_often() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { scale: 0.05, ..options(folder.path(), 12) };
    run(&options, &Reference::from_seeds().unwrap()).unwrap();
    let rows = rows_of(folder.path(), "stop_search");
    // A twentieth of 11,500 in each of twelve months.
    assert_eq!(rows.len(), 6_900);
    let persons = |holds: &dyn Fn(&str) -> bool| {
        let of = |row: &&Row| row["search_type"] != "vehicle" && holds(&row["self_defined_eth"]);
        f64::from(u32::try_from(rows.iter().filter(of).count()).unwrap())
    };
    let white = persons(&|code| code.starts_with('w'));
    let minority = persons(&|code| !code.starts_with('w') && code != "ns");
    // Residents in the Census of 2011: 40.2% and 59.8%.
    let ratio = (minority / 40.2) / (white / 59.8);
    assert!((ratio - 2.5).abs() < 0.05, "{ratio}");
    let values = |field: &str| -> BTreeSet<&str> { rows.iter().map(|row| row[field].as_str()).collect() };
    assert_eq!(values("search_type"), ["person", "person_and_vehicle", "vehicle"].into());
    assert_eq!(values("outcome_linked"), ["no", "yes"].into());
    assert!(values("self_defined_eth").contains("ns") && values("officer_eth").len() == 6);
    let vehicle = |row: &&Row| row["search_type"] == "vehicle";
    assert!(rows.iter().filter(vehicle).all(|row| row["sex"].is_empty() && row["officer_eth"].is_empty()));
}
