//! An analyst's table: rows, the cells that are published of them, and what was published before.

use std::collections::BTreeMap;

use super::{Dimension, DisclosureError};

/// The largest sum of a table. Sums up to it are exact as floating-point numbers, which the linear programmes need.
pub const LARGEST: u64 = 1 << 40;

/// What a contributor adds to a row of a magnitude table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Contribution {
    /// Who contributes. The same number in several rows is the same contributor.
    pub contributor: u64,
    /// How much, in whole units.
    pub value: u64,
}

/// The codes of a cell: one for each dimension, in their order.
pub type Codes = Vec<String>;

/// Whether a cell may be suppressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Use {
    /// The cell must be published. If it must be suppressed to protect another, the verdict says so.
    Keep,
    /// The agency withholds the cell: it has no value in the result, and its status is D.
    Withhold,
}

/// A percentage that is published beside the cells: of a denominator, how many are in the numerator. It is computed from the
/// exact counts, and a half is rounded up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Share {
    /// The codes of the numerator.
    pub numerator: Codes,
    /// The codes of the denominator.
    pub denominator: Codes,
    /// The number of decimals of the percentage: 0 to 3.
    pub decimals: u32,
}

impl Share {
    /// The most decimals of a percentage.
    pub const MOST_DECIMALS: u32 = 3;

    /// The number of units of the last decimal in 100%.
    pub(super) fn whole(&self) -> i64 {
        100 * 10_i64.pow(self.decimals.min(Self::MOST_DECIMALS))
    }

    /// The percentage in units of its last decimal. Nothing for a denominator of 0.
    pub(super) fn of(&self, numerator: i64, denominator: i64) -> Option<i64> {
        (denominator > 0).then(|| (2 * self.whole() * numerator + denominator).div_euclid(2 * denominator))
    }
}

/// A table that was published earlier and covers rows of this table.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// The counts then, by the codes of a row. A row that is not named has the same count now and then.
    pub revised: BTreeMap<Codes, u64>,
    /// The cells then, and whether each had its value (`true`) or was suppressed as a small count (`false`).
    pub cells: BTreeMap<Codes, bool>,
}

/// A table that is to be protected: its dimensions, and the counts of its finest rows.
///
/// Every cell with published codes is published, unless `published` names the tables. A combination of codes without a row
/// has no cell: the outsider is assumed to know that it is empty. To protect against an outsider who does not know it,
/// give the row with the count 0.
///
/// ```
/// use peelian_core::disclosure::{Dimension, Table};
///
/// let mut table = Table::new(vec![
///     Dimension::new("area", ["Camden", "Islington"])?.total("both")?,
///     Dimension::new("crime", ["arson", "theft"])?.total("all")?,
/// ])?;
/// table.add(&["Camden", "arson"], 3)?;
/// table.add(&["Camden", "theft"], 40)?;
/// # Ok::<(), peelian_core::disclosure::DisclosureError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) dimensions: Vec<Dimension>,
    /// By the positions of the leaves, so the order in which rows came does not matter.
    pub(super) rows: BTreeMap<Vec<usize>, Row>,
    pub(super) published: Vec<Vec<bool>>,
    pub(super) uses: BTreeMap<Vec<usize>, Use>,
    pub(super) earlier: Vec<Earlier>,
    pub(super) shares: Vec<Share>,
    added: usize,
}

/// What is known of a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) count: u64,
    pub(super) contributions: Vec<Contribution>,
}

impl Table {
    /// A table without rows.
    ///
    /// # Errors
    /// If there is no dimension.
    pub fn new(dimensions: Vec<Dimension>) -> Result<Self, DisclosureError> {
        if dimensions.is_empty() {
            return Err(DisclosureError::NoDimension);
        }
        Ok(Self {
            dimensions,
            rows: BTreeMap::new(),
            published: Vec::new(),
            uses: BTreeMap::new(),
            earlier: Vec::new(),
            shares: Vec::new(),
            added: 0,
        })
    }

    /// Adds a number of cases to the row with these codes.
    ///
    /// # Errors
    /// If a code is unknown or no leaf, or if the count is too large.
    pub fn add<C: AsRef<str>>(&mut self, codes: &[C], count: u64) -> Result<(), DisclosureError> {
        let key = self.leaf_key(codes)?;
        let row = self.rows.entry(key).or_default();
        row.count = row.count.saturating_add(count);
        if row.count > LARGEST {
            return Err(DisclosureError::TooLarge(join(codes)));
        }
        self.added += 1;
        Ok(())
    }

    /// Adds one contributor's value to the row with these codes. A table with contributions is a magnitude table: its
    /// cells are sums of values, and its rules are those of dominance.
    ///
    /// # Errors
    /// If a code is unknown or no leaf, or if the value is too large.
    pub fn contribute<C: AsRef<str>>(&mut self, codes: &[C], by: Contribution) -> Result<(), DisclosureError> {
        self.add(codes, by.value)?;
        let key = self.leaf_key(codes)?;
        let row = self.rows.entry(key).or_default();
        match row.contributions.iter_mut().find(|one| one.contributor == by.contributor) {
            Some(same) => same.value += by.value,
            None => row.contributions.push(by),
        }
        row.contributions.sort_unstable_by_key(|one| one.contributor);
        Ok(())
    }

    /// Publishes the table with these dimensions: cells of all their codes, at the total of every other dimension. Each
    /// call adds a table. Without a call, the table of all dimensions is published.
    ///
    /// # Errors
    /// If a dimension is unknown, or another has no total.
    pub fn publish<D: AsRef<str>>(&mut self, dimensions: &[D]) -> Result<(), DisclosureError> {
        let mut crossed = vec![false; self.dimensions.len()];
        for name in dimensions {
            crossed[self.dimension(name.as_ref())?] = true;
        }
        for (dimension, _) in self.dimensions.iter().zip(&crossed).filter(|(_, crossed)| !**crossed) {
            if dimension.total_position().is_none() {
                let dimension = dimension.name().to_owned();
                return Err(DisclosureError::UnknownCode { dimension, code: "of a total".to_owned() });
            }
        }
        self.published.push(crossed);
        Ok(())
    }

    /// States whether a cell may be suppressed.
    ///
    /// # Errors
    /// If a code is unknown.
    pub fn set_use<C: AsRef<str>>(&mut self, codes: &[C], to: Use) -> Result<(), DisclosureError> {
        let key = self.key(codes)?;
        self.uses.insert(key, to);
        Ok(())
    }

    /// Adds a table that was published earlier.
    ///
    /// # Errors
    /// If a code is unknown, or a revised row has a code that is no leaf.
    pub fn add_earlier(&mut self, earlier: Earlier) -> Result<(), DisclosureError> {
        for codes in earlier.revised.keys() {
            self.leaf_key(codes)?;
        }
        for codes in earlier.cells.keys() {
            self.key(codes)?;
        }
        self.earlier.push(earlier);
        Ok(())
    }

    /// Publishes a percentage beside the cells. It is withheld if its numerator or its denominator is suppressed.
    ///
    /// # Errors
    /// If a code is unknown, or there are too many decimals.
    pub fn add_share(&mut self, share: Share) -> Result<(), DisclosureError> {
        self.key(&share.numerator)?;
        self.key(&share.denominator)?;
        if share.decimals > Share::MOST_DECIMALS {
            return Err(DisclosureError::Setting { what: "decimals of a share", range: "0 to 3" });
        }
        self.shares.push(share);
        Ok(())
    }

    /// The position of a dimension.
    pub(super) fn dimension(&self, name: &str) -> Result<usize, DisclosureError> {
        let unknown = || DisclosureError::UnknownDimension(name.to_owned());
        self.dimensions.iter().position(|dimension| dimension.name() == name).ok_or_else(unknown)
    }

    /// The positions of the codes of a cell.
    pub(super) fn key<C: AsRef<str>>(&self, codes: &[C]) -> Result<Vec<usize>, DisclosureError> {
        let (row, dimensions) = (self.added, self.dimensions.len());
        if codes.len() != dimensions {
            return Err(DisclosureError::WrongLength { row, found: codes.len(), dimensions });
        }
        self.dimensions.iter().zip(codes).map(|(dimension, code)| dimension.position(code.as_ref())).collect()
    }

    pub(super) fn leaf_key<C: AsRef<str>>(&self, codes: &[C]) -> Result<Vec<usize>, DisclosureError> {
        let key = self.key(codes)?;
        for ((dimension, position), code) in self.dimensions.iter().zip(&key).zip(codes) {
            if *position >= dimension.leaf_count() {
                return Err(DisclosureError::NotFinest {
                    row: self.added,
                    dimension: dimension.name().to_owned(),
                    code: code.as_ref().to_owned(),
                });
            }
        }
        Ok(key)
    }

    /// The codes of a key.
    pub(super) fn codes(&self, key: &[usize]) -> Codes {
        let pairs = self.dimensions.iter().zip(key);
        pairs.map(|(dimension, position)| dimension.codes()[*position].0.clone()).collect()
    }

    /// Whether the cell with this key is in a published table.
    pub(super) fn is_published(&self, key: &[usize]) -> bool {
        let hidden = self.dimensions.iter().zip(key).any(|(dimension, code)| dimension.is_hidden(*code));
        let in_table = |crossed: &Vec<bool>| {
            let at = self.dimensions.iter().zip(key).zip(crossed);
            at.fold(true, |all, ((dimension, code), crossed)| {
                all && (*crossed || dimension.total_position() == Some(*code))
            })
        };
        !hidden && (self.published.is_empty() || self.published.iter().any(in_table))
    }
}

/// Codes in one text, for messages.
pub(super) fn join<C: AsRef<str>>(codes: &[C]) -> String {
    codes.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
