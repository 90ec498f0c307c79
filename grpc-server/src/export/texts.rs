//! `README.txt` and `LICENCE.txt`.

use super::{Described, VERSION};

/// Name of the file that tells what the others are.
pub(super) const README: &str = "README.txt";
/// What a release says that has synthetic data.
pub(super) const SYNTHETIC: &str =
    "Some numbers of this release are made up: they are computed from synthetic data, and describe nobody.";
/// Name of the file about licences.
pub(super) const LICENCE: &str = "LICENCE.txt";

/// What the files of a release are. `files` are the names of the others, each with what it is.
pub(super) fn readme(described: &Described<'_>, files: &[(&str, &str)], is_synthetic: bool) -> Vec<u8> {
    let synthetic = if is_synthetic { format!("{SYNTHETIC}\n\n") } else { String::new() };
    let files: String = files.iter().map(|(name, about)| format!("{name}\n    {about}\n")).collect();
    format!(
        "{}\n\n{synthetic}Release {}, from position {} of the ledger, made by Peelian {VERSION}.\n\n{files}\n\
         A value that is withheld is empty and has the shorthand [c]. It is never 0.\n\
         A text of a CSV file that begins with =, +, -, @ or a control character has an apostrophe before it, so that no\n\
         spreadsheet takes it for a formula.\n\n\
         Check that nothing was changed: peelian-server release verify FOLDER --key FILE\n\
         FILE has the public key of the publisher, which must come from another place than this folder.\n",
        described.title, described.id, described.ledger_position
    )
    .into_bytes()
}

/// What is known of the licences, and what the publisher must state.
pub(super) fn licence() -> Vec<u8> {
    "Reference data\n\n\
     The names and codes of areas, the estimates of population and the code lists come from the Office for National\n\
     Statistics, the Greater London Authority, the Metropolitan Police Service, the Mayor's Office for Policing and Crime,\n\
     the Home Office, the Ministry of Justice, the Crown Prosecution Service and the NHS.\n\
     Contains public sector information licensed under the Open Government Licence v3.0:\n\
     https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/\n\n\
     Figures\n\n\
     The agencies that submitted the data, and the publisher of this release, decide under which licence the figures may be\n\
     used. This folder does not state it. The publisher states it where the release is published. Without such a statement,\n\
     nobody else may use the figures as their own.\n"
        .as_bytes()
        .to_vec()
}
