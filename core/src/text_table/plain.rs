//! Rows in the plain form, which most rows of most files have, found without a copy.
//!
//! A plain row has as many cells as there are headings, perhaps with empty ones at its end, and is in one line. It is not empty,
//! does not repeat the headings, and cannot be a note or a total below the rows. A cell may stand in quotes if there are no quotes
//! and no line ends in it. Other rows are for [`csv_core`], which reads them in the same way.

use super::marks::{Marks, WIDTH, marks};
use super::words::{is_total, trimmed};

/// Most rows that are found at a time.
pub(crate) const MOST_ROWS: usize = 1 << 10;

/// Cells that are found at a time: so many that their places stay in a nearby cache of the processor.
const CELLS: usize = 1 << 13;

/// Fewest columns of a table in which a line with one cell is perhaps no row.
pub(super) const FEWEST_COLUMNS: usize = 3;

/// Most cells without content beyond the last heading. Spreadsheets write some if cells there were formatted.
const BEYOND: usize = 1 << 6;

/// The place of a cell: its first byte, and the byte after its last. Quotes around it are outside.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Span {
    start: u32,
    end: u32,
}

/// How plain rows look.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    separator: u8,
    columns: usize,
    /// A column with a heading, and the heading: a row with it may be the headings again.
    probe: (usize, String),
}

/// Plain rows that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainRows<'a> {
    text: &'a str,
    spans: &'a [Span],
    columns: usize,
}

/// The cells of one column of such rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'a> {
    text: &'a str,
    /// The places of the cells from this column on.
    spans: &'a [Span],
    columns: usize,
    rows: usize,
}

/// Finds plain rows.
#[derive(Debug)]
pub(crate) struct Scanner {
    shape: Shape,
    spans: Vec<Span>,
}

/// The part of a quoted cell that is next.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Quote {
    /// The cell has no quotes around it.
    None,
    Open,
    /// The closing quote is at this place.
    Closed(usize),
}

impl Shape {
    /// The shape of rows below some headings; `None` if no row is taken for plain.
    pub(super) fn new(separator: u8, header: &[String]) -> Option<Self> {
        let (column, heading) = header.iter().enumerate().find(|(_, heading)| !heading.is_empty())?;
        let divides = !matches!(separator, b'"' | b'\r' | b'\n');
        divides.then(|| Self { separator, columns: header.len(), probe: (column, heading.clone()) })
    }
}

impl<'a> PlainRows<'a> {
    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.spans.len() / self.columns.max(1)
    }

    /// The cells of a column.
    pub(crate) fn column(&self, column: usize) -> Cells<'a> {
        let spans = self.spans.get(column..).unwrap_or_default();
        Cells { text: self.text, spans, columns: self.columns, rows: self.len() }
    }
}

impl<'a> Cells<'a> {
    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    /// The text in which the cells lie.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The place of each cell in the text, from a row on: its start and its end.
    pub(crate) fn places(&self, row: usize) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let spans = self.spans.get(row.saturating_mul(self.columns)..).unwrap_or_default();
        let places = spans.iter().step_by(self.columns.max(1)).map(|span| (wide(span.start), wide(span.end)));
        places.take(self.rows.saturating_sub(row))
    }

    /// A cell.
    pub(crate) fn get(&self, row: usize) -> &'a str {
        let span = self.spans.get(row.saturating_mul(self.columns)).copied().unwrap_or_default();
        // Cells begin and end beside ASCII.
        self.text.get(wide(span.start)..wide(span.end)).unwrap_or_default()
    }
}

fn cell(text: &[u8], span: Span) -> &[u8] {
    text.get(wide(span.start)..wide(span.end)).unwrap_or_default()
}

// An address has 32 bits or more.
fn wide(place: u32) -> usize {
    place as usize
}

impl Scanner {
    pub(crate) fn new(shape: &Shape) -> Self {
        let rows = (CELLS / shape.columns).clamp(1, MOST_ROWS);
        Self { shape: shape.clone(), spans: vec![Span::default(); rows * shape.columns + BEYOND] }
    }

    /// The first plain rows of a text that begins with a row, and the number of bytes that they take. The rows end before a row
    /// that is not plain or has no end.
    pub(crate) fn next<'a>(&'a mut self, text: &'a str) -> (PlainRows<'a>, usize) {
        // The places have 32 bits.
        let bytes = text.as_bytes();
        let (cells, bytes) = self.scan(bytes.get(..LONGEST).unwrap_or(bytes));
        let spans = self.spans.get(..cells).unwrap_or_default();
        (PlainRows { text, spans, columns: self.shape.columns }, bytes)
    }

    /// Finds the places of cells. Returns their number and the bytes that their rows take.
    fn scan(&mut self, text: &[u8]) -> (usize, usize) {
        let mut rows = Rows { text, shape: &self.shape, spans: &mut self.spans, cells: 0, start: 0, done: (0, 0) };
        let mut quote = Quote::None;
        let mut from = 0;
        while from < text.len() {
            let found = marks_at(text, from, self.shape.separator);
            let lone = found.carriage_returns & !(found.line_feeds >> 1);
            let goes_on = if found.quotes == 0 && lone == 0 && quote == Quote::None {
                rows.take(from, found)
            } else {
                rows.take_quoted(from, found, &mut quote)
            };
            if !goes_on {
                break;
            }
            from += WIDTH;
        }
        rows.done
    }
}

/// Most bytes of a text whose places have 32 bits.
const LONGEST: usize = 1 << 31;

/// The marks from a place on. Beyond the end of the text there are none.
#[inline(always)]
fn marks_at(text: &[u8], from: usize, separator: u8) -> Marks {
    if let Some(bytes) = text.get(from..).and_then(<[u8]>::first_chunk) {
        return marks(bytes, separator);
    }
    let rest = text.get(from..).unwrap_or_default();
    let mut bytes = [b'x'; WIDTH];
    bytes.iter_mut().zip(rest).for_each(|(byte, known)| *byte = *known);
    let Marks { separators, .. } = marks(&bytes, separator);
    let within = !(u64::MAX << rest.len());
    Marks { separators: separators & within, ..marks(&bytes, separator) }
}

/// The rows that have been found so far.
struct Rows<'a> {
    text: &'a [u8],
    shape: &'a Shape,
    spans: &'a mut [Span],
    /// Cells found, those of the row under way included.
    cells: usize,
    /// Start of the cell under way.
    start: usize,
    /// The cells of whole rows, and their bytes.
    done: (usize, usize),
}

impl Rows<'_> {
    /// Takes the marks of bytes without quotes. Returns whether the scan goes on.
    #[inline(always)]
    fn take(&mut self, from: usize, found: Marks) -> bool {
        let mut ends = found.separators | found.line_feeds;
        while ends != 0 {
            let lowest = ends & ends.wrapping_neg();
            let at = from.wrapping_add(place_of(ends));
            ends ^= lowest;
            let is_last = found.line_feeds & lowest != 0;
            let end = if is_last && at > self.start && self.text.get(at - 1) == Some(&b'\r') { at - 1 } else { at };
            if !self.cell(self.start, end) || is_last && !self.row(at) {
                return false;
            }
            self.start = at.wrapping_add(1);
        }
        true
    }

    /// The same for bytes with quotes, or within quotes, or with carriage returns that may end no line.
    fn take_quoted(&mut self, from: usize, found: Marks, quote: &mut Quote) -> bool {
        let mut places = found.separators | found.line_feeds | found.carriage_returns | found.quotes;
        while places != 0 {
            let lowest = places & places.wrapping_neg();
            let at = from.wrapping_add(place_of(places));
            places ^= lowest;
            let has = |marks: u64| marks & lowest != 0;
            let next = self.text.get(at + 1);
            if has(found.quotes) {
                match quote {
                    Quote::None if at == self.start => *quote = Quote::Open,
                    // A quote within a cell without quotes is a letter.
                    Quote::None => {}
                    Quote::Open if ends_cell(self.text, at + 1, self.shape.separator) => *quote = Quote::Closed(at),
                    Quote::Open | Quote::Closed(_) => return false,
                }
                continue;
            }
            if has(found.carriage_returns) {
                if *quote == Quote::Open || next != Some(&b'\n') {
                    return false;
                }
                continue;
            }
            let is_last = has(found.line_feeds);
            let (start, end) = match *quote {
                Quote::Open if is_last => return false,
                Quote::Open => continue,
                Quote::Closed(closed) => (self.start + 1, closed),
                Quote::None if is_last && at > self.start && self.text.get(at - 1) == Some(&b'\r') => {
                    (self.start, at - 1)
                }
                Quote::None => (self.start, at),
            };
            *quote = Quote::None;
            if !self.cell(start, end) || is_last && !self.row(at) {
                return false;
            }
            self.start = at + 1;
        }
        true
    }

    /// Notes a cell. Returns whether there was room for it.
    #[inline(always)]
    fn cell(&mut self, start: usize, end: usize) -> bool {
        let (Some(span), Ok(start), Ok(end)) =
            (self.spans.get_mut(self.cells), u32::try_from(start), u32::try_from(end))
        else {
            return false;
        };
        *span = Span { start, end };
        self.cells = self.cells.wrapping_add(1);
        true
    }

    /// Ends a row. Returns whether it is plain.
    #[inline(always)]
    fn row(&mut self, at: usize) -> bool {
        let (before, _) = self.done;
        let row = self.spans.get(before..self.cells).unwrap_or_default();
        let Some((row, beyond)) = row.split_at_checked(self.shape.columns) else { return false };
        if beyond.iter().any(|span| span.start != span.end) || self.is_odd(row) {
            return false;
        }
        self.cells = before.wrapping_add(self.shape.columns);
        self.done = (self.cells, at.wrapping_add(1));
        // Whether there is room for another row.
        self.cells.wrapping_add(self.shape.columns) <= self.spans.len()
    }

    /// Whether a row is empty, or may be the headings again, a note or a total.
    #[inline(always)]
    fn is_odd(&self, row: &[Span]) -> bool {
        let is_visible = |span: &Span| cell(self.text, *span).first().is_some_and(u8::is_ascii_graphic);
        let (probe, heading) = &self.shape.probe;
        let repeats = || {
            let cell = row.get(*probe).map_or(&[][..], |span| cell(self.text, *span));
            cell.len() >= heading.len() && std::str::from_utf8(cell).is_ok_and(|cell| trimmed(cell) == heading)
        };
        let mut visible = row.iter().filter(|span| is_visible(span));
        let Some(first) = visible.next() else { return true };
        let alone = row.len() >= FEWEST_COLUMNS && visible.next().is_none();
        let first = cell(self.text, *first);
        let begins = first.first().is_some_and(|letter| matches!(letter, b't' | b'T' | b'g' | b'G'));
        alone || repeats() || begins && std::str::from_utf8(first).is_ok_and(|first| is_total(trimmed(first)))
    }
}

/// Whether a quoted cell that was closed before this place ends here.
fn ends_cell(text: &[u8], at: usize, separator: u8) -> bool {
    match text.get(at) {
        Some(b'\r') => text.get(at + 1) == Some(&b'\n'),
        Some(byte) => *byte == separator || *byte == b'\n',
        None => false,
    }
}

/// The number of the lowest bit.
#[inline(always)]
fn place_of(bits: u64) -> usize {
    bits.trailing_zeros() as usize
}
