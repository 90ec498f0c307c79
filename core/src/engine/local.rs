//! Measures computed where the records are: rows from Arrow or CSV, checked as the exchange checks them, and answered as
//! the exchange answers. Nothing is stored and nothing is sent.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;

use super::Engine;
use super::query::{Needs, Query, QueryError};
use super::rows::snapshot::{Coverage, Segment, Snapshot, SubmissionId};
use crate::Core;
use crate::column::Batch;
use crate::contract::{Contract, Dataset, Field};
use crate::intake::{Checked, Declared, Findings, HeldBatches, Intake, IntakeError, Limits, Mode};
use crate::period::Month;

/// Whoever computes: the one agency that reports.
pub(crate) const AGENCY: &str = "local";

/// Rows of one dataset.
#[derive(Clone, Copy, Debug)]
pub struct LocalRows<'a> {
    /// Identifier of the dataset: `crime`.
    pub dataset: &'a str,
    /// First and last day of what the rows report on. A row outside is refused, as it would be in a submission. `None`
    /// takes the whole months from the first to the last date of the rows.
    pub covers: Option<(Date, Date)>,
    /// The rows.
    pub content: LocalContent<'a>,
    /// Whether they are synthetic.
    pub synthetic: bool,
}

/// Rows in one of their forms.
#[derive(Clone, Copy, Debug)]
pub enum LocalContent<'a> {
    /// Arrow's record batches, any number of them.
    Batches(&'a [RecordBatch]),
    /// A CSV file with the dataset's header.
    Csv(&'a [u8]),
    /// An Arrow IPC stream.
    Arrow(&'a [u8]),
}

/// What became of rows that were added.
#[derive(Clone, Debug)]
pub struct Received {
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// What was found.
    pub findings: Findings,
}

/// Why rows are refused.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// There is no such dataset.
    #[error("there is no dataset {0}; the datasets are {list}", list = datasets())]
    UnknownDataset(String),
    /// A dataset was added twice. Rows that are held twice would count twice.
    #[error("rows of {0} were added before: put all of them together")]
    AddedBefore(&'static str),
    /// The rows are refused.
    #[error("{dataset}: {error}")]
    Intake {
        /// Dataset of the rows.
        dataset: &'static str,
        /// Why.
        error: IntakeError,
    },
}

/// Rows of any number of datasets in the caller's own memory: an exchange to which they alone were submitted.
/// The rows of a dataset count as one agency's. Rows of agencies that report on different periods belong in a `Local` each:
/// together, what one of them has not reported on would be taken as zero.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::sync::Arc;
///
/// use peelian_core::Core;
/// use peelian_core::engine::{Local, LocalContent, LocalRows, Query};
///
/// let core = Arc::new(Core::from_seeds()?);
/// let csv = b"borough,valid_from,priority_1,priority_2\nE09000028,2017-04-01,robbery_personal,burglary_residential\n";
/// let mut local = Local::new(&core);
/// let rows = LocalRows { dataset: "local_priority", covers: None, content: LocalContent::Csv(csv), synthetic: true };
/// assert_eq!(local.add(rows)?.received, 1);
///
/// let query = peelian::v1::Query {
///     measures: vec!["recorded-crime-volume".into()],
///     areas: vec!["borough".into()],
///     periods: vec!["2017-04".into()],
///     ..Default::default()
/// };
/// let observations = local.engine(NonZeroUsize::MIN).query(&Query::from_wire(&query, &core)?)?;
/// assert_eq!(observations.len(), 33);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Local {
    core: Arc<Core>,
    snapshot: Snapshot,
    /// Of the datasets added, those that others have referred to.
    held: HeldBatches,
    /// The fields that are read, if those are not all.
    needs: Option<Needs>,
    threads: NonZeroUsize,
    /// Whether the rows are all there are, so that the share of those with errors is judged.
    whole: bool,
}

impl Local {
    /// Nothing added yet.
    #[must_use]
    pub fn new(core: &Arc<Core>) -> Self {
        let (snapshot, held) = (Snapshot::default(), HeldBatches::default());
        Self { core: Arc::clone(core), snapshot, held, needs: None, threads: NonZeroUsize::MIN, whole: true }
    }

    /// Nothing added yet, and rows will be read for this query alone: only the fields that its measures need, which is
    /// many times as fast. The values of these fields are checked as in an exchange; keys that repeat, references and
    /// rules, which need other fields, are not, and what else the rows have is not looked at. Rows that an exchange
    /// accepts give the same answer.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for a measure that does not exist.
    pub fn for_query(core: &Arc<Core>, query: &Query) -> Result<Self, QueryError> {
        Ok(Self::new(core).reading(Needs::of(core, query)?))
    }

    /// The fields of a dataset that are read.
    ///
    /// # Errors
    ///
    /// [`LocalError::UnknownDataset`].
    pub fn fields(&self, id: &str) -> Result<Vec<&'static str>, LocalError> {
        let dataset = dataset(id)?;
        let submitted = dataset.submitted().map(|field| field.name.as_str());
        Ok(match &self.needs {
            None => submitted.collect(),
            Some(needs) => {
                let needed = needs.fields(dataset);
                submitted.filter(|field| needed.contains(field)).collect()
            }
        })
    }

    /// Reads record batches on so many threads; without this, on one.
    #[must_use]
    pub fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// Nothing added yet, and what will be is a part of the rows: others have other parts.
    pub(crate) fn of_part(core: &Arc<Core>, threads: NonZeroUsize) -> Self {
        Self { whole: false, ..Self::new(core).with_threads(threads) }
    }

    /// The same, reading these fields alone.
    pub(crate) fn reading(self, needs: Needs) -> Self {
        Self { needs: Some(needs), ..self }
    }

    /// Checks rows and keeps none of them. What they refer to is looked up among the rows added before.
    ///
    /// # Errors
    ///
    /// As [`Local::add`], but for [`LocalError::AddedBefore`].
    pub fn check(&mut self, rows: LocalRows<'_>) -> Result<Checked, LocalError> {
        self.checked(dataset(rows.dataset)?, rows)
    }

    /// Checks rows and keeps those without errors. What they refer to must have been added before; see
    /// [`Local::add_all`].
    ///
    /// Batches may come from another language: Arrow's own invariants are checked before anything is read.
    ///
    /// # Errors
    ///
    /// A [`LocalError`]; then nothing is kept.
    pub fn add(&mut self, rows: LocalRows<'_>) -> Result<Received, LocalError> {
        let dataset = dataset(rows.dataset)?;
        if self.snapshot.datasets.contains_key(dataset.id.as_str()) {
            return Err(LocalError::AddedBefore(&dataset.id));
        }
        let checked = self.checked(dataset, rows)?;
        let covers = rows.covers.or_else(|| checked.span.map(whole_months));
        let Checked { batch, received, rejected, findings, .. } = checked;
        self.keep(batch, covers, rows.synthetic);
        Ok(Received { received, rejected, findings })
    }

    /// Adds rows of several datasets in any order: each dataset after those that it refers to.
    ///
    /// # Errors
    ///
    /// A [`LocalError`]; then nothing at all is kept.
    pub fn add_all(&mut self, mut rows: Vec<LocalRows<'_>>) -> Result<Vec<(&'static str, Received)>, LocalError> {
        let before = self.snapshot.clone();
        let mut received = Vec::with_capacity(rows.len());
        while !rows.is_empty() {
            let ready = |rows: &LocalRows<'_>, waiting: &[LocalRows<'_>]| {
                let refers = |other: &LocalRows<'_>| other.dataset != rows.dataset && refers_to(rows, other.dataset);
                !waiting.iter().any(refers)
            };
            // Datasets refer to each other in no circle: one is always ready.
            let next = rows.iter().position(|candidate| ready(candidate, &rows)).unwrap_or(0);
            let next = rows.remove(next);
            match dataset(next.dataset).and_then(|dataset| Ok((dataset.id.as_str(), self.add(next)?))) {
                Ok(added) => received.push(added),
                Err(error) => {
                    self.snapshot = before;
                    self.held = HeldBatches::default();
                    return Err(error);
                }
            }
        }
        Ok(received)
    }

    /// Answers queries from the rows added so far, on so many threads.
    #[must_use]
    pub fn engine(&self, threads: NonZeroUsize) -> Engine {
        let snapshot = Arc::new(self.snapshot.clone());
        Engine::new(Arc::clone(&self.core), snapshot, threads).reading(self.needs.clone())
    }

    /// The rows and what they cover.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn checked(&mut self, dataset: &'static Dataset, rows: LocalRows<'_>) -> Result<Checked, LocalError> {
        self.hold_referenced(dataset);
        let refused = |error| LocalError::Intake { dataset: &dataset.id, error };
        let (period_first, period_last) = rows.covers.unwrap_or((Date::MIN, Date::MAX));
        let declared = Declared { period_first, period_last, extract_date: period_last, mode: Mode::ReplacePeriod };
        // The limits of an exchange protect it from its callers; here caller and computer are one. The kernel numbers rows
        // with 32 bits.
        let limits = Limits {
            max_rows: u32::MAX as usize,
            max_bytes: usize::MAX,
            judge_errors: self.whole,
            ..Limits::default()
        };
        let mut intake = Intake::new(&self.core.reference, dataset, declared, limits).map_err(refused)?;
        if let Some(needs) = &self.needs {
            intake = intake.only(&needs.fields(dataset));
        }
        match rows.content {
            LocalContent::Csv(bytes) => intake.push_csv(bytes).map_err(refused)?,
            LocalContent::Arrow(bytes) => intake.push_arrow(bytes).map_err(refused)?,
            LocalContent::Batches(batches) => {
                intake.push_batches(batches, self.threads).map_err(refused)?;
            }
        }
        intake.finish(&self.held).map_err(refused)
    }

    /// Makes the rows that a dataset refers to findable by their keys.
    fn hold_referenced(&mut self, dataset: &'static Dataset) {
        // In a part of the fields, only the date that places a row is looked up.
        let needed = |other: &&str| self.needs.is_none() || dataset.is_placed_by(other);
        for referenced in dataset.fields.iter().filter_map(Field::references).filter(needed) {
            let segments = self.snapshot.segments(referenced);
            if let ([segment], false) = (segments, self.held.holds(referenced)) {
                self.held.insert(Batch::clone(&segment.batch));
            }
        }
    }

    fn keep(&mut self, batch: Batch, covers: Option<(Date, Date)>, synthetic: bool) {
        let dataset = batch.dataset().id.as_str();
        self.snapshot.position += 1;
        if let Some((first, last)) = covers {
            let collection = "".into();
            self.snapshot.coverage.push(Coverage {
                agency: AGENCY.into(),
                dataset,
                collection,
                first,
                last,
                synthetic,
            });
        }
        let segment = Segment {
            batch: Arc::new(batch),
            selected: None,
            submission: SubmissionId(self.snapshot.position),
            name: AGENCY.into(),
            agency: AGENCY.into(),
            collection: "".into(),
            extract_micros: 0,
            synthetic,
            content_sha256: [0; 32],
        };
        let segments = if segment.rows() == 0 { Vec::new() } else { vec![segment] };
        self.snapshot.datasets.insert(dataset, segments);
    }
}

fn dataset(id: &str) -> Result<&'static Dataset, LocalError> {
    Contract::get().dataset(id).ok_or_else(|| LocalError::UnknownDataset(id.to_owned()))
}

/// The identifiers of all datasets.
fn datasets() -> String {
    let ids: Vec<&str> = Contract::get().datasets().iter().map(|dataset| dataset.id.as_str()).collect();
    ids.join(", ")
}

fn refers_to(rows: &LocalRows<'_>, other: &str) -> bool {
    dataset(rows.dataset).is_ok_and(|dataset| dataset.reference_to(other).is_some())
}

/// The whole months from a day to another.
fn whole_months((first, last): (Date, Date)) -> (Date, Date) {
    (Month::of(first).first_day(), Month::of(last).last_day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Query;
    use crate::intake::csv_header;

    fn rows<'a>(dataset: &'a str, csv: &'a str) -> LocalRows<'a> {
        LocalRows { dataset, covers: None, content: LocalContent::Csv(csv.as_bytes()), synthetic: true }
    }

    fn header(dataset: &str) -> String {
        csv_header(Contract::get().dataset(dataset).unwrap())
    }

    #[test]
    fn datasets_come_in_any_order_and_are_refused_twice() {
        let core = Arc::new(Core::from_seeds().unwrap());
        let mut local = Local::new(&core);
        let (crimes, victims) = (header("crime"), header("crime_victim"));
        // A row of the wrong width is an error, and one of one is too many.
        let ragged = format!("{victims}\nX,1\n");
        let refused = local.add_all(vec![rows("crime_victim", &ragged), rows("crime", &crimes)]);
        assert!(matches!(refused, Err(LocalError::Intake { dataset: "crime_victim", .. })), "{refused:?}");
        // Nothing is left of the crimes, which came first.
        let received = local.add_all(vec![rows("crime_victim", &victims), rows("crime", &crimes)]).unwrap();
        assert_eq!(received.iter().map(|(dataset, _)| *dataset).collect::<Vec<_>>(), ["crime", "crime_victim"]);
        assert!(matches!(local.add(rows("crime", &crimes)), Err(LocalError::AddedBefore("crime"))));
        assert!(local.add(rows("crimes", "")).unwrap_err().to_string().contains("crime_victim"));
    }

    #[test]
    fn rows_cover_the_whole_months_of_their_dates() {
        let core = Arc::new(Core::from_seeds().unwrap());
        let mut local = Local::new(&core);
        let csv = "borough,valid_from,priority_1,priority_2\n\
            E09000028,2017-04-11,robbery_personal,burglary_residential\n\
            E09000001,2017-06-02,robbery_personal,burglary_residential\n";
        local.add(rows("local_priority", csv)).unwrap();
        let [window] = local.snapshot.coverage.as_slice() else { panic!("one window") };
        assert_eq!((window.first.to_string(), window.last.to_string()), ("2017-04-01".into(), "2017-06-30".into()));
        let query = peelian::v1::Query {
            measures: vec!["recorded-crime-volume".into()],
            areas: vec!["borough".into()],
            periods: vec!["2017-04".into()],
            ..Default::default()
        };
        let found = local.engine(NonZeroUsize::MIN).query(&Query::from_wire(&query, &core).unwrap()).unwrap();
        // Priorities say nothing of crimes.
        assert!(found.iter().all(|observation| observation.result.is_err()));
    }
}
