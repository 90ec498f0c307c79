//! Pages of lists (AIP-158).
//!
//! A page token says where the next page begins, at which position of the ledger, and for which method and arguments
//! it was made. It is refused for others. So the pages of one list never mix two requests or two states of the
//! ledger.

use peelian_core::column::{combine_keys, key_of};
use prost::Message;

use crate::error::Error;

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct PageStart {
    /// Position of the ledger at which the list is read.
    pub(crate) position: u64,
    /// Number of items before the page, or another mark that only the method itself reads.
    pub(crate) mark: u64,
    /// Number of all items, if the first page counted them; 0 otherwise.
    pub(crate) total: u64,
}

/// A call of a list method, apart from the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListCall<'a> {
    /// Method: `ListAreas`.
    pub(crate) method: &'a str,
    /// All other arguments.
    pub(crate) arguments: &'a [&'a str],
}

/// Size of a page: what the request states, and what the contract states for the method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSize {
    /// Size that the request states; 0 means the default.
    pub(crate) requested: i32,
    /// Default size.
    pub(crate) default: u16,
    /// Largest size.
    pub(crate) largest: u16,
}

impl ListCall<'_> {
    fn checksum(&self, start: PageStart) -> u64 {
        let mut keys = vec![key_of(self.method), start.position, start.mark, start.total];
        keys.extend(self.arguments.iter().map(|argument| key_of(argument)));
        combine_keys(&keys)
    }

    /// The token of the page that begins at `start`.
    pub(crate) fn token(&self, start: PageStart) -> String {
        let PageStart { position, mark, total } = start;
        format!("{position:016x}{mark:016x}{total:016x}{:016x}", self.checksum(start))
    }

    /// Where the page of a token begins; `None` for an empty token.
    ///
    /// # Errors
    ///
    /// If the token was made for another method or other arguments, or if it was not made here.
    pub(crate) fn start(&self, token: &str) -> Result<Option<PageStart>, Error> {
        if token.is_empty() {
            return Ok(None);
        }
        let part = |index: usize| {
            let digits = token.get(index * 16..index * 16 + 16)?;
            u64::from_str_radix(digits, 16).ok()
        };
        let read = || {
            let start = PageStart { position: part(0)?, mark: part(1)?, total: part(2)? };
            (token.len() == 64 && part(3)? == self.checksum(start)).then_some(start)
        };
        read().map(Some).ok_or_else(|| {
            Error::invalid(
                "page_token",
                "the token was not made for this method with these arguments: begin again without a token",
            )
        })
    }
}

impl PageSize {
    /// The size in force.
    ///
    /// # Errors
    ///
    /// If the request states a negative size.
    pub(crate) fn size(self) -> Result<usize, Error> {
        match usize::try_from(self.requested) {
            Ok(0) => Ok(self.default.into()),
            Ok(size) => Ok(size.min(self.largest.into())),
            Err(_) => Err(Error::invalid("page_size", "it must not be negative; 0 means the default")),
        }
    }
}

/// Most bytes of a page: well below the largest message that gRPC clients accept by default, 4 MiB.
const PAGE_BYTES: usize = 3 << 20;

/// One page of a list whose items are all in memory, and the token of the next page. A page has fewer items than asked
/// for if more would not fit into a message; it has at least one.
///
/// # Errors
///
/// If the size is negative, or if the token was made for another call.
pub(crate) fn page<T: Message>(
    items: impl IntoIterator<Item = T>,
    call: ListCall<'_>,
    size: PageSize,
    token: &str,
) -> Result<(Vec<T>, String), Error> {
    let size = size.size()?;
    let mark = call.start(token)?.unwrap_or_default().mark;
    let mut rest = items.into_iter().skip(usize::try_from(mark).unwrap_or(usize::MAX));
    let mut page: Vec<T> = Vec::new();
    let mut bytes = 0_usize;
    let more = loop {
        let Some(item) = rest.next() else { break false };
        bytes = bytes.saturating_add(item.encoded_len());
        if page.len() == size || (bytes > PAGE_BYTES && !page.is_empty()) {
            break true;
        }
        page.push(item);
    };
    let next = mark.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
    let token = if more { call.token(PageStart { mark: next, ..PageStart::default() }) } else { String::new() };
    Ok((page, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: ListCall<'_> = ListCall { method: "ListAreas", arguments: &["borough", ""] };

    fn size(requested: i32) -> PageSize {
        PageSize { requested, default: 50, largest: 1_000 }
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (first, token) = page(0..5, CALL, size(2), "").unwrap();
        let (second, token) = page(0..5, CALL, size(2), &token).unwrap();
        let (third, end) = page(0..5, CALL, size(2), &token).unwrap();
        assert_eq!((first, second, third, end.as_str()), (vec![0, 1], vec![2, 3], vec![4], ""));
    }

    #[test]
    fn a_page_fits_into_a_message() {
        let items = || (0..10).map(|_| "x".repeat(1 << 20));
        let (first, token) = page(items(), CALL, size(10), "").unwrap();
        assert_eq!(first.len(), 2);
        assert_eq!(page(items(), CALL, size(10), &token).unwrap().0.len(), 2);
        assert_eq!(page(["x".repeat(5 << 20)], CALL, size(10), "").unwrap().0.len(), 1);
    }

    #[test]
    fn a_token_holds_for_its_call_only() {
        let start = PageStart { position: 7, mark: 3, total: 9 };
        let token = CALL.token(start);
        assert_eq!(CALL.start(&token).unwrap(), Some(start));
        assert!(ListCall { method: "ListAreas", arguments: &["ward", ""] }.start(&token).is_err());
        assert!(ListCall { method: "ListOthers", ..CALL }.start(&token).is_err());
        assert!(CALL.start("nonsense").is_err());
        assert!(CALL.start(&"é".repeat(24)).is_err());
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(size(0).size().unwrap(), 50);
        assert_eq!(size(999).size().unwrap(), 999);
        assert_eq!(size(1_000).size().unwrap(), 1_000);
        assert_eq!(size(1_001).size().unwrap(), 1_000);
        assert!(size(-1).size().is_err());
    }
}
