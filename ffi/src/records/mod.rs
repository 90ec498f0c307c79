//! Records of one dataset, in one of several forms.

mod arrow;
mod rows;

use std::fs;

use ::arrow::array::RecordBatch;
use jiff::civil::Date;
use peelian_core::contract::{Contract, Dataset};
use peelian_core::engine::{LocalContent, LocalRows};
use peelian_core::mapping::Mapping;
use peelian_core::reference::AreaId;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{Array, InOut, Out, Owned, Text};
use crate::seeds::core;
pub(crate) use arrow::{read as read_stream, stream as table_stream};
use rows::Rows;

/// Records of one dataset, and the period and the areas that they report on. Free it with peelian_records_free(). One thread at a time
/// may use it.
#[derive(Debug)]
pub struct Records {
    dataset: &'static Dataset,
    form: Form,
    covers: Option<(Date, Date)>,
    /// Areas that were stated; `None` for those that occur in the records.
    areas: Option<Vec<AreaId>>,
    /// Agency as which the records are checked.
    agency: Option<String>,
    synthetic: bool,
}

/// The form in which the records are held.
#[derive(Debug)]
enum Form {
    /// Set value by value.
    Rows(Rows),
    /// A CSV file.
    Csv(Vec<u8>),
    /// Arrow data, shared with the program that made it.
    Batches(Vec<RecordBatch>),
}

impl Records {
    fn new(dataset: &'static Dataset, form: Form) -> Self {
        Self { dataset, form, covers: None, areas: None, agency: None, synthetic: false }
    }

    /// The dataset.
    pub(crate) fn dataset(&self) -> &'static Dataset {
        self.dataset
    }

    /// Whether the records are synthetic.
    pub(crate) fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// The bytes of the CSV file, for records in that form.
    pub(crate) fn csv(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Csv(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The records as batches of Arrow; none for a CSV file.
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

    /// The records in the form that the core takes, given their [`Records::batches`].
    pub(crate) fn rows<'a>(&'a self, batches: &'a [RecordBatch]) -> LocalRows<'a> {
        let content = self.csv().map_or(LocalContent::Batches(batches), LocalContent::Csv);
        let Self { covers, synthetic, .. } = *self;
        let (areas, agency) = (self.areas.as_deref(), self.agency.as_deref());
        LocalRows { covers, areas, agency, synthetic, ..LocalRows::new(&self.dataset.id, content) }
    }
}

/// The dataset that has the identifier.
fn dataset(id: &Text<'_>) -> Outcome<&'static Dataset> {
    Contract::get().known_dataset(id.get("dataset")?).map_err(|unknown| Error::argument(unknown.to_string()))
}

/// Makes records that have no row yet. Set their values with peelian_records_set_text() and the functions like it, and
/// end each row with peelian_records_end_row().
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_new(
    dataset_id: Text<'_>,
    out: Out<'_, *mut Records>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let dataset = dataset(&dataset_id)?;
        Ok(Records::new(dataset, Form::Rows(Rows::new(dataset))))
    })
}

/// Makes records from `length` bytes of CSV: RFC 4180, UTF-8, with a header row that names the fields. The bytes are
/// copied. They are read when the records are validated, added or submitted.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_from_csv(
    dataset_id: Text<'_>,
    csv: Array<'_, u8>,
    length: usize,
    out: Out<'_, *mut Records>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let dataset = dataset(&dataset_id)?;
        // SAFETY: `length` is the number of bytes.
        let csv = unsafe { csv.slice(length, "csv") }?;
        Ok(Records::new(dataset, Form::Csv(csv.to_vec())))
    })
}

/// Makes records from a CSV file, which is read whole. The path is UTF-8.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dataset, PEELIAN_STATUS_IO if the file cannot be read.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_from_csv_file(
    dataset_id: Text<'_>,
    path: Text<'_>,
    out: Out<'_, *mut Records>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (dataset, path) = (dataset(&dataset_id)?, path.get("path")?);
        let csv = fs::read(path).map_err(|error| Error::new(Status::Io, format!("{path}: {error}")))?;
        Ok(Records::new(dataset, Form::Csv(csv)))
    })
}

/// Applies a mapping to records from CSV, which may be the file of a local system: each column is renamed to its field or left
/// out, values are recoded, dates are read in their format, and constants are added. `mapping` is the text of the mapping in
/// TOML; docs/files.md describes it, and `peelian map` drafts one. A column that the mapping does not name keeps its heading.
/// Findings name the line and the column of the original file.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the mapping is wrong, which the message says with its line, or if the records are not
/// from CSV; PEELIAN_STATUS_REFUSED if the CSV cannot be read or lacks a column that the mapping names. The records are then
/// as before.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_apply_mapping(
    records: InOut<'_, Records>,
    mapping: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let (records, mapping) = (records.get("records")?, mapping.get("mapping")?);
        let mapping = Mapping::read(mapping, records.dataset)?;
        let Form::Csv(csv) = &mut records.form else {
            return Err(Error::argument("these records are not from CSV: only the columns of a file are mapped"));
        };
        *csv = mapping.apply(csv)?;
        Ok(())
    })
}

/// Sets the first and the last day that the records report on, as "2017-02-01". A row outside this period is an error,
/// and a month of the period that has no row is 0. Without a period, records that are added cover the whole months from
/// their first to their last date. A submission states its own period.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if a text is not a day, or the last day is before the first.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_period(
    records: InOut<'_, Records>,
    first_day: Text<'_>,
    last_day: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let records = records.get("records")?;
        let (first, last) = (day(&first_day, "first_day")?, day(&last_day, "last_day")?);
        if last < first {
            return Err(Error::argument(format!("the period ends on {last}, before it begins on {first}")));
        }
        records.covers = Some((first, last));
        Ok(())
    })
}

fn day(text: &Text<'_>, name: &str) -> Outcome<Date> {
    text.get(name)?.parse().map_err(|_| Error::argument(format!("{name} is not a day: write it as 2017-02-01")))
}

/// Adds an area that the records report on, by its code, "E09000028", or its name. The areas within it are included. In
/// these areas, a month of the period that has no row is 0. Any other area is not submitted, and so is an area of which
/// only a part is covered: London, if only one borough is. Without areas, the areas that occur in the records are covered.
/// A submission covers the areas of its agency's remit.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such area.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_add_area(
    records: InOut<'_, Records>,
    area: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let (records, area) = (records.get("records")?, area.get("area")?);
        let found = core()?.reference.areas.resolve_name(area);
        let found = found.map_err(|unknown| Error::argument(unknown.to_string()))?;
        records.areas.get_or_insert_default().push(found.id());
        Ok(())
    })
}

/// Sets the agency as which the records are checked, "southwark". Records outside its remit are then errors: another area,
/// another trust's site, another measure. Figures are then those of this agency. By default no remit is checked, and
/// figures are taken as authoritative. A submission states its own agency.
///
/// Whether the register has the agency is checked when the records are validated or added: the status is then
/// PEELIAN_STATUS_REFUSED if it does not, or if the agency has no remit for the dataset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_agency(
    records: InOut<'_, Records>,
    agency: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        records.get("records")?.agency = Some(agency.get("agency")?.to_owned());
        Ok(())
    })
}

/// Sets whether the records are synthetic. Values that are computed from synthetic records are marked as synthetic. By
/// default the records are not synthetic.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_set_synthetic(
    records: InOut<'_, Records>,
    synthetic: bool,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        records.get("records")?.synthetic = synthetic;
        Ok(())
    })
}

/// Frees records, and releases the Arrow data that they share. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_records_free(records: Owned<Records>) {
    records.free();
}
