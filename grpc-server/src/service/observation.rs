//! ObservationService: answers with the values of measures.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use peelian::v1::observation_service_server::ObservationService;
use peelian::v1::{
    self, ExplainObservationRequest, ExplainObservationResponse, QueryObservationsRequest, QueryObservationsResponse,
    StreamObservationsRequest, StreamObservationsResponse,
};
use peelian_core::engine::{Engine, Observation, Query, QueryError, to_arrow};
use peelian_core::period::Period;
use prost::Message as _;
use prost_types::Timestamp;
use tokio_stream::{Stream, iter};
use tonic::{Request, Response, Status, async_trait};

use super::convert;
use super::page::{self, Question, Start};
use crate::config::Limits;
use crate::error::Error;
use crate::exchange::{Exchange, blocking};

const DEFAULT_PAGE: usize = 1_000;
const LARGEST_PAGE: usize = 10_000;
/// Bytes of a message of a stream.
const CHUNK_BYTES: usize = 1 << 20;

/// ObservationService.
pub(crate) struct Observations {
    exchange: Arc<Exchange>,
    limits: Limits,
}

impl Observations {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, limits: Limits) -> Self {
        Self { exchange, limits }
    }

    /// The engine of an instant; of now where there is none.
    async fn engine(&self, as_of: Option<&Timestamp>) -> Result<Arc<Engine>, Error> {
        let Some(instant) = as_of else { return Ok(Arc::clone(&self.exchange.live().engine)) };
        let micros = convert::micros(instant)
            .ok_or_else(|| Error::invalid("as_of", "it must be an instant of the years 1 to 9999"))?;
        self.exchange.engine_at(micros).await
    }

    fn read(&self, query: Option<&v1::Query>) -> Result<Query, Error> {
        let query = query.ok_or_else(|| Error::invalid("query", "state what is asked for"))?;
        if !query.release.is_empty() {
            return Err(Error::invalid("query.release", "releases are not offered yet: leave it empty"));
        }
        if query.measures.len() > self.limits.query_measures {
            return Err(QueryError::TooManyMeasures(query.measures.len()).into());
        }
        Ok(Query::from_wire(query, &self.exchange.core)?)
    }

    async fn answer(&self, engine: Arc<Engine>, query: Query) -> Result<Vec<Observation>, Error> {
        // This future alone holds `caller`: when the caller leaves or its deadline passes, the work stops too.
        let caller = Arc::new(());
        let waiting = Arc::downgrade(&caller);
        let found = blocking(move || engine.query_while(&query, &|| waiting.strong_count() > 0)).await??;
        drop(caller);
        if found.len() > self.limits.query_observations {
            return Err(QueryError::TooManyObservations(found.len()).into());
        }
        Ok(found)
    }

    async fn query(&self, request: &QueryObservationsRequest) -> Result<QueryObservationsResponse, Error> {
        let query = self.read(request.query.as_ref())?;
        let size = page::size(request.page_size, DEFAULT_PAGE, LARGEST_PAGE)?;
        let asked = format!("{:?}", request.query);
        let question = Question { method: "QueryObservations", arguments: &[&asked] };
        let start = question.start(&request.page_token)?;
        let engine = match start {
            Some(start) => self.exchange.engine_at_position(start.position).await?,
            None => self.engine(request.query.as_ref().and_then(|query| query.as_of.as_ref())).await?,
        };
        let position = engine.snapshot().position;
        let found = self.answer(engine, query).await?;
        let first = usize::try_from(start.unwrap_or_default().mark).unwrap_or(usize::MAX);
        let observations = fitting(found.iter().skip(first).take(size), self.limits.message_bytes);
        let next = first.saturating_add(observations.len());
        let mark = u64::try_from(next).unwrap_or(u64::MAX);
        Ok(QueryObservationsResponse {
            observations,
            next_page_token: if next < found.len() {
                question.token(Start { position, mark })
            } else {
                String::new()
            },
            ledger_position: position,
            total_size: u64::try_from(found.len()).unwrap_or(u64::MAX),
        })
    }

    async fn stream(&self, request: &StreamObservationsRequest) -> Result<Vec<u8>, Error> {
        let query = self.read(request.query.as_ref())?;
        let engine = self.engine(request.query.as_ref().and_then(|query| query.as_of.as_ref())).await?;
        let found = self.answer(engine, query).await?;
        let table = blocking(move || {
            let table = to_arrow(&found)?;
            let mut writer = StreamWriter::try_new(Vec::new(), &table.schema())?;
            writer.write(&table)?;
            writer.finish()?;
            writer.into_inner()
        });
        table.await?.map_err(|error| Error::Broken(error.to_string()))
    }

    async fn explain(&self, request: ExplainObservationRequest) -> Result<ExplainObservationResponse, Error> {
        let area = self.exchange.core.reference.areas.by_code(&request.area).ok_or_else(|| Error::NotFound {
            name: format!("area {}", request.area),
            advice: "ListAreas has them all".to_owned(),
        })?;
        let period: Period = request.period.parse().map_err(QueryError::from)?;
        let engine = self.engine(request.as_of.as_ref()).await?;
        let breakdown: BTreeMap<String, String> = request.breakdown.into_iter().collect();
        let told = blocking(move || engine.explain(&request.measure, area, period, &breakdown)).await??;
        Ok(ExplainObservationResponse::from(&told))
    }
}

/// The first observations that fit into one message, and at least one.
fn fitting<'o>(found: impl Iterator<Item = &'o Observation>, message_bytes: usize) -> Vec<v1::Observation> {
    // The token and the frames of the fields.
    const REST: usize = 1_024;
    let mut bytes = REST;
    let mut page: Vec<v1::Observation> = Vec::new();
    for observation in found.map(v1::Observation::from) {
        bytes += observation.encoded_len() + 8;
        if bytes > message_bytes && !page.is_empty() {
            break;
        }
        page.push(observation);
    }
    page
}

#[async_trait]
impl ObservationService for Observations {
    type StreamObservationsStream = Pin<Box<dyn Stream<Item = Result<StreamObservationsResponse, Status>> + Send>>;

    async fn query_observations(
        &self,
        request: Request<QueryObservationsRequest>,
    ) -> Result<Response<QueryObservationsResponse>, Status> {
        Ok(Response::new(self.query(request.get_ref()).await?))
    }

    async fn stream_observations(
        &self,
        request: Request<StreamObservationsRequest>,
    ) -> Result<Response<Self::StreamObservationsStream>, Status> {
        let bytes = self.stream(request.get_ref()).await?;
        let chunk = |chunk: &[u8]| Ok(StreamObservationsResponse { arrow_ipc: chunk.to_vec() });
        let chunks: Vec<_> = bytes.chunks(CHUNK_BYTES).map(chunk).collect();
        Ok(Response::new(Box::pin(iter(chunks))))
    }

    async fn explain_observation(
        &self,
        request: Request<ExplainObservationRequest>,
    ) -> Result<Response<ExplainObservationResponse>, Status> {
        Ok(Response::new(self.explain(request.into_inner()).await?))
    }
}
