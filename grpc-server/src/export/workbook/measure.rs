//! The sheet of one measure.

use peelian_core::engine::Observation;
use peelian_core::measure::{Definition, ValueKind};
use peelian_core::wire::value_label;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::layout::{Formats, lines, mark_table};
use super::sheet_name;
use crate::export::notation::origin;
use crate::export::summary::{Measured, own_caveats};

/// Shorthand for a number that an observation with a value does not have.
const NOT_APPLICABLE: &str = "[z]";

/// Widths of the columns, in letters.
const WIDTHS: [f64; 12] = [14.0, 36.0, 16.0, 30.0, 14.0, 18.0, 14.0, 14.0, 14.0, 14.0, 14.0, 60.0];

pub(super) fn sheet(
    sheet: &mut Worksheet,
    at: usize,
    measured: &Measured<'_>,
    observations: &[&Observation],
    formats: &Formats,
) -> Result<(), XlsxError> {
    let (definition, name) = (measured.definition, sheet_name(at));
    sheet.set_name(&name)?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let told = [
        definition.question.clone(),
        "This worksheet has one table. Shorthand is explained in the worksheet Notes.".to_owned(),
    ];
    let title = format!("{}: {}", name.replace('_', " "), definition.title);
    let first = lines(sheet, &title, &told, &formats.line, formats)?;
    let shown = Shown::of(definition.value_kind);
    let mut row = first;
    for found in observations {
        row += 1;
        write_row(sheet, row, (definition, found), &shown, formats)?;
    }
    let heads = heads(definition);
    mark_table(sheet, &name.to_lowercase(), &heads, (first, row - first), formats)
}

/// The headings, with units.
fn heads(definition: &Definition) -> [String; 12] {
    let value = value_label(definition.value_kind, &definition.unit);
    let unit = &definition.unit;
    [
        "Area code".to_owned(),
        "Area".to_owned(),
        "Period".to_owned(),
        "Breakdown".to_owned(),
        "From".to_owned(),
        value.clone(),
        format!("Lower limit of the interval: {value}"),
        format!("Upper limit of the interval: {value}"),
        format!("Numerator (unit: {unit})"),
        "Denominator".to_owned(),
        "Shorthand".to_owned(),
        "Caveats of this value".to_owned(),
    ]
}

/// How numbers are shown. A cell has the whole number behind it.
struct Shown {
    value: Format,
    count: Format,
}

impl Shown {
    fn of(kind: ValueKind) -> Self {
        let value = match kind {
            ValueKind::Count => "#,##0",
            ValueKind::Proportion => "0.0%",
            ValueKind::Ratio => "0.00",
            _ => "#,##0.0",
        };
        Self { value: Formats::number(value), count: Formats::number("#,##0") }
    }
}

fn write_row(
    sheet: &mut Worksheet,
    row: u32,
    (definition, found): (&Definition, &Observation),
    shown: &Shown,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let breakdown: Vec<_> = found.breakdown.iter().map(|part| part.label.as_str()).collect();
    let breakdown = if breakdown.is_empty() { "Total".to_owned() } else { breakdown.join("; ") };
    let texts = [&*found.area, &*found.area_name, &found.period.to_string(), &breakdown, origin(found)];
    for (column, text) in (0..).zip(texts) {
        sheet.write_string_with_format(row, column, text, &formats.text)?;
    }
    let interval = found.interval.as_ref();
    let numbers = [
        (found.result.ok(), &shown.value),
        (interval.map(|interval| interval.lower), &shown.value),
        (interval.map(|interval| interval.upper), &shown.value),
        (found.numerator, &shown.count),
        (found.denominator, &shown.count),
    ];
    // Without a value, the other numbers are missing for the same reason.
    let mark = found.result.map_or_else(|reason| reason.marker(), |_| NOT_APPLICABLE);
    for (column, (number, format)) in (5..).zip(numbers) {
        match number {
            Some(number) => sheet.write_number_with_format(row, column, number, format)?,
            None => sheet.write_string_with_format(row, column, mark, &formats.mark)?,
        };
    }
    let marker = if found.marker.is_empty() { "None" } else { &*found.marker };
    sheet.write_string_with_format(row, 10, marker, &formats.text)?;
    let caveats: Vec<&str> = own_caveats(definition, found).map(|caveat| &**caveat).collect();
    let caveats = if caveats.is_empty() { "None".to_owned() } else { caveats.join(" ") };
    sheet.write_string_with_format(row, 11, &caveats, &formats.text)?;
    Ok(())
}
