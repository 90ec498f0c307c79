//! Counts that are kept in a limited number of bytes: no limit and no order of a query changes an answer.

use super::*;
use crate::engine::{ComputeError, CountCache, Place, QueryError};
use crate::reference::Level;

const TWO_YEARS: &str = "2016-01-01..2017-12-31";

fn crimes() -> Ledger {
    Ledger::default().submit(
        "mps",
        "crime",
        TWO_YEARS,
        "crime_ref,record_status,recorded_at,ho_class,crime_group,victim_based,offence_borough,knife_use,\
         knife_selected,place_type,hour_band,flag_da
         C1,active,2016-01-05,8N,violence_with_injury,yes,E09000028,injured,yes,street,20,no
         C2,active,2016-01-06,8N,violence_with_injury,yes,E09000028,injured,yes,dwelling,20,yes
         C3,active,2017-06-07,34B,robbery_personal,yes,E09000007,threatened,yes,street,2,no
         C4,active,2017-12-31,34B,robbery_personal,yes,E09000028,threatened,yes,transport_bus,0,no",
    )
}

fn broken_down(measure: &str, breakdown: &[&str]) -> Query {
    Query {
        measures: vec![measure.to_owned()],
        areas: vec![AreaSelection::Level(Level::Borough)],
        periods: vec![PeriodSelection::Range("2017".parse().unwrap())],
        breakdown: breakdown.iter().map(|name| (*name).to_owned()).collect(),
        basis: Some(Basis::ComputedFromRecords),
        ..Query::default()
    }
}

/// The observations with a value other than 0: area, breakdown and value.
fn present(found: &[Observation]) -> Vec<(String, Vec<String>, f64)> {
    let present = found.iter().filter_map(|found| Some((found, found.result.ok().filter(|value| *value > 0.0)?)));
    let told = present.map(|(found, value)| {
        let codes = found.breakdown.iter().map(|value| format!("{}={}", value.dimension, value.code));
        (found.area.to_string(), codes.collect(), value)
    });
    told.collect()
}

#[test]
fn a_full_cache_changes_no_answer() {
    let (roomy, cache) = (Arc::new(CountCache::new(1 << 30)), Arc::new(CountCache::new(12 << 20)));
    let (all, limited) = (crimes().engine().keeping_in(&roomy), crimes().engine().keeping_in(&cache));
    let limit = 3 * (12 << 20) / 4;
    let london = vec![AreaSelection::Level(Level::London)];
    for definition in CORE.catalogue.iter().filter(|found| found.periods.contains_key(&Level::London)) {
        for breakdown in definition.breakdowns.iter().filter(|breakdown| breakdown.field().is_some()) {
            let query = Query { areas: london.clone(), ..broken_down(&definition.id, &[&breakdown.name]) };
            let (expected, found) = (all.query(&query), limited.query(&query));
            assert!(format!("{expected:?}") == format!("{found:?}"), "{}, {}", definition.id, breakdown.name);
            assert!(cache.bytes() <= limit, "{}", cache.bytes());
        }
    }
    assert!(roomy.bytes() > 2 * limit, "all counts fit: {}", roomy.bytes());
}

#[test]
fn the_counts_of_an_engine_go_with_it() {
    let cache = Arc::new(CountCache::new(64 << 20));
    let engine = crimes().engine().keeping_in(&cache);
    engine.query(&broken_down("knife-crime-offences", &["crime_group"])).unwrap();
    assert!(cache.bytes() > 0);
    drop(engine);
    assert_eq!(cache.bytes(), 0);
}

#[test]
fn counts_that_need_more_memory_than_there_is_are_refused() {
    let engine = crimes().engine().keeping_in(&Arc::new(CountCache::new(64 << 10)));
    let refused = engine.query(&broken_down("knife-crime-offences", &["knife_use"])).err().unwrap();
    assert!(matches!(refused, QueryError::Compute(ComputeError::TooManyCounts { .. })), "{refused}");
    assert!(refused.to_string().contains("ask for fewer dimensions"), "{refused}");
}

#[test]
fn few_rows_in_many_cells_need_little_memory() {
    let cache = Arc::new(CountCache::new(1 << 30));
    let engine = crimes().engine().keeping_in(&cache);
    let found =
        engine.query(&broken_down("knife-crime-offences", &["crime_group", "place_type", "hour_band"])).unwrap();
    assert_eq!(present(&found).len(), 2, "{found:?}");
    assert!(found.iter().filter_map(|found| found.result.ok()).sum::<f64>() < 2.5);
    // All counts of 64 areas, 24 months and these cells would take many MiB.
    assert!(cache.bytes() < 1 << 16, "{}", cache.bytes());
}

#[test]
fn the_order_of_dimensions_orders_the_answer_and_nothing_else() {
    let cache = Arc::new(CountCache::new(64 << 20));
    let engine = crimes().engine().keeping_in(&cache);
    let one = engine.query(&broken_down("knife-crime-offences", &["place_type", "crime_group"])).unwrap();
    let bytes = cache.bytes();
    let other = engine.query(&broken_down("knife-crime-offences", &["crime_group", "place_type"])).unwrap();
    assert_eq!(cache.bytes(), bytes, "the counts were made again");
    let codes = |found: &Observation| found.breakdown.iter().map(|value| value.code.clone()).collect::<Vec<_>>();
    assert_eq!(one.len(), other.len());
    // The last dimension of the query varies fastest.
    assert_eq!(codes(&one[0])[0], codes(&one[1])[0]);
    assert_eq!(codes(&other[0])[0], codes(&other[1])[0]);
    assert_eq!(one[0].breakdown[0].dimension, "place_type");
    assert_eq!(other[0].breakdown[0].dimension, "crime_group");
    let turned = |mut told: Vec<(String, Vec<String>, f64)>| {
        told.iter_mut().for_each(|(_, codes, _)| codes.sort());
        told.sort_by(|a, b| a.partial_cmp(b).unwrap());
        told
    };
    assert_eq!(turned(present(&one)), turned(present(&other)));
}

#[test]
fn measures_with_the_same_tally_share_its_counts() {
    let shared: Vec<_> =
        CORE.catalogue.iter().filter(|found| found.same_tally.iter().any(|name| name.measure != found.id)).collect();
    assert!(!shared.is_empty());
    for definition in shared {
        for (input, name) in definition.inputs.iter().zip(&definition.same_tally) {
            let first = CORE.catalogue.get(&name.measure).unwrap();
            let counted = |input: &crate::design::Input| input.tally().map(crate::design::Tally::counted);
            assert_eq!(counted(&first.inputs[name.input]), counted(input), "{}", definition.id);
        }
    }
}

#[test]
fn pages_and_parts_are_the_answer() {
    let engine = crimes()
        .submit(
            "mps",
            "published_figure",
            TWO_YEARS,
            "measure,area,period,breakdown,numerator,status,source
             knife-crime-offences,E09000028,2017,,7,final,A",
        )
        .engine();
    let query = Query { basis: None, ..broken_down("knife-crime-offences", &[]) };
    let whole = engine.query(&query).unwrap();
    // Southwark has an observation on each basis.
    assert_eq!(whole.len(), 34);
    let mut parts = Vec::new();
    engine.query_each(&query, &|| true, |mut part| parts.append(&mut part)).unwrap();
    assert_eq!(format!("{parts:?}"), format!("{whole:?}"));
    for size in [1, 2, 3, 33, 34, 100] {
        let (mut paged, mut next) = (Vec::new(), Some(Place::default()));
        while let Some(from) = next {
            let page = engine.query_page(&query, from, size, &|| true).unwrap();
            assert!(page.observations.len() <= size);
            paged.extend(page.observations.into_iter().map(|(_, found)| found));
            next = page.next;
        }
        assert_eq!(format!("{paged:?}"), format!("{whole:?}"), "pages of {size}");
    }
}
