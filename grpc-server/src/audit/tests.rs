//! Tests of the audit log: what is recorded, and that every change is found.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::audit::file::{AuditFile, RECORDS};

fn call(n: u64) -> Event {
    Event::Call(Call {
        call: format!("call-{n}"),
        agency: "mps".to_owned(),
        roles: "analyst".to_owned(),
        credential: "token a1".to_owned(),
        method: "peelian.v1.ObservationService/QueryObservations".to_owned(),
        about: vec!["hate-crime-reports".to_owned(), "E09000028".to_owned()],
        decision: "allowed".to_owned(),
        policies: vec!["mps/sees-london".to_owned()],
        outcome: "OK".to_owned(),
        reason: String::new(),
        position: Some(n),
        cells: Some(12),
    })
}

fn at(n: u64) -> String {
    format!("2026-11-29T12:00:{n:02}Z")
}

/// An audit log of a start, six calls and a seal.
fn log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut file = AuditFile::open(folder.path(), 0).unwrap();
    let beginning: Vec<_> = file.beginning("0.1.0", 0).into_iter().map(|event| (at(0), event)).collect();
    file.append(&beginning).unwrap();
    file.append(&(1..=6).map(|n| (at(n), call(n))).collect::<Vec<_>>()).unwrap();
    let seal = file.seal();
    file.append(&[(at(7), seal)]).unwrap();
    folder
}

fn faults(folder: &TempDir) -> Vec<String> {
    let found = verify(folder.path(), &Known::default()).unwrap();
    found.faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
}

fn text(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join(RECORDS)).unwrap()
}

fn write(folder: &TempDir, text: &str) {
    fs::write(folder.path().join(RECORDS), text).unwrap();
}

#[test]
fn a_log_that_nobody_changed_is_verified() {
    let folder = log();
    let found = verify(folder.path(), &Known::default()).unwrap();
    assert_eq!((found.records, found.faults), (8, Vec::new()));
    assert_eq!(found.last.unwrap().0, 8);
    assert_eq!(records(folder.path()).unwrap().count(), 8);
}

#[test]
fn every_byte_that_is_changed_is_found() {
    let folder = log();
    let whole = text(&folder).into_bytes();
    // A digit, a letter, a space and an end of line take turns.
    let turns = b"1f \n".iter().copied().cycle();
    for (at, turn) in (0..whole.len()).zip(turns) {
        let replacement = if whole[at] == turn { b'0' } else { turn };
        let mut changed = whole.clone();
        changed[at] = replacement;
        fs::write(folder.path().join(RECORDS), changed).unwrap();
        assert_ne!(faults(&folder), Vec::<String>::new(), "byte {at}, {replacement}");
    }
}

#[test]
fn a_record_that_is_dropped_moved_or_repeated_is_found() {
    let folder = log();
    let whole = text(&folder);
    let lines: Vec<&str> = whole.lines().collect();
    let changed = |order: Vec<usize>| {
        let lines: Vec<&str> = order.into_iter().map(|at| lines[at]).collect();
        write(&folder, &(lines.join("\n") + "\n"));
        faults(&folder)
    };
    for dropped in 0..8 {
        assert_ne!(changed((0..8).filter(|at| *at != dropped).collect()), Vec::<String>::new(), "without {dropped}");
    }
    assert_eq!(changed(vec![0, 1, 2, 4, 5, 6, 7]), ["4: records 4 to 4 are missing"]);
    for (a, b) in (0..8).flat_map(|a| (0..a).map(move |b| (a, b))) {
        let mut order: Vec<usize> = (0..8).collect();
        order.swap(a, b);
        assert_ne!(changed(order), Vec::<String>::new(), "{a} and {b}");
    }
    assert!(changed(vec![0, 1, 1, 2, 3, 4, 5, 6, 7]).contains(&"3: record 2 comes after record 2".to_owned()));
}

#[test]
fn an_end_that_is_cut_is_found() {
    let folder = log();
    let whole = text(&folder);
    for end in 0..whole.len() {
        write(&folder, &whole[..end]);
        assert_ne!(faults(&folder), Vec::<String>::new(), "cut at {end}");
    }
    // Even if the head is cut back too, with a copy of an earlier one: the log of the server knows better.
    let last = verify(log().path(), &Known::default()).unwrap();
    assert!(last.faults.is_empty());
    let known = Known { last: Some((9, "0".repeat(64))), ..Known::default() };
    write(&folder, &whole);
    let found = verify(folder.path(), &known).unwrap();
    assert_eq!(found.faults[0].what, "record 9 of the server's log is missing");
}

#[test]
fn a_chain_that_is_made_anew_has_no_signature() {
    let folder = log();
    let whole = text(&folder).replace("\"cells\":12", "\"cells\":0");
    // The forger computes every hash again.
    let mut previous = record::BEGINNING.to_owned();
    let mut forged = String::new();
    for line in whole.lines() {
        let read: Record = serde_json::from_str(line).unwrap();
        let (line, hash) = Record::after(read.n, &read.at, &read.event, &previous);
        forged += &(line + "\n");
        previous = hash;
    }
    write(&folder, &forged);
    let found = faults(&folder);
    assert!(found[0].starts_with("8: the signature in record 8 is not of the key"), "{found:?}");
    assert!(found[1].starts_with("9: record 8 is not the one that was written last"), "{found:?}");
    // With another key beside it, the key that the operator noted tells.
    let other = log();
    let key = fs::read_to_string(other.path().join("key.pub")).unwrap();
    let known = Known { key: Some(key.trim().to_owned()), ..Known::default() };
    assert!(!verify(log().path(), &known).unwrap().faults.is_empty());
}

#[test]
fn a_server_that_starts_again_goes_on_and_keeps_a_gap_visible() {
    let folder = log();
    let whole = text(&folder);
    let mut file = AuditFile::open(folder.path(), 9).unwrap();
    assert_eq!(file.fault(), "");
    // Position 6 was recorded, and the ledger is at 9.
    let beginning = file.beginning("0.1.0", 9);
    assert_eq!(beginning[1], Event::Unrecorded { from: 7, to: 9 });
    file.append(&beginning.into_iter().map(|event| (at(8), event)).collect::<Vec<_>>()).unwrap();
    assert_eq!(faults(&folder), Vec::<String>::new());
    // The end is cut, and the server starts again.
    write(&folder, &whole[..whole.len() / 2]);
    let mut file = AuditFile::open(folder.path(), 9).unwrap();
    assert!(file.fault().ends_with("to 10 are missing"), "{}", file.fault());
    let beginning = file.beginning("0.1.0", 9);
    file.append(&beginning.into_iter().map(|event| (at(9), event)).collect::<Vec<_>>()).unwrap();
    let found = faults(&folder);
    assert!(found.len() == 2 && found[0].contains("to 10 are missing"), "{found:?}");
}

#[test]
fn a_record_without_its_end_was_never_acknowledged() {
    let folder = log();
    let whole = text(&folder);
    write(&folder, &(whole.clone() + "{\"n\":9,\"at\""));
    drop(AuditFile::open(folder.path(), 0).unwrap());
    assert_eq!(text(&folder), whole);
    assert_eq!(faults(&folder), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn only_the_user_of_the_server_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = log();
    for name in ["key", RECORDS, "head.json"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
