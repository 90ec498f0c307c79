//! Finds the separator and the line of the headings in the first bytes of a text.

use super::words::trimmed;

/// Bytes of text in which the headings are looked for.
pub(super) const BLOCK: usize = 16 << 10;

/// Most lines in which the headings are looked for.
const MOST_LINES: usize = 60;

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// How a text is divided into cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Layout {
    /// The byte between two cells.
    pub(super) separator: u8,
    /// Records above the headings. Empty lines are no records.
    pub(super) above: usize,
    /// Whether the first record declares the separator.
    pub(super) declared: bool,
    /// Whether lines end in a carriage return alone.
    pub(super) carriage_returns: bool,
}

/// The layout of a text whose first line has the headings, separated by commas; `None` if this is not known yet.
/// `known` is the number of cells that are known headings.
pub(super) fn usual(text: &[u8], known: &impl Fn(&[&str]) -> usize) -> Option<Layout> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let carriage_returns = ends(text, end)?;
    let record = first_record(text.get(..end)?, b',')?;
    let cells: Vec<&str> = record.iter().map(trimmed).collect();
    let named = cells.iter().filter(|cell| !cell.is_empty()).count();
    (named > 0 && known(&cells) == named).then_some(Layout {
        separator: b',',
        above: 0,
        declared: false,
        carriage_returns,
    })
}

/// The layout of a text by its first bytes: the separator and the line with the most known headings. If no heading is known,
/// the first line has the headings.
pub(super) fn of(text: &[u8], known: &impl Fn(&[&str]) -> usize) -> Layout {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    let carriage_returns = ends(text, end).unwrap_or(false);
    let first = text.get(..end).unwrap_or(text);
    let declared = declared_separator(first);
    let skipped = usize::from(declared.is_some());
    let separators = declared.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);

    let mut best: Option<(usize, u8, usize)> = None;
    for separator in separators {
        for (at, record) in records(text, separator).enumerate().skip(skipped) {
            let cells: Vec<&str> = record.iter().map(trimmed).collect();
            let found = known(&cells);
            // One word of a title can be the name of a field; a line of headings has more.
            let enough = if at == skipped { 1 } else { 2 };
            if found >= enough && best.is_none_or(|(most, ..)| found > most) {
                best = Some((found, separator, at));
            }
        }
    }
    let (separator, above) = best.map_or_else(
        || (declared.unwrap_or_else(|| most_frequent(records_line(text, skipped))), skipped),
        |(_, separator, above)| (separator, above),
    );
    Layout { separator, above, declared: declared.is_some(), carriage_returns }
}

/// Whether lines end in carriage returns alone. `None` if it depends on the next byte.
fn ends(text: &[u8], end: usize) -> Option<bool> {
    match (text.get(end), text.get(end + 1)) {
        (Some(b'\r'), next) => next.map(|next| *next != b'\n'),
        _ => Some(false),
    }
}

/// The separator that a first line `sep=;` declares, as Excel writes and reads it.
fn declared_separator(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, separator) = line.split_at_checked(4)?;
    let [separator] = separator else {
        return name.eq_ignore_ascii_case(b"sep=").then_some(b'\t').filter(|_| separator.is_empty());
    };
    (name.eq_ignore_ascii_case(b"sep=") && separator.is_ascii() && !separator.is_ascii_alphanumeric())
        .then_some(*separator)
}

/// The line from which the separator is guessed.
fn records_line(text: &[u8], skipped: usize) -> &[u8] {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty());
    lines.into_iter().nth(skipped).unwrap_or_default()
}

fn most_frequent(line: &[u8]) -> u8 {
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn first_record(line: &[u8], separator: u8) -> Option<csv::StringRecord> {
    records(line, separator).next()
}

fn records(text: &[u8], separator: u8) -> impl Iterator<Item = csv::StringRecord> {
    let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text);
    // The block may end in the middle of a character: then only its last record is not text.
    reader.into_records().take(MOST_LINES).map_while(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(cells: &[&str]) -> usize {
        cells.iter().filter(|cell| ["area", "period", "value"].contains(&cell.to_lowercase().as_str())).count()
    }

    fn layout(separator: u8, above: usize) -> Layout {
        Layout { separator, above, declared: false, carriage_returns: false }
    }

    #[test]
    fn the_usual_layout_is_known_from_the_first_line() {
        assert_eq!(usual(b"area,period\n", &known), Some(layout(b',', 0)));
        assert_eq!(usual(b"\"area\",\"period\"\r\n", &known), Some(layout(b',', 0)));
        for other in ["area,period", "area,period\r", "area;period\n", "area,other\n", "Area of London\n"] {
            assert_eq!(usual(other.as_bytes(), &known), None, "{other}");
        }
    }

    #[test]
    fn headings_are_found_whatever_is_above_them() {
        assert_eq!(of(b"area;period\n1;2\n", &known), layout(b';', 0));
        assert_eq!(of(b"area\tperiod\n1\t2\n", &known), layout(b'\t', 0));
        assert_eq!(of(b"sep=;\narea;period\n", &known), Layout { declared: true, ..layout(b';', 1) });
        assert_eq!(of(b"A title, of an area; by period\n\nNotes\narea,period\n", &known), layout(b',', 2));
        // The value of a cell is not a heading.
        assert_eq!(of(b"area,other\nvalue,1\n", &known), layout(b',', 0));
        assert_eq!(of(b"x;y;z\n1;2;3,4\n", &known), layout(b';', 0));
        assert_eq!(of(b"x\n", &known), layout(b',', 0));
        assert!(of(b"area,period\r1,2\r", &known).carriage_returns);
    }

    #[test]
    fn only_a_sign_can_be_declared_as_the_separator() {
        for (line, separator) in [
            ("sep=;", Some(b';')),
            ("\"sep=|\"", Some(b'|')),
            ("SEP=,", Some(b',')),
            ("sep=\t", Some(b'\t')),
            ("sep=x", None),
            ("separator", None),
            ("sep", None),
        ] {
            assert_eq!(declared_separator(line.as_bytes()), separator, "{line}");
        }
    }
}
