//! Hashes: published hashes, and one hash of this project for implementations in other languages.

use super::super::key::{finish, keyed};
use super::super::{Domain, Identity, NotIdentified, Part, Unusable};
use super::{SECRET, key, key_of};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 4231, section 4: HMAC-SHA-256 of test cases 1 to 7 (5 is cut to 128 bits there).
#[test]
fn rfc_4231() {
    let key_4: Vec<u8> = (1..=25).collect();
    let larger: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let both: &[u8] = b"This is a test using a larger than block-size key and a larger than block-size data. \
        The key needs to be hashed before being used by the HMAC algorithm.";
    let cases: [(&[u8], &[u8], &str); 7] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (&key_4, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (&[0xaa; 131], larger, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        (&[0xaa; 131], both, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ];
    for (key, message, expected) in cases {
        let code = hex(&finish(&keyed(key).unwrap(), message));
        assert_eq!(&code[..expected.len()], expected);
    }
}

/// The example of `docs/pseudonyms.md`.
#[test]
fn the_documented_example() {
    let message = "peelian pseudonym\ndomain=police-victim\nidentity=name-birth-v1\nforename=ZOE\nsurname=OBRIEN\n\
        date_of_birth=1980-02-01\n";
    let expected = hex(&finish(&keyed(&SECRET).unwrap(), message.as_bytes()));
    let found = key().pseudonym(&[Some("Zoë"), Some("O’Brien"), Some("1/2/1980")]).unwrap();
    assert_eq!(found.to_string(), expected);
    let check = "peelian key check\nname=victims-2017\ndomain=police-victim\nidentity=name-birth-v1\n";
    assert_eq!(key().check(), &hex(&finish(&keyed(&SECRET).unwrap(), check.as_bytes()))[..8]);
    let document = include_str!("../../../../docs/pseudonyms.md");
    for text in [expected.as_str(), key().id(), &hex(&SECRET)] {
        assert!(document.contains(text), "docs/pseudonyms.md lacks {text}");
    }
}

#[test]
fn domains_identities_and_secrets_do_not_meet() {
    let person = [Some("Ann"), Some("Smith"), Some("1980-02-01"), Some("SW1A 1AA")];
    let mut other = SECRET;
    other[0] ^= 1;
    let mut found = Vec::new();
    for domain in Domain::ALL {
        for identity in [Identity::NameBirth, Identity::NameBirthPostcode] {
            for secret in [SECRET, other] {
                let key = key_of("a-key", domain, identity, &secret);
                found.push((key.id().to_owned(), key.pseudonym(&person).unwrap()));
            }
        }
    }
    for (at, (id, pseudonym)) in found.iter().enumerate() {
        assert!(found[..at].iter().all(|(other_id, other)| other_id != id && other != pseudonym));
    }
}

#[test]
fn a_row_without_a_part_has_no_pseudonym() {
    let missing = |part| Err(NotIdentified { part, why: Unusable::Missing });
    assert_eq!(key().pseudonym(&[Some("Ann"), None, Some("1980-02-01")]), missing(Part::Surname));
    assert_eq!(key().pseudonym(&[Some("Ann"), Some("Smith")]), missing(Part::DateOfBirth));
    let unknown = key().pseudonym(&[Some("unknown"), Some("Smith"), Some("1980-02-01")]).unwrap_err();
    assert_eq!(unknown.to_string(), "forename: a placeholder stands in its place");
}
