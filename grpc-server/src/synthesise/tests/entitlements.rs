//! The synthetic entitlements of victims tell apart what counts as delivered on time.

use std::collections::BTreeSet;

use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;

use super::{Row, options, rows_of};
use crate::synthesise::run;

#[test]
fn entitlements_of_every_kind_occur() {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), 36), &Reference::from_seeds().unwrap()).unwrap();
    let rows = rows_of(folder.path(), "victims_code_event");
    let values = |field: &str| -> BTreeSet<&str> { rows.iter().map(|row| row[field].as_str()).collect() };
    assert_eq!(values("status"), ["declined_contact", "delivered", "missed", "not_due"].into());
    assert_eq!(values("service_provider"), ["police", "probation_vlo", "wcu"].into());
    assert_eq!(values("code_version"), ["2013", "2015"].into());
    // Appeals have none.
    assert_eq!(values("entitlement").len(), 18);
    let occurs = |what: &str, holds: &dyn Fn(&Row) -> bool| {
        assert!(rows.iter().any(holds), "{what}");
    };
    // Dates in this form are in the order of their text.
    occurs("on the last day", &|row| row["delivered_date"] == row["due_date"]);
    occurs("late", &|row| row["delivered_date"] > row["due_date"]);
    // One working day is three days from a Friday.
    let day = |row: &Row, field: &str| days_of_date(row[field].parse().unwrap());
    occurs("enhanced service over a weekend", &|row| {
        let update = row["enhanced"] == "true" && row["entitlement"] == "update_arrest";
        update && day(row, "due_date") - day(row, "trigger_date") == 3
    });
    assert!(rows.iter().all(|row| row["due_date"].as_str() <= "2017-12-31" && row["crime_ref"].starts_with('S')));
}
