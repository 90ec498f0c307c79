//! Pseudonyms of whole columns.

use std::collections::BTreeMap;

use super::{LinkageKey, NotIdentified, Part, Pseudonym};

/// A column of raw identifiers.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// The part of the identity.
    pub part: Part,
    /// One value for each row.
    pub values: &'a [Option<&'a str>],
}

impl std::fmt::Debug for Column<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Column").field("part", &self.part).field("rows", &self.values.len()).finish_non_exhaustive()
    }
}

/// Why columns were refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ColumnsError {
    /// The identity of the key has a part without a column.
    #[error("the key hashes {identity}, which needs a column for {}", part.id())]
    Lacks {
        /// The identity.
        identity: &'static str,
        /// The part.
        part: Part,
    },
    /// The identity of the key does not have the part of a column, or two columns have the same part. The column would be left
    /// out unnoticed.
    #[error("the key hashes {identity}, which has no (second) column for {}", part.id())]
    NotNeeded {
        /// The identity.
        identity: &'static str,
        /// The part.
        part: Part,
    },
    /// Columns of different lengths.
    #[error("the columns have different numbers of rows: {} has {found}, not {expected}", part.id())]
    UnequalLengths {
        /// A column that differs from the first.
        part: Part,
        /// Number of its rows.
        found: usize,
        /// Number of rows of the first.
        expected: usize,
    },
}

/// The pseudonyms of the rows of a table, with the key that made them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pseudonyms {
    /// Value for `linkage_key_id` in every row that has a pseudonym.
    pub key_id: String,
    /// For each row its pseudonym, or the reason why it has none.
    pub rows: Vec<Result<Pseudonym, NotIdentified>>,
}

impl Pseudonyms {
    /// Number of rows without a pseudonym, by reason.
    #[must_use]
    pub fn without(&self) -> BTreeMap<NotIdentified, u64> {
        let mut counts = BTreeMap::new();
        self.rows.iter().filter_map(|row| row.err()).for_each(|why| *counts.entry(why).or_default() += 1);
        counts
    }
}

impl LinkageKey {
    /// The pseudonyms of the rows of a table. The columns may be in any order.
    ///
    /// # Errors
    ///
    /// [`ColumnsError`]. A row that cannot be identified is not an error: it has no pseudonym.
    ///
    /// ```
    /// use peelian_core::pseudonym::{Column, Domain, Identity, LinkageKey, Part};
    ///
    /// # let secret: [u8; 32] = std::array::from_fn(|at| at as u8);
    /// # let day = jiff::civil::date(2017, 4, 1);
    /// let key = LinkageKey::new("victims-2017", Domain::PoliceVictim, Identity::NameBirth, day, &secret)?;
    /// let made = key.columns(&[
    ///     Column { part: Part::Surname, values: &[Some("Smith"), Some("unknown")] },
    ///     Column { part: Part::Forename, values: &[Some("Ann"), Some("Ann")] },
    ///     Column { part: Part::DateOfBirth, values: &[Some("1980-02-01"), Some("1980-02-01")] },
    /// ])?;
    /// assert!(made.rows[0].is_ok() && made.rows[1].is_err());
    /// assert_eq!(made.key_id, key.id());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn columns(&self, columns: &[Column<'_>]) -> Result<Pseudonyms, ColumnsError> {
        let given: Vec<Part> = columns.iter().map(|column| column.part).collect();
        let order = self.order(&given)?;
        let expected = columns.first().map_or(0, |column| column.values.len());
        if let Some(column) = columns.iter().find(|column| column.values.len() != expected) {
            let (part, found) = (column.part, column.values.len());
            return Err(ColumnsError::UnequalLengths { part, found, expected });
        }
        let value = |at: usize, row: usize| columns.get(at)?.values.get(row).copied().flatten();
        let row = |row: usize| {
            let values: Vec<Option<&str>> = order.iter().map(|at| value(*at, row)).collect();
            self.pseudonym(&values)
        };
        Ok(Pseudonyms { key_id: self.id().to_owned(), rows: (0..expected).map(row).collect() })
    }

    /// For each part of the identity, the position of its column.
    pub(super) fn order(&self, given: &[Part]) -> Result<Vec<usize>, ColumnsError> {
        let identity = self.identity().id();
        let parts = self.identity().parts();
        for (at, part) in given.iter().enumerate() {
            if !parts.contains(part) || given.iter().take(at).any(|earlier| earlier == part) {
                return Err(ColumnsError::NotNeeded { identity, part: *part });
            }
        }
        let find = |part: &Part| given.iter().position(|given| given == part);
        parts.iter().map(|part| find(part).ok_or(ColumnsError::Lacks { identity, part: *part })).collect()
    }
}
