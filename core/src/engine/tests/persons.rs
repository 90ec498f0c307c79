//! Different persons, relative rates, and the crimes that are high-harm.

use super::*;
use crate::engine::MissingReason;

const CRIMES: &str = "crime_ref,incident_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da,flag_cse,flag_fgm,knife_use,knife_selected,gun_use";

/// Eight crimes of February 2017 and one of March 2016.
fn ledger() -> Ledger {
    let crimes = format!(
        "{CRIMES}
        a,,2017-02-01,active,8N,violence_with_injury,yes,{SOUTHWARK},yes,no,no,injured,yes,none
        b,,2017-02-02,active,8N,violence_with_injury,yes,{SOUTHWARK},no,yes,no,none,yes,none
        c,,2017-02-03,active,8N,violence_with_injury,yes,{SOUTHWARK},no,yes,no,none,yes,none
        d,,2017-02-04,active,19C,rape,yes,{SOUTHWARK},yes,no,no,none,no,none
        e,,2017-02-05,active,46,shoplifting,yes,{SOUTHWARK},no,no,no,none,no,none
        f,,2017-02-06,cancelled,8N,violence_with_injury,yes,{SOUTHWARK},yes,yes,yes,none,yes,none
        g,,2017-02-07,active,8N,violence_with_injury,yes,{SOUTHWARK},no,no,yes,none,yes,none
        h,,2016-03-01,active,8N,violence_with_injury,yes,{SOUTHWARK},no,yes,no,none,yes,none"
    );
    let victims = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,age
        a,1,person,V1,k1,minor,17
        b,1,person,V2,k1,none,12
        c,1,person,V2,k1,none,12
        d,1,person,V3,k1,none,18
        e,1,organisation,,,none,
        f,1,person,V4,k1,none,10
        g,1,person,,k1,none,11
        h,1,person,V5,k1,none,16";
    let window = "2016-03-01..2017-02-28";
    Ledger::default().submit("mps", "crime", window, &crimes).submit("mps", "crime_victim", window, victims)
}

#[test]
fn a_young_person_counts_once_however_many_crimes_there_were() {
    let engine = ledger().engine();
    let value = |measure: &str| computed(&engine, measure, SOUTHWARK, "R12-2017-02");
    // V1, V2 and V5. V3 is of age, V4's crime is cancelled, and one victim has no pseudonym.
    assert_eq!(value("young-victim-rate.persons").result, Ok(3.0));
    // V2 counts twice, and the victim without a pseudonym counts.
    assert_eq!(value("young-victim-rate.offences").result, Ok(5.0));
    let rate = value("young-victim-rate");
    let residents = rate.denominator.unwrap();
    assert!((rate.result.unwrap() - 3_000.0 / residents).abs() < 1e-12 && residents > 50_000.0);
    assert!(rate.caveats.iter().any(|caveat| caveat.contains("2020")), "residents by age are those of 2020");
    assert!((rate.completeness.records_missing_share.unwrap() - 0.2).abs() < 1e-12, "one of five");
    assert_eq!(value("cse-reports.children").result, Ok(2.0), "V2 and V5");
    assert_eq!(value("cse-reports.rate").numerator, Some(3.0));
    let month = computed(&engine, "young-victim-rate.persons", SOUTHWARK, "2017-02");
    assert_eq!(month.result, Err(MissingReason::NotApplicable), "persons of months do not add up");
    // Nobody of 75 years is a young victim: a 0 for that age would be no count.
    let by_age =
        Query { breakdown: vec!["age_band".to_owned()], ..ask("young-victim-rate.offences", SOUTHWARK, "2017-02") };
    let found = engine.query(&by_age).unwrap();
    assert_eq!(
        found.iter().map(|found| found.breakdown[0].code.as_str()).collect::<Vec<_>>(),
        ["0-9", "10-14", "15-17"]
    );
}

/// Two victims of one discharge are two crimes and one incident. A crime without a report is an incident of its own, and the report
/// of another crime may have its reference.
#[test]
fn crimes_of_one_report_are_one_incident() {
    let crimes = format!(
        "crime_ref,incident_ref,recorded_at,record_status,ho_class,offence_borough,shots_fired,weapon_class
        a,r1,2017-02-01,active,8N,{SOUTHWARK},yes,handgun
        b,r1,2017-02-01,active,8N,{SOUTHWARK},yes,handgun
        c,,2017-02-02,active,8N,{SOUTHWARK},yes,shotgun
        d,,2017-02-02,active,8N,{SOUTHWARK},yes,shotgun
        e,c,2017-03-04,active,8N,{SOUTHWARK},yes,rifle
        f,r1,2017-03-05,active,8N,E09000022,yes,handgun
        g,r2,2017-03-06,active,8N,{SOUTHWARK},yes,air_weapon
        h,r3,2017-03-07,cancelled,8N,{SOUTHWARK},yes,handgun
        i,r4,2016-02-29,active,8N,{SOUTHWARK},yes,handgun"
    );
    let engine = Ledger::default().submit("mps", "crime", "2016-01-01..2017-12-31", &crimes).engine();
    let found = |measure: &str, area: &str| computed(&engine, measure, area, "CY2017").result;
    assert_eq!(found("gun-lethal-discharges", SOUTHWARK), Ok(5.0));
    assert_eq!(found("gun-lethal-discharges.incidents", SOUTHWARK), Ok(4.0), "r1, c, d, and the report c");
    assert_eq!(found("gun-lethal-discharges.incidents", "E09000022"), Ok(1.0));
    assert_eq!(found("gun-lethal-discharges.incidents", MPS), Ok(4.0), "r1 is in two boroughs");
    let month = computed(&engine, "gun-lethal-discharges.incidents", MPS, "2017-02");
    assert_eq!(month.result, Err(MissingReason::NotApplicable), "incidents of months do not add up");
}

/// Central North, which is Camden and Islington, began in January 2017. A period that ends later has all its months from these
/// boroughs, for crimes, for persons and for residents alike.
#[test]
fn a_command_unit_has_the_months_before_it_began() {
    let crimes = "crime_ref,recorded_at,record_status,ho_class,victim_based,offence_borough
        a,2016-05-01,active,8N,yes,E09000007
        b,2016-12-31,active,8N,yes,E09000019
        c,2017-02-01,active,8N,yes,E09000007";
    let victims = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,age
        a,1,person,V1,k1,17
        b,1,person,V2,k1,12
        c,1,person,V2,k1,12";
    let window = "2015-04-01..2017-03-31";
    let engine = Ledger::default()
        .submit("mps", "crime", window, crimes)
        .submit("mps", "crime_victim", window, victims)
        .engine();
    let found = |measure: &str, period: &str| computed(&engine, measure, "CN", period);
    assert_eq!(found("recorded-crime-volume", "2016/17").result, Ok(3.0));
    assert_eq!(found("young-victim-rate.offences", "2016/17").result, Ok(3.0));
    assert_eq!(found("young-victim-rate.persons", "2016/17").result, Ok(2.0));
    assert_eq!(parts(&found("repeat-victim-share", "R12-2017-03")), (1.0, 3.0));
    let rate = found("recorded-crime-volume.rate", "2016/17");
    let residents = |borough| {
        let areas = &CORE.reference.areas;
        areas.population(areas.by_code(borough).unwrap(), 2016).unwrap()
    };
    assert_eq!(rate.denominator, Some(f64::from(residents("E09000007") + residents("E09000019"))));
    let told = "Central North began on 2017-01-01: the months before are those of its boroughs.";
    assert!(rate.caveats.iter().any(|caveat| &**caveat == told), "{:?}", rate.caveats);
    // At the end of 2016 there was no such unit.
    assert_eq!(found("young-victim-rate.persons", "CY2016").result, Err(MissingReason::NotApplicable));
    let later = found("recorded-crime-volume", "2017-02");
    assert_eq!((later.result, later.caveats.iter().any(|caveat| caveat.contains("began"))), (Ok(1.0), false));
}

#[test]
fn a_crime_of_several_high_harm_kinds_counts_once() {
    let engine = ledger().engine();
    let count = |measure: &str| computed(&engine, measure, SOUTHWARK, "2017-02").result;
    for (measure, expected) in [
        ("high-harm-volume", 4.0),
        ("high-harm-volume.domestic-abuse", 2.0),
        ("high-harm-volume.child-sexual-exploitation", 2.0),
        ("high-harm-volume.weapon-crime", 1.0),
        ("high-harm-volume.sexual-violence", 1.0),
        ("high-harm-volume.hate-crime", 0.0),
    ] {
        assert_eq!(count(measure), Ok(expected), "{measure}");
    }
    assert_eq!(computed(&engine, "cse-reports", MPS, "2017-02").result, Ok(2.0));
    let practices = computed(&engine, "harmful-practices-reports.fgm", MPS, "R12-2017-02");
    assert_eq!(practices.result, Ok(1.0), "the other crime is cancelled");
}

#[test]
fn a_relative_rate_is_over_those_who_were_eligible() {
    let mut rows =
        "cps_case_ref,defendant_seq,cps_area,outcome,finalised_date,defendant_sex,defendant_eth5,defendant_eth_basis"
            .to_owned();
    let mut case = 0;
    let mut add_observed = |number: usize, group: &str, outcome: &str, basis: &str| {
        for _ in 0..number {
            case += 1;
            rows += &format!("\nc{case},1,CPS-LONDON-NORTH,{outcome},2017-02-10,female,{group},{basis}");
        }
    };
    // All 4 Black and 2 of 4 White defendants whose group an officer observed are convicted: another series.
    for (group, outcome) in [("black", "guilty_plea"), ("white", "guilty_plea"), ("white", "discontinued")] {
        add_observed(if group == "black" { 4 } else { 2 }, group, outcome, "officer_observed");
    }
    let mut add = |number: usize, group: &str, outcome: &str| add_observed(number, group, outcome, "self_defined");
    // 30 of 40 Black and 40 of 80 White defendants are convicted; the others have no part in it.
    [("black", 30, 10), ("white", 40, 40), ("not_stated", 5, 0), ("asian", 0, 3)].into_iter().for_each(
        |(group, yes, no)| {
            add(yes, group, "guilty_plea");
            add(no, group, "discontinued");
        },
    );
    add(7, "black", "pending");
    let engine = Ledger::default().submit("cps", "cps_defendant_outcome", "2016-03-01..2017-02-28", &rows).engine();
    let found = |variant: &str| {
        computed(&engine, &format!("cjs-relative-rate-index.{variant}"), "CPS-LONDON-NORTH", "R12-2017-02")
    };
    let black = found("black-convicted");
    assert!((black.result.unwrap() - 150.0).abs() < 1e-12);
    // exp(ln 1.5 -+ 1.959964 sqrt(1/30 + 1/40))
    let interval = black.interval.unwrap();
    assert!((interval.lower - 93.434).abs() < 0.001 && (interval.upper - 240.811).abs() < 0.001, "{interval:?}");
    assert_eq!(interval.method.id(), "rate_ratio_log_wald");
    assert!((found("black-convicted-observed").result.unwrap() - 200.0).abs() < 1e-12);
    let shares: Vec<_> = black.components.iter().map(|group| (group.count, group.unweighted_base)).collect();
    assert_eq!(shares, [(Some(30), Some(40)), (Some(40), Some(80))]);
    let asian = found("asian-convicted");
    assert_eq!((asian.result, asian.interval), (Ok(0.0), None), "without an event there are no limits");
    assert_eq!(found("mixed-convicted").result, Err(MissingReason::ZeroDenominator));
}

#[test]
fn police_and_hospitals_are_compared_in_the_same_place_and_months() {
    let attendances = format!(
        "reporting_period_start,reporting_period_end,site_code,arrival_at,attended_on,assault_borough
        2017-02-01,2017-02-28,RJ122,,2017-02-03,{SOUTHWARK}
        2017-02-01,2017-02-28,RJ122,,2017-02-04,{SOUTHWARK}
        2017-02-01,2017-02-28,RJ122,,2017-02-05,E09000022"
    );
    let window = "2016-03-01..2017-02-28";
    let engine = ledger().submit("safestats", "istv_attendance", window, &attendances).engine();
    let ratio = computed(&engine, "istv-police-ratio", SOUTHWARK, "2016/17-Q4");
    assert_eq!(ratio.result, Err(MissingReason::NotSubmitted), "March 2017 is not reported on");
    let ratio = computed(&engine, "istv-police-ratio", SOUTHWARK, "R12-2017-02");
    assert_eq!(ratio.numerator.zip(ratio.denominator), Some((5.0, 2.0)));
    assert_eq!(ratio.interval, None);
}
