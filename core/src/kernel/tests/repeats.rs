//! Repeat victimisation: the worked example of the definition, edge cases, and a straightforward second implementation.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use proptest::collection::vec;
use proptest::prelude::*;

use super::threads;
use crate::kernel::{
    Column, Common, INDEX, KernelError, NONE, PRIOR, RepeatRule, RepeatVariant, RollingWindow, Victimisations, repeat,
};
use crate::period::MonthSpan;

const EPOCH: Date = date(1970, 1, 1);

fn day(date: Date) -> i32 {
    EPOCH.until(date).unwrap().get_days()
}

fn month(date: Date) -> i32 {
    i32::from(date.year() - 1970) * 12 + i32::from(date.month()) - 1
}

/// One victim of one crime.
#[derive(Debug, Clone)]
struct Row {
    person: u64,
    date: Date,
    crime: u64,
    incident: u64,
    marks: u8,
    group: u32,
    same: u8,
}

/// What the other crime must have in common.
#[derive(Clone, Copy, Debug)]
enum Alike {
    Any,
    Code,
    Member,
}

fn alike() -> impl Strategy<Value = Alike> {
    prop_oneof![Just(Alike::Any), Just(Alike::Code), Just(Alike::Member)]
}

fn row(crime: u64, person: u64, date: Date) -> Row {
    Row { person, date, crime, incident: 0, marks: INDEX | PRIOR, group: 0, same: 0 }
}

fn run(
    rows: &[Row],
    groups: u32,
    months: MonthSpan,
    rule: RepeatRule,
    alike: Alike,
    count_of_threads: usize,
) -> (Vec<u64>, Vec<u64>) {
    let same: Vec<u8> = rows.iter().map(|row| row.same).collect();
    let columns = Victimisations {
        person: &rows.iter().map(|row| row.person).collect::<Vec<_>>(),
        date: &rows.iter().map(|row| day(row.date)).collect::<Vec<_>>(),
        crime: &rows.iter().map(|row| row.crime).collect::<Vec<_>>(),
        incident: &rows.iter().map(|row| row.incident).collect::<Vec<_>>(),
        marks: &rows.iter().map(|row| row.marks).collect::<Vec<_>>(),
        group: &rows.iter().map(|row| row.group).collect::<Vec<_>>(),
        same: match alike {
            Alike::Any => None,
            Alike::Code => Some(Common::Code(Column::U8(&same))),
            Alike::Member => Some(Common::Member(Column::U8(&same))),
        },
    };
    let counts = repeat(&columns, groups, months, rule, threads(count_of_threads)).unwrap();
    (counts.numerator, counts.denominator)
}

fn one_month(rows: &[Row], year: i16, number: i8, variant: RepeatVariant) -> (u64, u64) {
    let months = MonthSpan { first: month(date(year, number, 1)), count: 1 };
    let (repeats, all) = run(rows, 1, months, RepeatRule { variant, require_distinct_incident: true }, Alike::Any, 2);
    (repeats[0], all[0])
}

const CALENDAR_12: RepeatVariant = RepeatVariant::PersonsRolling(RollingWindow::CalendarMonths(12));
const DAYS_365: RepeatVariant = RepeatVariant::PersonsRolling(RollingWindow::Days(365));

/// The worked fixture of measure 3.20, `repeat-victim-share`, for February 2017.
fn fixture() -> Vec<Row> {
    vec![
        row(11, 1, date(2016, 5, 10)),
        row(12, 1, date(2017, 2, 3)),
        row(21, 2, date(2017, 2, 5)),
        row(22, 2, date(2017, 2, 20)),
        row(31, 3, date(2016, 1, 31)),
        row(32, 3, date(2017, 2, 28)),
        row(41, 4, date(2017, 2, 14)),
        row(51, 5, date(2016, 2, 1)),
        row(52, 5, date(2017, 2, 1)),
    ]
}

#[test]
fn fixture_3_20_in_every_variant() {
    let february = |variant| one_month(&fixture(), 2017, 2, variant);
    assert_eq!(february(RepeatVariant::PersonsPriorWindow), (2, 5));
    assert_eq!(february(DAYS_365), (2, 5));
    assert_eq!(february(CALENDAR_12), (3, 5));
    assert_eq!(february(RepeatVariant::OffencesPrior), (3, 6));
    assert_eq!(february(RepeatVariant::PersonsTwoPlusInWindow), (2, 5));
}

#[test]
fn a_leap_day_shortens_365_days_but_not_12_months() {
    // From 2016-02-01 to 2017-02-01 are 366 days; from 2017-02-01 to 2018-02-01 are 365.
    let over_leap_day = [row(1, 1, date(2016, 2, 1)), row(2, 1, date(2017, 2, 1))];
    assert_eq!(one_month(&over_leap_day, 2017, 2, DAYS_365), (0, 1));
    assert_eq!(one_month(&over_leap_day, 2017, 2, CALENDAR_12), (1, 1));
    let common = [row(1, 1, date(2017, 2, 1)), row(2, 1, date(2018, 2, 1))];
    assert_eq!(one_month(&common, 2018, 2, DAYS_365), (1, 1));
    assert_eq!(one_month(&common, 2018, 2, CALENDAR_12), (1, 1));
}

#[test]
fn twelve_months_before_a_leap_day_is_the_last_of_february() {
    let index = row(2, 1, date(2016, 2, 29));
    let prior = |on| one_month(&[row(1, 1, on), index.clone()], 2016, 2, CALENDAR_12);
    assert_eq!(prior(date(2015, 2, 28)), (1, 1));
    assert_eq!(prior(date(2015, 2, 27)), (0, 1));
    assert_eq!(prior(date(2016, 2, 29)), (0, 1));
}

#[test]
fn crimes_of_one_incident_are_no_repeat_unless_asked() {
    let mut rows = [row(1, 1, date(2017, 1, 5)), row(2, 1, date(2017, 2, 5))];
    (rows[0].incident, rows[1].incident) = (9, 9);
    let months = MonthSpan { first: month(date(2017, 2, 1)), count: 1 };
    for variant in [
        RepeatVariant::PersonsPriorWindow,
        CALENDAR_12,
        RepeatVariant::OffencesPrior,
        RepeatVariant::PersonsTwoPlusInWindow,
    ] {
        let share = |rows: &[Row], require_distinct_incident| {
            run(rows, 1, months, RepeatRule { variant, require_distinct_incident }, Alike::Any, 1).0[0]
        };
        assert_eq!(share(&rows, true), 0);
        assert_eq!(share(&rows, false), 1);
        let mut unknown = rows.clone();
        unknown[0].incident = 0;
        assert_eq!(share(&unknown, true), 1);
    }
}

#[test]
fn a_crime_with_several_victims_counts_once() {
    let rows = [
        row(1, 1, date(2016, 6, 1)),
        row(2, 1, date(2017, 2, 5)),
        row(2, 2, date(2017, 2, 5)),
        row(3, 2, date(2017, 2, 9)),
        row(4, 3, date(2017, 2, 9)),
        row(4, 4, date(2017, 2, 9)),
    ];
    assert_eq!(one_month(&rows, 2017, 2, RepeatVariant::OffencesPrior), (2, 3));
}

#[test]
fn impossible_months_are_refused() {
    let rows =
        Victimisations { person: &[], date: &[], crime: &[], incident: &[], marks: &[], group: &[], same: None };
    let rule = RepeatRule { variant: RepeatVariant::PersonsPriorWindow, require_distinct_incident: true };
    let refuse = |first, count| repeat(&rows, 1, MonthSpan { first, count }, rule, threads(1));
    assert!(matches!(refuse(i32::MAX, 1), Err(KernelError::Months { .. })));
    assert!(matches!(refuse(i32::MIN, 1), Err(KernelError::Months { .. })));
    assert!(matches!(refuse(0, 4000), Err(KernelError::Months { .. })));
    assert_eq!(refuse(0, 0).unwrap().numerator, [0; 0]);
    let short = Victimisations { date: &[1], ..rows };
    let refused = repeat(&short, 1, MonthSpan { first: 0, count: 1 }, rule, threads(1));
    assert!(matches!(refused, Err(KernelError::UnequalLengths { what: "date", .. })));
}

/// Whether `other` makes `index` a repeat, in the words of the definition.
fn makes_repeat(index: &Row, other: &Row, first_of_month: Date, rule: RepeatRule, alike: Alike) -> bool {
    let in_time = match rule.variant {
        RepeatVariant::PersonsPriorWindow => {
            first_of_month - 12.months() <= other.date && other.date < first_of_month
        }
        RepeatVariant::PersonsRolling(window) => {
            let back: Span = match window {
                RollingWindow::Days(days) => i64::from(days).days(),
                RollingWindow::CalendarMonths(months) => i64::from(months).months(),
            };
            index.date - back <= other.date && other.date < index.date
        }
        RepeatVariant::OffencesPrior => index.date - 12.months() <= other.date && other.date < index.date,
        RepeatVariant::PersonsTwoPlusInWindow => {
            first_of_month - 11.months() <= other.date && other.date <= first_of_month.last_of_month()
        }
    };
    let one_incident = index.incident != 0 && index.incident == other.incident;
    in_time
        && other.marks & PRIOR != 0
        && other.person == index.person
        && other.crime != index.crime
        && !(rule.require_distinct_incident && one_incident)
        && match alike {
            Alike::Any => true,
            Alike::Code => other.same == index.same,
            Alike::Member => other.same & index.same != 0,
        }
}

fn naive(rows: &[Row], groups: u32, months: MonthSpan, rule: RepeatRule, alike: Alike) -> (Vec<u64>, Vec<u64>) {
    let (mut numerator, mut denominator) = (Vec::new(), Vec::new());
    for offset in 0..i32::try_from(months.count).unwrap() {
        let first_of_month = EPOCH + i64::from(months.first + offset).months();
        let from = match rule.variant {
            RepeatVariant::PersonsTwoPlusInWindow => first_of_month - 11.months(),
            _ => first_of_month,
        };
        for group in 0..groups {
            let (mut all, mut repeats) = (BTreeSet::new(), BTreeSet::new());
            let in_month = |row: &&Row| from <= row.date && row.date <= first_of_month.last_of_month();
            for index in rows.iter().filter(|row| row.marks & INDEX != 0 && row.group == group).filter(in_month) {
                let unit = match rule.variant {
                    RepeatVariant::OffencesPrior => index.crime,
                    _ => index.person,
                };
                all.insert(unit);
                if rows.iter().any(|other| makes_repeat(index, other, first_of_month, rule, alike)) {
                    repeats.insert(unit);
                }
            }
            numerator.push(repeats.len() as u64);
            denominator.push(all.len() as u64);
        }
    }
    (numerator, denominator)
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let start = date(2015, 1, 25);
    let person = prop_oneof![Just(u64::MAX), 0..6_u64];
    let group = prop_oneof![3 => 0..3_u32, 1 => Just(NONE), 1 => Just(3_u32)];
    let one = (person, 0..800_i64, 0..40_u64, 0..6_u64, 0..4_u8, group, 0..4_u8).prop_map(
        move |(person, days, crime, incident, marks, group, same)| Row {
            person,
            date: start + days.days(),
            crime,
            incident,
            marks,
            group,
            same,
        },
    );
    vec(one, 0..60)
}

fn rule() -> impl Strategy<Value = RepeatRule> {
    let variant = prop_oneof![
        Just(RepeatVariant::PersonsPriorWindow),
        (0..400_u16).prop_map(|days| RepeatVariant::PersonsRolling(RollingWindow::Days(days))),
        (0..20_u16).prop_map(|months| RepeatVariant::PersonsRolling(RollingWindow::CalendarMonths(months))),
        Just(RepeatVariant::OffencesPrior),
        Just(RepeatVariant::PersonsTwoPlusInWindow),
    ];
    (variant, any::<bool>())
        .prop_map(|(variant, require_distinct_incident)| RepeatRule { variant, require_distinct_incident })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn agrees_with_the_definition_whatever_threads_and_order(
        mut rows in rows(), alone: bool, rule in rule(), alike in alike(), count in 1..16_usize,
        order in any::<prop::sample::Index>(),
    ) {
        // One person with all rows is judged by another algorithm than many persons with few rows.
        if alone {
            rows.iter_mut().for_each(|row| row.person = 0);
        }
        let months = MonthSpan { first: month(date(2015, 11, 1)), count };
        let expected = naive(&rows, 3, months, rule, alike);
        let mut reordered = rows.clone();
        reordered.rotate_left(if rows.is_empty() { 0 } else { order.index(rows.len()) });
        reordered.reverse();
        for count_of_threads in [1, 2, 3, 8] {
            prop_assert_eq!(run(&rows, 3, months, rule, alike, count_of_threads), expected.clone());
            prop_assert_eq!(run(&reordered, 3, months, rule, alike, count_of_threads), expected.clone());
        }
    }
}

/// One person with 300,000 crimes of one incident: a comparison of all pairs would take minutes.
#[test]
fn one_person_with_very_many_rows_takes_no_longer_than_many_persons() {
    let months = MonthSpan { first: month(date(2017, 1, 1)), count: 2 };
    let rule = RepeatRule { variant: RepeatVariant::PersonsTwoPlusInWindow, require_distinct_incident: true };
    let mut rows: Vec<Row> = (1..=300_000)
        .map(|crime| Row {
            incident: 9,
            ..row(crime, 1, date(2017, 1, 1) + i64::try_from(crime % 31).unwrap().days())
        })
        .collect();
    assert_eq!(run(&rows, 1, months, rule, Alike::Any, 2), (vec![0, 0], vec![1, 1]));
    rows[7].incident = 8;
    assert_eq!(run(&rows, 1, months, rule, Alike::Any, 2), (vec![1, 1], vec![1, 1]));
}

/// Enough rows for several chunks and partitions: the same bits for any number of threads and any order, and no person lost.
#[test]
fn many_rows_give_the_same_bits_whatever_threads_and_order() {
    let count = 200_000_u64;
    let scrambled = |n: u64| {
        let n = (n ^ n >> 7).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (n ^ n >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
    };
    let mut rows: Vec<Row> = (0..count)
        .map(|n| {
            let crime = n - n % 7 / 6;
            Row {
                incident: scrambled(n) % 5,
                group: u32::try_from(scrambled(n) % 4).unwrap(),
                ..row(
                    crime,
                    scrambled(n) % 120_000,
                    date(2015, 6, 1) + i64::try_from(scrambled(n + count) % 600).unwrap().days(),
                )
            }
        })
        .collect();
    let months = MonthSpan { first: month(date(2016, 6, 1)), count: 6 };
    for variant in
        [RepeatVariant::PersonsPriorWindow, RepeatVariant::OffencesPrior, RepeatVariant::PersonsTwoPlusInWindow]
    {
        let rule = RepeatRule { variant, require_distinct_incident: true };
        let expected = run(&rows, 4, months, rule, Alike::Any, 1);
        assert!(expected.0.iter().zip(&expected.1).all(|(repeats, all)| 0 < *repeats && repeats < all));
        for count_of_threads in [1, 2, 3, 8] {
            rows.rotate_left(77_777);
            assert_eq!(run(&rows, 4, months, rule, Alike::Any, count_of_threads), expected);
        }
        let persons: BTreeSet<u64> = rows
            .iter()
            .filter(|row| row.group == 0 && month(row.date) == months.first)
            .map(|row| if variant == RepeatVariant::OffencesPrior { row.crime } else { row.person })
            .collect();
        if variant != RepeatVariant::PersonsTwoPlusInWindow {
            assert_eq!(expected.1[0], persons.len() as u64);
        }
    }
}
