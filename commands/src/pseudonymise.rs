//! `pseudonymise`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::tz::TimeZone;
use peelian_core::pseudonym::{CsvColumns, CsvPseudonymiser, Domain, Identity, Keyring, LinkageKey, Part, Summary};
use zeroize::Zeroizing;

use crate::arguments::now;

/// Bytes of the file that are read at once, so that little of it is in memory at any time.
const CHUNK_BYTES: usize = 1 << 16;

/// Replaces names, dates of birth and other identifiers in a CSV file with keyed pseudonyms.
///
/// Run it before the file leaves the agency. A pseudonym has 64 hexadecimal digits: HMAC-SHA-256 of the normalised
/// identity with a linkage key. Two records of one person have the same pseudonym; capitals, accents, spaces and
/// hyphens in the name make no difference. Without the key nobody can find out who the person is.
///
/// The columns of the identity are not written. The pseudonym and the identifier of the key stand in place of the
/// first of them. Rows that cannot be identified (no date of birth, "unknown", an initial) have neither, and are
/// counted by reason.
///
/// The identity of the key states which columns are needed: name-birth-v1 needs forename, surname and date_of_birth.
/// All agencies whose records are to be linked use the same key. The pseudonymisation authority generates the key and
/// guards it. With a new key every person has a new pseudonym, so measures of repeats have no value until records of
/// 12 months have been submitted with the new key.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Pseudonymise {
    /// CSV file in UTF-8 with a header row; - means standard input.
    #[arg(required_unless_present = "generate_key")]
    file: Option<PathBuf>,

    /// File of linkage keys. It is secret: keep it apart from the data.
    #[arg(long, value_name = "FILE", default_value = "keys.toml")]
    keys: PathBuf,

    /// Name of the key to use, if the file has several keys.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,

    /// Column with a part of the identity: date_of_birth=dob. The parts are forename, surname, date_of_birth,
    /// postcode and nhs_number.
    #[arg(long, value_name = "PART=COLUMN", value_parser = part_and_column, required_unless_present = "generate_key")]
    column: Vec<(Part, String)>,

    /// Another column to leave out of the output, such as middle names or addresses.
    #[arg(long, value_name = "COLUMN")]
    drop: Vec<String>,

    /// Name of the column for the pseudonym.
    #[arg(long, value_name = "COLUMN", default_value = "victim_pid")]
    pseudonym: String,

    /// Name of the column for the identifier of the key.
    #[arg(long, value_name = "COLUMN", default_value = "linkage_key_id")]
    key_id: String,

    /// File to write. It appears when it is complete. Without this option the output goes to standard output.
    #[arg(long, short, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,

    /// Generate a key with this name and add it to the file of keys. The file is created if it does not exist.
    #[arg(long, value_name = "NAME", requires = "domain", conflicts_with_all = ["file", "column", "drop", "output", "key"])]
    generate_key: Option<String>,

    /// Domain of the new key: the persons whose records may be linked.
    #[arg(long, requires = "generate_key", value_parser = PossibleValuesParser::new(Domain::ALL.map(Domain::id))
        .try_map(|id| Domain::from_id(&id).ok_or("no such domain")))]
    domain: Option<Domain>,

    /// Identity that is hashed with the new key.
    #[arg(long, requires = "generate_key", default_value = Identity::NameBirth.id(),
        value_parser = PossibleValuesParser::new(Identity::ALL.map(Identity::id))
        .try_map(|id| Identity::from_id(&id).ok_or("no such identity")))]
    identity: Identity,
}

const EXAMPLES: &str = "\
Examples:
  Generate a key, which the pseudonymisation authority does once:
    PROGRAM pseudonymise --keys keys.toml --generate-key victims-2017 --domain police-victim

  Pseudonymise the victims of a month, to be submitted:
    PROGRAM pseudonymise raw.csv --keys keys.toml --output victims-2017-02.csv \\
      --column forename=first_name --column surname=last_name --column date_of_birth=dob --drop middle_name

  Pseudonymise suspects directly from a database, so that the raw rows are never on a disk:
    export-outcomes | PROGRAM pseudonymise - --keys keys.toml --key suspects-2017 --pseudonym suspect_pid \\
      --column forename=forename --column surname=surname --column date_of_birth=dob > outcomes.csv";

impl Pseudonymise {
    /// Writes the pseudonymised file, or adds a key.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        if let (Some(name), Some(domain)) = (&self.generate_key, self.domain) {
            return self.generate(name, domain);
        }
        warn_if_others_can_read(&self.keys)?;
        let ring = read_keyring(&self.keys)?;
        let key = ring.key(self.key.as_deref())?;
        let columns = CsvColumns {
            raw: self.column.clone(),
            dropped: self.drop.clone(),
            pseudonym: self.pseudonym.clone(),
            key_id: self.key_id.clone(),
        };
        let stream = CsvPseudonymiser::new(key, columns)?;
        let source: Box<dyn Read> = match self.file.as_deref().filter(|file| *file != Path::new("-")) {
            Some(file) => Box::new(File::open(file).map_err(|error| format!("{}: {error}", file.display()))?),
            None => Box::new(io::stdin().lock()),
        };
        match &self.output {
            None => report(&pseudonymise(source, stream, &mut io::stdout().lock())?, key),
            Some(out) => write_whole(out, |file| report(&pseudonymise(source, stream, file)?, key)),
        }
    }

    fn generate(&self, name: &str, domain: Domain) -> Result<(), Box<dyn Error>> {
        let mut ring = if self.keys.exists() { read_keyring(&self.keys)? } else { Keyring::default() };
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice())?;
        let today = now().to_zoned(TimeZone::UTC).date();
        let key = LinkageKey::new(name, domain, self.identity, today, secret.as_slice())?;
        let message = format!(
            "the key {} for the domain {} and the identity {} is in {}\nIt is secret: give it to the agencies of the \
             domain and to nobody else. Agencies that have it can compare its check {}.",
            key.id(),
            domain.id(),
            self.identity.id(),
            self.keys.display(),
            key.check()
        );
        ring.add(key)?;
        write_whole(&self.keys, |file| Ok(file.write_all(ring.format().as_bytes())?))?;
        Ok(writeln!(io::stderr(), "{message}")?)
    }
}

fn part_and_column(text: &str) -> Result<(Part, String), String> {
    let known = || Part::ALL.map(Part::id).join(", ");
    let (part, column) = text.split_once('=').ok_or("write PART=COLUMN, such as date_of_birth=dob")?;
    let part = Part::ALL.into_iter().find(|known| known.id() == part);
    Ok((part.ok_or_else(|| format!("the part must be one of {}", known()))?, column.to_owned()))
}

fn read_keyring(file: &Path) -> Result<Keyring, Box<dyn Error>> {
    let named = |error: &dyn Error| format!("{}: {error}", file.display());
    // The buffer has its full size from the start: a buffer that grows leaves copies of the secrets in memory.
    let mut source = File::open(file).map_err(|error| named(&error))?;
    let length = usize::try_from(source.metadata()?.len())?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    source.read_exact(&mut bytes).map_err(|error| named(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{} is not UTF-8", file.display()))?;
    Ok(Keyring::parse(text).map_err(|error| named(&error))?)
}

/// Pseudonymises a source chunk by chunk. Each chunk overwrites the one before.
fn pseudonymise(
    mut source: impl Read,
    mut stream: CsvPseudonymiser<'_>,
    to: &mut impl Write,
) -> Result<Summary, Box<dyn Error>> {
    let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
    let mut out = Vec::with_capacity(2 * CHUNK_BYTES);
    loop {
        let read = source.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        stream.push(chunk.get(..read).unwrap_or_default(), &mut out)?;
        to.write_all(&out)?;
        out.clear();
    }
    let summary = stream.finish(&mut out)?;
    to.write_all(&out)?;
    to.flush()?;
    Ok(summary)
}

/// Prints how many rows have a pseudonym. If no row has one, the columns must be wrong, which is an error.
fn report(summary: &Summary, key: &LinkageKey) -> Result<(), Box<dyn Error>> {
    let mut stderr = io::stderr();
    let Summary { rows, pseudonyms, without } = summary;
    writeln!(
        stderr,
        "{rows} rows: {pseudonyms} with a pseudonym of key {}, {} without",
        key.id(),
        rows - pseudonyms
    )?;
    for (why, count) in without {
        writeln!(stderr, "{count:>9}  {why}")?;
    }
    if *rows > 0 && *pseudonyms == 0 {
        return Err("no row could be identified: check the columns".into());
    }
    Ok(())
}

/// Writes a file that only its owner can read. It is written under another name first and renamed when it is
/// complete.
fn write_whole(
    file: &Path,
    write: impl FnOnce(&mut File) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let name = file.file_name().ok_or_else(|| format!("{} is not a file", file.display()))?;
    let mut part = name.to_owned();
    part.push(".part");
    let part = file.with_file_name(part);
    let named = |error: io::Error| format!("{}: {error}", part.display());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&part).map_err(named)?;
    let written = write(&mut open).and_then(|()| Ok(open.sync_all()?)).and_then(|()| Ok(fs::rename(&part, file)?));
    if written.is_err() {
        fs::remove_file(&part).map_err(named)?;
    }
    written
}

#[cfg(unix)]
fn warn_if_others_can_read(keys: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(keys).is_ok_and(|held| held.permissions().mode() & 0o077 != 0) {
        writeln!(io::stderr(), "warning: other users can read {0}; run chmod 600 {0}", keys.display())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) -> io::Result<()> {
    Ok(())
}
