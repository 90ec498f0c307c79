//! Turns bytes into UTF-8, in chunks cut at any byte.

use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::TextError;

/// Bytes from which the encoding is told, or all of a shorter file.
const FIRST: usize = 8;

/// Bytes without a meaning in Windows-1252. A file with them is something else.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

const PAGE: &str = "systems write such tables under names that end in .xls: open it in Excel and save the sheet as CSV UTF-8; if it \
                    asks you to sign in, fetch the file again";
const JSON: &str = "read it with pandas, Polars or DuckDB, and give the table to Python, or write it as CSV";

/// The first bytes of other kinds of file, what they are, and what to do.
const OTHER_FILES: [(&[u8], &str, &str); 12] = [
    (
        b"PK\x03\x04",
        "a workbook (.xlsx or .ods) or an archive",
        "unpack an archive (.zip); save the sheet of a workbook as CSV UTF-8, or give the workbook to the command line, which reads it",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "a workbook (.xls)",
        "save the sheet as CSV UTF-8, or give the workbook to the command line, which reads it",
    ),
    (b"PAR1", "a Parquet file", "read it with pyarrow, Polars or DuckDB, and give the table to Python"),
    (b"ARROW1", "an Arrow file", "give it a name that ends in .arrow or .feather"),
    (b"\x1f\x8b", "compressed with gzip", "give it a name that ends in .gz, or unpack it"),
    (b"%PDF", "a PDF", "ask its publisher for the table as CSV"),
    (b"<html", "a web page (HTML)", PAGE),
    (b"<HTML", "a web page (HTML)", PAGE),
    (b"<!DOCT", "a web page (HTML)", PAGE),
    (b"<?xml ", "XML", "open it in Excel and save the sheet as CSV UTF-8"),
    (b"{\"", "JSON", JSON),
    (b"[{", "JSON", JSON),
];

/// A text in UTF-8 as Windows-1252. It stays as it is if that encoding lacks one of its characters, or if nobody could tell
/// which of the two encodings it has.
pub(crate) fn as_windows_1252(text: Vec<u8>) -> Vec<u8> {
    let encoded = std::str::from_utf8(&text).ok().and_then(|text| match WINDOWS_1252.encode(text) {
        (encoded, _, false) => Some(encoded.into_owned()),
        _ => None,
    });
    let told = |encoded: &Vec<u8>| {
        std::str::from_utf8(encoded).is_err() && !encoded.iter().any(|byte| UNDEFINED.contains(byte))
    };
    encoded.filter(told).unwrap_or(text)
}

/// The state between two chunks.
pub(super) struct Decoder {
    /// The first bytes, until there are enough to tell the encoding.
    start: Option<Vec<u8>>,
    /// Bytes read.
    position: u64,
    /// Whether all bytes so far are ASCII.
    ascii: bool,
    /// The first bytes of a character that is not complete.
    open: Vec<u8>,
    /// The decoder of an encoding other than UTF-8.
    other: Option<encoding_rs::Decoder>,
    windows_1252: bool,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { start: Some(Vec::new()), position: 0, ascii: true, open: Vec::new(), other: None, windows_1252: false }
    }

    /// Whether the text is read as Windows-1252 from some byte on.
    pub(super) fn is_windows_1252(&self) -> bool {
        self.windows_1252
    }

    /// Hands on the text of the next bytes.
    pub(super) fn push<E: From<TextError>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(start) = &mut self.start else { return self.decode(bytes, false, take) };
        if start.is_empty() && bytes.len() >= FIRST {
            // The usual case: nothing is copied.
            self.start = None;
            return self.begin(bytes, take);
        }
        start.extend_from_slice(bytes);
        if start.len() < FIRST {
            return Ok(());
        }
        let start = std::mem::take(start);
        self.start = None;
        self.begin(&start, take)
    }

    /// Ends the content.
    pub(super) fn finish<E: From<TextError>>(
        &mut self,
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(start) = self.start.take() {
            self.begin(&start, take)?;
        }
        if !self.open.is_empty() {
            self.fall_back()?;
            let open = std::mem::take(&mut self.open);
            return self.decode(&open, true, take);
        }
        if self.other.is_some() { self.decode(&[], true, take) } else { Ok(()) }
    }

    /// Hands on the text of the first bytes, which tell the encoding.
    fn begin<E: From<TextError>>(
        &mut self,
        start: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some((_, kind, advice)) = OTHER_FILES.into_iter().find(|(magic, ..)| start.starts_with(magic)) {
            return Err(TextError::OtherFile { kind, advice }.into());
        }
        let (other, skipped) = match start {
            [0xef, 0xbb, 0xbf, ..] => (None, 3),
            [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
            // A text begins with letters of ASCII, so one byte in two is zero.
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Some(UTF_16LE), 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Some(UTF_16BE), 0),
            _ => (None, 0),
        };
        self.other = other.map(encoding_rs::Encoding::new_decoder_without_bom_handling);
        self.position += count(skipped);
        self.decode(start.get(skipped..).unwrap_or_default(), false, take)
    }

    fn decode<E: From<TextError>>(
        &mut self,
        bytes: &[u8],
        last: bool,
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.other.is_some() { self.decode_other(bytes, last, take) } else { self.decode_utf8(bytes, take) }
    }

    fn decode_utf8<E: From<TextError>>(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        while let (false, Some((first, after))) = (self.open.is_empty(), rest.split_first()) {
            self.open.push(*first);
            match std::str::from_utf8(&self.open) {
                Ok(_) => {
                    rest = after;
                    self.ascii = false;
                    self.position += count(self.open.len());
                    let open = std::mem::take(&mut self.open);
                    take(&open)?;
                }
                Err(error) if error.error_len().is_some() => {
                    self.open.pop();
                    self.fall_back()?;
                    let open = std::mem::take(&mut self.open);
                    self.decode_other(&open, false, take)?;
                    return self.decode_other(rest, false, take);
                }
                Err(_) => rest = after,
            }
        }
        if self.ascii && rest.is_ascii() {
            self.position += count(rest.len());
            return if rest.is_empty() { Ok(()) } else { take(rest) };
        }
        let (valid, error) = match std::str::from_utf8(rest) {
            Ok(_) => (rest.len(), None),
            Err(error) => (error.valid_up_to(), Some(error)),
        };
        let (good, bad) = rest.split_at_checked(valid).unwrap_or((rest, &[]));
        self.ascii &= good.is_ascii();
        self.position += count(valid);
        if !good.is_empty() {
            take(good)?;
        }
        match error {
            None => Ok(()),
            Some(error) if error.error_len().is_none() => {
                self.open.extend_from_slice(bad);
                Ok(())
            }
            Some(_) => {
                self.fall_back()?;
                self.decode_other(bad, false, take)
            }
        }
    }

    /// Reads the rest as Windows-1252. A text with letters beyond ASCII that were UTF-8 is not changed to another encoding
    /// half way.
    fn fall_back(&mut self) -> Result<(), TextError> {
        if !self.ascii {
            return Err(TextError::NotText { position: self.position });
        }
        self.windows_1252 = true;
        self.other = Some(WINDOWS_1252.new_decoder_without_bom_handling());
        Ok(())
    }

    fn decode_other<E: From<TextError>>(
        &mut self,
        bytes: &[u8],
        last: bool,
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.windows_1252
            && let Some(at) = bytes.iter().position(|byte| UNDEFINED.contains(byte))
        {
            // What comes before is read first, so that the first fault is told, however the content is cut.
            self.decode_known(bytes.get(..at).unwrap_or_default(), false, take)?;
            return Err(TextError::NotText { position: self.position }.into());
        }
        self.decode_known(bytes, last, take)
    }

    /// Hands on text in the other encoding, up to the first bytes that are none.
    fn decode_known<E: From<TextError>>(
        &mut self,
        bytes: &[u8],
        last: bool,
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(decoder) = &mut self.other else { return Ok(()) };
        let mut room = [0_u8; 8_192];
        let mut rest = bytes;
        loop {
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(rest, &mut room, last);
            self.position += count(read);
            rest = rest.get(read..).unwrap_or_default();
            if written > 0 {
                take(room.get(..written).unwrap_or_default())?;
            }
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(wrong, after) => {
                    let position = self.position.saturating_sub(u64::from(wrong) + u64::from(after));
                    return Err(TextError::NotText { position }.into());
                }
            }
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
