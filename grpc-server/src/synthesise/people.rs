//! Synthetic people, and which of them is a victim again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use peelian::records::v1::{EthnicGroup, Sex};
use peelian_core::period::Month;

use super::dates::year_before;
use super::links::Link;
use super::random::{Random, split_mix};

/// What is recorded of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    /// Day of birth, in days since 1970-01-01.
    pub(super) born: i32,
    pub(super) sex: Sex,
    pub(super) ethnicity: EthnicGroup,
}

/// A synthetic person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// Number from 0.
    pub(super) id: usize,
    pub(super) profile: Profile,
    /// Index of the borough of residence.
    pub(super) home: usize,
}

/// Identifier of the key of the synthetic pseudonyms.
pub(super) const KEY_ID: &str = "synthetic-1";

/// A pseudonym of 64 hexadecimal digits, like that of a keyed hash. It is made from the seed and belongs to nobody.
pub(super) fn pseudonym(seed: u64, kind: &str, id: usize) -> String {
    let mut state = kind.bytes().fold(seed, |state, byte| state.rotate_left(9) ^ u64::from(byte));
    state ^= u64::try_from(id).unwrap_or(u64::MAX).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mut text = String::with_capacity(64);
    for _ in 0..4 {
        let _ = write!(text, "{:016x}", split_mix(&mut state));
    }
    text
}

/// Whole years from birth to a day.
pub(super) fn age(born: i32, day: i32) -> i32 {
    // 400 years have 146,097 days. Within a day of the birthday the age may be off by one, which does not matter
    // here.
    (day - born).max(0) * 400 / 146_097
}

/// A day of birth that makes a person `years` old on a day.
pub(super) fn born(random: &mut Random, years: i32, day: i32) -> i32 {
    // At least two days away from both ends of the year, so that rounding never changes the age.
    day - years * 146_097 / 400 - 2 - random.between(0, 360)
}

/// Ages of victims, as bands with their weights.
pub(super) const VICTIM_AGES: [((i32, i32), u32); 8] = [
    ((1, 9), 12),
    ((10, 17), 75),
    ((18, 24), 170),
    ((25, 34), 265),
    ((35, 44), 190),
    ((45, 54), 145),
    ((55, 64), 80),
    ((65, 92), 63),
];

/// Ethnic groups of London's victims. A seventh do not state theirs.
pub(super) const ETHNICITIES: [(EthnicGroup, u32); 6] = [
    (EthnicGroup::White, 500),
    (EthnicGroup::Mixed, 35),
    (EthnicGroup::Asian, 145),
    (EthnicGroup::Black, 140),
    (EthnicGroup::Other, 40),
    (EthnicGroup::NotStated, 140),
];
/// Black, Asian and minority ethnic groups.
pub(super) const MINORITIES: [(EthnicGroup, u32); 4] =
    [(EthnicGroup::Mixed, 60), (EthnicGroup::Asian, 110), (EthnicGroup::Black, 260), (EthnicGroup::Other, 60)];

/// A random age from weighted bands.
pub(super) fn age_within(random: &mut Random, bands: &[((i32, i32), u32)]) -> i32 {
    let (low, high) = random.weighted(bands, (18, 64));
    random.between(low, high)
}

/// The pattern of a crime. A repeat victim is chosen among the victims of other crimes of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    Abuse,
    Knife,
    Hate,
    Sexual,
    Other,
}

/// The days of a crime, in days since 1970-01-01.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    pub(super) recorded: i32,
    pub(super) reported: i32,
    pub(super) committed: i32,
}

/// A crime against a person. Repeat victims are chosen and counted from these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victimisation {
    pub(super) month: Month,
    pub(super) days: Days,
    pub(super) person: usize,
    pub(super) pattern: Pattern,
    /// Index of the borough.
    pub(super) borough: usize,
    /// Position of the crime among those of its month.
    pub(super) position: usize,
}

/// All synthetic people, and the crimes against them.
#[derive(Default)]
pub(super) struct People {
    people: Vec<Person>,
    pub(super) history: Vec<Victimisation>,
    /// Positions in the history. All crimes but domestic abuse are under [`Pattern::Other`] too.
    by_month: BTreeMap<(Month, Pattern), Vec<usize>>,
    by_day: BTreeMap<(i32, Pattern), Vec<usize>>,
    /// Positions of crimes that were over a year old when they were recorded.
    non_recent: BTreeMap<Month, Vec<usize>>,
    this_month: BTreeSet<usize>,
}

/// Months from the earlier crime to the repeat, with their weights: short gaps are more likely.
const LAGS: [(i32, u32); 12] =
    [(1, 22), (2, 16), (3, 12), (4, 10), (5, 8), (6, 7), (7, 6), (8, 6), (9, 5), (10, 4), (11, 4), (12, 4)];
/// Draws before a repeat victim is given up for lack of candidates.
const ATTEMPTS: usize = 40;

impl People {
    /// Begins a month, in which nobody is a victim yet.
    pub(super) fn begin_month(&mut self) {
        self.this_month.clear();
    }

    /// Adds a person who lives in a borough.
    pub(super) fn add(&mut self, profile: Profile, home: usize) -> Person {
        let person = Person { id: self.people.len(), profile, home };
        self.people.push(person);
        person
    }

    /// The person of a crime.
    pub(super) fn person(&self, of: &Victimisation) -> Option<Person> {
        self.people.get(of.person).copied()
    }

    /// Another crime, to which a crime of a pattern is linked. Its victim fits. Unless the link lies within the month,
    /// nobody is a victim of a second crime of the month, so that the share of victims who were victims before is that of
    /// the links.
    pub(super) fn linked(
        &self,
        random: &mut Random,
        (link, pattern): (Link, Pattern),
        (month, day): (Month, i32),
        fits: impl Fn(&Profile, i32) -> bool,
    ) -> Option<Victimisation> {
        (0..ATTEMPTS).find_map(|_| {
            let candidates = self.candidates(random, (link, pattern), (month, day));
            let other = self.history.get(random.pick(candidates)?)?;
            let person = self.person(other)?;
            let of_the_kind = link != Link::AnotherKind || other.pattern != pattern;
            let early = link != Link::TooEarly || other.days.recorded < year_before(day);
            let free = link.is_within_month() || !self.this_month.contains(&person.id);
            let on = if link.is_within_day() { other.days.recorded } else { day };
            (of_the_kind && early && free && fits(&person.profile, on)).then_some(*other)
        })
    }

    /// Positions of the crimes that a link may lead to.
    fn candidates(
        &self,
        random: &mut Random,
        (link, pattern): (Link, Pattern),
        (month, day): (Month, i32),
    ) -> &[usize] {
        let earlier = month.plus(-random.weighted(&LAGS, 1));
        let found = match link {
            Link::SameIncident | Link::SameDay | Link::SameMonth => self.by_month.get(&(month, pattern)),
            Link::Before => self.by_month.get(&(earlier, pattern)),
            Link::AnotherKind if pattern == Pattern::Other => self.by_month.get(&(earlier, Pattern::Abuse)),
            Link::AnotherKind => self.by_month.get(&(earlier, Pattern::Other)),
            Link::NonRecent => self.non_recent.get(&earlier),
            Link::FirstDay => self.by_day.get(&(year_before(day), pattern)),
            Link::TooEarly => self.by_month.get(&(month.plus(-12), pattern)),
            Link::DayTooEarly => self.by_day.get(&(year_before(day) - 1, pattern)),
            Link::MonthTooEarly => self.by_month.get(&(month.plus(-13), pattern)),
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// Records a crime. Unless it was fatal, its victim can be a victim again.
    pub(super) fn record(&mut self, crime: Victimisation, fatal: bool) {
        let Victimisation { month, days, pattern, .. } = crime;
        let position = self.history.len();
        self.history.push(crime);
        self.this_month.insert(crime.person);
        if fatal {
            return;
        }
        let also = (!matches!(pattern, Pattern::Abuse | Pattern::Other)).then_some(Pattern::Other);
        for pattern in std::iter::once(pattern).chain(also) {
            self.by_month.entry((month, pattern)).or_default().push(position);
            self.by_day.entry((days.recorded, pattern)).or_default().push(position);
        }
        if days.committed < year_before(days.recorded) {
            self.non_recent.entry(month).or_default().push(position);
        }
    }
}
