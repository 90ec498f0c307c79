//! Compliance with the Victims' Code through the whole engine.

use super::*;

/// Entitlements that became due in the first quarter of 2017. Row 5 did not become due, and row 8 is a company's.
const ENTITLEMENTS: &str = "
    event_id,victim_type,borough,entitlement,due_date,status,late
    1,person,E09000028,update_arrest,2017-01-10,delivered,no
    2,person,E09000028,update_charge,2017-01-10,delivered,yes
    3,person,E09000028,update_bail,2017-01-10,missed,
    4,person,E09000028,update_arrest,2017-01-10,declined_contact,
    5,person,E09000028,update_release,2017-01-10,not_due,
    6,person,E09000028,acknowledgement,2017-02-10,delivered,no
    7,person,E09000028,acknowledgement,2017-02-10,declined_contact,
    8,organisation,E09000028,acknowledgement,2017-02-10,missed,
    9,person,E09000028,outcome,2017-03-31,delivered,no
    10,person,E09000028,sentence,2017-03-31,missed,
    11,person,E09000028,release_date,2017-04-01,delivered,no";

#[test]
fn entitlements_are_delivered_if_they_are_on_time() {
    let engine =
        Ledger::default().submit("mps", "victims_code_event", "2017-01-01..2017-06-30", ENTITLEMENTS).engine();
    for (variant, expected) in [
        ("", (3.0, 7.0)),
        (".updates", (1.0, 3.0)),
        (".updates-declined", (1.0, 4.0)),
        (".written-acknowledgement", (1.0, 2.0)),
        (".outcome-informed", (1.0, 2.0)),
    ] {
        for area in [SOUTHWARK, MPS] {
            let found = computed(&engine, &format!("victims-code-compliance{variant}"), area, "2016/17-Q4");
            assert_eq!(found.result.map(|_| parts(&found)), Ok(expected), "{variant} {area}");
        }
    }
    let release = |period| computed(&engine, "victims-code-compliance.release-date-informed", MPS, period);
    assert_eq!(release("2016/17-Q4").result, Err(crate::estimate::MissingReason::ZeroDenominator));
    assert_eq!(parts(&release("2017/18-Q1")), (1.0, 1.0));
}

#[test]
fn recall_is_asked_in_the_survey() {
    // Ten respondents of each kind, because a base below 30 has no value. The last two kinds are not counted.
    let kinds = [
        "uss,2,no,yes,yes",
        "uss,1,no,no,yes",
        "uss,1,yes,no,no",
        "uss,9,not_asked,dont_know,refused",
        "tdiu,9,yes,yes,yes",
    ];
    let mut responses =
        "respondent_id,interview_date,borough,survey,weight,q_offered_support,q_vps,q_updated".to_owned();
    for (number, kind) in (0..50).zip(kinds.iter().cycle()) {
        responses += &format!("\nr{number},2017-01-10,{SOUTHWARK},{kind}");
    }
    let engine =
        Ledger::default().submit("mopac", "victim_survey_response", "2017-01-01..2017-03-31", &responses).engine();
    for (variant, expected) in [("support-offered", 0.25), ("vps-offered", 0.5), ("updates", 0.75)] {
        let found = computed(&engine, &format!("victims-code-compliance.recall-{variant}"), MPS, "2016/17-Q4");
        assert_eq!((found.result, found.interval.unwrap().method.id()), (Ok(expected), "weighted_wilson"));
    }
}
