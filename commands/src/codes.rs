//! `codes`.

use std::error::Error;

use clap::Args;
use peelian::v1::{Code, CodeList};
use peelian_core::contract::Contract;
use peelian_core::reference::Reference;
use peelian_core::wire;

use crate::output::{ListColumn, Listed};
use crate::{Failure, json};

/// Looks codes up: the codes of a list or of a field, with their labels. It needs no server.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Codes {
    /// List, such as ho_class, or field, such as crime.knife_use. Without it, the lists are listed.
    #[arg(value_name = "LIST")]
    list: Option<String>,

    /// Words of the code or the label.
    #[arg(value_name = "WORD")]
    words: Vec<String>,

    #[command(flatten)]
    listed: Listed,
}

const EXAMPLES: &str = "\
Examples:
  The lists:
    PROGRAM codes

  Classes of rape, and the codes of a field:
    PROGRAM codes ho_class rape
    PROGRAM codes istv_attendance.assault_method";

impl Codes {
    /// Prints the codes.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let reference = Reference::from_seeds()?;
        let Some(list) = &self.list else { return self.write_lists(&reference) };
        let codes: Vec<Code> = codes_of(list, &reference)?.into_iter().filter(|code| self.has_words(code)).collect();
        if codes.is_empty() {
            return Err(Failure::Refused(format!("no code of {list} has these words")).into());
        }
        let columns = [
            ListColumn::texts("Code", "code"),
            ListColumn::texts("Label", "label"),
            ListColumn::texts("Other spellings", "other_spellings"),
        ];
        let rows: Vec<_> = codes.iter().map(record).collect();
        self.listed.print(columns, &rows, || json::list("peelian.v1.Code", &codes))?;
        Ok(())
    }

    fn has_words(&self, code: &Code) -> bool {
        let text = format!("{} {} {}", code.code, code.label, code.aliases.join(" ")).to_lowercase();
        self.words.iter().all(|word| text.contains(&word.to_lowercase()))
    }

    fn write_lists(&self, reference: &Reference) -> Result<(), Box<dyn Error>> {
        let lists: Vec<CodeList> = reference.codes.iter().map(|list| wire::code_list(list, true)).collect();
        let id = |list: &CodeList| list.name.trim_start_matches("codeLists/").to_owned();
        let row =
            |list: &CodeList| [id(list), list.codes.len().to_string(), list.version.clone(), list.source.clone()];
        let columns = [
            ListColumn::texts("List", "list"),
            ListColumn::numbers("Codes", "codes"),
            ListColumn::texts("Version", "version"),
            ListColumn::texts("Source", "source"),
        ];
        let rows: Vec<_> = lists.iter().map(row).collect();
        self.listed.print(columns, &rows, || json::list("peelian.v1.CodeList", &lists))?;
        Ok(())
    }
}

/// The codes of an open list, or of the field of a dataset.
fn codes_of(list: &str, reference: &Reference) -> Result<Vec<Code>, Failure> {
    if let Some(found) = reference.codes.list(list) {
        return Ok(wire::code_list(found, true).codes);
    }
    let unknown = || {
        let lists = reference.codes.iter().map(|list| list.name().to_owned()).collect::<Vec<_>>().join(", ");
        Failure::Refused(format!("there is no list {list}: name a field, such as crime.knife_use, or one of {lists}"))
    };
    let (dataset, field) = list.split_once('.').ok_or_else(unknown)?;
    let dataset = Contract::get().dataset(dataset).ok_or_else(unknown)?;
    let field =
        wire::dataset(dataset, true).fields.into_iter().find(|known| known.name == field).ok_or_else(unknown)?;
    if field.codes.is_empty() && !field.code_list.is_empty() {
        return codes_of(field.code_list.trim_start_matches("codeLists/"), reference);
    }
    Ok(field.codes)
}

fn record(code: &Code) -> [String; 3] {
    [code.code.clone(), code.label.clone(), code.aliases.join(", ")]
}
