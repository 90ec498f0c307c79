//! Crimes that boroughs chose as their priorities, and the wards of London.

use super::*;
use crate::engine::MissingReason;
use crate::engine::snapshot::Receipt;
use crate::reference::Level;

const LEWISHAM: &str = "E09000023";

fn crimes(rows: &[(&str, &str, &str, &str)]) -> String {
    let header =
        "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,flag_da,offence_ward";
    let rows = rows.iter().enumerate().map(|(number, (day, group, borough, ward))| {
        // The group of a crime follows from its class.
        let class = match *group {
            "robbery_personal" => "34B",
            "burglary_residential" => "28E",
            _ => "39",
        };
        format!("\nc{number},{day},active,{class},{group},yes,{borough},no,{ward}")
    });
    header.to_owned() + &rows.collect::<String>()
}

#[test]
fn a_basket_is_the_boroughs_own_and_changes_with_its_choice() {
    let crimes = crimes(&[
        ("2017-04-10", "robbery_personal", SOUTHWARK, ""),
        ("2017-04-11", "burglary_residential", SOUTHWARK, ""),
        ("2017-04-12", "theft_person", SOUTHWARK, ""),
        ("2017-05-01", "robbery_personal", SOUTHWARK, ""),
        ("2017-06-20", "theft_person", SOUTHWARK, ""),
        ("2017-06-21", "burglary_residential", SOUTHWARK, ""),
        ("2017-04-10", "robbery_personal", LEWISHAM, ""),
    ]);
    // The choice changes on 15 May: it applies from June.
    let priorities = format!(
        "borough,valid_from,valid_to,priority_1,priority_2,asb
        {SOUTHWARK},2017-04-01,2017-05-14,robbery_personal,burglary_residential,yes
        {SOUTHWARK},2017-05-15,,theft_person,burglary_residential,yes
        {LEWISHAM},2017-04-01,,moped_enabled,theft_person,yes"
    );
    let window = "2017-04-01..2017-06-30";
    let ledger = Ledger::default().submit("mps", "crime", window, &crimes);
    let without = ledger.clone().engine();
    let engine = ledger.submit("mopac", "local_priority", "2017-04-01..2018-03-31", &priorities).engine();
    let value = |engine: &Engine, area: &str, period: &str| computed(engine, "local-priority-volume", area, period);
    for (period, expected) in [("2017-04", 2.0), ("2017-05", 1.0), ("2017-06", 2.0), ("2017/18-Q1", 5.0)] {
        assert_eq!(value(&engine, SOUTHWARK, period).result, Ok(expected), "{period}");
    }
    let quarter = value(&engine, SOUTHWARK, "2017/18-Q1");
    let parts: Vec<_> = quarter.components.iter().map(|part| (part.code.as_str(), part.count)).collect();
    assert_eq!(
        parts,
        [
            ("priority=burglary_residential", Some(2)),
            ("priority=robbery_personal", Some(2)),
            ("priority=theft_person", Some(1))
        ]
    );
    let moped = value(&engine, LEWISHAM, "2017-04");
    assert_eq!(moped.result, Err(MissingReason::NotSubmitted));
    assert!(moped.caveats.iter().any(|caveat| caveat.contains("records do not tell")), "{:?}", moped.caveats);
    let london = value(&engine, MPS, "2017-04");
    assert_eq!(london.result, Err(MissingReason::NotSubmitted));
    assert!(london.caveats.iter().any(|caveat| caveat.contains("for 30 of the boroughs")), "{:?}", london.caveats);
    assert_eq!(value(&without, SOUTHWARK, "2017-04").result, Err(MissingReason::NotSubmitted), "no choice is held");
}

/// Robberies and thefts of Southwark and Lewisham, each with its victim.
fn basket_with_victims() -> Ledger {
    let rows = [
        ("2016-05-10", "robbery_personal", SOUTHWARK, "V1"),
        ("2016-06-10", "theft_person", SOUTHWARK, "V2"),
        ("2016-07-10", "theft_person", LEWISHAM, "V3"),
        // April: V1 was robbed in Southwark before. V2 was not.
        ("2017-04-10", "robbery_personal", SOUTHWARK, "V1"),
        ("2017-04-11", "robbery_personal", SOUTHWARK, "V2"),
        ("2017-04-12", "theft_person", SOUTHWARK, "V3"),
        // June: theft from the person is the choice. V3's were elsewhere and in April; V4 has none.
        ("2017-06-10", "theft_person", SOUTHWARK, "V3"),
        ("2017-06-11", "theft_person", SOUTHWARK, "V4"),
        ("2017-06-12", "robbery_personal", SOUTHWARK, "V1"),
        ("2017-06-13", "theft_person", SOUTHWARK, ""),
    ];
    let crimes = crimes(&rows.map(|(day, group, area, _)| (day, group, area, "")));
    let victims = rows.iter().enumerate().map(|(number, (.., person))| {
        let key = if person.is_empty() { "" } else { "k1" };
        format!("\nc{number},1,person,{person},{key},none")
    });
    let victims =
        "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury".to_owned() + &victims.collect::<String>();
    let priorities = format!(
        "borough,valid_from,valid_to,priority_1,priority_2,asb
        {SOUTHWARK},2017-04-01,2017-05-14,robbery_personal,burglary_residential,yes
        {SOUTHWARK},2017-05-15,,theft_person,burglary_residential,yes"
    );
    let window = "2016-04-01..2017-06-30";
    Ledger::default().submit("mps", "crime", window, &crimes).submit("mps", "crime_victim", window, &victims).submit(
        "mopac",
        "local_priority",
        "2017-04-01..2018-03-31",
        &priorities,
    )
}

#[test]
fn repeat_victims_are_those_of_the_boroughs_own_basket() {
    let engine = basket_with_victims().engine();
    let of = |variant: &str, area: &str, period: &str| {
        computed(&engine, &format!("local-priority-repeat-victimisation{variant}"), area, period)
    };
    for (variant, period, expected) in [
        // Of the robbed V1 and V2, V1 was robbed before; both were victims before.
        ("", "2017-04", (1.0, 2.0)),
        (".to-any", "2017-04", (2.0, 2.0)),
        // The choice changed in May. Of V3 and V4, V3 was a victim of theft before, in another borough.
        ("", "2017-06", (1.0, 2.0)),
        (".to-any", "2017-06", (1.0, 2.0)),
        // April and June have two victims each, and May has none.
        ("", "2017/18-Q1", (2.0, 4.0)),
        (".to-any", "2017/18-Q1", (3.0, 4.0)),
    ] {
        let found = of(variant, SOUTHWARK, period);
        assert_eq!(parts(&found), expected, "{variant} {period}");
        assert_eq!(found.interval.unwrap().method.id(), "wilson");
    }
    let quarter = of("", SOUTHWARK, "2017/18-Q1");
    let kinds: Vec<_> =
        quarter.components.iter().map(|part| (part.code.as_str(), part.count, part.unweighted_base)).collect();
    assert_eq!(
        kinds,
        [
            ("priority=burglary_residential", Some(0), Some(0)),
            ("priority=robbery_personal", Some(1), Some(2)),
            ("priority=theft_person", Some(1), Some(2)),
        ]
    );
    // One victim in seven of the kinds from which boroughs choose has no pseudonym.
    let unlinkable = quarter.completeness.records_missing_share.unwrap();
    assert!((unlinkable - 1.0 / 7.0).abs() < 1e-12, "{unlinkable}");
    assert_eq!(of("", LEWISHAM, "2017-04").result, Err(MissingReason::NotSubmitted), "no choice is held");
    assert_eq!(of("", SOUTHWARK, "R12-2017-06").result, Err(MissingReason::NotSubmitted), "nor one of 2016");
}

#[test]
fn wards_that_were_drawn_anew_have_no_value_for_a_period_that_begins_before() {
    let areas = &CORE.reference.areas;
    let new = areas.at_level(Level::Ward).find(|ward| areas.get(*ward).validity().from.is_some()).unwrap();
    let borough = areas.ancestor_at(new, Level::Borough, "2022-12-31".parse().unwrap()).unwrap();
    let ward = areas.get(new).code();
    let rows = [("2022-06-01", "burglary_residential", areas.get(borough).code(), ward)];
    let engine = Ledger::default().submit("mps", "crime", "2021-01-01..2023-12-31", &crimes(&rows)).engine();
    for (measure, area) in [("vulnerable-ward-ratio", MPS), ("recorded-crime-volume", ward)] {
        for period in ["CY2022", "R12-2023-04"] {
            let found = computed(&engine, measure, area, period);
            assert_eq!(found.result, Err(MissingReason::NotApplicable), "{measure} {period}");
            let reason = "Wards were drawn anew on 2022-05-05: a period that begins before has no value for them.";
            assert!(found.caveats.iter().any(|caveat| **caveat == *reason), "{measure} {period} {:?}", found.caveats);
        }
    }
    assert_eq!(computed(&engine, "recorded-crime-volume", ward, "2022-06").result, Ok(1.0));
    // Most wards have nothing, so the year after has no ratio for another reason.
    assert_eq!(computed(&engine, "vulnerable-ward-ratio", MPS, "CY2023").result, Err(MissingReason::ZeroDenominator));
}

#[test]
fn the_tenth_of_wards_with_most_is_compared_with_the_tenth_with_fewest() {
    let areas = &CORE.reference.areas;
    let day = "2017-12-31".parse().unwrap();
    let london = areas.by_code(MPS).unwrap();
    let wards = areas.members(london, Level::Ward, day);
    // One burglary in every ward, and nine more in each of the first 100.
    let mut rows = Vec::new();
    let placed: Vec<(String, String)> = wards
        .iter()
        .map(|ward| {
            let boroughs =
                areas.iter().filter(|(id, area)| area.level() == Level::Borough && areas.is_within(*ward, *id, day));
            let borough = boroughs.map(|(_, area)| area.code().to_owned()).next().unwrap();
            (areas.get(*ward).code().to_owned(), borough)
        })
        .collect();
    for (number, (ward, borough)) in placed.iter().enumerate() {
        for _ in 0..if number < 100 { 10 } else { 1 } {
            rows.push(("2017-03-01", "burglary_residential", borough.as_str(), ward.as_str()));
        }
    }
    let ledger = |rows: &[(&str, &str, &str, &str)]| {
        Ledger::default().submit("mps", "crime", "2017-01-01..2017-12-31", &crimes(rows)).engine()
    };
    let ratio = |engine: &Engine| computed(engine, "vulnerable-ward-ratio", MPS, "CY2017");
    let found = ratio(&ledger(&rows));
    assert!(wards.len() > 600 && (found.result.unwrap() - 10.0).abs() < 1e-12, "{found:?}");
    assert_eq!(found.interval.unwrap().method.id(), "bootstrap_percentile");
    // A tenth of the rows has no ward.
    let unplaced: Vec<_> = rows.iter().map(|row| ("2017-03-01", row.1, SOUTHWARK, "")).take(rows.len() / 9).collect();
    let some = ratio(&ledger(&[rows.clone(), unplaced.clone()].concat()));
    assert!(
        some.caveats.iter().any(|caveat| caveat.contains("10% of the records have no ward")),
        "{:?}",
        some.caveats
    );
    assert_eq!(ratio(&ledger(&unplaced)).result, Err(MissingReason::NotSubmitted), "no row has a ward");
}

#[test]
fn where_no_report_says_the_place_no_number_is_known_by_place() {
    let found = |places: [&str; 4]| {
        let rows: String = places.iter().map(|place| format!("\nRJ122,2017-02-03,{place}")).collect();
        let csv = format!("site_code,attended_on,assault_borough{rows}");
        let ledger = Ledger::default().submit("nhs-rj1", "istv_attendance", "2017-02-01..2017-02-28", &csv);
        let asked = ask("istv-assault-attendances.by-location", SOUTHWARK, "2017-02");
        let query = Query { basis: Some(Basis::ComputedFromRecords), ..asked };
        ledger.engine().query(&query).unwrap().remove(0)
    };
    assert_eq!(found(["", "", "", ""]).result, Err(MissingReason::NotSubmitted));
    let some = found([SOUTHWARK, "E09000022", "", ""]);
    assert_eq!((some.result, some.completeness.records_missing_share), (Ok(1.0), Some(0.5)));
    let told = "50% of the records have no place and are left out.";
    assert!(some.caveats.iter().any(|caveat| &**caveat == told), "{:?}", some.caveats);
}

#[test]
fn a_ward_is_not_known_if_no_row_of_its_borough_has_a_ward() {
    let ward = CORE.reference.areas.members(
        CORE.reference.areas.by_code(SOUTHWARK).unwrap(),
        Level::Ward,
        "2017-12-31".parse().unwrap(),
    )[0];
    let ward = CORE.reference.areas.get(ward).code();
    let found = |placed: usize, unplaced: usize| {
        let row = |ward| ("2017-03-01", "burglary_residential", SOUTHWARK, ward);
        let rows: Vec<_> =
            std::iter::repeat_n(row(ward), placed).chain(std::iter::repeat_n(row(""), unplaced)).collect();
        let engine = Ledger::default().submit("mps", "crime", "2017-01-01..2017-12-31", &crimes(&rows)).engine();
        computed(&engine, "recorded-crime-volume", ward, "2017-03")
    };
    assert_eq!(found(0, 7).result, Err(MissingReason::NotSubmitted));
    let most = found(9, 1);
    assert_eq!((most.result, most.completeness.records_missing_share), (Ok(9.0), Some(0.1)));
    assert!(
        most.caveats.iter().any(|caveat| caveat.contains("10% of the records have no ward")),
        "{:?}",
        most.caveats
    );
    assert_eq!(found(9, 0).completeness.records_missing_share, Some(0.0));
    assert_eq!(found(0, 0).result, Ok(0.0));
}

#[test]
fn completeness_counts_the_reports_that_the_register_expects() {
    let window = "2017-02-01..2017-02-28";
    let nothing = "crime_ref,recorded_at,record_status,ho_class,victim_based,offence_borough";
    let engine = Ledger::default().submit("mps", "crime", window, nothing).engine();
    let share = |measure: &str, area: &str, period: &str| computed(&engine, measure, area, period);
    // Three datasets of two forces. The transport police has no calendar.
    let police = share("data-completeness.police", GREATER_LONDON, "2017-02");
    assert_eq!(police.numerator.zip(police.denominator), Some((1.0, 6.0)));
    assert_eq!((police.completeness.expected, police.completeness.received), (6, 1));
    assert_eq!(police.sources.iter().map(|source| &**source).collect::<Vec<_>>(), ["mps"]);
    // A quarterly report counts in the month in which its quarter ends.
    let prosecution = share("data-completeness.prosecution", GREATER_LONDON, "2017-02");
    assert_eq!(prosecution.result, Err(MissingReason::NotApplicable));
    assert_eq!(share("data-completeness.prosecution", GREATER_LONDON, "2017-03").result, Ok(0.0));
    let site = share("data-completeness.hospitals", "RJ122", "2017-02");
    assert_eq!(site.numerator.zip(site.denominator), Some((0.0, 1.0)));
}

#[test]
fn a_report_is_on_time_if_its_whole_period_was_received_by_the_day_on_which_it_was_due() {
    let nothing = "crime_ref,recorded_at,record_status,ho_class,victim_based,offence_borough";
    let day = |text: &str| text.parse().unwrap();
    let report = |dataset: &'static str, first: &str, last: &str, received: &str| Receipt {
        agency: "mps".into(),
        dataset,
        collection: "".into(),
        first: day(first),
        last: day(last),
        received: day(received),
        received_micros: 0,
        synthetic: true,
        nil: false,
        places: [].into(),
    };
    let mut ledger = Ledger::default().submit("mps", "crime", "2017-02-01..2017-02-28", nothing);
    let of_police = |engine: &Engine, measure: &str| computed(engine, measure, MPS, "2017-02");
    // Nobody knows when rows in memory were received.
    let unknown = of_police(&ledger.engine(), "data-completeness.on-time");
    assert_eq!(unknown.result, Err(MissingReason::NotApplicable));
    // 31 days after the end of February is 31 March. The second half of the outcomes came a day later; the correction of the
    // crimes in May changes nothing. The victims were never reported on.
    ledger.0.receipts = Some(Arc::new(vec![
        report("crime", "2017-02-01", "2017-02-28", "2017-03-31"),
        report("crime_outcome", "2017-02-01", "2017-02-14", "2017-03-03"),
        report("crime_outcome", "2017-02-15", "2017-02-28", "2017-04-01"),
        report("crime", "2017-01-01", "2017-12-31", "2017-05-09"),
    ]));
    let engine = ledger.engine();
    let on_time = of_police(&engine, "data-completeness.on-time");
    // Seven datasets of the force are due each month, and the surveys of its area each quarter.
    assert_eq!(on_time.numerator.zip(on_time.denominator), Some((1.0, 7.0)));
    assert_eq!((on_time.completeness.expected, on_time.completeness.received), (7, 2));
    assert!(on_time.synthetic);
    // 31 and 32 days.
    let days = of_police(&engine, "data-completeness.median-lag");
    assert_eq!((days.result, days.denominator), (Ok(31.5), Some(2.0)));
    let none = computed(&engine, "data-completeness.median-lag", MPS, "2016-02");
    assert_eq!(none.result, Err(MissingReason::ZeroDenominator));
}

/// The worked example of the definitions, section 3.40: three areas that are all of London.
#[test]
fn fixture_vulnerable_localities_index_from_records() {
    let day = "2017-12-31".parse().unwrap();
    let areas = &CORE.reference.areas;
    let southwark = areas.by_code(SOUTHWARK).unwrap();
    let wards: Vec<&str> =
        areas.members(southwark, Level::Ward, day).into_iter().take(3).map(|ward| areas.get(ward).code()).collect();
    let mut crimes =
        "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough,offence_ward"
            .to_owned();
    let mut profiles = "year_end,borough,ward,characteristic,count".to_owned();
    let counts = [
        ("residents", [2500, 3000, 2200]),
        ("residents_15_24", [450, 360, 220]),
        ("dwellings", [1000, 1200, 900]),
        ("income_deprived", [750, 600, 220]),
        ("employment_deprived", [500, 300, 132]),
        ("no_qualification", [900, 750, 330]),
    ];
    for (at, ward) in wards.iter().enumerate() {
        for (characteristic, counts) in counts {
            profiles += &format!("\n2017-12-31,{SOUTHWARK},{ward},{characteristic},{}", counts[at]);
        }
        for (class, group, numbers) in
            [("28E", "burglary_residential", [20, 10, 4]), ("58A", "criminal_damage", [15, 10, 3])]
        {
            for number in 0..numbers[at] {
                let row = format!("{class}-{at}-{number},2017-06-01,active,{class},{group},yes,{SOUTHWARK},{ward}");
                crimes += &format!("\n{row}");
            }
        }
    }
    let window = "2017-01-01..2017-12-31";
    let ledger = Ledger::default().submit("mps", "crime", window, &crimes);
    let engine = ledger.clone().submit("ons", "area_profile", window, &profiles).engine();
    let measure = "vulnerable-localities-index";
    let index = |area: &str| computed(&engine, measure, area, "CY2017");
    let found: Vec<_> = wards.iter().map(|ward| format!("{:.2}", index(ward).result.unwrap())).collect();
    assert_eq!(found, ["155.89", "89.31", "51.52"]);
    // Southwark is all of London here.
    assert!((index(SOUTHWARK).result.unwrap() - 100.0).abs() < 1e-9);
    let first = index(wards[0]);
    let burglary = first.components.iter().find(|component| component.code == "variable=burglary").unwrap();
    // 20 for 1,000 dwellings where 34 for 3,100 is the average.
    assert_eq!(burglary.count, Some(20));
    assert!((burglary.value.unwrap() - 100.0 * (20.0 / 1000.0) / (34.0 / 3100.0)).abs() < 1e-9);
    let rate = computed(&engine, "vulnerable-localities-index.burglary", wards[0], "CY2017");
    assert_eq!((rate.result, parts(&rate)), (Ok(2.0), (20.0, 1000.0)));
    // A ward that lacks one of the counts has no index, and neither has London.
    let without: String = profiles
        .lines()
        .filter(|line| !line.contains(&format!("{},no_", wards[2])))
        .fold(String::new(), |text, line| text + line + "\n");
    let engine = ledger.clone().submit("ons", "area_profile", window, &without).engine();
    assert_eq!(computed(&engine, measure, wards[0], "CY2017").result, Err(MissingReason::NotSubmitted));
    let engine = ledger.engine();
    assert_eq!(computed(&engine, measure, wards[0], "CY2017").result, Err(MissingReason::NotSubmitted));
}

#[test]
fn a_crime_without_a_weight_leaves_the_severity_unknown() {
    let row = |reference: &str, class: &str, group: &str| {
        format!("\n{reference},2017-06-01,active,{class},{group},yes,{SOUTHWARK}")
    };
    let header = "crime_ref,recorded_at,record_status,ho_class,crime_group,victim_based,offence_borough";
    let known = row("a", "1", "homicide") + &row("b", "4.1", "homicide") + &row("c", "92E", "drugs");
    let score = |rows: &str| {
        let csv = header.to_owned() + rows;
        let engine = Ledger::default().submit("mps", "crime", "2017-01-01..2017-12-31", &csv).engine();
        computed(&engine, "crime-severity-score.from-records", SOUTHWARK, "CY2017")
    };
    let found = score(&known);
    // Two homicides and one possession of cannabis.
    let (weighted, residents) = parts(&found);
    assert_eq!(format!("{weighted}"), format!("{}", 2 * 7979 + 3));
    assert_eq!(found.result, Ok(weighted / residents));
    assert!(found.interval.is_some_and(|interval| interval.lower < weighted / residents));
    let unknown = score(&(known + &row("d", "28E", "burglary_residential") + &row("e", "39", "theft_person")));
    assert_eq!(unknown.result, Err(MissingReason::NoWeight));
    let told = "2 crimes are of classes without a verified weight (28E, 39)";
    assert!(unknown.caveats.iter().any(|caveat| caveat.contains(told)), "{:?}", unknown.caveats);
}

#[test]
fn a_basket_is_also_a_rate_of_residents() {
    let rows =
        [("2017-04-10", "robbery_personal", SOUTHWARK, ""), ("2017-05-11", "burglary_residential", SOUTHWARK, "")];
    let priorities = format!(
        "borough,valid_from,valid_to,priority_1,priority_2,asb
        {SOUTHWARK},2017-01-01,,robbery_personal,burglary_residential,yes"
    );
    let window = "2017-01-01..2017-12-31";
    let engine = Ledger::default()
        .submit("mps", "crime", window, &crimes(&rows))
        .submit("mopac", "local_priority", window, &priorities)
        .engine();
    let rate = computed(&engine, "local-priority-volume.rate", SOUTHWARK, "CY2017");
    let (number, residents) = parts(&rate);
    assert_eq!((number, rate.result), (2.0, Ok(1000.0 * 2.0 / residents)));
    assert!((300_000.0..330_000.0).contains(&residents));
}
