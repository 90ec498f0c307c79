//! The builder for each kind of field.

use std::fmt::Debug;

use crate::column::Column;
use crate::contract::{Field, Kind};
use crate::reference::Reference;

use super::builder::{ColumnBuilder, Numbered};
use super::direct_identifier::Tally;
use super::error::IntakeError;
use super::fixed_width::FixedWidth;
use super::parse;
use super::readers::{self, ValueReader};
use super::text::Text;

/// Narrows codes below 256 to one byte.
fn narrow(values: Vec<u16>) -> Column {
    Column::U8(values.into_iter().map(|value| u8::try_from(value).unwrap_or(u8::MAX)).collect::<Vec<_>>().into())
}

fn u8s(values: Vec<u8>) -> Column {
    Column::U8(values.into())
}

fn u16s(values: Vec<u16>) -> Column {
    Column::U16(values.into())
}

fn u32s(values: Vec<u32>) -> Column {
    Column::U32(values.into())
}

fn i32s(values: Vec<i32>) -> Column {
    Column::I32(values.into())
}

fn u64s(values: Vec<u64>) -> Column {
    Column::U64(values.into())
}

fn f64s(values: Vec<f64>) -> Column {
    Column::F64(values.into())
}

fn fixed_width<F>(reader: F, column: fn(Vec<F::Value>) -> Column) -> Box<dyn ColumnBuilder>
where
    F: ValueReader + Numbered + Debug + Send + 'static,
    F::Value: Debug + Send,
{
    Box::new(FixedWidth::new(reader, column))
}

/// A builder for the column of a field.
pub(super) fn new_builder(
    dataset: &'static str,
    field: &'static Field,
    reference: &Reference,
) -> Result<Box<dyn ColumnBuilder>, IntakeError> {
    let options = &field.options;
    Ok(match &field.kind {
        Kind::Key => fixed_width(readers::Key { max_length: field.max_length(), tally: Tally::default() }, u64s),
        Kind::Pseudonym => fixed_width(readers::Pseudonym, u64s),
        Kind::Date => fixed_width(readers::Date, i32s),
        Kind::Timestamp => fixed_width(readers::Instant::default(), i32s),
        Kind::Weight => fixed_width(readers::Weight, u64s),
        Kind::Number => {
            let can_be_suppressed = !options.suppressed_flag.is_empty();
            fixed_width(readers::Number { min: options.min, max: options.max, can_be_suppressed }, f64s)
        }
        Kind::Text => Box::new(Text::new(field)),
        Kind::Code(codes) => fixed_width(readers::Code::new(codes), u8s),
        Kind::Set(codes) => fixed_width(readers::Set::new(codes), if codes.largest() <= 8 { narrow } else { u16s }),
        Kind::Flag => fixed_width(readers::Flag, u8s),
        Kind::Integer(max) => {
            let min = parse::whole(options.min.unwrap_or(0.0)).unwrap_or(0);
            fixed_width(readers::Integer { min, max: *max }, if *max < 255 { narrow } else { u16s })
        }
        Kind::OpenCode(name) => {
            let list = reference.codes.list(name);
            let list = list.ok_or_else(|| IntakeError::NoList { dataset, list: name.clone() })?;
            fixed_width(readers::OpenCode::new(list), u16s)
        }
        Kind::Area => fixed_width(readers::Area::new(field, &reference.areas), u16s),
        Kind::Period => fixed_width(readers::PeriodCode, u32s),
    })
}
