//! The fixtures of the measures' definitions, through the whole engine.

use super::*;
use crate::engine::snapshot::Lost;
use crate::engine::{ComponentKind, MissingReason};

/// Crimes: reference, incident, day recorded, flags.
struct Crime(&'static str, &'static str, &'static str, &'static str);

fn crimes(rows: &[Crime], extra: &str, values: &str) -> String {
    let mut csv = format!(
        "crime_ref,incident_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,{extra}"
    );
    for Crime(reference, incident, day, group) in rows {
        csv += &format!("\n{reference},{incident},{day},active,8N,{group},yes,{SOUTHWARK},{values}");
    }
    csv
}

fn victims(rows: &[(&str, &str)]) -> String {
    let mut csv = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,sex".to_owned();
    for (crime, person) in rows {
        let key = if person.is_empty() { "" } else { "k1" };
        csv += &format!("\n{crime},1,person,{person},{key},none,female");
    }
    csv
}

/// The worked example of repeat victimisation, February 2017: five victims, six crimes.
const WORKED: [(&str, &str, &str); 9] = [
    ("a1", "V1", "2016-05-10"),
    ("a2", "V1", "2017-02-03"),
    ("b1", "V2", "2017-02-05"),
    ("b2", "V2", "2017-02-20"),
    ("c1", "V3", "2016-01-31"),
    ("c2", "V3", "2017-02-28"),
    ("d1", "V4", "2017-02-14"),
    ("e1", "V5", "2016-02-01"),
    ("e2", "V5", "2017-02-01"),
];

fn worked(extra: &str, values: &str) -> Ledger {
    worked_with(extra, values, &worked_victims())
}

fn worked_with(extra: &str, values: &str, victims: &str) -> Ledger {
    let rows: Vec<Crime> =
        WORKED.iter().map(|(reference, _, day)| Crime(reference, "", day, "violence_with_injury")).collect();
    let window = "2016-01-01..2017-02-28";
    let ledger = Ledger::default().submit("mps", "crime", window, &crimes(&rows, extra, values));
    ledger.submit("mps", "crime_victim", window, victims)
}

fn worked_victims() -> String {
    let people: Vec<(&str, &str)> = WORKED.iter().map(|(reference, person, _)| (*reference, *person)).collect();
    victims(&people)
}

#[test]
fn fixture_repeat_victimisation_in_every_variant() {
    let engine = worked("flag_da", "no").engine();
    for (variant, period, expected) in [
        ("victims-prior-12m", "2017-02", (2.0, 5.0)),
        ("victims-rolling", "2017-02", (3.0, 5.0)),
        ("victims-rolling-365-days", "2017-02", (2.0, 5.0)),
        ("offences-prior-12m", "2017-02", (3.0, 6.0)),
        ("victims-r12-2plus", "R12-2017-02", (2.0, 5.0)),
        ("same-type", "2017-02", (2.0, 5.0)),
        ("exclude-non-recent", "2017-02", (2.0, 5.0)),
    ] {
        for area in [SOUTHWARK, MPS] {
            let found = computed(&engine, &format!("repeat-victim-share.{variant}"), area, period);
            assert_eq!(found.result.map(|_| parts(&found)), Ok(expected), "{variant} {area}");
            assert_eq!(found.interval.unwrap().method.id(), "wilson");
        }
    }
    let default = computed(&engine, "repeat-victim-share", MPS, "2017-02");
    assert_eq!(&*default.measure, "repeat-victim-share.victims-prior-12m");
    // Five victims in a month are 60 in a year, among all residents.
    let residents = CORE.reference.areas.population(CORE.reference.areas.by_code(MPS).unwrap(), 2017).unwrap();
    let [expected] = default.components.as_slice() else { panic!("one component") };
    assert_eq!((expected.kind, expected.code.as_str()), (ComponentKind::Expected, "expected_if_random"));
    let chance = 1.0 - (-60.0 / f64::from(residents)).exp();
    assert!((expected.value.unwrap() - chance).abs() < 1e-15, "{expected:?}");
}

#[test]
fn fixture_repeat_victimisation_flag_to_flag() {
    let engine = worked("flag_da,knife_use,knife_selected,flag_hate", "yes,injured,yes,race").engine();
    let offences = computed(&engine, "domestic-abuse-repeat-victimisation.offences-prior-12m", MPS, "2017-02");
    assert_eq!(parts(&offences), (3.0, 6.0));
    for (measure, expected) in [
        ("domestic-abuse-repeat-victimisation.victims-prior-12m", (2.0, 5.0)),
        ("hate-crime-repeat-victimisation.flag-to-flag", (2.0, 5.0)),
        ("hate-crime-repeat-victimisation.flag-to-any", (2.0, 5.0)),
    ] {
        assert_eq!(parts(&computed(&engine, measure, MPS, "2017-02")), expected, "{measure}");
    }
}

#[test]
fn the_scope_of_the_earlier_crime_is_part_of_the_measure() {
    let header = "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da";
    let crimes = format!(
        "{header}
        a,2016-06-01,active,8N,violence_with_injury,yes,{SOUTHWARK},no
        b,2017-02-02,active,8N,violence_with_injury,yes,{SOUTHWARK},yes"
    );
    let engine = Ledger::default()
        .submit("mps", "crime", "2016-01-01..2017-02-28", &crimes)
        .submit("mps", "crime_victim", "2016-01-01..2017-02-28", &victims(&[("a", "V1"), ("b", "V1")]))
        .engine();
    for (variant, expected) in [("offences-prior-12m", (0.0, 1.0)), ("offences-prior-12m-flag-to-any", (1.0, 1.0))] {
        let found = computed(&engine, &format!("domestic-abuse-repeat-victimisation.{variant}"), MPS, "2017-02");
        assert_eq!(parts(&found), expected, "{variant}");
    }
}

#[test]
fn strands_in_common_are_members_of_both_sets() {
    let header = "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_hate";
    let crimes = format!(
        "{header}
        a,2016-06-01,active,8N,violence_with_injury,yes,{SOUTHWARK},race|disability
        b,2017-02-02,active,8N,violence_with_injury,yes,{SOUTHWARK},religion|race
        c,2016-06-01,active,8N,violence_with_injury,yes,{SOUTHWARK},disability
        d,2017-02-02,active,8N,violence_with_injury,yes,{SOUTHWARK},race"
    );
    let victims = victims(&[("a", "V1"), ("b", "V1"), ("c", "V2"), ("d", "V2")]);
    let engine = Ledger::default()
        .submit("mps", "crime", "2016-01-01..2017-02-28", &crimes)
        .submit("mps", "crime_victim", "2016-01-01..2017-02-28", &victims)
        .engine();
    for (variant, expected) in [("same-strand", (1.0, 2.0)), ("flag-to-flag", (2.0, 2.0))] {
        let found = computed(&engine, &format!("hate-crime-repeat-victimisation.{variant}"), MPS, "2017-02");
        assert_eq!(parts(&found), expected, "{variant}");
    }
}

#[test]
fn crimes_of_one_report_are_no_repeat() {
    let rows = [Crime("a", "i1", "2016-06-01", "rape"), Crime("b", "i1", "2017-02-02", "rape")];
    let ledger = |rows: &[Crime]| {
        Ledger::default().submit("mps", "crime", "2016-01-01..2017-02-28", &crimes(rows, "flag_da", "no")).submit(
            "mps",
            "crime_victim",
            "2016-01-01..2017-02-28",
            &victims(&[("a", "V1"), ("b", "V1")]),
        )
    };
    let found = computed(&ledger(&rows).engine(), "repeat-victim-share", MPS, "2017-02");
    assert_eq!(parts(&found), (0.0, 1.0));
    let rows = [Crime("a", "i1", "2016-06-01", "rape"), Crime("b", "i2", "2017-02-02", "rape")];
    let found = computed(&ledger(&rows).engine(), "repeat-victim-share", MPS, "2017-02");
    assert_eq!(parts(&found), (1.0, 1.0));
}

#[test]
fn the_look_back_must_be_complete() {
    let ledger = worked("flag_da", "no");
    let mut short = ledger.clone();
    for window in &mut short.0.coverage {
        window.first = "2016-03-01".parse().unwrap();
    }
    let found = computed(&short.engine(), "repeat-victim-share", MPS, "2017-02");
    assert_eq!(found.result, Err(MissingReason::IncompleteLookback));
    // The look-back of this measure lies within the 12 months.
    let found = computed(&short.engine(), "repeat-victim-share.victims-r12-2plus", MPS, "R12-2017-02");
    assert_eq!(parts(&found), (2.0, 5.0));
    let found = computed(&ledger.engine(), "repeat-victim-share", MPS, "R12-2017-03");
    assert_eq!(found.result, Err(MissingReason::NotSubmitted));
    assert_eq!((found.completeness.expected, found.completeness.received), (12, 11));
}

#[test]
fn a_report_that_is_lost_is_missing_wherever_it_counts() {
    let lose = |dataset: &'static str, agency: &str, month: &str| {
        let mut ledger = worked("flag_da", "no");
        let (first, last) = (format!("{month}-01"), format!("{month}-28"));
        ledger.0.lost.push(Lost {
            name: "agencies/a/submissions/1".into(),
            agency: agency.into(),
            dataset,
            collection: "".into(),
            first: first.parse().unwrap(),
            last: last.parse().unwrap(),
        });
        ledger.engine()
    };
    let share = |engine: &Engine| computed(engine, "repeat-victim-share", MPS, "2017-02");
    // An earlier crime of the look-back, or its victim, can be in the report of any agency.
    for (dataset, agency) in [("crime", "mps"), ("crime_victim", "mps"), ("crime", "city-of-london-police")] {
        let found = share(&lose(dataset, agency, "2016-05"));
        assert_eq!(found.result, Err(MissingReason::NotSubmitted), "{dataset}");
        assert!(found.completeness.received < found.completeness.expected);
        assert!(found.caveats.last().unwrap().contains("agencies/a/submissions/1"), "{:?}", found.caveats);
    }
    // Before the look-back, and in a dataset that the measure does not read, nothing is missing.
    let whole = share(&worked("flag_da", "no").engine()).result;
    assert_eq!(share(&lose("crime_victim", "mps", "2015-05")).result, whole);
    assert_eq!(share(&lose("court_case", "mps", "2017-02")).result, whole);
    // A force reports on its own area.
    let count = |agency| computed(&lose("crime", agency, "2017-02"), "recorded-crime-volume", MPS, "2017-02").result;
    assert_eq!(count("mps"), Err(MissingReason::NotSubmitted));
    assert!(count("city-of-london-police").is_ok());
}

/// The worked example. The pseudonyms of some days are made with another key.
fn rekeyed(key_on: impl Fn(&str) -> Option<&'static str>) -> Ledger {
    let victims = worked_victims();
    let (header, rows) = victims.split_once('\n').unwrap();
    let rows = rows.lines().zip(WORKED).map(|(row, (_, _, day))| match key_on(day) {
        Some(key) => row.replace(",k1,", &format!(",{key},")),
        None => row.to_owned(),
    });
    worked_with("flag_da", "no", &format!("{header}\n{}", rows.collect::<Vec<_>>().join("\n")))
}

#[test]
fn pseudonyms_of_different_keys_are_not_mixed() {
    let after = |day: &str| (day >= "2017-02-01").then_some("k2");
    let engine = rekeyed(after).engine();
    let found = computed(&engine, "repeat-victim-share", MPS, "2017-02");
    assert_eq!(found.result, Err(MissingReason::MixedLinkageKeys));
    assert_eq!(found.marker, "[x]");
    let why = "No value is given: the pseudonyms of 2016-02 to 2017-02, the months that it links, were made with 2 \
        different keys (linkage_key_id), and a person has another pseudonym under each.";
    assert!(found.caveats.iter().any(|caveat| **caveat == *why), "{:?}", found.caveats);
    // A window without the change of key has a value: January 2017 links the months from January 2016 on, and all have
    // one key.
    let found = computed(&engine, "repeat-victim-share", MPS, "2017-01");
    assert_eq!(found.result, Err(MissingReason::ZeroDenominator), "no victim that month, but no mixed keys");
    let found = computed(&engine, "repeat-victim-share.victims-r12-2plus", MPS, "R12-2017-02");
    assert_eq!(found.result, Err(MissingReason::MixedLinkageKeys));
    assert!(found.caveats.iter().any(|caveat| caveat.contains("2016-03 to 2017-02")), "{:?}", found.caveats);
}

#[test]
fn a_change_of_key_outside_the_window_does_no_harm() {
    // January 2016 lies before the look-back of February 2017.
    let engine = rekeyed(|day| (day < "2016-02-01").then_some("k0")).engine();
    let found = computed(&engine, "repeat-victim-share", MPS, "2017-02");
    assert_eq!(parts(&found), (2.0, 5.0));
    assert!(!found.caveats.iter().any(|caveat| caveat.contains("linkage_key_id")), "{:?}", found.caveats);
}

#[test]
fn a_key_that_is_not_named_is_one_key_among_others() {
    let found = computed(&rekeyed(|_| Some("")).engine(), "repeat-victim-share", MPS, "2017-02");
    assert_eq!(parts(&found), (2.0, 5.0), "all made with one unknown key");
    let engine = rekeyed(|day| (day < "2016-06-01").then_some("")).engine();
    let found = computed(&engine, "repeat-victim-share", MPS, "2017-02");
    assert_eq!(found.result, Err(MissingReason::MixedLinkageKeys));
    let unnamed = "were made with 2 different keys (linkage_key_id), one of them not named";
    assert!(found.caveats.iter().any(|caveat| caveat.contains(unnamed)), "{:?}", found.caveats);
}

#[test]
fn keys_meet_across_london() {
    // The victim is in the records of another force. A victim there could also be a victim here.
    let city = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury\nx1,1,person,V9,k2,none";
    let crime = crimes(&[Crime("x1", "", "2016-05-02", "violence_with_injury")], "flag_da", "no");
    let crime = crime.replace(SOUTHWARK, "E09000001");
    let window = "2016-01-01..2017-02-28";
    let ledger = worked("flag_da", "no").submit("colp", "crime", window, &crime);
    let engine = ledger.submit("colp", "crime_victim", window, city).engine();
    let found = computed(&engine, "repeat-victim-share", SOUTHWARK, "2017-02");
    assert_eq!(found.result, Err(MissingReason::MixedLinkageKeys));
}

#[test]
fn victims_who_cannot_be_linked_are_left_out_and_reported() {
    let more = "crime_ref,victim_seq,victim_type,victim_pid,unlinkable_reason,injury
        a2,2,person,,anonymous,none
        zz,1,person,V8,,none";
    let ledger = worked("flag_da", "no").submit("mps", "crime_victim", "2017-02-01..2017-02-28", more);
    let found = computed(&ledger.engine(), "repeat-victim-share", MPS, "2017-02");
    assert_eq!(parts(&found), (2.0, 5.0));
    assert!((found.completeness.records_missing_share.unwrap() - 1.0 / 7.0).abs() < 1e-12);
    assert!(found.caveats.iter().any(|caveat| caveat.contains("one victim in ten")));
    assert!(found.caveats.iter().any(|caveat| caveat.contains("was not submitted")), "the victim without a crime");
}

#[test]
fn a_rolling_year_pools_its_months() {
    let engine = worked("flag_da", "no").submit(
        "mps",
        "crime",
        "2015-01-01..2015-12-31",
        "crime_ref,recorded_at,record_status,ho_class,victim_based,offence_borough",
    );
    let engine = engine.submit("mps", "crime_victim", "2015-01-01..2015-12-31", "crime_ref,victim_seq").engine();
    let found = computed(&engine, "repeat-victim-share", MPS, "R12-2017-02");
    // May 2016: V1, not a repeat. February 2017: 2 of 5.
    assert_eq!(parts(&found), (2.0, 6.0));
}

#[test]
fn the_hate_total_is_not_the_sum_of_its_strands() {
    let header =
        "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da,flag_hate";
    let mut csv = header.to_owned();
    for (n, strands) in
        ["race", "race|religion", "race|disability|transgender", "", "sexual_orientation"].iter().enumerate()
    {
        csv += &format!("\nh{n},2017-02-0{},active,8N,violence_with_injury,yes,{SOUTHWARK},no,{strands}", n + 1);
    }
    let engine = Ledger::default().submit("mps", "crime", "2017-02-01..2017-02-28", &csv).engine();
    let total = computed(&engine, "hate-crime-reports", MPS, "2017-02");
    assert_eq!(total.result, Ok(4.0));
    let strands = Query {
        breakdown: vec!["hate_strand".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("hate-crime-reports", MPS, "2017-02")
    };
    let found = engine.query(&strands).unwrap();
    let sum: f64 = found.iter().map(|found| found.result.unwrap()).sum();
    // Five strands and two codes within them.
    assert_eq!((found.len(), sum.to_bits()), (7, 7.0_f64.to_bits()));
    let race = found.iter().find(|found| found.breakdown[0].code == "race").unwrap();
    assert_eq!(race.result, Ok(3.0));
}
