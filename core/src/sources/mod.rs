//! Readers of the files that London's agencies already publish.
//!
//! Each reader turns one file, as its publisher released it, into rows of the dataset `published_figure`. A reader fetches
//! nothing and guesses nothing: if a file does not give a figure, the figure is left out and reported. `docs/sources.md` says
//! of each layout where it was seen and what is not read of it. All readers follow these rules:
//!
//! - A file with an area that is in no list is refused. A class that is in no list is reported, and counts in totals only.
//! - The Metropolitan Police publishes bins beside its boroughs (airports, unknown, ...). They have areas of their own, and
//!   belong to the total of the force and to no borough. A reader makes a figure for London only if the file has one.
//!   Otherwise the exchange adds up boroughs and bins, each once.
//! - A total is the publisher's own, or the sum of classes that divide all crime. Flags and strands overlap, and are never
//!   added up.
//! - An absent figure is zero only if the publisher leaves zeros out of a complete cross-tabulation, and only for areas, months
//!   and series that the file covers. [`Totals::zeros`] counts such rows.
//! - A month that had not ended when the file was made is left out.
//! - A file is refused if a period repeats another under a different name, or if a figure has two different values. A figure
//!   repeated with the same value counts once.
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
mod crime_survey;
mod figures;
mod finding;
mod home_office;
mod homicide;
mod hospital;
mod lait;
mod moj;
mod mps_crime;
mod mps_dashboard;
mod mps_table;
mod pas;
mod police_uk;
mod sheet;
mod stop_search;
mod unknown;

pub use figures::{Difference, differences};
pub use finding::{SourceError, SourceFinding, SourceFindingCode};
pub use unknown::UnknownLayout;

use jiff::civil::Date;
use peelian::records::v1::PublishedFigure;

use crate::period::Month;
use crate::reference::Reference;
use sheet::Sheet;

/// The layout of a published file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Metropolitan Police Service, recorded crime by borough: one column for each month.
    MpsCrimeBorough,
    /// Metropolitan Police Service, monthly crime dashboard.
    MpsDashboard,
    /// Metropolitan Police Service, offences by borough and month 2018 to 2020: one column for each class.
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
    /// Metropolitan Police Service, recorded crime by ward: one column for each month.
    MpsCrimeWard,
    /// data.police.uk, stop and search by the Metropolitan Police Service in one month.
    PoliceUkStopSearch,
    /// Ministry of Justice, proven reoffending by age and index offence.
    MojReoffending,
    /// Ministry of Justice, durations of cases of the Crown Court in one year.
    MojTimeliness,
    /// Department for Education, youth offending by local authority.
    DfeYouthOffending,
    /// NHS Digital, hospital admissions for assault with a sharp object by region of residence.
    NhsSharpObjectAdmissions,
    /// Office for National Statistics, Crime Survey for England and Wales, perceptions of the criminal justice system.
    OnsCrimeSurveyPerceptions,
    /// Metropolitan Police Service, victims of homicide.
    MpsHomicideVictims,
}

/// A file turned into rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// Identifier of the agency that the figures belong to: `mps`.
    pub agency: &'static str,
    /// Name of the collection within the dataset, so that two publications of one agency do not replace each other.
    pub collection: String,
    /// The rows to submit.
    pub publications: Vec<Part>,
    /// Figures that the file repeats from another publication. They are not submitted; compare them with
    /// [`differences`].
    pub stated: Vec<PublishedFigure>,
    /// The findings about the file.
    pub findings: Vec<SourceFinding>,
    /// The day on which the publisher released the file; `None` if neither the file nor its name says so.
    pub released: Option<Date>,
    /// Counts of lines and figures.
    pub totals: Totals,
}

/// Rows of one submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Dataset of the rows.
    pub dataset: &'static str,
    /// First month of the window in which the periods of the rows end.
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
    /// Lines without a figure. The findings give the reasons.
    pub left_out: u64,
    /// Figures, including zeros.
    pub figures: u64,
    /// Figures that are zero because the publisher leaves zeros out.
    pub zeros: u64,
}

impl Source {
    /// Every layout.
    pub const ALL: [Self; 18] = [
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
        Self::MpsCrimeWard,
        Self::PoliceUkStopSearch,
        Self::MojReoffending,
        Self::MojTimeliness,
        Self::DfeYouthOffending,
        Self::NhsSharpObjectAdmissions,
        Self::OnsCrimeSurveyPerceptions,
        Self::MpsHomicideVictims,
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
            Self::MpsCrimeWard => "mps-crime-ward",
            Self::PoliceUkStopSearch => "police-uk-stop-search",
            Self::MojReoffending => "moj-reoffending",
            Self::MojTimeliness => "moj-timeliness",
            Self::DfeYouthOffending => "dfe-youth-offending",
            Self::NhsSharpObjectAdmissions => "nhs-sharp-object-admissions",
            Self::OnsCrimeSurveyPerceptions => "ons-crime-survey-perceptions",
            Self::MpsHomicideVictims => "mps-homicide-victims",
        }
    }

    /// The layout with an identifier.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.id() == id)
    }

    /// The layout of a file, by its headings without regard to case, spaces and punctuation; `None` for an unknown layout.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        let header = sheet::headings(bytes, &Self::known_headings)?;
        Self::of_headings(&header)
    }

    /// The number of cells of a line that are headings of a layout whose columns the line has.
    pub(crate) fn known_headings(cells: &[&str]) -> usize {
        Self::of_headings(cells).map_or(0, |source| source.marks().len())
    }

    fn of_headings(headings: &[impl AsRef<str>]) -> Option<Self> {
        let known = Self::ALL.into_iter().filter(|source| source.has_marks(headings));
        known.max_by_key(|source| source.marks().len())
    }

    fn has_marks(self, headings: &[impl AsRef<str>]) -> bool {
        let has = |names: &&[&str]| headings.iter().any(|heading| sheet::is_one_of(heading.as_ref(), names));
        self.marks().iter().all(has)
    }

    /// Columns that identify the layout, each with the names that it has had. A file with the columns of two layouts has
    /// that with more columns.
    const fn marks(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::MpsCrimeBorough => &[&["MajorText"], &["MinorText"], &mps_crime::BOROUGH_HEADINGS],
            Self::MpsDashboard => &[&["month_year"], &["crime_subtype"], &["measure"], &["borough_snt"], &["count"]],
            Self::MpsTno => &[&["OCU Name"], &["Month-Year"], &["TNO Offs"]],
            Self::MopacPasBorough => &[&["Date"], &["Survey"], &["Borough"], &["Measure"], &["Proportion"], &["MPS"]],
            Self::MopacPasMps => &[&["Date"], &["Survey"], &["Borough"], &["Measure"], &["Proportion"]],
            Self::HomeOfficeOutcomes => {
                &[&["force_name"], &["outcome_type"], &["force_outcomes_recorded_in_quarter"]]
            }
            Self::CpsCaseOutcomes => {
                &[&["Number of Homicide Convictions"], &["Number of Admin Finalised Unsuccessful"]]
            }
            Self::PoliceUkStreet => &[&["Crime ID"], &["Month"], &["LSOA code"], &["Crime type"]],
            Self::PoliceUkOutcomes => &[&["Crime ID"], &["Month"], &["LSOA code"], &["Outcome type"]],
            Self::PoliceUkOutcomesAnnual => &[&["Year"], &["f0_"], &["crime_type"], &["last_outcome_category"]],
            Self::MpsCrimeWard => {
                &[&["MajorText"], &["MinorText"], &["WardName"], &["WardCode"], &mps_crime::BOROUGH_HEADINGS]
            }
            Self::PoliceUkStopSearch => {
                &[&["Type"], &["Date"], &["Age range"], &["Legislation"], &["Object of search"]]
            }
            Self::MojReoffending => &[&["year_ending"], &["age"], &["index_offence"], &["proportion"]],
            Self::MojTimeliness => &[&moj::OFFENCE_HEADINGS, &["defendants"], &moj::FIRST_STAGE_HEADINGS],
            Self::DfeYouthOffending => {
                &[&["Short Desc"], &["Data item"], &["Years"], &["LA and Regions"], &["Values"], &["Region"]]
            }
            Self::NhsSharpObjectAdmissions => {
                &[&["East Midlands"], &["London"], &["North East"], &["South West"], &["West Midlands"]]
            }
            Self::OnsCrimeSurveyPerceptions => &[
                &["MeasurementVar"],
                &["CharacteristicVar"],
                &["Estimate"],
                &["StandardError"],
                &["UnweightedCount"],
            ],
            Self::MpsHomicideVictims => {
                &[&["Count of Victims"], &["Age Group"], &["Method of Killing"], &["Recorded Date"], &["Borough"]]
            }
        }
    }

    /// Reads a whole file. A file that was compressed is unpacked by the caller. The name of the file is quoted as the
    /// figures' source; where the content does not say which month, year or force it is of, the name must (`2014-01.csv`). A
    /// day in the name (`crime-2026-04-30.csv`) is that of the release, if the content has none.
    ///
    /// # Errors
    ///
    /// What makes the file unusable as a whole: see [`SourceError`]. Everything else is a finding.
    pub fn read(self, file_name: &str, bytes: &[u8], reference: &Reference) -> Result<Converted, SourceError> {
        let known = |cells: &[&str]| if self.has_marks(cells) { self.marks().len() } else { 0 };
        let sheet = Sheet::read(bytes, &known)?;
        let file = File { name: file_name, sheet: &sheet, reference };
        let mut converted = match self {
            Self::MpsCrimeBorough => mps_crime::read_boroughs(&file),
            Self::MpsDashboard => mps_dashboard::read(&file),
            Self::MpsTno => mps_table::read(&file),
            Self::MopacPasBorough => pas::read_boroughs(&file),
            Self::MopacPasMps => pas::read_london(&file),
            Self::HomeOfficeOutcomes => home_office::read(&file),
            Self::CpsCaseOutcomes => cps::read(&file),
            Self::PoliceUkStreet => police_uk::read_street(&file),
            Self::PoliceUkOutcomes => police_uk::read_outcomes(&file),
            Self::PoliceUkOutcomesAnnual => police_uk::read_annual(&file),
            Self::MpsCrimeWard => mps_crime::read_wards(&file),
            Self::PoliceUkStopSearch => stop_search::read(&file),
            Self::MojReoffending => moj::read_reoffending(&file),
            Self::MojTimeliness => moj::read_timeliness(&file),
            Self::DfeYouthOffending => lait::read(&file),
            Self::NhsSharpObjectAdmissions => hospital::read(&file),
            Self::OnsCrimeSurveyPerceptions => crime_survey::read(&file),
            Self::MpsHomicideVictims => homicide::read(&file),
        }?;
        converted.findings.extend(sheet.form());
        converted.released = converted.released.or_else(|| sheet::day_in_name(file_name));
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
