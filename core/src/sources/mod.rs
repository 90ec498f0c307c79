//! Readers of the files that London's agencies already publish.
//!
//! Each reader turns one file, as its publisher released it, into rows of the dataset `published_figure`. Nothing is
//! fetched and nothing is guessed: what a file does not say is left out and reported. The rules that all readers keep:
//!
//! - An area that no list knows refuses the file. A class that no list knows is reported and kept in totals only.
//! - The bins that the Metropolitan Police publishes beside its boroughs (airports, unknown, ...) keep areas of their
//!   own: they belong to the force's total and to no borough. A reader gives a figure for London only where the file
//!   does; elsewhere the exchange adds up boroughs and bins, each once.
//! - A total is the publisher's own, or the sum of classes that divide all crime. Flags and strands overlap and are
//!   never added up.
//! - Absent is zero only where the publisher drops zeros from a complete cross-tabulation, and then only for areas,
//!   months and series that the file covers. [`Totals::zeros`] counts such rows.
//! - A month that was not over when the file was made is left out.
//! - A period that repeats another under a different name refuses the file, and so do two different values for one
//!   cell. A repetition of the same value counts once.
//!
//! ```
//! use peelian_core::reference::Reference;
//! use peelian_core::sources::Source;
//!
//! let file = b"MajorText,MinorText,BoroughName,202404\r\nROBBERY,ROBBERY OF PERSONAL PROPERTY,Barnet,67\r\n";
//! let source = Source::detect(file).ok_or("unknown layout")?;
//! let converted = source.read("mps-crime.csv", file, &Reference::from_seeds()?)?;
//! let total = converted.figures().find(|row| row.breakdown.is_empty()).ok_or("no total")?;
//! assert_eq!((total.area.as_str(), total.numerator), ("E09000003", Some(67.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cps;
mod figures;
mod finding;
mod home_office;
mod mps_crime;
mod mps_dashboard;
mod mps_table;
mod pas;
mod police_uk;
mod sheet;

pub use figures::{Difference, differences};
pub use finding::{SourceError, SourceFinding, SourceFindingCode};

use peelian::records::v1::PublishedFigure;

use crate::period::Month;
use crate::reference::Reference;
use sheet::Sheet;

/// A layout in which a publisher releases figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Metropolitan Police Service, recorded crime by borough: one column a month.
    MpsCrimeBorough,
    /// Metropolitan Police Service, monthly crime dashboard.
    MpsDashboard,
    /// Metropolitan Police Service, offences by borough and month 2018 to 2020: one column a class.
    MpsTno,
    /// Mayor's Office for Policing and Crime, Public Attitude Survey by borough.
    MopacPasBorough,
    /// Mayor's Office for Policing and Crime, Public Attitude Survey for London.
    MopacPasMps,
    /// Home Office, outcomes open data.
    HomeOfficeOutcomes,
    /// Crown Prosecution Service, case outcomes by principal offence of one month.
    CpsCaseOutcomes,
    /// data.police.uk, street-level crime of one force and month.
    PoliceUkStreet,
    /// data.police.uk, outcomes of one force and month.
    PoliceUkOutcomes,
    /// data.police.uk, crimes of a year by type and last outcome.
    PoliceUkOutcomesAnnual,
}

/// What a file became.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// Identifier of the agency whose figures they are: `mps`.
    pub agency: &'static str,
    /// Name of the return within the dataset, so that two publications of one agency do not replace each other.
    pub collection: &'static str,
    /// What to submit.
    pub publications: Vec<Part>,
    /// Figures that the file repeats from another publication. They are not submitted; compare them with
    /// [`differences`].
    pub stated: Vec<PublishedFigure>,
    /// What a careful reader should know.
    pub findings: Vec<SourceFinding>,
    /// How much was read and left out.
    pub totals: Totals,
}

/// Rows of one submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Dataset of the rows.
    pub dataset: &'static str,
    /// First month of the window that the rows' periods end in.
    pub first: Month,
    /// Last month of that window.
    pub last: Month,
    /// The rows, in order of period, measure, area and breakdown.
    pub rows: Vec<PublishedFigure>,
}

/// How much was read and left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines of data in the file.
    pub lines: u64,
    /// Lines that no figure comes from. The findings say why.
    pub left_out: u64,
    /// Figures made, zeros included.
    pub figures: u64,
    /// Figures that are zero because the publisher drops zeros.
    pub zeros: u64,
}

impl Source {
    /// Every layout.
    pub const ALL: [Self; 10] = [
        Self::MpsCrimeBorough,
        Self::MpsDashboard,
        Self::MpsTno,
        Self::MopacPasBorough,
        Self::MopacPasMps,
        Self::HomeOfficeOutcomes,
        Self::CpsCaseOutcomes,
        Self::PoliceUkStreet,
        Self::PoliceUkOutcomes,
        Self::PoliceUkOutcomesAnnual,
    ];

    /// The layout's identifier: `mps-crime-borough`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::MpsCrimeBorough => "mps-crime-borough",
            Self::MpsDashboard => "mps-dashboard",
            Self::MpsTno => "mps-tno",
            Self::MopacPasBorough => "mopac-pas-borough",
            Self::MopacPasMps => "mopac-pas-mps",
            Self::HomeOfficeOutcomes => "home-office-outcomes",
            Self::CpsCaseOutcomes => "cps-case-outcomes",
            Self::PoliceUkStreet => "police-uk-street",
            Self::PoliceUkOutcomes => "police-uk-outcomes",
            Self::PoliceUkOutcomesAnnual => "police-uk-outcomes-annual",
        }
    }

    /// The layout with an identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.id() == id)
    }

    /// The layout of a file, from its header; `None` for a layout that no reader knows.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let header = sheet::header(bytes)?;
        Self::ALL.into_iter().find(|source| {
            let marks = source.marks();
            marks.iter().all(|mark| header.iter().any(|name| name.eq_ignore_ascii_case(mark)))
                && (*source != Self::MopacPasMps || !header.iter().any(|name| name.eq_ignore_ascii_case("MPS")))
        })
    }

    /// Columns that no other layout has together.
    const fn marks(self) -> &'static [&'static str] {
        match self {
            Self::MpsCrimeBorough => &["MajorText", "MinorText", "BoroughName"],
            Self::MpsDashboard => &["month_year", "crime_subtype", "measure", "borough_snt", "count"],
            Self::MpsTno => &["OCU Name", "Month-Year", "TNO Offs"],
            Self::MopacPasBorough => &["Date", "Survey", "Borough", "Measure", "Proportion", "MPS"],
            Self::MopacPasMps => &["Date", "Survey", "Borough", "Measure", "Proportion"],
            Self::HomeOfficeOutcomes => &["force_name", "outcome_type", "force_outcomes_recorded_in_quarter"],
            Self::CpsCaseOutcomes => &["Number of Homicide Convictions", "Number of Admin Finalised Unsuccessful"],
            Self::PoliceUkStreet => &["Crime ID", "Month", "LSOA code", "Crime type"],
            Self::PoliceUkOutcomes => &["Crime ID", "Month", "LSOA code", "Outcome type"],
            Self::PoliceUkOutcomesAnnual => &["Year", "f0_", "crime_type", "last_outcome_category"],
        }
    }

    /// Reads a whole file. A file that was compressed is unpacked by the caller. The name of the file is quoted as the
    /// figures' source; where the content does not say which month it is of, the name must (`2014-01.csv`).
    ///
    /// # Errors
    ///
    /// What makes the file unusable as a whole: see [`SourceError`]. Everything else is a finding.
    pub fn read(self, file_name: &str, bytes: &[u8], reference: &Reference) -> Result<Converted, SourceError> {
        let sheet = Sheet::read(bytes)?;
        let file = File { name: file_name, sheet: &sheet, reference };
        let mut converted = match self {
            Self::MpsCrimeBorough => mps_crime::read(&file),
            Self::MpsDashboard => mps_dashboard::read(&file),
            Self::MpsTno => mps_table::read(&file),
            Self::MopacPasBorough => pas::read_boroughs(&file),
            Self::MopacPasMps => pas::read_london(&file),
            Self::HomeOfficeOutcomes => home_office::read(&file),
            Self::CpsCaseOutcomes => cps::read(&file),
            Self::PoliceUkStreet => police_uk::read_street(&file),
            Self::PoliceUkOutcomes => police_uk::read_outcomes(&file),
            Self::PoliceUkOutcomesAnnual => police_uk::read_annual(&file),
        }?;
        converted.findings.extend(sheet.stray_cells());
        Ok(converted)
    }
}

impl Converted {
    /// Every figure to submit.
    pub fn figures(&self) -> impl Iterator<Item = &PublishedFigure> {
        self.publications.iter().flat_map(|part| &part.rows)
    }
}

/// What a reader works on.
struct File<'a> {
    name: &'a str,
    sheet: &'a Sheet,
    reference: &'a Reference,
}

#[cfg(test)]
mod tests;
