//! The remit of an agency: which datasets it may submit, and which rows of them.

use std::cell::RefCell;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::Date;
use peelian::LIST_AGENCIES;
use strsim::levenshtein;

use crate::contract::{Dataset, Field, Kind};
use crate::intake::registry as known;
use crate::intake::{CheckedRows, Known, Raise, RowCheck};
use crate::reference::{Agency, AreaId, Areas, Covers, Level, Reference, Register, Remit, nearest, shown};

use super::areas_of_codes;

/// Number of areas that a finding names.
const AREAS_NAMED: usize = 3;
/// Number of agencies that a finding names.
const AGENCIES_NAMED: usize = 3;

/// Why an agency may not submit a dataset at all.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RemitError {
    /// The register does not have the agency.
    #[error(
        "{agency} is not in the register of agencies{}: {LIST_AGENCIES} lists those that are",
        nearest.as_ref().map_or_else(String::new, |nearest| format!("; did you mean {nearest}?"))
    )]
    UnknownAgency {
        /// Identifier that was given.
        agency: String,
        /// A similar identifier of the register.
        nearest: Option<String>,
    },
    /// The agency has no remit for the dataset.
    #[error(
        "{agency} has no remit for {dataset}, only for {}; agencies with a remit for {dataset} are {}",
        list(own),
        list(others)
    )]
    OutsideRemit {
        /// Identifier of the agency.
        agency: String,
        /// Dataset that it has no remit for.
        dataset: &'static str,
        /// Datasets that it has remits for.
        own: Vec<&'static str>,
        /// Agencies with a remit for the dataset; the first few.
        others: Vec<String>,
    },
    /// The agency has no remit for the dataset on any day of the period.
    #[error("{agency} has a remit for {dataset} {}: the period lies outside", list(days))]
    OutsideDays {
        /// Identifier of the agency.
        agency: String,
        /// Dataset.
        dataset: &'static str,
        /// The days of its remits, in words.
        days: Vec<String>,
    },
}

impl RemitError {
    /// The finding of the refusal.
    #[must_use]
    pub fn known(&self) -> &'static Known {
        match self {
            Self::UnknownAgency { .. } => &known::UNKNOWN_AGENCY,
            Self::OutsideRemit { .. } => &known::DATASET_OUTSIDE_REMIT,
            Self::OutsideDays { .. } => &known::PERIOD_OUTSIDE_REMIT,
        }
    }
}

fn list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// The agency with an identifier, if it has a remit for the dataset.
///
/// # Errors
///
/// [`RemitError`] if the register does not have the agency, or if the agency has no remit for the dataset.
///
/// ```
/// use peelian_core::contract::Contract;
/// use peelian_core::reference::Reference;
/// use peelian_core::submission::check_agency;
///
/// let register = Reference::from_seeds()?.register;
/// let crime = Contract::get().known_dataset("crime")?;
/// assert_eq!(&*check_agency(&register, "mps", crime)?.name, "Metropolitan Police Service");
/// assert!(check_agency(&register, "mps2", crime).unwrap_err().to_string().contains("did you mean mps?"));
/// assert!(check_agency(&register, "southwark", crime).unwrap_err().to_string().contains("no remit for crime"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check_agency<'r>(
    register: &'r Register,
    id: &str,
    dataset: &'static Dataset,
) -> Result<&'r Agency, RemitError> {
    const OTHERS: usize = 4;
    let Some(agency) = register.agency(id) else {
        return Err(RemitError::UnknownAgency { nearest: similar(register, id), agency: shown(id) });
    };
    if agency.remits_for(&dataset.id).next().is_some() {
        return Ok(agency);
    }
    Err(RemitError::OutsideRemit {
        agency: id.to_owned(),
        dataset: &dataset.id,
        own: agency.datasets(),
        others: register.agencies_for(&dataset.id).take(OTHERS).map(|agency| agency.id.to_string()).collect(),
    })
}

/// Checks that an agency has a remit for a dataset on at least one day of a period.
///
/// # Errors
///
/// [`RemitError::OutsideDays`] with the days of its remits.
pub fn check_period(
    agency: &Agency,
    dataset: &'static Dataset,
    (first, last): (Date, Date),
) -> Result<(), RemitError> {
    let remits = || agency.remits_for(&dataset.id);
    if remits().any(|remit| remit.validity.clip(first, last).is_some()) {
        return Ok(());
    }
    let days = |remit: &Remit| match (remit.validity.from, remit.validity.to) {
        (Some(first), Some(last)) => format!("from {first} to {last}"),
        (Some(first), None) => format!("from {first}"),
        (None, Some(last)) => format!("until {last}"),
        (None, None) => "on every day".to_owned(),
    };
    Err(RemitError::OutsideDays {
        agency: agency.id.to_string(),
        dataset: &dataset.id,
        days: remits().map(days).collect(),
    })
}

/// The identifier of the register that is most similar to a short text.
fn similar(register: &Register, id: &str) -> Option<String> {
    let found = nearest(id, register.agencies().map(|agency| &*agency.id)).into_iter().next()?;
    (levenshtein(id, found) <= found.len().div_ceil(3)).then(|| found.to_owned())
}

/// Checks that each row lies within a remit of the agency: its area or site, its measure, its day.
#[derive(Debug)]
pub struct RemitCheck<'r> {
    agency: &'r Agency,
}

impl<'r> RemitCheck<'r> {
    /// The check for an agency.
    #[must_use]
    pub const fn new(agency: &'r Agency) -> Self {
        Self { agency }
    }
}

impl RowCheck for RemitCheck<'_> {
    fn check(&self, rows: &CheckedRows<'_>, raise: &mut Raise<'_>) {
        let dataset = rows.dataset();
        let remits: Vec<&Remit> = self.agency.remits_for(&dataset.id).collect();
        let places = rows.area().map(|(field, column)| Places::new(rows.reference(), &remits, field, column));
        let measures = Measures::new(rows, &remits);
        let dated = remits.iter().any(|remit| remit.validity.from.is_some() || remit.validity.to.is_some());
        let area_field = places.as_ref().map_or("", |places| places.reported_at(dataset));
        for row in 0..rows.rows() {
            let day = rows.day(row);
            let within = |number: usize| places.as_ref().is_none_or(|places| places.holds(number, row, day));
            let mut remaining: Vec<usize> = (0..remits.len()).filter(|number| within(*number)).collect();
            if remaining.is_empty() {
                let area = places.as_ref().map_or_else(String::new, |places| places.name(row));
                raise(&known::AREA_OUTSIDE_REMIT, row, area_field, &|| self.areas_of(&remits, rows, &area));
                continue;
            }
            remaining.retain(|number| measures.as_ref().is_none_or(|measures| measures.allows(*number, row)));
            if remaining.is_empty() {
                raise(&known::MEASURE_OUTSIDE_REMIT, row, "measure", &|| self.measures_of(&remits));
                continue;
            }
            let Some(day) = day.filter(|_| dated) else { continue };
            if !remaining.iter().any(|number| remits[*number].validity.contains(day)) {
                raise(&known::DAY_OUTSIDE_REMIT, row, "", &|| days_of(remits[remaining[0]], day));
            }
        }
    }

    /// A report that covers no area makes no value by itself, however many rows it has.
    fn of_all(&self, rows: &CheckedRows<'_>) -> Option<(&'static Known, String)> {
        let dataset = rows.dataset();
        // Most agencies speak for all of their areas, and then no day needs to be looked at.
        if self.agency.remits_for(&dataset.id).all(|remit| remit.covers != Covers::Nothing) {
            return None;
        }
        let days = || (0..rows.rows()).filter_map(|row| rows.day(row));
        let (first, last) = (days().min()?, days().max()?);
        let in_force = |agency: &Agency, speaks: bool| {
            let mut remits =
                agency.remits_for(&dataset.id).filter(|remit| (remit.covers != Covers::Nothing) == speaks);
            remits.any(|remit| remit.validity.clip(first, last).is_some())
        };
        let speaks = |agency: &Agency| in_force(agency, true);
        if speaks(self.agency) || !in_force(self.agency, false) {
            return None;
        }
        let register = &rows.reference().register;
        let mut others: Vec<&str> =
            register.agencies_for(&dataset.id).filter(|agency| speaks(agency)).map(|agency| &*agency.name).collect();
        let more = others.len().saturating_sub(AGENCIES_NAMED);
        others.truncate(AGENCIES_NAMED);
        let more = if more > 0 { format!("{more} more") } else { others.pop()?.to_owned() };
        let others = if others.is_empty() { more } else { format!("{} or {more}", others.join(", ")) };
        Some((&known::REST_OF_OTHERS, format!("Such an agency is {others}, and not {}.", self.agency.name)))
    }
}

impl RemitCheck<'_> {
    /// What the agency reports on, for a finding about an area.
    fn areas_of(&self, remits: &[&Remit], rows: &CheckedRows<'_>, area: &str) -> String {
        let areas = &rows.reference().areas;
        let mut names: Vec<&str> =
            remits.iter().flat_map(|remit| &remit.areas).map(|id| areas.get(*id).name()).collect();
        names.dedup();
        let more = names.len().saturating_sub(AREAS_NAMED);
        names.truncate(AREAS_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{} reports on {}{more}, not on {area}.", self.agency.name, names.join(", "))
    }

    fn measures_of(&self, remits: &[&Remit]) -> String {
        let patterns: Vec<&str> = remits.iter().flat_map(|remit| &remit.measures).map(String::as_str).collect();
        format!("{} reports on {}.", self.agency.name, patterns.join(", "))
    }
}

fn days_of(remit: &Remit, day: Date) -> String {
    match (remit.validity.from, remit.validity.to) {
        (Some(from), _) if day < from => format!("The remit begins on {from}; the row is of {day}."),
        (_, Some(to)) => format!("The remit ended on {to}; the row is of {day}."),
        _ => format!("The row is of {day}."),
    }
}

/// Whether the areas of rows lie in the areas of remits.
struct Places<'a> {
    areas: &'a Areas,
    remits: &'a [&'a Remit],
    field: &'static Field,
    /// Code of each row.
    codes: &'a [u16],
    /// Area of each code.
    of_code: Vec<Option<AreaId>>,
    /// For each area that needs no day, whether each remit holds it.
    held: RefCell<HashMap<AreaId, Vec<bool>, FixedState>>,
}

impl<'a> Places<'a> {
    fn new(
        reference: &'a Reference,
        remits: &'a [&'a Remit],
        field: &'static Field,
        column: &'a crate::column::Column,
    ) -> Self {
        let areas = &reference.areas;
        let of_code = areas_of_codes(reference, field);
        Self { areas, remits, field, codes: column.as_u16().unwrap_or(&[]), of_code, held: RefCell::default() }
    }

    /// The area of a row; `None` if it is missing.
    fn area(&self, row: usize) -> Option<AreaId> {
        let code = usize::from(*self.codes.get(row)?).checked_sub(1)?;
        self.of_code.get(code).copied().flatten()
    }

    fn name(&self, row: usize) -> String {
        self.area(row).map_or_else(String::new, |area| self.areas.get(area).name().to_owned())
    }

    /// Whether a remit holds the area of a row. A row without an area is in every remit; that it is missing is a finding
    /// of its own.
    fn holds(&self, number: usize, row: usize, day: Option<Date>) -> bool {
        let Some(area) = self.area(row) else { return true };
        // Wards and command units lie in other areas on other days.
        if matches!(self.areas.get(area).level(), Level::Ward | Level::Bcu) {
            return day.is_none_or(|day| self.remits[number].holds(self.areas, area, day));
        }
        let day = day.unwrap_or(Date::MAX);
        let of = |remit: &&Remit| remit.holds(self.areas, area, day);
        let mut held = self.held.borrow_mut();
        held.entry(area).or_insert_with(|| self.remits.iter().map(of).collect()).get(number).copied().unwrap_or(false)
    }

    /// The field of the dataset to which a finding about the area is attached: the area, or the reference to the row that
    /// has it.
    fn reported_at(&self, dataset: &'static Dataset) -> &'static str {
        match dataset.options.area_field.split_once('.') {
            None => &self.field.name,
            Some((other, _)) => dataset.reference_to(other).map_or("", |field| &field.name),
        }
    }
}

/// Whether the measures of figures are in remits.
struct Measures<'a> {
    codes: &'a [u16],
    /// For each code, whether each remit allows it.
    allowed: Vec<Vec<bool>>,
}

impl<'a> Measures<'a> {
    /// `None` if no remit names measures.
    fn new(rows: &'a CheckedRows<'_>, remits: &[&Remit]) -> Option<Self> {
        if remits.iter().all(|remit| remit.measures.is_empty()) {
            return None;
        }
        let Some(Kind::OpenCode(list)) = rows.dataset().field("measure").map(|field| &field.kind) else {
            return None;
        };
        let list = rows.reference().codes.list(list)?;
        let of = |id: &str| remits.iter().map(|remit| remit.allows_measure(id)).collect();
        Some(Self {
            codes: rows.column("measure")?.as_u16()?,
            allowed: list.iter().map(|entry| of(entry.code())).collect(),
        })
    }

    fn allows(&self, number: usize, row: usize) -> bool {
        let Some(code) = usize::from(self.codes[row]).checked_sub(1) else { return true };
        self.allowed.get(code).and_then(|allowed| allowed.get(number)).copied().unwrap_or(true)
    }
}
