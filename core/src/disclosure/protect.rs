//! Protection from the table to the result.

use std::collections::BTreeMap;

use super::elimination::Eliminated;
use super::fewest::settle_with_fewest;
use super::interval::Reach;
use super::linked::Change;
use super::result::{Protected, ProtectedCell, ProtectedShare, Summary, Verdict};
use super::sets::Sets;
use super::system::{State, System};
use super::table::{Codes, Share};
use super::{DisclosureError, Policy, Reason, Status, Steps, Table, elimination, interval};

/// Protects a table: suppresses the cells that a policy names, and as few others as it finds, until an outsider can
/// neither work out a suppressed cell nor enclose a primary cell more narrowly than the policy allows.
///
/// All published tables are one linear system, so what several tables tell together is prevented too.
///
/// ```
/// use peelian_core::disclosure::{Dimension, Policy, Status, Table, protect};
///
/// let mut table = Table::new(vec![
///     Dimension::new("area", ["Camden", "Islington"])?.total("both")?,
///     Dimension::new("crime", ["arson", "theft"])?.total("all")?,
/// ])?;
/// for (area, crime, count) in
///     [("Camden", "arson", 3), ("Camden", "theft", 40), ("Islington", "arson", 9), ("Islington", "theft", 60)]
/// {
///     table.add(&[area, crime], count)?;
/// }
/// let protected = protect(&table, &Policy::small_counts(4))?;
/// let suppressed = protected.cells.iter().filter(|cell| cell.status != Status::Free);
/// assert_eq!(suppressed.count(), 4, "one small count, and three cells without which it could be worked out");
/// # Ok::<(), peelian_core::disclosure::DisclosureError>(())
/// ```
///
/// # Errors
/// If the table or the policy contradicts itself: see [`DisclosureError`].
pub fn protect(table: &Table, policy: &Policy) -> Result<Protected, DisclosureError> {
    protect_with(table, policy, Steps::ALL)
}

/// As [`protect`], with some steps left out.
///
/// # Errors
/// As [`protect`].
pub fn protect_with(table: &Table, policy: &Policy, steps: Steps) -> Result<Protected, DisclosureError> {
    let mut system = System::new(table, policy, steps)?;
    let is_of_counts = table.rows.values().all(|row| row.contributions.is_empty());
    let settle = if is_of_counts { settle_with_fewest } else { settle };
    let settled = settle(&mut system, policy, steps);
    Ok(Protected {
        cells: cells(table, &system, policy, settled.reach.as_ref()),
        shares: shares(table, &system),
        summary: summary(table, &system, settled.secondary, &settled.failed),
    })
}

/// What protection did to a system.
pub(super) struct Settled {
    /// How far each sum can move, if intervals were protected.
    pub(super) reach: Option<Reach>,
    /// The sums that cannot be protected, ascending.
    pub(super) failed: Vec<usize>,
    /// The changes that prove how far the sums can move.
    pub(super) changes: Vec<Change>,
    /// The number of cells that were suppressed for exact protection.
    pub(super) secondary: usize,
}

/// Steps 2 to 4: suppresses further cells of a system.
pub(super) fn settle(system: &mut System, policy: &Policy, steps: Steps) -> Settled {
    // Rounded values are no equations, so nothing is a combination of them. The intervals protect all.
    let exact = policy.rounding.is_none() && (steps.exact || steps.singletons);
    let Eliminated { known: mut failed, moves } =
        if exact { elimination::suppress(system, steps, policy.zeros_published) } else { Eliminated::default() };
    let secondary = count(system, |reason| reason == Reason::Secondary);
    let (mut reach, mut changes) = (None, Vec::new());
    if steps.intervals {
        let (found, narrow, moved) = interval::protect(system, policy, moves);
        changes = moved;
        // What was suppressed for intervals may have freed a cell that elimination could not.
        failed.retain(|sum| found.low[*sum] == 0 && found.high[*sum] == 0);
        failed.extend(narrow);
        reach = Some(found);
    }
    failed.sort_unstable();
    failed.dedup();
    Settled { reach, failed, changes, secondary }
}

/// The number of cells that are suppressed for a reason.
fn count(system: &System, is_it: impl Fn(Reason) -> bool) -> usize {
    let counts = |(_, sum): &&(Vec<usize>, usize)| match system.sums[*sum].state {
        State::Suppressed(reason) => is_it(reason),
        _ => false,
    };
    system.cells.iter().filter(counts).count()
}

fn cells(table: &Table, system: &System, policy: &Policy, reach: Option<&Reach>) -> Vec<ProtectedCell> {
    let cell = |(key, position): &(Vec<usize>, usize)| {
        let sum = &system.sums[*position];
        let reason = match sum.state {
            State::Suppressed(reason) => Some(reason),
            _ => None,
        };
        let interval = reason.and(reach).map(|reach| reach.around(*position, sum.value));
        ProtectedCell {
            codes: table.codes(key),
            value: reason.is_none().then(|| published(policy, sum.value)),
            status: reason.map_or(Status::Free, Reason::status),
            shown: match reason {
                None => Status::Free,
                Some(reason) if policy.reasons_published => reason.status(),
                Some(_) => Status::Confidential,
            },
            reason,
            interval,
        }
    };
    system.cells.iter().map(cell).collect()
}

/// The percentages whose parts are published.
fn shares(table: &Table, system: &System) -> Vec<ProtectedShare> {
    let cells: BTreeMap<Codes, usize> = system.cells.iter().map(|(key, sum)| (table.codes(key), *sum)).collect();
    let published = |codes: &Codes| {
        let sum = &system.sums[*cells.get(codes)?];
        (!matches!(sum.state, State::Suppressed(_))).then_some(sum.value)
    };
    let share = |share: &Share| {
        let units = published(&share.numerator)
            .zip(published(&share.denominator))
            .and_then(|(numerator, denominator)| share.of(numerator, denominator));
        ProtectedShare { share: share.clone(), value: units.map(|units| percentage(units, share.decimals)) }
    };
    table.shares.iter().map(share).collect()
}

/// Units of the last decimal as a percentage.
#[expect(clippy::cast_precision_loss, reason = "a percentage has at most 6 digits before a large ratio of counts")]
fn percentage(units: i64, decimals: u32) -> f64 {
    units as f64 / f64::from(10_u32.pow(decimals))
}

/// A value as it is published.
fn published(policy: &Policy, value: i64) -> i64 {
    let base = policy.rounding.and_then(|base| i64::try_from(base).ok());
    base.map_or(value, |base| (value + base / 2).div_euclid(base) * base)
}

fn summary(table: &Table, system: &System, secondary: usize, failed: &[usize]) -> Summary {
    let value = |(_, sum): &(Vec<usize>, usize)| system.sums[*sum].value;
    let is_suppressed = |(_, sum): &&(Vec<usize>, usize)| matches!(system.sums[*sum].state, State::Suppressed(_));
    let kept = count(system, |reason| reason == Reason::Secondary);
    let unsafe_cells = system.cells.iter().filter(|(_, sum)| failed.binary_search(sum).is_ok());
    let unsafe_cells: Vec<_> = unsafe_cells.map(|(key, _)| table.codes(key)).collect();
    let sizes = components(system);
    Summary {
        cells: system.cells.len(),
        primary: count(system, Reason::is_primary),
        secondary: kept,
        further: count(system, |reason| reason == Reason::Audit),
        released: secondary - kept,
        suppressed_sum: system.cells.iter().filter(is_suppressed).map(value).sum(),
        sum: system.cells.iter().map(value).sum(),
        largest_component: sizes.iter().copied().max().unwrap_or(0),
        components: sizes.len(),
        verdict: if failed.is_empty() { Verdict::Safe } else { Verdict::Unsafe(unsafe_cells) },
    }
}

/// The numbers of unknown inner cells that hang together by published sums.
pub(super) fn components(system: &System) -> Vec<usize> {
    let unknown = interval::unknown(system);
    let mut sets = Sets::of(system.inner.len());
    for sum in system.sums.iter().filter(|sum| !matches!(sum.state, State::Suppressed(_))) {
        let mut members = sum.members.iter().copied().filter(|inner| unknown[*inner]);
        if let Some(first) = members.next() {
            members.for_each(|other| sets.join(first, other));
        }
    }
    let groups = sets.groups((0..unknown.len()).filter(|inner| unknown[*inner]));
    groups.iter().map(Vec::len).collect()
}
