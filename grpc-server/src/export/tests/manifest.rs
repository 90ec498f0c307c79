//! Every edit of a folder is found, and each has its own message.

use std::fs;
use std::path::Path;

use peelian::client::release_folder::{Fault, Verified, VerifyError, verify};
use tempfile::TempDir;

use super::{CORE, DESCRIBED, example, exported};
use crate::export::{ExportError, MadeFrom, manifest};
use crate::signing::Key;

fn key() -> Key {
    Key::of_seed([1; 32])
}

/// A folder as it is published.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &key());
    folder
}

fn write(folder: &Path, key: &Key) {
    let files = exported();
    let submissions = vec![("b".to_owned(), "bb".to_owned()), ("a".to_owned(), "aa".to_owned())];
    let made_from = MadeFrom { submissions, agencies: Some([7; 32]), ..MadeFrom::default() };
    let manifest = manifest(key, &DESCRIBED, &files, made_from, &example(&CORE).summary).unwrap();
    for file in files.iter().chain(&manifest) {
        fs::write(folder.join(&file.name), &file.bytes).unwrap();
    }
}

fn faults(folder: &TempDir, key: Option<&str>) -> Vec<Fault> {
    match verify(folder.path(), key) {
        Err(VerifyError::Edited(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_folder_as_it_was_published_is_accepted() {
    let (folder, public) = (folder(), key().public());
    let verified =
        Verified { release: "2017-example".to_owned(), files: exported().len(), public_key: public.clone() };
    assert_eq!(verify(folder.path(), None).unwrap(), verified);
    assert_eq!(verify(folder.path(), Some(&format!("{}\n", public.to_uppercase()))).unwrap(), verified);
}

#[test]
fn every_byte_that_is_changed_is_found() {
    let folder = folder();
    for file in exported() {
        let path = folder.path().join(&file.name);
        for at in [0, file.bytes.len() / 2, file.bytes.len() - 1] {
            let mut bytes = file.bytes.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            assert_eq!(faults(&folder, None), [Fault::Changed(file.name.clone())]);
        }
        fs::write(&path, &file.bytes).unwrap();
    }
    assert!(verify(folder.path(), None).is_ok());
}

#[test]
fn files_that_are_missing_or_added_are_found() {
    let folder = folder();
    fs::remove_file(folder.path().join("README.txt")).unwrap();
    fs::create_dir(folder.path().join("more")).unwrap();
    assert_eq!(faults(&folder, None), [Fault::Missing("README.txt".into()), Fault::Added("more".into())]);
    fs::remove_file(folder.path().join("manifest.sig")).unwrap();
    assert_eq!(faults(&folder, None), [Fault::Missing("manifest.sig".into())]);
    assert!(matches!(verify(&folder.path().join("nowhere"), None), Err(VerifyError::Unreadable { .. })));
}

#[test]
fn a_manifest_that_is_edited_is_found() {
    let folder = folder();
    let path = folder.path().join("manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"withheld\": 2", "\"withheld\": 0")).unwrap();
    assert_eq!(faults(&folder, None), [Fault::Signature]);
    assert_eq!(faults(&folder, Some(&key().public())), [Fault::Signature]);
    fs::write(&path, text.replace("\"form\": 1", "\"form\": 2")).unwrap();
    assert!(matches!(&faults(&folder, None)[..], [Fault::Form(_)]));
    fs::write(&path, text).unwrap();
    fs::write(folder.path().join("manifest.sig"), "00").unwrap();
    assert_eq!(faults(&folder, None), [Fault::Signature]);
}

#[test]
fn another_key_is_found() {
    let folder = folder();
    let other = Key::of_seed([2; 32]);
    write(folder.path(), &other);
    let expected = key().public();
    assert_eq!(faults(&folder, Some(&expected)), [Fault::OtherKey { found: other.public(), expected }]);
    assert!(matches!(&faults(&folder, Some("no key"))[..], [Fault::OtherKey { .. }]));
}

#[test]
fn the_manifest_has_no_sum_of_what_is_withheld() {
    let folder = folder();
    let text = fs::read_to_string(folder.path().join("manifest.json")).unwrap();
    assert!(text.contains("\"name\": \"a\"") && text.contains("\"ledger_position\": 42"));
    assert!(!text.contains("sum\""), "{text}");
}

#[test]
fn a_release_with_unprotected_counts_is_not_signed() {
    let mut summary = example(&CORE).summary;
    summary.unprotected.push("knife crime in Westminster".to_owned());
    let refused = manifest(&key(), &DESCRIBED, &[], MadeFrom::default(), &summary).err();
    assert_eq!(refused, Some(ExportError::Unprotected("knife crime in Westminster".to_owned())));
}
