//! What short texts were read as, so that a column of few different texts seldom reads one twice.
//!
//! A text of at most twelve bytes is told from all others by one number, which an Arrow view holds as it stands
//! ([`super::views`]). So a row costs a comparison in place of reading text.

/// Texts remembered. Of two that fall on one place, the later is.
const PLACES: usize = 1 << 10;

/// No short text: its length is none.
const NONE: u128 = u128::MAX;

/// What each of some short texts was read as.
pub(super) struct Seen<V> {
    texts: Box<[u128; PLACES]>,
    values: Box<[V; PLACES]>,
}

impl<V: Copy> Seen<V> {
    /// Nothing seen yet; `filler` stands where no value is.
    pub(super) fn new(filler: V) -> Self {
        Self { texts: Box::new([NONE; PLACES]), values: Box::new([filler; PLACES]) }
    }

    #[inline]
    pub(super) fn get(&self, text: u128) -> Option<V> {
        let place = place(text);
        (self.texts[place] == text).then(|| self.values[place])
    }

    pub(super) fn put(&mut self, text: u128, value: V) {
        let place = place(text);
        self.texts[place] = text;
        self.values[place] = value;
    }
}

/// The highest bits of a product depend on all bits of its factors.
#[inline]
fn place(text: u128) -> usize {
    /// 2^64 divided by the golden ratio, as Knuth has it for multiplicative hashing.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let [low, high] = halves(text);
    let mixed = (low ^ high.rotate_left(32)).wrapping_mul(SPREAD);
    usize::try_from(mixed >> (u64::BITS - PLACES.ilog2())).unwrap_or(0)
}

fn halves(text: u128) -> [u64; 2] {
    let bytes = text.to_le_bytes();
    let half = |at: usize| bytes.get(at..at + 8).and_then(|half| half.try_into().ok()).map_or(0, u64::from_le_bytes);
    [half(0), half(8)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::views;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_found_is_what_was_put(texts in prop::collection::vec(any::<[u8; 12]>(), 1..3000)) {
            let number = |text: &[u8; 12]| views::of_bytes(&[text.as_slice(), &[0; 4]].concat(), 0, 12).unwrap();
            let mut seen = Seen::new(0);
            let mut found = 0;
            for (value, text) in texts.iter().enumerate() {
                seen.put(number(text), value);
                prop_assert_eq!(seen.get(number(text)), Some(value));
            }
            for (value, text) in texts.iter().enumerate() {
                if let Some(known) = seen.get(number(text)) {
                    prop_assert_eq!(&texts[known], text);
                    found += usize::from(known == value);
                }
            }
            prop_assert!(found > 0);
        }
    }
}
