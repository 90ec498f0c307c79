//! The ledger as a whole: applying each submission to the state before it gives the same rows as folding all entries.

use std::sync::Arc;

use jiff::civil::date;
use peelian_core::column::{Batch, Column, MISSING_DATE};
use peelian_core::contract::Contract;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;
use proptest::prelude::*;

use super::{Entry, LedgerState, Plan, Submitted, fold_entries, keep, plan_submission};
use crate::store::{Envelope, Withdrawal};

/// Borough, day from 1 April 2017, and a value.
type Row = (u16, i32, u8);

fn batch(rows: &[Row]) -> Batch {
    let dataset = Contract::get().dataset("local_priority").unwrap();
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
        dataset: "local_priority".to_owned(),
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
    for segment in snapshot.segments("local_priority") {
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
    let (mut state, mut entries) = (LedgerState::default(), Vec::new());
    accept(&mut state, &mut entries, submitted(1, Mode::ReplacePeriod, (0, 9), "", &[(1, 0, 1), (2, 3, 1)]));
    let before = state.snapshot();
    accept(&mut state, &mut entries, submitted(2, Mode::Merge, (0, 9), "", &[(2, 3, 2)]));
    let after = state.snapshot();
    assert!(Arc::ptr_eq(&before.segments("local_priority")[0].batch, &after.segments("local_priority")[0].batch));
    assert_eq!(rows(&before).len(), 2);
    assert_eq!((rows(&after).len(), after.position), (2, 2));
    assert_eq!(before.coverage.len(), 1);
    assert_eq!(after.coverage[0].last, date(2017, 4, 10));
    assert_eq!(rows(&fold_entries(&entries[..1]).snapshot()), rows(&before), "the past is as it was");
}

#[test]
fn two_rows_of_one_key_are_never_in_force_after_a_withdrawal() {
    let (mut state, mut entries) = (LedgerState::default(), Vec::new());
    accept(&mut state, &mut entries, submitted(1, Mode::ReplacePeriod, (0, 9), "a", &[(1, 0, 1)]));
    accept(&mut state, &mut entries, submitted(2, Mode::ReplacePeriod, (0, 9), "a", &[]));
    accept(&mut state, &mut entries, submitted(3, Mode::ReplacePeriod, (0, 9), "b", &[(1, 0, 2)]));
    let withdrawal = Withdrawal { position: 4, accepted_micros: 4, submission: 2, reason: String::new() };
    entries.push(Entry::Withdrawal(withdrawal));
    let in_force = rows(&fold_entries(&entries).snapshot());
    assert_eq!(in_force.iter().map(|row| (row.0, row.3)).collect::<Vec<_>>(), [(3, 2)]);
}

fn step() -> impl Strategy<Value = (u8, i8, i8, bool, Vec<Row>, bool)> {
    let row = (1_u16..6, 0_i32..20, 1_u8..4);
    (0_u8..3, 0_i8..20, 0_i8..8, any::<bool>(), prop::collection::vec(row, 0..8), prop::bool::weighted(0.2))
}

proptest! {
    #[test]
    fn each_step_equals_a_fold_of_all_entries(steps in prop::collection::vec(step(), 1..12)) {
        let (mut state, mut entries) = (LedgerState::default(), Vec::new());
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
            prop_assert_eq!(&after, &rows(&fold_entries(&entries).snapshot()));
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
                state = fold_entries(&entries);
            }
        }
    }
}
