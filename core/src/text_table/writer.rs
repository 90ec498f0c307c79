//! Writes a table as text, with each row in the line that it had before.

/// Writes rows as CSV. Lines that have no row stay empty, so that a finding about the text names the line of the original.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: Vec<u8>,
    /// Lines written.
    lines: u64,
}

impl Writer {
    /// Writes a row in a line, counted from 1. A line that is not below the last becomes the next.
    pub(crate) fn row<'c>(&mut self, line: u64, cells: impl IntoIterator<Item = &'c str>) {
        while self.lines + 1 < line {
            self.text.push(b'\n');
            self.lines += 1;
        }
        for (at, cell) in cells.into_iter().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            self.cell(cell);
        }
        self.text.push(b'\n');
        self.lines += 1;
    }

    fn cell(&mut self, cell: &str) {
        if !cell.contains([',', '"', '\n', '\r']) {
            return self.text.extend_from_slice(cell.as_bytes());
        }
        self.text.push(b'"');
        self.text.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        self.text.push(b'"');
    }

    /// The text.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_lines_and_cells_their_content() {
        let mut writer = Writer::default();
        writer.row(2, ["a", "b,c", ""]);
        writer.row(3, ["say \"x\"", "two\nlines", "d"]);
        writer.row(5, ["e", "", ""]);
        let text = writer.finish();
        assert_eq!(text, b"\na,\"b,c\",\n\"say \"\"x\"\"\",\"two\nlines\",d\n\ne,,\n");
    }
}
