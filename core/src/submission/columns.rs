//! The columns of figures.

use crate::column::{Column, YES};

use super::numbers::Numbers;

/// The fields of numbers.
pub(super) const NUMBERS: [&str; 4] = ["numerator", "denominator", "value", "unweighted_base"];

/// The columns of figures.
pub(super) struct Columns<'a> {
    pub(super) measure: &'a [u16],
    pub(super) area: &'a [u16],
    pub(super) period: &'a [u32],
    breakdown: &'a Column,
    suppressed: &'a [u8],
    numbers: [&'a [f64]; 4],
}

impl<'a> Columns<'a> {
    /// `None` if a column was not read.
    pub(super) fn of(column: impl Fn(&str) -> Option<&'a Column>) -> Option<Self> {
        let number = |name| column(name).and_then(Column::as_f64);
        let [numerator, denominator, value, base] = NUMBERS;
        Some(Self {
            measure: column("measure")?.as_u16()?,
            area: column("area")?.as_u16()?,
            period: column("period")?.as_u32()?,
            breakdown: column("breakdown")?,
            suppressed: column("suppressed")?.as_u8()?,
            numbers: [number(numerator)?, number(denominator)?, number(value)?, number(base)?],
        })
    }

    pub(super) fn breakdown(&self, row: usize) -> &'a str {
        match self.breakdown.as_text() {
            Some(texts) if !self.breakdown.is_missing(row) => texts.value(row),
            _ => "",
        }
    }

    pub(super) fn is_suppressed(&self, row: usize) -> bool {
        self.suppressed[row] == YES
    }

    pub(super) fn numbers(&self, row: usize) -> Numbers {
        let [numerator, denominator, value, base] =
            self.numbers.map(|numbers| Some(numbers[row]).filter(|number| !number.is_nan()));
        Numbers { numerator, denominator, value, base }
    }
}
