//! Sums of rows that are counts themselves: incidents, headcounts and open cases.

use super::*;
use crate::engine::MissingReason;
use crate::reference::Level;

/// Incidents of every borough of the Met in two months: one of each kind in each, and more in Southwark.
fn incidents(without: &[(&str, &str)]) -> String {
    let mut rows = "month_end,borough,asb_type,count,repeat_caller_count,recorded_by".to_owned();
    let mps = CORE.reference.areas.by_code(MPS).unwrap();
    let boroughs = CORE.reference.areas.iter().filter(|(id, area)| {
        area.level() == Level::Borough && CORE.reference.areas.is_within(*id, mps, "2017-02-28".parse().unwrap())
    });
    for (_, borough) in boroughs {
        for month in
            ["2017-01-31", "2017-02-28"].into_iter().filter(|month| !without.contains(&(borough.code(), month)))
        {
            let (personal, nuisance) = if borough.code() == SOUTHWARK { ("40,7", "60,") } else { ("1,0", "1,0") };
            rows += &format!(
                "\n{month},{0},personal,{personal},police\n{month},{0},nuisance,{nuisance},police\n\
                 {month},{0},nuisance,900,,council",
                borough.code()
            );
        }
    }
    rows
}

#[test]
fn incidents_of_months_and_boroughs_are_added() {
    let engine = Ledger::default().submit("mps", "asb_incident", "2017-01-01..2017-02-28", &incidents(&[])).engine();
    let count = |measure: &str, area: &str, period: &str| computed(&engine, measure, area, period).result;
    assert_eq!(count("asb-incident-volume", SOUTHWARK, "2017-01"), Ok(100.0));
    assert_eq!(count("asb-incident-volume", MPS, "2017-02"), Ok(100.0 + 31.0 * 2.0));
    // A row without a number of repeat callers is not one with none.
    let repeat = |area: &str| count("asb-incident-volume.repeat-callers", area, "2017-02");
    assert_eq!((repeat(SOUTHWARK), repeat("E09000023")), (Err(MissingReason::NotSubmitted), Ok(0.0)));
    let interval = computed(&engine, "asb-incident-volume", SOUTHWARK, "2017-01").interval.unwrap();
    assert_eq!(interval.method.id(), "byar");
    let by = Query {
        breakdown: vec!["asb_type".to_owned()],
        basis: Some(Basis::ComputedFromRecords),
        ..ask("asb-incident-volume", SOUTHWARK, "2017-01")
    };
    let found = engine.query(&by).unwrap();
    let of = |code: &str| found.iter().find(|seen| seen.breakdown[0].code == code).unwrap().result;
    assert_eq!((of("personal"), of("nuisance"), of("environmental")), (Ok(40.0), Ok(60.0), Ok(0.0)));
    assert!(CORE.catalogue.get("asb-incident-volume").unwrap().additive_periods);
}

#[test]
fn a_borough_without_a_row_is_silent_and_not_free_of_incidents() {
    let lewisham = "E09000023";
    let rows = incidents(&[(lewisham, "2017-01-31")]);
    let engine = Ledger::default().submit("mps", "asb_incident", "2017-01-01..2017-02-28", &rows).engine();
    let found = |area: &str, period: &str| computed(&engine, "asb-incident-volume", area, period);
    assert_eq!(found(lewisham, "2017-01").result, Err(MissingReason::NotSubmitted));
    let london = found(MPS, "2017-01");
    assert_eq!(london.result, Err(MissingReason::NotSubmitted));
    assert_eq!((london.completeness.expected, london.completeness.received), (32, 31));
    assert!(london.caveats.iter().any(|caveat| caveat.contains("Lewisham")), "{:?}", london.caveats);
    assert_eq!((found(lewisham, "2017-02").result, found(MPS, "2017-02").result), (Ok(2.0), Ok(162.0)));
    // Councils recorded incidents in January too, but a measure of the police says nothing about them.
    let council_only = rows.lines().filter(|row| !row.ends_with("police")).collect::<Vec<_>>().join("\n");
    let engine = Ledger::default().submit("mps", "asb_incident", "2017-01-01..2017-02-28", &council_only).engine();
    assert_eq!(
        computed(&engine, "asb-incident-volume", SOUTHWARK, "2017-01").result,
        Err(MissingReason::NotSubmitted)
    );
}

#[test]
fn a_share_of_officers_is_over_those_whose_group_is_stated() {
    let rows = format!(
        "area,snapshot_date,role,rank,sex,eth5,headcount,fte
        {MPS},2017-03-31,officer,pc,female,white,200,180.25
        {MPS},2017-03-31,officer,pc,male,white,671,670.5
        {MPS},2017-03-31,officer,sgt,male,black,90,90
        {MPS},2017-03-31,officer,pc,female,asian,39,30.75
        {MPS},2017-03-31,officer,pc,male,not_stated,50,50
        {MPS},2017-03-31,pcso,na,female,black,100,90"
    );
    let engine = Ledger::default().submit("mps", "workforce_snapshot", "2017-03-01..2017-03-31", &rows).engine();
    let found = |measure: &str| computed(&engine, measure, MPS, "2017-03");
    let minority = found("workforce-share.bame");
    assert_eq!(minority.numerator.zip(minority.denominator), Some((129.0, 1_000.0)));
    let women = found("workforce-share.women");
    assert_eq!(women.numerator.zip(women.denominator), Some((239.0, 1_050.0)));
    assert_eq!(found("workforce-share.not-stated").numerator, Some(50.0));
    // Full-time equivalents are hours, so they have no interval.
    let hours = found("workforce-share.women-fte");
    assert_eq!((parts(&hours), hours.interval), ((211.0, 1_021.5), None));
    assert_eq!(parts(&found("workforce-share.bame-fte")), (120.75, 971.5));
    // The fact of the plan: 12.9 per cent over 40.2 per cent.
    let ratio = found("workforce-representation-ratio");
    assert!((ratio.result.unwrap() - 0.129 / 0.402).abs() < 1e-12);
    let (of_ratio, of_share) = (ratio.interval.unwrap(), minority.interval.unwrap());
    assert!((of_ratio.lower - of_share.lower / 0.402).abs() < 1e-12);
    assert!((of_ratio.upper - of_share.upper / 0.402).abs() < 1e-12);
}

#[test]
fn the_success_of_applicants_is_compared_with_that_of_white_applicants() {
    let rows = |applied: u32| {
        format!(
            "area,month_end,stage,role,sex,eth5,count
            {MPS},2016-05-31,applicant,officer,female,black,40
            {MPS},2016-06-30,applicant,officer,male,asian,{applied}
            {MPS},2016-06-30,applicant,officer,male,white,200
            {MPS},2016-06-30,applicant,officer,male,not_stated,70
            {MPS},2016-06-30,applicant,staff,male,white,500
            {MPS},2016-12-31,offered,officer,male,asian,30
            {MPS},2016-12-31,joined,officer,female,black,4
            {MPS},2016-12-31,joined,officer,male,asian,6
            {MPS},2016-12-31,joined,officer,male,white,50"
        )
    };
    let asked = |applied: u32, measure: &str| {
        let engine =
            Ledger::default().submit("mps", "workforce_flow", "2016-01-01..2016-12-31", &rows(applied)).engine();
        computed(&engine, measure, MPS, "CY2016")
    };
    // 10 of 100, over 50 of 200.
    let found = asked(60, "recruitment-share.disparity");
    assert!((found.result.unwrap() - 0.4).abs() < 1e-12);
    // 0.4 exp(-/+ 1.959964 sqrt(1/10 + 1/50))
    let interval = found.interval.unwrap();
    assert!((interval.lower - 0.202_859).abs() < 1e-6 && (interval.upper - 0.788_724).abs() < 1e-6, "{interval:?}");
    let groups: Vec<_> = found.components.iter().map(|group| (group.count, group.unweighted_base)).collect();
    assert_eq!(groups, [(Some(10), Some(100)), (Some(50), Some(200))]);
    assert_eq!(parts(&asked(60, "recruitment-share.offered-bame")), (30.0, 30.0));
    let few = rows(0).replace(",40\n", ",9\n");
    let engine = Ledger::default().submit("mps", "workforce_flow", "2016-01-01..2016-12-31", &few).engine();
    let few = computed(&engine, "recruitment-share.disparity", MPS, "CY2016");
    assert_eq!(few.result, Err(MissingReason::BaseTooSmall), "nine applicants");
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
        CC-WOOLWICH,crown,2016-10-31,for_trial,under-6m,90
        MC-THAMES,magistrates,2016-10-31,for_trial,under-6m,70"
    );
    let window = "2016-09-01..2016-12-31";
    let engine = Ledger::default().submit("hmcts", "court_stock", window, &rows).engine();
    let open = |period: &str| computed(&engine, "crown-court-outstanding", &court, period).result;
    assert_eq!((open("2016-09"), open("2016-10")), (Ok(300.0), Ok(315.0)));
    assert_eq!(open("2016/17-Q3"), Err(MissingReason::NotApplicable));
    // A court that wrote nothing for a month has not told how many cases are open. London needs all of its courts.
    assert_eq!(open("2016-11"), Err(MissingReason::NotSubmitted));
    let london = |period: &str| computed(&engine, "crown-court-outstanding", "E12000007", period).result;
    assert_eq!((london("2016-09"), london("2016-10")), (Err(MissingReason::NotSubmitted), Ok(405.0)));
    let told = computed(&engine, "crown-court-outstanding", "E12000007", "2016-10").caveats.pop().unwrap();
    assert!(told.starts_with("Only these courts have ever reported") && told.contains("Woolwich"), "{told}");
    let magistrates = computed(&engine, "crown-court-outstanding", "MC-THAMES", "2016-10");
    assert_eq!(magistrates.result, Err(MissingReason::NotApplicable));
    assert!(!CORE.catalogue.get("crown-court-outstanding").unwrap().additive_periods);
}
