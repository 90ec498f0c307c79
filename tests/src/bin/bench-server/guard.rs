//! What it costs to know callers: the same calls to a server that identifies, limits, checks and records them, to one that does
//! all but recording, and to one that does nothing of it. Every caller asks them in turn, so that all have the same load at the
//! same time.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use peelian::v1::observation_service_client::ObservationServiceClient;
use serde_json::json;

use crate::query::{ask, percentile};
use crate::rows;
use crate::server::{Connection, Guard, Server};
use crate::submit::{submit, timed, typed};

/// The ways to treat callers.
const GUARDS: [Guard; 3] = [Guard::Token, Guard::Unrecorded, Guard::Nothing];
/// The same for each of them.
type Each<T> = [T; GUARDS.len()];
/// Queries of each caller that do not count.
const WARM_UP: usize = 200;
/// Queries of all callers to each server.
const QUERIES: usize = 20_000;
/// Rows of a submission that is small.
const FEW: u32 = 1_000;

/// Prints the median wait of one caller and of 32 for each server, and the time of submissions.
pub(crate) async fn run(program: &Path, dir: &Path, count: u32, runs: u32) -> Result<(), Box<dyn Error>> {
    let crimes = rows::crimes(0, count);
    {
        let mut servers = Vec::new();
        for guard in GUARDS {
            servers.push(Server::start(program, dir, guard)?);
        }
        for server in &servers {
            submit(server.connect().await?, count, typed(&crimes).into_iter()).await?;
        }
        for callers in [1, 32] {
            let mut calling = Vec::new();
            for number in 0..callers {
                let mut connections = Vec::new();
                for server in &servers {
                    connections.push(server.connect().await?);
                }
                calling.push(tokio::spawn(ask_in_turn(connections, number, QUERIES / callers)));
            }
            let mut waits: Each<Vec<Duration>> = Default::default();
            for caller in calling {
                for (all, own) in waits.iter_mut().zip(caller.await??) {
                    all.extend(own);
                }
            }
            let medians = waits.map(|mut waits| {
                waits.sort_unstable();
                percentile(&waits, 0.5).as_secs_f64() * 1e3
            });
            println!("{}", json!({"figure": format!("guard.query.{callers}"), "milliseconds": medians}));
        }
    }
    for rows in [FEW, count] {
        let mut seconds: Each<Vec<f64>> = Default::default();
        for run in 0..usize::try_from(runs)? {
            for at in in_turn(run) {
                let some = crimes.get(..usize::try_from(rows)?).unwrap_or(&crimes);
                let parts = typed(some).into_iter();
                let took = timed((program, dir), GUARDS[at], rows, parts).await?;
                seconds[at].push(took.as_secs_f64());
            }
        }
        println!("{}", json!({"figure": format!("guard.submit.{rows}"), "rows": rows, "seconds": seconds}));
    }
    Ok(())
}

/// The servers in the order of a turn. Who comes first changes from turn to turn.
fn in_turn(turn: usize) -> Each<usize> {
    std::array::from_fn(|at| (at + turn) % GUARDS.len())
}

/// What a caller waits for the answers of the servers, which it asks in turn.
async fn ask_in_turn(
    connections: Vec<Connection>,
    number: usize,
    queries: usize,
) -> Result<Each<Vec<Duration>>, tonic::Status> {
    let mut clients: Vec<_> = connections.into_iter().map(ObservationServiceClient::new).collect();
    let mut waits: Each<Vec<Duration>> = Default::default();
    for turn in 0..WARM_UP + queries {
        for at in in_turn(turn) {
            let waited = ask(&mut clients[at], number).await?;
            if turn >= WARM_UP {
                waits[at].push(waited);
            }
        }
    }
    Ok(waits)
}
