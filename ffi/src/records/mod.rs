//! Records of one dataset, in one of several forms.

mod arrow;
mod rows;

use std::ffi::c_char;
use std::fs;

use ::arrow::array::RecordBatch;
use jiff::civil::Date;
use peelian_core::contract::{Contract, Dataset};
use peelian_core::engine::{LocalContent, LocalRows};

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{borrow_mut, free, slice, text};
use rows::Rows;

/// Records of one dataset, and the period that they report on. Free it with peelian_records_free(). One thread at a time
/// may use it.
#[derive(Debug)]
pub struct Records {
    dataset: &'static Dataset,
    form: Form,
    covers: Option<(Date, Date)>,
    synthetic: bool,
}

/// How the records are held.
#[derive(Debug)]
enum Form {
    /// Set value by value.
    Rows(Rows),
    /// A CSV file.
    Csv(Vec<u8>),
    /// Shared with whoever made them.
    Batches(Vec<RecordBatch>),
}

impl Records {
    fn new(dataset: &'static Dataset, form: Form) -> Self {
        Self { dataset, form, covers: None, synthetic: false }
    }

    /// The dataset.
    pub(crate) fn dataset(&self) -> &'static Dataset {
        self.dataset
    }

    /// Whether the records are synthetic.
    pub(crate) fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The CSV file, where the records are one.
    pub(crate) fn csv(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Csv(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The records as Arrow's batches; none of a CSV file.
    pub(crate) fn batches(&self) -> Outcome<Vec<RecordBatch>> {
        match &self.form {
            Form::Rows(rows) => Ok(vec![rows.batch(self.dataset)?]),
            Form::Batches(batches) => Ok(batches.clone()),
            Form::Csv(_) => Ok(Vec::new()),
        }
    }

    /// Hands the records to the core.
    pub(crate) fn with<T>(&self, work: impl FnOnce(LocalRows<'_>) -> Outcome<T>) -> Outcome<T> {
        work(self.rows(&self.batches()?))
    }

    /// The records as the core takes them, given [`Records::batches`].
    pub(crate) fn rows<'a>(&'a self, batches: &'a [RecordBatch]) -> LocalRows<'a> {
        let content = self.csv().map_or(LocalContent::Batches(batches), LocalContent::Csv);
        let Self { covers, synthetic, .. } = *self;
        LocalRows { dataset: &self.dataset.id, covers, content, synthetic }
    }
}

/// The dataset with an identifier.
///
/// # Safety
///
/// As [`text`].
unsafe fn dataset(id: *const c_char) -> Outcome<&'static Dataset> {
    // SAFETY: the same promise.
    let id = unsafe { text(id, "dataset") }?;
    Contract::get().dataset(id).ok_or_else(|| {
        let ids: Vec<&str> = Contract::get().datasets().iter().map(|dataset| dataset.id.as_str()).collect();
        Error::argument(format!("there is no dataset {id}; the datasets are {}", ids.join(", ")))
    })
}

/// Begins records that are set value by value: see peelian_records_set_text(), peelian_records_end_row().
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_new(
    dataset_id: *const c_char,
    out: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let dataset = unsafe { dataset(dataset_id) }?;
        Ok(Records::new(dataset, Form::Rows(Rows::new(dataset))))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Records from `length` bytes of CSV (RFC 4180, UTF-8, with a header row that names the fields). The bytes are copied,
/// and read when the records are validated, added or submitted.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_from_csv(
    dataset_id: *const c_char,
    csv: *const u8,
    length: usize,
    out: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (dataset, csv) = unsafe { (dataset(dataset_id)?, slice(csv, length, "csv")?) };
        Ok(Records::new(dataset, Form::Csv(csv.to_vec())))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Records from a CSV file, which is read whole. The path is UTF-8.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, PEELIAN_STATUS_IO if the file cannot be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_from_csv_file(
    dataset_id: *const c_char,
    path: *const c_char,
    out: *mut *mut Records,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (dataset, path) = unsafe { (dataset(dataset_id)?, text(path, "path")?) };
        let csv = fs::read(path).map_err(|error| Error::new(Status::Io, format!("{path}: {error}")))?;
        Ok(Records::new(dataset, Form::Csv(csv)))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Says which days the records report on, both included, as "2017-02-01": a row outside is an error, and a month within
/// that has no row is 0. Without it, records that are added cover the whole months from their first to their last date.
/// A submission states its own period.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if a text is not a day, or the last day lies before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_set_period(
    records: *mut Records,
    first_day: *const c_char,
    last_day: *const c_char,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (records, first, last) =
            unsafe { (borrow_mut(records, "records")?, day(first_day, "first_day")?, day(last_day, "last_day")?) };
        if last < first {
            return Err(Error::argument(format!("the period ends on {last}, before it begins on {first}")));
        }
        records.covers = Some((first, last));
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// # Safety
///
/// As [`text`].
unsafe fn day(pointer: *const c_char, name: &str) -> Outcome<Date> {
    // SAFETY: the same promise.
    let text = unsafe { text(pointer, name) }?;
    text.parse().map_err(|_| Error::argument(format!("{name} is not a day: write it as 2017-02-01")))
}

/// Says whether the records are synthetic: whatever is computed from them is then marked so. They are not by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_set_synthetic(
    records: *mut Records,
    synthetic: bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    let work = || unsafe { borrow_mut(records, "records") }.map(|records| records.synthetic = synthetic);
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// Frees records, and releases what they share with whoever made them. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_records_free(records: *mut Records) {
    // SAFETY: the conventions of the header.
    unsafe { free(records) }
}
