//! Disjoint sets of numbers, which are joined until what hangs together is one set.

use std::collections::BTreeMap;

/// Disjoint sets of the numbers below a count. At first each number is a set of its own.
#[derive(Clone, Debug)]
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    pub(crate) fn of(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// Joins the sets of two numbers.
    pub(crate) fn join(&mut self, one: usize, other: usize) {
        let (a, b) = (self.find(one), self.find(other));
        self.0[a.max(b)] = a.min(b);
    }

    /// The sets of some numbers, each ascending, in the order of their least numbers.
    pub(crate) fn groups(mut self, numbers: impl IntoIterator<Item = usize>) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for number in numbers {
            groups.entry(self.find(number)).or_default().push(number);
        }
        groups.into_values().collect()
    }

    /// The representative of a set, with its path halved on the way.
    fn find(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }
}
