//! Queries of many callers at once, with the health check between them: what a caller waits for an answer is compared
//! with what the same caller waits for the least answer there is, under the same load.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::{Query, QueryObservationsRequest};
use serde_json::json;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::rows;
use crate::server::{Connection, Guard, Server};
use crate::submit::{submit, typed};

/// How long the callers call before their waits count.
const WARM_UP: Duration = Duration::from_secs(2);

/// Prints the 99th percentile of what callers wait for a query and for the health check.
pub(crate) async fn run(
    program: &Path,
    dir: &Path,
    count: u32,
    callers: usize,
    seconds: u64,
) -> Result<(), Box<dyn Error>> {
    let server = Server::start(program, dir, Guard::Loopback)?;
    submit(server.connect().await?, count, typed(&rows::crimes(0, count)).into_iter()).await?;

    let mut calling = Vec::new();
    for number in 0..callers {
        let channel = server.connect().await?;
        calling.push(tokio::spawn(call(channel, number, Duration::from_secs(seconds))));
    }
    let (mut queries, mut checks) = (Vec::new(), Vec::new());
    for caller in calling {
        let waits = caller.await??;
        queries.extend(waits.queries);
        checks.extend(waits.checks);
    }
    for (figure, mut waits) in [("query.one-borough-24-months", queries), ("query.health-check", checks)] {
        waits.sort_unstable();
        let at = |share: f64| percentile(&waits, share).as_secs_f64() * 1e3;
        println!("{}", json!({"figure": figure, "calls": waits.len(), "p50": at(0.5), "p99": at(0.99)}));
    }
    Ok(())
}

/// What one caller waited.
#[derive(Default)]
struct Waits {
    queries: Vec<Duration>,
    checks: Vec<Duration>,
}

/// Asks for one measure, one borough and 24 months, and for the server's health, in turn.
async fn call(channel: Connection, number: usize, measured: Duration) -> Result<Waits, tonic::Status> {
    let mut observations = ObservationServiceClient::new(channel.clone());
    let mut health = HealthClient::new(channel);
    let mut waits = Waits::default();
    let start = Instant::now();
    while start.elapsed() < WARM_UP + measured {
        let counts = start.elapsed() >= WARM_UP;
        let query = ask(&mut observations, number).await?;
        let asked = Instant::now();
        health.check(HealthCheckRequest::default()).await?;
        if counts {
            waits.queries.push(query);
            waits.checks.push(asked.elapsed());
        }
    }
    Ok(waits)
}

/// How long the caller with a number waits for an answer about one measure, one borough and 24 months.
pub(crate) async fn ask(
    observations: &mut ObservationServiceClient<Connection>,
    number: usize,
) -> Result<Duration, tonic::Status> {
    let query = Query {
        measures: vec!["knife-crime-offences".into()],
        areas: vec![format!("E090000{:02}", 2 + number % 32)],
        periods: vec!["2015-01..2016-12".into()],
        ..Query::default()
    };
    let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
    let asked = Instant::now();
    let answer = observations.query_observations(request).await?.into_inner();
    let waited = asked.elapsed();
    match answer.observations.len() {
        24 => Ok(waited),
        other => Err(tonic::Status::data_loss(format!("{other} observations, not 24"))),
    }
}

/// The smallest wait that at least this share of `sorted` does not exceed.
pub(crate) fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (1..=sorted.len()).find(|rank| as_f64(*rank) >= share * as_f64(sorted.len()));
    rank.and_then(|rank| sorted.get(rank - 1)).copied().unwrap_or_default()
}

fn as_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
