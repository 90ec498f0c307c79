//! data.police.uk: stop and search by one force in one month, with one line for each search.
//!
//! A line has no identifier and no area: its location is an anonymised point. It is therefore no record of `stop_search`,
//! which needs both. The file has every search that the force published, so it gives counts for the area of the force. Only
//! the searches of the Metropolitan Police are such counts: those of the City of London Police are partly in boroughs
//! around the City. The lines do not name the force. The file's name does.
//!
//! Times are instants; the month of a search is that of its local date. Equal lines are different searches: members of a
//! group are searched at one time and one place.

use std::collections::{BTreeMap, BTreeSet};

use peelian::records::v1::FigureStatus;

use super::figures::{Figure, Figures, Key, Lines, Publication};
use super::finding::{SourceError, SourceFinding, SourceFindingCode as Code};
use super::sheet::{Line, decimal, month_in_name, named};
use super::{Converted, File};
use crate::contract::{Contract, Kind};
use crate::intake::local_day;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Coverage};

const PUBLICATION: Publication = Publication {
    agency: "police-uk",
    collection: "stop-and-search-metropolitan",
    title: "data.police.uk, stop and search by the Metropolitan Police Service",
    status: FigureStatus::Provisional,
};
/// What the publisher writes in the names of the files of the Metropolitan Police.
const FORCE: &str = "metropolitan";
const SEARCHES: &str = "stop-search-disproportionality.searches";
const VEHICLES: &str = "stop-search-disproportionality.vehicles";
const OUTCOMES: &str = "stop-search-disproportionality.outcome-rate";
const FINDS: &str = "stop-search-disproportionality.find-rate";
/// Powers whose searches the measure leaves out.
const LEFT_OUT_POWERS: [&str; 2] = ["tact_s44", "tact_s47a"];
/// The code of what is stated as not known. The publisher leaves it empty, so its absence is no zero.
const NOT_KNOWN: &str = "unknown";
/// A rectangle around Greater London, with a margin: degrees of latitude, and of longitude.
const LONDON: [(f64, f64); 2] = [(51.28, 51.70), (-0.52, 0.34)];

/// A column, the dimension that it is, and spellings that the contract does not list, each with its code.
type Dimension = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const DIMENSIONS: [Dimension; 5] = [
    ("Gender", "sex", &[]),
    ("Age range", "age_band", &[]),
    (
        "Legislation",
        "search_power",
        &[
            ("Terrorism Act 2000 (section 43)", "tact_s43"),
            ("Terrorism Act 2000 (section 44)", "tact_s44"),
            ("Terrorism Act 2000 (section 47A)", "tact_s47a"),
            ("Aviation Security Act 1982 (section 27(1))", "other"),
            ("Conservation of Seals Act 1970 (section 4)", "other"),
            ("Criminal Justice Act 1988 (section 139B)", "other"),
            ("Crossbows Act 1987 (section 4)", "other"),
            ("Customs and Excise Management Act 1979 (section 163)", "other"),
            ("Deer Act 1991 (section 12)", "other"),
            ("Environmental Protection Act 1990 (section 34B )", "other"),
            ("Hunting Act 2004 (section 8)", "other"),
            ("Poaching Prevention Act 1862 (section 2)", "other"),
            ("Police and Criminal Evidence Act 1984 (section 6)", "other"),
            ("Protection of Badgers Act 1992 (section 11)", "other"),
            ("Psychoactive Substances Act 2016 (s36(2))", "other"),
            ("Psychoactive Substances Act 2016 (s37(2))", "other"),
            ("Public Stores Act 1875 (section 6)", "other"),
            ("Sporting Events Act 1985 (section 7)", "other"),
            ("Wildlife and Countryside Act 1981 (section 19)", "other"),
        ],
    ),
    (
        "Object of search",
        "search_object",
        &[
            ("Crossbows", "other"),
            ("Evidence of hunting any wild mammal with a dog", "other"),
            ("Evidence of wildlife offences", "other"),
            ("Game or poaching equipment", "other"),
            ("Goods on which duty has not been paid etc.", "other"),
            ("Psychoactive substances", "other"),
            ("Seals or hunting equipment", "other"),
        ],
    ),
    (
        "Outcome",
        "search_outcome",
        // Files of 2014 to 2017. "Article found - Detailed outcome unavailable" names no outcome.
        &[
            ("Nothing found - no further action", "no_further_action"),
            ("Suspected psychoactive substances seized - No further action", "no_further_action"),
            ("Suspect arrested", "arrest"),
            ("Local resolution", "community_resolution"),
            ("Offender given penalty notice", "penalty_notice"),
            ("Suspect summonsed to court", "summons"),
            ("Offender cautioned", "caution"),
            ("Offender given drugs possession warning", "drugs_warning"),
        ],
    ),
];

/// The beginnings of self-defined ethnicities, in the 16+1 codes of older files and the 18+1 codes of newer ones, and their
/// groups. Chinese is in Other in the first and in Asian in the second, and the text says so in both.
const ETHNIC_GROUPS: [(&str, &str); 8] = [
    ("not stated", "not_stated"),
    ("other ethnic group - not stated", "not_stated"),
    ("white", "white"),
    ("mixed", "mixed"),
    ("asian", "asian"),
    ("black", "black"),
    ("chinese or other ethnic group", "other"),
    ("other ethnic group", "other"),
];

/// Dimensions by which the shares are broken down.
const OF_SHARES: [&str; 3] = ["ethnic_group", "search_object", "search_power"];

/// A search of a person: its codes by dimension. A dimension without a code is not in it.
type Codes = BTreeMap<&'static str, String>;

pub(super) fn read(file: &File<'_>) -> Result<Converted, SourceError> {
    let name = file.name.to_ascii_lowercase();
    let month = month_in_name(&name).filter(|_| name.contains(FORCE));
    let month = month.ok_or_else(|| SourceError::NoForce(file.name.to_owned()))?;
    let force = file.reference.areas.london(Coverage::Mps32);
    let force = force.ok_or(SourceError::NoArea("Metropolitan Police area"))?;
    let mut figures = Figures::default();
    let searches = Searches::read(file, month, &mut figures)?;
    searches.write((Period::month(month), force), &mut figures);
    Ok(figures.finish(&PUBLICATION, file))
}

/// The searches of the month.
#[derive(Default)]
struct Searches {
    vehicles: i64,
    persons: Vec<(Codes, Option<bool>)>,
}

/// Lines that are left out.
#[derive(Default)]
struct LeftOut {
    other_month: Lines,
    outside: Lines,
    untyped: Lines,
    power: Lines,
}

impl Searches {
    fn read(file: &File<'_>, month: Month, figures: &mut Figures) -> Result<Self, SourceError> {
        let columns = Columns::of(file)?;
        let mut searches = Self::default();
        let mut left_out = LeftOut::default();
        let mut texts = Texts::default();
        let (mut seen, mut equal) = (BTreeSet::new(), 0);
        for line in &file.sheet.lines {
            let day = local_day(line.cell(columns.date));
            let day =
                day.ok_or_else(|| file.sheet.wrong(line, columns.date, "an instant (2022-12-01T00:30:00+00:00)"))?;
            let kind = code_of("search_type", line.cell(columns.kind), &[]);
            if Month::of_days(day) != month {
                left_out.other_month.add(line);
            } else if columns.is_outside_london(file, line)? {
                left_out.outside.add(line);
            } else if let Some(kind) = kind {
                equal += u64::from(!seen.insert(line.cells.as_slice()));
                if kind == "vehicle" {
                    searches.vehicles += 1;
                    continue;
                }
                if columns.has_left_out_power(line) {
                    left_out.power.add(line);
                    continue;
                }
                searches.persons.push((columns.codes(line, &mut texts), columns.linked(file, line)?));
            } else {
                left_out.untyped.add(line);
            }
        }
        left_out.report(figures);
        texts.report(figures);
        report_basis(equal, figures);
        Ok(searches)
    }

    fn write(&self, (period, area): (Period, AreaId), figures: &mut Figures) {
        let key = |measure, breakdown| Key { period, measure, area, breakdown };
        figures.set(key(VEHICLES, String::new()), Figure::Count(self.vehicles));
        self.write_counts(&key, figures);
        let outcome =
            |(codes, _): &(Codes, Option<bool>)| codes.get("search_outcome").map(|code| code != "no_further_action");
        let without = self.persons.iter().filter(|person| outcome(person).is_none()).count();
        if without == 0 {
            self.write_shares(OUTCOMES, outcome, &key, figures);
        } else {
            let message = format!("{without} searches have no known outcome: no share of searches with an outcome");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
        let linked = |(_, linked): &(Codes, Option<bool>)| *linked;
        if self.persons.iter().all(|person| linked(person).is_none()) {
            let message =
                "no search says whether its outcome is linked to the object: no share of searches with a find";
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
        self.write_shares(FINDS, linked, &key, figures);
    }

    /// Counts of all searches of persons and by each dimension. A code without a search is zero, because the file has every
    /// search.
    fn write_counts(&self, key: &impl Fn(&'static str, String) -> Key, figures: &mut Figures) {
        figures.set(key(SEARCHES, String::new()), Figure::Count(0));
        let dimensions = DIMENSIONS.iter().map(|(_, dimension, _)| *dimension).chain(["ethnic_group"]);
        for (dimension, code) in dimensions.flat_map(|dimension| codes(dimension).map(move |code| (dimension, code)))
        {
            if code != NOT_KNOWN && !LEFT_OUT_POWERS.contains(&code) {
                figures.set(key(SEARCHES, format!("{dimension}={code}")), Figure::Count(0));
            }
        }
        for (codes, _) in &self.persons {
            figures.add(key(SEARCHES, String::new()), 1);
            for (dimension, code) in codes {
                figures.add(key(SEARCHES, format!("{dimension}={code}")), 1);
            }
        }
        let zeros = figures.count_zeros(SEARCHES);
        if zeros > 0 {
            figures.zeros += zeros;
            let message = format!("{zeros} figures are zero because the file has every search");
            figures.findings.push(SourceFinding::file(Code::ZerosMade, message));
        }
    }

    /// The share of searches for which `counted` is true, among those for which it is known.
    fn write_shares(
        &self,
        measure: &'static str,
        counted: impl Fn(&(Codes, Option<bool>)) -> Option<bool>,
        key: &impl Fn(&'static str, String) -> Key,
        figures: &mut Figures,
    ) {
        let mut shares: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for person in &self.persons {
            let Some(counts) = counted(person) else { continue };
            let of = |dimension: &&str| Some(format!("{dimension}={}", person.0.get(*dimension)?));
            for breakdown in OF_SHARES.iter().filter_map(of).chain([String::new()]) {
                let (part, whole) = shares.entry(breakdown).or_default();
                *part += i64::from(counts);
                *whole += 1;
            }
        }
        for (breakdown, (part, whole)) in shares {
            figures.set(key(measure, breakdown), Figure::Of(part, whole));
        }
    }
}

impl LeftOut {
    fn report(&self, figures: &mut Figures) {
        let other = "are not of the month in the file's name, by their local dates: left out";
        self.other_month.report(figures, Code::OutsideScope, other);
        self.outside.report(figures, Code::OutsideScope, "lie outside London: left out");
        self.untyped.report(
            figures,
            Code::UnknownSeries,
            "do not say whether a person or a vehicle was searched: left out",
        );
        let power = "are of searches under section 44 or 47A of the Terrorism Act 2000, which the measure leaves out";
        self.power.report(figures, Code::OutsideScope, power);
    }
}

/// Texts that are missing or in no list.
#[derive(Default)]
struct Texts {
    missing: BTreeMap<&'static str, u64>,
    unknown: BTreeMap<(&'static str, String), (u64, u64)>,
}

impl Texts {
    /// Notes a text that has no code.
    fn add(&mut self, column: &'static str, text: &str, line: &Line) {
        if text.is_empty() {
            *self.missing.entry(column).or_default() += 1;
        } else {
            self.unknown.entry((column, text.to_owned())).or_insert((line.number, 0)).1 += 1;
        }
    }

    fn report(&self, figures: &mut Figures) {
        for ((column, text), (first, lines)) in &self.unknown {
            let message = format!("`{column}` {} is in no list: counted in totals only ({lines} lines)", named(text));
            figures.findings.push(SourceFinding::line(Code::UnknownSeries, *first, message));
        }
        for (column, lines) in &self.missing {
            let message = format!("{lines} lines have no `{column}`: counted in totals only");
            figures.findings.push(SourceFinding::file(Code::Missing, message));
        }
    }
}

/// Positions of the columns used.
struct Columns {
    kind: usize,
    date: usize,
    location: [usize; 2],
    ethnicity: usize,
    linked: usize,
    dimensions: Vec<(usize, Dimension)>,
}

const ETHNICITY: &str = "Self-defined ethnicity";

impl Columns {
    fn of(file: &File<'_>) -> Result<Self, SourceError> {
        let [kind, date, ethnicity, linked] =
            file.sheet.columns(["Type", "Date", ETHNICITY, "Outcome linked to object of search"])?;
        let location = file.sheet.columns(["Latitude", "Longitude"])?;
        let of = |dimension: &Dimension| Ok((file.sheet.column(dimension.0)?, *dimension));
        let dimensions = DIMENSIONS.iter().map(of).collect::<Result<Vec<_>, SourceError>>()?;
        Ok(Self { kind, date, location, ethnicity, linked, dimensions })
    }

    /// The codes of a line. Notes the texts without a code.
    fn codes(&self, line: &Line, texts: &mut Texts) -> Codes {
        let mut codes = Codes::new();
        for (column, (name, dimension, further)) in &self.dimensions {
            match code_of(dimension, line.cell(*column), further) {
                Some(code) => _ = codes.insert(*dimension, code),
                None => texts.add(name, line.cell(*column), line),
            }
        }
        match ethnic_group(line.cell(self.ethnicity)) {
            Some(group) => _ = codes.insert("ethnic_group", group.to_owned()),
            None => texts.add(ETHNICITY, line.cell(self.ethnicity), line),
        }
        codes
    }

    /// Whether the search is under a power whose searches the measure leaves out.
    fn has_left_out_power(&self, line: &Line) -> bool {
        let power = self.dimensions.iter().filter(|(_, (_, dimension, _))| *dimension == "search_power");
        let mut codes =
            power.filter_map(|(column, (.., further))| code_of("search_power", line.cell(*column), further));
        codes.any(|code| LEFT_OUT_POWERS.contains(&code.as_str()))
    }

    /// Whether the outcome is linked to the object; `None` if it is not known.
    fn linked(&self, file: &File<'_>, line: &Line) -> Result<Option<bool>, SourceError> {
        match line.cell(self.linked).to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(file.sheet.wrong(line, self.linked, "True or False")),
        }
    }

    /// Whether a line has a location, and that is certainly not in London.
    fn is_outside_london(&self, file: &File<'_>, line: &Line) -> Result<bool, SourceError> {
        let mut outside = false;
        for (column, (least, most)) in self.location.into_iter().zip(LONDON) {
            let text = line.cell(column);
            if text.is_empty() {
                return Ok(false);
            }
            let size = decimal(text.strip_prefix('-').unwrap_or(text));
            let size = size.ok_or_else(|| file.sheet.wrong(line, column, "degrees (51.509807)"))?;
            let degrees = if text.starts_with('-') { -size } else { size };
            outside |= !(least..=most).contains(&degrees);
        }
        Ok(outside)
    }
}

/// The codes of a field of `stop_search`.
fn codes(field: &str) -> impl Iterator<Item = &'static str> + use<> {
    let field = Contract::get().dataset("stop_search").and_then(|dataset| dataset.field(field));
    let set = field.and_then(|field| if let Kind::Code(set) = &field.kind { Some(set) } else { None });
    set.into_iter().flat_map(|set| set.codes()).map(|code| code.code.as_str())
}

/// The code of a text: one of the further spellings, or a spelling of the contract.
fn code_of(field: &str, text: &str, further: &[(&str, &str)]) -> Option<String> {
    if let Some((_, code)) = further.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(text)) {
        return Some((*code).to_owned());
    }
    match &Contract::get().dataset("stop_search")?.field(field)?.kind {
        Kind::Code(codes) => codes.get(text).map(|code| code.code.clone()),
        _ => None,
    }
}

fn ethnic_group(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    ETHNIC_GROUPS.iter().find(|(beginning, _)| text.starts_with(beginning)).map(|(_, group)| *group)
}

fn report_basis(equal: u64, figures: &mut Figures) {
    let mut basis =
        "searches by the Metropolitan Police, counted for its area wherever the point on the map lies in \
                     London. The file has no borough. Ethnic groups are self-defined"
            .to_owned();
    if equal > 0 {
        basis.push_str(&format!(
            ". {equal} lines equal another line: counted, because members of a group are searched at one time and place"
        ));
    }
    figures.findings.push(SourceFinding::file(Code::Basis, basis));
}
