//! Snapshots: which rows of which submissions count at one position of the ledger.
//!
//! The ledger builds a [`Snapshot`], and the engine only reads it. Nothing is copied from one snapshot to the next.
//! After a correction, the new snapshot shares all batches with the one before and differs in the selected rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::column::Batch;
use crate::period::Month;
use crate::reference::AreaId;
use crate::submission::ReceivedReport;

/// A submission by its position in the ledger: the first is 1.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SubmissionId(pub u64);

/// The rows of one submission that count.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The rows as they were submitted and checked.
    pub batch: Arc<Batch>,
    /// The rows that count, one bit each: row `i` is bit `i % 64` of word `i / 64`. `None` if all rows count. Bits
    /// beyond the last row are 0.
    pub selected: Option<Arc<[u64]>>,
    /// The submission.
    pub submission: SubmissionId,
    /// Resource name of the submission: `agencies/mps/submissions/01J...`.
    pub name: Arc<str>,
    /// Agency that made the submission.
    pub agency: Arc<str>,
    /// Collection within the dataset. The empty name is a collection too.
    pub collection: Arc<str>,
    /// When the data were extracted from the source, in microseconds since 1970-01-01T00:00:00Z.
    pub extract_micros: i64,
    /// Whether the rows are synthetic.
    pub synthetic: bool,
    /// SHA-256 of the content as received.
    pub content_sha256: [u8; 32],
}

/// A period that an agency has reported on, with or without rows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Coverage {
    /// Agency.
    pub agency: Arc<str>,
    /// Identifier of the dataset: `crime`.
    pub dataset: &'static str,
    /// Collection within the dataset.
    pub collection: Arc<str>,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// Day on which the data were extracted from the source; `None` if it is not known.
    pub extracted: Option<Date>,
    /// Areas that the report covers.
    pub areas: CoveredAreas,
    /// Whether the submission that reports on the period is synthetic.
    pub synthetic: bool,
}

/// The areas that a report covers: in these, a month without rows is zero.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CoveredAreas {
    /// Those that follow from the agency's remit. `nil` says whether the report is a nil return.
    OfRemit {
        /// Whether the report is a nil return, which covers all areas of the remit.
        nil: bool,
    },
    /// Those that occur in the rows.
    InRows,
    /// Those that the caller states, with the areas within them.
    Listed(Arc<[AreaId]>),
}

/// A report as it was received, which later reports on the same period do not change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// Agency.
    pub agency: Arc<str>,
    /// Identifier of the dataset: `crime`.
    pub dataset: &'static str,
    /// Collection within the dataset.
    pub collection: Arc<str>,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// Day on which it was received, in London.
    pub received: Date,
    /// When it was received, in microseconds since 1970-01-01T00:00:00Z.
    pub received_micros: i64,
    /// Whether it is synthetic.
    pub synthetic: bool,
    /// Whether it is a nil return.
    pub nil: bool,
    /// The areas and months of its rows, sorted; empty if the areas that it reports on do not depend on its rows.
    pub places: Arc<[(AreaId, Month)]>,
}

/// A report that is lost: rows of its submission are damaged. What it says is not known, so a cell that needs it has no
/// value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lost {
    /// Resource name of the submission.
    pub name: Arc<str>,
    /// Agency.
    pub agency: Arc<str>,
    /// Identifier of the dataset: `crime`.
    pub dataset: &'static str,
    /// Collection within the dataset.
    pub collection: Arc<str>,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// The rows in force of every dataset, and the periods that they cover.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Position of the ledger: the number of the last entry that is included. 0 is the empty ledger.
    pub position: u64,
    /// Segments by dataset, in the order of their submissions. A segment without selected rows is left out.
    pub datasets: BTreeMap<&'static str, Vec<Arc<Segment>>>,
    /// Periods reported on, in the order of their submissions.
    pub coverage: Vec<Coverage>,
    /// Reports that are lost.
    pub lost: Vec<Lost>,
    /// When reports were received first, in the order of their submissions; `None` if nobody knows, as of rows in memory.
    pub receipts: Option<Arc<Vec<Receipt>>>,
}

impl Segment {
    /// Number of rows that count.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.selected {
            None => self.batch.rows(),
            Some(words) => words.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or(0)).sum(),
        }
    }

    /// Whether row `row` counts.
    #[must_use]
    pub fn selects(&self, row: usize) -> bool {
        match &self.selected {
            None => row < self.batch.rows(),
            Some(words) => words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1),
        }
    }
}

impl Receipt {
    /// The report as the list of expected reports reads it.
    pub(crate) fn as_received(&self) -> ReceivedReport<'_> {
        ReceivedReport {
            agency: &self.agency,
            collection: &self.collection,
            first: self.first,
            last: self.last,
            received_on: self.received,
            received_micros: self.received_micros,
            synthetic: self.synthetic,
            dataset: self.dataset,
            nil: self.nil,
            places: &self.places,
        }
    }

    /// Whether this report, which was received before another one, has reported on everything that the other reports on.
    #[must_use]
    pub fn includes(&self, later: &Self) -> bool {
        (&self.agency, self.dataset, &self.collection) == (&later.agency, later.dataset, &later.collection)
            && self.first <= later.first
            && later.last <= self.last
            && (self.nil || !later.nil)
            && later.places.iter().all(|place| self.places.binary_search(place).is_ok())
    }
}

impl Snapshot {
    /// Segments of the dataset with this identifier; empty if nothing was submitted.
    #[must_use]
    pub fn segments(&self, dataset: &str) -> &[Arc<Segment>] {
        self.datasets.get(dataset).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;
    use crate::contract::Contract;
    use crate::reference::Reference;

    fn segment(rows: usize, selected: Option<Vec<u64>>) -> Segment {
        let dataset = Contract::get().dataset("istv_attendance").unwrap();
        let columns = dataset.kept().map(|_| Column::U8(vec![0; rows].into())).collect();
        Segment {
            batch: Arc::new(Batch::new(dataset, columns, rows)),
            selected: selected.map(Arc::from),
            submission: SubmissionId(1),
            name: "agencies/a/submissions/b".into(),
            agency: "a".into(),
            collection: "".into(),
            extract_micros: 0,
            synthetic: false,
            content_sha256: [0; 32],
        }
    }

    #[test]
    fn a_report_that_was_made_before_is_no_first_report() {
        let day = |text: &str| text.parse().unwrap();
        let report = |first: &str, last: &str, places: &[(AreaId, Month)]| Receipt {
            agency: "mps".into(),
            dataset: "crime",
            collection: "".into(),
            first: day(first),
            last: day(last),
            received: day("2017-04-01"),
            received_micros: 0,
            synthetic: false,
            nil: false,
            places: places.into(),
        };
        let year = report("2017-01-01", "2017-12-31", &[]);
        assert!(year.includes(&report("2017-02-01", "2017-02-28", &[])));
        assert!(!year.includes(&report("2017-12-01", "2018-01-31", &[])));
        assert!(!year.includes(&Receipt { collection: "other".into(), ..year.clone() }));
        assert!(!year.includes(&Receipt { nil: true, ..year.clone() }));
        let southwark = Reference::from_seeds().unwrap().areas.by_code("E09000028").unwrap();
        let site = Receipt { places: [(southwark, Month::from_index(9))].into(), ..year.clone() };
        assert!(!year.includes(&site) && site.includes(&year));
    }

    #[test]
    fn all_rows_count_unless_some_are_selected() {
        let all = segment(70, None);
        assert_eq!((all.rows(), all.selects(69), all.selects(70)), (70, true, false));
        let some = segment(70, Some(vec![0b101, 1 << 5]));
        assert_eq!((some.rows(), some.selects(2), some.selects(1), some.selects(69)), (3, true, false, true));
    }
}
