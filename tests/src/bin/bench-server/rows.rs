//! Crimes that are made up, the same ones every time.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use peelian::records::v1::{Crime, GunUse, HateStrand, KnifeUse, PlaceType, RecordStatus, Tri};
use peelian::{FieldSink, Record};
use peelian_core::contract::{Contract, Dataset, Field, Kind};

/// First and last day on which the crimes are recorded.
pub(crate) const WINDOW: (&str, &str) = ("2015-01-01", "2016-12-31");

/// Classes, each as often as it stands here.
const CLASSES: [&str; 10] = ["8N", "8N", "34B", "39", "39", "28E", "5D", "19C", "28E", "39"];

/// A stream of numbers that look random (Steele, Lea and Flood 2014, SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn flag(&mut self, one_in: u64) -> i32 {
        if self.one_in(one_in) { Tri::Yes.into() } else { Tri::No.into() }
    }
}

/// `count` crimes from number `first` on, with the fields that a force's system fills.
pub(crate) fn crimes(first: u32, count: u32) -> Vec<Crime> {
    let mut numbers = Numbers(1 + u64::from(first));
    (first..first + count).map(|number| crime(number, &mut numbers)).collect()
}

fn crime(number: u32, numbers: &mut Numbers) -> Crime {
    let day = format!("{}-{:02}-{:02}", 2015 + numbers.below(2), 1 + numbers.below(12), 1 + numbers.below(28));
    let class = CLASSES[usize::try_from(numbers.below(10)).unwrap_or(0)];
    let knife = if class == "34B" && numbers.one_in(3) { KnifeUse::Threatened } else { KnifeUse::None };
    // The 32 boroughs of the remit of the Metropolitan Police.
    let borough = 2 + numbers.below(32);
    Crime {
        crime_ref: format!("01/{number:07}/16"),
        incident_ref: format!("CAD{:08}", numbers.below(u64::from(u32::MAX))),
        record_status: RecordStatus::Active.into(),
        recorded_at: day.clone(),
        reported_at: day.clone(),
        committed_from: day.clone(),
        committed_to: day,
        ho_class: class.to_owned(),
        victim_based: Some(true),
        offence_borough: format!("E090000{borough:02}"),
        place_type: (if numbers.one_in(3) { PlaceType::Dwelling } else { PlaceType::Street }).into(),
        hour_band: i32::try_from(numbers.below(24)).ok(),
        flag_da: numbers.flag(10),
        flag_hate: if numbers.one_in(50) { vec![HateStrand::Race.into()] } else { Vec::new() },
        flag_cse: numbers.flag(1000),
        flag_csa: numbers.flag(1000),
        flag_hba: numbers.flag(5000),
        flag_fm: numbers.flag(5000),
        flag_fgm: numbers.flag(5000),
        flag_online: numbers.flag(20),
        flag_alcohol: numbers.flag(10),
        flag_gang: numbers.flag(50),
        knife_use: knife.into(),
        gun_use: GunUse::None.into(),
        ..Crime::default()
    }
}

/// The dataset of crimes.
fn dataset() -> Result<&'static Dataset, &'static str> {
    Contract::get().dataset("crime").ok_or("the contract has no crimes")
}

/// Writes the crimes as the CSV file that a partner would send.
pub(crate) fn write_csv(crimes: &[Crime], path: &Path) -> Result<(), Box<dyn Error>> {
    let dataset = dataset()?;
    let submitted: Vec<bool> = dataset.fields.iter().map(|field| field.derivation.is_none()).collect();
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(dataset.submitted().map(|field| field.name.as_str()))?;
    for crime in crimes {
        let cells = Cells::of(crime, dataset);
        writer
            .write_record(cells.iter().zip(&submitted).filter(|(_, submitted)| **submitted).map(|(cell, _)| cell))?;
    }
    Ok(writer.flush()?)
}

/// The crimes in Arrow's columns: codes as dictionaries, days as days.
pub(crate) fn arrow(crimes: &[Crime]) -> Result<RecordBatch, Box<dyn Error>> {
    let dataset = dataset()?;
    let mut columns: Vec<StringBuilder> = dataset.fields.iter().map(|_| StringBuilder::new()).collect();
    for crime in crimes {
        for (column, cell) in columns.iter_mut().zip(Cells::of(crime, dataset)) {
            column.append_option(Some(cell).filter(|cell| !cell.is_empty()));
        }
    }
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (field, mut column) in dataset.fields.iter().zip(columns).filter(|(field, _)| field.derivation.is_none()) {
        let array = cast(&column.finish(), &arrow_type(field))?;
        fields.push(ArrowField::new(&field.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn arrow_type(field: &Field) -> DataType {
    match field.kind {
        Kind::Date => DataType::Date32,
        Kind::Flag => DataType::Boolean,
        Kind::Integer(_) => DataType::UInt16,
        Kind::Code(_) | Kind::Set(_) | Kind::OpenCode(_) | Kind::Area => {
            DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
        }
        _ => DataType::Utf8,
    }
}

/// The cells of a row as a CSV file has them, derived fields included.
struct Cells {
    dataset: &'static Dataset,
    cells: Vec<String>,
}

impl Cells {
    fn of(crime: &Crime, dataset: &'static Dataset) -> Vec<String> {
        let mut cells = Self { dataset, cells: Vec::with_capacity(dataset.fields.len()) };
        crime.visit(&mut cells);
        cells.cells
    }

    fn spell(&self, index: usize, number: i32) -> &'static str {
        let (Kind::Code(codes) | Kind::Set(codes)) = &self.dataset.fields[index].kind else { return "" };
        let code = u8::try_from(number).ok().filter(|number| *number != 0).and_then(|number| codes.by_number(number));
        code.map_or("", |code| &code.code)
    }
}

impl FieldSink for Cells {
    fn text(&mut self, _: usize, value: &str) {
        self.cells.push(value.to_owned());
    }

    fn code(&mut self, index: usize, value: i32) {
        self.cells.push(self.spell(index, value).to_owned());
    }

    fn codes(&mut self, index: usize, values: &[i32]) {
        let codes: Vec<&str> = values.iter().map(|value| self.spell(index, *value)).collect();
        self.cells.push(codes.join(";"));
    }

    fn flag(&mut self, _: usize, value: Option<bool>) {
        self.cells.push(value.map_or(String::new(), |value| value.to_string()));
    }

    fn integer(&mut self, _: usize, value: Option<i32>) {
        self.cells.push(value.map_or(String::new(), |value| value.to_string()));
    }

    fn number(&mut self, _: usize, value: Option<f64>) {
        self.cells.push(value.map_or(String::new(), |value| value.to_string()));
    }
}
