//! Page tokens: any text, changed tokens, and tokens that a caller makes. What a token holds is no secret, so a caller can
//! make one for any position and any mark. The server must answer or refuse it, whatever it holds.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use peelian::v1::catalogue_service_client::CatalogueServiceClient;
use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::submission_service_client::SubmissionServiceClient;
use peelian::v1::{
    ListAgenciesRequest, ListAreasRequest, ListMeasuresRequest, ListSubmissionsRequest, Query,
    QueryObservationsRequest,
};
use peelian_core::column::{combine_keys, key_of};
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below, one_of};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::harness::{Server, boroughs, header};

/// Longest wait for an answer, beside other work on the machine.
const LONGEST: Duration = Duration::from_secs(10);

/// The list methods that are called, each with its other arguments.
const METHODS: [(&str, &[&str]); 5] = [
    ("ListAreas", &["borough", ""]),
    ("ListMeasures", &[]),
    ("ListAgencies", &["", ""]),
    ("ListSubmissions", &["agencies/-", ""]),
    ("QueryObservations", &[]),
];

/// A call of a list method with a token.
#[derive(Clone, Debug)]
struct Page {
    method: usize,
    size: i32,
    token: Bytes,
}

struct Pages;

impl ValueGenerator for Pages {
    type Output = Page;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Page> {
        let method = below(driver, METHODS.len())?;
        let mut part = || {
            one_of(
                driver,
                &[0, 1, 2, 3, 50, 1 << 20, (1 << 31) - 1, 1 << 32, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX],
            )?
            .copied()
        };
        let token = token(method, [part()?, part()?, part()?]);
        let token = match below(driver, 4)? {
            0 => Mutated::of([token.into_bytes()]).with_words(["+", "é", "-1", "0x"]).generate(driver)?,
            _ => Bytes(token.into_bytes()),
        };
        Some(Page { method, size: *one_of(driver, &[0, 1, 2, 1_000, i32::MAX, -1])??, token })
    }
}

fn query() -> Query {
    Query {
        measures: vec!["recorded-crime-volume".to_owned()],
        areas: vec!["borough".to_owned()],
        periods: vec!["2017-01..2017-03".to_owned()],
        ..Query::default()
    }
}

/// A token as the server makes it.
fn token(method: usize, [position, mark, total]: [u64; 3]) -> String {
    let (name, arguments) = METHODS[method];
    let mut keys = vec![key_of(name), position, mark, total];
    if name == "QueryObservations" {
        keys.push(key_of(&format!("{:?}", Some(query()))));
    }
    keys.extend(arguments.iter().map(|argument| key_of(argument)));
    format!("{position:016x}{mark:016x}{total:016x}{:016x}", combine_keys(&keys))
}

/// Calls a list method. Answers the token of the next page.
async fn call(channel: Channel, page: &Page) -> Result<String, Status> {
    let page_token = String::from_utf8_lossy(&page.token).into_owned();
    let page_size = page.size;
    let mut catalogue = CatalogueServiceClient::new(channel.clone());
    Ok(match METHODS[page.method].0 {
        "ListAreas" => {
            let request =
                ListAreasRequest { level: "borough".to_owned(), page_size, page_token, ..Default::default() };
            catalogue.list_areas(request).await?.into_inner().next_page_token
        }
        "ListMeasures" => {
            let request = ListMeasuresRequest { page_size, page_token };
            catalogue.list_measures(request).await?.into_inner().next_page_token
        }
        "ListAgencies" => {
            let request = ListAgenciesRequest { page_size, page_token, ..Default::default() };
            catalogue.list_agencies(request).await?.into_inner().next_page_token
        }
        "ListSubmissions" => {
            let parent = "agencies/-".to_owned();
            let request = ListSubmissionsRequest { parent, page_size, page_token, ..Default::default() };
            SubmissionServiceClient::new(channel).list_submissions(request).await?.into_inner().next_page_token
        }
        _ => {
            let request = QueryObservationsRequest { query: Some(query()), page_size, page_token };
            ObservationServiceClient::new(channel).query_observations(request).await?.into_inner().next_page_token
        }
    })
}

/// A call is answered, or refused as the caller's fault and with its reason.
#[test]
fn fuzz_tokens() {
    let runtime = AssertUnwindSafe(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    let (_data, server, channel) = runtime.block_on(async {
        let (data, server) = Server::fresh(&[]).await;
        for year in 2015..2018 {
            server.send(crate::harness::header_of(year, header().mode()), boroughs(2..=33, year)).await.unwrap();
        }
        let channel = server.channel().await;
        (data, server, channel)
    });
    let channel = AssertUnwindSafe(channel);
    let limits = Limits { memory: 64 << 20, time: LONGEST };
    Target::new("tokens", limits).run(peelian_fuzz::check!(), Pages, |page: &Page| {
        let began = Instant::now();
        let called = runtime.block_on(call(channel.clone(), page));
        assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
        match called {
            Ok(_) => Target::ACCEPTED.to_owned(),
            Err(status) => {
                let info = status.get_details_error_info().unwrap_or_else(|| panic!("no reason: {status:?}"));
                // A token may state more observations than are answered at once.
                let refused = [
                    Code::InvalidArgument,
                    Code::NotFound,
                    Code::OutOfRange,
                    Code::FailedPrecondition,
                    Code::ResourceExhausted,
                ];
                assert!(refused.contains(&status.code()), "{status:?}");
                info.reason
            }
        }
    });
    assert!(runtime.block_on(server.terminate()));
}
