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
         RJZ01,,2017-02-01,2017-02-28,2017-02-03,,01,99\n"
    );
}

#[test]
fn the_encoding_of_a_file_is_told_behind_a_mapping() {
    let figures = Contract::get().dataset("published_figure").unwrap();
    let mapping =
        Mapping::read("columns = {Remark = \"source\"}\nvalues.source = {other = \"\u{141}\"}", figures).unwrap();
    let file = |text: &[u8]| [b"measure,Remark,x\n", text].concat();
    assert_eq!(mapping.apply(&file(b"a,caf\xe9,\n")).unwrap(), b"measure,source,x\na,caf\xe9,\n");
    // Without the first column, nobody could tell whether the last has one letter or two.
    let unclear = b"x,measure,Remark\n\xe9,a,\xc3\xa9\n";
    let without = Mapping::read("columns = {Remark = \"source\", x = \"\"}", figures).unwrap();
    assert_eq!(without.apply(unclear).unwrap(), ",measure,source\n,a,\u{c3}\u{a9}\n".as_bytes());
    // The letter that the mapping writes is not in Windows-1252.
    let other = file(b"a,other,caf\xe9\n");
    assert_eq!(mapping.apply(&other).unwrap(), "measure,source,x\na,\u{141},caf\u{e9}\n".as_bytes());
}

#[test]
fn months_have_formats_too() {
    let figures = Contract::get().dataset("published_figure").unwrap();
    let mapping = Mapping::read("formats = {period = \"%b-%y\"}", figures).unwrap();
    let mapped = mapping.apply(b"measure,Month\nknife-crime-offences,Jan-24\n").unwrap();
    assert_eq!(mapped, b"measure,period\nknife-crime-offences,2024-01\n");
}

/// 2017-02-01 is day 42767 of Excel, which shows it so in the 1900 date system; 20851 of SAS and 17198 of R.
#[test]
fn days_are_counted_from_the_day_that_a_program_counts_from() {
    for (origin, number) in
        [("1899-12-30", "42767"), ("1904-01-01", "41305"), ("1960-01-01", "20851"), ("1970-01-01", "17198")]
    {
        let mapping = format!("formats = {{arrival_at = \"days since {origin}\"}}");
        let file = format!("Site code,Arrival at\nRJZ01,{number}\nRJZ01,{number}.96875\nRJZ01,{number}.0\n");
        let rows = "RJZ01,2017-02-01\nRJZ01,2017-02-01T23:15:00\nRJZ01,2017-02-01T00:00:00\n";
        assert_eq!(apply(&mapping, &file).unwrap(), format!("site_code,arrival_at\n{rows}"));
    }
    let mapping = "formats = {arrival_at = \"days since 1899-12-30\"}";
    for (cell, read) in [
        ("42767.3333333333", "2017-02-01T08:00:00"),
        ("42767.99999999", "2017-02-02T00:00:00"),
        ("42767,96875", "2017-02-01T23:15:00"),
        ("2017-02-01", "2017-02-01"),
        ("-1", "not in the format of the mapping: -1"),
        ("42767.", "not in the format of the mapping: 42767."),
        ("99999999", "not in the format of the mapping: 99999999"),
        ("99999999999999999999", "not in the format of the mapping: 99999999999999999999"),
    ] {
        assert_eq!(apply(mapping, &format!("Arrival at;x\n{cell};\n")).unwrap(), format!("arrival_at,x\n{read},\n"));
    }
    let figures = Contract::get().dataset("published_figure").unwrap();
    let mapping = Mapping::read("formats = {period = \"days since 1899-12-30\"}", figures).unwrap();
    assert_eq!(mapping.apply(b"Month\n42767\n").unwrap(), b"period\n2017-02\n");
}

#[test]
fn what_has_one_meaning_needs_no_format() {
    let mapping = "formats = {arrival_at = \"%d/%m/%Y %H:%M\"}";
    for (cell, read) in [
        ("01/02/2024 23:15", "2024-02-01T23:15:00"),
        ("01/02/2024", "2024-02-01"),
        ("2024-02-01", "2024-02-01"),
        ("2024-02-01 23:15", "2024-02-01 23:15"),
        ("2024-02-01T23:15:00", "2024-02-01T23:15:00"),
        ("2024-02-01T23:15:00Z", "2024-02-01T23:15:00Z"),
        ("1 Feb 2024", "1 Feb 2024"),
        ("Unknown", "Unknown"),
        ("NULL", "NULL"),
        ("2/2024", "not in the format of the mapping: 2/2024"),
        ("02/13/2024 23:15", "not in the format of the mapping: 02/13/2024 23:15"),
    ] {
        assert_eq!(apply(mapping, &format!("Arrival at;x\n{cell};\n")).unwrap(), format!("arrival_at,x\n{read},\n"));
    }
}

#[test]
fn a_day_alone_is_read_where_the_format_has_a_time() {
    for (format, cell) in [
        ("%d %b %Y %H:%M", "3 feb 2024"),
        ("%d %m %Y %H:%M", "03 02 2024"),
        ("%d/%m/%Y %I:%M %p", "03/02/2024"),
        ("%d.%m.%YT%H:%M", "03.02.2024"),
        ("%d/%m/%Y, %H:%M", "03/02/2024"),
    ] {
        let mapping = format!("formats = {{arrival_at = \"{format}\"}}");
        assert_eq!(
            apply(&mapping, &format!("Arrival at;x\n{cell};\n")).unwrap(),
            "arrival_at,x\n2024-02-03,\n",
            "{format}"
        );
    }
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
        ("[formats]\narrival_at = \"days since 30/12/1899\"\n", 2, "or `days since 1899-12-30`"),
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
fn a_draft_knows_numbers_of_days() {
    let draft =
        draft(istv(), b"Site code,Arrival at\nRJZ01,42767.96875\n", &Reference::from_seeds().unwrap()).unwrap();
    assert!(draft.contains("# arrival_at = \"days since 1899-12-30\"  # of Excel; 1904-01-01"), "{draft}");
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
