//! Random linked tables, each protected and then attacked.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// The dimensions of a random table: areas in one or two hierarchies, months in overlapping windows, and codes.
fn dimensions(areas: usize, months: usize, codes: usize, two: bool) -> Vec<Dimension> {
    let names = |prefix: &str, count: usize| (0..count).map(|at| format!("{prefix}{at}")).collect::<Vec<_>>();
    let area = names("a", areas);
    let half = |modulus: usize| {
        area.iter().enumerate().map(move |(at, code)| (code.clone(), format!("h{modulus}{}", at % modulus)))
    };
    let mut first = Dimension::new("area", area.clone()).unwrap().total("London").unwrap();
    if two {
        first = first.hierarchy(half(2)).unwrap().hierarchy(half(3)).unwrap();
    }
    let month = names("m", months);
    let mut second = Dimension::new("month", month.clone()).unwrap();
    for (at, window) in month.windows(3).enumerate() {
        second = second.group(format!("w{at}"), window).unwrap();
    }
    let third = Dimension::new("code", names("c", codes)).unwrap().total("all").unwrap();
    vec![first, second, third]
}

/// A count: often 0, often small, sometimes large.
fn count() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(0_u64), 2 => Just(1), 4 => 2_u64..5, 5 => 5_u64..15, 3 => 15_u64..200]
}

fn case() -> impl Strategy<Value = (Table, Policy)> {
    let shape = (2_usize..5, 2_usize..5, 1_usize..4, any::<bool>());
    let counts = proptest::collection::vec(count(), 4 * 4 * 3);
    let policy = (2_u64..6, any::<bool>(), any::<bool>(), 1_u64..4, prop_oneof![3 => Just(None), 1 => Just(Some(5))]);
    (shape, counts, policy).prop_map(|((areas, months, codes, two), counts, policy)| {
        let mut table = Table::new(dimensions(areas, months, codes, two)).unwrap();
        let mut counts = counts.into_iter();
        for area in 0..areas {
            for month in 0..months {
                for code in 0..codes {
                    let codes = [format!("a{area}"), format!("m{month}"), format!("c{code}")];
                    table.add(&codes, counts.next().unwrap_or(0)).unwrap();
                }
            }
        }
        let (max_n, zeros_published, reasons_published, width, rounding) = policy;
        let policy = Policy {
            zeros_published,
            reasons_published,
            width: width.min(max_n - 1),
            rounding,
            ..Policy::small_counts(max_n)
        };
        (table, policy)
    })
}

/// The number of cells that hang together with a primary cell, because they have rows in common, directly or through others.
fn linked(table: &Table, protected: &Protected) -> usize {
    let leaves = |cell: &ProtectedCell| -> Vec<BTreeSet<usize>> {
        let codes = table.dimensions.iter().zip(&cell.codes);
        codes.map(|(dimension, code)| dimension.leaves_of(code).unwrap().clone()).collect()
    };
    let cells: Vec<_> = protected.cells.iter().map(leaves).collect();
    let meet = |a: usize, b: usize| cells[a].iter().zip(&cells[b]).all(|(one, other)| !one.is_disjoint(other));
    let is_primary = |at: &usize| protected.cells[*at].reason.is_some_and(Reason::is_primary);
    let mut next: Vec<usize> = (0..cells.len()).filter(is_primary).collect();
    let mut found: BTreeSet<usize> = next.iter().copied().collect();
    while let Some(at) = next.pop() {
        next.extend((0..cells.len()).filter(|other| meet(at, *other) && found.insert(*other)));
    }
    found.len()
}

fn run(cases: u32, check: impl Fn(Table, Policy) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let seed = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
    let result = TestRunner::new_with_rng(config, seed).run(&case(), |(table, policy)| check(table, policy));
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn nothing_suppressed_is_recoverable_or_too_narrow() {
    let unsafe_tables = std::cell::Cell::new(0);
    run(1_000, |table, policy| {
        let found = protect(&table, &policy).unwrap();
        let attacked = attack(&table, &policy, &found);
        let open: Vec<Codes> = match &found.summary.verdict {
            Verdict::Safe => Vec::new(),
            Verdict::Unsafe(cells) => {
                prop_assert!(policy.reasons_published, "a table cannot be protected: {:?}", cells);
                unsafe_tables.set(unsafe_tables.get() + 1);
                cells.clone()
            }
        };
        let beyond = |cells: &[Codes]| cells.iter().filter(|cell| !open.contains(cell)).cloned().collect::<Vec<_>>();
        if open.is_empty() {
            prop_assert_eq!(&attacked.recoverable, &Vec::<Codes>::new());
        }
        prop_assert_eq!(beyond(&attacked.narrow), Vec::<Codes>::new());
        prop_assert!(suppressed(&found).len() <= linked(&table, &found));
        // The moves that were found lie inside the attacker's interval.
        for cell in found.cells.iter().filter(|cell| cell.interval.is_some()) {
            let seen = attacked.enclosed.iter().find(|one| one.codes == cell.codes).unwrap();
            let interval = cell.interval.unwrap();
            prop_assert!(!seen.exact || seen.interval.low <= interval.low && interval.high <= seen.interval.high);
        }
        Ok(())
    });
    // Where reasons are published, small counts that are known to be small can pin each other. They must stay the exception.
    assert!(unsafe_tables.get() < 100, "{} of 1,000 tables cannot be protected", unsafe_tables.get());
}

/// If a step is left out, the attacker finds something. So each step is needed, and the attacker does find things.
#[test]
fn each_step_is_needed() {
    for steps in [
        Steps { exact: false, intervals: false, ..Steps::ALL },
        Steps { singletons: false, intervals: false, ..Steps::ALL },
        Steps { intervals: false, ..Steps::ALL },
    ] {
        let found = std::cell::Cell::new(0);
        run(60, |table, policy| {
            if policy.rounding.is_none() {
                let protected = protect_with(&table, &policy, steps).unwrap();
                found.set(found.get() + usize::from(!attack(&table, &policy, &protected).is_safe()));
            }
            Ok(())
        });
        assert!(found.get() > 0, "{steps:?}");
    }
}
