//! `peelian-server pseudonymise`.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::tz::TimeZone;
use peelian_core::pseudonym::{CsvColumns, CsvPseudonymiser, Domain, Identity, Keyring, LinkageKey, Part, Summary};
use zeroize::Zeroizing;

use crate::clock::{Clock as _, SystemClock};

/// Bytes read at once.
const CHUNK: usize = 1 << 16;

/// Replaces names, dates of birth and the like in a CSV file by keyed pseudonyms, before the file leaves the building.
///
/// Each person becomes 64 hexadecimal digits: HMAC-SHA-256 of the normalised identity under a linkage key. Two records of
/// one person get the same digits, however the name is spelt in capitals, accents, spaces or hyphens, and without the key
/// nobody can find out whose they are. The raw columns are not written; in place of the first of them stand the pseudonym
/// and the identifier of the key. Rows that cannot be identified (no date of birth, "unknown", an initial) get neither,
/// and are counted by reason.
///
/// The key's identity says which columns are needed: name-birth-v1 wants forename, surname and date_of_birth. All agencies
/// whose records are to be linked use the same key, which the pseudonymisation authority generates and guards. Under a new
/// key everybody has a new pseudonym, so measures of repeats have no value until 12 months have been sent under it.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Pseudonymise {
    /// CSV file in UTF-8 with a header row; - is standard input.
    #[arg(required_unless_present = "generate_key")]
    file: Option<PathBuf>,

    /// File of linkage keys. It is secret: keep it away from the data.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,

    /// Key to use, by its name, where the file has several.
    #[arg(long, value_name = "NAME")]
    key: Option<String>,

    /// Column with a part of the identity: date_of_birth=dob. Parts are forename, surname, date_of_birth, postcode and
    /// nhs_number.
    #[arg(long, value_name = "PART=COLUMN", value_parser = part_and_column, required_unless_present = "generate_key")]
    column: Vec<(Part, String)>,

    /// Further column that is not to be written: middle names, addresses.
    #[arg(long, value_name = "COLUMN")]
    drop: Vec<String>,

    /// Name of the column for the pseudonym.
    #[arg(long, value_name = "COLUMN", default_value = "victim_pid")]
    pseudonym: String,

    /// Name of the column for the identifier of the key.
    #[arg(long, value_name = "COLUMN", default_value = "linkage_key_id")]
    key_id: String,

    /// File to write; it appears when it is whole. Without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Generates a key of this name and adds it to the file of keys, which is created if it is not there.
    #[arg(long, value_name = "NAME", requires = "domain", conflicts_with_all = ["file", "column", "drop", "out", "key"])]
    generate_key: Option<String>,

    /// Domain of the new key: whose pseudonyms may meet.
    #[arg(long, requires = "generate_key", value_parser = PossibleValuesParser::new(Domain::ALL.map(Domain::id))
        .try_map(|id| Domain::from_id(&id).ok_or("no such domain")))]
    domain: Option<Domain>,

    /// Identity that the new key hashes.
    #[arg(long, requires = "generate_key", default_value = Identity::NameBirth.id(),
        value_parser = PossibleValuesParser::new(Identity::ALL.map(Identity::id))
        .try_map(|id| Identity::from_id(&id).ok_or("no such identity")))]
    identity: Identity,
}

const EXAMPLES: &str = "\
Examples:
  A key, once, by the pseudonymisation authority:
    peelian-server pseudonymise --keys keys.toml --generate-key victims-2017 --domain police-victim

  The victims of a month, ready to be submitted:
    peelian-server pseudonymise raw.csv --keys keys.toml --out victims-2017-02.csv \\
      --column forename=first_name --column surname=last_name --column date_of_birth=dob --drop middle_name

  Suspects, straight from a database, so that the raw rows never lie on a disk:
    export-outcomes | peelian-server pseudonymise - --keys keys.toml --key suspects-2017 --pseudonym suspect_pid \\
      --column forename=forename --column surname=surname --column date_of_birth=dob > outcomes.csv";

impl Pseudonymise {
    /// Writes the file, or adds a key.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        if let (Some(name), Some(domain)) = (&self.generate_key, self.domain) {
            return self.generate(name, domain);
        }
        warn_if_others_can_read(&self.keys)?;
        let ring = keyring(&self.keys)?;
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
        match &self.out {
            None => finished(&copy(source, stream, &mut io::stdout().lock())?, key),
            Some(out) => whole(out, |file| finished(&copy(source, stream, file)?, key)),
        }
    }

    fn generate(&self, name: &str, domain: Domain) -> Result<(), Box<dyn Error>> {
        let mut ring = if self.keys.exists() { keyring(&self.keys)? } else { Keyring::default() };
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut_slice())?;
        let now = jiff::Timestamp::from_microsecond(SystemClock.now_micros())?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let key = LinkageKey::new(name, domain, self.identity, today, secret.as_slice())?;
        let told = format!(
            "key {} for {}, hashing {}, is in {}\nIt is secret: give it to the agencies of the domain and to nobody else. \
             Two who hold it compare the check {}.",
            key.id(),
            domain.id(),
            self.identity.id(),
            self.keys.display(),
            key.check()
        );
        ring.add(key)?;
        whole(&self.keys, |file| Ok(file.write_all(ring.format().as_bytes())?))?;
        Ok(writeln!(io::stderr(), "{told}")?)
    }
}

fn part_and_column(text: &str) -> Result<(Part, String), String> {
    let known = || Part::ALL.map(Part::id).join(", ");
    let (part, column) = text.split_once('=').ok_or("write PART=COLUMN: date_of_birth=dob")?;
    let part = Part::ALL.into_iter().find(|known| known.id() == part);
    Ok((part.ok_or_else(|| format!("the part is one of {}", known()))?, column.to_owned()))
}

fn keyring(file: &Path) -> Result<Keyring, Box<dyn Error>> {
    let named = |error: &dyn Error| format!("{}: {error}", file.display());
    // Read into room that is there already: a buffer that grows leaves copies of the secrets behind.
    let mut source = File::open(file).map_err(|error| named(&error))?;
    let length = usize::try_from(source.metadata()?.len())?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    source.read_exact(&mut bytes).map_err(|error| named(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{}: not UTF-8", file.display()))?;
    Ok(Keyring::parse(text).map_err(|error| named(&error))?)
}

/// Pseudonymises all of a source, a chunk at a time. What was read is overwritten.
fn copy(
    mut source: impl Read,
    mut stream: CsvPseudonymiser<'_>,
    to: &mut impl Write,
) -> Result<Summary, Box<dyn Error>> {
    let mut chunk = Zeroizing::new(vec![0; CHUNK]);
    let mut out = Vec::with_capacity(2 * CHUNK);
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

/// Says what became of the rows. That none could be identified is an error: it is the wrong columns.
fn finished(summary: &Summary, key: &LinkageKey) -> Result<(), Box<dyn Error>> {
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
        return Err("no row could be identified: see whether the columns are the right ones".into());
    }
    Ok(())
}

/// Writes a file that only its owner can read, and that appears when it is whole: beside it first, then under its name.
fn whole(file: &Path, write: impl FnOnce(&mut File) -> Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    let name = file.file_name().ok_or_else(|| format!("{} is no file", file.display()))?;
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
        writeln!(io::stderr(), "warning: others can read {0}; run chmod 600 {0}", keys.display())?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &Path) -> io::Result<()> {
    Ok(())
}
