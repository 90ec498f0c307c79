//! Protects one system of counts.

use std::collections::{BTreeMap, BTreeSet};

use super::ReleaseError;
use super::audit::World;
use super::cells::{Cells, Place, TOTAL};
use super::record::Earlier;
use super::system::{Atom, Builder};
use crate::Core;
use crate::disclosure::{Fate, Policy, Reason, Standing, Steps};
use crate::period::{Month, Period};

/// A system after protection.
#[derive(Default)]
pub(super) struct SystemDone {
    /// By the number of the cell.
    pub(super) fates: Vec<(usize, Fate)>,
    /// The places of counts that cannot be protected, in this release or in an earlier one.
    pub(super) unprotected: BTreeSet<Place>,
    pub(super) largest_component: usize,
    /// The worlds that protect its counts.
    pub(super) worlds: Vec<World>,
    /// Its atoms with their values.
    pub(super) atoms: Vec<(Atom, u64)>,
}

/// Protects one system. Without a small count, now or earlier, there is nothing to do.
pub(super) fn protect_system(
    core: &Core,
    cells: &Cells,
    own: &[usize],
    earlier: &[Earlier],
    steps: Steps,
) -> Result<SystemDone, ReleaseError> {
    let is_withheld = |number: &usize| cells.cells[*number].standing != Standing::Free;
    let mut closed = BTreeSet::new();
    let mut builder = Builder::new(core, cells, own.to_vec(), &closed);
    let populations = builder.populations();
    let was_withheld = |one: &Earlier| one.withheld_any(&populations);
    if !own.iter().any(is_withheld) && !earlier.iter().any(was_withheld) {
        builder.find_places();
        let atoms = builder.values().collect();
        return Ok(SystemDone { atoms, ..SystemDone::default() });
    }
    let mut done = protected(builder, earlier, steps)?;
    // What earlier releases tell can leave a cell too little room if all zeros around it are told too. So breakdowns are
    // withheld whole: first its own, then those of the withheld totals of its periods, then those of all withheld totals.
    for breakdowns in [SystemDone::own_breakdowns, SystemDone::breakdowns_of_the_periods, SystemDone::all_breakdowns]
    {
        if done.unprotected.is_empty() {
            break;
        }
        let before = closed.len();
        closed.extend(breakdowns(&done, cells, own));
        if closed.len() > before {
            done = protected(Builder::new(core, cells, own.to_vec(), &closed), earlier, steps)?;
        }
    }
    Ok(done)
}

/// Protects the cells of a system.
fn protected(mut builder: Builder<'_>, earlier: &[Earlier], steps: Steps) -> Result<SystemDone, ReleaseError> {
    let cells = builder.cells;
    let numbers = builder.build(earlier)?;
    let atoms = builder.values().collect();
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    let found = std::mem::take(&mut builder.counts).protect(&policy, steps)?;
    let closed_zero = Fate { reason: Some(Reason::Breakdown), is_protected: true, may_be_zero: true };
    let own = numbers.own.iter().map(|(cell, number)| (*cell, found.cells[*number]));
    let places = numbers.own.iter().map(|(cell, number)| (cells.cells[*cell].place, *number));
    let is_open = |number: usize| !found.cells[number].is_protected;
    let unprotected = places.chain(numbers.earlier).filter(|(_, number)| is_open(*number)).map(|(place, _)| place);
    Ok(SystemDone {
        unprotected: unprotected.collect(),
        fates: own.chain(numbers.closed.iter().map(|cell| (*cell, closed_zero))).collect(),
        largest_component: found.largest_component,
        worlds: builder.worlds(found.changes).collect(),
        atoms,
    })
}

impl SystemDone {
    /// The breakdowns of the cells that are not protected, in their period and in those that share months with it: of a total all
    /// of them, and of a code its own.
    fn own_breakdowns(&self, cells: &Cells, own: &[usize]) -> BTreeSet<Place> {
        let mut periods: BTreeMap<Place, BTreeSet<Period>> = BTreeMap::new();
        for place in &self.unprotected {
            periods.entry(beside(*place)).or_default().insert(place.period);
        }
        let places = own.iter().map(|cell| cells.cells[*cell].place);
        let totals = places.clone().map(|place| Place { dimension: TOTAL, ..place });
        let closes = |place: &Place| periods.get(&beside(*place)).is_some_and(|of| share_months(of, place.period));
        places.chain(totals).map(|place| Place { code: 0, ..place }).filter(closes).collect()
    }

    /// The breakdowns of the withheld totals of periods that share months with those of cells that are not protected.
    fn breakdowns_of_the_periods(&self, cells: &Cells, own: &[usize]) -> BTreeSet<Place> {
        let periods: BTreeSet<Period> = self.unprotected.iter().map(|place| place.period).collect();
        let closes = |total: &Place| share_months(&periods, total.period);
        self.all_breakdowns(cells, own).into_iter().filter(closes).collect()
    }

    /// The breakdowns of all totals that are withheld.
    fn all_breakdowns(&self, cells: &Cells, _: &[usize]) -> BTreeSet<Place> {
        let withheld = self.fates.iter().filter(|(_, fate)| fate.reason.is_some());
        withheld.map(|(cell, _)| cells.cells[*cell].place).filter(|place| place.dimension == TOTAL).collect()
    }
}

/// What places of all periods and codes have in common.
fn beside(place: Place) -> Place {
    Place { code: 0, period: Period::month(Month::MIN), ..place }
}

fn share_months(periods: &BTreeSet<Period>, other: Period) -> bool {
    periods.iter().any(|period| period.start_date() <= other.end_date() && other.start_date() <= period.end_date())
}
