//! The client: calls to an exchange over the network.

mod access;
mod options;
mod releases;
mod submit;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arrow::compute::concat_batches;
use arrow::error::ArrowError;
use arrow_ipc::reader::StreamReader;
use peelian::client::{self, Connection, Credentials};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use self::options::ClientOptions;
use crate::error::{Error, Outcome, Status};
use crate::explanation::{self, Explanation};
use crate::findings::Findings;
use crate::guard::{attempt, make};
use crate::pointer::{In, Out, Owned, Text};
use crate::query::Query;
use crate::result::Answer;

/// A connection to an exchange. Free it with peelian_client_free(). Any number of threads may use it at the same time. It
/// starts no thread of its own, so the connection is idle while no call is in progress.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    /// The connection, with the time that its calls may take.
    connection: Mutex<Connection>,
    /// How often calls in progress were stopped.
    stops: watch::Sender<u64>,
}

impl Client {
    fn connection(&self) -> Connection {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a call ends or is stopped.
    fn wait<T>(&self, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let mut stops = self.stops.subscribe();
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                _ = stops.changed() => Err(stopped()),
                done = call => done,
            }
        })
    }

    /// Asks the exchange, and waits for the answer until the call is stopped.
    fn ask<T, E>(&self, call: impl AsyncFnOnce(&Connection) -> Result<T, E>) -> Outcome<T>
    where
        Box<Error>: From<E>,
    {
        let connection = self.connection();
        self.wait(async { Ok(call(&connection).await?) })
    }
}

fn stopped() -> Box<Error> {
    Error::new(Status::Cancelled, "the call was stopped: the exchange has carried it out completely, or not at all")
}

/// Connects to an exchange at "HOST:PORT", or with TLS at "https://HOST:PORT". Waits at most 5 seconds for the connection,
/// and 10 for an answer on it. peelian_client_connect_with() connects with a certificate or a token.
///
/// A call with the client waits at most 120 seconds for its answer, and a submission takes at most 30 minutes:
/// peelian_client_set_timeout() sets another time. A call ends with PEELIAN_STATUS_UNREACHABLE if the exchange gives no
/// sign of life for two minutes.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the text is not a host and a port, PEELIAN_STATUS_UNREACHABLE if no exchange answers
/// there.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_connect(
    target: Text<'_>,
    out: Out<'_, *mut Client>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || connect(target.get("target")?, Credentials::default()))
}

/// Connects to an exchange as peelian_client_connect() does, with options. They stay the caller's, and are not needed
/// afterwards. NULL means the options of peelian_client_options_new().
///
/// PEELIAN_STATUS_IO if a file of the options cannot be used, or if a token would be sent to another machine without TLS.
/// PEELIAN_STATUS_UNREACHABLE also if the connection is not encrypted as it should be: the authority of the exchange is
/// unknown, its certificate has expired or is for another host, or the exchange does not accept the certificate of the
/// client. A call with the client is PEELIAN_STATUS_EXCHANGE if the exchange does not accept the token: the code of the error
/// is its reason. Other statuses are as for peelian_client_connect().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_connect_with(
    target: Text<'_>,
    options: In<'_, ClientOptions>,
    out: Out<'_, *mut Client>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let credentials = options.view().map(ClientOptions::credentials).unwrap_or_default();
        connect(target.get("target")?, credentials)
    })
}

fn connect(target: &str, credentials: Credentials) -> Outcome<Client> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::new(Status::Io, error.to_string()))?;
    let connection = runtime.block_on(Connection::open_with(target, credentials))?;
    Ok(Client { runtime, connection: Mutex::new(connection), stops: watch::Sender::new(0) })
}

/// Sets how long each later call may take, in seconds. 0 means no limit. If it is not set, a call may take 120 seconds, and
/// a submission 30 minutes. A call that takes longer ends with PEELIAN_STATUS_CANCELLED.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `seconds` is negative or not finite.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_set_timeout(
    client: In<'_, Client>,
    seconds: f64,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let client = client.get("client")?;
        let wanted = Duration::try_from_secs_f64(seconds);
        let wanted = wanted.map_err(|_| Error::argument("a time is a number of seconds, 0 or more"))?;
        let mut connection = client.connection.lock().unwrap_or_else(PoisonError::into_inner);
        *connection = connection.clone().with_timeout(wanted);
        Ok(())
    })
}

/// Stops the calls of this client that are in progress. They end with PEELIAN_STATUS_CANCELLED. Later calls are not
/// stopped. Any thread may call this function, but no signal handler.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_cancel(client: In<'_, Client>, error: Out<'_, *mut Error>) -> Status {
    attempt(error, || {
        client.get("client")?.stops.send_modify(|count| *count += 1);
        Ok(())
    })
}

/// Asks an exchange for values of measures.
///
/// PEELIAN_STATUS_EXCHANGE if the exchange refuses: the message says what can be asked. PEELIAN_STATUS_UNREACHABLE if the
/// connection breaks or the exchange gives no sign of life, PEELIAN_STATUS_CANCELLED if the call is stopped or takes longer
/// than its time.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_query(
    client: In<'_, Client>,
    query: In<'_, Query>,
    out: Out<'_, *mut Answer>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (client, query) = (client.get("client")?, query.get("query")?);
        let query = query.wire().clone();
        table(&client.ask(async |connection| client::query_arrow(connection, query).await)?)
    })
}

fn table(bytes: &[u8]) -> Outcome<Answer> {
    let broken = |error: ArrowError| Error::new(Status::Exchange, format!("the answer cannot be read: {error}"));
    // An exchange sends a large answer as several tables, and an empty one as none.
    let whole = || {
        let reader = StreamReader::try_new(bytes, None)?;
        let schema = reader.schema();
        concat_batches(&schema, &reader.collect::<Result<Vec<_>, _>>()?)
    };
    whole().map(Answer::new).map_err(broken)
}

/// Asks an exchange for all findings of a submission, by the name of the submission in its receipt. The exchange keeps at
/// most 1,000 findings with the same code. Free the findings with peelian_findings_free().
///
/// PEELIAN_STATUS_EXCHANGE if there is no such submission. Other statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_findings(
    client: In<'_, Client>,
    submission: Text<'_>,
    out: Out<'_, *mut Findings>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (client, submission) = (client.get("client")?, submission.get("submission")?);
        Ok(Findings::new(&client.ask(async |connection| client::findings(connection, submission).await)?))
    })
}

/// Asks an exchange how one value was computed. `breakdown` has the form of the member of peelian_observation,
/// "sex=female;age_band=18_24"; NULL means the total.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if `breakdown` does not have that form. Other statuses are as for
/// peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_explain(
    client: In<'_, Client>,
    measure: Text<'_>,
    area: Text<'_>,
    period: Text<'_>,
    breakdown: Text<'_>,
    out: Out<'_, *mut Explanation>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let client = client.get("client")?;
        let request = explanation::request(&measure, &area, &period, &breakdown)?;
        Ok(Explanation::new(&client.ask(async |connection| client::explain(connection, request).await)?))
    })
}

/// Closes a connection and frees it. No call of the client may be in progress. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_free(client: Owned<Client>) {
    client.free();
}
