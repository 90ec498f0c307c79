//! Writes rows as CSV files in the layout of the contract.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use peelian::{FieldSink, Record};
use peelian_core::contract::{Contract, Dataset, Kind};
use peelian_core::period::Period;

use super::error::SynthesiseError;

/// A file that was written, as a partner would submit it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SynthesisedFile {
    /// Agency that submits it.
    pub agency: &'static str,
    /// Dataset of the rows.
    pub dataset: &'static str,
    /// Period that it covers.
    pub period: Period,
    /// Path within the folder, with forward slashes.
    pub path: String,
    /// Number of rows.
    pub rows: usize,
}

/// The folder that the files are written to.
pub(super) struct Output {
    folder: PathBuf,
    pub(super) files: Vec<SynthesisedFile>,
}

impl Output {
    pub(super) fn new(folder: &Path) -> Result<Self, SynthesiseError> {
        fs::create_dir_all(folder).map_err(|error| SynthesiseError::file(folder, error))?;
        Ok(Self { folder: folder.to_owned(), files: Vec::new() })
    }

    /// Writes the rows of one period to `DATASET/PERIOD.csv`.
    pub(super) fn write<R: Record>(
        &mut self,
        agency: &'static str,
        dataset: &'static str,
        period: Period,
        rows: &[R],
    ) -> Result<(), SynthesiseError> {
        let contract = Contract::get().dataset(dataset).filter(|known| known.message == R::FULL_NAME);
        let contract = contract.ok_or(SynthesiseError::NoDataset(dataset))?;
        // A financial quarter is written 2016/17-Q2, and a file name must not have a slash.
        let path = format!("{dataset}/{}.csv", period.to_string().replace('/', "-"));
        self.text(&path, &csv(contract, rows)?)?;
        self.files.push(SynthesisedFile { agency, dataset, period, path, rows: rows.len() });
        Ok(())
    }

    /// Writes a text file.
    pub(super) fn text(&self, path: &str, content: &[u8]) -> Result<(), SynthesiseError> {
        let path = self.folder.join(path);
        let write = || -> std::io::Result<()> {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut file = fs::File::create(&path)?;
            file.write_all(content)
        };
        write().map_err(|error| SynthesiseError::file(&path, error))
    }
}

/// Rows as CSV: a header with the fields that are submitted, and one line for each row.
fn csv<R: Record>(dataset: &Dataset, rows: &[R]) -> Result<Vec<u8>, SynthesiseError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let problem = |error: csv::Error| SynthesiseError::Csv(error.to_string());
    writer.write_record(dataset.submitted().map(|field| &field.name)).map_err(problem)?;
    let submitted: Vec<bool> = dataset.fields.iter().map(|field| field.derivation.is_none()).collect();
    for row in rows {
        let mut cells = Cells { dataset, cells: vec![String::new(); dataset.fields.len()] };
        row.visit(&mut cells);
        let kept = cells.cells.iter().zip(&submitted).filter(|(_, submitted)| **submitted).map(|(cell, _)| cell);
        writer.write_record(kept).map_err(problem)?;
    }
    writer.into_inner().map_err(|error| SynthesiseError::Csv(error.to_string()))
}

/// The cells of one row, each at the index of its field.
struct Cells<'a> {
    dataset: &'a Dataset,
    cells: Vec<String>,
}

impl Cells<'_> {
    fn set(&mut self, index: usize, text: String) {
        if let Some(cell) = self.cells.get_mut(index) {
            *cell = text;
        }
    }

    /// The spelling of a code of a field.
    fn spelling(&self, index: usize, number: i32) -> Option<String> {
        let (Kind::Code(codes) | Kind::Set(codes)) = &self.dataset.fields.get(index)?.kind else { return None };
        let code = codes.by_number(u8::try_from(number).ok()?)?;
        Some(code.code.clone())
    }
}

impl FieldSink for Cells<'_> {
    fn text(&mut self, index: usize, value: &str) {
        self.set(index, value.to_owned());
    }

    fn code(&mut self, index: usize, value: i32) {
        let spelling = if value == 0 { None } else { self.spelling(index, value) };
        self.set(index, spelling.unwrap_or_default());
    }

    fn codes(&mut self, index: usize, values: &[i32]) {
        let spellings: Vec<String> = values.iter().filter_map(|value| self.spelling(index, *value)).collect();
        self.set(index, spellings.join(";"));
    }

    fn flag(&mut self, index: usize, value: Option<bool>) {
        self.set(index, value.map_or_else(String::new, |value| value.to_string()));
    }

    fn integer(&mut self, index: usize, value: Option<i32>) {
        self.set(index, value.map_or_else(String::new, |value| value.to_string()));
    }

    fn number(&mut self, index: usize, value: Option<f64>) {
        // In proto, 0 can mean a number that is not supplied. No synthetic row has a weight of 0.
        self.set(index, value.filter(|value| *value > 0.0).map_or_else(String::new, |value| value.to_string()));
    }
}
