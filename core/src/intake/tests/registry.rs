//! Raises every registered code.

use std::collections::BTreeSet;

use super::*;

const FIGURE_HEADER: &str = "measure,area,period,breakdown,numerator,status,source";

/// The codes raised for a crime with some columns changed.
fn of_crime(changes: &[(&str, &str)]) -> Vec<&'static str> {
    raised(csv("crime", &crime(changes)))
}

fn raised(result: Result<Checked, IntakeError>) -> Vec<&'static str> {
    match result {
        Ok(checked) => checked.findings.counts().keys().copied().collect(),
        Err(IntakeError::TooManyErrors { findings, .. }) => {
            findings.counts().keys().copied().chain(["PEEL-1040"]).collect()
        }
        Err(error) => vec![error.known().code],
    }
}

fn of_figure(row: &str) -> Vec<&'static str> {
    raised(csv("published_figure", &format!("{FIGURE_HEADER}\n{row}\n")))
}

fn of_file(id: &str, text: &str) -> Vec<&'static str> {
    raised(csv_with(intake(id), text, &held_crimes()))
}

fn values() -> Vec<&'static str> {
    let pid = "0123456789abcdef0123456789abcdef";
    [
        of_crime(&[("gun_use", "")]),
        of_crime(&[("gun_use", "fired")]),
        of_crime(&[("recorded_at", "2017-02-30")]),
        of_crime(&[("recorded_at", "03/02/2017")]),
        of_crime(&[("recorded_at", "28/02/2017")]),
        of_crime(&[("recorded_at", "42769")]),
        of_crime(&[("recorded_at", "not in the format of the mapping: 1/2")]),
        of_crime(&[("hour_band", "x")]),
        of_crime(&[("victim_based", "perhaps")]),
        of_crime(&[("knife_use", "sword")]),
        of_crime(&[("ho_class", "999Z")]),
        of_crime(&[("offence_borough", "E09000099")]),
        of_crime(&[("offence_borough", "E12000007")]),
        of_crime(&[("crime_ref", &"x".repeat(65))]),
        of_crime(&[("suspect_count", "-1")]),
        of_crime(&[("suspect_count", "251")]),
        of_figure("knife-crime-offences,E09000028,February,,1,final,x"),
        of_figure("knife-crime-offences,E09000028,2017-02,,one,final,x"),
        of_figure("knife-crime-offences,E09000028,2017-02,By Age,1,final,x"),
        of_file("crime_victim", "crime_ref,victim_seq,victim_type,victim_pid,injury\nK,1,person,Jo,minor\n"),
        of_file(
            "crime_outcome",
            &format!("crime_ref,outcome_code,outcome_date,is_current,suspect_pid,linkage_key_id\nK,22,2017-02-10,true,{pid},k1\n"),
        ),
        weight(),
        instant(),
    ]
    .concat()
}

fn weight() -> Vec<&'static str> {
    let header = "respondent_id,survey,wave_quarter,interview_date,reported_date,mode,borough,crime_group,weight,weight_set,q_overall,age";
    let row = |reported: &str, weight: &str| {
        format!("R1,uss,2016/17-Q4,2017-02-20,{reported},phone,E09000028,hate,{weight},w,1,30")
    };
    let file = |row: String| of_file("victim_survey_response", &format!("{header}\n{row}\n"));
    [file(row("2017-02-01", "-1")), file(row("2017-02-19", "1")), file(row("2016-02-01", "1"))].concat()
}

fn instant() -> Vec<&'static str> {
    let header = "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,assault_location_type,assault_location_description";
    let site = REFERENCE.codes.list("ods_site").unwrap().at(0).unwrap().code().to_owned();
    let row =
        |at: &str, place: &str| format!("{header}\n2017-02-01,2017-02-28,{site},{at},2017-02-01,03,01,{place}\n");
    [
        of_file("istv_attendance", &row("half past ten", "")),
        of_file("istv_attendance", &row("2017-10-29 01:30", "")),
        of_file("istv_attendance", &row("2017-03-26 01:30", "")),
        of_file("istv_attendance", &row("2017-02-20", "call 07700 900123")),
    ]
    .concat()
}

fn consistency() -> Vec<&'static str> {
    let priority = |rows: &str| {
        of_file("local_priority", &format!("borough,valid_from,valid_to,priority_1,priority_2\n{rows}\n"))
    };
    [
        of_crime(&[("committed_from", "2017-02-04")]),
        of_crime(&[("recorded_at", "2017-03-03")]),
        of_crime(&[("reported_at", "2017-04-03")]),
        of_crime(&[("offence_ward", &ward_of("E09000007"))]),
        of_crime(&[("offence_ward", &ward_limited())]),
        priority("E09000028,2017-02-01,,robbery_personal,robbery_personal"),
        antisocial_behaviour("2017-02-27,E09000028,personal,3,4"),
        cohort(),
        of_file("crime_outcome", "crime_ref,outcome_code,outcome_date,is_current\nnone,18,2017-02-10,true\n"),
        of_file("crime_victim", "crime_ref,victim_seq,victim_type,injury\nnone,1,organisation,none\n"),
        prosecution(),
        listed_other_day(),
        attendances(&["2017-02-03", "2017-02-04"].repeat(2)),
    ]
    .concat()
}

fn attendances(days: &[&str]) -> Vec<&'static str> {
    let rows = days.iter().map(|day| format!("2017-02-01,2017-02-28,RJ122,{day},03,99\n")).collect::<String>();
    let header =
        "reporting_period_start,reporting_period_end,site_code,assault_at,assault_method,assault_location_type";
    of_file("istv_attendance", &format!("{header}\n{rows}"))
}

#[test]
fn a_file_that_was_put_together_twice_is_told() {
    let told = |days: &[&str]| attendances(days).contains(&"PEEL-6015");
    assert!(told(&["2017-02-03", "2017-02-03", "2017-02-03", "2017-02-03"]));
    assert!(!told(&["2017-02-03", "2017-02-03", "2017-02-03", "2017-02-04"]));
    assert!(!told(&["2017-02-03", "2017-02-03"]));
}

/// A ward of a borough.
fn ward_of(borough: &str) -> String {
    let borough = REFERENCE.areas.by_code(borough).unwrap();
    let wards = REFERENCE.areas.members(borough, crate::reference::Level::Ward, date(2017, 2, 3));
    REFERENCE.areas.get(wards[0]).code().to_owned()
}

/// A ward that did not exist in February 2017.
fn ward_limited() -> String {
    let wards = REFERENCE.areas.at_level(crate::reference::Level::Ward);
    let mut gone = wards.filter(|ward| !REFERENCE.areas.get(*ward).validity().contains(date(2017, 2, 3)));
    REFERENCE.areas.get(gone.next().unwrap()).code().to_owned()
}

fn antisocial_behaviour(row: &str) -> Vec<&'static str> {
    of_file(
        "asb_incident",
        &format!("month_end,borough,asb_type,count,repeat_caller_count,recorded_by\n{row},police\n"),
    )
}

#[test]
fn what_is_counted_once_a_year_has_its_last_day() {
    let southwark = REFERENCE.areas.by_code("E09000028").unwrap();
    let wards = REFERENCE.areas.members(southwark, crate::reference::Level::Ward, date(2017, 2, 28));
    let ward = REFERENCE.areas.get(wards[0]).code();
    let header = "year_end,borough,ward,characteristic,count";
    let found = of_file("area_profile", &format!("{header}\n2017-02-28,E09000028,{ward},residents,9000\n"));
    assert!(found.contains(&"PEEL-3008"), "{found:?}");
}

#[test]
fn what_is_counted_once_a_month_has_its_last_day_and_its_limits() {
    assert_eq!(antisocial_behaviour("2017-02-28,E09000028,personal,3,3"), [""; 0]);
    assert_eq!(antisocial_behaviour("2017-02-28,E09000028,personal,3,4"), ["PEEL-3007", "PEEL-1040"]);
    assert_eq!(antisocial_behaviour("2017-02-27,E09000028,personal,3,"), ["PEEL-3008", "PEEL-1040"]);
    // A snapshot has a decimal beside a whole number.
    let snapshot = |fte: &str, group: &str| {
        let header = "area,snapshot_date,role,rank,sex,eth5,headcount,fte";
        of_file("workforce_snapshot", &format!("{header}\nE23000001,2017-02-28,officer,pc,male,{group},12,{fte}\n"))
    };
    assert_eq!(snapshot("11.8", "not_stated"), [""; 0]);
    assert_eq!(snapshot("12.1", "not_stated"), ["PEEL-3007", "PEEL-1040"]);
    assert_eq!(snapshot("11.8", "white"), ["PEEL-6421", "PEEL-1040"]);
}

/// A business group that is named has at least 50 people.
#[test]
fn a_small_business_group_is_not_named() {
    let header = "response_id,wave,wave_closed_date,area,unit,eligible_headcount,role";
    let response = |people: u16| {
        let row = format!("1,w1,2017-02-28,E23000001,u1,{people},officer");
        of_file("staff_survey_response", &format!("{header}\n{row}\n"))
    };
    assert_eq!(response(50), [""; 0]);
    assert_eq!(response(49), ["PEEL-5013", "PEEL-1040"]);
}

/// A stage has an answer only if the victim experienced it.
#[test]
fn answers_on_justice_fit_the_stages_and_the_scale() {
    let header = "respondent_id,wave,instrument_id,scale,interview_date,mode,case_completed_date,case_stage_reached,\
                  outcome,stages_experienced,borough,hate_strand,weight,weight_set,q_overall,q_court,under_18_consent,age";
    let row = |[scale, stages, strand, overall, court, age]: [&str; 6]| {
        let row = format!(
            "R1,w1,i1,{scale},2017-02-20,phone,2017-02-10,trial,convicted,{stages},E09000028,{strand},1,w,{overall},\
             {court},,{age}"
        );
        of_file("cjs_survey_response", &format!("{header}\n{row}\n"))
    };
    assert_eq!(row(["sat7", "court", "", "completely_satisfied", "1", "18"]), [""; 0]);
    assert_eq!(row(["sat7", "police", "", "neither", "99", "18"]), [""; 0]);
    assert_eq!(row(["sat7", "police", "", "neither", "1", "18"]), ["PEEL-3405", "PEEL-1040"]);
    assert_eq!(row(["sat5", "court", "", "neither", "1", "18"]), ["PEEL-3400", "PEEL-1040"]);
    assert_eq!(row(["sat7", "court", "", "neither", "2", "17"]), ["PEEL-3408", "PEEL-1040"]);
    assert_eq!(row(["sat7", "court", "race", "neither", "2", "18"]), ["PEEL-3409", "PEEL-1040"]);
}

fn cohort() -> Vec<&'static str> {
    let header = "offender_pid,cohort_quarter,index_date,index_event,index_offence_class,provider,age_at_index,prior_offences_n,pnc_matched,linkage_key_id";
    let row = "0123456789abcdef0123456789abcdef,2016/17-Q1,2017-02-03,caution,8N,nps,30,2,true,k1";
    of_file("probation_cohort", &format!("{header}\n{row}\n"))
}

/// A prosecution without a date that places it in a period.
fn prosecution() -> Vec<&'static str> {
    let area = REFERENCE.areas.at_level(crate::reference::Level::CpsArea).next().unwrap();
    let area = REFERENCE.areas.get(area).code();
    of_file("cps_defendant_outcome", &format!("cps_case_ref,defendant_seq,cps_area,outcome\nC1,1,{area},pending\n"))
}

/// A code of an open list after its last day.
fn listed_other_day() -> Vec<&'static str> {
    let mut reference = REFERENCE.clone();
    let text = "# version: 1\n# source: test\ncode,label,crime_group,knife_selected,valid_from,valid_to\n8N,Assault,violence_with_injury,true,,2016-03-31\n";
    let mut files = peelian_seeds::codes();
    files.retain(|file| file.stem() != "ho_class");
    files.push(peelian_seeds::SeedFile { path: "codes/ho_class.csv".to_owned(), text: text.into() });
    reference.codes = std::sync::Arc::new(crate::reference::CodeLists::load(&files).unwrap());
    let intake = Intake::new(&reference, dataset("crime"), declared(), Limits::default()).unwrap();
    let mut intake = intake;
    intake.push_csv(crime(&[]).as_bytes()).unwrap();
    raised(intake.finish(&NothingHeld))
}

fn whole_files() -> Vec<&'static str> {
    let push = |bytes: &[u8]| {
        let mut intake = intake("crime");
        intake.push_csv(bytes).map_or_else(|error| vec![error.known().code], |()| raised(intake.finish(&NothingHeld)))
    };
    let arrow = |bytes: &[u8]| {
        let mut intake = intake("crime");
        intake
            .push_arrow(bytes)
            .map_or_else(|error| vec![error.known().code], |()| raised(intake.finish(&NothingHeld)))
    };
    let errors = [
        IntakeError::ColumnType { column: "", expected: "", got: String::new() },
        IntakeError::MixedEncodings { first: "", then: "" },
        IntakeError::OtherRecord { dataset: "", expected: "", got: "" },
        IntakeError::NoKey { dataset: "" },
        IntakeError::NoList { dataset: "", list: String::new() },
        IntakeError::TooManyRows { limit: 0 },
        IntakeError::TooManyBytes { limit: 0 },
        IntakeError::ExpandsTooFar { limit: 0 },
        IntakeError::RecordTooLong { line: 0, limit: 0 },
    ];
    let mut found = vec![
        push(b""),
        push(b"nothing\n"),
        push(b"crime_ref\n"),
        push(b"crime_ref,crime_ref\n"),
        push(b"crime_group\n"),
        push(b"\xc3\xa9\xff"),
        push(
            format!("Crimes of a month\n{CRIME_HEADER}\n{CRIME_ROW}\n{CRIME_HEADER}\nSource: a survey\n").as_bytes(),
        ),
        push(&latin(&crime(&[]).replace("01/1234/17", "01/é"))),
        push(b"surname\n"),
        push(format!("{CRIME_HEADER}\na,b\n").as_bytes()),
        push(crime(&[("crime_ref", "9434765919")]).as_bytes()),
        push(format!("{}{CRIME_ROW}\n", crime(&[])).as_bytes()),
        arrow(b"ARROW2\0\0"),
        arrow(b"\xff"),
    ];
    // The tests of refusals raise these.
    found.push(errors.iter().map(|error| error.known().code).collect());
    found.concat()
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

/// Codes that rooms above raise, and whose tests are there: remits, figures and the ledger.
const RAISED_ABOVE: [&str; 7] =
    ["PEEL-20", "PEEL-321", "PEEL-322", "PEEL-5022", "PEEL-6012", "PEEL-6013", "PEEL-6014"];

#[test]
fn every_registered_code_can_be_raised() {
    let raised: BTreeSet<&str> = [values(), consistency(), whole_files()].concat().into_iter().collect();
    let registered: BTreeSet<&str> = REGISTRY.iter().map(|known| known.code).collect();
    let above = |code: &str| RAISED_ABOVE.iter().any(|start| code.starts_with(start));
    let never: Vec<_> = registered.difference(&raised).filter(|code| !above(code)).collect();
    assert!(never.is_empty(), "never raised: {never:?}");
}

#[test]
fn codes_are_unique_across_the_registry_and_the_contract() {
    let mut seen = BTreeSet::new();
    let mut all: Vec<&str> = REGISTRY.iter().map(|known| known.code).collect();
    for dataset in Contract::get().datasets() {
        let options = &dataset.options;
        all.extend(options.rules.iter().map(|rule| rule.code.as_str()));
        all.extend(options.uniques.iter().map(|unique| unique.code.as_str()));
        all.extend(options.exists.iter().map(|exists| exists.code.as_str()));
        all.extend(options.group_sizes.iter().map(|size| size.code.as_str()));
        all.extend(options.group_has.iter().map(|group| group.code.as_str()));
        all.extend(options.no_overlaps.iter().map(|overlap| overlap.code.as_str()));
    }
    for code in all {
        let number = code.strip_prefix("PEEL-").and_then(|digits| digits.parse::<u16>().ok());
        assert!(number.is_some_and(|number| (1_000..9_000).contains(&number)), "{code}");
        assert!(seen.insert(code), "{code} is used twice");
    }
}

#[test]
fn the_contracts_own_checks_raise_their_codes() {
    let figure = "measure,area,period,status,source\nknife-crime-offences,E09000028,2017-02,final,x\n";
    assert!(of_file("published_figure", figure).contains(&"PEEL-3200"));
    let outcomes = "crime_ref,outcome_code,outcome_date,is_current\nK,18,2017-02-10,true\nK,1,2017-02-11,true\n";
    assert!(of_file("crime_outcome", outcomes).contains(&"PEEL-6121"));
    let priorities = "borough,valid_from,valid_to,priority_1,priority_2\n\
                      E09000028,2017-02-01,2017-02-20,robbery_personal,theft_person\n\
                      E09000028,2017-02-20,,robbery_personal,theft_person\n";
    assert!(of_file("local_priority", priorities).contains(&"PEEL-6191"));
    let attitudes = "respondent_id,quarter,interview_date,mode,borough,weight_london,weight_borough,age\n\
                     R1,2016/17-Q4,2017-02-03,phone,E09000028,1,1,30\n";
    assert!(of_file("public_attitude_response", attitudes).contains(&"PEEL-6141"));
    let ward = ward_of("E09000028");
    let officers = format!("ward,borough,snapshot_date,dwo_pc,dwo_pcso\n{ward},E09000028,2017-02-28,2,1\n");
    assert_eq!(of_file("ward_officer", &officers), ["PEEL-6431"]);
    let steps = "area,month_end,stage,reason,role,sex,eth5,count\n\
                 E23000001,2017-02-28,joined,resignation,officer,male,white,1\n";
    assert_eq!(of_file("workforce_flow", steps), ["PEEL-3422", "PEEL-1040"]);
}
