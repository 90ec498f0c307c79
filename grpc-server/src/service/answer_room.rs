//! Memory for the pages of answers, from when they are made until their callers have taken them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::admission::busy;
use crate::error::Error;

/// A page of so many bytes is always given. Otherwise callers that do not read would keep the others from their values.
const SMALL: usize = 64 << 10;

/// Time in which other callers have usually read their answers.
const READ_WITHIN: Duration = Duration::from_secs(10);

/// The memory that pages take now, and how much they may take.
#[derive(Debug)]
pub(super) struct AnswerRoom {
    taken: AtomicUsize,
    most: usize,
}

/// Memory of one page. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct PageRoom {
    room: Arc<AnswerRoom>,
    bytes: usize,
}

impl AnswerRoom {
    /// Room for so many bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    /// Takes memory for a page.
    ///
    /// # Errors
    ///
    /// If other answers take all memory, and the page is not small.
    pub(super) fn take(self: &Arc<Self>, bytes: usize) -> Result<PageRoom, Error> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        let page = PageRoom { room: Arc::clone(self), bytes };
        if bytes > SMALL && before.saturating_add(bytes) > self.most {
            let limit = format!(
                "answers that their callers have not read yet take all of the {} MiB of memory for answers, and a smaller page \
                 would be answered",
                self.most >> 20
            );
            return Err(busy("TOO_MANY_ANSWERS", READ_WITHIN, limit).into());
        }
        Ok(page)
    }
}

impl PageRoom {
    /// Whether it takes long to write the page as a message.
    pub(crate) fn is_large(&self) -> bool {
        self.bytes > SMALL
    }
}

impl Drop for PageRoom {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Busy;

    #[test]
    fn large_pages_are_refused_while_others_take_all_memory() {
        let room = AnswerRoom::new(1 << 20);
        let first = room.take(900 << 10).unwrap();
        assert!(matches!(room.take(200 << 10), Err(Error::Busy(Busy { reason: "TOO_MANY_ANSWERS", .. }))));
        let small = room.take(SMALL).unwrap();
        drop(first);
        let second = room.take(900 << 10).unwrap();
        drop((small, second));
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
    }
}
