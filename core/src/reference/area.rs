//! Areas, and the areas that they lie in on a date.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::Date;

use super::id::AreaId;
use super::level::{Coverage, Level};
use super::population::Populations;

/// A period of validity. Both dates are included; `None` means no known limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
}

impl Validity {
    /// Whether a day lies within.
    #[must_use]
    pub fn contains(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// The day within that is nearest to a day.
    #[must_use]
    pub fn nearest(&self, date: Date) -> Date {
        let not_before = self.from.map_or(date, |from| date.max(from));
        self.to.map_or(not_before, |to| not_before.min(to))
    }

    /// The part of a period that lies within; `None` if no day of it does.
    #[must_use]
    pub fn clip(&self, first: Date, last: Date) -> Option<(Date, Date)> {
        let first = self.from.map_or(first, |from| first.max(from));
        let last = self.to.map_or(last, |to| last.min(to));
        (first <= last).then_some((first, last))
    }
}

/// One area.
#[derive(Clone, Debug)]
pub struct Area {
    pub(super) code: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) level: Level,
    pub(super) validity: Validity,
    pub(super) former_name: Option<String>,
    pub(super) parents: Vec<AreaId>,
    pub(super) children: Vec<AreaId>,
}

impl Area {
    /// The ONS code if there is one, for example `E09000028`; otherwise the code of an NHS site or a code of this project.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Name in the publisher's spelling.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Code and name, shared, to store beside a value.
    pub(crate) fn labels(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.code), Arc::clone(&self.name))
    }

    /// The level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The period in which the area exists. An open start means that the seeds have no earlier date.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The name under which the same code was published before, if another.
    #[must_use]
    pub fn former_name(&self) -> Option<&str> {
        self.former_name.as_deref()
    }
}

/// Codes to areas.
pub(super) type CodeIndex = HashMap<String, AreaId, FixedState>;

/// Every area that figures can be about.
#[derive(Debug, Default)]
pub struct Areas {
    pub(super) areas: Vec<Area>,
    pub(super) codes: CodeIndex,
    /// Normalised name to area; see [`super::names`].
    pub(super) names: CodeIndex,
    /// Ranges of small-area numbers (first, last, borough), in order and without overlap.
    pub(super) lsoas: Vec<(u32, u32, AreaId)>,
    pub(super) populations: Populations,
}

impl Areas {
    /// Number of areas: the length of a column indexed by [`AreaId`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether there are no areas. Loaded seeds always have areas.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The area with exactly this code: `E09000028`, `CN`, `PSEUDO-AIRPORTS`.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<AreaId> {
        self.codes.get(code).copied()
    }

    /// The area with a number, if there is one.
    #[must_use]
    pub fn by_index(&self, index: u16) -> Option<AreaId> {
        (usize::from(index) < self.areas.len()).then_some(AreaId(index))
    }

    /// An area's code, name and level.
    ///
    /// # Panics
    /// If the id comes from another set of areas and is too large for this one.
    #[must_use]
    pub fn get(&self, id: AreaId) -> &Area {
        &self.areas[id.index()]
    }

    /// Every area, in order of id.
    pub fn iter(&self) -> impl Iterator<Item = (AreaId, &Area)> {
        (0..).map(AreaId).zip(&self.areas)
    }

    /// Every area of a level, whether valid today or not, in order of id.
    pub fn at_level(&self, level: Level) -> impl Iterator<Item = AreaId> {
        self.iter().filter(move |(_, area)| area.level == level).map(|(id, _)| id)
    }

    /// London with or without the City; `None` only if this set of areas lacks it.
    #[must_use]
    pub fn london(&self, coverage: Coverage) -> Option<AreaId> {
        self.by_code(coverage.code())
    }

    /// All areas that an area lies in on a date, nearest first: for a ward its borough, then the
    /// command unit and the police area, then London.
    #[must_use]
    pub fn parents_at(&self, area: AreaId, date: Date) -> Vec<AreaId> {
        self.reach(area, date, |area| &area.parents)
    }

    /// The nearest area of a level that an area lies in on a date, or the area itself if it has this
    /// level.
    #[must_use]
    pub fn ancestor_at(&self, area: AreaId, level: Level, date: Date) -> Option<AreaId> {
        if self.get(area).level == level {
            return Some(area);
        }
        let parents = self.parents_at(area, date);
        parents.into_iter().find(|p| self.get(*p).level == level)
    }

    /// Whether one area is another or lies in it on a date.
    #[must_use]
    pub fn is_within(&self, area: AreaId, whole: AreaId, date: Date) -> bool {
        let valid = |parent: &&AreaId| self.get(**parent).validity.contains(date);
        area == whole
            || self.get(area).parents.iter().filter(valid).any(|parent| self.is_within(*parent, whole, date))
    }

    /// Whether two areas have a part in common on a date: one is the other or lies in it.
    #[must_use]
    pub fn overlap(&self, a: AreaId, b: AreaId, date: Date) -> bool {
        self.is_within(a, b, date) || self.is_within(b, a, date)
    }

    /// The areas of a level that lie in an area on a date, in order of id, without the area itself.
    ///
    /// The Metropolitan Police area has 32 boroughs, and Greater London has 33. The total of the force
    /// also includes its [`Level::Pseudo`] members.
    #[must_use]
    pub fn members(&self, area: AreaId, level: Level, date: Date) -> Vec<AreaId> {
        let mut members = self.reach(area, date, |area| &area.children);
        members.retain(|id| self.get(*id).level == level);
        members.sort_unstable();
        members
    }

    /// The borough of a small area (lower layer super output area, 2011 or 2021), for example
    /// `E01000001`.
    #[must_use]
    pub fn lsoa_borough(&self, code: &str) -> Option<AreaId> {
        let number = lsoa_number(code)?;
        let after = self.lsoas.partition_point(|(first, ..)| *first <= number);
        let (_, last, borough) = self.lsoas.get(after.checked_sub(1)?)?;
        (number <= *last).then_some(*borough)
    }

    /// Follows links from an area breadth first, through areas that are valid on the date.
    fn reach(&self, from: AreaId, date: Date, links: impl Fn(&Area) -> &Vec<AreaId>) -> Vec<AreaId> {
        let mut found = Vec::new();
        let mut next = vec![from];
        while !next.is_empty() {
            let mut beyond = Vec::new();
            for &link in next.iter().flat_map(|id| links(self.get(*id))) {
                if self.get(link).validity.contains(date) && !found.contains(&link) {
                    found.push(link);
                    beyond.push(link);
                }
            }
            next = beyond;
        }
        found
    }
}

/// The number in an English small-area code.
pub(super) fn lsoa_number(code: &str) -> Option<u32> {
    let digits = code.strip_prefix("E01")?;
    let right = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit());
    right.then(|| digits.parse().ok()).flatten()
}
