//! Reads the file that a command is given, and converts a publisher's file to figures.

use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write};
use std::path::Path;

use jiff::Timestamp;
use peelian_core::reference::Reference;
use peelian_core::sources::{Converted, Source};

/// Largest file that is read, after decompression. It is read into memory whole, and a submission may have at most
/// 512 MiB by default.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// The bytes of a file. They are decompressed if its name ends in .gz.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
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

/// Whether the name of a file says that it is an Arrow IPC stream.
pub(super) fn is_arrow(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".arrow") || name.ends_with(".arrows")
}

/// When a file was last modified, in seconds since 1970-01-01T00:00:00Z.
pub(super) fn modified_seconds(path: &Path) -> Result<i64, Box<dyn Error>> {
    Ok(Timestamp::try_from(path.metadata()?.modified()?)?.as_second())
}

/// The layouts of publishers' files, for people.
pub(super) fn layouts() -> String {
    Source::ALL.map(Source::id).join(", ")
}

/// The figures in a publisher's file.
pub(super) fn convert(path: &Path, bytes: &[u8]) -> Result<Converted, Box<dyn Error>> {
    let source = Source::detect(bytes).ok_or_else(|| {
        format!("{}: the header belongs to none of the known layouts ({})", path.display(), layouts())
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Ok(source.read(name, bytes, &Reference::from_seeds()?)?)
}

/// The reason why a publisher's file gives no figure, if it gives none.
pub(super) fn nothing_made(path: &Path, converted: &Converted) -> Option<String> {
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

/// Prints how much was read, and the findings about the file.
pub(super) fn print_findings(converted: &Converted, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let totals = converted.totals;
    writeln!(
        out,
        "{} lines read, {} left out, {} figures made; the publisher's convention makes {} of them zero",
        totals.lines, totals.left_out, totals.figures, totals.zeros
    )?;
    for finding in &converted.findings {
        let line = finding.line.map_or_else(String::new, |line| format!("line {line}: "));
        writeln!(out, "  {} {line}{}", finding.code.code(), finding.message)?;
    }
    Ok(())
}
