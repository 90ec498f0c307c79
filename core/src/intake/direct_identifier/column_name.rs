//! Direct identifiers by the names of columns.

use super::Identifier;

/// Words of a column name, without spaces, that are typical of a direct identifier.
const COLUMN_WORDS: &[(&str, Identifier)] = &[
    ("nhsnumber", Identifier::NhsNumber),
    ("nhsno", Identifier::NhsNumber),
    ("nhsnum", Identifier::NhsNumber),
    ("nhs", Identifier::NhsNumber),
    ("pncid", Identifier::PncId),
    ("pncno", Identifier::PncId),
    ("pncnumber", Identifier::PncId),
    ("pnc", Identifier::PncId),
    ("nino", Identifier::NationalInsurance),
    ("nationalinsurance", Identifier::NationalInsurance),
    ("nationalinsurancenumber", Identifier::NationalInsurance),
    ("name", Identifier::Name),
    ("names", Identifier::Name),
    ("forename", Identifier::Name),
    ("forenames", Identifier::Name),
    ("surname", Identifier::Name),
    ("firstname", Identifier::Name),
    ("lastname", Identifier::Name),
    ("fullname", Identifier::Name),
    ("middlename", Identifier::Name),
    ("givenname", Identifier::Name),
    ("familyname", Identifier::Name),
    ("maidenname", Identifier::Name),
    ("initials", Identifier::Name),
    ("alias", Identifier::Name),
    ("dob", Identifier::DateOfBirth),
    ("dateofbirth", Identifier::DateOfBirth),
    ("birthdate", Identifier::DateOfBirth),
    ("birthday", Identifier::DateOfBirth),
    ("birth", Identifier::DateOfBirth),
    ("address", Identifier::Address),
    ("street", Identifier::Address),
    ("uprn", Identifier::Address),
    ("easting", Identifier::Address),
    ("northing", Identifier::Address),
    ("latitude", Identifier::Address),
    ("longitude", Identifier::Address),
    ("postcode", Identifier::Postcode),
    ("zipcode", Identifier::Postcode),
    ("email", Identifier::Email),
    ("emailaddress", Identifier::Email),
    ("phone", Identifier::Telephone),
    ("mobile", Identifier::Telephone),
    ("telephone", Identifier::Telephone),
    ("tel", Identifier::Telephone),
    ("msisdn", Identifier::Telephone),
    ("cardnumber", Identifier::PaymentCard),
    ("cardno", Identifier::PaymentCard),
    ("creditcard", Identifier::PaymentCard),
    ("debitcard", Identifier::PaymentCard),
    ("sortcode", Identifier::BankAccount),
    ("accountnumber", Identifier::BankAccount),
    ("accountno", Identifier::BankAccount),
    ("iban", Identifier::BankAccount),
    ("passport", Identifier::Passport),
    ("passportnumber", Identifier::Passport),
    ("passportno", Identifier::Passport),
    ("drivernumber", Identifier::DrivingLicence),
    ("drivinglicence", Identifier::DrivingLicence),
    ("driverlicence", Identifier::DrivingLicence),
    ("driverslicence", Identifier::DrivingLicence),
];

/// The kind of identifier in a column that is not a field of the dataset, by its name: `victim_surname`, `NHS No.`,
/// `dateOfBirth`.
pub(crate) fn in_column_name(name: &str) -> Option<Identifier> {
    let words: Vec<String> = words(name);
    let longest_run = 3;
    (1..=longest_run)
        .rev()
        .flat_map(|run| words.windows(run))
        .find_map(|run| {
            let joined = run.concat();
            COLUMN_WORDS.iter().find(|(word, _)| *word == joined)
        })
        .map(|(_, identifier)| *identifier)
}

/// The words of a name in lower case, cut at punctuation and at changes from small to capital letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
