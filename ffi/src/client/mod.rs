//! An exchange, over the network.

mod submit;

use std::ffi::c_char;
use std::sync::Mutex;
use std::time::Duration;

use arrow_ipc::reader::StreamReader;
use peelian::client::{self, Connection};
use peelian::v1::ExplainObservationRequest;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::error::{Error, Outcome, Status};
use crate::explanation::{self, Explanation};
use crate::findings::Findings;
use crate::guard::{attempt, make};
use crate::pointer::{borrow, free, text};
use crate::query::Query;
use crate::result::Answer;

/// A connection to an exchange. Free it with peelian_client_free(). Any number of threads may use it at once; it starts
/// no thread of its own, so the connection rests while no call is under way.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    connection: Connection,
    /// Counts how often the calls under way were stopped.
    stops: watch::Sender<u64>,
    /// How long a call may take.
    timeout: Mutex<Option<Duration>>,
}

impl Client {
    fn timeout(&self) -> Option<Duration> {
        self.timeout.lock().map_or(None, |timeout| *timeout)
    }

    /// Waits for a call, until it is stopped or its time is over.
    fn wait<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let mut stops = self.stops.subscribe();
        let timeout = self.timeout();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stops.changed() => Err(stopped()),
                () = over(timeout) => Err(Error::new(Status::Cancelled, "the time for the call is over")),
                done = call => done,
            }
        })
    }
}

/// Ends when the time is over; never, where none is set.
async fn over(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}

fn stopped() -> Box<Error> {
    Error::new(Status::Cancelled, "the call was stopped: what the exchange holds is as before, or as after it")
}

/// Connects to an exchange at "HOST:PORT", and waits at most 5 seconds for its answer.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the text is no address, PEELIAN_STATUS_UNREACHABLE if nothing answers there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_connect(
    target: *const c_char,
    out: *mut *mut Client,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let target = unsafe { text(target, "target") }?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Error::new(Status::Io, error.to_string()))?;
        let connection = runtime.block_on(Connection::open(target))?;
        Ok(Client { runtime, connection, stops: watch::Sender::new(0), timeout: Mutex::new(None) })
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Sets how long a call may take, in seconds; 0 means as long as it takes, which is so at first. A call that takes longer
/// ends with PEELIAN_STATUS_CANCELLED.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `seconds` is negative or not finite.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_set_timeout(
    client: *const Client,
    seconds: f64,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let client = unsafe { borrow(client, "client") }?;
        let wanted = Duration::try_from_secs_f64(seconds);
        let wanted = wanted.map_err(|_| Error::argument("a time is a number of seconds, 0 or more"))?;
        let mut timeout = client.timeout.lock().map_err(|error| Error::internal(error.to_string()))?;
        *timeout = (!wanted.is_zero()).then_some(wanted);
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// Stops the calls of this client that are under way, from any thread: they end with PEELIAN_STATUS_CANCELLED. Later calls
/// are not stopped. Not to be called from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_cancel(client: *const Client, error: *mut *mut Error) -> Status {
    // SAFETY: the conventions of the header.
    let work = || unsafe { borrow(client, "client") }.map(|client| client.stops.send_modify(|count| *count += 1));
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

/// Asks an exchange for values of measures.
///
/// PEELIAN_STATUS_EXCHANGE if it refuses: the message says what could be answered. PEELIAN_STATUS_UNREACHABLE if the
/// connection breaks, PEELIAN_STATUS_CANCELLED if the call is stopped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_query(
    client: *const Client,
    query: *const Query,
    out: *mut *mut Answer,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (client, query) = unsafe { (borrow(client, "client")?, borrow(query, "query")?) };
        let query = query.wire().clone();
        let bytes = client.wait(async { Ok(client::query_arrow(&client.connection, query).await?) })?;
        table(&bytes)
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

fn table(bytes: &[u8]) -> Outcome<Answer> {
    let broken = |error: String| Error::new(Status::Exchange, format!("the answer cannot be read: {error}"));
    let mut reader = StreamReader::try_new(bytes, None).map_err(|error| broken(error.to_string()))?;
    let table = reader.next().ok_or_else(|| broken("it has no table".to_owned()))?;
    table.map(Answer::new).map_err(|error| broken(error.to_string()))
}

/// Asks an exchange for every finding of a submission, by the name that its receipt has: the exchange keeps the first 1,000
/// of each code. Free them with peelian_findings_free().
///
/// PEELIAN_STATUS_EXCHANGE if there is no such submission; PEELIAN_STATUS_UNREACHABLE if the connection breaks,
/// PEELIAN_STATUS_CANCELLED if the call is stopped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_findings(
    client: *const Client,
    submission: *const c_char,
    out: *mut *mut Findings,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let (client, submission) = unsafe { (borrow(client, "client")?, text(submission, "submission")?) };
        let found = client.wait(async { Ok(client::findings(&client.connection, submission).await?) })?;
        Ok(Findings::new(&found))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Asks an exchange how one value came about. `breakdown` is as peelian_observation has it, "sex=female;age_band=18_24";
/// NULL means the total.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `breakdown` is not of that form; the others as for peelian_client_query().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_explain(
    client: *const Client,
    measure: *const c_char,
    area: *const c_char,
    period: *const c_char,
    breakdown: *const c_char,
    out: *mut *mut Explanation,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let client = unsafe { borrow(client, "client") }?;
        // SAFETY: the conventions of the header.
        let cell = unsafe { explanation::cell(measure, area, period, breakdown) }?;
        let request = ExplainObservationRequest {
            measure: cell.measure,
            area: cell.area,
            period: cell.period,
            breakdown: cell.breakdown,
            as_of: None,
        };
        let told = client.wait(async { Ok(client::explain(&client.connection, request).await?) })?;
        Ok(Explanation::new(&told))
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Ends a connection and frees it. No call of it may be under way. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_client_free(client: *mut Client) {
    // SAFETY: the conventions of the header.
    unsafe { free(client) }
}
