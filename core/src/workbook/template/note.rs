//! The note on a heading.

use crate::contract::{Field, Kind, Presence};

/// The meaning of a field, whether a row needs it, and how it is written. `codes` is the sheet with its codes.
pub(super) fn text(field: &Field, codes: Option<&str>) -> String {
    let presence = match field.presence() {
        Presence::Required => "Every row has it.".to_owned(),
        Presence::Conditional => format!("A row has it if {}.", field.options.required_when),
        Presence::Optional => "It may be empty.".to_owned(),
    };
    [field.description.clone(), presence, form(field, codes)].join("\n\n")
}

fn form(field: &Field, codes: Option<&str>) -> String {
    match (&field.kind, codes) {
        (Kind::Set(_), Some(sheet)) => format!("Codes of the sheet {sheet}, with a semicolon between two."),
        (Kind::Area, Some(sheet)) => format!("A code of the sheet {sheet}, or the name of the area."),
        (_, Some(sheet)) => format!("A code of the sheet {sheet}."),
        (Kind::Area, None) => "The code or the name of an area.".to_owned(),
        (Kind::Date, None) => "A date: 2017-02-28.".to_owned(),
        (Kind::Timestamp, None) => "A date and the time in London: 2017-02-28 23:15.".to_owned(),
        (Kind::Period, None) => "A period: 2017-02, 2016/17-Q4, 2016/17.".to_owned(),
        (Kind::Integer(most), None) => format!("A whole number from 0 to {most}."),
        (Kind::Number | Kind::Weight, None) => "A number.".to_owned(),
        (Kind::Key, None) => "Your own reference, which names nobody.".to_owned(),
        (Kind::Pseudonym, None) => "A pseudonym, made before the file leaves you.".to_owned(),
        (Kind::Text | Kind::Code(_) | Kind::Set(_) | Kind::OpenCode(_) | Kind::Flag, None) => {
            format!("A text of at most {} letters.", field.max_length())
        }
    }
}
