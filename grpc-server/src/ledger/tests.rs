//! The ledger as a whole: applying each submission to the state before it gives the same rows as folding all entries.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use peelian_core::column::{Batch, Column, MISSING_DATE};
use peelian_core::contract::Contract;
use peelian_core::engine::snapshot::Snapshot;
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;
use peelian_core::reference::Reference;
use proptest::prelude::*;

use super::{
    Entry, Fold, Head, HeldElsewhere, HeldSegment, LedgerState, Plan, Submitted, chosen, family, needed,
    plan_submission,
};
use crate::store::{Envelope, InForce, LeftOutRows, Withdrawal};

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
        left_out: false,
    };
    Submitted::new(envelope, Arc::new(batch(rows)), None, &reference())
}

/// The entries of a ledger, with the rows of each submission as a store has them.
#[derive(Default)]
struct History {
    entries: Vec<Entry>,
    rows: BTreeMap<u64, Submitted>,
}

impl History {
    fn push(&mut self, submitted: Submitted) {
        self.entries.push(Entry::Submission(Arc::clone(&submitted.head)));
        self.rows.insert(submitted.head.position(), submitted);
    }

    fn withdraw(&mut self, position: u64, submission: u64) {
        let accepted_micros = i64::try_from(position).unwrap();
        let withdrawal = Withdrawal { position, accepted_micros, submission, reason: String::new() };
        self.entries.push(Entry::Withdrawal(withdrawal));
    }

    /// The state after the first entries, from the rows of all.
    fn fold_first(&self, entries: usize) -> LedgerState {
        self.fold(LedgerState::new(reference()), &self.entries[..entries], &vec![true; entries])
    }

    fn fold_all(&self) -> LedgerState {
        self.fold_first(self.entries.len())
    }

    /// The state from only the rows on which it depends.
    fn fold_needed(&self) -> LedgerState {
        self.fold(LedgerState::new(reference()), &self.entries, &needed(&self.entries))
    }

    fn fold(&self, state: LedgerState, entries: &[Entry], chosen: &[bool]) -> LedgerState {
        let mut fold = Fold::new(state, entries);
        for (entry, chosen) in entries.iter().zip(chosen) {
            fold.push(entry, self.rows.get(&entry.position()).filter(|_| *chosen));
        }
        fold.finish()
    }

    /// The state at its end, from what was kept of another one and the entries after it.
    fn restore(&self, kept: &LedgerState) -> LedgerState {
        let in_force = InForce { rows: kept.in_force(), places: Vec::new() };
        let in_force = InForce::decode(&in_force.encode(&reference()), &reference()).unwrap();
        let held = in_force.rows.into_iter().map(|rows| HeldSegment::restored(&self.rows[&rows.submission], rows));
        let state = LedgerState::restored(reference(), held.collect());
        let later: Vec<bool> = self.entries.iter().map(|entry| entry.position() > kept.position).collect();
        self.fold(state, &self.entries, &later)
    }
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
fn accept(state: &mut LedgerState, history: &mut History, submitted: Submitted) -> Plan {
    let mut submitted = submitted;
    let mut plan = plan_submission(state, &submitted);
    if !plan.conflicts.is_empty() {
        let conflicts: BTreeSet<usize> = plan.conflicts.iter().map(|conflict| conflict.row).collect();
        let kept: Vec<usize> = (0..submitted.batch.rows()).filter(|row| !conflicts.contains(row)).collect();
        let (envelope, batch) = (submitted.head.envelope.clone(), Arc::new(chosen(&submitted.batch, &kept)));
        submitted = Submitted::new(envelope, batch, submitted.left_out, &reference());
        plan = plan_submission(state, &submitted);
        assert!(plan.conflicts.is_empty());
    }
    let again = plan_submission(state, &submitted);
    let (before, planned) = (state.bytes(), state.bytes_after(&submitted, &plan));
    state.apply(&submitted, plan);
    match planned {
        Some(bytes) => assert_eq!(state.bytes(), bytes, "the memory is what the plan said"),
        None => assert!(state.bytes() <= before, "no more memory is taken than before"),
    }
    history.push(submitted);
    again
}

#[test]
fn snapshots_share_batches_and_cover_periods() {
    let (mut state, mut history) = (LedgerState::new(reference()), History::default());
    let many: Vec<Row> = (0..20).map(|day| (1, day, 1)).collect();
    accept(&mut state, &mut history, submitted(1, Mode::ReplacePeriod, (0, 19), "", &many));
    let before = state.snapshot();
    accept(&mut state, &mut history, submitted(2, Mode::Merge, (0, 9), "", &[(1, 3, 2)]));
    let after = state.snapshot();
    assert!(Arc::ptr_eq(&before.segments(DATASET)[0].batch, &after.segments(DATASET)[0].batch));
    assert_eq!(rows(&before).len(), 20);
    assert_eq!((rows(&after).len(), after.position), (20, 2));
    assert_eq!(before.coverage.len(), 1);
    assert_eq!(after.coverage[1].last, date(2017, 4, 10));
    assert_eq!(rows(&history.fold_first(1).snapshot()), rows(&before), "the past is as it was");
}

#[test]
fn rows_that_are_out_of_force_leave_memory() {
    let (mut state, mut history) = (LedgerState::new(reference()), History::default());
    let many: Vec<Row> = (0..20).map(|day| (1, day, 1)).collect();
    accept(&mut state, &mut history, submitted(1, Mode::ReplacePeriod, (0, 19), "", &many));
    accept(&mut state, &mut history, submitted(2, Mode::Merge, (0, 19), "", &[(1, 3, 2), (1, 4, 2), (1, 19, 2)]));
    let snapshot = state.snapshot();
    let held: Vec<_> = snapshot.segments(DATASET).iter().map(|held| (held.batch.rows(), held.rows())).collect();
    assert_eq!(held, [(17, 17), (3, 3)]);
    // The rows that are left have other places in memory, and are found by their keys as before.
    accept(&mut state, &mut history, submitted(3, Mode::Merge, (0, 19), "", &[(1, 18, 3)]));
    assert_eq!(rows(&state.snapshot()), rows(&history.fold_all().snapshot()));
    let in_force = state.in_force();
    assert_eq!(in_force[0].rows.as_ref().map(Vec::len), Some(16));
    assert_eq!(in_force[0].rows.as_deref().map(|rows| &rows[2..6]), Some(&[2, 5, 6, 7][..]));
    assert_eq!(in_force[1].rows, None);
}

#[test]
fn two_rows_of_one_key_are_never_in_force_after_a_withdrawal() {
    let (mut state, mut history) = (LedgerState::new(reference()), History::default());
    accept(&mut state, &mut history, submitted(1, Mode::ReplacePeriod, (0, 9), "a", &[(1, 0, 1)]));
    accept(&mut state, &mut history, submitted(2, Mode::ReplacePeriod, (0, 9), "a", &[]));
    accept(&mut state, &mut history, submitted(3, Mode::ReplacePeriod, (0, 9), "b", &[(1, 0, 2)]));
    history.withdraw(4, 2);
    let in_force = rows(&history.fold_needed().snapshot());
    assert_eq!(in_force.iter().map(|row| (row.0, row.3)).collect::<Vec<_>>(), [(3, 2)]);
}

/// The positions of the submissions that a fold needs, of submissions of a dataset in a mode for the days of April.
fn needed_of(submissions: &[(&'static str, Mode, (i8, i8))], withdrawn: &[u64]) -> Vec<u64> {
    let mut entries = Vec::new();
    for (position, (dataset, mode, days)) in (1..).zip(submissions) {
        let envelope = submitted(position, *mode, *days, "", &[]).head.envelope.clone();
        let dataset = Contract::get().dataset(dataset).unwrap();
        entries.push(Entry::Submission(Arc::new(Head::new(envelope, dataset))));
    }
    for (position, submission) in (100..).zip(withdrawn) {
        let withdrawal = Withdrawal { position, accepted_micros: 0, submission: *submission, reason: String::new() };
        entries.push(Entry::Withdrawal(withdrawal));
    }
    entries.iter().zip(needed(&entries)).filter(|(_, needed)| *needed).map(|(entry, _)| entry.position()).collect()
}

#[test]
fn a_replacement_is_needed_until_its_period_is_replaced() {
    let (month, half) = ((0, 19), (0, 9));
    let replaced = |days| (DATASET, Mode::ReplacePeriod, days);
    let (merged, deleted) = ((DATASET, Mode::Merge, half), (DATASET, Mode::Delete, half));
    let revisions = [replaced(month), replaced(month), replaced(month)];
    assert_eq!(needed_of(&revisions, &[]), [3]);
    assert_eq!(needed_of(&revisions, &[3]), [2], "what a withdrawal brings back");
    assert_eq!(needed_of(&[replaced(half), replaced(month), replaced(half)], &[]), [2, 3]);
    assert_eq!(needed_of(&[replaced(month), merged, replaced(month)], &[]), [1, 2, 3]);
    assert_eq!(needed_of(&[replaced(month), deleted, replaced(month)], &[]), [2, 3]);
    // After a withdrawal, later submissions can have rows that are held elsewhere.
    assert_eq!(needed_of(&revisions, &[1]), [2, 3]);
}

#[test]
fn a_crime_is_needed_by_the_victims_whose_days_are_looked_up_in_it() {
    assert_eq!(family(Contract::get().dataset("crime").unwrap()), ["crime", "crime_victim"].into());
    assert_eq!(family(Contract::get().dataset("crime_victim").unwrap()), ["crime", "crime_victim"].into());
    assert_eq!(family(Contract::get().dataset(DATASET).unwrap()), [DATASET].into());
    let (crimes, victims) = (("crime", Mode::ReplacePeriod, (0, 19)), ("crime_victim", Mode::ReplacePeriod, (0, 19)));
    assert_eq!(needed_of(&[crimes, victims, crimes], &[]), [1, 2, 3]);
    assert_eq!(needed_of(&[crimes, victims, crimes, victims], &[]), [3, 4]);
}

/// A mode, a first day and a number of days, whether the collection is another one, the rows, a row that was left out, and
/// how far back the submission is that is withdrawn then.
type Step = (u8, i8, i8, bool, Vec<Row>, Option<Row>, Option<usize>);

fn step() -> impl Strategy<Value = Step> {
    let row = || (1_u16..6, 0_i32..20, 1_u8..4);
    let days = prop_oneof![Just((0_i8, 20_i8)), (0_i8..20, 0_i8..8), Just((5, 4))];
    let left_out = prop::option::weighted(0.15, row());
    let withdraws = prop::option::weighted(0.2, 0_usize..3);
    (0_u8..4, days, any::<bool>(), prop::collection::vec(row(), 0..8), left_out, withdraws).prop_map(
        |(mode, (first, length), other, rows, left_out, back)| (mode, first, length, other, rows, left_out, back),
    )
}

/// The same submission, which left out a row of which the key is known.
fn leaving_out(submitted: Submitted, row: Row) -> Submitted {
    let batch = batch(&[row]);
    let fields = batch.dataset().kept().map(|field| batch.dataset().options.key.contains(&field.name));
    let known = (0..).zip(fields).filter(|(_, known)| *known).map(|(field, _)| 1_u64 << field).sum();
    let left_out = LeftOutRows { batch, known: vec![known] };
    Submitted::new(submitted.head.envelope.clone(), submitted.batch, Some(left_out), &reference())
}

proptest! {
    #[test]
    fn each_step_equals_a_fold_of_all_entries(steps in prop::collection::vec(step(), 1..14)) {
        let (mut state, mut history) = (LedgerState::new(reference()), History::default());
        let mut kept = LedgerState::new(reference());
        let mut position = 0;
        for (mode, first, length, other, mut given, left_out, withdraws) in steps {
            position += 1;
            let mode = [Mode::ReplacePeriod, Mode::Merge, Mode::Delete, Mode::ReplacePeriod][usize::from(mode)];
            let last = (first + length).min(20);
            // As the intake leaves them: rows within the period, and each key once.
            given.retain(|row| (i32::from(first)..=i32::from(last)).contains(&row.1));
            given.sort_unstable();
            given.dedup_by_key(|row| (row.0, row.1));
            let before = rows(&state.snapshot()).len();
            let collection = if other { "other" } else { "" };
            let mut submission = submitted(position, mode, (first, last), collection, &given);
            if let Some(row) = left_out {
                submission = leaving_out(submission, row);
            }
            let plan = accept(&mut state, &mut history, submission);
            let counts = plan.counts;
            let received = history.rows[&position].batch.rows();
            let counted = counts.created + counts.updated + counts.unchanged + counts.deleted + counts.not_held;
            prop_assert_eq!(counted, u64::try_from(received).unwrap());
            let after = rows(&state.snapshot());
            let removed = usize::try_from(plan.deletes(mode)).unwrap();
            prop_assert_eq!(after.len() + removed, before + usize::try_from(counts.created).unwrap());
            prop_assert_eq!(&after, &rows(&history.fold_all().snapshot()));
            prop_assert_eq!(&after, &rows(&history.fold_needed().snapshot()));
            let mut keys: Vec<_> = after.iter().map(|row| (row.1, row.2)).collect();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys.len(), after.len(), "each key is in force once");
            let restored = history.restore(&kept);
            prop_assert_eq!(&after, &rows(&restored.snapshot()));
            prop_assert_eq!(&restored.snapshot().coverage, &state.snapshot().coverage);
            prop_assert_eq!(restored.in_force(), state.in_force());
            if let Some(target) = withdraws.and_then(|back| position.checked_sub(u64::try_from(back).ok()?)) {
                let withdrawn = super::withdrawn(&history.entries);
                if history.rows.contains_key(&target) && !withdrawn.contains(&target) {
                    position += 1;
                    history.withdraw(position, target);
                    state.adopt(history.fold_needed(), &[DATASET].into());
                    prop_assert_eq!(&rows(&state.snapshot()), &rows(&history.fold_all().snapshot()));
                    kept = history.fold_all();
                }
            } else if position % 3 == 0 {
                kept = history.fold_needed();
            }
        }
    }
}

/// A submission of an agency.
fn of_agency(agency: &str, position: u64, mode: Mode, span: (i8, i8), rows: &[Row]) -> Submitted {
    let submission = submitted(position, mode, span, "", rows);
    let envelope = Envelope { agency: agency.to_owned(), ..submission.head.envelope.clone() };
    Submitted::new(envelope, submission.batch, None, &reference())
}

#[test]
fn a_row_of_two_agencies_counts_once_in_either_order() {
    for order in [["southwark", "mopac"], ["mopac", "southwark"]] {
        let (mut state, mut history) = (LedgerState::new(reference()), History::default());
        for (position, agency) in (1..).zip(order) {
            let value = if agency == "southwark" { 1 } else { 2 };
            let submission = of_agency(agency, position, Mode::Merge, (0, 9), &[(1, 0, value)]);
            let others = state.held_elsewhere(&submission);
            // The office's rows are copies: a borough's own come first.
            let (agency, other_counts) = (Arc::from(order[0]), order[0] == "southwark");
            let told = (position == 2).then_some(HeldElsewhere { row: 0, agency, other_counts });
            assert_eq!(others, told.into_iter().collect::<Vec<_>>());
            accept(&mut state, &mut history, submission);
        }
        let counted = rows(&state.snapshot());
        assert_eq!(counted.iter().map(|row| row.3).collect::<Vec<_>>(), [1]);
        // If the borough withdraws its own, the office's row counts.
        let submission = order.iter().zip(1..).find(|(agency, _)| **agency == "southwark").unwrap().1;
        history.withdraw(3, submission);
        let counted = rows(&history.fold_all().snapshot());
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
        let (mut state, mut history) = (LedgerState::new(reference()), History::default());
        let mut alone: Vec<_> = agencies.iter().map(|_| (LedgerState::new(reference()), History::default())).collect();
        for (position, (which, replace, mut given)) in (1..).zip(steps) {
            given.sort_unstable();
            given.dedup_by_key(|row| (row.0, row.1));
            let mode = if replace { Mode::ReplacePeriod } else { Mode::Merge };
            let submission = || of_agency(agencies[which], position, mode, (0, 9), &given);
            accept(&mut state, &mut history, submission());
            let (own, own_history) = &mut alone[which];
            accept(own, own_history, submission());
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
            prop_assert_eq!(rows(&state.snapshot()), rows(&history.fold_all().snapshot()));
            prop_assert_eq!(rows(&state.snapshot()), rows(&history.restore(&history.fold_all()).snapshot()));
        }
    }
}
