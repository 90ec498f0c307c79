mod files;
mod normalisation;
mod vectors;

use super::{CsvColumns, Domain, Identity, LinkageKey, Part};

/// 32 bytes for tests: SHA-256 of no bytes.
pub(super) const SECRET: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

fn key_of(name: &str, domain: Domain, identity: Identity, secret: &[u8]) -> LinkageKey {
    LinkageKey::new(name, domain, identity, jiff::civil::date(2017, 4, 1), secret).unwrap()
}

fn key() -> LinkageKey {
    key_of("victims-2017", Domain::PoliceVictim, Identity::NameBirth, &SECRET)
}

fn columns() -> CsvColumns {
    CsvColumns {
        raw: vec![
            (Part::Surname, "Surname".to_owned()),
            (Part::Forename, "forename".to_owned()),
            (Part::DateOfBirth, "dob".to_owned()),
        ],
        dropped: vec!["middle name".to_owned()],
        pseudonym: "victim_pid".to_owned(),
        key_id: "linkage_key_id".to_owned(),
    }
}
