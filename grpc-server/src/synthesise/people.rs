//! Synthetic people, and which of them is a victim again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use peelian::records::v1::{EthnicGroup, Sex};
use peelian_core::period::Month;

use super::random::{Random, split_mix};

/// A synthetic person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// Number from 0.
    pub(super) id: usize,
    /// Day of birth, in days since 1970-01-01.
    pub(super) born: i32,
    pub(super) sex: Sex,
    pub(super) ethnicity: EthnicGroup,
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

/// The pattern of a crime: a repeat victim is chosen among the victims of earlier crimes of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    Abuse,
    Knife,
    Hate,
    Sexual,
    Other,
}

/// A crime against a person. Repeat victims are chosen and counted from these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Victimisation {
    pub(super) month: Month,
    pub(super) day: i32,
    pub(super) person: usize,
    pub(super) abuse: bool,
}

/// All synthetic people, and the crimes against them.
#[derive(Default)]
pub(super) struct People {
    pub(super) people: Vec<Person>,
    pub(super) history: Vec<Victimisation>,
    /// All victims but those of abuse are under [`Pattern::Other`] too.
    by_month: BTreeMap<(Month, Pattern), Vec<usize>>,
    this_month: BTreeSet<usize>,
}

/// Months from the earlier crime to the repeat, with their weights: short gaps are more likely. Twelve is not among
/// them, so that the earlier crime lies both in the twelve calendar months before and within a year before the day.
const LAGS: [(i32, u32); 11] =
    [(1, 22), (2, 16), (3, 12), (4, 10), (5, 8), (6, 7), (7, 6), (8, 6), (9, 5), (10, 4), (11, 4)];
/// Draws before a repeat victim is given up for lack of candidates.
const ATTEMPTS: usize = 40;

impl People {
    /// Begins a month, in which nobody is a victim yet.
    pub(super) fn begin_month(&mut self) {
        self.this_month.clear();
    }

    /// Adds a person.
    pub(super) fn add(&mut self, born: i32, sex: Sex, ethnicity: EthnicGroup) -> Person {
        let person = Person { id: self.people.len(), born, sex, ethnicity };
        self.people.push(person);
        person
    }

    /// A person who was a victim in one of the eleven months before and not yet in this month. For abuse and for
    /// knife crime the earlier crime has the same pattern; for hate crime and sexual offences it sometimes has.
    pub(super) fn again(&self, random: &mut Random, month: Month, pattern: Pattern) -> Option<Person> {
        for _ in 0..ATTEMPTS {
            let earlier = month.plus(-random.weighted(&LAGS, 1));
            let before = match pattern {
                Pattern::Abuse | Pattern::Knife => pattern,
                Pattern::Hate | Pattern::Sexual if random.chance(1, 4) => pattern,
                _ if random.chance(1, 8) => Pattern::Abuse,
                _ => Pattern::Other,
            };
            let found = self.by_month.get(&(earlier, before)).and_then(|people| random.pick(people));
            if let Some(person) = found.filter(|person| !self.this_month.contains(person)) {
                return self.people.get(person).copied();
            }
        }
        None
    }

    /// Records a crime against a person.
    pub(super) fn record(&mut self, person: Person, month: Month, day: i32, pattern: Pattern) {
        self.history.push(Victimisation { month, day, person: person.id, abuse: pattern == Pattern::Abuse });
        self.by_month.entry((month, pattern)).or_default().push(person.id);
        if !matches!(pattern, Pattern::Abuse | Pattern::Other) {
            self.by_month.entry((month, Pattern::Other)).or_default().push(person.id);
        }
        self.this_month.insert(person.id);
    }
}
