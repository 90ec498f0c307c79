//! Pages of lists.
//!
//! A token says where the next page begins, at which position of the ledger, and for which method and arguments it was
//! made. It is refused for others: pages of one list never mix two questions or two states.

use peelian_core::column::{combine_keys, key_of};

use crate::error::Error;

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Start {
    /// Position of the ledger that the list is read at.
    pub(crate) position: u64,
    /// Number of items before the page, or another mark of the method's own.
    pub(crate) mark: u64,
}

/// What is asked for, apart from the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// Method: `ListAreas`.
    pub(crate) method: &'a str,
    /// All other arguments.
    pub(crate) arguments: &'a [&'a str],
}

impl Question<'_> {
    fn check(&self, start: Start) -> u64 {
        let mut keys = vec![key_of(self.method), start.position, start.mark];
        keys.extend(self.arguments.iter().map(|argument| key_of(argument)));
        combine_keys(&keys)
    }

    /// The token of the page that begins at `start`.
    pub(crate) fn token(&self, start: Start) -> String {
        format!("{:016x}{:016x}{:016x}", start.position, start.mark, self.check(start))
    }

    /// Where the page of a token begins; `None` for no token.
    ///
    /// # Errors
    ///
    /// A token that was made for another method or other arguments, or that was made up.
    pub(crate) fn start(&self, token: &str) -> Result<Option<Start>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let part = |index: usize| {
            let digits = token.get(index * 16..index * 16 + 16)?;
            u64::from_str_radix(digits, 16).ok()
        };
        let read = || {
            let start = Start { position: part(0)?, mark: part(1)? };
            (token.len() == 48 && part(2)? == self.check(start)).then_some(start)
        };
        read().map(Some).ok_or_else(|| {
            Error::invalid(
                "page_token",
                "the token was not made for this method with these arguments: begin again without a token",
            )
        })
    }
}

/// The size of a page: `default` for 0, at most `largest`.
///
/// # Errors
///
/// A negative size.
pub(crate) fn size(asked: i32, default: usize, largest: usize) -> Result<usize, Error> {
    match usize::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(size) => Ok(size.min(largest)),
        Err(_) => Err(Error::invalid("page_size", "it must not be negative; 0 means the default")),
    }
}

/// One page of items that are all at hand, and the token of the next.
///
/// # Errors
///
/// A negative size or a token made for another question.
pub(crate) fn of<T>(
    items: impl IntoIterator<Item = T>,
    question: Question<'_>,
    (page_size, default, largest): (i32, usize, usize),
    token: &str,
) -> Result<(Vec<T>, String), Error> {
    let size = size(page_size, default, largest)?;
    let mark = question.start(token)?.unwrap_or_default().mark;
    let mut rest = items.into_iter().skip(usize::try_from(mark).unwrap_or(usize::MAX));
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let next = mark.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
    let more = rest.next().is_some();
    let token = if more { question.token(Start { position: 0, mark: next }) } else { String::new() };
    Ok((page, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: Question<'_> = Question { method: "ListAreas", arguments: &["borough", ""] };

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (first, token) = of(0..5, QUESTION, (2, 10, 10), "").unwrap();
        let (second, token) = of(0..5, QUESTION, (2, 10, 10), &token).unwrap();
        let (third, end) = of(0..5, QUESTION, (2, 10, 10), &token).unwrap();
        assert_eq!((first, second, third, end.as_str()), (vec![0, 1], vec![2, 3], vec![4], ""));
    }

    #[test]
    fn a_token_holds_for_its_question_only() {
        let start = Start { position: 7, mark: 3 };
        let token = QUESTION.token(start);
        assert_eq!(QUESTION.start(&token).unwrap(), Some(start));
        assert!(Question { method: "ListAreas", arguments: &["ward", ""] }.start(&token).is_err());
        assert!(Question { method: "ListOthers", ..QUESTION }.start(&token).is_err());
        assert!(QUESTION.start("nonsense").is_err());
        assert!(QUESTION.start(&"é".repeat(24)).is_err());
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(size(0, 50, 1_000).unwrap(), 50);
        assert_eq!(size(999, 50, 1_000).unwrap(), 999);
        assert_eq!(size(1_000, 50, 1_000).unwrap(), 1_000);
        assert_eq!(size(1_001, 50, 1_000).unwrap(), 1_000);
        assert!(size(-1, 50, 1_000).is_err());
    }
}
