//! The register of agencies: who may speak for what.
//!
//! A remit says which dataset an agency submits, for which areas, between which days. Rows outside the remit are not
//! data. What a report of the agency covers follows from the remit too: see [`Covers`].

mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::{AreaId, Areas, ReferenceError, Validity};
use crate::period::PeriodKind;

/// Every agency that may submit, with its remits.
#[derive(Clone, Debug)]
pub struct Register {
    version: u32,
    source: String,
    operator_sha256: Option<[u8; 32]>,
    kinds: BTreeMap<Arc<str>, Arc<AgencyKind>>,
    agencies: BTreeMap<Arc<str>, Agency>,
}

/// A kind of agency: police, borough, NHS trust.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AgencyKind {
    /// Identifier: `nhs_trust`.
    pub id: Arc<str>,
    /// Label for people.
    pub label: String,
}

/// An agency.
#[derive(Clone, Debug)]
pub struct Agency {
    /// Identifier under which it submits: `mps`.
    pub id: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// Kind.
    pub kind: Arc<AgencyKind>,
    /// The datasets that it may submit.
    pub remits: Vec<Remit>,
}

/// What an agency may submit of one dataset.
#[derive(Clone, Debug)]
pub struct Remit {
    /// Identifier of the dataset.
    pub dataset: &'static str,
    /// Measures whose figures may be submitted, without their variants; `*` at the end stands for any further
    /// characters. Empty means every measure. Only figures name measures.
    pub measures: Vec<String>,
    /// Areas and sites. The areas within them are included.
    pub areas: Vec<AreaId>,
    /// First and last day that rows may lie on.
    pub validity: Validity,
    /// Whether the rows count before those of other agencies.
    pub role: Role,
    /// What a report says about areas without rows.
    pub covers: Covers,
    /// Whether the keys of the rows are the agency's own numbering, so that an equal key of another agency is another row.
    pub own_keys: bool,
    /// When reports are due; `None` if none is expected.
    pub calendar: Option<Calendar>,
    /// Number of months after the end of a month for which its records are revised. Until then, what is computed from them is
    /// provisional. 0 if this is not known.
    pub revised_months: u8,
    place: Place,
}

/// Whose rows count if two agencies submit the same row, or a figure for the same cell.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The agency's rows count.
    #[default]
    Primary,
    /// The agency's rows count only where no primary agency submitted them. Its figures are alternatives.
    Secondary,
}

/// The areas that a report covers: in these, a month without rows is zero.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// All areas of the remit.
    #[default]
    All,
    /// The areas that occur in the agency's rows. A nil return covers all areas of the remit.
    Rows,
    /// None. The rows are part of what happened in the areas, and another agency reports the rest.
    Nothing,
}

/// The areas that one report of a remit covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportAreas {
    /// This area alone: the collection has its name.
    Named(AreaId),
    /// All areas of the remit.
    OfRemit,
    /// The areas that occur in the rows.
    InRows,
    /// None.
    Nothing,
}

/// When the reports of an agency are due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Calendar {
    /// Kind of the periods that are reported on.
    pub every: PeriodKind,
    /// Number of days after the end of a period on which the report is due.
    pub due_days: u32,
}

/// A place in a file of the register.
#[derive(Clone, Debug)]
struct Place {
    file: Arc<str>,
    line: u64,
}

impl Register {
    /// The version of the seeds' register.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The source of the seeds' register.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The SHA-256 of the operator's file of agencies, if there is one. Who has to report, and for which areas, decides which
    /// figures are complete.
    #[must_use]
    pub const fn operator_sha256(&self) -> Option<[u8; 32]> {
        self.operator_sha256
    }

    /// The kinds of agency, in the order of their identifiers.
    pub fn kinds(&self) -> impl Iterator<Item = &AgencyKind> {
        self.kinds.values().map(Arc::as_ref)
    }

    /// The kind with an identifier.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<&AgencyKind> {
        self.kinds.get(id).map(Arc::as_ref)
    }

    /// Every agency, in the order of identifiers.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.values()
    }

    /// The agency with an identifier.
    ///
    /// ```
    /// use peelian_core::reference::Reference;
    ///
    /// let reference = Reference::from_seeds()?;
    /// let city = reference.register.agency("city-of-london-police").ok_or("not registered")?;
    /// let day = "2017-02-28".parse()?;
    /// let area = |code| reference.areas.by_code(code).ok_or("no such area");
    /// assert!(city.remits_for("crime").any(|remit| remit.holds(&reference.areas, area("E09000001").unwrap(), day)));
    /// assert!(!city.remits_for("crime").any(|remit| remit.holds(&reference.areas, area("E09000028").unwrap(), day)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn agency(&self, id: &str) -> Option<&Agency> {
        self.agencies.get(id)
    }

    /// The agencies that may submit a dataset.
    pub fn agencies_for<'r>(&'r self, dataset: &'r str) -> impl Iterator<Item = &'r Agency> {
        self.agencies().filter(move |agency| agency.remits_for(dataset).next().is_some())
    }

    /// The order in which the rows of agencies count that submit one row under one key: primary agencies first, then by
    /// identifier. An agency without a remit comes last.
    #[must_use]
    pub fn precedence<'a>(&self, agency: &'a str, dataset: &str) -> (bool, Role, &'a str) {
        let role = self.role(agency, dataset);
        (role.is_none(), role.unwrap_or(Role::Secondary), agency)
    }

    /// Whether two agencies can have the same row of a dataset under one key: their remits have an area in common, and neither
    /// numbers its rows by itself.
    #[must_use]
    pub fn can_share(&self, areas: &Areas, (a, b): (&str, &str), dataset: &str) -> bool {
        let of = |id| {
            let remits = self.agency(id).into_iter().flat_map(|agency| agency.remits_for(dataset));
            remits.filter(|remit| !remit.own_keys).flat_map(|remit| &remit.areas)
        };
        let day = Date::MAX;
        of(a).any(|a| of(b).any(|b| areas.overlap(*a, *b, day)))
    }

    /// The role of an agency for a dataset; `None` if it has no remit for it.
    #[must_use]
    pub fn role(&self, agency: &str, dataset: &str) -> Option<Role> {
        self.agency(agency)?.remits_for(dataset).map(|remit| remit.role).min()
    }

    /// Checks that every measure of a remit exists. `known` has the identifiers of measures without their variants.
    ///
    /// # Errors
    /// The first remit that names a measure which does not exist, with its line.
    pub fn check_measures<'m>(&self, known: impl Iterator<Item = &'m str>) -> Result<(), ReferenceError> {
        let known: Vec<&str> = known.collect();
        for remit in self.agencies().flat_map(|agency| &agency.remits) {
            for pattern in &remit.measures {
                if !known.iter().any(|measure| matches(pattern, measure)) {
                    return Err(remit.place.error(format!("no measure is named `{pattern}`")));
                }
            }
        }
        Ok(())
    }
}

impl Role {
    /// Name in the contract: `primary`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
        }
    }
}

impl Covers {
    /// Name in the contract: `all`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Rows => "rows",
            Self::Nothing => "nothing",
        }
    }
}

impl Agency {
    /// The remits for a dataset.
    pub fn remits_for<'a>(&'a self, dataset: &'a str) -> impl Iterator<Item = &'a Remit> {
        self.remits.iter().filter(move |remit| remit.dataset == dataset)
    }

    /// The datasets of the remits, each once.
    #[must_use]
    pub fn datasets(&self) -> Vec<&'static str> {
        let mut datasets: Vec<&'static str> = self.remits.iter().map(|remit| remit.dataset).collect();
        datasets.dedup();
        datasets
    }
}

impl Remit {
    /// Whether the remit includes an area on a day.
    #[must_use]
    pub fn holds(&self, areas: &Areas, area: AreaId, day: Date) -> bool {
        self.areas.iter().any(|own| areas.is_within(area, *own, day))
    }

    /// The area of the remit after which a collection is named, in small letters: such a collection is about that area
    /// alone.
    #[must_use]
    pub fn area_named(&self, areas: &Areas, collection: &str) -> Option<AreaId> {
        let area = areas.by_code(&collection.to_ascii_uppercase())?;
        self.holds(areas, area, self.validity.to.unwrap_or(Date::MAX)).then_some(area)
    }

    /// The areas that a report covers. `nil` says whether it is a nil return, which covers all areas of the remit.
    #[must_use]
    pub fn report_areas(&self, areas: &Areas, collection: &str, nil: bool) -> ReportAreas {
        match (self.area_named(areas, collection), self.covers) {
            (Some(area), _) => ReportAreas::Named(area),
            (None, Covers::Nothing) => ReportAreas::Nothing,
            (None, Covers::Rows) if !nil => ReportAreas::InRows,
            (None, Covers::All | Covers::Rows) => ReportAreas::OfRemit,
        }
    }

    /// Whether the remit includes figures of a measure, named with or without its variant.
    #[must_use]
    pub fn allows_measure(&self, measure: &str) -> bool {
        let family = measure.split('.').next().unwrap_or(measure);
        self.measures.is_empty() || self.measures.iter().any(|pattern| matches(pattern, family))
    }
}

/// Whether a pattern of a remit stands for a measure.
fn matches(pattern: &str, measure: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => measure.starts_with(start),
        None => measure == pattern,
    }
}

impl Place {
    fn error(&self, reason: impl Into<String>) -> ReferenceError {
        ReferenceError { file: self.file.to_string(), line: self.line, reason: reason.into() }
    }
}
