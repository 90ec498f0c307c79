//! The audit is an attacker. It shares no code with protection: it reads the published table alone, builds the equations
//! from the codes, and encloses every suppressed cell by linear programmes (method of the SDC Handbook, chapter 4).

mod attack;
mod enclose;

use std::collections::BTreeMap;

use attack::Attack;

use super::table::Codes;
use super::{Dimension, DisclosureError, Enclosure, Status};

/// A cell as it was published.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublishedCell {
    /// Its codes, in the order of the dimensions.
    pub codes: Codes,
    /// Its value, or nothing if it is suppressed.
    pub value: Option<i64>,
    /// Its status.
    pub status: Status,
}

/// A percentage as it was published.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedShare {
    /// The codes of the numerator.
    pub numerator: Codes,
    /// The codes of the denominator.
    pub denominator: Codes,
    /// The percentage.
    pub value: f64,
    /// The number of its decimals.
    pub decimals: u32,
}

/// What an outsider knows besides the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Knowledge {
    /// The largest small count, if the outsider can tell from status A that a count is small. 0 if not.
    pub max_n: i64,
    /// Whether zeros are published, so that a suppressed cell is not 0.
    pub zeros_published: bool,
    /// Whether the table shows which cells are secondary, so that a secondary cell is not small.
    pub reasons_published: bool,
    /// The base to which published values are rounded, or 1.
    pub rounding: i64,
    /// The least width that an interval of a primary cell must have.
    pub width: i64,
    /// The largest count that must not be published, or 0.
    pub unpublished: i64,
}

/// What the attacker found out about a suppressed cell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Enclosed {
    /// Its codes.
    pub codes: Codes,
    /// Its status.
    pub status: Status,
    /// The values in which it lies.
    pub interval: Enclosure,
    /// Whether the interval is exact. If not, both ends are possible values, and the attacker's interval is at least as
    /// wide: it is enough to know that it is wide enough.
    pub exact: bool,
}

/// The result of an audit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audit {
    /// Every suppressed cell, in the order of the table.
    pub enclosed: Vec<Enclosed>,
    /// The suppressed cells that have only one possible value.
    pub recoverable: Vec<Codes>,
    /// The primary cells whose interval is narrower than required.
    pub narrow: Vec<Codes>,
    /// Published cells with a small count. There is nothing to attack in them: they are told.
    pub small: Vec<Codes>,
}

impl Audit {
    /// Whether no small count is published, no suppressed cell is recoverable and none is enclosed too narrowly.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.small.is_empty() && self.recoverable.is_empty() && self.narrow.is_empty()
    }
}

/// Attacks a published table.
///
/// A primary cell (status A, O or T) needs the width that the outsider must not undercut. Another suppressed cell needs only
/// two possible values: a table of outsiders, with status C everywhere, does not tell which cells are primary.
///
/// If the table has cells of finest codes alone, a combination of finest codes without a cell is known to be empty.
/// Otherwise every combination of finest codes may occur.
///
/// # Errors
/// If a cell has unknown codes, occurs twice, or has a status that does not fit its value; if the values contradict each
/// other; if the solver fails.
pub fn audit(
    dimensions: &[Dimension],
    cells: &[PublishedCell],
    shares: &[PublishedShare],
    knowledge: Knowledge,
) -> Result<Audit, DisclosureError> {
    let mut attack = Attack::new(dimensions, cells, knowledge)?;
    attack.add_shares(shares)?;
    attack.settle()?;
    // A value that is rounded stands for several, so none of them is told. Where zeros are not published, they are small too.
    let smallest = i64::from(knowledge.zeros_published);
    let is_small = |cell: &&PublishedCell| {
        knowledge.rounding <= 1 && cell.value.is_some_and(|value| (smallest..=knowledge.unpublished).contains(&value))
    };
    let small = cells.iter().filter(is_small).map(|cell| cell.codes.clone()).collect();
    let mut audit = Audit { enclosed: Vec::new(), recoverable: Vec::new(), narrow: Vec::new(), small };
    let mut intervals = BTreeMap::new();
    for component in attack.components() {
        attack.enclose(&component, &mut intervals)?;
    }
    for (position, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.value.is_none()) {
        let row = &attack.rows[position];
        let fixed: i64 = row.unknowns.iter().filter_map(|unknown| attack.fixed[*unknown]).sum();
        let (interval, exact) =
            intervals.get(&position).copied().unwrap_or((Enclosure { low: fixed, high: fixed }, true));
        let width = interval.high - interval.low;
        if width == 0 {
            audit.recoverable.push(cell.codes.clone());
        }
        if width < knowledge.width && cell.status.is_primary() {
            audit.narrow.push(cell.codes.clone());
        }
        audit.enclosed.push(Enclosed { codes: cell.codes.clone(), status: cell.status, interval, exact });
    }
    Ok(audit)
}
