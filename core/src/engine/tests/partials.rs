//! Rows in partitions give the same bits as rows in one place, for every partitioning.

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use proptest::prelude::*;
use sha2::Digest as _;

use super::*;
use crate::column::combine_keys;
use crate::design::{Input, datasets as datasets_of};
use crate::engine::partial::{Partial, PartialError, Plan, Slice, Source, count_in_chunks};
use crate::engine::{ComparisonKind, ComputeError, Local, LocalContent, LocalRows, QueryError, compute_once};
use crate::intake::csv_header;
use crate::measure::Definition;
use crate::reference::Level;

/// A row: its fields with their values. All other fields are empty.
type Row = Vec<(&'static str, String)>;

/// Rows by dataset.
type Data = Vec<(&'static str, Vec<Row>)>;

const ONE: NonZeroUsize = NonZeroUsize::MIN;

const BOROUGHS: [&str; 4] = [SOUTHWARK, "E09000007", "E09000001", "E09000022"];

/// A crime with its victims and defendant: borough, day within two years, person, flags, whether there is a second
/// victim, and the crime to which a defendant is linked.
type Made = (usize, u16, u8, u8, bool, u8);

fn crime(number: usize, (borough, day, _, flags, ..): &Made) -> Row {
    let strands = ["", "race", "race|religion", "disability"][usize::from(flags % 4)];
    let none = ["flag_cse", "flag_csa", "flag_hba", "flag_fm", "flag_fgm"].map(|flag| (flag, "no".to_owned()));
    let row = [
        ("crime_ref", format!("c{number}")),
        ("incident_ref", format!("i{}", number / 2)),
        ("record_status", "active".into()),
        ("recorded_at", day_of(*day, 0)),
        ("committed_from", day_of(*day, 0)),
        ("ho_class", "8N".into()),
        ("victim_based", "true".into()),
        ("offence_borough", BOROUGHS[*borough].into()),
        ("flag_hate", strands.into()),
        ("flag_da", if flags.is_multiple_of(3) { "yes" } else { "no" }.into()),
        ("knife_use", if flags.is_multiple_of(2) { "injured" } else { "none" }.into()),
        ("gun_use", "none".into()),
    ];
    row.into_iter().chain(none).collect()
}

fn victim(number: usize, sequence: u8, person: u8) -> Row {
    vec![
        // Space around a value has no meaning.
        ("crime_ref", format!(" c{number}")),
        ("victim_seq", sequence.to_string()),
        ("victim_type", "person".into()),
        ("victim_pid", format!("{:064x}", u64::from(person) + 1)),
        ("linkage_key_id", if person == 19 && number < 3 { "k2" } else { "k1" }.into()),
        ("injury", "minor".into()),
        ("sex", if person.is_multiple_of(2) { "male" } else { "female" }.into()),
    ]
}

/// A defendant. The linked crime need not be held.
fn defendant(number: usize, day: u16, linked: u8) -> Row {
    let crime = match linked % 3 {
        0 => String::new(),
        1 => format!("c{number}"),
        _ => "elsewhere".into(),
    };
    vec![
        ("cps_case_ref", format!("p{number}")),
        ("defendant_seq", "1".into()),
        ("case_link_id", crime),
        ("cps_area", "CPS-LONDON-SOUTH".into()),
        ("charged_date", day_of(day, 30)),
        ("finalised_date", day_of(day, 90)),
        ("outcome", if linked.is_multiple_of(2) { "convicted_after_trial" } else { "dismissed_after_trial" }.into()),
        ("unsuccessful_reason", if linked.is_multiple_of(2) { "" } else { "victim_non_attendance" }.into()),
    ]
}

fn day_of(day: u16, later: i32) -> String {
    crate::period::date_of_days(16_801 + i32::from(day) + later).unwrap().to_string()
}

fn data(made: &[Made]) -> Data {
    let crimes = made.iter().enumerate().map(|(number, made)| crime(number, made)).collect();
    let victims = made.iter().enumerate().flat_map(|(number, (_, _, person, _, second, _))| {
        let others = second.then(|| victim(number, 2, person.wrapping_mul(7) % 20));
        [victim(number, 1, *person)].into_iter().chain(others)
    });
    let defendants = made.iter().enumerate().map(|(number, (_, day, .., linked))| defendant(number, *day, *linked));
    vec![("crime", crimes), ("crime_victim", victims.collect()), ("cps_defendant_outcome", defendants.collect())]
}

/// Rows as a record batch of text, with every column of the dataset's header.
fn table(dataset: &str, rows: &[Row]) -> RecordBatch {
    let dataset = Contract::get().dataset(dataset).unwrap();
    let header = csv_header(dataset);
    let columns = header.trim().split(',').map(|name| {
        let value = |row: &Row| {
            row.iter()
                .find(|(field, _)| *field == name)
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        let values: ArrayRef = Arc::new(rows.iter().map(value).collect::<StringArray>());
        (name, values)
    });
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, values)| (name, values, true))).unwrap()
}

fn local<'a>(dataset: &'a str, batches: &'a [RecordBatch]) -> LocalRows<'a> {
    LocalRows { synthetic: true, ..LocalRows::new(dataset, LocalContent::Batches(batches)) }
}

fn plan(query: &Query, data: &Data) -> Result<Plan, PartialError> {
    let sources: Vec<Source<'_>> =
        data.iter().map(|(dataset, _)| Source { dataset, covers: None, areas: None, synthetic: true }).collect();
    Plan::new(&CORE, query, &sources)
}

fn whole(query: &Query, data: &Data) -> Result<Vec<Observation>, QueryError> {
    let tables: Vec<_> = data.iter().map(|(dataset, rows)| (*dataset, [table(dataset, rows)])).collect();
    let mut all = Local::new(&CORE);
    all.add_all(tables.iter().map(|(dataset, batches)| local(dataset, batches)).collect()).unwrap();
    all.engine(ONE).query(query)
}

/// A pseudorandom number, for an order that depends on a seed.
fn drawn(seed: u64, number: usize) -> u64 {
    combine_keys(&[seed, number as u64])
}

/// Cuts rows into pieces, scatters each, counts each bucket, sends the states as bytes, and merges them in another
/// order.
fn apart(query: &Query, data: &Data, (pieces, buckets, seed): (usize, u32, u64)) -> Result<Partial, PartialError> {
    let plan = plan(query, data)?;
    let mut slices = Vec::new();
    for (dataset, rows) in data {
        let mut rows = rows.clone();
        let mut number = 0;
        rows.sort_by_cached_key(|_| {
            number += 1;
            drawn(seed, number)
        });
        for piece in rows.chunks(rows.len().div_ceil(pieces).max(1)) {
            slices.extend(plan.scatter(dataset, &table(dataset, piece), buckets)?);
        }
    }
    let mut states = Vec::new();
    for bucket in 0..buckets {
        let of = |dataset: &str, keys: bool| {
            let here = slices.iter().filter(|slice| slice.bucket == bucket && slice.dataset == dataset);
            let batches = here.filter_map(|slice| match &slice.slice {
                Slice::Rows(rows) if !keys => Some(rows.clone()),
                Slice::Keys(rows) if keys => Some(rows.clone()),
                _ => None,
            });
            batches.collect::<Vec<_>>()
        };
        let tables: Vec<_> = data.iter().map(|(dataset, _)| (*dataset, of(dataset, false))).collect();
        for (dataset, _) in data {
            plan.check_keys(dataset, &of(dataset, true))?;
        }
        let rows = tables.iter().filter(|(_, batches)| !batches.is_empty());
        let state = plan.count(rows.map(|(dataset, batches)| local(dataset, batches)).collect(), ONE)?;
        states.extend(state.by_person(buckets)?);
    }
    let mut merged: Option<Partial> = None;
    for bucket in 0..buckets {
        let mut here: Vec<Vec<u8>> = states
            .iter()
            .filter(|(number, _)| *number == bucket)
            .map(|(_, state)| state.to_bytes())
            .collect::<Result<_, _>>()?;
        let mut number = 0;
        here.sort_by_cached_key(|_| {
            number += 1;
            drawn(seed, number)
        });
        let mut together: Option<Partial> = None;
        for bytes in here {
            add(&mut together, Partial::from_bytes(&bytes)?)?;
        }
        if let Some(mut together) = together {
            together.count_persons(&plan)?;
            add(&mut merged, together)?;
        }
    }
    Ok(merged.unwrap())
}

fn add(merged: &mut Option<Partial>, state: Partial) -> Result<(), PartialError> {
    match merged {
        Some(merged) => merged.merge(state),
        None => {
            *merged = Some(state);
            Ok(())
        }
    }
}

fn answers(query: &Query, data: &Data, cut: (usize, u32, u64)) -> Vec<Observation> {
    let (engine, tallies, _) =
        apart(query, data, cut).unwrap().finish(&plan(query, data).unwrap(), None, ONE).unwrap();
    for (tally, (dataset, rows)) in tallies.iter().zip(data) {
        assert_eq!((tally.dataset, tally.received), (*dataset, rows.len() as u64));
        assert_eq!(tally.rejected, 0, "{:?}", tally.findings);
    }
    engine.query(query).unwrap()
}

/// The measures of these datasets whose states can be merged.
fn mergeable(datasets: &[&str]) -> Vec<String> {
    let reads = |found: &Definition| {
        let read = datasets_of(&found.inputs);
        !read.is_empty() && read.iter().all(|dataset| datasets.contains(&dataset.id.as_str()))
    };
    let measures = CORE.catalogue.iter().filter(|found| reads(found)).map(|found| found.id.to_string());
    let alone = |id: &String| Query { measures: vec![id.clone()], ..ask("knife-crime-offences", MPS, "2017-02") };
    measures.filter(|id| Plan::new(&CORE, &alone(id), &[]).is_ok()).collect()
}

fn query(measures: &[String]) -> Query {
    Query {
        measures: measures.to_vec(),
        areas: vec![
            AreaSelection::Level(Level::Borough),
            AreaSelection::Level(Level::London),
            AreaSelection::Level(Level::Bcu),
        ],
        periods: vec![
            PeriodSelection::Range("2017-01..2017-12".parse().unwrap()),
            PeriodSelection::Range("R12-2017-10..R12-2017-12".parse().unwrap()),
            PeriodSelection::Latest(2, Some(crate::period::PeriodKind::Month)),
        ],
        comparisons: vec![ComparisonKind::SamePeriodLastYear, ComparisonKind::London],
        ..Query::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn partitions_give_the_bits_of_one_place(
        made in prop::collection::vec(
            (0..4_usize, 0..730_u16, 0..20_u8, 0..12_u8, any::<bool>(), any::<u8>()), 1..80),
        cut in (1..4_usize, 1..5_u32, any::<u64>()),
    ) {
        let data = data(&made);
        let measures = mergeable(&["crime", "crime_victim", "cps_defendant_outcome"]);
        prop_assert!(measures.len() > 20, "{measures:?}");
        for measures in measures.chunks(40) {
            let query = query(measures);
            prop_assert_eq!(answers(&query, &data, cut), whole(&query, &data).unwrap());
        }
        let by = Query { breakdown: vec!["sex".to_owned()], ..query(&["repeat-victim-share".to_owned()]) };
        prop_assert_eq!(answers(&by, &data, cut), whole(&by, &data).unwrap());
        let by = Query { breakdown: vec!["hate_strand".to_owned()], ..query(&["hate-crime-reports".to_owned()]) };
        prop_assert_eq!(answers(&by, &data, cut), whole(&by, &data).unwrap());
    }

    #[test]
    fn chunks_give_the_bits_of_all_rows_at_once(
        made in prop::collection::vec(
            (0..4_usize, 0..730_u16, 0..20_u8, 0..12_u8, any::<bool>(), any::<u8>()), 9..80),
        (cut, chunk, threads) in (1..20_usize, 1..5_usize, 1..3_usize),
    ) {
        let data: Data = data(&made).into_iter().take(1).collect();
        let [(dataset, rows)] = data.as_slice() else { panic!("one dataset") };
        let batches: Vec<_> = rows.chunks(cut).map(|rows| table(dataset, rows)).collect();
        let [chunk, threads] = [chunk, threads].map(|number| NonZeroUsize::new(number).unwrap());
        let counted = |query: &Query| {
            let (engine, (named, received)) =
                count_in_chunks(&CORE, query, &local(dataset, &batches), chunk, threads).unwrap();
            assert_eq!((named, received.received, received.rejected), (*dataset, rows.len() as u64, 0));
            engine.query(query).unwrap()
        };
        let row_by_row = |id: &String| CORE.catalogue.get(id).unwrap().inputs.iter().all(Input::counts_row_by_row);
        let measures: Vec<String> = mergeable(&["crime"]).into_iter().filter(row_by_row).collect();
        prop_assert!(measures.len() > 20, "{measures:?}");
        for measures in measures.chunks(40) {
            let query = query(measures);
            prop_assert_eq!(counted(&query), whole(&query, &data).unwrap());
        }
        let by = Query { breakdown: vec!["hate_strand".to_owned()], ..query(&["hate-crime-reports".to_owned()]) };
        prop_assert_eq!(counted(&by), whole(&by, &data).unwrap());
    }

    #[test]
    fn bytes_that_are_no_state_are_an_error(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let data = data(&[(0, 1, 2, 3, true, 0)]);
        let query = query(&["knife-crime-offences".to_owned()]);
        let state = plan(&query, &data).unwrap().count(Vec::new(), ONE).unwrap();
        let mut bytes = state.to_bytes().unwrap();
        prop_assert_eq!(Partial::from_bytes(&bytes).unwrap(), state);
        let at = at.index(bytes.len());
        prop_assert!(matches!(Partial::from_bytes(&bytes[..at]), Err(PartialError::NotAState(_))));
        bytes[at] ^= 1 << bit;
        prop_assert!(matches!(Partial::from_bytes(&bytes), Err(PartialError::NotAState(_))));
    }
}

/// Whether rows are counted three at a time.
fn counted(query: &Query, dataset: &str, rows: &[Row]) -> bool {
    let three = NonZeroUsize::new(3).unwrap();
    count_in_chunks(&CORE, query, &local(dataset, &[table(dataset, rows)]), three, ONE).is_some()
}

#[test]
fn rows_with_findings_or_of_persons_are_not_counted_in_chunks() {
    let data = data(&[2, 3, 4, 5].map(|person| (0, 700, person, 4, true, 0)));
    let [(_, crimes), (_, victims), ..] = data.as_slice() else { panic!("three datasets") };
    let knives = query(&["knife-crime-offences".to_owned()]);
    assert!(counted(&knives, "crime", crimes));
    assert!(!counted(&knives, "crime", &crimes[..3]), "one chunk");
    assert!(!counted(&query(&["repeat-victim-share".to_owned()]), "crime_victim", victims));
    let mut faulty = crimes.clone();
    faulty[3].retain(|(field, _)| *field != "knife_use");
    faulty[3].push(("knife_use", "spoon".to_owned()));
    assert!(!counted(&knives, "crime", &faulty));
}

#[test]
fn with_many_counts_all_rows_are_read_at_once() {
    let data = data(&[2, 3, 4, 5].map(|person| (0, 700, person, 4, true, 0)));
    let (dataset, rows) = &data[0];
    let reports = CORE.catalogue.get("hate-crime-reports").unwrap();
    let names: Vec<String> = reports.breakdowns.iter().map(|breakdown| breakdown.name.clone()).collect();
    let by = |breakdown: &[String]| Query { breakdown: breakdown.to_vec(), ..query(&[reports.id.to_string()]) };
    assert!(counted(&by(&names[..1]), dataset, rows));
    assert!(!counted(&by(&names), dataset, rows), "{names:?}");
}

#[test]
fn chunks_far_apart_in_time_are_read_at_once() {
    let mut data: Data = data(&[2, 3, 4, 5].map(|person| (0, 700, person, 4, true, 0))).into_iter().take(1).collect();
    for (field, value) in &mut data[0].1[0] {
        if ["recorded_at", "committed_from"].contains(field) {
            *value = "1816-02-01".to_owned();
        }
    }
    let knives = query(&["knife-crime-offences".to_owned()]);
    let tables = [table("crime", &data[0].1)];
    assert!(count_in_chunks(&CORE, &knives, &local("crime", &tables), ONE, ONE).is_none());
    let computed = compute_once(&CORE, &knives, vec![local("crime", &tables)], ONE).unwrap();
    assert_eq!(computed.observations, whole(&knives, &data).unwrap());
}

#[test]
fn what_does_not_add_up_is_refused_by_name() {
    let measures = ["repeat-victim-share.offences-prior-12m", "knife-crime-offences"].map(str::to_owned);
    let refused = Plan::new(&CORE, &query(&measures), &[]).unwrap_err();
    let PartialError::DoesNotAddUp { measures, .. } = &refused else { panic!("{refused}") };
    assert_eq!(measures.as_slice(), ["repeat-victim-share.offences-prior-12m"]);
    assert!(refused.to_string().contains("compute where all rows are in one place"), "{refused}");
}

/// A state with its own digest can hold any length. To believe one would be to reserve that much.
#[test]
fn no_length_in_a_state_is_believed() {
    let data = data(&[(0, 700, 2, 4, true, 0)]);
    let asked = query(&["knife-crime-offences".to_owned()]);
    let bytes = apart(&asked, &data, (1, 2, 0)).unwrap().to_bytes().unwrap();
    let (magic, stream) = (&bytes[..16], &bytes[16 + 32..]);
    let mut refused = 0;
    for at in (0..stream.len() - 8).step_by(8) {
        let mut stream = stream.to_vec();
        stream[at..at + 8].copy_from_slice(&0x00ff_ffff_ffff_ffff_u64.to_le_bytes());
        let digest = sha2::Sha256::digest(&stream);
        refused += usize::from(Partial::from_bytes(&[magic, &digest, &stream].concat()).is_err());
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn states_of_different_questions_are_not_merged() {
    let data = data(&[]);
    let state = |measure: &str| {
        let plan = plan(&query(&[measure.to_owned()]), &data).unwrap();
        plan.count(Vec::new(), ONE).unwrap()
    };
    let mut one = state("knife-crime-offences");
    assert!(matches!(one.merge(state("hate-crime-reports")), Err(PartialError::OtherPlan)));
    let other = plan(&query(&["hate-crime-reports".to_owned()]), &data).unwrap();
    assert!(matches!(one.finish(&other, None, ONE), Err(PartialError::OtherPlan)));
}

#[test]
fn another_question_and_explanations_are_refused() {
    let data = data(&[(0, 700, 2, 4, true, 0)]);
    let asked = query(&["knife-crime-offences".to_owned()]);
    let state = apart(&asked, &data, (1, 2, 0)).unwrap();
    let (engine, ..) = state.finish(&plan(&asked, &data).unwrap(), None, ONE).unwrap();
    let refused = engine.query(&query(&["hate-crime-reports".to_owned()]));
    assert!(matches!(refused, Err(QueryError::Compute(ComputeError::NotCounted))), "{refused:?}");
    let southwark = CORE.reference.areas.by_code(SOUTHWARK).unwrap();
    let period = "2017-12".parse().unwrap();
    let told = engine.explain("knife-crime-offences", southwark, period, &std::collections::BTreeMap::new());
    assert!(matches!(told, Err(QueryError::Compute(ComputeError::NotCounted))), "{told:?}");
}

#[test]
fn victims_are_counted_before_an_answer() {
    let data = data(&[2, 3, 4, 5].map(|person| (0, 700, person, 4, true, 0)));
    let asked = query(&["repeat-victim-share".to_owned()]);
    let plan = plan(&asked, &data).unwrap();
    assert!(plan.follows_persons());
    let tables: Vec<_> = data.iter().map(|(dataset, rows)| (*dataset, [table(dataset, rows)])).collect();
    let rows = tables.iter().map(|(dataset, batches)| local(dataset, batches)).collect();
    let state = plan.count(rows, ONE).unwrap();
    assert!(matches!(state.clone().finish(&plan, None, ONE), Err(PartialError::PersonsNotCounted)));
    let mut buckets = state.clone().by_person(64).unwrap();
    assert!(buckets.len() > 2, "several persons");
    let (_, mut last) = buckets.pop().unwrap();
    let (_, other) = buckets.pop().unwrap();
    assert!(matches!(last.clone().merge(other), Err(PartialError::OtherBucket)));
    // One bucket is missing.
    let (_, mut first) = buckets.remove(0);
    first.count_persons(&plan).unwrap();
    last.count_persons(&plan).unwrap();
    first.merge(last).unwrap();
    assert!(matches!(first.finish(&plan, None, ONE), Err(PartialError::PersonsLost { .. })));
    // Without buckets, one state has all persons.
    let mut all = state;
    all.count_persons(&plan).unwrap();
    let (engine, ..) = all.finish(&plan, None, ONE).unwrap();
    assert_eq!(engine.query(&asked).unwrap(), whole(&asked, &data).unwrap());
}

#[test]
fn a_repeated_key_is_found_in_its_bucket() {
    let mut data = data(&[(0, 700, 2, 4, false, 0), (0, 600, 2, 4, false, 0)]);
    let again = data[0].1[0].clone();
    data[0].1.push(again);
    let asked = query(&["knife-crime-offences".to_owned()]);
    let state = apart(&asked, &data, (3, 4, 9)).unwrap();
    let refused = state.finish(&plan(&asked, &data).unwrap(), None, ONE).unwrap_err();
    // Errors are in two of three rows, and in the victim whose crime is therefore not held.
    assert!(
        matches!(refused, PartialError::TooManyErrors { dataset: "crime", received: 3, rejected: 2, .. }),
        "{refused}"
    );
}

#[test]
fn rows_of_one_dataset_follow_one_other_at_most() {
    for dataset in Contract::get().datasets() {
        let parents: Vec<&str> = dataset.fields.iter().filter_map(Field::references).collect();
        assert!(parents.len() <= 1, "{} refers to {parents:?}", dataset.id);
        for parent in parents {
            let parent = Contract::get().dataset(parent).unwrap();
            assert!(parent.fields.iter().all(|field| field.references().is_none()), "{} refers on", parent.id);
        }
    }
}
