//! Inputs made of real ones.

use std::fmt;
use std::ops::Bound::{Excluded, Included};

use bolero::{Driver, ValueGenerator};

/// An input has at most so many changes, as a power of 2. Few are more frequent than many.
const MOST_CHANGES: usize = 4;

/// Most bytes of an input.
const LONGEST: usize = 1 << 16;

/// Bytes that are shown as text, so that a failing input can be copied into a test.
#[derive(Clone, Eq, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Makes inputs: one of the seeds, with some changes. One input in sixteen is a seed as it is.
///
/// The changes are those of libFuzzer: bits, bytes, numbers, and pieces that are removed, repeated, moved, or taken from
/// another seed or from a list of words.
#[derive(Clone, Debug)]
pub struct Mutated {
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Mutated {
    /// Makes inputs of these seeds. Without seeds, they begin empty.
    #[must_use]
    pub fn of(seeds: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self { seeds: seeds.into_iter().collect(), words: Vec::new() }
    }

    /// The same, with words that mean something in the format.
    #[must_use]
    pub fn with_words<W: Into<Vec<u8>>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(Into::into));
        self
    }

    /// Changes an input.
    fn change<D: Driver>(&self, driver: &mut D, bytes: &mut Vec<u8>) -> Option<()> {
        let at = below(driver, bytes.len() + 1)?;
        match below(driver, 14)? {
            0 => flip(driver, bytes, at)?,
            1 => replace(bytes, at, &[driver.produce::<u8>()?]),
            2 => insert(bytes, at, &[driver.produce::<u8>()?]),
            3 => {
                let end = at + below(driver, 1 + (bytes.len() - at).min(64))?;
                bytes.drain(at..end);
            }
            4 => {
                let piece = piece(driver, bytes)?;
                let most = 1 << below(driver, 7)?;
                let times = 1 + below(driver, most)?;
                insert(bytes, at, &piece.repeat(times.min(LONGEST / piece.len().max(1))));
            }
            5 => bytes.truncate(at),
            6 => replace(bytes, at, &number(driver)?),
            7 => {
                let other = self.seed(driver)?;
                let piece = piece(driver, other)?;
                insert(bytes, at, &piece);
            }
            8 => {
                let piece = piece(driver, bytes)?;
                replace(bytes, at, &piece);
            }
            9 => {
                let other = self.seed(driver)?;
                bytes.truncate(at);
                bytes.extend_from_slice(other.get(at..).unwrap_or_default());
            }
            10 | 11 => insert(bytes, at, self.word(driver)?),
            _ => replace(bytes, at, self.word(driver)?),
        }
        bytes.truncate(LONGEST);
        Some(())
    }

    fn seed<D: Driver>(&self, driver: &mut D) -> Option<&[u8]> {
        Some(one_of(driver, &self.seeds)?.map(Vec::as_slice).unwrap_or_default())
    }

    fn word<D: Driver>(&self, driver: &mut D) -> Option<&[u8]> {
        Some(one_of(driver, &self.words)?.map(Vec::as_slice).unwrap_or_default())
    }
}

impl ValueGenerator for Mutated {
    type Output = Bytes;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Bytes> {
        let mut bytes = self.seed(driver)?.to_vec();
        if below(driver, 16)? > 0 {
            let most = 1 << below(driver, MOST_CHANGES)?;
            for _ in 0..=below(driver, most)? {
                self.change(driver, &mut bytes)?;
            }
        }
        Some(Bytes(bytes))
    }
}

/// A number from 0 to below `most`; 0 if that is 0.
pub fn below<D: Driver>(driver: &mut D, most: usize) -> Option<usize> {
    driver.gen_usize(Included(&0), Excluded(&most.max(1)))
}

/// One of some values; nothing if there are none.
pub fn one_of<'v, T, D: Driver>(driver: &mut D, values: &'v [T]) -> Option<Option<&'v T>> {
    Some(values.get(below(driver, values.len())?))
}

/// A piece of some bytes, short ones more often than long ones.
fn piece<D: Driver>(driver: &mut D, bytes: &[u8]) -> Option<Vec<u8>> {
    let from = below(driver, bytes.len() + 1)?;
    let most = 1 << below(driver, 12)?;
    let length = below(driver, 1 + (bytes.len() - from).min(most))?;
    Some(bytes.get(from..from + length).unwrap_or_default().to_vec())
}

fn flip<D: Driver>(driver: &mut D, bytes: &mut [u8], at: usize) -> Option<()> {
    let bit = below(driver, 8)?;
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
    Some(())
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}

fn replace(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let end = (at + piece.len()).min(bytes.len());
    bytes.splice(at..end, piece.iter().copied());
}

/// A number at the edge of a type, as bytes or as digits.
fn number<D: Driver>(driver: &mut D) -> Option<Vec<u8>> {
    const EDGES: [i64; 15] = [
        0,
        1,
        -1,
        127,
        128,
        255,
        256,
        0x7fff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        -0x8000_0000,
        0x1_0000_0000,
        i64::MAX,
        i64::MIN,
    ];
    let edge = one_of(driver, &EDGES)?.copied().unwrap_or_default();
    let bytes = edge.to_le_bytes();
    Some(match below(driver, 4)? {
        0 => bytes.get(..2).unwrap_or_default().to_vec(),
        1 => bytes.get(..4).unwrap_or_default().to_vec(),
        2 => bytes.to_vec(),
        _ => edge.to_string().into_bytes(),
    })
}
