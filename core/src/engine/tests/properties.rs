//! The same records give the same bits for any split, any order and any number of threads.

use proptest::prelude::*;

use super::*;
use crate::engine::ComparisonKind;
use crate::reference::Level;

/// A crime with one victim: borough, day within two years, person, strands, knife.
type Row = (usize, u16, u8, u8, bool);

const BOROUGHS: [&str; 4] = [SOUTHWARK, "E09000007", "E09000019", "E09000022"];

fn tables(rows: &[(usize, Row)]) -> (String, String) {
    let mut crimes = "crime_ref,record_status,recorded_at,ho_class,crime_group,victim_based,offence_borough,flag_da,\
knife_use,knife_selected,flag_hate"
        .to_owned();
    let mut victims = "crime_ref,victim_seq,victim_type,victim_pid,linkage_key_id,injury,sex".to_owned();
    for (reference, (borough, day, person, strands, knife)) in rows {
        let day = crate::period::date_of_days(16_801 + i32::from(*day)).unwrap();
        let strands = ["", "race", "race|religion"][usize::from(*strands)];
        let knife = if *knife { "injured" } else { "none" };
        crimes += &format!(
            "\nc{reference},active,{day},8N,violence_with_injury,yes,{},no,{knife},yes,{strands}",
            BOROUGHS[*borough]
        );
        let sex = if person % 2 == 0 { "male" } else { "female" };
        victims += &format!("\nc{reference},1,person,p{person},k,minor,{sex}");
    }
    (crimes, victims)
}

fn ledger(rows: &[(usize, Row)], pieces: usize) -> Ledger {
    let window = "2016-01-01..2017-12-31";
    let size = rows.len().div_ceil(pieces).max(1);
    let mut ledger = Ledger::default();
    for piece in rows.chunks(size) {
        ledger = ledger.submit("mps", "crime", window, &tables(piece).0);
    }
    for piece in rows.rchunks(size) {
        ledger = ledger.submit("mps", "crime_victim", window, &tables(piece).1);
    }
    // The position depends on the number of submissions, so it is made equal.
    ledger.0.position = 1;
    ledger
}

fn answers(engine: &Engine) -> String {
    let total = Query {
        measures: [
            "knife-crime-offences",
            "hate-crime-reports",
            "repeat-victim-share.victims-rolling",
            "repeat-victim-share.offences-prior-12m",
        ]
        .map(str::to_owned)
        .to_vec(),
        areas: vec![
            AreaSelection::Level(Level::Borough),
            AreaSelection::Level(Level::London),
            AreaSelection::Level(Level::Bcu),
        ],
        periods: vec![
            PeriodSelection::Range("2017-01..2017-12".parse().unwrap()),
            PeriodSelection::Range("R12-2017-12".parse().unwrap()),
        ],
        comparisons: vec![ComparisonKind::SamePeriodLastYear],
        ..Query::default()
    };
    let by_sex = Query {
        measures: vec!["repeat-victim-share".to_owned()],
        breakdown: vec!["sex".to_owned()],
        comparisons: Vec::new(),
        ..total.clone()
    };
    [total, by_sex].map(|query| format!("{:?}", engine.query(&query).unwrap())).concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn order_threads_and_segments_make_no_difference(
        rows in prop::collection::vec((0..4_usize, 0..730_u16, 0..20_u8, 0..3_u8, any::<bool>()), 1..120),
        pieces in 1..6_usize,
        threads in 1..4_usize,
        seed in any::<u64>(),
    ) {
        let numbered: Vec<(usize, Row)> = rows.into_iter().enumerate().collect();
        let expected = answers(&ledger(&numbered, 1).engine_of(1));
        let mut shuffled = numbered;
        shuffled.sort_by_key(|(n, _)| key_of(&format!("{seed}/{n}")));
        let found = answers(&ledger(&shuffled, pieces).engine_of(threads));
        prop_assert_eq!(expected, found);
    }

    #[test]
    fn boroughs_and_months_add_up(
        rows in prop::collection::vec((0..4_usize, 0..730_u16, 0..20_u8, 0..3_u8, any::<bool>()), 1..60),
    ) {
        let numbered: Vec<(usize, Row)> = rows.into_iter().enumerate().collect();
        let engine = ledger(&numbered, 2).engine();
        let query = Query {
            areas: vec![AreaSelection::Level(Level::Borough)],
            basis: Some(Basis::ComputedFromRecords),
            ..ask("knife-crime-offences", MPS, "2016-01..2017-12")
        };
        let sum: f64 = engine.query(&query).unwrap().iter().filter_map(|found| found.result.ok()).sum();
        let years = ["CY2016", "CY2017"].map(|year| computed(&engine, "knife-crime-offences", MPS, year).result.unwrap());
        prop_assert_eq!(sum.to_bits(), (years[0] + years[1]).to_bits());
        let knives = numbered.iter().filter(|(_, row)| row.4).count();
        prop_assert_eq!(sum.to_bits(), (knives as f64).to_bits());
    }
}
