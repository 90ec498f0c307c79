//! What was held of a row before it last changed, for the fields in which the contract keeps it.

use peelian_core::column::{Batch, Column, MISSING_DATE, value_bits};
use peelian_core::contract::{Dataset, Derivation};
use peelian_core::intake::Mode;
use peelian_core::period::days_of_date;

use super::segment::HeldSegment;
use super::state::LedgerState;
use super::submitted::Submitted;
use crate::clock::london_day;

/// A field that keeps what was held before.
struct Kept<'d> {
    name: &'d str,
    /// Field whose value it keeps; empty if it keeps the day of the extract.
    of: &'d str,
}

/// The row held under the key of a new row.
struct Before<'s> {
    segment: &'s HeldSegment,
    row: usize,
    /// Whether one of the values that are kept is another one in the new row.
    changed: bool,
}

/// The submission with what was held of each of its rows before the row last changed. A row that has not changed keeps what
/// the row held says.
pub(crate) fn keep_previous(state: &mut LedgerState, submitted: Submitted) -> Submitted {
    let fields = fields(submitted.batch.dataset());
    if fields.is_empty() || submitted.head.envelope.mode == Mode::Delete {
        return submitted;
    }
    let before = rows_before(state, &submitted, &fields);
    if before.iter().all(Option::is_none) {
        return submitted;
    }
    let batch = with_previous(&submitted.batch, &fields, &before).into();
    Submitted { batch, ..submitted }
}

fn fields(dataset: &Dataset) -> Vec<Kept<'_>> {
    let kept = dataset.kept().filter_map(|field| match field.derivation.as_ref()? {
        Derivation::Previous(how) => Some(Kept { name: &field.name, of: &how.field }),
        _ => None,
    });
    kept.collect()
}

/// For each row of a submission, the row held under its key.
fn rows_before<'s>(
    state: &'s mut LedgerState,
    submitted: &Submitted,
    fields: &[Kept<'_>],
) -> Vec<Option<Before<'s>>> {
    let (segments, index) = state.held_and_index(submitted);
    let (Some(index), Some(keys)) = (index, &submitted.keys) else { return Vec::new() };
    let values =
        |batch, row| fields.iter().filter(|kept| !kept.of.is_empty()).map(move |kept| bits(batch, kept.of, row));
    let find = |(new, key): (usize, &u64)| {
        let (at, row) = index.get(*key)?.find(segments)?;
        let segment = segments.get(at)?;
        let changed = !values(&submitted.batch, new).eq(values(&segment.batch, row));
        Some(Before { segment, row, changed })
    };
    keys.iter().enumerate().map(find).collect()
}

fn bits(batch: &Batch, field: &str, row: usize) -> Option<u64> {
    batch.column(field).map(|column| value_bits(column, row))
}

fn with_previous(batch: &Batch, fields: &[Kept<'_>], before: &[Option<Before<'_>>]) -> Batch {
    let columns = batch.dataset().kept().zip(batch.columns()).map(|(field, column)| {
        let Some(kept) = fields.iter().find(|kept| kept.name == field.name) else { return column.clone() };
        match column {
            Column::F64(_) => {
                let value = |before: &Before<'_>| {
                    let field = if before.changed { kept.of } else { kept.name };
                    before.segment.batch.column(field)?.as_f64()?.get(before.row).copied()
                };
                let values = before.iter().map(|before| before.as_ref().and_then(value).unwrap_or(f64::NAN));
                Column::F64(values.collect::<Vec<_>>().into())
            }
            Column::I32(_) => {
                let day = |before: &Before<'_>| match before.changed {
                    true => Some(days_of_date(london_day(before.segment.head.envelope.extract_micros))),
                    false => before.segment.batch.column(kept.name)?.as_i32()?.get(before.row).copied(),
                };
                let days = before.iter().map(|before| before.as_ref().and_then(day).unwrap_or(MISSING_DATE));
                Column::I32(days.collect::<Vec<_>>().into())
            }
            // The contract keeps numbers and days only; a test reads it.
            other => other.clone(),
        }
    });
    Batch::new(batch.dataset(), columns.collect(), batch.rows())
}

#[cfg(test)]
mod tests {
    use peelian_core::contract::{Contract, Kind};

    use super::*;

    #[test]
    fn numbers_and_days_are_kept() {
        for dataset in Contract::get().datasets() {
            for kept in fields(dataset) {
                let kind = |name: &str| &dataset.field(name).unwrap().kind;
                match kept.of {
                    "" => assert!(matches!(kind(kept.name), Kind::Date), "{}", kept.name),
                    of => {
                        assert!(matches!((kind(kept.name), kind(of)), (Kind::Number, Kind::Number)), "{}", kept.name)
                    }
                }
            }
        }
        assert_eq!(fields(Contract::get().dataset("published_figure").unwrap()).len(), 4);
    }
}
