//! A cache of the values of short texts, so that a column with few different texts seldom reads a text twice.
//!
//! A text of at most twelve bytes is identified by one number, its Arrow view ([`super::views`]). A row then costs a
//! comparison instead of reading text.

/// Number of places for texts.
const PLACES: usize = 1 << 10;

/// Most texts for which an arrangement without shared places is searched. With more texts, two can share a place, and the
/// later one is kept.
const ARRANGED: usize = 64;

/// Most arrangements tried. For 33 texts in 1,024 places, three arrangements in five have no shared place; for 64 texts, one
/// in seven.
const TRIES: u64 = 64;

/// The empty text; arrays also have it under nulls. Every free place holds it, so that only a text that was put is ever
/// found, even for a view that was not checked.
const EMPTY: u128 = 0;

/// The values of short texts that have been read.
#[derive(Debug)]
pub(super) struct TextCache<V> {
    texts: Box<[u128; PLACES]>,
    values: Box<[V; PLACES]>,
    empty: V,
    /// The texts that are kept in places of their own, with their values.
    arranged: Vec<(u128, V)>,
    /// Arrangements tried so far.
    tries: u64,
    /// The factor that the places are computed from.
    spread: u64,
}

impl<V: Copy> TextCache<V> {
    /// A cache with only the empty text; its value is `empty`.
    pub(super) fn new(empty: V) -> Self {
        let (texts, values) = (Box::new([EMPTY; PLACES]), Box::new([empty; PLACES]));
        Self { texts, values, empty, arranged: vec![(EMPTY, empty)], tries: 0, spread: SPREAD }
    }

    #[inline]
    pub(super) fn get(&self, text: u128) -> Option<V> {
        let place = place(text, self.spread);
        (self.texts[place] == text).then(|| self.values[place])
    }

    /// Writes the value of each text, and returns whether all texts are in the cache. If not, the values written must not be
    /// used.
    pub(super) fn get_all(&self, texts: &[u128], values: &mut [V]) -> bool {
        let mut seen = texts.len() == values.len();
        for (value, text) in values.iter_mut().zip(texts) {
            let place = place(*text, self.spread);
            seen &= self.texts[place] == *text;
            *value = self.values[place];
        }
        seen
    }

    pub(super) fn put(&mut self, text: u128, value: V) {
        let place = place(text, self.spread);
        let is_free = self.texts[place] == EMPTY && place != EMPTYS_PLACE;
        let shared = !is_free && self.texts[place] != text;
        self.place(text, value);
        let arranges = self.arranged.len() < ARRANGED && self.tries < TRIES;
        if arranges && !self.arranged.iter().any(|(known, _)| *known == text) {
            self.arranged.push((text, value));
            if shared {
                self.arrange();
            }
        }
    }

    fn place(&mut self, text: u128, value: V) {
        let place = place(text, self.spread);
        self.texts[place] = text;
        self.values[place] = value;
    }

    /// Searches for an arrangement in which each text has a place of its own.
    fn arrange(&mut self) {
        while self.tries < TRIES {
            self.tries += 1;
            self.spread = SPREAD.wrapping_mul(2 * self.tries + 1);
            self.texts.fill(EMPTY);
            self.values.fill(self.empty);
            let arranged = std::mem::take(&mut self.arranged);
            arranged.iter().for_each(|(text, value)| self.place(*text, *value));
            self.arranged = arranged;
            if self.arranged.iter().all(|(text, _)| self.get(*text).is_some()) {
                return;
            }
        }
    }
}

/// The place of the empty text in every arrangement: a product with zero is zero.
const EMPTYS_PLACE: usize = 0;

/// 2^64 divided by the golden ratio: multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The place of a text, from the highest bits of products: these depend on all bits of the factors.
#[inline(always)]
fn place(text: u128, spread: u64) -> usize {
    let [low, high] = halves(text);
    // Each half has its own factor. Otherwise all texts with two equal halves would share a place for every factor.
    let mixed = low.wrapping_mul(spread) ^ high.wrapping_mul(spread.rotate_left(32) | 1);
    usize::try_from(mixed >> (u64::BITS - PLACES.ilog2())).unwrap_or(0)
}

#[inline(always)]
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
            let mut cache = TextCache::new(0);
            let mut found = 0;
            for (value, text) in texts.iter().enumerate() {
                cache.put(number(text), value);
                prop_assert_eq!(cache.get(number(text)), Some(value));
            }
            for (value, text) in texts.iter().enumerate() {
                if let Some(known) = cache.get(number(text)) {
                    prop_assert_eq!(&texts[known], text);
                    found += usize::from(known == value);
                }
            }
            prop_assert!(found > 0);
        }

        #[test]
        fn texts_of_repeated_letters_are_arranged(letters in prop::collection::btree_set(any::<[u8; 4]>(), 1..40)) {
            let twice = |letters: &[u8; 4]| views::of_bytes(&[&letters[..], letters, &[0; 8]].concat(), 0, 8).unwrap();
            let mut cache = TextCache::new(0);
            for (value, letters) in (1..).zip(&letters) {
                cache.put(twice(letters), value);
            }
            prop_assert!(letters.iter().all(|letters| cache.get(twice(letters)).is_some()));
        }

        #[test]
        fn few_texts_never_share_a_place(texts in prop::collection::hash_set(any::<[u8; 12]>(), 1..40)) {
            let number = |text: &[u8; 12]| views::of_bytes(&[text.as_slice(), &[0; 4]].concat(), 0, 12).unwrap();
            let texts: Vec<u128> = texts.iter().map(number).collect();
            let mut cache = TextCache::new(0);
            for (value, text) in (1..).zip(&texts) {
                cache.put(*text, value);
            }
            let mut found = vec![0; texts.len()];
            prop_assert!(cache.get_all(&texts, &mut found));
            prop_assert!(found.iter().copied().eq(1..=texts.len()));
            prop_assert_eq!(cache.get(EMPTY), Some(0));
            // The view of no text: a view that was not checked may have any bits.
            prop_assert!(!cache.get_all(&[texts[0], u128::MAX], &mut [0; 2]));
            prop_assert!(!cache.get_all(&texts[1..], &mut found));
        }
    }
}
