//! What a protected table is.

use super::table::{Codes, Share};

/// Why a cell is suppressed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reason {
    /// The count is small.
    SmallCount,
    /// All but a few of a group are in the cell.
    Group,
    /// The denominator is small.
    SmallBase,
    /// One contributor makes up nearly all of the cell.
    Dominance,
    /// A few contributors make up nearly all of the cell.
    DominanceByTwo,
    /// The cell was suppressed in an earlier release, and must stay protected.
    Earlier,
    /// The agency withholds the cell.
    Withheld,
    /// The cell belongs to the breakdown of a total that is suppressed, and the breakdown is withheld whole.
    Breakdown,
    /// A sum that is no cell of the table, but must stay unknown to a contributor.
    Virtual,
    /// Without it, a linear combination of published cells would be a primary cell.
    Secondary,
    /// Without it, a primary cell could be enclosed too narrowly.
    Audit,
}

impl Reason {
    /// The name of the rule, as results show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmallCount => "small_count",
            Self::Group => "group",
            Self::SmallBase => "small_base",
            Self::Dominance => "dominance",
            Self::DominanceByTwo => "dominance_by_two",
            Self::Earlier => "earlier",
            Self::Withheld => "withheld",
            Self::Breakdown => "breakdown",
            Self::Virtual => "virtual",
            Self::Secondary => "secondary",
            Self::Audit => "audit",
        }
    }

    /// The code of the SDMX code list CL_CONF_STATUS.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::SmallCount | Self::Group | Self::SmallBase | Self::Earlier => Status::SmallCount,
            Self::Dominance => Status::Dominance,
            Self::DominanceByTwo => Status::DominanceByTwo,
            Self::Withheld => Status::SetByAgency,
            Self::Breakdown | Self::Virtual | Self::Secondary | Self::Audit => Status::Secondary,
        }
    }

    /// Whether the cell is disclosive by itself, so that it needs protection.
    pub(super) fn is_primary(self) -> bool {
        !self.protects_others() && self != Self::Breakdown
    }

    /// Whether protection itself chose the cell, to protect others.
    pub(super) fn protects_others(self) -> bool {
        matches!(self, Self::Secondary | Self::Audit)
    }
}

/// The confidentiality status of a cell: a code of the SDMX code list CL_CONF_STATUS.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Status {
    /// A: primary confidentiality due to small counts.
    SmallCount,
    /// O: primary confidentiality due to dominance by one unit.
    Dominance,
    /// T: primary confidentiality due to dominance by two units.
    DominanceByTwo,
    /// S: secondary confidentiality.
    Secondary,
    /// D: set by the agency.
    SetByAgency,
    /// C: confidential, without the reason.
    Confidential,
    /// F: free for publication.
    Free,
}

impl Status {
    /// The letter of the code list.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::SmallCount => 'A',
            Self::Dominance => 'O',
            Self::DominanceByTwo => 'T',
            Self::Secondary => 'S',
            Self::SetByAgency => 'D',
            Self::Confidential => 'C',
            Self::Free => 'F',
        }
    }

    /// Whether the status says that the cell is disclosive by itself.
    #[must_use]
    pub fn is_primary(self) -> bool {
        matches!(self, Self::SmallCount | Self::Dominance | Self::DominanceByTwo)
    }

    /// The status with a letter.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        let all = [
            Self::SmallCount,
            Self::Dominance,
            Self::DominanceByTwo,
            Self::Secondary,
            Self::SetByAgency,
            Self::Confidential,
            Self::Free,
        ];
        all.into_iter().find(|status| status.letter() == letter)
    }
}

/// The least and the greatest value in which an outsider can enclose a cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Enclosure {
    /// The least value.
    pub low: i64,
    /// The greatest value.
    pub high: i64,
}

/// A cell of a protected table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProtectedCell {
    /// Its codes, in the order of the dimensions.
    pub codes: Codes,
    /// Its value as published, or nothing.
    pub value: Option<i64>,
    /// Its status.
    pub status: Status,
    /// The status that a published file may show: C for every suppressed cell if the policy does not publish reasons.
    pub shown: Status,
    /// Why it is suppressed. Nothing for a published cell.
    pub reason: Option<Reason>,
    /// Values between which an outsider cannot decide: both ends are possible, so an outsider's interval is at least as
    /// wide. Nothing for a published cell.
    pub interval: Option<Enclosure>,
}

/// What is in question when protection is not complete.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Every suppressed cell has the protection that the policy requires.
    Safe,
    /// These cells cannot be protected, because cells that must be published disclose them or enclose them too narrowly.
    Unsafe(Vec<Codes>),
}

/// What protection cost.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Published and suppressed cells.
    pub cells: usize,
    /// Cells that are suppressed by themselves.
    pub primary: usize,
    /// Cells that elimination suppressed for exact protection.
    pub secondary: usize,
    /// Other cells that are suppressed so that no interval is too narrow. In a small table they can take the place of those of
    /// elimination.
    pub further: usize,
    /// Cells of elimination that are published again, because nothing or fewer others need them.
    pub released: usize,
    /// The sum of the suppressed cells.
    pub suppressed_sum: i64,
    /// The sum of all cells.
    pub sum: i64,
    /// The number of unknown inner cells in the largest component.
    pub largest_component: usize,
    /// The number of components.
    pub components: usize,
    /// Whether all cells are protected.
    pub verdict: Verdict,
}

/// A percentage of a protected table.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtectedShare {
    /// Its parts and its decimals.
    pub share: Share,
    /// The percentage, or nothing if a part is suppressed or the denominator is 0.
    pub value: Option<f64>,
}

/// A protected table.
#[derive(Clone, Debug, PartialEq)]
pub struct Protected {
    /// The cells, in the order of their codes.
    pub cells: Vec<ProtectedCell>,
    /// The percentages, in the order in which they were added.
    pub shares: Vec<ProtectedShare>,
    /// What protection cost.
    pub summary: Summary,
}
