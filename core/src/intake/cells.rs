//! The growing column of one field.

use std::fmt::Debug;

use arrow::array::Array;

use crate::column::Column;
use crate::contract::{Field, Kind};
use crate::reference::Reference;

use super::arrow_cells;
use super::error::IntakeError;
use super::findings::{Findings, Place};
use super::forms::{self, Fault, Form};
use super::marks::Marks;
use super::registry as known;
use super::seen::Seen;
use super::text::Text;
use super::tripwire::Tally;

/// Where a column says what is wrong with a value.
pub(super) struct Context<'a> {
    pub(super) findings: &'a mut Findings,
    pub(super) field: &'static Field,
    /// Rows whose lack of a value needs no further finding.
    pub(super) settled: &'a mut Marks,
}

impl Context<'_> {
    pub(super) fn fault(&mut self, fault: Fault, row: usize, value: impl FnOnce() -> String) {
        self.settled.set(row);
        let field = self.field;
        self.findings.raise(fault, Place::field(row, field), value, || hint(fault, field));
    }
}

/// What the field accepts, where the advice alone does not say.
fn hint(fault: Fault, field: &Field) -> String {
    const MOST: usize = 12;
    let options = &field.options;
    match (fault.code, &field.kind) {
        (_, Kind::Code(codes) | Kind::Set(codes)) => {
            let mut known: Vec<&str> = codes.codes().iter().map(|code| code.code.as_str()).take(MOST).collect();
            if known.len() < codes.codes().len() {
                known.push("...");
            }
            format!("The codes are {}.", known.join(", "))
        }
        (_, Kind::OpenCode(list)) => format!("The list is {list}."),
        (_, Kind::Area) if !options.area_level.is_empty() => format!("The level is {}.", options.area_level),
        (_, Kind::Integer(max)) => format!("It lies between {} and {max}.", options.min.unwrap_or(0.0)),
        (_, Kind::Number) => match (options.min, options.max) {
            (Some(min), Some(max)) => format!("It lies between {min} and {max}."),
            (Some(min), None) => format!("It is at least {min}."),
            (None, Some(max)) => format!("It is at most {max}."),
            (None, None) => String::new(),
        },
        (_, Kind::Text | Kind::Key) if fault.code == known::TOO_LONG.code => {
            format!("At most {} characters are allowed.", field.max_length())
        }
        _ => String::new(),
    }
}

/// A column that grows by one value a row.
pub(super) trait Cells: Debug + Send {
    /// Text as it stands in the content.
    fn text(&mut self, row: usize, text: &str, context: &mut Context<'_>);
    /// The number of a closed code; 0 is missing.
    fn code(&mut self, row: usize, number: i32, context: &mut Context<'_>);
    /// The numbers of a set of codes.
    fn codes(&mut self, row: usize, numbers: &[i32], context: &mut Context<'_>);
    /// A truth value.
    fn flag(&mut self, row: usize, flag: Option<bool>, context: &mut Context<'_>);
    /// A number.
    fn number(&mut self, row: usize, number: Option<f64>, context: &mut Context<'_>);
    /// A whole number.
    fn whole(&mut self, row: usize, number: Option<i64>, context: &mut Context<'_>);
    /// All values of an array, or what types would do.
    fn array(&mut self, row: usize, array: &dyn Array, context: &mut Context<'_>) -> Result<(), &'static str>;
    /// Whether the texts of an array are checked as they are read, so that they need not be before.
    fn checks_texts(&self) -> bool {
        false
    }
    /// Makes room for so many rows in all, where values have a fixed width.
    fn reserve(&mut self, _rows: usize) {}
    /// Missing values until there are as many as rows.
    fn fill(&mut self, rows: usize);
    /// Bytes of text held.
    fn text_bytes(&self) -> usize {
        0
    }
    /// The column, and what its values look like together.
    fn finish(self: Box<Self>) -> (Column, Tally);
}

/// Appends all values of an array to a growing column, or says which types would do.
pub(super) fn read(
    cells: &mut dyn Cells,
    row: usize,
    array: &dyn Array,
    context: &mut Context<'_>,
) -> Result<(), IntakeError> {
    let column = &context.field.name;
    cells.array(row, array, context).map_err(|expected| IntakeError::ColumnType {
        column,
        expected,
        got: array.data_type().to_string(),
    })
}

/// Values of a fixed width.
#[derive(Debug)]
pub(super) struct Fixed<F: Form> {
    pub(super) form: F,
    pub(super) values: Vec<F::Value>,
    /// What short texts of arrays were read as.
    pub(super) seen: Option<Seen<F::Value>>,
    column: fn(Vec<F::Value>) -> Column,
}

impl<F: Form> Fixed<F> {
    pub(super) fn take(
        &mut self,
        row: usize,
        value: Result<F::Value, Fault>,
        context: &mut Context<'_>,
        shown: impl FnOnce() -> String,
    ) {
        let value = value.unwrap_or_else(|fault| {
            context.fault(fault, row, shown);
            F::MISSING
        });
        self.values.push(value);
    }

    fn optional<T: Copy + ToString>(
        &mut self,
        row: usize,
        value: Option<T>,
        read: impl FnOnce(&mut F, T) -> Option<Result<F::Value, Fault>>,
        context: &mut Context<'_>,
    ) {
        match value {
            None => self.values.push(F::MISSING),
            Some(value) => {
                let read = read(&mut self.form, value).unwrap_or(Err(&known::NOT_A_NUMBER));
                self.take(row, read, context, || value.to_string());
            }
        }
    }
}

impl<F: Form + Numbered + Debug + Send> Cells for Fixed<F>
where
    F::Value: Debug + Send,
{
    fn text(&mut self, row: usize, text: &str, context: &mut Context<'_>) {
        let text = text.trim_ascii();
        if text.is_empty() {
            self.values.push(F::MISSING);
            return;
        }
        let value = self.form.text(text);
        if value.is_ok_and(F::is_missing) {
            context.settled.set(row);
        }
        self.take(row, value, context, || text.to_owned());
    }

    fn code(&mut self, row: usize, number: i32, context: &mut Context<'_>) {
        let number = Some(number).filter(|number| *number != 0);
        self.optional(row, number, |form, number| form.numbered(&[number]), context);
    }

    fn codes(&mut self, row: usize, numbers: &[i32], context: &mut Context<'_>) {
        if numbers.is_empty() {
            self.values.push(F::MISSING);
            return;
        }
        let value = self.form.numbered(numbers).unwrap_or(Err(&known::NOT_A_CODE));
        self.take(row, value, context, || format!("{numbers:?}"));
    }

    fn flag(&mut self, row: usize, flag: Option<bool>, context: &mut Context<'_>) {
        self.optional(row, flag, F::flag, context);
    }

    fn number(&mut self, row: usize, number: Option<f64>, context: &mut Context<'_>) {
        // A weight of 0 is how proto writes a weight that is not supplied.
        let number = number.filter(|number| *number != 0.0 || !matches!(context.field.kind, Kind::Weight));
        self.optional(row, number, F::number, context);
    }

    fn whole(&mut self, row: usize, number: Option<i64>, context: &mut Context<'_>) {
        self.optional(row, number, F::whole, context);
    }

    fn array(&mut self, row: usize, array: &dyn Array, context: &mut Context<'_>) -> Result<(), &'static str> {
        arrow_cells::append(self, row, array, context)
    }

    fn checks_texts(&self) -> bool {
        F::REPEATS
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve_exact(rows.saturating_sub(self.values.len()));
    }

    fn fill(&mut self, rows: usize) {
        self.values.resize(rows, F::MISSING);
    }

    fn finish(self: Box<Self>) -> (Column, Tally) {
        let tally = self.form.tally();
        ((self.column)(self.values), tally)
    }
}

/// Forms that can be read from the numbers of an enum's values.
pub(super) trait Numbered: Form {
    /// The value for these numbers.
    fn numbered(&mut self, _: &[i32]) -> Option<Result<Self::Value, Fault>> {
        None
    }
}

impl Numbered for forms::Key {}
impl Numbered for forms::Pseudonym {}
impl Numbered for forms::Date {}
impl Numbered for forms::Instant {}
impl Numbered for forms::Weight {}
impl Numbered for forms::Number {}
impl Numbered for forms::Flag {}
impl Numbered for forms::Integer {}
impl Numbered for forms::OpenCode {}
impl Numbered for forms::Area {}
impl Numbered for forms::PeriodCode {}

impl Numbered for forms::Code {
    fn numbered(&mut self, numbers: &[i32]) -> Option<Result<u8, Fault>> {
        let [number] = numbers else { return None };
        Some(Self::numbered(self, *number))
    }
}

impl Numbered for forms::Set {
    fn numbered(&mut self, numbers: &[i32]) -> Option<Result<u16, Fault>> {
        Some(Self::numbered(self, numbers))
    }
}

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

fn fixed<F>(form: F, column: fn(Vec<F::Value>) -> Column) -> Box<dyn Cells>
where
    F: Form + Numbered + Debug + Send + 'static,
    F::Value: Debug + Send,
{
    Box::new(Fixed { form, values: Vec::new(), seen: None, column })
}

/// An empty column for a field.
pub(super) fn cells(
    dataset: &'static str,
    field: &'static Field,
    reference: &Reference,
) -> Result<Box<dyn Cells>, IntakeError> {
    let options = &field.options;
    Ok(match &field.kind {
        Kind::Key => fixed(forms::Key { max_length: field.max_length(), tally: Tally::default() }, u64s),
        Kind::Pseudonym => fixed(forms::Pseudonym, u64s),
        Kind::Date => fixed(forms::Date, i32s),
        Kind::Timestamp => fixed(forms::Instant, i32s),
        Kind::Weight => fixed(forms::Weight, u64s),
        Kind::Number => fixed(forms::Number { min: options.min, max: options.max }, f64s),
        Kind::Text => Box::new(Text::new(field)),
        Kind::Code(codes) => fixed(forms::Code::new(codes), u8s),
        Kind::Set(codes) => fixed(forms::Set::new(codes), if codes.largest() <= 8 { narrow } else { u16s }),
        Kind::Flag => fixed(forms::Flag, u8s),
        Kind::Integer(max) => {
            let min = super::parse::whole(options.min.unwrap_or(0.0)).unwrap_or(0);
            fixed(forms::Integer { min, max: *max }, if *max < 255 { narrow } else { u16s })
        }
        Kind::OpenCode(name) => {
            let list = reference.codes.list(name);
            let list = list.ok_or_else(|| IntakeError::NoList { dataset, list: name.clone() })?;
            fixed(forms::OpenCode::new(list), u16s)
        }
        Kind::Area => fixed(forms::Area::new(field, &reference.areas), u16s),
        Kind::Period => fixed(forms::PeriodCode, u32s),
    })
}
