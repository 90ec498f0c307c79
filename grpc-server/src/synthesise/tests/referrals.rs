//! The synthetic referrals and entrants tell the variants of their measures apart.

use std::collections::BTreeSet;

use peelian_core::reference::Reference;

use super::{Options, Row, options, rows_of};
use crate::synthesise::run;

#[test]
fn referrals_of_every_kind_occur() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { scale: 0.1, ..options(folder.path(), 36) };
    run(&options, &Reference::from_seeds().unwrap()).unwrap();
    let rows = rows_of(folder.path(), "nrm_referral");
    let count = |holds: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| holds(row)).count();
    let by_force = |row: &Row| row["first_responder"] == "mps" && row["duty_to_notify"] == "false";
    let of_year = |year: &str| count(&|row| by_force(row) && row["received_date"].starts_with(year));
    // A tenth of 278 and of 1,001, rounded.
    assert_eq!((of_year("2015"), of_year("2016")), (28, 100));
    for (what, number) in [
        ("duty to notify", count(&|row| row["duty_to_notify"] == "true")),
        ("from outside London", count(&|row| row["responder_in_london"] == "false")),
        ("exploited in London", count(&|row| row["location"] == "uk_london" && !by_force(row))),
        ("exploited overseas", count(&|row| row["location"] == "overseas" && by_force(row))),
        (
            "negative on reasonable grounds",
            count(&|row| row["rg_result"] == "negative" && row["cg_result"].is_empty()),
        ),
        ("negative conclusion", count(&|row| row["cg_result"] == "negative")),
        ("positive conclusion", count(&|row| row["cg_result"] == "positive")),
        ("undecided", count(&|row| row["rg_result"] == "positive" && row["cg_result"] == "pending")),
        ("two types", count(&|row| row["exploitation"].contains(';'))),
        ("county lines", count(&|row| row["county_lines"] == "yes")),
    ] {
        assert!(number > 0, "{what}");
    }
}

#[test]
fn no_return_of_referrals_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { scale: 0.001, ..options(folder.path(), 3) };
    run(&options, &Reference::from_seeds().unwrap()).unwrap();
    // A thousandth of 1,600 referrals is less than one in a quarter.
    assert_eq!(rows_of(folder.path(), "nrm_referral").len(), 1);
}

#[test]
fn entrants_are_in_one_quarter_and_teams_have_fewer() {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), 36), &Reference::from_seeds().unwrap()).unwrap();
    let rows = rows_of(folder.path(), "youth_fte");
    let people = |source: &str| -> Vec<&str> {
        let of = rows.iter().filter(|row| row["source"] == source);
        of.map(|row| row["young_person_pid"].as_str()).collect()
    };
    let (computer, teams) = (people("pnc"), people("yot"));
    // A hundredth of 830 in each of twelve quarters.
    assert_eq!(computer.len(), 99);
    let known: BTreeSet<&str> = computer.iter().copied().collect();
    assert_eq!(known.len(), computer.len(), "nobody enters twice");
    assert!(!teams.is_empty() && teams.len() < computer.len() && teams.iter().all(|team| known.contains(team)));
}
