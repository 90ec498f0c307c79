//! Files of keys, and tables of rows.

use proptest::prelude::*;

use super::super::{
    Column, ColumnsError, CsvError, CsvPseudonymiser, Domain, Identity, KeyError, Keyring, KeyringError, LinkageKey,
    Part, Summary, Unusable,
};
use super::{SECRET, columns, key, key_of};

fn ring() -> Keyring {
    let mut ring = Keyring::default();
    ring.add(key()).unwrap();
    let other: Vec<u8> = SECRET.iter().map(|byte| byte ^ 0x55).collect();
    ring.add(key_of("suspects-2017", Domain::PoliceSuspect, Identity::NameBirthPostcode, &other)).unwrap();
    ring
}

fn refused(change: impl Fn(&str) -> String) -> KeyringError {
    Keyring::parse(&change(&ring().format())).unwrap_err()
}

#[test]
fn a_file_of_keys_is_read_as_it_was_written() {
    let text = ring().format();
    let read = Keyring::parse(&text).unwrap();
    assert_eq!(*read.format(), *text);
    let person = [Some("Ann"), Some("Smith"), Some("1980-02-01")];
    assert_eq!(read.key(Some("victims-2017")).unwrap().pseudonym(&person), key().pseudonym(&person));
    assert_eq!(read.key(Some(key().id())).unwrap().name(), "victims-2017");
    let known = vec!["victims-2017".to_owned(), "suspects-2017".to_owned()];
    assert_eq!(read.key(None).unwrap_err(), KeyringError::SayWhich { known: known.clone() });
    assert_eq!(read.key(Some("x")).unwrap_err(), KeyringError::NoSuchKey { name: "x".to_owned(), known });
    let mut one = Keyring::default();
    one.add(key()).unwrap();
    assert_eq!(one.key(None).unwrap().id(), key().id());
}

#[test]
fn malformed_files_of_keys_are_refused_with_the_line() {
    let lacks = |field| KeyringError::Lacks { line: 5, field };
    assert_eq!(refused(|_| String::new()), KeyringError::Format);
    assert_eq!(refused(|_| "format = 1\n".to_owned()), KeyringError::Empty);
    assert_eq!(refused(|text| text.replace("format = 1", "format = 2")), KeyringError::Format);
    assert_eq!(refused(|text| text.replace("format = 1", "format = \"1\"")), KeyringError::Format);
    assert_eq!(refused(|text| text.replacen("name = \"", "name = ", 1)), KeyringError::Syntax { line: 6 });
    assert_eq!(refused(|text| text.replacen("domain", "domains", 1)), KeyringError::Unknown { line: 7 });
    assert_eq!(refused(|text| text.replace("format = 1", "format = 1\nkeys = 2")), KeyringError::Unknown { line: 4 });
    assert_eq!(refused(|text| text.replacen("check = \"", "# \"", 1)), lacks("check"));
    assert_eq!(refused(|text| text.replacen("\"2017-04-01\"", "2017-04-01", 1)), lacks("created_on"));
    let wrong = refused(|text| text.replacen("police-victim", "police", 1));
    let known = "line 7: domain must be one of police-victim, police-suspect, cjs-defendant, offender";
    assert_eq!(wrong.to_string(), known);
    let wrong = refused(|text| text.replacen("2017-04-01", "1.4.2017", 1));
    assert_eq!(wrong.to_string(), "line 9: created_on must be a date, as 2017-04-01");
}

#[test]
fn unfit_keys_are_refused() {
    let day = jiff::civil::date(2017, 4, 1);
    let new =
        |name: &str, secret: &[u8]| LinkageKey::new(name, Domain::Offender, Identity::NhsNumber, day, secret).err();
    assert_eq!(new("ok-1", &SECRET), None);
    for name in ["", "ab", "1st", "Victims", "a b", "a.b", "naïve", &"a".repeat(49)] {
        assert_eq!(new(name, &SECRET), Some(KeyError::Name), "{name}");
    }
    assert_eq!(new("ok-1", &SECRET[..31]), Some(KeyError::Length { found: 31 }));
    assert_eq!(new("ok-1", b"correct horse battery staple 123"), None, "only what repeats itself can be told");
    assert_eq!(new("ok-1", b"passwordpasswordpasswordpassword"), Some(KeyError::NotRandom));
    assert_eq!(new("ok-1", &[0; 32]), Some(KeyError::NotRandom));
    let short = refused(|text| text.replacen("e3b0", "", 1));
    assert_eq!(short, KeyringError::Key { line: 5, source: KeyError::Length { found: 30 } });
    let changed = KeyringError::Check { name: "victims-2017".to_owned() };
    assert_eq!(refused(|text| text.replacen("e3b0", "e3b1", 1)), changed);
    assert_eq!(refused(|text| text.replacen("name-birth-v1", "nhs-number-v1", 1)), changed);
    let twice = KeyringError::SameName { name: "victims-2017".to_owned() };
    assert_eq!(ring().add(key()).unwrap_err(), twice);
    let again = key_of("victims-2018", Domain::PoliceVictim, Identity::NameBirth, &SECRET);
    let same = KeyringError::SameSecret { first: "victims-2017".to_owned(), second: "victims-2018".to_owned() };
    assert_eq!(ring().add(again).unwrap_err(), same);
}

#[test]
fn nothing_shows_a_secret_or_an_identifier() {
    let ring = ring();
    let values = [Some("Zebedee")];
    let column = Column { part: Part::Forename, values: &values };
    let mut stream = CsvPseudonymiser::new(ring.key(Some("victims-2017")).unwrap(), columns()).unwrap();
    let ragged = stream.push(b"forename,surname,dob,middle name\nZebedee,,,,\n", &mut Vec::new()).unwrap_err();
    let mut shown = format!("{ring:?} {column:?} {stream:?} {ragged:?} {ragged}");
    for change in ["secret = e3b0c442", "secret = \"g3b0c442", "secret = [\"e3b0c442", "secret = \""] {
        let error = refused(|text| text.replacen("secret = \"e3b0c442", change, 1));
        shown += &format!(" {error:?} {error}");
    }
    for hidden in ["e3b0", "E3B0", "227, 176", "98fc1c14", "Zebedee", "ZEBEDEE"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[test]
fn columns_must_be_those_of_the_identity() {
    let one = [Some("Ann")];
    let column = |part| Column { part, values: &one };
    let identity = "name-birth-v1";
    let lacks = ColumnsError::Lacks { identity, part: Part::DateOfBirth };
    assert_eq!(key().columns(&[column(Part::Forename), column(Part::Surname)]), Err(lacks));
    let not_needed = ColumnsError::NotNeeded { identity, part: Part::NhsNumber };
    assert_eq!(key().columns(&[column(Part::NhsNumber)]), Err(not_needed));
    let twice = ColumnsError::NotNeeded { identity, part: Part::Forename };
    assert_eq!(key().columns(&[column(Part::Forename), column(Part::Forename)]), Err(twice));
    let longer = [column(Part::Forename), Column { part: Part::Surname, values: &[] }, column(Part::DateOfBirth)];
    let unequal = ColumnsError::UnequalLengths { part: Part::Surname, found: 0, expected: 1 };
    assert_eq!(key().columns(&longer), Err(unequal));
}

const FILE: &str = "\u{feff}crime_ref,Forename,middle name,SURNAME ,dob,note\r\n\
    a1,Zoë,X,O’Brien,1/2/1980,\"said \"\"no\"\", left\"\r\n\
    a2,ZOE,,O'BRIEN,1980-02-01,\n\
    a3,unknown,,O'BRIEN,1980-02-01,plain\n";

fn streamed(file: &[u8], cuts: usize) -> Result<(String, Summary), CsvError> {
    let key = key();
    let mut out = Vec::new();
    let mut stream = CsvPseudonymiser::new(&key, columns())?;
    for chunk in file.chunks(cuts) {
        stream.push(chunk, &mut out)?;
    }
    let summary = stream.finish(&mut out)?;
    Ok((String::from_utf8(out).unwrap(), summary))
}

#[test]
fn a_file_comes_out_without_its_raw_columns() {
    let pid = key().pseudonym(&[Some("Zoe"), Some("OBrien"), Some("1980-02-01")]).unwrap();
    let id = key().id().to_owned();
    let expected = format!(
        "crime_ref,victim_pid,linkage_key_id,note\na1,{pid},{id},\"said \"\"no\"\", left\"\na2,{pid},{id},\na3,,,plain\n"
    );
    let (out, summary) = streamed(FILE.as_bytes(), 4_096).unwrap();
    assert_eq!(out, expected);
    assert_eq!((summary.rows, summary.pseudonyms), (3, 2));
    let (why, count) = summary.without.first_key_value().unwrap();
    assert_eq!((why.part, why.why, *count), (Part::Forename, Unusable::Placeholder, 1));
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let refused = |file: &str| streamed(file.as_bytes(), 4_096).unwrap_err();
    let not_once = |column: &str| CsvError::NotOnce { column: column.to_owned() };
    assert_eq!(refused(""), CsvError::NoHeader);
    assert_eq!(refused("forename,dob,middle name\n"), not_once("Surname"));
    assert_eq!(refused("forename,surname,dob,dob,middle name\n"), not_once("dob"));
    assert_eq!(refused("forename,surname,dob\n"), not_once("middle name"));
    let header = "forename,surname,dob,middle name";
    let taken = CsvError::Taken { column: "victim_pid".to_owned() };
    assert_eq!(refused(&format!("{header},Victim_PID\n")), taken);
    let left = refused(&format!("{header},home postcode\n"));
    let text =
        "column number 5 would be left in the output and is by its name a direct identifier (postcode): drop it too";
    assert_eq!(left.to_string(), text);
    let ragged = CsvError::Ragged { row: 2, found: 3, expected: 4 };
    assert_eq!(refused(&format!("{header}\na,b,c,d\na,b,c\n")), ragged);
    assert_eq!(streamed(b"forename,surname,dob,middle name\n\xff,b,c,d\n", 7), Err(CsvError::NotUtf8 { row: 1 }));
    let open = format!("{header}\na,b,c,\"{}", "x".repeat(1 << 20));
    assert_eq!(refused(&open), CsvError::TooLong { row: 1 });
}

proptest! {
    #[test]
    fn where_the_stream_is_cut_does_not_matter(cuts in 4..90_usize) {
        prop_assert_eq!(streamed(FILE.as_bytes(), cuts).unwrap(), streamed(FILE.as_bytes(), 4_096).unwrap());
    }

    #[test]
    fn a_table_and_a_file_give_the_same(rows in prop::collection::vec(("[A-Za-z]{0,6}", "[A-Z '-]{0,6}"), 0..20)) {
        let key = key();
        let (forenames, surnames): (Vec<_>, Vec<_>) =
            rows.iter().map(|(forename, surname)| (Some(forename.as_str()), Some(surname.as_str()))).unzip();
        let born = vec![Some("1980-02-01"); rows.len()];
        let made = key.columns(&[
            Column { part: Part::DateOfBirth, values: &born },
            Column { part: Part::Forename, values: &forenames },
            Column { part: Part::Surname, values: &surnames },
        ]).unwrap();
        let body: String = rows.iter().map(|(a, b)| format!("{a},{b},1980-02-01,\n")).collect();
        let (out, summary) = streamed(format!("forename,surname,dob,middle name\n{body}").as_bytes(), 64).unwrap();
        let lines: Vec<&str> = out.lines().skip(1).collect();
        prop_assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(&made.rows) {
            let pid = row.as_ref().map(ToString::to_string).unwrap_or_default();
            prop_assert_eq!(line.split(',').next(), Some(pid.as_str()));
        }
        prop_assert_eq!(&summary.without, &made.without());
    }
}
