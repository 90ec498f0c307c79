//! Calls to an exchange. A caller waits for the answer, or is called back.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use peelian::client::release_folder::export_to;
use peelian::client::{self, ClientError, News, Outgoing};
use peelian::v1::check_access_request::Access;
use peelian::v1::{
    Agency, Agreement, ApproveReleaseRequest, CheckAccessRequest, CheckAccessResponse, DiffReleasesResponse,
    DiscardReleaseRequest, ExplainObservationResponse, Finding, Release, Report, RestoreReleaseRequest,
    ReviewReleaseResponse, SubmissionAccess, SubmissionMode, SubmissionReceipt, WhoAmIResponse,
};
use prost::Message;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyList;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::arguments::{named, unknown};
use crate::content::Content;
use crate::errors::{Failure, SIGNAL_INTERVAL, detached};
use crate::messages;
use crate::query::{ExplainArguments, Instant, QueryArguments, ReleaseArguments, ReportArguments, timestamp};
use crate::table::Table;

static RUNTIME: LazyLock<std::io::Result<Runtime>> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build());

fn runtime() -> PyResult<&'static Runtime> {
    RUNTIME.as_ref().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// The answer of a call.
enum Answer {
    Connection(client::Connection),
    Receipt(Box<SubmissionReceipt>),
    Table(Table),
    Explanation(Box<ExplainObservationResponse>),
    Findings(Vec<Finding>),
    Reports(Vec<Report>),
    Agencies(Vec<Agency>),
    Caller(Box<WhoAmIResponse>),
    Agreements(Vec<Agreement>),
    Access(Box<CheckAccessResponse>),
    Releases(Vec<Release>),
    Release(Box<Release>),
    Review(Box<ReviewReleaseResponse>),
    Differences(Box<DiffReleasesResponse>),
    Watch(Box<client::ReleaseWatch>),
    /// The next release of a watch; `None` at its end.
    News(Option<Box<Release>>),
    Names(Vec<String>),
}

impl Answer {
    fn into_object(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(match self {
            Self::Connection(connection) => Bound::new(py, Connection(connection))?.into_any().unbind(),
            Self::Receipt(receipt) => one(py, "peelian.v1.SubmissionReceipt", receipt.as_ref())?,
            Self::Table(table) => Bound::new(py, table)?.into_any().unbind(),
            Self::Explanation(told) => one(py, "peelian.v1.ExplainObservationResponse", told.as_ref())?,
            Self::Findings(findings) => listed(py, "peelian.v1.Finding", &findings)?,
            Self::Reports(reports) => listed(py, "peelian.v1.Report", &reports)?,
            Self::Agencies(agencies) => listed(py, "peelian.v1.Agency", &agencies)?,
            Self::Caller(caller) => one(py, "peelian.v1.WhoAmIResponse", caller.as_ref())?,
            Self::Agreements(agreements) => listed(py, "peelian.v1.Agreement", &agreements)?,
            Self::Access(decision) => one(py, "peelian.v1.CheckAccessResponse", decision.as_ref())?,
            Self::Releases(releases) => listed(py, RELEASE, &releases)?,
            Self::Release(release) => one(py, RELEASE, release.as_ref())?,
            Self::Review(told) => one(py, "peelian.v1.ReviewReleaseResponse", told.as_ref())?,
            Self::Differences(told) => one(py, "peelian.v1.DiffReleasesResponse", told.as_ref())?,
            Self::Watch(watch) => {
                Bound::new(py, Watch(Arc::new(tokio::sync::Mutex::new(*watch))))?.into_any().unbind()
            }
            Self::News(Some(release)) => one(py, RELEASE, release.as_ref())?,
            Self::News(None) => py.None(),
            Self::Names(names) => PyList::new(py, names)?.into_any().unbind(),
        })
    }
}

/// Full name of the message of a release.
const RELEASE: &str = "peelian.v1.Release";

/// A message as a dictionary.
fn one<M: Message>(py: Python<'_>, full_name: &str, message: &M) -> PyResult<Py<PyAny>> {
    Ok(messages::to_python(py, full_name, message)?.into_any().unbind())
}

/// Messages as a list of dictionaries.
fn listed<M: Message>(py: Python<'_>, full_name: &str, messages: &[M]) -> PyResult<Py<PyAny>> {
    let list = PyList::empty(py);
    for message in messages {
        list.append(messages::to_python(py, full_name, message)?)?;
    }
    Ok(list.into_any().unbind())
}

type Outcome = Result<Answer, Failure>;

/// A running call. Wait for it or let it call back, once. A dropped call is cancelled.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Call {
    outcome: Mutex<Option<oneshot::Receiver<Outcome>>>,
    task: tokio::task::AbortHandle,
}

impl Call {
    fn start(work: impl Future<Output = Outcome> + Send + 'static) -> PyResult<Self> {
        let (sender, outcome) = oneshot::channel();
        let task = runtime()?.spawn(async move {
            // A cancelled call has no receiver.
            let _ = sender.send(work.await);
        });
        Ok(Self { outcome: Mutex::new(Some(outcome)), task: task.abort_handle() })
    }

    fn take(&self) -> PyResult<oneshot::Receiver<Outcome>> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.take().ok_or_else(|| PyRuntimeError::new_err("the answer of this call was already taken"))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[pymethods]
impl Call {
    /// Waits for the answer. Ctrl-C cancels the call.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut outcome = self.take()?;
        loop {
            let waited = py.detach(|| {
                runtime().map(|all| all.block_on(async { tokio::time::timeout(SIGNAL_INTERVAL, &mut outcome).await }))
            });
            if let Ok(done) = waited? {
                return finished(py, done);
            }
            py.check_signals().inspect_err(|_| self.task.abort())?;
        }
    }

    /// Calls `done(answer, None)` or `done(None, exception)` later, on a thread of the extension.
    fn on_done(&self, done: Py<PyAny>) -> PyResult<()> {
        let outcome = self.take()?;
        runtime()?.spawn(async move {
            let outcome = outcome.await;
            Python::attach(|py| {
                let told = match finished(py, outcome) {
                    Ok(answer) => done.call1(py, (answer, py.None())),
                    Err(error) => done.call1(py, (py.None(), error)),
                };
                if let Err(error) = told {
                    error.write_unraisable(py, Some(done.bind(py)));
                }
            });
        });
        Ok(())
    }

    /// Cancels the call. The exchange keeps nothing of a cancelled submission.
    fn cancel(&self) {
        self.task.abort();
    }
}

fn finished(py: Python<'_>, outcome: Result<Outcome, oneshot::error::RecvError>) -> PyResult<Py<PyAny>> {
    match outcome.unwrap_or(Err(Failure::Cancelled)) {
        Ok(answer) => answer.into_object(py),
        Err(failure) => Err(failure.into_exception(py)),
    }
}

/// A connection to an exchange.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Connection(client::Connection);

/// Whom a connection trusts, and how it says who the caller is, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Credentials {
    ca: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    token: Option<String>,
    token_file: Option<String>,
}

impl From<Credentials> for client::Credentials {
    fn from(given: Credentials) -> Self {
        let mut credentials = Self::default();
        if let Some(file) = given.ca {
            credentials = credentials.with_ca(file);
        }
        if let Some((certificate, key)) = given.certificate.zip(given.key) {
            credentials = credentials.with_certificate(certificate, key);
        }
        if let Some(token) = given.token {
            credentials = credentials.with_token(token);
        }
        if let Some(file) = given.token_file {
            credentials = credentials.with_token_file(file);
        }
        credentials
    }
}

/// Connects to `target`, a host and a port. `timeout` is the longest time of each call in seconds; 0 means no limit.
#[pyfunction]
pub(crate) fn connect(target: String, timeout: Option<f64>, credentials: Credentials) -> PyResult<Call> {
    let timeout = timeout.map(Duration::try_from_secs_f64).transpose();
    let timeout = timeout.map_err(|_| PyValueError::new_err("timeout is a number of seconds, 0 or more"))?;
    Call::start(async move {
        let connection = client::Connection::open_with(&target, credentials.into()).await?;
        Ok(Answer::Connection(match timeout {
            Some(timeout) => connection.with_timeout(timeout),
            None => connection,
        }))
    })
}

/// The header of a submission, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Header {
    agency: String,
    dataset: String,
    collection: String,
    first: String,
    last: String,
    mode: String,
    extracted: i64,
    synthetic: bool,
    dry_run: bool,
    expected_delete_count: Option<u64>,
}

#[pymethods]
impl Connection {
    /// Submits rows. Without content, it submits a nil return. `progress(sent, all)` is called with numbers of messages.
    fn submit(
        &self,
        py: Python<'_>,
        header: Header,
        content: Option<Content>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Call> {
        let mode = named("SUBMISSION_MODE", &header.mode, SubmissionMode::from_str_name)
            .ok_or_else(|| unknown("mode", &header.mode, "replace_period, merge, delete").into_exception(py))?;
        let content = match content {
            Some(content) => detached(py, || content.outgoing(&header.dataset))?,
            None => client::Content::Nil,
        };
        let Header { agency, dataset, collection, first, last, extracted, .. } = header;
        let Header { synthetic, dry_run, expected_delete_count, .. } = header;
        let outgoing = Outgoing {
            agency,
            dataset,
            collection,
            first,
            last,
            mode,
            extracted,
            synthetic,
            dry_run,
            expected_delete_count,
            content,
        };
        let connection = self.0.clone();
        let told = move |sent: usize, all: usize| {
            let Some(progress) = &progress else { return };
            Python::attach(|py| {
                if let Err(error) = progress.call1(py, (sent, all)) {
                    error.write_unraisable(py, Some(progress.bind(py)));
                }
            });
        };
        Call::start(async move { Ok(Answer::Receipt(Box::new(client::submit(&connection, outgoing, told).await?))) })
    }

    /// Queries observations.
    fn query(&self, py: Python<'_>, asked: QueryArguments) -> PyResult<Call> {
        let query = asked.into_wire().map_err(|failure| failure.into_exception(py))?;
        let connection = self.0.clone();
        Call::start(async move {
            let bytes = client::query_arrow(&connection, query).await?;
            Ok(Answer::Table(Table::from_ipc(bytes)?))
        })
    }

    /// Asks for the explanation of one value.
    fn explain(&self, asked: ExplainArguments) -> PyResult<Call> {
        let request = asked.into_wire();
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Explanation(Box::new(client::explain(&connection, request).await?))) })
    }

    /// Asks which reports are expected, and which of them were received.
    fn reports(&self, asked: ReportArguments) -> PyResult<Call> {
        let request = asked.into_wire();
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Reports(client::reports(&connection, request).await?)) })
    }

    /// Asks for the agencies that may submit.
    fn agencies(&self) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Agencies(client::agencies(&connection).await?)) })
    }

    /// Asks who the exchange takes the caller for.
    fn who_am_i(&self) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Caller(Box::new(client::who_am_i(&connection).await?))) })
    }

    /// Asks for the data-sharing agreements, of one agency or of all.
    fn agreements(&self, agency: String) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Agreements(client::agreements(&connection, &agency).await?)) })
    }

    /// Asks for the releases that the caller may see.
    fn releases(&self) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Releases(client::releases(&connection).await?)) })
    }

    /// Asks for one release.
    fn release(&self, name: String) -> PyResult<Call> {
        let connection = self.0.clone();
        released(async move { client::get_release(&connection, &name).await })
    }

    /// Writes the files of a release to a new folder. The answer is their names.
    fn export_release(&self, name: String, folder: PathBuf) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Names(export_to(&connection, &name, &folder).await?)) })
    }

    /// Makes a release as a draft.
    fn create_release(&self, asked: ReleaseArguments) -> PyResult<Call> {
        let (connection, request) = (self.0.clone(), asked.into_wire());
        released(async move { client::create_release(&connection, request).await })
    }

    /// Asks for what a reviewer is told of a release.
    fn review_release(&self, name: String) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Review(Box::new(client::review_release(&connection, &name).await?))) })
    }

    /// Asks for the differences between two releases.
    fn diff_releases(&self, earlier: String, later: String) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move {
            Ok(Answer::Differences(Box::new(client::diff_releases(&connection, &earlier, &later).await?)))
        })
    }

    /// Approves a draft.
    fn approve_release(&self, name: String, embargo_until: Option<Instant>) -> PyResult<Call> {
        let connection = self.0.clone();
        let request = ApproveReleaseRequest { name, embargo_until: embargo_until.map(timestamp) };
        released(async move { client::approve_release(&connection, request).await })
    }

    /// Publishes an approved release.
    fn publish_release(&self, name: String) -> PyResult<Call> {
        let connection = self.0.clone();
        released(async move { client::publish_release(&connection, &name).await })
    }

    /// Discards a release that was not published.
    fn discard_release(&self, name: String, reason: String) -> PyResult<Call> {
        let connection = self.0.clone();
        let request = DiscardReleaseRequest { name, reason };
        released(async move { client::discard_release(&connection, request).await })
    }

    /// Puts a superseded release back into its place.
    fn restore_release(&self, name: String, reason: String) -> PyResult<Call> {
        let connection = self.0.clone();
        let request = RestoreReleaseRequest { name, reason };
        released(async move { client::restore_release(&connection, request).await })
    }

    /// Follows releases. The answer is a `Watch`.
    fn watch_releases(&self) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Watch(Box::new(client::watch_releases(&connection).await?))) })
    }

    /// Asks whether a query would be allowed.
    fn can_query(&self, py: Python<'_>, asked: QueryArguments, agency: String) -> PyResult<Call> {
        let query = asked.into_wire().map_err(|failure| failure.into_exception(py))?;
        self.can(Access::Query(query), agency)
    }

    /// Asks whether a submission of a dataset in the name of an agency would be allowed.
    fn can_submit(&self, dataset: String, agency: String) -> PyResult<Call> {
        self.can(Access::Submission(SubmissionAccess { agency, dataset }), String::new())
    }

    /// Asks for every finding of a submission.
    fn findings(&self, submission: String) -> PyResult<Call> {
        let connection = self.0.clone();
        Call::start(async move { Ok(Answer::Findings(client::findings(&connection, &submission).await?)) })
    }
}

/// A call whose answer is a release.
fn released(call: impl Future<Output = Result<Release, ClientError>> + Send + 'static) -> PyResult<Call> {
    Call::start(async move { Ok(Answer::Release(Box::new(call.await?))) })
}

/// A watch of releases.
#[pyclass(frozen, module = "peelian._peelian")]
pub(crate) struct Watch(Arc<tokio::sync::Mutex<client::ReleaseWatch>>);

#[pymethods]
impl Watch {
    /// Waits for the next release, at most `longest_wait` seconds. The answer is None if there is none.
    fn next(&self, longest_wait: Option<f64>) -> PyResult<Call> {
        let longest_wait = longest_wait.map(Duration::try_from_secs_f64).transpose();
        let longest_wait =
            longest_wait.map_err(|_| PyValueError::new_err("wait is a number of seconds, 0 or more"))?;
        let watch = Arc::clone(&self.0);
        Call::start(async move {
            Ok(Answer::News(match watch.lock().await.next(longest_wait).await? {
                News::InForce(release) => Some(release),
                News::NothingYet | News::Ended => None,
            }))
        })
    }
}

impl Connection {
    fn can(&self, access: Access, agency: String) -> PyResult<Call> {
        let connection = self.0.clone();
        let request = CheckAccessRequest { access: Some(access), agency };
        Call::start(async move { Ok(Answer::Access(Box::new(client::check_access(&connection, request).await?))) })
    }
}
