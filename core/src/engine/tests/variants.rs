//! Variants that count other rows or other subjects than their measure.

use super::*;

const CRIMES: &str = "crime_ref,incident_ref,recorded_at,committed_from,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da,knife_use,knife_selected,gun_use,weapon_class";
const LEWISHAM: &str = "E09000023";

/// Rapes of a child and of an adult, a report that was no crime, two knife injuries of one person, and a robbery with a gun.
fn engine() -> Engine {
    let crimes = format!(
        "{CRIMES}
        a,,2017-02-01,2017-01-31,active,19C,rape,yes,{SOUTHWARK},no,none,no,none,
        b,,2017-02-02,2017-02-01,active,19C,rape,yes,{SOUTHWARK},no,none,no,none,
        c,,2017-02-03,2017-02-03,active,N100,rape,yes,{SOUTHWARK},no,none,no,none,
        d,,2017-02-04,2017-02-04,active,8N,violence_with_injury,yes,{SOUTHWARK},no,injured,yes,none,
        e,,2017-02-05,2017-02-05,active,8N,violence_with_injury,yes,{SOUTHWARK},no,injured,yes,none,
        f,,2017-02-06,2017-02-06,active,34B,robbery_personal,yes,{SOUTHWARK},no,none,yes,threatened,handgun"
    );
    let victims = format!(
        "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,age,residence_borough
        a,1,person,V1,k1,none,17,{LEWISHAM}
        b,1,person,V2,k1,none,18,{LEWISHAM}
        c,1,person,V3,k1,none,30,{LEWISHAM}
        d,1,person,V4,k1,serious,16,{SOUTHWARK}
        e,1,person,V4,k1,minor,16,{SOUTHWARK}
        f,1,person,V5,k1,none,40,{SOUTHWARK}"
    );
    let window = "2016-03-01..2017-02-28";
    Ledger::default().submit("mps", "crime", window, &crimes).submit("mps", "crime_victim", window, &victims).engine()
}

#[test]
fn variants_count_what_their_labels_say() {
    let engine = engine();
    let value = |measure: &str, area: &str| computed(&engine, measure, area, "R12-2017-02");
    for (measure, area, expected) in [
        ("sexual-violence-reports", SOUTHWARK, 2.0),
        ("sexual-violence-reports.rape-not-recorded", SOUTHWARK, 1.0),
        ("sexual-violence-reports.children", SOUTHWARK, 1.0),
        ("sexual-violence-reports.adults", SOUTHWARK, 1.0),
        ("knife-injury-victims-under-25", SOUTHWARK, 2.0),
        ("knife-injury-victims-under-25.distinct", SOUTHWARK, 1.0),
        ("gun-crime-offences", SOUTHWARK, 1.0),
    ] {
        assert_eq!(value(measure, area).result, Ok(expected), "{measure}");
    }
    let rate = |measure: &str, area: &str| value(measure, area).numerator;
    assert_eq!(rate("sexual-violence-reports.rate", SOUTHWARK), Some(2.0));
    assert_eq!(rate("gun-crime-offences.rate", SOUTHWARK), Some(1.0));
    // V1 and V4 are under 18. V1 lives in Lewisham.
    assert_eq!(rate("young-victim-rate", SOUTHWARK), Some(2.0));
    assert_eq!(rate("young-victim-rate.residence", SOUTHWARK), Some(1.0));
    assert_eq!(rate("young-victim-rate.residence", LEWISHAM), Some(1.0));
}
