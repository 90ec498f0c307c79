//! Mappings, and files of local systems.

use super::*;
use crate::contract::Contract;
use crate::reference::Reference;

fn istv() -> &'static Dataset {
    Contract::get().dataset("istv_attendance").unwrap()
}

const LOCAL: &str = "\
[columns]
\"Site of treatment\" = \"site_code\"
\"Period from\" = \"reporting_period_start\"
\"Period to\" = \"reporting_period_end\"
\"Arrived\" = \"arrival_at\"
\"Assaulted\" = \"assault_at\"
\"How\" = \"assault_method\"
\"Clerk\" = \"\"

[values.assault_method]
Stabbed = \"03\"

[formats]
arrival_at = \"%d/%m/%Y %H:%M\"
assault_at = \"%d-%b-%y\"

[constants]
assault_location_type = \"99\"
";

fn apply(mapping: &str, file: &str) -> Result<String, ApplyError> {
    let mapped = Mapping::read(mapping, istv()).unwrap().apply(file.as_bytes())?;
    Ok(String::from_utf8(mapped).unwrap())
}

#[test]
fn a_file_of_a_local_system_becomes_rows() {
    let file = "A return of a hospital\n\nSite of treatment;Clerk;Period from;Period to;Arrived;Assaulted;How\n\
                RJZ01;Jo;2017-02-01;2017-02-28;01/02/2017 23:15;10-Feb-17;STABBED\n\n\
                RJZ01;Al;2017-02-01;2017-02-28;2017-02-03;;01\n";
    assert_eq!(
        apply(LOCAL, file).unwrap(),
        "\n\nsite_code,,reporting_period_start,reporting_period_end,arrival_at,assault_at,assault_method,\
         assault_location_type\n\
         RJZ01,,2017-02-01,2017-02-28,2017-02-01T23:15:00,2017-02-10,03,99\n\n\
         RJZ01,,2017-02-01,2017-02-28,2017-02-03 is not %d/%m/%Y %H:%M,,01,99\n"
    );
}

#[test]
fn months_have_formats_too() {
    let figures = Contract::get().dataset("published_figure").unwrap();
    let mapping = Mapping::read("formats = {period = \"%b-%y\"}", figures).unwrap();
    let mapped = mapping.apply(b"measure,Month\nknife-crime-offences,Jan-24\n").unwrap();
    assert_eq!(mapped, b"measure,period\nknife-crime-offences,2024-01\n");
}

#[test]
fn a_mapping_that_is_wrong_is_refused_with_its_line() {
    for (text, line, part) in [
        ("[columns]\nx = ", 2, ""),
        ("[colums]\n", 1, "there is no table [colums]; the tables are [columns], [values]"),
        (
            "[columns]\nSite = \"site\"\nOther = \"site_cod\"\n",
            3,
            "no field `site_cod` that is submitted; the nearest is `site_code`",
        ),
        ("[columns]\nSite = \"attended_on\"\n", 2, "no field `attended_on`"),
        ("[columns]\nSite = 3\n", 2, "a text in quotes"),
        ("[columns]\nA = \"site_code\"\nB = \"site_code\"\n", 3, "two columns are `site_code`"),
        ("[columns]\nA = \"site_code\"\n[constants]\nsite_code = \"x\"\n", 4, "a column and a constant"),
        ("[formats]\nsite_code = \"%d\"\n", 2, "is a code and has no format"),
        ("[formats]\narrival_at = \"dd/mm/yyyy\"\n", 2, "no format: write the signs of strptime"),
        ("[formats]\narrival_at = \"%d/%J\"\n", 2, "no format"),
        ("[values]\nassault_method = \"03\"\n", 2, "must be a table"),
    ] {
        let refused = Mapping::read(text, istv()).unwrap_err();
        assert_eq!(refused.line, line, "{text}: {refused}");
        assert!(refused.reason.contains(part), "{refused}");
    }
}

#[test]
fn a_file_without_a_column_of_the_mapping_is_refused() {
    let refused = apply(LOCAL, "Site of treatment,Arrived\nRJZ01,x\n").unwrap_err();
    assert_eq!(refused.to_string(), "the file has no column `Period from`, which line 3 of the mapping names");
    let refused = apply("constants = {site_code = \"RJZ01\"}", "Site code,x\nRJZ01,y\n").unwrap_err();
    assert_eq!(refused, ApplyError::Twice { field: "site_code" });
    assert!(matches!(apply(LOCAL, ""), Err(ApplyError::NotATable(_))));
}

#[test]
fn a_draft_is_a_mapping_that_a_person_completes() {
    let file = "Site code,Arival at,Assault method,Surname,Remark\nRJZ01,01/02/2017 23:15,Stabbed,Featherstone,hello\n\
                RJZ01,02/02/2017 23:15,3,Featherstone,hello\n";
    let draft = draft(istv(), file.as_bytes(), &Reference::from_seeds().unwrap()).unwrap();
    for part in [
        "\"Site code\" = \"site_code\"\n",
        "\"Arival at\" = \"arrival_at\"  # the nearest name",
        "\"Surname\" = \"\"  # a direct identifier (name): never sent",
        "\"Remark\" = \"\"  # no field is near",
        "[values.assault_method]  # 01 Body part",
        "# \"Stabbed\" = \"\"\n",
        "# arrival_at = \"%d/%m/%Y %H:%M\"",
        "# reporting_period_start = \"\"  # required",
    ] {
        assert!(draft.contains(part), "{part} in {draft}");
    }
    assert!(!draft.contains("Featherstone") && !draft.contains("hello") && !draft.contains("# \"3\""));
    let mapped = Mapping::read(&draft, istv()).unwrap().apply(file.as_bytes()).unwrap();
    assert!(mapped.starts_with(b"site_code,arrival_at,assault_method,,\nRJZ01,01/02/2017 23:15,Stabbed,,\n"));
}
