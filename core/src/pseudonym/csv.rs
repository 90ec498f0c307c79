//! Turns a CSV stream with raw identifiers into a CSV stream with pseudonyms.

use std::collections::BTreeMap;
use std::fmt;

use csv_core::{ReadRecordResult, Reader};
use zeroize::Zeroizing;

use super::{ColumnsError, LinkageKey, NotIdentified, Part};
use crate::contract::Contract;
use crate::intake::{Identifier, in_column_name};

/// Most bytes in one row, as in the intake of the exchange.
const LONGEST_RECORD: usize = 1 << 20;

/// Most columns.
const MOST_COLUMNS: usize = 1 << 12;

/// The meaning of the columns of a file. Letter case and surrounding space are ignored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CsvColumns {
    /// Columns of raw identifiers. None of them is written.
    pub raw: Vec<(Part, String)>,
    /// Further columns that are not written: middle names, addresses.
    pub dropped: Vec<String>,
    /// Name of the column for the pseudonym, at the place of the first raw column: `victim_pid`.
    pub pseudonym: String,
    /// Name of the column for the identifier of the key, after the pseudonym: `linkage_key_id`. Its value is empty if there is no
    /// pseudonym.
    pub key_id: String,
}

/// Why a file was refused. No message quotes a value of the file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CsvError {
    /// The columns do not fit the key.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// The file is empty.
    #[error("the file is empty: it needs a header row")]
    NoHeader,
    /// The file does not have the column, or has it twice.
    #[error("the header must have the column `{column}` once")]
    NotOnce {
        /// The column.
        column: String,
    },
    /// A new column has the name of a column of the file.
    #[error("the file has a column `{column}` already: drop it, or give the new one another name")]
    Taken {
        /// The column.
        column: String,
    },
    /// A column that would be written has the name of a direct identifier.
    #[error(
        "column number {number} would be left in the output and is by its name a direct identifier ({kind}): drop it too"
    )]
    Identifier {
        /// Number of the column, from 1.
        number: usize,
        /// Kind of the identifier.
        kind: Identifier,
    },
    /// A row has more or fewer values than the header.
    #[error("row {row} has {found} values, the header {expected}")]
    Ragged {
        /// Row after the header, from 1.
        row: u64,
        /// Values found.
        found: usize,
        /// Columns.
        expected: usize,
    },
    /// A row is too long: a quotation mark may not have been closed.
    #[error("row {row} is longer than {LONGEST_RECORD} bytes: a quotation mark may not have been closed")]
    TooLong {
        /// Row after the header, from 1.
        row: u64,
    },
    /// The file is not UTF-8.
    #[error("row {row} is not UTF-8: save the file as CSV UTF-8")]
    NotUtf8 {
        /// Row after the header, from 1; 0 is the header.
        row: u64,
    },
}

/// Counts of rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// All rows.
    pub rows: u64,
    /// Rows with a pseudonym.
    pub pseudonyms: u64,
    /// Rows without a pseudonym, by reason.
    pub without: BTreeMap<NotIdentified, u64>,
}

/// Turns raw identifiers of a CSV stream into pseudonyms. The bytes may be cut anywhere. The output has no column of raw
/// identifiers.
///
/// ```
/// use peelian_core::pseudonym::{CsvColumns, CsvPseudonymiser, Domain, Identity, LinkageKey, Part};
///
/// # let secret: [u8; 32] = std::array::from_fn(|at| at as u8);
/// # let day = jiff::civil::date(2017, 4, 1);
/// let key = LinkageKey::new("victims-2017", Domain::PoliceVictim, Identity::NameBirth, day, &secret)?;
/// let columns = CsvColumns {
///     raw: vec![
///         (Part::Forename, "first name".to_owned()),
///         (Part::Surname, "surname".to_owned()),
///         (Part::DateOfBirth, "dob".to_owned()),
///     ],
///     dropped: Vec::new(),
///     pseudonym: "victim_pid".to_owned(),
///     key_id: "linkage_key_id".to_owned(),
/// };
/// let mut out = Vec::new();
/// let mut stream = CsvPseudonymiser::new(&key, columns)?;
/// stream.push(b"crime_ref,first name,surname,dob\na1,Ann,Smith,1/2/1980\n", &mut out)?;
/// let summary = stream.finish(&mut out)?;
/// assert_eq!(summary.pseudonyms, 1);
/// assert!(out.starts_with(b"crime_ref,victim_pid,linkage_key_id\na1,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CsvPseudonymiser<'k> {
    key: &'k LinkageKey,
    columns: CsvColumns,
    /// For each part of the identity, the position of its raw column.
    order: Vec<usize>,
    reader: Reader,
    /// The incomplete row, and the end of each of its values.
    record: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
    length: usize,
    fields: usize,
    plan: Option<Plan>,
    summary: Summary,
}

/// How each column of the file is used.
#[derive(Debug)]
struct Plan {
    width: usize,
    /// Positions of the parts of the identity, in its order.
    parts: Vec<usize>,
    /// Position of the pseudonym in the output.
    at: usize,
    /// Positions of the columns that are written.
    kept: Vec<usize>,
}

impl fmt::Debug for CsvPseudonymiser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvPseudonymiser")
            .field("key", &self.key)
            .field("columns", &self.columns)
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

impl<'k> CsvPseudonymiser<'k> {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// [`CsvError::Columns`] if the raw columns do not fit the identity of the key.
    pub fn new(key: &'k LinkageKey, columns: CsvColumns) -> Result<Self, CsvError> {
        let given: Vec<Part> = columns.raw.iter().map(|(part, _)| *part).collect();
        Ok(Self {
            key,
            order: key.order(&given)?,
            columns,
            reader: Reader::new(),
            record: Zeroizing::new(vec![0; 4_096]),
            ends: vec![0; 64],
            length: 0,
            fields: 0,
            plan: None,
            summary: Summary::default(),
        })
    }

    /// Reads the next bytes, and appends complete rows to `out`. The caller overwrites its own copy of the bytes.
    ///
    /// # Errors
    ///
    /// [`CsvError`]. The stream cannot continue after an error, and the output before it must not be used.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), CsvError> {
        self.read(bytes, out, false)
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push), and [`CsvError::NoHeader`].
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Summary, CsvError> {
        // An empty input is the end of the content for the reader.
        self.read(&[], out, true)?;
        if self.plan.is_some() { Ok(self.summary) } else { Err(CsvError::NoHeader) }
    }

    fn read(&mut self, mut bytes: &[u8], out: &mut Vec<u8>, at_end: bool) -> Result<(), CsvError> {
        while at_end || !bytes.is_empty() {
            let record = self.record.get_mut(self.length..).unwrap_or_default();
            let ends = self.ends.get_mut(self.fields..).unwrap_or_default();
            let (result, read, written, ended) = self.reader.read_record(bytes, record, ends);
            bytes = bytes.get(read..).unwrap_or_default();
            self.length += written;
            self.fields += ended;
            match result {
                ReadRecordResult::InputEmpty if at_end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull => self.widen()?,
                ReadRecordResult::OutputEndsFull if self.ends.len() >= MOST_COLUMNS => {
                    return Err(CsvError::TooLong { row: self.summary.rows + 1 });
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => self.row(out)?,
            }
        }
        Ok(())
    }

    /// Moves the row to a buffer twice as large. The old buffer is overwritten when it is dropped.
    fn widen(&mut self) -> Result<(), CsvError> {
        if self.record.len() >= LONGEST_RECORD {
            return Err(CsvError::TooLong { row: self.summary.rows + 1 });
        }
        let mut wider = Zeroizing::new(vec![0; self.record.len() * 2]);
        wider.iter_mut().zip(self.record.iter()).for_each(|(to, from)| *to = *from);
        self.record = wider;
        Ok(())
    }

    fn row(&mut self, out: &mut Vec<u8>) -> Result<(), CsvError> {
        let (length, fields) = (std::mem::take(&mut self.length), std::mem::take(&mut self.fields));
        let row = self.summary.rows + u64::from(self.plan.is_some());
        let text = std::str::from_utf8(self.record.get(..length).unwrap_or_default());
        let text = text.map_err(|_| CsvError::NotUtf8 { row })?;
        let ends = self.ends.get(..fields).unwrap_or_default();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let values: Vec<&str> =
            starts.zip(ends).map(|(start, end)| text.get(start..*end).unwrap_or_default()).collect();
        let Some(plan) = &self.plan else {
            let plan = Plan::new(&self.columns, &self.order, &values)?;
            plan.write(&values, &self.columns.pseudonym, &self.columns.key_id, out);
            self.plan = Some(plan);
            return Ok(());
        };
        if fields != plan.width {
            return Err(CsvError::Ragged { row, found: fields, expected: plan.width });
        }
        self.summary.rows = row;
        let parts: Vec<Option<&str>> = plan.parts.iter().map(|at| values.get(*at).copied()).collect();
        match self.key.pseudonym(&parts) {
            Ok(pseudonym) => {
                self.summary.pseudonyms += 1;
                plan.write(&values, &pseudonym.to_string(), self.key.id(), out);
            }
            Err(why) => {
                *self.summary.without.entry(why).or_default() += 1;
                plan.write(&values, "", "", out);
            }
        }
        Ok(())
    }
}

impl Plan {
    fn new(columns: &CsvColumns, order: &[usize], header: &[&str]) -> Result<Self, CsvError> {
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        let find = |wanted: &String| {
            let mut found = header.iter().enumerate().filter(|(_, name)| same(name, wanted));
            match (found.next(), found.next()) {
                (Some((at, _)), None) => Ok(at),
                _ => Err(CsvError::NotOnce { column: wanted.clone() }),
            }
        };
        let raw = columns.raw.iter().map(|(_, name)| find(name)).collect::<Result<Vec<_>, _>>()?;
        let dropped = columns.dropped.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let mut kept = Vec::new();
        for (at, name) in header.iter().enumerate().filter(|(at, _)| !raw.contains(at) && !dropped.contains(at)) {
            if let Some(column) = [&columns.pseudonym, &columns.key_id].into_iter().find(|column| same(column, name))
            {
                return Err(CsvError::Taken { column: column.clone() });
            }
            if let Some(kind) = in_column_name(name).filter(|_| !in_contract(name.trim())) {
                return Err(CsvError::Identifier { number: at + 1, kind });
            }
            kept.push(at);
        }
        let parts = order.iter().filter_map(|at| raw.get(*at).copied()).collect();
        Ok(Self { width: header.len(), parts, at: raw.iter().copied().min().unwrap_or(0), kept })
    }

    /// Appends one row: the values that are kept, and the two new values at their place.
    fn write(&self, values: &[&str], pseudonym: &str, key_id: &str, out: &mut Vec<u8>) {
        let before = self.kept.iter().filter(|at| **at < self.at);
        let after = self.kept.iter().filter(|at| **at > self.at);
        let value = |at: &usize| values.get(*at).copied().unwrap_or_default();
        let row = before.map(value).chain([pseudonym, key_id]).chain(after.map(value));
        for (at, value) in row.enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quoted(value, out);
        }
        out.push(b'\n');
    }
}

/// Whether a column is a field of a dataset. The exchange accepts such a column, even with the name of an identifier.
fn in_contract(name: &str) -> bool {
    let mut fields = Contract::get().datasets().iter().flat_map(|dataset| &dataset.fields);
    fields.any(|field| field.name.eq_ignore_ascii_case(name))
}

/// Appends a value by RFC 4180: in quotation marks if it has a comma, a quotation mark or a line break.
fn quoted(value: &str, out: &mut Vec<u8>) {
    if !value.contains([',', '"', '\r', '\n']) {
        out.extend_from_slice(value.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in value.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
