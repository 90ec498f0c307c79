//! Cells of a workbook as text.

use calamine::{Data, ExcelDateTime};

use super::Expected;
use crate::contract::Kind;
use crate::text_table::trimmed;

/// The text of a cell. `month` tells that the column has periods: the first day of a month is then this month, because a
/// spreadsheet makes that date of `2017-02`.
pub(super) fn text(cell: &Data, month: bool) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => trimmed(text).to_owned(),
        Data::Int(number) => number.to_string(),
        // A whole number is written without a fraction.
        Data::Float(number) => number.to_string(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(instant) if instant.is_datetime() => date(instant, month),
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::DateTimeIso(text) => iso(text, month),
        Data::DurationIso(text) => text.clone(),
        Data::Error(error) => error.to_string(),
    }
}

/// Whether a cell is the heading of a field of periods.
pub(super) fn is_period(cell: &Data, expected: Expected) -> bool {
    let Expected::Dataset(dataset) = expected else { return false };
    let position = dataset.position_of_heading(trimmed(&text(cell, false)));
    position.and_then(|position| dataset.fields.get(position)).is_some_and(|field| matches!(field.kind, Kind::Period))
}

fn date(instant: &ExcelDateTime, month: bool) -> String {
    let (year, month_number, day, hour, minute, second, millis) = instant.to_ymd_hms_milli();
    // Half a second is the precision of a spreadsheet.
    let second = second + u8::from(millis >= 500 && second < 59);
    written((year, month_number, day), (hour, minute, second), month)
}

fn written((year, month, day): (u16, u8, u8), (hour, minute, second): (u8, u8, u8), is_month: bool) -> String {
    match (hour, minute, second) {
        (0, 0, 0) if is_month && day == 1 => format!("{year:04}-{month:02}"),
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}

/// A date of a workbook of the OpenDocument format: `2017-02-28` or `2017-02-28T00:00:00`.
fn iso(text: &str, month: bool) -> String {
    let date = text.strip_suffix("T00:00:00").unwrap_or(text);
    match date.strip_suffix("-01") {
        Some(first) if month && first.len() == 7 => first.to_owned(),
        _ => date.to_owned(),
    }
}
