//! A dimension of a table: its finest codes, and the codes that are sums of them.

use std::collections::{BTreeMap, BTreeSet};

use super::DisclosureError;

/// A dimension of a table, such as an area, a month or a crime.
///
/// A dimension has leaves, which are its finest codes, and groups, which are sums of leaves. Groups may overlap: several
/// hierarchies over the same leaves, or rolling windows of months.
///
/// ```
/// use peelian_core::disclosure::Dimension;
///
/// let area = Dimension::new("area", ["Camden", "Islington", "Barnet"])?
///     .hierarchy([("Camden", "Central North"), ("Islington", "Central North")])?
///     .total("London")?;
/// assert_eq!(area.leaves_of("London")?.len(), 3);
/// # Ok::<(), peelian_core::disclosure::DisclosureError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dimension {
    name: String,
    /// The sets of leaves of all codes. The first codes are the leaves, in their order.
    codes: Vec<(String, BTreeSet<usize>)>,
    leaves: usize,
    positions: BTreeMap<String, usize>,
    hidden: BTreeSet<usize>,
    total: Option<usize>,
    flags: bool,
}

impl Dimension {
    /// A dimension with these leaves.
    ///
    /// # Errors
    /// If a code occurs twice.
    pub fn new<C: Into<String>>(
        name: impl Into<String>,
        leaves: impl IntoIterator<Item = C>,
    ) -> Result<Self, DisclosureError> {
        let mut dimension = Self {
            name: name.into(),
            codes: Vec::new(),
            leaves: 0,
            positions: BTreeMap::new(),
            hidden: BTreeSet::new(),
            total: None,
            flags: false,
        };
        for code in leaves {
            let leaf = dimension.leaves;
            dimension.add(code.into(), BTreeSet::from([leaf]))?;
            dimension.leaves += 1;
        }
        Ok(dimension)
    }

    /// A dimension of flags of which one case may have several, such as the strands of hate crime. `total` is the number
    /// of cases with any flag. The flags do not add up to it: each is at most the total, and together they are at least
    /// the total. A row is given for each flag and for `total`.
    ///
    /// # Errors
    /// If a code occurs twice.
    pub fn flags<C: Into<String>>(
        name: impl Into<String>,
        total: impl Into<String>,
        flags: impl IntoIterator<Item = C>,
    ) -> Result<Self, DisclosureError> {
        let codes = std::iter::once(total.into()).chain(flags.into_iter().map(Into::into));
        let mut dimension = Self::new(name, codes)?;
        dimension.flags = true;
        dimension.total = Some(0);
        Ok(dimension)
    }

    /// Adds a code that is the sum of all leaves.
    ///
    /// # Errors
    /// If the code is there.
    pub fn total(mut self, code: impl Into<String>) -> Result<Self, DisclosureError> {
        self.total = Some(self.codes.len());
        self.add(code.into(), (0..self.leaves).collect())?;
        Ok(self)
    }

    /// Adds a code that is the sum of some codes, such as a rolling year of months.
    ///
    /// # Errors
    /// If the code is there, or a member is not.
    pub fn group<C: AsRef<str>>(
        mut self,
        code: impl Into<String>,
        members: impl IntoIterator<Item = C>,
    ) -> Result<Self, DisclosureError> {
        let mut leaves = BTreeSet::new();
        for member in members {
            leaves.extend(self.leaves_of(member.as_ref())?);
        }
        self.add(code.into(), leaves)?;
        Ok(self)
    }

    /// Adds a hierarchy from its pairs of child and parent. A parent may be the child of another. Call it again for another
    /// hierarchy over the same leaves.
    ///
    /// # Errors
    /// If a child is neither a leaf nor a parent, if the parents form a circle, or if a parent is a code already.
    pub fn hierarchy<C: Into<String>, P: Into<String>>(
        mut self,
        pairs: impl IntoIterator<Item = (C, P)>,
    ) -> Result<Self, DisclosureError> {
        let mut children: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (child, parent) in pairs {
            children.entry(parent.into()).or_default().insert(child.into());
        }
        // A parent is added when all its children are known. A round that adds nothing has a circle or an unknown code.
        while !children.is_empty() {
            let ready: Vec<String> = children
                .iter()
                .filter(|(_, below)| below.iter().all(|child| self.positions.contains_key(child)))
                .map(|(parent, _)| parent.clone())
                .collect();
            if ready.is_empty() {
                return Err(self.stuck(&children));
            }
            for parent in ready {
                let below = children.remove(&parent).unwrap_or_default();
                self = self.group(parent, below)?;
            }
        }
        Ok(self)
    }

    /// Withholds codes: their cells are not published in any table, so an outsider does not know their values. No rule is
    /// applied to them. So the difference of two published cells can be a small count of a hidden code.
    ///
    /// # Errors
    /// If a code is unknown.
    pub fn hidden<C: AsRef<str>>(mut self, codes: impl IntoIterator<Item = C>) -> Result<Self, DisclosureError> {
        for code in codes {
            let position = self.position(code.as_ref())?;
            self.hidden.insert(position);
        }
        Ok(self)
    }

    /// The dimension's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The leaves of which a code is the sum, as positions.
    ///
    /// # Errors
    /// If the code is unknown.
    pub fn leaves_of(&self, code: &str) -> Result<&BTreeSet<usize>, DisclosureError> {
        Ok(&self.codes[self.position(code)?].1)
    }

    /// All codes: the leaves first.
    pub(super) fn codes(&self) -> &[(String, BTreeSet<usize>)] {
        &self.codes
    }

    /// The number of leaves.
    pub(super) fn leaf_count(&self) -> usize {
        self.leaves
    }

    /// The position of a code.
    pub(super) fn position(&self, code: &str) -> Result<usize, DisclosureError> {
        let unknown = || DisclosureError::UnknownCode { dimension: self.name.clone(), code: code.to_owned() };
        self.positions.get(code).copied().ok_or_else(unknown)
    }

    pub(super) fn is_hidden(&self, position: usize) -> bool {
        self.hidden.contains(&position)
    }

    /// The position of the code that stands for all leaves, or for all cases with a flag.
    pub(super) fn total_position(&self) -> Option<usize> {
        self.total
    }

    pub(super) fn is_flags(&self) -> bool {
        self.flags
    }

    fn add(&mut self, code: String, leaves: BTreeSet<usize>) -> Result<(), DisclosureError> {
        if self.positions.contains_key(&code) {
            return Err(DisclosureError::DuplicateCode { dimension: self.name.clone(), code });
        }
        self.positions.insert(code.clone(), self.codes.len());
        self.codes.push((code, leaves));
        Ok(())
    }

    /// Why no parent of `children` could be added.
    fn stuck(&self, children: &BTreeMap<String, BTreeSet<String>>) -> DisclosureError {
        let unknown = children
            .values()
            .flatten()
            .find(|child| !self.positions.contains_key(*child) && !children.contains_key(*child));
        match unknown {
            Some(code) => DisclosureError::UnknownCode { dimension: self.name.clone(), code: code.clone() },
            None => DisclosureError::Circle {
                dimension: self.name.clone(),
                code: children.keys().next().cloned().unwrap_or_default(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hierarchies_share_their_leaves() {
        let area = Dimension::new("area", ["a", "b", "c"]).unwrap();
        let area =
            area.hierarchy([("a", "north"), ("b", "north"), ("c", "south"), ("north", "all"), ("south", "all")]);
        let area = area.unwrap().hierarchy([("a", "inner"), ("c", "inner")]).unwrap();
        assert_eq!(area.leaves_of("all").unwrap(), &BTreeSet::from([0, 1, 2]));
        assert_eq!(area.leaves_of("inner").unwrap(), &BTreeSet::from([0, 2]));
    }

    #[test]
    fn a_circle_and_an_unknown_child_are_refused() {
        let area = Dimension::new("area", ["a"]).unwrap();
        let circle = area.clone().hierarchy([("x", "y"), ("y", "x")]).unwrap_err();
        assert_eq!(circle.to_string(), "the parents of code x in dimension area form a circle");
        let unknown = area.hierarchy([("b", "y")]).unwrap_err();
        assert_eq!(unknown.to_string(), "dimension area has no code b");
    }

    #[test]
    fn a_code_is_given_once() {
        let found = Dimension::new("area", ["a", "a"]).unwrap_err();
        assert_eq!(found.to_string(), "dimension area has code a twice");
        assert!(Dimension::new("area", ["a"]).unwrap().total("a").is_err());
    }
}
