//! ObservationService: answers with the values of measures.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use peelian::v1 as wire;
use peelian::v1::observation_service_server::ObservationService;
use peelian::v1::{
    ExplainObservationRequest, ExplainObservationResponse, QueryObservationsRequest, QueryObservationsResponse,
    StreamObservationsRequest, StreamObservationsResponse,
};
use peelian_core::engine::{Engine, Explanation, Observation, Query, QueryError, to_arrow};
use peelian_core::period::Period;
use prost::Message as _;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, async_trait};

use super::measure::measure;
use super::page::{self, Question, Start};
use crate::config::Limits;
use crate::error::Error;
use crate::exchange::{Exchange, blocking};

const DEFAULT_PAGE: usize = 1_000;
const LARGEST_PAGE: usize = 10_000;
/// Bytes of an Arrow stream in one message.
const STREAM_CHUNK: usize = 1 << 20;
/// Answers of several pages that are kept for their next page.
const ANSWERS_KEPT: usize = 4;

/// ObservationService.
pub(crate) struct Observations {
    exchange: Arc<Exchange>,
    limits: Limits,
    answers: Mutex<Vec<Answer>>,
}

/// An answer of several pages, by the query and the position of the ledger.
#[derive(Clone)]
struct Answer {
    query: Arc<[u8]>,
    position: u64,
    observations: Arc<Vec<Observation>>,
}

impl Observations {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, limits: Limits) -> Self {
        Self { exchange, limits, answers: Mutex::new(Vec::new()) }
    }

    /// The engine that a query is for: the ledger now, or as it was.
    async fn engine(&self, as_of: Option<prost_types::Timestamp>) -> Result<Arc<Engine>, Error> {
        let Some(at) = as_of else { return Ok(Arc::clone(&self.exchange.live().engine)) };
        let micros = at.seconds.checked_mul(1_000_000).and_then(|m| m.checked_add(i64::from(at.nanos) / 1_000));
        let micros = micros.ok_or_else(|| Error::invalid("query.as_of", "it is not an instant of this age"))?;
        self.exchange.engine_at(micros).await
    }

    fn check(&self, query: &wire::Query) -> Result<Query, Error> {
        if !query.release.is_empty() {
            return Err(Error::NotOffered("releases are not offered yet: leave `release` empty for the live ledger"));
        }
        let limit = self.limits.query_measures;
        if query.measures.len() > limit {
            let message = format!("{} measures were asked for; at most {limit} are answered", query.measures.len());
            return Err(Error::Limit { reason: "TOO_MANY_MEASURES", message });
        }
        Ok(Query::from_wire(query, &self.exchange.core)?)
    }

    async fn answer(&self, engine: Arc<Engine>, query: Query) -> Result<Vec<Observation>, Error> {
        let observations = blocking(move || engine.query(&query)).await??;
        let (found, limit) = (observations.len(), self.limits.query_observations);
        if found > limit {
            let message = format!("the query has {found} observations; at most {limit} are answered: ask for less");
            return Err(Error::Limit { reason: "TOO_MANY_OBSERVATIONS", message });
        }
        Ok(observations)
    }

    async fn page(&self, request: QueryObservationsRequest) -> Result<QueryObservationsResponse, Error> {
        let query = request.query.unwrap_or_default();
        let asked: Arc<[u8]> = canonical(&query).into();
        let digest = peelian_core::column::key_of(&hex(&asked)).to_string();
        let question = Question { method: "QueryObservations", arguments: &[&digest] };
        let size = page::size(request.page_size, DEFAULT_PAGE, LARGEST_PAGE)?;
        let start = question.start(&request.page_token)?;
        let checked = self.check(&query)?;
        let engine = match start {
            Some(start) => self.exchange.engine_at_position(start.position).await?,
            None => self.engine(query.as_of).await?,
        };
        let position = engine.snapshot().position;
        let kept = start.and_then(|_| self.kept(&asked, position));
        let observations = match kept {
            Some(observations) => observations,
            None => Arc::new(self.answer(engine, checked).await?),
        };
        let begin = usize::try_from(start.map_or(0, |start| start.mark)).unwrap_or(usize::MAX).min(observations.len());
        let end = observations.len().min(begin.saturating_add(size));
        let next_page_token = if end < observations.len() {
            self.keep(Answer { query: asked, position, observations: Arc::clone(&observations) });
            question.token(Start { position, mark: u64::try_from(end).unwrap_or(u64::MAX) })
        } else {
            String::new()
        };
        Ok(QueryObservationsResponse {
            observations: observations[begin..end].iter().map(wire::Observation::from).collect(),
            next_page_token,
            ledger_position: position,
            total_size: u64::try_from(observations.len()).unwrap_or(u64::MAX),
        })
    }

    fn kept(&self, query: &[u8], position: u64) -> Option<Arc<Vec<Observation>>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let found = answers.iter().find(|answer| *answer.query == *query && answer.position == position)?;
        Some(Arc::clone(&found.observations))
    }

    fn keep(&self, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|kept| kept.query != answer.query || kept.position != answer.position);
        answers.truncate(ANSWERS_KEPT - 1);
        answers.insert(0, answer);
    }

    async fn explained(&self, request: ExplainObservationRequest) -> Result<ExplainObservationResponse, Error> {
        let engine = self.engine(request.as_of).await?;
        let breakdown: BTreeMap<String, String> = request.breakdown.into_iter().collect();
        let area = self.exchange.core.reference.areas.by_code(&request.area);
        let area = area.ok_or_else(|| Error::NotFound {
            name: format!("areas/{}", request.area),
            advice: "ListAreas has them all".to_owned(),
        })?;
        let period: Period = request.period.parse().map_err(QueryError::Period)?;
        let explained = blocking(move || engine.explain(&request.measure, area, period, &breakdown)).await?;
        Ok(explanation(&explained?))
    }
}

/// The bytes of a query. A query has no map, so equal queries have equal bytes.
fn canonical(query: &wire::Query) -> Vec<u8> {
    query.encode_to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn explanation(found: &Explanation) -> ExplainObservationResponse {
    ExplainObservationResponse {
        measure: Some(measure(&found.definition)),
        observations: found.observations.iter().map(Into::into).collect(),
        steps: found.steps.iter().map(Into::into).collect(),
        submissions: found.submissions.iter().map(Into::into).collect(),
        difference: found.difference,
    }
}

/// Observations as the bytes of an Arrow IPC stream.
fn arrow_ipc(observations: &[Observation]) -> Result<Vec<u8>, Error> {
    let broken = |error: arrow::error::ArrowError| Error::Broken(format!("Arrow: {error}"));
    let batch = to_arrow(observations).map_err(broken)?;
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(broken)?;
    writer.write(&batch).map_err(broken)?;
    writer.into_inner().map_err(broken)
}

#[async_trait]
impl ObservationService for Observations {
    type StreamObservationsStream =
        Pin<Box<dyn Stream<Item = Result<StreamObservationsResponse, Status>> + Send + 'static>>;

    async fn query_observations(
        &self,
        request: Request<QueryObservationsRequest>,
    ) -> Result<Response<QueryObservationsResponse>, Status> {
        Ok(Response::new(self.page(request.into_inner()).await?))
    }

    async fn stream_observations(
        &self,
        request: Request<StreamObservationsRequest>,
    ) -> Result<Response<Self::StreamObservationsStream>, Status> {
        let query = request.into_inner().query.unwrap_or_default();
        let checked = self.check(&query)?;
        let engine = self.engine(query.as_of).await?;
        let observations = self.answer(engine, checked).await?;
        let bytes = blocking(move || arrow_ipc(&observations)).await??;
        let chunks = (0..bytes.len().div_ceil(STREAM_CHUNK)).map(move |index| {
            let end = bytes.len().min((index + 1) * STREAM_CHUNK);
            Ok(StreamObservationsResponse { arrow_ipc: bytes[index * STREAM_CHUNK..end].to_vec() })
        });
        Ok(Response::new(Box::pin(tokio_stream::iter(chunks))))
    }

    async fn explain_observation(
        &self,
        request: Request<ExplainObservationRequest>,
    ) -> Result<Response<ExplainObservationResponse>, Status> {
        Ok(Response::new(self.explained(request.into_inner()).await?))
    }
}
