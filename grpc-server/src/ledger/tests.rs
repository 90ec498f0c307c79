//! The ledger as a whole: applying each submission to the state before it gives the same rows as folding all entries.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use peelian_core::column::{Batch, Column, MISSING_DATE};
use peelian_core::contract::Contract;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;
use proptest::prelude::*;

use super::{Entry, HeldElsewhere, LedgerState, Plan, Submitted, fold_entries, keep, plan_submission};
use crate::store::{Envelope, Withdrawal};

const DATASET: &str = "local_priority";

/// The seeds, with two further agencies that hold the boroughs' priorities.
fn reference() -> Reference {
    static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
        let agency =
            |id: &str| format!("[agencies.{id}]\nname = \"{id}\"\nkind = \"borough\"\nareas = [\"E12000007\"]\n");
        let text = agency("archive") + &agency("register");
        Reference::with_agencies(Some(("agencies.toml", &text))).unwrap()
    });
    REFERENCE.clone()
}

/// Borough, day from 1 April 2017, and a value.
type Row = (u16, i32, u8);

fn batch(rows: &[Row]) -> Batch {
    let dataset = Contract::get().dataset(DATASET).unwrap();
    let start = days_of_date(date(2017, 4, 1));
    let columns = dataset.kept().map(|field| match field.name.as_str() {
        "borough" => Column::U16(rows.iter().map(|row| row.0).collect::<Vec<_>>().into()),
        "valid_from" => Column::I32(rows.iter().map(|row| start + row.1).collect::<Vec<_>>().into()),
        "valid_to" => Column::I32(vec![MISSING_DATE; rows.len()].into()),
        "priority_1" => Column::U8(rows.iter().map(|row| row.2).collect::<Vec<_>>().into()),
        "priority_2" | "asb" => Column::U8(vec![0; rows.len()].into()),
        _ => Column::Text(arrow::array::StringArray::new_null(rows.len())),
    });
    Batch::new(dataset, columns.collect(), rows.len())
}

fn submitted(position: u64, mode: Mode, (first, last): (i8, i8), collection: &str, rows: &[Row]) -> Submitted {
    let envelope = Envelope {
        position,
        accepted_micros: i64::try_from(position).unwrap(),
        ulid: format!("{position:026}"),
        agency: "mopac".to_owned(),
        dataset: DATASET.to_owned(),
        collection: collection.to_owned(),
        mode,
        first: date(2017, 4, 1 + first),
        last: date(2017, 4, 1 + last),
        extract_micros: 0,
        request_id: String::new(),
        content_sha256: [0; 32],
        synthetic: false,
        rows: 0,
    };
    Submitted::new(envelope, Arc::new(batch(rows)))
}

/// Every row in force, as position, borough, day and value.
fn rows(snapshot: &Snapshot) -> Vec<(u64, u16, i32, u8)> {
    let mut all = Vec::new();
    for segment in snapshot.segments(DATASET) {
        let column = |name| segment.batch.column(name).unwrap();
        for row in (0..segment.batch.rows()).filter(|row| segment.selects(*row)) {
            let borough = column("borough").as_u16().unwrap()[row];
            let day = column("valid_from").as_i32().unwrap()[row];
            all.push((segment.submission.0, borough, day, column("priority_1").as_u8().unwrap()[row]));
        }
    }
    all.sort_unstable();
    all
}

/// Accepts a submission as the server does: rows with conflicts are left out.
fn accept(state: &mut LedgerState, entries: &mut Vec<Entry>, submitted: Submitted) -> Plan {
    let mut submitted = submitted;
    let mut plan = plan_submission(state, &submitted);
    if !plan.conflicts.is_empty() {
        let mut kept = vec![true; submitted.batch.rows()];
        plan.conflicts.iter().for_each(|conflict| kept[conflict.row] = false);
        submitted = Submitted::new(submitted.envelope, Arc::new(keep(&submitted.batch, &kept)));
        plan = plan_submission(state, &submitted);
        assert!(plan.conflicts.is_empty());
    }
    let submitted = Arc::new(submitted);
    let again = plan_submission(state, &submitted);
    state.apply(&submitted, plan);
    entries.push(Entry::Submission(submitted));
    again
}

#[test]
fn snapshots_share_batches_and_cover_periods() {
    let (mut state, mut entries) = (LedgerState::new(reference()), Vec::new());
    accept(&mut state, &mut entries, submitted(1, Mode::ReplacePeriod, (0, 9), "", &[(1, 0, 1), (2, 3, 1)]));
    let before = state.snapshot();
    accept(&mut state, &mut entries, submitted(2, Mode::Merge, (0, 9), "", &[(2, 3, 2)]));
    let after = state.snapshot();
    assert!(Arc::ptr_eq(&before.segments(DATASET)[0].batch, &after.segments(DATASET)[0].batch));
    assert_eq!(rows(&before).len(), 2);
    assert_eq!((rows(&after).len(), after.position), (2, 2));
    assert_eq!(before.coverage.len(), 1);
    assert_eq!(after.coverage[0].last, date(2017, 4, 10));
    assert_eq!(rows(&fold_entries(&entries[..1], &reference()).snapshot()), rows(&before), "the past is as it was");
}

#[test]
fn two_rows_of_one_key_are_never_in_force_after_a_withdrawal() {
    let (mut state, mut entries) = (LedgerState::new(reference()), Vec::new());
    accept(&mut state, &mut entries, submitted(1, Mode::ReplacePeriod, (0, 9), "a", &[(1, 0, 1)]));
    accept(&mut state, &mut entries, submitted(2, Mode::ReplacePeriod, (0, 9), "a", &[]));
    accept(&mut state, &mut entries, submitted(3, Mode::ReplacePeriod, (0, 9), "b", &[(1, 0, 2)]));
    let withdrawal = Withdrawal { position: 4, accepted_micros: 4, submission: 2, reason: String::new() };
    entries.push(Entry::Withdrawal(withdrawal));
    let in_force = rows(&fold_entries(&entries, &reference()).snapshot());
    assert_eq!(in_force.iter().map(|row| (row.0, row.3)).collect::<Vec<_>>(), [(3, 2)]);
}

fn step() -> impl Strategy<Value = (u8, i8, i8, bool, Vec<Row>, bool)> {
    let row = (1_u16..6, 0_i32..20, 1_u8..4);
    (0_u8..3, 0_i8..20, 0_i8..8, any::<bool>(), prop::collection::vec(row, 0..8), prop::bool::weighted(0.2))
}

proptest! {
    #[test]
    fn each_step_equals_a_fold_of_all_entries(steps in prop::collection::vec(step(), 1..12)) {
        let (mut state, mut entries) = (LedgerState::new(reference()), Vec::new());
        let mut position = 0;
        for (mode, first, length, other, mut given, withdraw) in steps {
            position += 1;
            let mode = [Mode::ReplacePeriod, Mode::Merge, Mode::Delete][usize::from(mode)];
            let last = (first + length).min(20);
            // As the intake leaves them: rows within the period, and each key once.
            given.retain(|row| (i32::from(first)..=i32::from(last)).contains(&row.1));
            given.sort_unstable();
            given.dedup_by_key(|row| (row.0, row.1));
            let before = rows(&state.snapshot()).len();
            let collection = if other { "other" } else { "" };
            let plan = accept(&mut state, &mut entries, submitted(position, mode, (first, last), collection, &given));
            let counts = plan.counts;
            let received = entries.last().and_then(Entry::submitted).unwrap().batch.rows();
            prop_assert_eq!(counts.created + counts.updated + counts.unchanged, u64::try_from(received).unwrap());
            let after = rows(&state.snapshot());
            let removed = usize::try_from(plan.deletes(mode)).unwrap();
            prop_assert_eq!(after.len() + removed, before + usize::try_from(counts.created).unwrap());
            prop_assert_eq!(&after, &rows(&fold_entries(&entries, &reference()).snapshot()));
            let mut keys: Vec<_> = after.iter().map(|row| (row.1, row.2)).collect();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys.len(), after.len(), "each key is in force once");
            if withdraw {
                let target = position;
                position += 1;
                let withdrawal =
                    Withdrawal { position, accepted_micros: 0, submission: target, reason: String::new() };
                entries.push(Entry::Withdrawal(withdrawal));
                state = fold_entries(&entries, &reference());
            }
        }
    }
}

/// A submission of an agency.
fn of_agency(agency: &str, position: u64, mode: Mode, span: (i8, i8), rows: &[Row]) -> Submitted {
    let submission = submitted(position, mode, span, "", rows);
    let envelope = Envelope { agency: agency.to_owned(), ..submission.envelope };
    Submitted::new(envelope, submission.batch)
}

#[test]
fn a_row_of_two_agencies_counts_once_in_either_order() {
    for order in [["southwark", "mopac"], ["mopac", "southwark"]] {
        let (mut state, mut entries) = (LedgerState::new(reference()), Vec::new());
        for (position, agency) in (1..).zip(order) {
            let value = if agency == "southwark" { 1 } else { 2 };
            let submission = of_agency(agency, position, Mode::Merge, (0, 9), &[(1, 0, value)]);
            let others = state.held_elsewhere(&submission);
            // The office's rows are copies: a borough's own come first.
            let (agency, other_counts) = (Arc::from(order[0]), order[0] == "southwark");
            let told = (position == 2).then_some(HeldElsewhere { row: 0, agency, other_counts });
            assert_eq!(others, told.into_iter().collect::<Vec<_>>());
            accept(&mut state, &mut entries, submission);
        }
        let counted = rows(&state.snapshot());
        assert_eq!(counted.iter().map(|row| row.3).collect::<Vec<_>>(), [1]);
        // If the borough withdraws its own, the office's row counts.
        let submission = order.iter().zip(1..).find(|(agency, _)| **agency == "southwark").unwrap().1;
        let withdrawal = Withdrawal { position: 3, accepted_micros: 3, submission, reason: String::new() };
        entries.push(Entry::Withdrawal(withdrawal));
        let counted = rows(&fold_entries(&entries, &reference()).snapshot());
        assert_eq!(counted.iter().map(|row| row.3).collect::<Vec<_>>(), [2]);
    }
}

proptest! {
    /// Of each key, the row of the first agency counts among those that hold it.
    #[test]
    fn of_each_key_the_first_agency_counts(
        steps in prop::collection::vec((0_usize..3, any::<bool>(), prop::collection::vec((1_u16..5, 0_i32..4, 1_u8..4), 0..6)), 1..14)
    ) {
        let agencies = ["archive", "mopac", "register"];
        let (mut state, mut entries) = (LedgerState::new(reference()), Vec::new());
        let mut alone: Vec<_> = agencies.iter().map(|_| (LedgerState::new(reference()), Vec::new())).collect();
        for (position, (which, replace, mut given)) in (1..).zip(steps) {
            given.sort_unstable();
            given.dedup_by_key(|row| (row.0, row.1));
            let mode = if replace { Mode::ReplacePeriod } else { Mode::Merge };
            let submission = || of_agency(agencies[which], position, mode, (0, 9), &given);
            accept(&mut state, &mut entries, submission());
            let (own, own_entries) = &mut alone[which];
            accept(own, own_entries, submission());
            let mut expected: BTreeMap<(u16, i32), (u64, u8)> = BTreeMap::new();
            // In the order of precedence: the primary agencies by name, then the office.
            for which in [0, 2, 1] {
                for (position, borough, day, value) in rows(&alone[which].0.snapshot()) {
                    expected.entry((borough, day)).or_insert((position, value));
                }
            }
            let counted: BTreeMap<_, _> =
                rows(&state.snapshot()).into_iter().map(|row| ((row.1, row.2), (row.0, row.3))).collect();
            prop_assert_eq!(&counted, &expected);
            prop_assert_eq!(rows(&state.snapshot()).len(), expected.len(), "each key counts once");
            prop_assert_eq!(rows(&state.snapshot()), rows(&fold_entries(&entries, &reference()).snapshot()));
        }
    }
}
