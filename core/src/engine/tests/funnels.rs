//! Attrition funnels, ratios and completeness through the whole engine.

use super::*;
use crate::estimate::ComponentKind;

const FUNNEL: &str = "vawg-attrition-funnel.da";
/// The stages of the measure, in their order.
const STAGES: [&str; 7] = ["recorded", "suspect", "victim-supports", "referred", "charged", "completed", "convicted"];

fn close(found: Option<f64>, expected: f64) {
    assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?} {expected}");
}

/// The fixture "Attrition N = 1000, 640, 300, 210, 150, 98" with one more stage, as figures of an agency.
#[test]
fn fixture_attrition_from_figures() {
    let mut csv =
        "measure,area,period,breakdown,numerator,denominator,value,unweighted_base,status,source".to_owned();
    for (stage, count) in STAGES.iter().zip([1000, 640, 300, 210, 150, 150, 98]) {
        csv += &format!("\n{FUNNEL},{MPS},2017/18,stage={stage},{count},,,,final,Attrition");
    }
    let engine = Ledger::default().submit("mps", "published_figure", "2017-04-01..2018-03-31", &csv).engine();
    let query = Query { basis: Some(Basis::SubmittedFigure), ..ask(FUNNEL, MPS, "2017/18") };
    let found = engine.query(&query).unwrap().remove(0);
    close(found.result.ok(), 0.902);
    // The funnel goes from crimes to defendants, so the value is not a proportion.
    assert!(found.interval.is_none());
    let counts: Vec<_> = found.components[..7].iter().map(|stage| stage.count.unwrap()).collect();
    assert_eq!(counts, [1000, 640, 300, 210, 150, 150, 98]);
    let (lost, left) = found.components.split_at(7);
    assert!(lost.iter().all(|stage| stage.kind == ComponentKind::Stage));
    for (stage, expected) in lost[1..].iter().zip([0.36, 0.53125, 0.3, 0.285_714, 0.0, 0.346_667]) {
        close(stage.value, expected);
    }
    assert_eq!((left[6].kind, left[6].code.as_str()), (ComponentKind::Retention, "convicted"));
    close(left[6].value, 0.098);
    let changes: Vec<_> = lost.iter().filter(|stage| stage.unit_change).map(|stage| stage.code.as_str()).collect();
    assert_eq!(changes, ["referred", "completed"]);
    assert!(lost.iter().all(|stage| !stage.unit_change || stage.interval.is_none()));
    assert!(lost[1].interval.is_some());
}

/// Five crimes of domestic abuse: one without a suspect, one whose victim withdrew, one still open, and two charged.
/// One of the charged ends in a conviction. There are also a crime without domestic abuse and a crime of another month.
fn cohort() -> Ledger {
    let crimes = "crime_ref,record_status,recorded_at,ho_class,offence_borough,flag_da,crime_group,suspect_count\n\
        a,active,2017-05-01,8N,E09000028,yes,violence_with_injury,0\n\
        b,active,2017-05-02,8N,E09000028,yes,violence_with_injury,1\n\
        c,active,2017-05-03,8N,E09000028,yes,violence_with_injury,1\n\
        d,active,2017-05-04,8N,E09000007,yes,violence_with_injury,2\n\
        e,active,2017-06-05,8N,E09000007,yes,violence_with_injury,1\n\
        f,cancelled,2017-05-06,8N,E09000007,yes,violence_with_injury,1\n\
        g,active,2017-08-07,8N,E09000007,yes,violence_with_injury,1\n\
        h,active,2017-05-08,8N,E09000007,no,violence_with_injury,1";
    let outcomes = "crime_ref,outcome_code,outcome_date,is_current\n\
        a,18,2017-07-01,yes\nb,16,2017-07-01,yes\nc,NYA,2017-07-01,yes\nd,1,2017-07-01,yes\ne,1,2017-07-01,yes\n\
        f,1,2017-07-01,yes\ng,1,2017-09-01,yes\nh,1,2017-07-01,yes";
    let prosecutions = "cps_case_ref,defendant_seq,case_link_id,cps_area,pre_charge_receipt_date,charged_date,\
        finalised_date,outcome,flags\n\
        p,1,d,CPS-LONDON-SOUTH,2017-06-01,2017-06-10,2018-01-01,guilty_plea,da\n\
        q,1,e,CPS-LONDON-NORTH,2017-06-02,2017-06-11,2018-02-01,discontinued,da";
    Ledger::default()
        .submit("mps", "crime", "2017-01-01..2017-12-31", crimes)
        .submit("mps", "crime_outcome", "2017-01-01..2017-12-31", outcomes)
        .submit("cps", "cps_defendant_outcome", "2017-01-01..2018-12-31", prosecutions)
}

#[test]
fn a_cohort_is_followed_from_the_month_of_its_crimes() {
    let found = computed(&cohort().engine(), FUNNEL, MPS, "2017/18-Q1");
    let counts: Vec<_> = found.components[..7].iter().map(|stage| stage.count.unwrap()).collect();
    assert_eq!(counts, [5, 4, 2, 2, 2, 2, 1]);
    close(found.result.ok(), 0.8);
    assert!(found.interval.is_none());
    assert!(
        found.caveats.iter().any(|caveat| caveat.contains("without an outcome yet: 1 of 5 (80.0% ")),
        "{:?}",
        found.caveats
    );
    let july = computed(&cohort().engine(), FUNNEL, MPS, "2017/18-Q2");
    assert_eq!(july.components[0].count, Some(1));
}

#[test]
fn a_conviction_rate_is_of_completed_prosecutions() {
    let found = computed(&cohort().engine(), "cps-conviction-rate.da", GREATER_LONDON, "2017/18-Q4");
    assert_eq!((found.numerator, found.denominator, found.result), (Some(1.0), Some(2.0), Ok(0.5)));
    assert_eq!(found.interval.map(|interval| interval.method.id()), Some("wilson"));
}

#[test]
fn a_withdrawal_is_of_crimes_with_an_outcome() {
    let found = computed(&cohort().engine(), "vawg-victim-withdrawal-police.da", MPS, "CY2017");
    // The numerator is b, and the denominator is a, b, d, e and g. c has no outcome yet, f is cancelled, and h is no
    // domestic abuse.
    assert_eq!((found.numerator, found.denominator), (Some(1.0), Some(5.0)));
}

#[test]
fn a_site_that_is_silent_is_not_complete() {
    let attendances = "site_code,attended_on\nRJ122,2017-05-03";
    let engine =
        Ledger::default().submit("nhs-rj1", "istv_attendance", "2017-05-01..2017-05-31", attendances).engine();
    let found = computed(&engine, "istv-completeness", GREATER_LONDON, "2017-05");
    assert_eq!(found.numerator, Some(1.0));
    assert!(found.denominator.unwrap() > 20.0);
    assert_eq!(found.completeness.received, 1);
    assert!(found.result.unwrap() < 0.05);
}

#[test]
fn a_silent_site_by_itself_is_none_of_one() {
    let [may, june] = ["RJ122,2017-05-03", "RJ701,2017-06-03"].map(|row| format!("site_code,attended_on\n{row}"));
    let engine = Ledger::default()
        .submit("nhs-rj1", "istv_attendance", "2017-05-01..2017-05-31", &may)
        .submit("nhs-rj7", "istv_attendance", "2017-06-01..2017-06-30", &june)
        .engine();
    for (site, month, received) in [("RJ122", "2017-05", 1), ("RJ701", "2017-05", 0), ("RJ122", "2017-06", 0)] {
        let found = computed(&engine, "istv-completeness", site, month);
        assert_eq!((found.result, parts(&found)), (Ok(received.into()), (received.into(), 1.0)), "{site} {month}");
        assert_eq!((found.completeness.expected, found.completeness.received), (1, received));
    }
}

/// One crime of domestic abuse and of hate, and three rows that are no recorded crimes: a report of rape that was not recorded
/// (N100), an offence that is recorded nationally (53F), and a crime that was cancelled. All have the same flags and outcomes.
#[test]
fn reports_funnels_withdrawals_and_sanctions_have_one_population() {
    let crimes = "crime_ref,record_status,recorded_at,ho_class,offence_borough,flag_da,flag_hate,crime_group,suspect_count\n\
        a,active,2017-05-01,8N,E09000028,yes,race,violence_with_injury,1\n\
        n,active,2017-05-02,N100,E09000028,yes,race,misc,1\n\
        f,active,2017-05-03,53F,E09000028,yes,race,misc,1\n\
        c,cancelled,2017-05-04,8N,E09000028,yes,race,violence_with_injury,1";
    let outcomes = "crime_ref,outcome_code,outcome_date,is_current\n\
        a,1,2017-06-01,yes\nn,1,2017-06-01,yes\nf,16,2017-06-01,yes\nc,1,2017-06-01,yes";
    let engine = Ledger::default()
        .submit("mps", "crime", "2017-01-01..2017-12-31", crimes)
        .submit("mps", "crime_outcome", "2017-01-01..2017-12-31", outcomes)
        .submit("cps", "cps_defendant_outcome", "2017-01-01..2017-12-31", "cps_case_ref")
        .engine();
    let of = |measure: &str| computed(&engine, measure, MPS, "CY2017");
    for reports in ["domestic-abuse-reports", "hate-crime-reports"] {
        assert_eq!(of(reports).result, Ok(1.0), "{reports}");
    }
    for funnel in ["vawg-attrition-funnel.da", "hate-crime-attrition-funnel"] {
        let stages: Vec<_> = of(funnel).components[..3].iter().map(|stage| stage.count).collect();
        assert_eq!(stages, [Some(1); 3], "{funnel}");
    }
    for share in
        ["vawg-victim-withdrawal-police.da", "hate-crime-sanction-rate", "hate-crime-sanction-rate.all-hate.cohort"]
    {
        assert_eq!(of(share).denominator, Some(1.0), "{share}");
    }
    assert_eq!(of("domestic-abuse-positive-outcomes").result, Ok(1.0));
}

#[test]
fn a_cohort_has_an_interval_and_a_period_has_none() {
    let mut crimes = "crime_ref,record_status,recorded_at,ho_class,offence_borough,flag_hate".to_owned();
    let mut outcomes = "crime_ref,outcome_code,outcome_date,is_current".to_owned();
    for number in 0..40 {
        crimes += &format!("\nh{number},active,2017-05-01,8N,E09000028,race");
        outcomes += &format!("\nh{number},{},2017-06-01,yes", if number < 10 { "1" } else { "18" });
    }
    let engine = Ledger::default()
        .submit("mps", "crime", "2017-01-01..2017-12-31", &crimes)
        .submit("mps", "crime_outcome", "2017-01-01..2017-12-31", &outcomes)
        .engine();
    let cohort = computed(&engine, "hate-crime-sanction-rate.all-hate.cohort", MPS, "CY2017");
    assert_eq!(cohort.result, Ok(0.25));
    // Wilson's limits of 10 of 40.
    let interval = cohort.interval.unwrap();
    assert!((interval.lower - 0.141_87).abs() < 1e-5 && (interval.upper - 0.401_94).abs() < 1e-5, "{interval:?}");
    assert!(computed(&engine, "hate-crime-sanction-rate.all-hate.period", MPS, "CY2017").interval.is_none());
}

#[test]
fn mixed_pleas_are_convictions_only_in_their_variant() {
    let prosecutions = "cps_case_ref,defendant_seq,cps_area,finalised_date,outcome\n\
        p,1,CPS-LONDON-SOUTH,2017-06-01,guilty_plea\n\
        q,1,CPS-LONDON-NORTH,2017-06-02,discontinued\n\
        r,1,CPS-LONDON-NORTH,2017-06-03,mixed_plea";
    let engine =
        Ledger::default().submit("cps", "cps_defendant_outcome", "2017-01-01..2017-12-31", prosecutions).engine();
    let of = |measure: &str| parts(&computed(&engine, measure, GREATER_LONDON, "2017/18-Q1"));
    assert_eq!(of("cps-conviction-rate"), (1.0, 2.0));
    assert_eq!(of("cps-conviction-rate.mixed-pleas"), (2.0, 3.0));
}
