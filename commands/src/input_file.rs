//! Reads the file that a command is given, and converts a publisher's file to figures.
//!
//! The form of a file is told by its first bytes, and by its name only where these do not tell it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use clap::Args;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use peelian::client::Content;
use peelian_core::contract::Dataset;
use peelian_core::engine::LocalContent;
use peelian_core::intake::{IntakeError, outgoing};
use peelian_core::mapping::Mapping;
use peelian_core::reference::Reference;
use peelian_core::sources::{Converted, Source, SourceFinding};
use peelian_core::workbook::{Expected, is_workbook, sheet_as_text};
use prost::bytes::Bytes;

/// Largest file that is read, after decompression. It is read into memory whole, and a submission may have at most
/// 512 MiB by default.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Rows of a Parquet file that are read together.
const BATCH_ROWS: usize = 1 << 16;

/// The bytes of a file. They are decompressed if its name ends in .gz.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let failed = |error| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let read = if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::MultiGzDecoder::new(file).take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    } else {
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)
    };
    read.map_err(failed)?;
    if u64::try_from(bytes.len())? > MAX_FILE_BYTES {
        return Err(format!("{} is over 1 GiB: submit it in several periods", path.display()).into());
    }
    Ok(bytes)
}

/// The rows of a file in one of the forms that are checked and sent.
#[derive(Debug)]
pub(crate) enum Rows {
    /// A table of text.
    Csv(Vec<u8>),
    /// An Arrow IPC stream or file.
    Arrow(Vec<u8>),
    /// The record batches of a Parquet file: at least one, so that the columns are known.
    Batches(Vec<RecordBatch>),
}

impl Rows {
    /// The rows as they are sent. Columns that are not fields of the dataset are refused here, before anything is sent.
    pub(crate) fn outgoing(self, dataset: &'static Dataset) -> Result<Content, IntakeError> {
        Ok(match self {
            Self::Csv(bytes) => {
                outgoing::csv(dataset, &bytes)?;
                Content::Csv(bytes)
            }
            Self::Arrow(bytes) => Content::Arrow(outgoing::arrow(dataset, &bytes)?.into_owned()),
            Self::Batches(batches) => Content::Arrow(outgoing::batches(dataset, &batches)?),
        })
    }

    /// The rows as they are checked in this process.
    pub(crate) fn local(&self) -> LocalContent<'_> {
        match self {
            Self::Csv(bytes) => LocalContent::Csv(bytes),
            Self::Arrow(bytes) => LocalContent::Arrow(bytes),
            Self::Batches(batches) => LocalContent::Batches(batches),
        }
    }
}

/// Whether a file is an Arrow IPC stream or file. A stream of an old version has no mark, so the name tells it.
fn is_arrow(path: &Path, bytes: &[u8]) -> bool {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let named = [".arrow", ".arrows", ".feather"].iter().any(|ending| name.ends_with(ending));
    named || bytes.starts_with(b"ARROW1") || bytes.starts_with(&[0xff; 4])
}

fn parquet_rows(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, Box<dyn Error>> {
    // The library panics at some damaged files, for example at a schema of Arrow without fields.
    let read = catch_unwind(AssertUnwindSafe(|| parquet_batches(bytes)));
    read.unwrap_or_else(|_| Err("the Parquet file is damaged: write or copy it again".into()))
}

fn parquet_batches(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, Box<dyn Error>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes))?.with_batch_size(BATCH_ROWS).build()?;
    let schema = arrow::record_batch::RecordBatchReader::schema(&reader);
    let mut batches = reader.collect::<Result<Vec<_>, _>>()?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// How a file is read.
#[derive(Args, Debug, Default)]
pub(crate) struct Reading {
    /// Mapping of the columns and values of the file to a dataset, as TOML. `peelian map` drafts one.
    #[arg(long = "map", value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,

    /// Sheet of a workbook. The default is the only one with the columns that are expected.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
}

impl Reading {
    /// The rows of a dataset in a file.
    pub(crate) fn rows(
        &self,
        path: &Path,
        bytes: Vec<u8>,
        dataset: &'static Dataset,
    ) -> Result<Rows, Box<dyn Error>> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let columnar = bytes.starts_with(b"PAR1") || is_arrow(path, &bytes);
        if columnar && (self.mapping.is_some() || self.sheet.is_some()) {
            let what =
                "--map and --sheet are for tables of text and workbooks: rename the columns where the file is made";
            return Err(failed(&what).into());
        }
        if bytes.starts_with(b"PAR1") {
            return Ok(Rows::Batches(parquet_rows(bytes).map_err(|error| failed(&error))?));
        }
        if columnar {
            return Ok(Rows::Arrow(bytes));
        }
        Ok(Rows::Csv(self.mapped(path, bytes, dataset)?))
    }

    /// The rows of a dataset in a table of text or a sheet, as text.
    pub(crate) fn mapped(
        &self,
        path: &Path,
        bytes: Vec<u8>,
        dataset: &'static Dataset,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let text = self.text(path, bytes, Expected::Dataset(dataset))?;
        let Some(mapping) = &self.mapping else { return Ok(text) };
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", mapping.display());
        let read = std::fs::read_to_string(mapping).map_err(|error| failed(&error))?;
        let read = Mapping::read(&read, dataset).map_err(|error| failed(&error))?;
        Ok(read.apply(&text).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// The text of a file: a sheet if it is a workbook.
    pub(crate) fn text(&self, path: &Path, bytes: Vec<u8>, expected: Expected) -> Result<Vec<u8>, Box<dyn Error>> {
        if is_workbook(&bytes) {
            let text = sheet_as_text(&bytes, self.sheet.as_deref(), expected);
            return Ok(text.map_err(|error| format!("{}: {error}", path.display()))?);
        }
        match &self.sheet {
            Some(_) => Err(format!("{} is no workbook, so it has no sheets", path.display()).into()),
            None => Ok(bytes),
        }
    }
}

/// When a file was last modified, in seconds since 1970-01-01T00:00:00Z.
pub(crate) fn modified_seconds(path: &Path) -> Result<i64, Box<dyn Error>> {
    Ok(Timestamp::try_from(path.metadata()?.modified()?)?.as_second())
}

/// The layouts of publishers' files, for people.
pub(crate) fn layouts() -> String {
    Source::ALL.map(Source::id).join(", ")
}

/// The figures in a publisher's file.
pub(crate) fn convert(path: &Path, bytes: &[u8]) -> Result<Converted, Box<dyn Error>> {
    let source = Source::identify(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Ok(source.read(name, bytes, &Reference::from_seeds()?)?)
}

/// The reason why a publisher's file gives no figure, if it gives none.
pub(crate) fn nothing_made(path: &Path, converted: &Converted) -> Option<String> {
    let totals = converted.totals;
    if totals.figures > 0 {
        return None;
    }
    let mut text = format!(
        "{} gives no figure: {} of its {} lines were left out",
        path.display(),
        totals.left_out,
        totals.lines
    );
    for finding in &converted.findings {
        text.push_str(&format!("\n  {} {}", finding.code.code(), finding.message));
    }
    Some(text)
}

/// Prints how much was read, and the findings about the file. Those with one fault are one line, with their first lines.
pub(crate) fn print_findings(converted: &Converted, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let totals = converted.totals;
    writeln!(
        out,
        "{} lines read, {} left out, {} figures made; the publisher's convention makes {} of them zero",
        totals.lines, totals.left_out, totals.figures, totals.zeros
    )?;
    for line in together(&converted.findings) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// Findings with one fault in one line: the code, the first lines of the file with it, and what was found.
fn together(findings: &[SourceFinding]) -> Vec<String> {
    /// Lines that are named.
    const MOST: usize = 3;
    let mut groups: Vec<(&SourceFinding, Vec<u64>)> = Vec::new();
    let mut known: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let at = *known.entry((finding.code.code(), &finding.message)).or_insert(groups.len());
        if at == groups.len() {
            groups.push((finding, Vec::new()));
        }
        if let Some((_, lines)) = groups.get_mut(at) {
            lines.extend(finding.line);
        }
    }
    let shown = |(finding, lines): &(&SourceFinding, Vec<u64>)| {
        let first = lines.iter().take(MOST).map(u64::to_string).collect::<Vec<_>>().join(", ");
        let place = match (lines.len(), lines.len().saturating_sub(MOST)) {
            (0, _) => String::new(),
            (1, _) => format!("line {first}: "),
            (_, 0) => format!("lines {first}: "),
            (_, more) => format!("lines {first} and {more} more: "),
        };
        format!("{} {place}{}", finding.code.code(), finding.message)
    };
    groups.iter().map(shown).collect()
}
