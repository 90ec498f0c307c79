//! Who may speak for what: the register, remits, precedence and coverage.

use std::path::PathBuf;

use peelian::v1::coverage_service_client::CoverageServiceClient;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{
    Agency, ListAgenciesRequest, ListReportsRequest, MissingReason, Observation, Query, QueryObservationsRequest,
    ReportStatus, SubmissionHeader, SubmissionReceipt,
};
use tempfile::TempDir;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{Server, command, header, reason, request_id};

/// A header for February 2017.
fn of(agency: &str, dataset: &str) -> SubmissionHeader {
    SubmissionHeader {
        request_id: request_id(),
        agency: agency.to_owned(),
        dataset: dataset.to_owned(),
        period_start_inclusive: "2017-02-01".to_owned(),
        period_end_inclusive: "2017-02-28".to_owned(),
        ..header()
    }
}

/// Crimes of February 2017, each with its borough and its reference.
fn crimes(rows: &[(&str, &str)]) -> Part {
    let mut csv = "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,\
                   flag_cse,flag_csa,flag_hba,flag_fm,flag_fgm,flag_hate,knife_use,gun_use\n"
        .to_owned();
    for (key, borough) in rows {
        csv += &format!("{key},active,2017-02-10,2017-02-10,8N,true,{borough},no,no,no,no,no,no,,none,none\n");
    }
    Part::Csv(csv.into_bytes())
}

async fn submit(server: &Server, header: SubmissionHeader, content: Part) -> Result<SubmissionReceipt, Status> {
    server.submit(vec![Part::Header(header), content]).await
}

async fn seen(server: &Server, area: &str, measure: &str) -> Observation {
    let mut service = ObservationServiceClient::new(server.channel().await);
    let query = Query {
        measures: vec![measure.to_owned()],
        areas: vec![area.to_owned()],
        periods: vec!["2017-02".to_owned()],
        ..Query::default()
    };
    let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
    service.query_observations(request).await.unwrap().into_inner().observations.remove(0)
}

async fn value(server: &Server, area: &str) -> Option<f64> {
    match seen(server, area, "recorded-crime-volume").await.result {
        Some(Outcome::Value(value)) => Some(value),
        _ => None,
    }
}

/// An operator's file of agencies.
fn register(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agencies.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

async fn agencies(server: &Server) -> Vec<Agency> {
    let mut found = Vec::new();
    let mut request = ListAgenciesRequest { page_size: 30, ..ListAgenciesRequest::default() };
    loop {
        let page = server.catalogue().await.list_agencies(request.clone()).await.unwrap().into_inner();
        found.extend(page.agencies);
        if page.next_page_token.is_empty() {
            return found;
        }
        request.page_token = page.next_page_token;
    }
}

#[tokio::test]
async fn an_agency_that_is_not_registered_is_refused() {
    let (_data, server) = Server::fresh(&[]).await;
    for unknown in ["test", "mps2", "nhs-rj9"] {
        let refused = submit(&server, of(unknown, "crime"), crimes(&[("A", "E09000028")])).await;
        assert_eq!(reason(refused.clone()), (Code::NotFound, "UNKNOWN_AGENCY".to_owned()));
        let status = refused.unwrap_err();
        assert_eq!(status.get_details_error_info().unwrap().metadata["finding"], "PEEL-2001");
        assert_eq!(status.get_details_bad_request().unwrap().field_violations[0].field, "header.agency");
    }
    let refused = submit(&server, of("southwark", "crime"), crimes(&[("A", "E09000028")])).await;
    let message = refused.clone().unwrap_err().message().to_owned();
    assert_eq!(reason(refused), (Code::PermissionDenied, "OUTSIDE_REMIT".to_owned()));
    assert!(message.contains("no remit for crime") && message.contains("mps"), "{message}");
}

#[tokio::test]
async fn every_agency_submits_the_datasets_of_its_remits_and_no_other() {
    let (_data, server) = Server::fresh(&["--max-submissions-per-agency", "8"]).await;
    let all = agencies(&server).await;
    assert!(all.len() > 60, "{}", all.len());
    assert!(all.iter().any(|agency| agency.name == "agencies/btp"));
    let datasets = peelian_core::contract::Contract::get().datasets();
    for agency in all {
        let id = agency.name.trim_start_matches("agencies/");
        for dataset in datasets {
            let own = agency.remits.iter().any(|remit| remit.dataset == format!("datasets/{}", dataset.id));
            let nil = SubmissionHeader { nil_return: true, dry_run: true, ..of(id, &dataset.id) };
            let answer = server.submit(vec![Part::Header(nil)]).await;
            match answer {
                Ok(_) => assert!(own, "{id} {} was accepted", dataset.id),
                Err(status) => {
                    assert!(!own, "{id} {}: {status:?}", dataset.id);
                    assert_eq!(status.code(), Code::PermissionDenied);
                }
            }
        }
    }
}

#[tokio::test]
async fn rows_outside_the_remit_are_left_out() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut rows: Vec<(String, &str)> = (0..30).map(|number| (format!("K{number}"), "E09000028")).collect();
    rows.push(("city".to_owned(), "E09000001"));
    let rows: Vec<(&str, &str)> = rows.iter().map(|(key, borough)| (key.as_str(), *borough)).collect();
    let receipt = submit(&server, of("mps", "crime"), crimes(&rows)).await.unwrap();
    assert_eq!((receipt.created, receipt.rejected), (30, 1));
    let finding = &receipt.first_findings[0];
    assert_eq!((finding.code.as_str(), finding.field.as_str(), finding.row), ("PEEL-2003", "offence_borough", 31));
    assert!(finding.message.contains("not on City of London"), "{}", finding.message);
    assert_eq!(value(&server, "E23000001").await, Some(30.0));
    let city = seen(&server, "E09000001", "recorded-crime-volume").await;
    assert_eq!(city.result, Some(Outcome::Missing(MissingReason::NotSubmitted.into())));
}

#[tokio::test]
async fn the_same_records_from_two_agencies_count_once() {
    let other = "[agencies.mps2]\nname = \"A second system of the force\"\nkind = \"police\"\nareas = [\"E23000001\"]\n\
                 remits = [{ datasets = [\"crime\"], role = \"secondary\" }]\n";
    let (_folder, path) = register(other);
    for order in [["mps", "mps2"], ["mps2", "mps"]] {
        let (_data, server) = Server::fresh(&["--agencies", path.to_str().unwrap()]).await;
        let rows = [("A", "E09000028"), ("B", "E09000028"), ("C", "E09000022")];
        let mut receipts = Vec::new();
        for agency in order {
            receipts.push(submit(&server, of(agency, "crime"), crimes(&rows)).await.unwrap());
        }
        assert_eq!(value(&server, "E23000001").await, Some(3.0), "{order:?}");
        let told = receipts[1].findings.unwrap();
        let code = if order[1] == "mps2" { "PEEL-2010" } else { "PEEL-2011" };
        assert_eq!(receipts[1].first_findings.iter().filter(|finding| finding.code == code).count(), 3, "{told:?}");
        assert!(receipts[1].first_findings[0].message.starts_with(order[0]), "{:?}", receipts[1].first_findings);
    }
}

/// A crime that one force transferred to the other, in either order.
#[tokio::test]
async fn one_crime_under_two_references_counts_once() {
    let transferred = || {
        let Part::Csv(csv) = crimes(&[("CITY/1", "E09000001")]) else { panic!("CSV") };
        let csv = String::from_utf8(csv).unwrap();
        let csv = csv.replace("gun_use\n", "gun_use,other_force_ref\n").replace("none,none\n", "none,none,MPS/1\n");
        Part::Csv(csv.into_bytes())
    };
    for order in [["mps", "city-of-london-police"], ["city-of-london-police", "mps"]] {
        let (_data, server) = Server::fresh(&[]).await;
        let mut told = Vec::new();
        for agency in order {
            let content = if agency == "mps" { crimes(&[("MPS/1", "E09000033")]) } else { transferred() };
            let receipt = submit(&server, of(agency, "crime"), content).await.unwrap();
            told = receipt.first_findings.iter().map(|finding| finding.code.clone()).collect();
        }
        // Whoever comes second is told. The City's record counts, because it states the other reference.
        let expected = if order[1] == "mps" { "PEEL-2010" } else { "PEEL-2011" };
        assert_eq!(told, [expected], "{order:?}");
        assert_eq!(value(&server, "E09000001").await, Some(1.0), "{order:?}");
        assert_eq!(value(&server, "E09000033").await, Some(0.0), "{order:?}");
        assert_eq!(value(&server, "E12000007").await, Some(1.0), "{order:?}");
        // Once the City no longer has it, the other force's record counts.
        let nil = SubmissionHeader {
            nil_return: true,
            expected_delete_count: Some(1),
            ..of("city-of-london-police", "crime")
        };
        server.submit(vec![Part::Header(nil)]).await.unwrap();
        assert_eq!(value(&server, "E09000033").await, Some(1.0), "{order:?}");
    }
}

/// A hub passes on what a trust sent itself. Attendances have no key, so it is the site and the month that tell.
#[tokio::test]
async fn the_same_attendances_from_a_trust_and_a_hub_count_once() {
    let attendances = |sites: &[&str]| {
        let mut csv = "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,\
                       assault_location_type\n"
            .to_owned();
        for (hour, site) in sites.iter().enumerate() {
            csv += &format!("2017-02-01,2017-02-28,{site},2017-02-03T{hour:02}:15:00+00:00,2017-02-03,99,99\n");
        }
        Part::Csv(csv.into_bytes())
    };
    let value = async |server: &Server, site: &str| match seen(server, site, "istv-assault-attendances").await.result
    {
        Some(Outcome::Value(value)) => Some(value),
        _ => None,
    };
    for order in [["nhs-rj1", "safestats"], ["safestats", "nhs-rj1"]] {
        let (_data, server) = Server::fresh(&[]).await;
        let mut told = Vec::new();
        for agency in order {
            // The hub has another trust's site too.
            let sites: &[&str] =
                if agency == "nhs-rj1" { &["RJ122"; 3] } else { &["RJ122", "RJ122", "RJ122", "R1H12"] };
            let receipt = submit(&server, of(agency, "istv_attendance"), attendances(sites)).await.unwrap();
            told = receipt.first_findings.iter().map(|finding| finding.code.clone()).collect();
        }
        let code = if order[1] == "safestats" { "PEEL-2010" } else { "PEEL-2011" };
        assert_eq!(told, [code; 3], "{order:?}");
        assert_eq!(
            (value(&server, "RJ122").await, value(&server, "R1H12").await),
            (Some(3.0), Some(1.0)),
            "{order:?}"
        );
        // When the trust has nothing any more, the hub's rows count.
        let nil =
            SubmissionHeader { nil_return: true, expected_delete_count: Some(3), ..of("nhs-rj1", "istv_attendance") };
        server.submit(vec![Part::Header(nil)]).await.unwrap();
        assert_eq!(value(&server, "RJ122").await, Some(3.0), "{order:?}");
    }
}

/// Two forces may use one reference for two crimes.
#[tokio::test]
async fn one_reference_of_two_forces_is_two_crimes() {
    let (_data, server) = Server::fresh(&[]).await;
    submit(&server, of("mps", "crime"), crimes(&[("1/17", "E09000033")])).await.unwrap();
    submit(&server, of("city-of-london-police", "crime"), crimes(&[("1/17", "E09000001")])).await.unwrap();
    assert_eq!(value(&server, "E12000007").await, Some(2.0));
}

/// The remits of the transport police and of the Metropolitan Police overlap, and each numbers its own crimes.
#[tokio::test]
async fn one_reference_of_forces_that_overlap_is_two_crimes() {
    for order in [["mps", "btp"], ["btp", "mps"]] {
        let (_data, server) = Server::fresh(&[]).await;
        for agency in order {
            let borough = if agency == "mps" { "E09000028" } else { "E09000033" };
            submit(&server, of(agency, "crime"), crimes(&[("0/17", borough), ("1/17", borough)])).await.unwrap();
        }
        assert_eq!(value(&server, "E09000028").await, Some(2.0), "{order:?}");
        assert_eq!(value(&server, "E23000001").await, Some(4.0), "{order:?}");
    }
}

#[tokio::test]
async fn a_period_outside_the_days_of_a_remit_is_refused_with_the_days() {
    let other = "[agencies.old-system]\nname = \"An old system\"\nkind = \"police\"\nareas = [\"E23000001\"]\n\
                 valid_to = \"2016-12-31\"\n";
    let (_folder, path) = register(other);
    let (_data, server) = Server::fresh(&["--agencies", path.to_str().unwrap()]).await;
    let refused = submit(&server, of("old-system", "crime"), crimes(&[("A", "E09000028")])).await;
    let status = refused.clone().unwrap_err();
    assert_eq!(reason(refused), (Code::PermissionDenied, "OUTSIDE_REMIT".to_owned()));
    assert_eq!(status.get_details_error_info().unwrap().metadata["finding"], "PEEL-2006");
    assert!(status.message().contains("until 2016-12-31"), "{}", status.message());
}

#[tokio::test]
async fn one_borough_is_not_london_and_all_of_them_are() {
    let mut text = "[kinds.borough_police]\nlabel = \"Borough command\"\n\
                    remits = [{ datasets = [\"crime\"], every = \"M\", due_days = 31 }]\n"
        .to_owned();
    let boroughs: Vec<String> = (2..=33).map(|number| format!("E090000{number:02}")).collect();
    for borough in &boroughs {
        text += &format!(
            "[agencies.bocu-{}]\nname = \"{borough}\"\nkind = \"borough_police\"\nareas = [\"{borough}\"]\n",
            borough.to_lowercase()
        );
    }
    let (_folder, path) = register(&text);
    let (_data, server) = Server::fresh(&["--agencies", path.to_str().unwrap()]).await;
    for (number, borough) in boroughs.iter().enumerate() {
        let agency = format!("bocu-{}", borough.to_lowercase());
        submit(&server, of(&agency, "crime"), crimes(&[(borough, borough)])).await.unwrap();
        assert_eq!(value(&server, borough).await, Some(1.0));
        let london = value(&server, "E23000001").await;
        assert_eq!(london, (number + 1 == boroughs.len()).then_some(32.0), "after {} boroughs", number + 1);
        if number == 0 {
            let seen = seen(&server, "E23000001", "recorded-crime-volume").await;
            assert_eq!(seen.completeness.unwrap().received, 1);
            let caveats = seen.caveats.join(" ");
            assert!(caveats.contains("Submitted for 1 of 32: Barking and Dagenham."), "{caveats}");
            assert_eq!(value(&server, "E09000028").await, None);
        }
    }
}

#[tokio::test]
async fn a_faulty_file_of_agencies_stops_the_start() {
    let (_folder, path) = register("[agencies.x]\nname = \"X\"\nkind = \"borough\"\nareas = [\"E1\"]\n");
    let data = tempfile::tempdir().unwrap();
    let output = command(data.path(), &["--agencies", path.to_str().unwrap()]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(message.contains("agencies.toml:4: no area has the code `E1`"), "{message}");
}

#[tokio::test]
async fn expected_reports_are_told_from_received_ones() {
    let (_data, server) = Server::fresh(&[]).await;
    let nil = SubmissionHeader { nil_return: true, synthetic: true, ..of("mps", "crime") };
    server.submit(vec![Part::Header(nil)]).await.unwrap();
    let mut service = CoverageServiceClient::new(server.channel().await);
    let mut list =
        async |request: ListReportsRequest| service.list_reports(request).await.map(tonic::Response::into_inner);
    let request = ListReportsRequest {
        agency: "mps".to_owned(),
        dataset: "crime".to_owned(),
        period: "2017-01..2017-03".to_owned(),
        ..ListReportsRequest::default()
    };
    let found = list(request.clone()).await.unwrap().reports;
    let told: Vec<_> =
        found.iter().map(|report| (report.period.as_str(), report.status(), report.synthetic)).collect();
    // What arrives years after it was due is late, and not missing.
    let (late, overdue) = (ReportStatus::Late, ReportStatus::Overdue);
    assert_eq!(told, [("2017-01", overdue, false), ("2017-02", late, true), ("2017-03", overdue, false)]);
    assert_eq!((found[0].due_date.as_str(), found[0].area.as_str()), ("2017-03-03", "E23000001"));
    assert!(found[1].received_at.is_some() && found[0].received_at.is_none());
    let outstanding = list(ListReportsRequest { overdue_only: true, ..request.clone() }).await.unwrap().reports;
    assert_eq!(outstanding.len(), 2);
    let ahead = ListReportsRequest { period: "2090-01".to_owned(), ..request.clone() };
    assert_eq!(list(ahead).await.unwrap().reports[0].status(), ReportStatus::NotDue);
    let sites =
        ListReportsRequest { dataset: "istv_attendance".to_owned(), agency: String::new(), ..request.clone() };
    let sites = list(sites).await.unwrap().reports;
    assert_eq!(sites.len(), 27 * 3, "one report of each open site and month");
    let wrong = list(ListReportsRequest { agency: "test".to_owned(), ..request.clone() }).await;
    assert_eq!(reason(wrong), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
    let long = list(ListReportsRequest { period: "1900-01..2199-12".to_owned(), ..request }).await;
    assert_eq!(reason(long), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
}

#[tokio::test]
async fn a_boroughs_figure_is_an_alternative() {
    let (_data, server) = Server::fresh(&[]).await;
    let figure = |count: u32| {
        let header = "measure,area,period,numerator,status,source";
        Part::Csv(format!("{header}\nknife-crime-offences,E09000028,2017-02,{count},final,made up\n").into_bytes())
    };
    submit(&server, of("mps", "published_figure"), figure(65)).await.unwrap();
    submit(&server, of("southwark", "published_figure"), figure(999)).await.unwrap();
    let found = seen(&server, "E09000028", "knife-crime-offences").await;
    assert_eq!(found.result, Some(Outcome::Value(65.0)));
    assert_eq!(found.alternatives.len(), 1);
    assert_eq!((found.alternatives[0].agency.as_str(), found.alternatives[0].difference), ("southwark", Some(934.0)));
    let refused = submit(&server, of("lambeth", "published_figure"), figure(3)).await;
    assert_eq!(reason(refused), (Code::InvalidArgument, "TOO_MANY_ERRORS".to_owned()));
}
