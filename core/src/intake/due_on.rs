//! Whether a date is the working day that a limit gives after another.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use peelian::annotations::v1::DueOn;

use crate::column::{Column, YES};
use crate::contract::{Dataset, Field, Kind};
use crate::reference::{CodeList, Reference};

use super::derive::date_at;

/// Column of a list of limits with the number of working days.
const LENGTH: &str = "working_days";
/// Stored value of a flag that is false.
const NO: u8 = YES - 1;

/// The flags of a derived field: yes, no, or missing if a date or a limit is.
pub(super) fn due_on<'c>(
    dataset: &Dataset,
    how: &DueOn,
    reference: &Reference,
    column: &dyn Fn(&str) -> Option<&'c Column>,
) -> Option<Column> {
    let (due, after) = (column(&how.field)?.as_i32()?, column(&how.after)?.as_i32()?);
    let list = reference.codes.list(&how.limits)?;
    let by = |name: &String| Some((dataset.field(name)?, column(name)?.as_u8()?));
    let by: Vec<(&Field, &[u8])> = how.by.iter().map(by).collect::<Option<_>>()?;
    let mut limits: HashMap<Vec<u8>, Option<u32>, FixedState> = HashMap::default();
    let flag = |(row, (due, after)): (usize, (&i32, &i32))| {
        let codes = by.iter().map(|(_, codes)| codes.get(row).copied().unwrap_or(0)).collect();
        let limit = *limits.entry(codes).or_insert_with_key(|codes| limit(list, &by, codes));
        let expected = reference.working_days.after(date_at(*after)?, limit?)?;
        Some(if date_at(*due)? == expected { YES } else { NO })
    };
    let flags = due.iter().zip(after).enumerate().map(flag).map(Option::unwrap_or_default);
    Some(Column::U8(flags.collect::<Vec<_>>().into()))
}

/// The limit whose code the values of the fields are.
fn limit(list: &CodeList, by: &[(&Field, &[u8])], codes: &[u8]) -> Option<u32> {
    let text = |((field, _), code): (&(&Field, &[u8]), &u8)| match &field.kind {
        Kind::Code(set) => set.by_number(*code).map(|code| code.code.clone()),
        Kind::Flag => [NO, YES].contains(code).then(|| (*code == YES).to_string()),
        _ => None,
    };
    let parts: Vec<String> = by.iter().zip(codes).map(text).collect::<Option<_>>()?;
    list.get(&parts.join("/"))?.attribute(LENGTH)?.parse().ok()
}
