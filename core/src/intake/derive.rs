//! Derived fields.

use crate::column::{Column, MISSING_DATE};
use crate::contract::{Attribute, CodeSet, Dataset, Derivation, Field, Kind};
use crate::period::{Period, date_of_days, days_of_date, months_later};
use crate::reference::Reference;

use super::due_on::due_on;
use super::parse::{day_of_minute, hour_of_minute};

/// Code of a basis: the person decided.
const SELF_DEFINED: &str = "self_defined";

/// The column of a derived field, computed from the columns of other fields. A value is missing if their values are missing,
/// or if `column` has no such column.
pub(crate) fn derive<'c>(
    dataset: &Dataset,
    field: &Field,
    how: &Derivation,
    rows: usize,
    reference: &Reference,
    column: &dyn Fn(&str) -> Option<&'c Column>,
) -> Column {
    let derived = match how {
        Derivation::Attribute(how) => column(&how.field)
            .and_then(|codes| Some(look_up(codes, &attribute_table(dataset, field, how, reference)?))),
        Derivation::Band(how) => column(&how.field).and_then(|numbers| match &field.kind {
            Kind::Code(bands) => Some(look_up(numbers, &band_table(bands))),
            _ => None,
        }),
        Derivation::OlderThan(how) => column(&how.field)
            .zip(column(&how.than))
            .and_then(|(earlier, later)| older_than(earlier, later, how.months)),
        Derivation::HourOf(how) => column(&how.field).and_then(hours),
        Derivation::DateOf(how) => column(&how.field).and_then(|instants| dates(instants, column(&how.otherwise))),
        Derivation::Grouped(how) => column(&how.detail).and_then(|details| {
            let (Kind::Code(groups), Kind::Code(codes)) = (&field.kind, &dataset.field(&how.detail)?.kind) else {
                return None;
            };
            let found = grouped(details, column(&how.group), &group_table(groups, codes))?;
            Some(match column(&how.basis).zip(basis_of(dataset, &how.basis)) {
                Some((basis, self_defined)) => only_with(found, basis, self_defined),
                None => found,
            })
        }),
        Derivation::EndOf(how) => column(&how.field).and_then(ends),
        Derivation::DueOn(how) => due_on(dataset, how, reference, column),
        // Only an exchange knows what was held before.
        Derivation::Previous(_) => None,
    };
    derived.unwrap_or_else(|| missing(&field.kind, rows))
}

/// Names of the fields that a derived field is computed from.
pub(crate) fn sources_of(how: &Derivation) -> Vec<&str> {
    match how {
        Derivation::Attribute(how) => vec![&how.field],
        Derivation::Band(how) => vec![&how.field],
        Derivation::OlderThan(how) => vec![&how.field, &how.than],
        Derivation::HourOf(how) => vec![&how.field],
        Derivation::DateOf(how) => vec![&how.field, &how.otherwise],
        Derivation::Grouped(how) => {
            let basis = Some(how.basis.as_str()).filter(|basis| !basis.is_empty());
            [how.detail.as_str(), &how.group].into_iter().chain(basis).collect()
        }
        Derivation::EndOf(how) => vec![&how.field],
        Derivation::Previous(_) => Vec::new(),
        Derivation::DueOn(how) => [&how.field, &how.after].into_iter().chain(&how.by).map(String::as_str).collect(),
    }
}

/// A column of missing values.
pub(crate) fn missing(kind: &Kind, rows: usize) -> Column {
    match kind {
        Kind::Key | Kind::Pseudonym | Kind::Weight => Column::U64(vec![0; rows].into()),
        Kind::Date | Kind::Timestamp => Column::I32(vec![MISSING_DATE; rows].into()),
        Kind::Number => Column::F64(vec![f64::NAN; rows].into()),
        Kind::Text => Column::Text(arrow::array::StringArray::new_null(rows)),
        Kind::Set(codes) if codes.largest() > 8 => Column::U16(vec![0; rows].into()),
        Kind::Integer(max) if *max >= 255 => Column::U16(vec![0; rows].into()),
        Kind::Code(_) | Kind::Set(_) | Kind::Flag | Kind::Integer(_) => Column::U8(vec![0; rows].into()),
        Kind::OpenCode(_) | Kind::Area => Column::U16(vec![0; rows].into()),
        Kind::Period => Column::U32(vec![0; rows].into()),
    }
}

/// For each code of an open list, the value of the field that is an attribute of the code.
pub(crate) fn attribute_table(
    dataset: &Dataset,
    field: &Field,
    how: &Attribute,
    reference: &Reference,
) -> Option<Vec<u8>> {
    let Kind::OpenCode(list) = &dataset.field(&how.field)?.kind else { return None };
    let list = reference.codes.list(list)?;
    Some(list.iter().map(|entry| attribute(&field.kind, entry.attribute(&how.name))).collect())
}

fn attribute(kind: &Kind, value: Option<&str>) -> u8 {
    match (kind, value) {
        (Kind::Flag, Some("true")) => 2,
        (Kind::Flag, Some("false")) => 1,
        (Kind::Code(codes), Some(value)) => codes.get(value).map_or(0, |code| code.number),
        _ => 0,
    }
}

/// The value of each code in a table. A code is its index plus 1.
fn look_up(codes: &Column, table: &[u8]) -> Column {
    let at = |code: usize| code.checked_sub(1).and_then(|index| table.get(index)).copied().unwrap_or(0);
    Column::U8(match codes {
        Column::U8(values) => values.iter().map(|value| at(usize::from(*value))).collect::<Vec<_>>().into(),
        Column::U16(values) => values.iter().map(|value| at(usize::from(*value))).collect::<Vec<_>>().into(),
        other => vec![0; other.len()].into(),
    })
}

/// The band of each number from 0.
fn band_table(bands: &CodeSet) -> Vec<u8> {
    let largest = bands.codes().iter().filter_map(|band| band.band).map(|(_, to)| to).max().unwrap_or(-1);
    let of = |number: i32| {
        let band =
            bands.codes().iter().find(|band| band.band.is_some_and(|(from, to)| (from..=to).contains(&number)));
        band.map_or(0, |band| band.number)
    };
    (0..=largest.min(i32::from(u16::MAX))).map(of).collect()
}

fn older_than(earlier: &Column, later: &Column, months: u32) -> Option<Column> {
    let months = i32::try_from(months).ok()?;
    let flags = earlier.as_i32()?.iter().zip(later.as_i32()?).map(|(earlier, later)| {
        if *earlier == MISSING_DATE || *later == MISSING_DATE {
            return 0;
        }
        1 + u8::from(is_older(*earlier, *later, months))
    });
    Some(Column::U8(flags.collect::<Vec<_>>().into()))
}

/// Whether a date is more than a number of calendar months before another. The limit is the same day of the month that many
/// months before the later date, or the last day of that month if it has no such day. Windows that look back from a crime have
/// the same limit, so no pair of dates is on different sides of the two.
fn is_older(earlier: i32, later: i32, months: i32) -> bool {
    // A month has 28 to 31 days, so most pairs of dates need no calendar.
    let between = later.saturating_sub(earlier);
    if between <= months.saturating_mul(28) {
        return false;
    }
    if between > months.saturating_mul(31) {
        return true;
    }
    earlier < months_later(later, -months)
}

fn hours(instants: &Column) -> Option<Column> {
    let hour = |minute: &i32| {
        if *minute == MISSING_DATE { 0 } else { u8::try_from(hour_of_minute(*minute) + 1).unwrap_or(0) }
    };
    Some(Column::U8(instants.as_i32()?.iter().map(hour).collect::<Vec<_>>().into()))
}

fn dates(instants: &Column, otherwise: Option<&Column>) -> Option<Column> {
    let otherwise = otherwise.and_then(Column::as_i32);
    let date = |(row, minute): (usize, &i32)| {
        if *minute == MISSING_DATE {
            otherwise.and_then(|dates| dates.get(row)).copied().unwrap_or(MISSING_DATE)
        } else {
            day_of_minute(*minute)
        }
    };
    Some(Column::I32(instants.as_i32()?.iter().enumerate().map(date).collect::<Vec<_>>().into()))
}

/// The group of each code, by its number.
fn group_table(groups: &CodeSet, codes: &CodeSet) -> Vec<u8> {
    let mut table = vec![0; usize::from(codes.largest()) + 1];
    for code in codes.codes() {
        let group = code.group.as_deref().and_then(|group| groups.get(group));
        if let (Some(group), Some(entry)) = (group, table.get_mut(usize::from(code.number))) {
            *entry = group.number;
        }
    }
    table
}

fn grouped(details: &Column, submitted: Option<&Column>, table: &[u8]) -> Option<Column> {
    let submitted = submitted.and_then(Column::as_u8);
    let group = |(row, detail): (usize, &u8)| {
        let from_detail = table.get(usize::from(*detail)).copied().unwrap_or(0);
        let given = || submitted.and_then(|groups| groups.get(row)).copied().unwrap_or(0);
        if from_detail == 0 { given() } else { from_detail }
    };
    Some(Column::U8(details.as_u8()?.iter().enumerate().map(group).collect::<Vec<_>>().into()))
}

/// The number of the code of a basis that says that the person decided.
fn basis_of(dataset: &Dataset, field: &str) -> Option<u8> {
    match &dataset.field(field)?.kind {
        Kind::Code(codes) => codes.get(SELF_DEFINED).map(|code| code.number),
        _ => None,
    }
}

/// The values of the rows with this code; the others are missing.
fn only_with(values: Column, codes: &Column, code: u8) -> Column {
    match (values, codes.as_u8()) {
        (Column::U8(values), Some(codes)) => {
            let kept = values.iter().zip(codes).map(|(value, other)| if *other == code { *value } else { 0 });
            Column::U8(kept.collect::<Vec<_>>().into())
        }
        (values, _) => values,
    }
}

fn ends(periods: &Column) -> Option<Column> {
    let end = |code: &u32| Period::from_code(*code).map_or(MISSING_DATE, |period| days_of_date(period.end_date()));
    Some(Column::I32(periods.as_u32()?.iter().map(end).collect::<Vec<_>>().into()))
}

/// The date of a number of days; `None` if it is missing.
pub(super) fn date_at(days: i32) -> Option<jiff::civil::Date> {
    if days == MISSING_DATE { None } else { date_of_days(days) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn more_than_twelve_months_is_counted_by_the_calendar() {
        let day = |year, month, day| days_of_date(date(year, month, day));
        assert!(!is_older(day(2016, 2, 29), day(2017, 2, 28), 12));
        assert!(is_older(day(2016, 2, 29), day(2017, 3, 1), 12));
        // Twelve months before a leap day is the last day of February.
        assert!(!is_older(day(2015, 2, 28), day(2016, 2, 29), 12));
        assert!(is_older(day(2015, 2, 27), day(2016, 2, 29), 12));
        assert!(!is_older(day(2016, 3, 1), day(2017, 3, 1), 12));
        assert!(is_older(day(2016, 3, 1), day(2017, 3, 2), 12));
    }

    #[test]
    fn a_group_that_an_officer_observed_is_no_self_defined_group() {
        let core = crate::Core::from_seeds().unwrap();
        let dataset = crate::contract::Contract::get().dataset("crime_victim").unwrap();
        let field = dataset.field("ethnic_group").unwrap();
        // Two codes of a group; a detail of the first; defined by the person, observed, defined, and not known.
        let columns = [
            ("eth5", Column::U8(vec![1, 4, 4, 1].into())),
            ("eth16", Column::U8(vec![0, 0, 1, 0].into())),
            ("eth_basis", Column::U8(vec![1, 2, 1, 0].into())),
        ];
        let column = |name: &str| columns.iter().find(|(known, _)| *known == name).map(|(_, column)| column);
        let derived = derive(dataset, field, field.derivation.as_ref().unwrap(), 4, &core.reference, &column);
        assert_eq!(derived, Column::U8(vec![1, 0, 1, 0].into()));
    }

    proptest! {
        #[test]
        fn older_agrees_with_the_calendar(earlier in 0i32..40_000, between in -400i32..2_000, months in 0i32..48) {
            let later = earlier + between;
            let limit = date_of_days(later).unwrap().checked_sub(months.months()).unwrap();
            prop_assert_eq!(is_older(earlier, later, months), earlier < days_of_date(limit));
        }
    }
}
