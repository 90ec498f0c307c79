//! Lines as a spreadsheet shows them.

/// Turns the number of line feeds read into the line of a record. A spreadsheet shows a cell with line breaks in one line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Line feeds in cells so far.
    in_cells: u64,
    last: u64,
}

impl Lines {
    /// The line of the last record.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// The line of a record that begins where the reader is. `read` is the line of the reader.
    pub(super) fn following(&self, read: u64) -> u64 {
        read.saturating_sub(self.in_cells).max(self.last + 1)
    }

    /// Goes on by records that are one line each and begin where the reader is.
    pub(super) fn skip(&mut self, read: u64, records: u64) {
        if records > 0 {
            self.last = self.following(read) + records - 1;
        }
    }

    /// The line of the next record. `read` is the line of the reader after it, counted in line feeds from 1. `after` tells that
    /// the record's own line feed is among them: after CRLF, a record ends before the line feed.
    #[inline]
    pub(super) fn next(&mut self, read: u64, record: &[u8], after: bool) -> u64 {
        let mut line = read.saturating_sub(u64::from(after) + self.in_cells);
        if line > self.last + 1 {
            let inside = record.iter().filter(|byte| **byte == b'\n').count();
            let inside = u64::try_from(inside).unwrap_or(0);
            self.in_cells += inside;
            line = line.saturating_sub(inside);
        }
        self.last = line.max(self.last + 1);
        self.last
    }
}
