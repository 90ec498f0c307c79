//! Random numbers that are the same on every machine: only 64-bit integers, no floating point.

/// The generator xoshiro256** (Blackman and Vigna 2018), seeded by SplitMix64 (Steele, Lea and Flood 2014).
pub(super) struct Random {
    state: [u64; 4],
}

/// One step of SplitMix64.
pub(super) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Random {
    /// The random numbers of one dataset. Another name gives independent numbers, so that a change to one dataset
    /// does not change the others.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mut state = name.bytes().fold(seed, |state, byte| {
            let mut state = state ^ u64::from(byte);
            split_mix(&mut state)
        });
        Self { state: std::array::from_fn(|_| split_mix(&mut state)) }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from 0 to `bound` - 1; 0 for a bound of 0. It is the high half of a product (Lemire 2019). The
    /// rejection step is left out: for the bounds used here the bias is below 2⁻³².
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * u128::try_from(bound).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0) + 1;
        low + i32::try_from(self.below(span)).unwrap_or(0)
    }

    /// True with the probability `part` / `whole`.
    pub(super) fn chance(&mut self, part: usize, whole: usize) -> bool {
        self.below(whole) < part
    }

    /// One of several values.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }

    /// One of several values by their weights; `otherwise` if there are none.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(T, u32)], otherwise: T) -> T {
        let total: u64 = from.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(usize::try_from(total).unwrap_or(0));
        for (value, weight) in from {
            let weight = usize::try_from(*weight).unwrap_or(0);
            if left < weight {
                return *value;
            }
            left -= weight;
        }
        otherwise
    }
}

/// A share that holds in every block of cases: `part` of each `whole`, in random order. So a calibrated share is
/// achieved almost exactly, even at a small scale.
pub(super) struct Quota {
    part: usize,
    whole: usize,
    hits_left: usize,
    cases_left: usize,
}

impl Quota {
    pub(super) const fn new(part: usize, whole: usize) -> Self {
        Self { part, whole, hits_left: part, cases_left: whole }
    }

    /// Whether the next case is a hit.
    pub(super) fn take(&mut self, random: &mut Random) -> bool {
        if self.cases_left == 0 {
            (self.hits_left, self.cases_left) = (self.part, self.whole);
        }
        let hit = random.chance(self.hits_left, self.cases_left);
        self.cases_left -= 1;
        self.hits_left -= usize::from(hit);
        hit
    }
}

/// Shares of several values that hold in every block of cases: of each `whole` cases, each value has its part. The rest
/// have none.
pub(super) struct Shares<T: 'static> {
    parts: &'static [(T, usize)],
    whole: usize,
    parts_left: Vec<(T, usize)>,
    cases_left: usize,
}

impl<T: Copy> Shares<T> {
    pub(super) const fn new(parts: &'static [(T, usize)], whole: usize) -> Self {
        Self { parts, whole, parts_left: Vec::new(), cases_left: 0 }
    }

    /// The value of the next case.
    pub(super) fn take(&mut self, random: &mut Random) -> Option<T> {
        if self.cases_left == 0 {
            (self.parts_left, self.cases_left) = (self.parts.to_vec(), self.whole);
        }
        let mut case = random.below(self.cases_left);
        self.cases_left -= 1;
        for (value, left) in &mut self.parts_left {
            if case < *left {
                *left -= 1;
                return Some(*value);
            }
            case -= *left;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change() {
        let mut random = Random::new(1, "crime");
        let first: Vec<usize> = (0..6).map(|_| random.below(1_000_000)).collect();
        let mut again = Random::new(1, "crime");
        assert_eq!(first, (0..6).map(|_| again.below(1_000_000)).collect::<Vec<_>>());
        let mut other = Random::new(1, "trials");
        assert_ne!(first, (0..6).map(|_| other.below(1_000_000)).collect::<Vec<_>>());
        // The first numbers of SplitMix64 from 0, from its published source.
        let mut state = 0;
        assert_eq!(split_mix(&mut state), 0xe220_a839_7b1d_cdaf);
        assert_eq!(split_mix(&mut state), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn a_quota_holds_in_every_block() {
        let mut random = Random::new(7, "quota");
        let mut quota = Quota::new(12, 100);
        for _ in 0..50 {
            assert_eq!((0..100).filter(|_| quota.take(&mut random)).count(), 12);
        }
        assert_eq!(random.below(0), 0);
        assert!((0..1000).all(|_| (3..=5).contains(&random.between(3, 5))));
    }

    #[test]
    fn shares_hold_in_every_block() {
        let mut random = Random::new(7, "shares");
        let mut shares = Shares::new(&[('a', 2), ('b', 3)], 20);
        for _ in 0..50 {
            let block: Vec<_> = (0..20).map(|_| shares.take(&mut random)).collect();
            let count = |value| block.iter().filter(|found| **found == value).count();
            assert_eq!([count(Some('a')), count(Some('b')), count(None)], [2, 3, 15]);
        }
    }
}
