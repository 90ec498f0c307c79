//! Coverage in time and area: what was not submitted is missing, and never zero.

use super::*;
use crate::engine::{Local, LocalContent, LocalRows, MissingReason};
use crate::reference::{Coverage as London, Level};

const VOLUME: &str = "recorded-crime-volume";
const WINDOW: &str = "2017-02-01..2017-02-28";

/// Crimes of February 2017, one in each borough.
fn crimes(boroughs: &[&str]) -> String {
    let mut csv = "crime_ref,record_status,recorded_at,ho_class,offence_borough".to_owned();
    for borough in boroughs {
        csv += &format!("\n{borough},active,2017-02-10,8N,{borough}");
    }
    csv
}

fn boroughs() -> Vec<&'static str> {
    let areas = &CORE.reference.areas;
    let mps = areas.london(London::Mps32).unwrap();
    let members = areas.members(mps, Level::Borough, "2017-02-28".parse().unwrap());
    members.into_iter().map(|borough| areas.get(borough).code()).collect()
}

fn computed(engine: &Engine, area: &str) -> Observation {
    let query = Query { basis: Some(Basis::ComputedFromRecords), ..ask(VOLUME, area, "2017-02") };
    engine.query(&query).unwrap().remove(0)
}

fn local(csv: &str, areas: Option<&[crate::reference::AreaId]>) -> Engine {
    let mut local = Local::new(&CORE);
    let full = "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,flag_cse,\
                flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n";
    let mut rows = full.to_owned();
    for line in csv.lines().skip(1) {
        let [key, _, day, class, borough] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        rows += &format!("{key},active,{day},{day},{class},true,{borough},no,no,no,no,no,no,none,none\n");
    }
    let whole_month = Some(("2017-02-01".parse().unwrap(), "2017-02-28".parse().unwrap()));
    let rows =
        LocalRows { covers: whole_month, areas, ..LocalRows::new("crime", LocalContent::Csv(rows.as_bytes())) };
    local.add(rows).unwrap();
    local.engine(NonZeroUsize::MIN)
}

#[test]
fn a_borough_is_not_london() {
    let engine = local(&crimes(&[SOUTHWARK]), None);
    assert_eq!(computed(&engine, SOUTHWARK).result, Ok(1.0));
    for area in ["E09000022", MPS, GREATER_LONDON] {
        assert_eq!(computed(&engine, area).result, Err(MissingReason::NotSubmitted), "{area}");
    }
    let london = computed(&engine, MPS);
    assert_eq!((london.completeness.expected, london.completeness.received), (32, 1));
    assert_eq!(london.caveats.last().unwrap().as_ref(), "Submitted for 1 of 32: Southwark.");
}

#[test]
fn all_boroughs_are_london() {
    let engine = local(&crimes(&boroughs()), None);
    assert_eq!(computed(&engine, MPS).result, Ok(32.0));
    let greater = computed(&engine, GREATER_LONDON);
    assert_eq!(greater.result, Ok(32.0));
    assert!(greater.caveats.iter().any(|caveat| caveat.contains("City of London is not included")));
    let all_but_one: Vec<&str> = boroughs().into_iter().filter(|borough| *borough != SOUTHWARK).collect();
    let london = computed(&local(&crimes(&all_but_one), None), MPS);
    assert_eq!(london.result, Err(MissingReason::NotSubmitted));
    assert_eq!(london.caveats.last().unwrap().as_ref(), "Not submitted for 1 of 32: Southwark.");
}

/// The denominator of a rate has the residents of the areas that are in its numerator, and of no others.
#[test]
fn a_rate_is_for_the_residents_of_the_areas_that_are_included() {
    let areas = &CORE.reference.areas;
    let residents = |area: &str| f64::from(areas.population(areas.by_code(area).unwrap(), 2017).unwrap());
    let city = "crime_ref,record_status,recorded_at,ho_class,offence_borough\nc,active,2017-02-10,8N,E09000001";
    let police = Ledger::default().submit("mps", "crime", "2017-01-01..2017-12-31", &crimes(&[SOUTHWARK]));
    let asked = |city_until: Option<&str>, measure: &str| {
        let both = match city_until {
            Some(last) => {
                police.clone().submit("city-of-london-police", "crime", &format!("2017-01-01..{last}"), city)
            }
            None => police.clone(),
        };
        super::computed(&both.engine(), measure, GREATER_LONDON, "CY2017")
    };
    let rate = "recorded-crime-volume.rate";
    let without = asked(None, rate);
    assert_eq!(parts(&without), (1.0, residents(MPS)));
    let told = "Residents are those of the areas that are included: London (Metropolitan Police area, 32 boroughs).";
    assert!(without.caveats.iter().any(|caveat| &**caveat == told), "{:?}", without.caveats);
    assert_eq!(parts(&asked(Some("2017-12-31"), rate)), (2.0, residents(GREATER_LONDON)));
    // The numerator has the City for half of the year, so neither number of residents fits.
    let half = asked(Some("2017-06-30"), rate);
    assert_eq!(half.result, Err(MissingReason::NotSubmitted));
    assert!(half.caveats.iter().any(|caveat| caveat.contains("no number of residents fits")), "{:?}", half.caveats);
    assert_eq!(asked(Some("2017-06-30"), VOLUME).result, Ok(2.0), "a number needs no residents");
    // The police area and the boroughs have their own residents.
    let own = super::computed(&police.engine(), rate, MPS, "CY2017");
    assert_eq!(
        (parts(&own), own.caveats.iter().any(|caveat| caveat.contains("included"))),
        ((1.0, residents(MPS)), false)
    );
}

#[test]
fn areas_that_are_stated_are_zero_without_rows() {
    let areas = &CORE.reference.areas;
    let stated = [areas.london(London::Mps32).unwrap()];
    let engine = local(&crimes(&[SOUTHWARK]), Some(&stated));
    assert_eq!(computed(&engine, MPS).result, Ok(1.0));
    assert_eq!(computed(&engine, "E09000022").result, Ok(0.0));
    assert_eq!(computed(&engine, "E09000001").result, Err(MissingReason::NotSubmitted));
}

#[test]
fn a_remit_says_what_a_submission_covers() {
    let all = crimes(&boroughs());
    let of = |agency: &str, csv: &str| Ledger::default().submit(agency, "crime", WINDOW, csv).engine();
    assert_eq!(computed(&of("mps", &crimes(&[SOUTHWARK])), MPS).result, Ok(1.0));
    assert_eq!(computed(&of("mps", &crimes(&[SOUTHWARK])), "E09000022").result, Ok(0.0));
    // The City's force says nothing about the boroughs, and the railway's police nothing about any area.
    let city = of("city-of-london-police", &crimes(&["E09000001"]));
    assert_eq!(computed(&city, "E09000001").result, Ok(1.0));
    assert_eq!(computed(&city, MPS).result, Err(MissingReason::NotSubmitted));
    assert_eq!(computed(&of("btp", &all), MPS).result, Err(MissingReason::NotSubmitted));
    // An agency that the register does not have covers nothing.
    assert_eq!(computed(&of("test", &all), MPS).result, Err(MissingReason::NotSubmitted));
}

#[test]
fn a_trust_speaks_for_its_own_sites() {
    let csv = "site_code,attended_on\nRJ122,2017-02-03";
    let engine = Ledger::default().submit("nhs-rj1", "istv_attendance", WINDOW, csv).engine();
    let found = |area: &str| {
        let query =
            Query { basis: Some(Basis::ComputedFromRecords), ..ask("istv-assault-attendances", area, "2017-02") };
        engine.query(&query).unwrap().remove(0)
    };
    assert_eq!(found("RJ122").result, Ok(1.0));
    assert_eq!(found("RJ701").result, Err(MissingReason::NotSubmitted));
    let london = found(GREATER_LONDON);
    assert_eq!((london.result, london.completeness.received), (Ok(1.0), 1));
    assert!(london.caveats.last().unwrap().starts_with("Submitted for 1 of 2"), "{:?}", london.caveats);
}

/// The prosecution service reports on all of London. Without a row of one of its areas in a quarter, that area was silent.
#[test]
fn london_has_no_conviction_rate_without_each_area_of_prosecutors() {
    let head = "cps_case_ref,defendant_seq,cps_area,finalised_date,outcome";
    let north: String = ["2017-01-10", "2017-04-10", "2017-07-10", "2017-10-10"]
        .iter()
        .enumerate()
        .map(|(case, day)| format!("\nn{case},1,CPS-LONDON-NORTH,{day},guilty_plea"))
        .collect();
    let measure = "cps-conviction-rate";
    let asked = |rows: &str, area: &str, period: &str| {
        let csv = format!("{head}{rows}");
        let engine =
            Ledger::default().submit("cps", "cps_defendant_outcome", "2017-01-01..2017-12-31", &csv).engine();
        super::computed(&engine, measure, area, period)
    };
    let alone = asked(&north, GREATER_LONDON, "CY2017");
    assert_eq!(alone.result, Err(MissingReason::NotSubmitted));
    assert_eq!((alone.completeness.expected, alone.completeness.received), (8, 4));
    let told = alone.caveats.last().unwrap();
    assert_eq!(&**told, "Not submitted for 1 of 2: CPS London South.");
    assert_eq!(asked(&north, "CPS-LONDON-NORTH", "CY2017").result, Ok(1.0));
    assert_eq!(asked(&north, "CPS-LONDON-SOUTH", "2016/17-Q4").result, Err(MissingReason::NotSubmitted));
    let south = "\ns0,1,CPS-LONDON-SOUTH,2017-01-11,discontinued";
    // One quarter of the other area is there, and the year is not.
    assert_eq!(asked(&format!("{north}{south}"), GREATER_LONDON, "2016/17-Q4").result, Ok(0.5));
    assert_eq!(asked(&format!("{north}{south}"), GREATER_LONDON, "CY2017").result, Err(MissingReason::NotSubmitted));
    // The publisher gives the two areas together for some years.
    let together = "\nt0,1,CPS-METROPOLITAN-AND-CITY,2017-02-10,discontinued";
    assert_eq!(asked(together, GREATER_LONDON, "2016/17-Q4").result, Ok(0.0));
    assert_eq!(asked(&format!("{north}{together}"), GREATER_LONDON, "2016/17-Q4").result, Ok(0.5));
}
