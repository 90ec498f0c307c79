//! Sums of rows that are counts themselves: incidents, headcounts and open cases.

use super::*;
use crate::engine::MissingReason;

#[test]
fn incidents_of_months_and_boroughs_are_added() {
    let rows = format!(
        "month_end,borough,asb_type,count,repeat_caller_count,recorded_by
        2017-01-31,{SOUTHWARK},personal,40,7,police
        2017-01-31,{SOUTHWARK},nuisance,60,,police
        2017-02-28,{SOUTHWARK},nuisance,50,5,police
        2017-02-28,{SOUTHWARK},nuisance,900,,council
        2017-02-28,E09000023,personal,8,0,police"
    );
    let window = "2017-01-01..2017-12-31";
    let engine = Ledger::default().submit("mps", "asb_incident", window, &rows).engine();
    let count = |measure: &str, area: &str, period: &str| computed(&engine, measure, area, period).result;
    assert_eq!(count("asb-incident-volume", SOUTHWARK, "2017-01"), Ok(100.0));
    assert_eq!(count("asb-incident-volume", SOUTHWARK, "CY2017"), Ok(150.0));
    assert_eq!(count("asb-incident-volume", MPS, "CY2017"), Ok(158.0));
    // A row without a number of repeat callers is not one with none.
    let repeat = |area: &str, period: &str| count("asb-incident-volume.repeat-callers", area, period);
    assert_eq!(repeat(SOUTHWARK, "CY2017"), Err(MissingReason::NotSubmitted));
    assert_eq!((repeat(SOUTHWARK, "2017-02"), repeat("E09000023", "2017-02")), (Ok(5.0), Ok(0.0)));
    let rate = computed(&engine, "asb-incident-volume.rate", SOUTHWARK, "CY2017");
    assert_eq!(rate.numerator, Some(150.0));
    let interval = computed(&engine, "asb-incident-volume", SOUTHWARK, "2017-01").interval.unwrap();
    assert_eq!(interval.method.id(), "byar");
    let by = Query {
        breakdown: vec!["asb_type".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("asb-incident-volume", SOUTHWARK, "CY2017")
    };
    let found = engine.query(&by).unwrap();
    let of = |code: &str| found.iter().find(|seen| seen.breakdown[0].code == code).unwrap().result;
    assert_eq!((of("personal"), of("nuisance"), of("environmental")), (Ok(40.0), Ok(110.0), Ok(0.0)));
    assert!(CORE.catalogue.get("asb-incident-volume").unwrap().additive_periods);
}

#[test]
fn a_share_of_officers_is_over_those_whose_group_is_stated() {
    let rows = format!(
        "area,snapshot_date,role,rank,sex,eth5,headcount
        {MPS},2017-03-31,officer,pc,female,white,200
        {MPS},2017-03-31,officer,pc,male,white,671
        {MPS},2017-03-31,officer,sgt,male,black,90
        {MPS},2017-03-31,officer,pc,female,asian,39
        {MPS},2017-03-31,officer,pc,male,not_stated,50
        {MPS},2017-03-31,pcso,na,female,black,100"
    );
    let engine = Ledger::default().submit("mps", "workforce_snapshot", "2017-03-01..2017-03-31", &rows).engine();
    let found = |measure: &str| computed(&engine, measure, MPS, "2017-03");
    let minority = found("workforce-share.bame");
    assert_eq!(minority.numerator.zip(minority.denominator), Some((129.0, 1_000.0)));
    let women = found("workforce-share.women");
    assert_eq!(women.numerator.zip(women.denominator), Some((239.0, 1_050.0)));
    assert_eq!(found("workforce-share.not-stated").numerator, Some(50.0));
    // The fact of the plan: 12.9 per cent over 40.2 per cent.
    let ratio = found("workforce-representation-ratio");
    assert!((ratio.result.unwrap() - 0.129 / 0.402).abs() < 1e-12);
    let (of_ratio, of_share) = (ratio.interval.unwrap(), minority.interval.unwrap());
    assert!((of_ratio.lower - of_share.lower / 0.402).abs() < 1e-12);
    assert!((of_ratio.upper - of_share.upper / 0.402).abs() < 1e-12);
}

#[test]
fn open_cases_of_several_months_are_not_added() {
    let court = CORE.reference.codes.list("court").unwrap().iter().find(|court| court.code().starts_with("CC-"));
    let court = court.unwrap().code().to_owned();
    let rows = format!(
        "court_code,court_type,month_end,case_type,age_band,open_cases
        {court},crown,2016-09-30,for_trial,under-6m,300
        {court},crown,2016-10-31,for_trial,under-6m,310
        {court},crown,2016-10-31,appeal,24m+,5
        {court},magistrates,2016-10-31,for_trial,under-6m,70"
    );
    let window = "2016-09-01..2016-12-31";
    let engine = Ledger::default().submit("hmcts", "court_stock", window, &rows).engine();
    let open = |period: &str| computed(&engine, "crown-court-outstanding", &court, period).result;
    assert_eq!((open("2016-09"), open("2016-10")), (Ok(300.0), Ok(315.0)));
    assert_eq!(open("2016/17-Q3"), Err(MissingReason::NotApplicable));
    assert!(!CORE.catalogue.get("crown-court-outstanding").unwrap().additive_periods);
}
