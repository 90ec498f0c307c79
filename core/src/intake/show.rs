//! Canonical values as text.

use arrow::array::Array;

use crate::column::{Column, MISSING_DATE, YES};
use crate::contract::{CodeSet, Field, Kind};
use crate::period::{Period, date_of_days};
use crate::reference::Reference;
use crate::stats::survey::WEIGHT_UNIT;

use super::parse::{day_of_minute, hour_of_minute};

/// The value of a row in the spelling of a file. Empty if it is missing, and for identifiers, because their text is not
/// stored.
#[must_use]
pub fn show(field: &Field, column: &Column, row: usize, reference: &Reference) -> String {
    if row >= column.len() {
        return String::new();
    }
    let shown = match (&field.kind, column) {
        (Kind::Code(codes), Column::U8(values)) => codes.by_number(values[row]).map(|code| code.code.clone()),
        (Kind::Set(codes), Column::U8(values)) => Some(set(codes, u16::from(values[row]))),
        (Kind::Set(codes), Column::U16(values)) => Some(set(codes, values[row])),
        (Kind::Flag, Column::U8(values)) => match values[row] {
            0 => None,
            value => Some((value == YES).to_string()),
        },
        (Kind::Integer(_), Column::U8(values)) => values[row].checked_sub(1).map(|value| value.to_string()),
        (Kind::Integer(_), Column::U16(values)) => values[row].checked_sub(1).map(|value| value.to_string()),
        (Kind::OpenCode(list), Column::U16(values)) => {
            let entry = values[row].checked_sub(1).and_then(|index| reference.codes.list(list)?.at(index));
            entry.map(|entry| entry.code().to_owned())
        }
        (Kind::Area, Column::U16(values)) => {
            let area = values[row].checked_sub(1).and_then(|index| reference.areas.by_index(index));
            area.map(|area| reference.areas.get(area).code().to_owned())
        }
        (Kind::Period, Column::U32(values)) => Period::from_code(values[row]).map(|period| period.to_string()),
        (Kind::Timestamp, Column::I32(values)) => minute(values[row]),
        (_, Column::I32(values)) => some_day(values[row]),
        (Kind::Weight, Column::U64(values)) => (values[row] > 0).then(|| weight(values[row])),
        (_, Column::F64(values)) => (!values[row].is_nan()).then(|| values[row].to_string()),
        (_, Column::Text(values)) => (!values.is_null(row)).then(|| values.value(row).to_owned()),
        _ => None,
    };
    shown.unwrap_or_default()
}

fn set(codes: &CodeSet, bits: u16) -> String {
    let member = |number: u8| number.checked_sub(1).is_some_and(|bit| bits >> bit & 1 == 1);
    let members = codes.codes().iter().filter(|code| member(code.number));
    members.map(|code| code.code.as_str()).collect::<Vec<_>>().join(";")
}

/// A day as `YYYY-MM-DD`.
pub(super) fn day(days: i32) -> String {
    some_day(days).unwrap_or_default()
}

fn some_day(days: i32) -> Option<String> {
    if days == MISSING_DATE {
        return None;
    }
    date_of_days(days).map(|date| date.to_string())
}

fn minute(minute: i32) -> Option<String> {
    if minute == MISSING_DATE {
        return None;
    }
    let day = some_day(day_of_minute(minute))?;
    Some(format!("{day}T{:02}:{:02}", hour_of_minute(minute), minute.rem_euclid(60)))
}

fn weight(units: u64) -> String {
    format!("{}.{:09}", units / WEIGHT_UNIT, units % WEIGHT_UNIT)
}
