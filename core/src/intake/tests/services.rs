//! Tests of the datasets on referrals, young people, entitlements of victims, and searches.

use super::*;
use crate::contract::Kind;

/// The codes of the findings of one row. The values of some columns are changed or added.
fn of_row(id: &str, row: &[(&str, &str)], changes: &[(&str, &str)]) -> Vec<&'static str> {
    let checked = findings(csv(id, &with(row, changes)));
    checked.counts().keys().copied().collect()
}

fn with(row: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let mut cells = row.to_vec();
    for (name, value) in changes {
        cells.retain(|(known, _)| known != name);
        cells.push((name, value));
    }
    let (names, values): (Vec<&str>, Vec<&str>) = cells.into_iter().unzip();
    format!("{}\n{}\n", names.join(","), values.join(","))
}

const REFERRAL: [(&str, &str); 9] = [
    ("referral_ref", "N1"),
    ("received_date", "2017-02-03"),
    ("first_responder", "mps"),
    ("responder_in_london", "true"),
    ("borough", "E09000033"),
    ("adult_minor_at_exploitation", "adult"),
    ("location", "overseas"),
    ("duty_to_notify", "false"),
    ("exploitation", ""),
];

#[test]
fn decisions_on_a_referral_are_in_order() {
    let of = |changes: &[(&str, &str)]| of_row("nrm_referral", &REFERRAL, changes);
    let reasonable = [("rg_date", "2017-02-10"), ("rg_result", "positive")];
    assert!(of(&[]).is_empty() && of(&reasonable).is_empty());
    let both = |day, result| [reasonable[0], reasonable[1], ("cg_date", day), ("cg_result", result)];
    assert!(of(&both("2017-02-10", "negative")).is_empty());
    assert_eq!(of(&both("2017-02-09", "negative")), ["PEEL-3001"]);
    assert_eq!(of(&both("2017-02-20", "pending")), ["PEEL-3302"]);
    assert_eq!(of(&[("rg_date", "2017-02-02"), ("rg_result", "positive")]), ["PEEL-3001"]);
    assert_eq!(of(&[("rg_date", "2017-02-10"), ("rg_result", "pending")]), ["PEEL-3301"]);
    assert_eq!(of(&[("cg_date", "2017-02-20"), ("cg_result", "positive")]), ["PEEL-3303"]);
    assert_eq!(of(&[("duty_to_notify", "true"), ("rg_result", "pending")]), ["PEEL-3300"]);
    assert_eq!(of(&[("responder_in_london", "false")]), ["PEEL-3304"]);
}

const ENTRANT: [(&str, &str); 7] = [
    ("young_person_pid", "0123456789abcdef0123456789abcdef"),
    ("linkage_key_id", "k1"),
    ("source", "pnc"),
    ("first_disposal_date", "2017-02-03"),
    ("disposal", "youth_caution"),
    ("age_at_disposal", "17"),
    ("borough", "E09000028"),
];

#[test]
fn an_entrant_is_aged_10_to_17_and_each_source_has_one_basis_of_ethnicity() {
    let of = |changes: &[(&str, &str)]| of_row("youth_fte", &ENTRANT, changes);
    assert!(of(&[]).is_empty() && of(&[("age_at_disposal", "10")]).is_empty());
    assert_eq!(of(&[("age_at_disposal", "9")]), ["PEEL-5013"]);
    assert_eq!(of(&[("age_at_disposal", "18")]), ["PEEL-5014"]);
    let group = |source, basis| [("source", source), ("eth5", "black"), ("eth_basis", basis)];
    assert!(of(&group("pnc", "officer_observed")).is_empty() && of(&group("yot", "self_defined")).is_empty());
    assert_eq!(of(&group("pnc", "self_defined")), ["PEEL-3310"]);
    assert_eq!(of(&group("yot", "officer_observed")), ["PEEL-3311"]);
}

#[test]
fn a_young_person_has_one_row_in_each_source() {
    let row = |source: &str, day: &str| {
        format!("0123456789abcdef0123456789abcdef,k1,{source},{day},conviction,15,E09000028\n")
    };
    let header = ENTRANT.map(|(name, _)| name).join(",");
    let file = |second: &str| format!("{header}\n{}{second}", row("pnc", "2017-02-03"));
    assert!(findings(csv("youth_fte", &file(&row("yot", "2017-02-03")))).kept().is_empty());
    let repeated = findings(csv("youth_fte", &file(&row("pnc", "2017-02-20"))));
    assert!(codes(&repeated).iter().any(|(code, row, _)| (*code, *row) == ("PEEL-6001", 2)));
}

/// A Friday, and the Friday of the week after: five working days.
const ENTITLEMENT: [(&str, &str); 13] = [
    ("event_id", "E1"),
    ("case_ref", "C1"),
    ("victim_type", "person"),
    ("borough", "E09000028"),
    ("service_provider", "police"),
    ("code_version", "2015"),
    ("entitlement", "update_arrest"),
    ("enhanced", "false"),
    ("trigger_date", "2017-02-03"),
    ("due_date", "2017-02-10"),
    ("delivered_date", "2017-02-10"),
    ("status", "delivered"),
    ("flag_hate", ""),
];

#[test]
fn a_due_date_is_the_working_day_of_the_limit() {
    let derived = |changes: &[(&str, &str)]| {
        let checked = csv("victims_code_event", &with(&ENTITLEMENT, changes)).unwrap();
        let value = |field: &str| {
            let column = checked.batch.column(field).unwrap();
            show(checked.batch.dataset().field(field).unwrap(), column, 0, &REFERENCE)
        };
        let codes: Vec<_> = checked.findings.counts().keys().copied().collect();
        (value("due_on_limit"), value("late"), codes)
    };
    let found =
        |on_limit: &str, late: &str, codes: &[&'static str]| (on_limit.to_owned(), late.to_owned(), codes.to_vec());
    assert_eq!(derived(&[]), found("true", "false", &[]));
    assert_eq!(derived(&[("delivered_date", "2017-02-13")]), found("true", "true", &[]));
    assert_eq!(derived(&[("delivered_date", "2017-02-03")]), found("true", "false", &[]));
    assert_eq!(derived(&[("due_date", "2017-02-09")]), found("false", "true", &["PEEL-3322"]));
    // The enhanced service has one working day, so the Monday.
    assert_eq!(derived(&[("enhanced", "true")]), found("false", "false", &["PEEL-3322"]));
    let enhanced = [("enhanced", "true"), ("due_date", "2017-02-06"), ("delivered_date", "2017-02-06")];
    assert_eq!(derived(&enhanced), found("true", "false", &[]));
    // A referral to victim services has two, so the Tuesday.
    let referral =
        [("entitlement", "support_referral"), ("due_date", "2017-02-07"), ("delivered_date", "2017-02-07")];
    assert_eq!(derived(&referral), found("true", "false", &[]));
    // The list has no limit for this entitlement.
    assert_eq!(derived(&[("entitlement", "rj_info"), ("due_date", "2017-02-28")]), found("", "false", &[]));
    let missed = [("status", "missed"), ("delivered_date", "")];
    assert_eq!(derived(&missed), found("true", "", &[]));
}

/// A limit whose code has no row in the list would never be compared.
#[test]
fn every_limit_is_of_an_edition_and_an_entitlement() {
    let dataset = dataset("victims_code_event");
    let known = |field: &str, code: &str| match &dataset.field(field).unwrap().kind {
        Kind::Code(set) => set.codes().iter().any(|known| known.code == code),
        _ => ["false", "true"].contains(&code),
    };
    let list = REFERENCE.codes.list("victims_code_limit").unwrap();
    for limit in list.iter() {
        let parts: Vec<&str> = limit.code().split('/').collect();
        let fields = ["code_version", "entitlement", "enhanced"];
        assert!(parts.len() == 3 && fields.iter().zip(&parts).all(|(field, part)| known(field, part)), "{parts:?}");
    }
    let days = |code: &str| list.get(code).and_then(|limit| limit.attribute("working_days"));
    assert_eq!((days("2015/update_charge/false"), days("2015/update_charge/true")), (Some("5"), Some("1")));
    assert_eq!(list.len(), 3 * 7 * 2);
}

#[test]
fn an_entitlement_belongs_to_a_case_and_its_status_to_its_dates() {
    let of = |changes: &[(&str, &str)]| of_row("victims_code_event", &ENTITLEMENT, changes);
    assert_eq!(of(&[("case_ref", "")]), ["PEEL-3320"]);
    assert_eq!(of(&[("status", "missed")]), ["PEEL-3321"]);
    assert_eq!(of(&[("delivered_date", "")]), ["PEEL-5002"]);
    assert_eq!(of(&[("delivered_date", "2017-02-02")]), ["PEEL-3001"]);
    // The edition of 2021 did not apply yet, and its limit is the same.
    assert_eq!(of(&[("code_version", "2021")]), ["PEEL-5019"]);
}

#[test]
fn a_search_is_read_in_the_words_of_the_publisher() {
    let header = "search_ref,search_date,search_type,search_power,search_object,search_outcome,self_defined_eth,\
                  officer_eth,sex,age_band,borough";
    let row = "Z1,2017-02-03,Person search,Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,B9,Black,Male,\
               under 10,E09000028";
    let checked = csv("stop_search", &format!("{header}\n{row}\n")).unwrap();
    assert!(checked.findings.kept().is_empty());
    let value = |field: &str| {
        let column = checked.batch.column(field).unwrap();
        show(checked.batch.dataset().field(field).unwrap(), column, 0, &REFERENCE)
    };
    let read =
        ["search_type", "search_power", "search_object", "search_outcome", "age_band", "ethnic_group"].map(value);
    assert_eq!(read, ["person", "mda_s23", "controlled_drugs", "arrest", "under10", "black"]);
    let other = row.replace("Controlled drugs", "Stolen goods");
    let found = findings(csv("stop_search", &format!("{header}\n{other}\n")));
    assert_eq!(codes(&found), [("PEEL-3330", 1, "search_object")]);
}
