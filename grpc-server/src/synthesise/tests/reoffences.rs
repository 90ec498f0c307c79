//! The synthetic offenders tell apart what counts as reoffending.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use peelian_core::period::{days_of_date, months_later};
use peelian_core::reference::Reference;

use super::{Row, options, rows_of};
use crate::synthesise::run;

fn day(text: &str) -> i32 {
    days_of_date(text.parse().unwrap())
}

#[test]
fn reoffences_of_every_kind_occur() {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), 36), &Reference::from_seeds().unwrap()).unwrap();
    let key = |row: &Row| (row["offender_pid"].clone(), row["cohort_quarter"].clone());
    let offenders: HashMap<_, Row> =
        rows_of(folder.path(), "probation_cohort").into_iter().map(|row| (key(&row), row)).collect();
    let reoffences = rows_of(folder.path(), "proven_reoffence");
    let occurs = |what: &str, holds: &dyn Fn(&Row, i32) -> bool| {
        let found = reoffences.iter().filter(|row| holds(row, day(&offenders[&key(row)]["index_date"]))).count();
        assert!(found > 0, "{what}");
    };
    let offence = |row: &Row| day(&row["offence_date"]);
    let proof = |row: &Row| day(&row["proof_date"]);
    let (year, wait) = (|index| months_later(index, 12), |index| months_later(index, 18));
    occurs("last day", &|row, index| offence(row) == year(index) && proof(row) <= wait(index));
    occurs("a day late", &|row, index| offence(row) == year(index) + 1);
    occurs("proved in the year", &|row, index| proof(row) <= year(index));
    occurs("proved in the half year after it", &|row, index| {
        offence(row) <= year(index) && (year(index) + 1..=wait(index)).contains(&proof(row))
    });
    occurs("proved on the last day", &|row, index| proof(row) == wait(index));
    occurs("proved a day late", &|row, index| offence(row) <= year(index) && proof(row) == wait(index) + 1);
    occurs("proved later", &|row, index| offence(row) <= year(index) && proof(row) > wait(index) + 1);
    occurs("breach", &|row, _| row["breach"] == "true");
    occurs("not recordable", &|row, _| row["recordable"] == "false");
    occurs("abroad", &|row, _| row["in_england_wales"] == "false");
    occurs("caution", &|row, _| row["proof_type"] == "caution");
    occurs("second of a day", &|row, _| row["offence_seq"] == "2");
    occurs("another class", &|row, _| row["offence_class"] != offenders[&key(row)]["index_offence_class"]);

    let mut counts = BTreeMap::<_, usize>::new();
    for row in &reoffences {
        *counts.entry(key(row)).or_default() += 1;
        assert!(offence(row) > day(&offenders[&key(row)]["index_date"]));
    }
    let counts: BTreeSet<usize> = counts.into_values().collect();
    assert!([1, 2, 3, 5].iter().all(|count| counts.contains(count)) && counts.iter().any(|count| *count >= 8));
}

#[test]
fn offenders_of_every_kind_occur() {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), 36), &Reference::from_seeds().unwrap()).unwrap();
    let offenders = rows_of(folder.path(), "probation_cohort");
    let values = |field: &str| -> BTreeSet<&str> {
        offenders.iter().flat_map(|row| row[field].split(';')).filter(|value| !value.is_empty()).collect()
    };
    assert_eq!(values("cohort_tags").len(), 9);
    assert_eq!(values("index_event").len(), 7);
    assert_eq!(values("provider").len(), 4);
    assert_eq!(values("lost_to_followup"), ["deported", "died", "none"].into());
    assert_eq!(values("pnc_matched"), ["false", "true"].into());
    assert!(offenders.iter().any(|row| row["borough"].is_empty()));
    assert!(values("offender_pid").len() < offenders.len(), "somebody is in several cohorts");
    let followed: BTreeSet<&str> = offenders
        .iter()
        .filter(|row| row["pnc_matched"] == "true" && row["lost_to_followup"] == "none")
        .map(|row| row["offender_pid"].as_str())
        .collect();
    let reoffences = rows_of(folder.path(), "proven_reoffence");
    assert!(reoffences.iter().all(|row| followed.contains(row["offender_pid"].as_str())));
}
