//! Which agency is expected to report on which area, dataset by dataset.

use jiff::civil::Date;

use super::codes::{CodeLists, Entry};
use super::{AreaId, Areas, ReferenceError, Validity};

/// The list of the seeds.
const LIST: &str = "expected_reporters";

/// An agency that is expected to report on an area as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedReporter {
    /// Names under which the agency submits.
    pub agencies: Vec<String>,
    /// Datasets that it reports.
    pub datasets: Vec<String>,
    /// Area that it reports on.
    pub area: AreaId,
    /// Days on which it is expected to report.
    pub validity: Validity,
}

impl ExpectedReporter {
    fn from_entry(entry: Entry<'_>, areas: &Areas) -> Result<Self, ReferenceError> {
        let fail = |reason: &str| ReferenceError {
            file: format!("codes/{LIST}.csv"),
            line: entry.line(),
            reason: reason.to_owned(),
        };
        let words = |column| -> Vec<String> {
            entry.attribute(column).unwrap_or("").split_whitespace().map(str::to_owned).collect()
        };
        let area = entry.attribute("area").and_then(|code| areas.by_code(code));
        let parsed = Self {
            agencies: words("agencies"),
            datasets: words("datasets"),
            area: area.ok_or_else(|| fail("`area` is not the code of an area"))?,
            validity: entry.validity(),
        };
        if parsed.agencies.is_empty() || parsed.datasets.is_empty() {
            return Err(fail("`agencies` and `datasets` must not be empty"));
        }
        Ok(parsed)
    }

    fn is_expected(&self, agency: &str, dataset: &str, day: Date) -> bool {
        let named = |names: &[String], name: &str| names.iter().any(|known| known == name);
        named(&self.agencies, agency) && named(&self.datasets, dataset) && self.validity.contains(day)
    }
}

/// Every agency that is expected to report on an area as a whole.
#[derive(Debug)]
pub struct ExpectedReporters(Vec<ExpectedReporter>);

impl ExpectedReporters {
    /// Reads the list `expected_reporters`.
    ///
    /// # Errors
    /// A missing list, an area that does not exist, or an entry without agencies or datasets.
    pub fn from_codes(codes: &CodeLists, areas: &Areas) -> Result<Self, ReferenceError> {
        let list = codes.list(LIST).ok_or_else(|| ReferenceError {
            file: format!("codes/{LIST}.csv"),
            line: 1,
            reason: "the file is missing".to_owned(),
        })?;
        let reporters = list.iter().map(|entry| ExpectedReporter::from_entry(entry, areas));
        Ok(Self(reporters.collect::<Result<_, _>>()?))
    }

    /// The area that an agency is expected to report on in a dataset, on a day; `None` where nothing is expected of it.
    ///
    /// ```
    /// use peelian_core::reference::Reference;
    ///
    /// let reference = Reference::from_seeds()?;
    /// let day = "2017-02-28".parse()?;
    /// let area = reference.reporters.area("city-of-london-police", "crime", day).ok_or("not expected")?;
    /// assert_eq!(reference.areas.get(area).name(), "City of London");
    /// assert!(reference.reporters.area("mps", "istv_attendance", day).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn area(&self, agency: &str, dataset: &str, day: Date) -> Option<AreaId> {
        self.0.iter().find(|known| known.is_expected(agency, dataset, day)).map(|known| known.area)
    }
}
