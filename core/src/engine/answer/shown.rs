//! What the rows themselves show was reported on.
//!
//! A submission declares a period and an agency has a remit, so a month of crimes without a row is a month without a crime.
//! This does not hold for rows that are counts, where a 0 is written, nor for a source of which an agency may hold nothing.

use super::Data;
use crate::design::{Counts, Each, InputState, Reported};
use crate::engine::counts::{CountKey, Cube};
use crate::engine::coverage::{Completeness, not_submitted, parts};
use crate::engine::error::ComputeError;
use crate::engine::found::Found;
use crate::engine::query::{BreakdownAxes, CellRequest};
use crate::estimate::MissingReason;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Level};

/// Number of months in a quarter.
const QUARTER: usize = 3;

impl Data {
    /// Whether the rows show that what is needed was reported on.
    pub(super) fn shown(
        &self,
        cell: CellRequest<'_>,
        number: usize,
        reported: &Reported,
    ) -> Result<Found<InputState>, ComputeError> {
        let whole = BreakdownAxes::total();
        let key = CountKey::of_tally(cell.definition, number, 0, &whole);
        let cube = self.counts.tally(&key, &reported.rows, reported.rows.rows.area, &whole);
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let reports = self.coverage.reports(&self.counts, &reported.rows.rows, cell.area, cell.period, 0);
        let mut found = Found::reported(Err(MissingReason::NotSubmitted), &reports);
        if !reports.complete {
            return Ok(found);
        }
        match reported.each {
            Each::Quarter => {
                let months: Vec<Month> = cell.period.months().collect();
                let everywhere: Vec<usize> = (0..cube.index.areas.len()).collect();
                let rows = |months: &[Month]| months.iter().any(|month| rows_of(cube, &everywhere, *month)[0] > 0);
                if months.chunks(QUARTER).all(rows) {
                    found.result = Ok(InputState::Reported);
                }
            }
            Each::MonthOfArea => self.shown_by_month(cell, cube, &mut found),
            Each::QuarterOfArea => self.shown_by_quarter(cell, cube, &mut found),
        }
        Ok(found)
    }

    fn shown_by_month(&self, cell: CellRequest<'_>, cube: &Cube, found: &mut Found<InputState>) {
        let areas = &self.core().reference.areas;
        let (expected, never): (Vec<AreaId>, Vec<AreaId>) = parts(areas, &cube.index, cell.area, cell.period)
            .into_iter()
            .partition(|area| areas.get(*area).level() != Level::Court || is_shown(cube, *area));
        if expected.is_empty() {
            // A court that never writes a row is a court without such cases.
            found.result = Err(MissingReason::NotApplicable);
            return;
        }
        let months = |area: &AreaId| {
            let positions = cube.index.within(areas, *area, cell.period.end_date());
            let counts = cell.period.months().map(|month| rows_of(cube, &positions, month));
            counts.filter(|[rows, complete, ..]| *rows > 0 && rows == complete).count()
        };
        let received: Vec<usize> = expected.iter().map(months).collect();
        settle(areas, (&expected, &received), cell.period.months().count(), found);
        if !never.is_empty() {
            let names: Vec<&str> = expected.iter().map(|area| areas.get(*area).name()).collect();
            found.caveat(format!(
                "Only these courts have ever reported, and no others are counted: {}.",
                names.join(", ")
            ));
        }
    }

    /// A row of an area that contains others, such as of two prosecution areas together, is a row of each of them.
    fn shown_by_quarter(&self, cell: CellRequest<'_>, cube: &Cube, found: &mut Found<InputState>) {
        let areas = &self.core().reference.areas;
        let day = cell.period.end_date();
        let expected = parts(areas, &cube.index, cell.area, cell.period);
        let larger = |at: usize| areas.is_within(cell.area, cube.index.areas[at], day) && cube.has_rows(at);
        if !expected.iter().any(|area| is_shown(cube, *area)) && (0..cube.index.areas.len()).any(larger) {
            // Rows are of larger areas only, and those report for all of their parts.
            found.result = Ok(InputState::Reported);
            return;
        }
        let whole = cube.index.within(areas, cell.area, day);
        let months: Vec<Month> = cell.period.months().collect();
        let quarters = |area: &AreaId| {
            let holds = |at: &usize| areas.is_within(*area, cube.index.areas[*at], day);
            let positions: Vec<usize> = whole.iter().copied().filter(holds).collect();
            let rows = |months: &&[Month]| months.iter().any(|month| rows_of(cube, &positions, *month)[0] > 0);
            months.chunks(QUARTER).filter(rows).count()
        };
        let received: Vec<usize> = expected.iter().map(quarters).collect();
        settle(areas, (&expected, &received), months.chunks(QUARTER).count(), found);
    }
}

/// States which of the expected areas are silent in any of `all` periods.
fn settle(areas: &Areas, (expected, received): (&[AreaId], &[usize]), all: usize, found: &mut Found<InputState>) {
    let silent = expected.iter().zip(received).filter(|(_, received)| **received < all);
    let silent: Vec<AreaId> = silent.map(|(area, _)| *area).collect();
    found.completeness = Completeness::of(all * expected.len(), received.iter().sum());
    if silent.is_empty() {
        found.result = Ok(InputState::Reported);
    } else if silent.len() < expected.len() {
        found.caveat(not_submitted(areas, &silent, expected.len()));
    }
}

fn rows_of(cube: &Cube, areas: &[usize], month: Month) -> Counts {
    cube.sum(areas, Period::month(month), 0)
}

/// Whether an area has a row in any month.
fn is_shown(cube: &Cube, area: AreaId) -> bool {
    cube.index.areas.iter().position(|known| *known == area).is_some_and(|position| cube.has_rows(position))
}
