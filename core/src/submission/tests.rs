//! Figures that cannot be, and rows outside a remit.

use std::sync::Arc;

use jiff::civil::date;

use super::{FigureCheck, RemitCheck};
use crate::Core;
use crate::contract::{Contract, Severity};
use crate::intake::{Checked, Declared, Intake, IntakeError, Limits, Mode, NothingHeld, RowCheck};
use crate::reference::Level;

fn core() -> Arc<Core> {
    Arc::new(Core::from_seeds().unwrap())
}

fn checked(core: &Core, dataset: &str, csv: &str, checks: &[&dyn RowCheck]) -> Checked {
    let dataset = Contract::get().dataset(dataset).unwrap();
    let (period_first, period_last) = (date(2010, 1, 1), date(2030, 1, 1));
    let declared = Declared { period_first, period_last, extract_date: period_last, mode: Mode::ReplacePeriod };
    let limits = Limits { judge_errors: false, ..Limits::default() };
    let mut intake = Intake::new(&core.reference, dataset, declared, limits).unwrap();
    intake.push_csv(csv.as_bytes()).unwrap();
    intake.finish_with(&NothingHeld, checks).unwrap()
}

/// The codes of the findings about one figure: errors, warnings and others.
fn figure(row: &str) -> Vec<&'static str> {
    let core = core();
    let csv = format!(
        "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source\n{row},final,made up\n"
    );
    let checked = checked(&core, "published_figure", &csv, &[&FigureCheck::new(&core)]);
    checked.findings.kept().iter().map(|finding| finding.code).collect()
}

#[test]
fn figures_that_can_be_are_accepted() {
    assert_eq!(figure("knife-crime-offences,E09000028,2024-01,,52,,,"), [""; 0]);
    assert_eq!(figure("knife-crime-offences,E09000028,2024-01,,\"1,306\",,,"), [""; 0]);
    assert_eq!(figure("knife-crime-offences,E09000028,2024-01,,12.0,,12,"), [""; 0]);
    assert_eq!(figure("victim-satisfaction-overall,E09000028,2016/17,,40,50,0.8,50"), [""; 0]);
    assert_eq!(figure("public-good-job-local,E09000028,R12-2016-12,,,,0.68,410"), [""; 0]);
    assert_eq!(figure("public-good-job-local,E09000028,R12-2016-12,,,,0.68,"), ["PEEL-3221"]);
    // Full-time equivalents are hours and not persons.
    assert_eq!(figure("workforce-share.women-fte,E23000001,2017-03,,8211.5,31021.25,,"), [""; 0]);
}

#[test]
fn values_without_parts_are_told_once() {
    let core = core();
    let mut csv =
        "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source\n".to_owned();
    for month in ["2016-03", "2016-06", "2016-09"] {
        csv += &format!("public-good-job-local,E09000028,R12-{month},,,,0.68,,final,made up\n");
    }
    let checked = checked(&core, "published_figure", &csv, &[&FigureCheck::new(&core)]);
    let [told] = checked.findings.kept() else { panic!("{:?}", checked.findings.kept()) };
    assert_eq!((told.code, told.row, told.field), ("PEEL-3221", 1, "value"));
    assert!(told.message.starts_with("3 figures have a value alone"), "{}", told.message);
}

#[test]
fn figures_that_cannot_be_are_findings() {
    for (row, codes) in [
        ("victim-satisfaction-overall,E09000028,2016/17,,600,500,,", vec!["PEEL-3215"]),
        ("victim-satisfaction-overall,E09000028,2016/17,,0,0,,", vec!["PEEL-3217"]),
        ("victim-satisfaction-overall,E09000028,2016/17,,40,50,0.9,", vec!["PEEL-3220"]),
        ("victim-satisfaction-overall,E09000028,2016/17,,,,78.5,", vec!["PEEL-3214", "PEEL-3221"]),
        ("victim-satisfaction-overall,E09000028,2016/17,,40,,,", vec!["PEEL-3218"]),
        ("victim-satisfaction-overall,E09000028,2016/17,,,50,0.8,", vec!["PEEL-3218"]),
        ("knife-crime-offences,E09000028,2016-04,,12.5,,,", vec!["PEEL-3216"]),
        ("knife-crime-offences,E09000028,2016-05,,12,100,3,", vec!["PEEL-3219", "PEEL-3220"]),
        ("knife-crime-offences,E09000028,2016-05,colour=red,12,,,", vec!["PEEL-3212"]),
        ("knife-crime-offences,E09000028,2016-05,knife_use=red,12,,,", vec!["PEEL-3213"]),
        ("knife-crime-offences,RJ122,2016-05,,12,,,", vec!["PEEL-3210"]),
        ("victim-satisfaction-overall,E09000028,2016-05,,40,50,,", vec!["PEEL-3211"]),
        ("hate-crime-sanction-rate,E23000001,2016/17,,,,78.5,", vec!["PEEL-3221", "PEEL-3223"]),
        ("hate-crime-sanction-rate,E23000001,2016/17,,,,1.2,", vec!["PEEL-3221"]),
    ] {
        assert_eq!(figure(row), codes, "{row}");
    }
}

#[test]
fn a_percentage_is_told_as_a_share() {
    let core = core();
    let csv = "measure,area,period,value,unweighted_base,status,source\n\
               victim-satisfaction-overall,E09000028,2016/17,78.5,400,final,made up\n";
    let checked = checked(&core, "published_figure", csv, &[&FigureCheck::new(&core)]);
    let finding = &checked.findings.kept()[0];
    assert!(finding.message.contains("As a percentage that is 0.785."), "{}", finding.message);
    assert_eq!((finding.row, finding.field, checked.rejected), (1, "value", 1));
}

#[test]
fn marks_of_suppression_are_a_status() {
    let core = core();
    let mut csv = "measure,area,period,numerator,status,source\n".to_owned();
    for (borough, mark) in (2..).zip(["[c]", "*", "<5", "c", ":"]) {
        csv.push_str(&format!("knife-crime-offences,E0900000{borough},2024-01,{mark},final,made up\n"));
    }
    for (borough, mark) in (10..).zip(["..", "z", "5 [p]", "-"]) {
        csv.push_str(&format!("knife-crime-offences,E090000{borough},2024-01,{mark},final,made up\n"));
    }
    let checked = checked(&core, "published_figure", &csv, &[&FigureCheck::new(&core)]);
    assert_eq!((checked.received, checked.rejected, checked.batch.rows()), (9, 4, 5));
    let suppressed = checked.batch.column("suppressed").unwrap().as_u8().unwrap();
    assert!(suppressed.iter().all(|flag| *flag == 2), "{suppressed:?}");
    assert!(checked.batch.column("numerator").unwrap().as_f64().unwrap().iter().all(|number| number.is_nan()));
    assert_eq!(checked.findings.total(Severity::Info), 5);
}

/// One row of each dataset that names an area or a site itself, with `AREA` in its place.
const ROWS: [(&str, &str); 4] = [
    ("published_figure", "measure,area,period,numerator,status,source\nMEASURE,AREA,DAY,5,final,made up\n"),
    (
        "local_priority",
        "borough,valid_from,priority_1,priority_2\nAREA,DAY-01,robbery_personal,burglary_residential\n",
    ),
    (
        "istv_attendance",
        "reporting_period_start,reporting_period_end,site_code,assault_at,assault_method,assault_location_type\n\
         DAY-01,DAY-30,AREA,DAY-02,01,99\n",
    ),
    ("asb_incident", "month_end,borough,asb_type,count,recorded_by\nDAY-30,AREA,personal,5,council\n"),
];

#[test]
fn rows_outside_a_remit_are_findings() {
    let core = core();
    let cases = [
        ("southwark", "local_priority", "E09000028", ""),
        ("southwark", "local_priority", "E09000022", "PEEL-2003"),
        ("mopac", "local_priority", "E09000022", ""),
        ("southwark", "asb_incident", "E09000028", ""),
        ("southwark", "asb_incident", "E09000022", "PEEL-2003"),
        ("mps", "asb_incident", "E09000001", "PEEL-2003"),
        ("nhs-rj1", "istv_attendance", "RJ122", ""),
        ("nhs-rj1", "istv_attendance", "RJ701", "PEEL-2003"),
        ("safestats", "istv_attendance", "RJ701", ""),
        ("mps", "published_figure", "E09000028", ""),
        ("mps", "published_figure", "PSEUDO-AIRPORTS", ""),
        ("mps", "published_figure", "E09000001", "PEEL-2003"),
        ("city-of-london-police", "published_figure", "E09000001", ""),
        ("city-of-london-police", "published_figure", "E09000028", "PEEL-2003"),
        ("nhs-rj1", "published_figure", "RJ122", "PEEL-2004"),
    ];
    for (id, dataset, area, code) in cases {
        let agency = core.reference.register.agency(id).unwrap();
        let (_, csv) = ROWS.iter().find(|(known, _)| *known == dataset).unwrap();
        let csv = csv.replace("AREA", area).replace("DAY", "2017-04").replace("MEASURE", "knife-crime-offences");
        let found = checked(&core, dataset, &csv, &[&RemitCheck::new(agency)]);
        let codes: Vec<&str> = found
            .findings
            .kept()
            .iter()
            .filter(|finding| finding.code.starts_with("PEEL-200"))
            .map(|finding| finding.code)
            .collect();
        let expected: Vec<&str> = Some(code).filter(|code| !code.is_empty()).into_iter().collect();
        assert_eq!(codes, expected, "{id} {dataset} {area}: {:?}", found.findings.kept());
    }
}

#[test]
fn a_report_that_covers_no_area_says_whose_report_is_needed() {
    let core = core();
    let told = |id: &str| {
        let agency = core.reference.register.agency(id).unwrap();
        let csv = ROWS[3].1.replace("AREA", "E09000028").replace("DAY", "2017-04");
        let found = checked(&core, "asb_incident", &csv, &[&RemitCheck::new(agency)]);
        let told = found.findings.kept().iter().find(|finding| finding.code == "PEEL-2012");
        told.map(|finding| (finding.row, finding.message.clone()))
    };
    assert_eq!(told("mps"), None);
    let (row, text) = told("southwark").unwrap();
    assert_eq!(row, 0);
    assert!(text.starts_with("Such an agency is Metropolitan Police Service, and not "), "{text}");
}

#[test]
fn rows_outside_the_days_of_a_remit_are_findings() {
    let text = "[agencies.merged-trust]\nname = \"A trust\"\nkind = \"borough\"\nareas = [\"E09000028\"]\n\
                valid_from = \"2015-01-01\"\nvalid_to = \"2016-12-31\"\n";
    let core = Core::with_agencies(Some(("agencies.toml", text))).unwrap();
    let agency = core.reference.register.agency("merged-trust").unwrap();
    for (day, rejected) in [("2014-12", 1), ("2015-01", 0), ("2016-12", 0), ("2017-01", 1)] {
        let csv = ROWS[1].1.replace("AREA", "E09000028").replace("DAY", day);
        let found = checked(&core, "local_priority", &csv, &[&RemitCheck::new(agency)]);
        assert_eq!(found.rejected, rejected, "{day}");
        assert!(found.findings.kept().iter().all(|finding| finding.code == "PEEL-2005"));
    }
}

#[test]
fn a_row_that_is_left_out_takes_part_in_no_key() {
    let core = core();
    let csv = "measure,area,period,breakdown,numerator,status,source\n\
               knife-crime-offences,E09000028,2023-12,,50,final,made up\n\
               knife-crime-offences,E09000028,2023-12,Age band: 18-24,9,final,made up\n";
    let found = checked(&core, "published_figure", csv, &[&FigureCheck::new(&core)]);
    assert_eq!((found.received, found.rejected, found.batch.rows()), (2, 1, 1));
    assert_eq!(found.left_out.unwrap().numbers, [1]);
}

#[test]
fn an_operators_file_names_a_measure_that_exists() {
    let text = "[agencies.x]\nname = \"X\"\nkind = \"borough\"\nareas = [\"E09000028\"]\n\
                remits = [{ datasets = [\"published_figure\"], measures = [\"knife\"] }]\n";
    let refused = Core::with_agencies(Some(("agencies.toml", text))).unwrap_err().to_string();
    assert_eq!(refused, "agencies.toml:5: no measure is named `knife`");
}

/// The error of a submission whose rows are all outside the remit names the first few.
#[test]
fn too_many_rows_outside_a_remit_refuse_the_submission() {
    let core = core();
    let dataset = Contract::get().dataset("local_priority").unwrap();
    let (period_first, period_last) = (date(2010, 1, 1), date(2030, 1, 1));
    let declared = Declared { period_first, period_last, extract_date: period_last, mode: Mode::ReplacePeriod };
    let mut intake = Intake::new(&core.reference, dataset, declared, Limits::default()).unwrap();
    intake.push_csv(ROWS[1].1.replace("AREA", "E09000022").replace("DAY", "2017-04").as_bytes()).unwrap();
    let check = RemitCheck::new(core.reference.register.agency("southwark").unwrap());
    let Err(IntakeError::TooManyErrors { findings, .. }) = intake.finish_with(&NothingHeld, &[&check]) else {
        panic!("not refused")
    };
    let message = &findings.kept()[0].message;
    assert!(message.contains("Southwark Council reports on Southwark, not on Lambeth."), "{message}");
}

/// The areas that an agency reports on, told from its kind and name and not from its remits.
fn reports_on(core: &Core, agency: &str, kind: &str, dataset: &str, code: &str) -> bool {
    // The whole of London, with and without the City.
    if code == "E12000007" || code == "E23000001" {
        return agency == "mps" && code == "E23000001";
    }
    let city = code == "E09000001";
    let boroughs = &core.reference.areas;
    let name = |code: &str| boroughs.by_code(code).map(|area| boroughs.get(area).name().to_lowercase());
    match (kind, agency) {
        (_, "mps") => !city,
        (_, "city-of-london-police") => city,
        ("borough", borough) => name(code).is_some_and(|name| name.replace(' ', "-") == borough),
        ("nhs_trust", trust) => {
            let site = core.reference.codes.list("ods_site").and_then(|list| list.get(code));
            let of = site.and_then(|site| site.attribute("trust")).unwrap_or("");
            trust == format!("nhs-{}", of.to_lowercase())
        }
        // Entitlements of victims are by borough.
        ("prosecution", _) if dataset == "victims_code_event" => true,
        (_, "cps-london-north") => code == "CPS-LONDON-NORTH",
        (_, "cps-london-south") => code == "CPS-LONDON-SOUTH",
        // The surveys are of the Metropolitan Police area.
        ("mayor", _) if dataset.ends_with("_response") => !city,
        // Wards are described of that area alone.
        ("statistics", _) if dataset == "area_profile" => !city,
        _ => true,
    }
}

/// Every agency, every dataset of its remits whose rows name an area or a site, every area or site of that level.
#[test]
fn the_matrix_of_agencies_datasets_and_areas() {
    let core = core();
    let mut tried = 0;
    for agency in core.reference.register.agencies() {
        for id in agency.datasets() {
            let dataset = Contract::get().dataset(id).unwrap();
            let Some(field) = dataset.field(&dataset.options.area_field).filter(|_| id != "published_figure") else {
                continue;
            };
            let level = Level::from_id(&field.options.area_level).unwrap_or(Level::HospitalSite);
            let codes: Vec<&str> =
                core.reference.areas.at_level(level).map(|area| core.reference.areas.get(area).code()).collect();
            let header = crate::intake::csv_header(dataset);
            let columns: Vec<&str> = header.trim().split(',').collect();
            let mut csv = format!("{}\n", header.trim());
            for code in &codes {
                let cells = columns.iter().map(|column| if *column == field.name { code } else { "" });
                csv.push_str(&format!("{}\n", cells.collect::<Vec<_>>().join(",")));
            }
            let found = checked(&core, id, &csv, &[&RemitCheck::new(agency)]);
            for (row, code) in (1..).zip(&codes) {
                let outside =
                    found.findings.kept().iter().any(|finding| finding.row == row && finding.code == "PEEL-2003");
                let inside = reports_on(&core, &agency.id, &agency.kind.id, id, code);
                assert_eq!(outside, !inside, "{} {id} {code}", agency.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 1_500, "{tried}");
}
