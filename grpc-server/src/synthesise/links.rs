//! How a crime is linked to another crime against the same person, and how often.

use std::fmt::Write as _;

use super::people::Pattern;
use super::random::{Quota, Random, Shares};
use super::recorded_crime::Kind;

/// How a crime is linked to another crime against the same person. The links differ in ways that tell the variants of
/// repeat victimisation apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Both are crimes of one incident, so neither makes the other a repeat.
    SameIncident,
    /// They are of different incidents, recorded on one day.
    SameDay,
    /// They are recorded in one month.
    SameMonth,
    /// The other has the same pattern and is recorded in one of the 12 calendar months before.
    Before,
    /// The other has another pattern and is recorded in one of the 12 calendar months before.
    AnotherKind,
    /// The other was over a year old when it was recorded, in one of the 12 calendar months before.
    NonRecent,
    /// The other is recorded on the first day of the 12 months before.
    FirstDay,
    /// The other is recorded in the first of the 12 calendar months before, but more than 12 months before the day.
    TooEarly,
    /// The other is recorded a day before the 12 months before the day.
    DayTooEarly,
    /// The other is recorded in the calendar month before the 12 calendar months before.
    MonthTooEarly,
}

impl Link {
    /// Whether both crimes are recorded in one month.
    pub(super) fn is_within_month(self) -> bool {
        matches!(self, Self::SameIncident | Self::SameDay | Self::SameMonth)
    }

    /// Whether both crimes are recorded on one day.
    pub(super) fn is_within_day(self) -> bool {
        matches!(self, Self::SameIncident | Self::SameDay)
    }
}

/// Shares of the links of crimes of one pattern, whose victims are persons who can be linked.
struct Shape {
    /// The crimes against repeat victims, `part` of each `whole`. This share holds in small blocks of crimes.
    repeats: (usize, usize),
    /// Links of these crimes: the number of each among as many crimes as they add up to.
    of_repeats: &'static [(Link, usize)],
    /// Links of the other crimes, and the number of crimes in which they are. Most of these crimes have no link.
    beside: (&'static [(Link, usize)], usize),
}

/// The plan states that 12% of victims had been victims in the 12 months before, and that one in ten crimes is against
/// somebody who was a victim within a year. The share of repeats comes to the first, and the share of those that are too
/// early for the day comes close to the second. Everything else is made up, here and below.
const OTHER: Shape = Shape {
    repeats: (1, 11),
    of_repeats: &[
        (Link::Before, 9),
        (Link::AnotherKind, 2),
        (Link::NonRecent, 2),
        (Link::FirstDay, 3),
        (Link::TooEarly, 6),
        (Link::DayTooEarly, 1),
    ],
    beside: (&[(Link::SameIncident, 3), (Link::SameDay, 1), (Link::SameMonth, 2), (Link::MonthTooEarly, 2)], 227),
};
/// The plan states that a quarter of offences of domestic abuse were against people abused in the 12 months before. The
/// share of repeats comes to this.
const ABUSE: Shape = Shape {
    repeats: (6, 25),
    of_repeats: &[(Link::Before, 36), (Link::SameMonth, 6), (Link::FirstDay, 3)],
    beside: (
        &[
            (Link::SameIncident, 4),
            (Link::SameDay, 2),
            (Link::AnotherKind, 8),
            (Link::DayTooEarly, 2),
            (Link::MonthTooEarly, 3),
        ],
        150,
    ),
};
const KNIFE: Shape = Shape {
    repeats: (1, 10),
    of_repeats: &[(Link::Before, 1), (Link::AnotherKind, 1)],
    beside: (&[(Link::SameIncident, 1), (Link::SameDay, 1), (Link::SameMonth, 1)], 90),
};
const KNIFE_INJURED: Shape = Shape { repeats: (1, 5), beside: (&[], 1), ..KNIFE };
const HATE: Shape = Shape {
    repeats: (1, 5),
    of_repeats: &[(Link::Before, 2), (Link::AnotherKind, 1)],
    beside: (&[(Link::SameIncident, 1), (Link::SameMonth, 1)], 40),
};
const SEXUAL: Shape = Shape {
    repeats: (1, 10),
    of_repeats: &[(Link::Before, 1), (Link::AnotherKind, 1)],
    beside: (&[(Link::SameIncident, 2), (Link::SameMonth, 1)], 40),
};

impl Shape {
    /// Crimes with a link in 1,000.
    fn per_thousand(&self, link: Link) -> usize {
        let part =
            |links: &[(Link, usize)]| links.iter().find(|(known, _)| *known == link).map_or(0, |(_, part)| *part);
        let (repeats, whole) = self.repeats;
        let all: usize = self.of_repeats.iter().map(|(_, part)| part).sum();
        let among = |(part, of): (usize, usize), (cases, all): (usize, usize)| {
            (1_000 * part * cases + of * all / 2) / (of * all)
        };
        among(self.repeats, (part(self.of_repeats), all))
            + among((whole - repeats, whole), (part(self.beside.0), self.beside.1))
    }
}

/// The shares of the links of one pattern, each of which holds in every block of crimes.
struct Table {
    repeats: Quota,
    of_repeats: Shares<Link>,
    beside: Shares<Link>,
}

impl Table {
    fn new(shape: &Shape) -> Self {
        let all = shape.of_repeats.iter().map(|(_, part)| part).sum();
        Self {
            repeats: Quota::new(shape.repeats.0, shape.repeats.1),
            of_repeats: Shares::new(shape.of_repeats, all),
            beside: Shares::new(shape.beside.0, shape.beside.1),
        }
    }

    fn next(&mut self, random: &mut Random) -> Option<Link> {
        let shares = if self.repeats.take(random) { &mut self.of_repeats } else { &mut self.beside };
        shares.take(random)
    }
}

/// The links of all crimes.
pub(super) struct Links {
    other: Table,
    abuse: Table,
    knife: Table,
    knife_injured: Table,
    hate: Table,
    sexual: Table,
}

impl Links {
    pub(super) fn new() -> Self {
        Self {
            other: Table::new(&OTHER),
            abuse: Table::new(&ABUSE),
            knife: Table::new(&KNIFE),
            knife_injured: Table::new(&KNIFE_INJURED),
            hate: Table::new(&HATE),
            sexual: Table::new(&SEXUAL),
        }
    }

    /// The link of the next crime of a kind and a pattern; `None` if it has none.
    pub(super) fn next(&mut self, random: &mut Random, kind: Kind, pattern: Pattern) -> Option<Link> {
        let table = match pattern {
            Pattern::Abuse => &mut self.abuse,
            Pattern::Knife if kind == Kind::KnifeInjured => &mut self.knife_injured,
            Pattern::Knife => &mut self.knife,
            Pattern::Hate => &mut self.hate,
            Pattern::Sexual => &mut self.sexual,
            Pattern::Other => &mut self.other,
        };
        table.next(random)
    }
}

/// The shares of all links as a table for readers, in Markdown.
pub(super) fn table() -> String {
    let links = [
        (Link::SameIncident, "of the same incident"),
        (Link::SameDay, "of another incident, on the same day"),
        (Link::SameMonth, "in the same month"),
        (Link::Before, "of the same kind, in the 12 months before the month"),
        (Link::AnotherKind, "of another kind, in these months"),
        (Link::NonRecent, "over a year old when it was recorded, in these months"),
        (Link::FirstDay, "on the same day of the year before"),
        (Link::TooEarly, "in the first of these months, before that day"),
        (Link::DayTooEarly, "a day before that day"),
        (Link::MonthTooEarly, "in the month before the 12 months"),
    ];
    let mut table = "| the other crime is | abuse | knife | knife, injured | hate | sexual | other |\n\
                     |---|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    for (link, text) in links {
        let _ = write!(table, "| {text} |");
        for shape in [&ABUSE, &KNIFE, &KNIFE_INJURED, &HATE, &SEXUAL, &OTHER] {
            let share = shape.per_thousand(link);
            let _ = write!(table, " {}.{} |", share / 10, share % 10);
        }
        table.push('\n');
    }
    table
}
