//! Measures computed from rows in the caller's memory. The rows are Arrow or CSV. They are checked as an exchange
//! checks them, and queries are answered as an exchange answers them. Nothing is stored and nothing is sent.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;

use super::api::Engine;
use super::query::{Needs, Query, QueryError};
use super::rows::snapshot::{Coverage, CoveredAreas, Segment, Snapshot, SubmissionId};
use crate::Core;
use crate::column::Batch;
use crate::contract::{Contract, Dataset, Field, UnknownDataset};
use crate::intake::{Checked, Declared, Findings, HeldBatches, Intake, IntakeError, Limits, Mode, RowCheck};
use crate::period::Month;
use crate::reference::AreaId;
use crate::submission::{FIGURES, FigureCheck, HeldFigures, PastCheck, RemitCheck, RemitError, check_agency};

/// Name of the agency that reports: the caller.
pub(crate) const AGENCY: &str = "local";

/// Rows of one dataset.
#[derive(Clone, Copy, Debug)]
pub struct LocalRows<'a> {
    /// Identifier of the dataset: `crime`.
    pub dataset: &'a str,
    /// First and last day of the period that the rows report on. A row outside this period is an error, as in a
    /// submission. `None` means the whole months from the first to the last date of the rows.
    pub covers: Option<(Date, Date)>,
    /// Areas that the rows report on, with the areas within them: in these, a month without rows is zero. `None` means
    /// the areas that occur in the rows. Any other area is not submitted.
    pub areas: Option<&'a [AreaId]>,
    /// Agency as which the rows are checked: rows outside its remit are errors. Figures are then those of this agency, and
    /// [`Query::source`] can ask for them. `None` checks no remit.
    pub agency: Option<&'a str>,
    /// The rows.
    pub content: LocalContent<'a>,
    /// Whether the rows are synthetic.
    pub synthetic: bool,
}

impl<'a> LocalRows<'a> {
    /// Rows that are not synthetic, and cover the months and the areas that occur in them.
    #[must_use]
    pub const fn new(dataset: &'a str, content: LocalContent<'a>) -> Self {
        Self { dataset, covers: None, areas: None, agency: None, content, synthetic: false }
    }
}

/// A table of text that is read in pieces, so that it is never in memory as a whole.
pub trait TextPieces: std::fmt::Debug + Sync {
    /// Number of bytes, as far as it is known.
    fn bytes(&self) -> usize;

    /// Hands on the pieces, from the first one on, until `take` returns that it wants no more.
    ///
    /// # Errors
    ///
    /// Why the table cannot be read.
    fn each(&self, take: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), String>;
}

/// Rows in one of four forms.
#[derive(Clone, Copy, Debug)]
pub enum LocalContent<'a> {
    /// Arrow's record batches, any number of them.
    Batches(&'a [RecordBatch]),
    /// A CSV file with the dataset's header.
    Csv(&'a [u8]),
    /// The same, read in pieces.
    Pieces(&'a dyn TextPieces),
    /// An Arrow IPC stream.
    Arrow(&'a [u8]),
}

/// A report on rows that were added.
#[derive(Clone, Debug)]
pub struct Received {
    /// Rows received.
    pub received: u64,
    /// Rows with errors, which are left out.
    pub rejected: u64,
    /// The findings.
    pub findings: Findings,
}

/// The reason why rows are refused.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// There is no such dataset.
    #[error(transparent)]
    UnknownDataset(#[from] UnknownDataset),
    /// The agency has no remit for the dataset.
    #[error(transparent)]
    Remit(#[from] RemitError),
    /// Rows of the dataset were added before. Rows added twice would count twice.
    #[error("rows of {0} were added before: put all of them together")]
    AddedBefore(&'static str),
    /// The table of text cannot be read.
    #[error("the rows of {dataset} cannot be read: {reason}")]
    Unread {
        /// Dataset of the rows.
        dataset: &'static str,
        /// The reason.
        reason: String,
    },
    /// The intake refuses the rows.
    #[error("{dataset}: {error}")]
    Intake {
        /// Dataset of the rows.
        dataset: &'static str,
        /// The reason.
        error: IntakeError,
    },
}

/// Rows of any number of datasets in the caller's memory. Queries are answered as by an exchange that holds these rows
/// only.
///
/// The rows of a dataset count as those of one agency, and cover the areas that [`LocalRows::areas`] states, or else those
/// that occur in the rows. If agencies report on different periods, use one `Local` for each agency: in a common one, a
/// period that one of them has not reported on would count as zero.
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
/// let rows = LocalRows { synthetic: true, ..LocalRows::new("local_priority", LocalContent::Csv(csv)) };
/// assert_eq!(local.add(rows)?.received, 1);
///
/// let query = peelian::v1::Query {
///     measures: vec!["recorded-crime-volume".into()],
///     areas: vec!["borough".into()],
///     periods: vec!["2017-04".into()],
///     ..Default::default()
/// };
/// let observations = local.engine(NonZeroUsize::MIN).query(&Query::from_wire(&query, &core)?)?;
/// // The one row covers Southwark, and says nothing about crimes.
/// assert_eq!(observations.len(), 33);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Local {
    core: Arc<Core>,
    snapshot: Snapshot,
    /// The datasets added to which other datasets have referred.
    held: HeldBatches,
    /// The fields that are read; `None` if all are.
    needs: Option<Needs>,
    threads: NonZeroUsize,
    /// Whether these are all rows. Then the share of rows with errors is checked.
    whole: bool,
}

impl Local {
    /// A `Local` without rows.
    #[must_use]
    pub fn new(core: &Arc<Core>) -> Self {
        let (snapshot, held) = (Snapshot::default(), HeldBatches::default());
        Self { core: Arc::clone(core), snapshot, held, needs: None, threads: NonZeroUsize::MIN, whole: true }
    }

    /// A `Local` without rows, for this query alone. It reads only the fields that the measures of the query need,
    /// which is many times as fast. It checks the values of these fields as an exchange does. It does not check
    /// repeated keys, references and rules, which need other fields, and it ignores other columns. Rows that an
    /// exchange accepts give the same answer.
    ///
    /// # Errors
    ///
    /// [`QueryError`] if a measure does not exist.
    pub fn for_query(core: &Arc<Core>, query: &Query) -> Result<Self, QueryError> {
        Ok(Self::new(core).reading(Needs::of(core, query)?))
    }

    /// The fields of a dataset that are read.
    ///
    /// # Errors
    ///
    /// [`LocalError::UnknownDataset`] if there is no such dataset.
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

    /// The same, which reads record batches and tables of text on `threads` threads. The default is one thread.
    #[must_use]
    pub fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// A `Local` without rows, for a part of all rows. Other machines or threads have the other parts.
    pub(crate) fn of_part(core: &Arc<Core>, threads: NonZeroUsize) -> Self {
        Self { whole: false, ..Self::new(core).with_threads(threads) }
    }

    /// The same, which reads these fields only.
    pub(crate) fn reading(self, needs: Needs) -> Self {
        Self { needs: Some(needs), ..self }
    }

    /// Checks rows and keeps none of them. References are looked up among the rows added before, and figures are compared with
    /// the figures added before.
    ///
    /// # Errors
    ///
    /// The errors of [`Local::add`] without [`LocalError::AddedBefore`].
    pub fn check(&mut self, rows: LocalRows<'_>) -> Result<Checked, LocalError> {
        self.checked(dataset(rows.dataset)?, rows)
    }

    /// Checks rows and keeps those without errors. Add the rows to which they refer before, or use [`Local::add_all`].
    ///
    /// Batches may come from another language, so the invariants of Arrow are checked before anything is read.
    ///
    /// # Errors
    ///
    /// [`LocalError`] if the rows are refused. Then nothing is kept.
    pub fn add(&mut self, rows: LocalRows<'_>) -> Result<Received, LocalError> {
        let dataset = dataset(rows.dataset)?;
        if self.snapshot.datasets.contains_key(dataset.id.as_str()) {
            return Err(LocalError::AddedBefore(&dataset.id));
        }
        let checked = self.checked(dataset, rows)?;
        let covers = rows.covers.or_else(|| checked.span.map(whole_months));
        let Checked { batch, received, rejected, findings, .. } = checked;
        self.keep(batch, covers, rows);
        Ok(Received { received, rejected, findings })
    }

    /// Adds rows of several datasets. They may be in any order: a dataset is added after the datasets to which it
    /// refers.
    ///
    /// # Errors
    ///
    /// [`LocalError`] if the rows of any dataset are refused. Then nothing is kept.
    pub fn add_all(&mut self, mut rows: Vec<LocalRows<'_>>) -> Result<Vec<(&'static str, Received)>, LocalError> {
        let before = self.snapshot.clone();
        let mut received = Vec::with_capacity(rows.len());
        while !rows.is_empty() {
            let ready = |rows: &LocalRows<'_>, waiting: &[LocalRows<'_>]| {
                let refers = |other: &LocalRows<'_>| other.dataset != rows.dataset && refers_to(rows, other.dataset);
                !waiting.iter().any(refers)
            };
            // References between datasets form no circle, so one dataset is always ready.
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

    /// An engine that answers queries from the rows added so far, on `threads` threads.
    #[must_use]
    pub fn engine(&self, threads: NonZeroUsize) -> Engine {
        let snapshot = Arc::new(self.snapshot.clone());
        Engine::new(Arc::clone(&self.core), snapshot, threads).reading(self.needs.clone())
    }

    /// The rows, and the periods that they cover.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn checked(&mut self, dataset: &'static Dataset, rows: LocalRows<'_>) -> Result<Checked, LocalError> {
        self.hold_referenced(dataset);
        let refused = |error| LocalError::Intake { dataset: &dataset.id, error };
        let register = &self.core.reference.register;
        let agency = rows.agency.map(|agency| check_agency(register, agency, dataset)).transpose()?;
        let (period_first, period_last) = rows.covers.unwrap_or((Date::MIN, Date::MAX));
        // When the rows were extracted is told to an exchange, and is not known here.
        let declared = Declared { period_first, period_last, extract_date: Date::MAX, mode: Mode::ReplacePeriod };
        // The limits of an exchange protect it from its callers. They are not needed here, because the caller computes
        // for itself. The kernel numbers rows with 32 bits.
        let limits = Limits {
            max_rows: u32::MAX as usize,
            max_bytes: usize::MAX,
            judge_errors: self.whole,
            ..Limits::default()
        };
        let intake = Intake::new(&self.core.reference, dataset, declared, limits).map_err(refused)?;
        let mut intake = intake.with_threads(self.threads);
        if let Some(needs) = &self.needs {
            intake = intake.only(&needs.fields(dataset));
        }
        match rows.content {
            LocalContent::Csv(bytes) => intake.push_csv(bytes).map_err(refused)?,
            LocalContent::Pieces(pieces) => {
                intake = intake.expecting(pieces.bytes());
                // A file without a byte is a text too, with no pieces.
                let mut pushed = intake.push_csv(&[]);
                let read = pieces.each(&mut |piece| {
                    pushed = intake.push_csv(piece);
                    pushed.is_ok()
                });
                pushed.map_err(refused)?;
                read.map_err(|reason| LocalError::Unread { dataset: &dataset.id, reason })?;
            }
            LocalContent::Arrow(bytes) => intake.push_arrow(bytes).map_err(refused)?,
            LocalContent::Batches(batches) => {
                intake.push_batches(batches, self.threads).map_err(refused)?;
            }
        }
        let figures = FigureCheck::new(&self.core);
        // A warning is for those who send the figures, not for those who compute from some of their fields.
        let past = self.needs.is_none().then(|| PastCheck::new(&self.core, self.held_figures()));
        let remit = agency.map(RemitCheck::new);
        let past = past.iter().map(|check| check as &dyn RowCheck);
        let remit = remit.iter().map(|check| check as &dyn RowCheck);
        let checks = std::iter::once(&figures as &dyn RowCheck).chain(past).chain(remit);
        intake.finish_with(&self.held, &checks.collect::<Vec<_>>()).map_err(refused)
    }

    /// The figures added before.
    fn held_figures(&self) -> HeldFigures {
        let mut held = HeldFigures::default();
        for segment in self.snapshot.segments(FIGURES) {
            let segment = Arc::clone(segment);
            held.add(Arc::clone(&segment.batch), move |row| segment.selects(row));
        }
        held
    }

    /// Indexes the rows to which a dataset refers by their keys.
    fn hold_referenced(&mut self, dataset: &'static Dataset) {
        // If only some fields are read, only the date that places a row is looked up.
        let needed = |other: &&str| self.needs.is_none() || dataset.is_placed_by(other);
        for referenced in dataset.fields.iter().filter_map(Field::references).filter(needed) {
            let segments = self.snapshot.segments(referenced);
            if let ([segment], false) = (segments, self.held.holds(referenced)) {
                self.held.insert(Batch::clone(&segment.batch));
            }
        }
    }

    fn keep(&mut self, batch: Batch, covers: Option<(Date, Date)>, rows: LocalRows<'_>) {
        let synthetic = rows.synthetic;
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
                extracted: None,
                areas: covered_areas(rows.areas),
                synthetic,
            });
        }
        // Whether a figure is authoritative depends on the agency. Records are those of the caller.
        let agency = rows.agency.filter(|_| dataset == FIGURES).unwrap_or(AGENCY);
        let segment = Segment {
            batch: Arc::new(batch),
            selected: None,
            submission: SubmissionId(self.snapshot.position),
            name: AGENCY.into(),
            agency: agency.into(),
            collection: "".into(),
            extract_micros: 0,
            synthetic,
            content_sha256: [0; 32],
        };
        let segments = if segment.rows() == 0 { Vec::new() } else { vec![Arc::new(segment)] };
        self.snapshot.datasets.insert(dataset, segments);
    }
}

fn dataset(id: &str) -> Result<&'static Dataset, LocalError> {
    Ok(Contract::get().known_dataset(id)?)
}

/// The areas that rows cover: those stated, or those that occur in the rows.
pub(super) fn covered_areas(areas: Option<&[AreaId]>) -> CoveredAreas {
    areas.map_or(CoveredAreas::InRows, |areas| CoveredAreas::Listed(areas.into()))
}

fn refers_to(rows: &LocalRows<'_>, other: &str) -> bool {
    dataset(rows.dataset).is_ok_and(|dataset| dataset.reference_to(other).is_some())
}

/// The whole months that contain two days.
fn whole_months((first, last): (Date, Date)) -> (Date, Date) {
    (Month::of(first).first_day(), Month::of(last).last_day())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Query;
    use crate::intake::csv_header;

    fn rows<'a>(dataset: &'a str, csv: &'a str) -> LocalRows<'a> {
        LocalRows { synthetic: true, ..LocalRows::new(dataset, LocalContent::Csv(csv.as_bytes())) }
    }

    fn header(dataset: &str) -> String {
        csv_header(Contract::get().dataset(dataset).unwrap())
    }

    #[test]
    fn datasets_come_in_any_order_and_are_refused_twice() {
        let core = Arc::new(Core::from_seeds().unwrap());
        let mut local = Local::new(&core);
        let (crimes, victims) = (header("crime"), header("crime_victim"));
        // A row with the wrong number of columns is an error, and one of one row is too many.
        let ragged = format!("{victims}\nX,1\n");
        let refused = local.add_all(vec![rows("crime_victim", &ragged), rows("crime", &crimes)]);
        assert!(matches!(refused, Err(LocalError::Intake { dataset: "crime_victim", .. })), "{refused:?}");
        // The crimes were added first, and they are removed again.
        let received = local.add_all(vec![rows("crime_victim", &victims), rows("crime", &crimes)]).unwrap();
        assert_eq!(received.iter().map(|(dataset, _)| *dataset).collect::<Vec<_>>(), ["crime", "crime_victim"]);
        assert!(matches!(local.add(rows("crime", &crimes)), Err(LocalError::AddedBefore("crime"))));
        assert!(local.add(rows("crimes", "")).unwrap_err().to_string().contains("crime_victim"));
    }

    #[test]
    fn figures_are_those_of_the_agency_that_is_named() {
        let core = Arc::new(Core::from_seeds().unwrap());
        let csv = "measure,area,period,breakdown,numerator,status,source\n\
            knife-crime-offences,E09000028,2017-04,,7,final,A\n";
        let value = |agency, source: &str| {
            let mut local = Local::new(&core);
            local.add(LocalRows { agency, ..rows("published_figure", csv) }).unwrap();
            let query = peelian::v1::Query {
                measures: vec!["knife-crime-offences".into()],
                areas: vec!["E09000028".into()],
                periods: vec!["2017-04".into()],
                basis: peelian::v1::Basis::SubmittedFigure.into(),
                source: source.into(),
                ..Default::default()
            };
            let found = local.engine(NonZeroUsize::MIN).query(&Query::from_wire(&query, &core).unwrap()).unwrap();
            (found[0].result.ok(), found[0].caveats.iter().any(|caveat| caveat.contains("Southwark Council")))
        };
        assert_eq!(value(None, ""), (Some(7.0), false));
        assert_eq!(value(None, "southwark"), (None, false));
        // The police is the authority for knife crime.
        assert_eq!(value(Some("southwark"), ""), (Some(7.0), true));
        assert_eq!(value(Some("southwark"), "southwark"), (Some(7.0), false));
        assert_eq!(value(Some("southwark"), "hackney"), (None, false));
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
        // Local priorities contain no crimes.
        assert!(found.iter().all(|observation| observation.result.is_err()));
    }
}
