//! ObservationService: answers queries with the values of measures.

use std::sync::Arc;

use peelian::page_size;
use peelian::v1::observation_service_server::ObservationService;
use peelian::v1::{
    self, ExplainObservationRequest, ExplainObservationResponse, QueryObservationsRequest, QueryObservationsResponse,
    StreamObservationsRequest,
};
use peelian_core::engine::{Engine, ExplainRequest, Page, Place, Query, QueryError};
use prost::Message as _;
use prost_types::Timestamp;
use tonic::{Request, Response, Status, async_trait};

use super::answer_stream::{self, AnswerStream, values};
use super::authority::{Authority, Call};
use super::instant;
use super::pagination::{ListCall, PageSize, PageStart};
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::policy::{Action, Resource};
use crate::task::{Turns, Waiter, blocking};

/// ObservationService.
pub(crate) struct Observations {
    exchange: Arc<Exchange>,
    authority: Arc<Authority>,
    limits: Limits,
    pages: Turns,
}

impl Observations {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, authority: Arc<Authority>, limits: Limits) -> Self {
        Self { exchange, authority, limits, pages: Turns::new() }
    }

    /// The engine for an instant; the live engine if none is stated.
    async fn engine(&self, as_of: Option<&Timestamp>) -> Result<Arc<Engine>, Error> {
        let Some(instant) = as_of else { return Ok(Arc::clone(&self.exchange.live().engine)) };
        let micros = instant::micros(instant)
            .ok_or_else(|| Error::invalid("as_of", "it must be an instant of the years 1 to 9999"))?;
        self.exchange.engine_at(micros).await
    }

    /// Reads a query, with what the caller may see of it.
    fn read(&self, query: Option<&v1::Query>, call: &Call) -> Result<Query, Error> {
        let query = query.ok_or_else(|| Error::invalid("query", "state the query"))?;
        if !query.release.is_empty() {
            return Err(Error::invalid("query.release", "releases are not offered yet: leave it empty"));
        }
        if query.measures.len() > self.limits.query_measures {
            return Err(QueryError::TooManyMeasures(query.measures.len()).into());
        }
        let read = Query::from_wire(query, &self.exchange.core)?;
        // The query was read, so its texts are names, codes and periods.
        call.notes().about(read.measures.iter().chain(&query.areas).chain(&query.periods).map(String::as_str));
        let visibility = call.visibility(&self.exchange.core, &read)?;
        Ok(Query { visibility, ..read })
    }

    async fn query(
        &self,
        request: &QueryObservationsRequest,
        caller: &Call,
    ) -> Result<QueryObservationsResponse, Error> {
        let query = self.read(request.query.as_ref(), caller)?;
        let size = PageSize {
            requested: request.page_size,
            default: page_size::DEFAULT_OF_OBSERVATIONS,
            largest: page_size::LARGEST_OF_OBSERVATIONS,
        };
        let size = size.size()?;
        let asked = format!("{:?}", request.query);
        let call = ListCall { method: "QueryObservations", arguments: &[&asked] };
        let start = call.start(&request.page_token)?;
        let engine = match start {
            Some(start) => self.exchange.engine_at_position(start.position).await?,
            None => self.engine(request.query.as_ref().and_then(|query| query.as_of.as_ref())).await?,
        };
        let position = engine.snapshot().position;
        let page = self.page(engine, query, start, size).await?;
        caller.notes().at_position(position);
        caller.notes().saw(page.values);
        Ok(QueryObservationsResponse {
            observations: page.observations,
            next_page_token: page
                .next
                .map_or_else(String::new, |mark| call.token(PageStart { position, mark, total: page.total })),
            ledger_position: position,
            total_size: page.total,
        })
    }

    /// A page that fits into one message. The first page counts the observations of the whole answer.
    async fn page(
        &self,
        engine: Arc<Engine>,
        query: Query,
        start: Option<PageStart>,
        size: usize,
    ) -> Result<ObservationPage, Error> {
        // Only this future holds `caller`. When the caller cancels the call or its deadline passes, the future is
        // dropped and the work stops.
        let caller = Waiter::default();
        let (waiting, limits) = (caller.awaited(), self.limits);
        let page = blocking(move || {
            let awaited = || waiting.holds();
            let from = start.map_or_else(Place::default, |start| place(start.mark));
            let found = engine.query_page(&query, from, size, &awaited)?;
            let mut total = start.map_or(found.observations.len(), |start| to_usize(start.total));
            if start.is_none() && found.next.is_some() {
                total = 0;
                engine.query_each(&query, &awaited, |part| total += part.len())?;
            }
            if total > limits.query_observations {
                return Err(QueryError::TooManyObservations(total));
            }
            Ok(ObservationPage::new(found, total, limits.message_bytes))
        });
        let page = page.await??;
        drop(caller);
        Ok(page)
    }

    async fn stream(&self, request: &StreamObservationsRequest, call: &Call) -> Result<AnswerStream, Error> {
        let query = self.read(request.query.as_ref(), call)?;
        let engine = self.engine(request.query.as_ref().and_then(|query| query.as_of.as_ref())).await?;
        call.notes().at_position(engine.snapshot().position);
        answer_stream::start(engine, query, self.limits, self.pages.clone(), Arc::clone(call.notes())).await
    }

    async fn explain(
        &self,
        request: ExplainObservationRequest,
        call: &Call,
    ) -> Result<ExplainObservationResponse, Error> {
        let as_of = request.as_of;
        let request = ExplainRequest::from_wire(request, &self.exchange.core).map_err(|error| match error {
            QueryError::UnknownArea { area, .. } => {
                Error::NotFound { name: format!("area {area}"), advice: "ListAreas lists them all".to_owned() }
            }
            error => error.into(),
        })?;
        let core = &self.exchange.core;
        // The engine refuses a measure that is not known.
        if let Some(definition) = core.catalogue.get(&request.measure) {
            let (measure, area) = (&*definition.id, core.reference.areas.get(request.area).code());
            call.notes().about([measure, area]);
            call.may(Action::Explain, Resource::Figures { measure, area })?;
        }
        let engine = self.engine(as_of.as_ref()).await?;
        call.notes().at_position(engine.snapshot().position);
        let explanation = blocking(move || engine.explain_request(&request)).await??;
        Ok(ExplainObservationResponse::from(&explanation))
    }
}

/// A page of observations as a message has it.
struct ObservationPage {
    observations: Vec<v1::Observation>,
    /// Mark of the next observation; `None` after the last one.
    next: Option<u64>,
    /// Number of observations of the whole answer.
    total: u64,
    /// Number of values that the reader sees.
    values: usize,
}

impl ObservationPage {
    /// The first observations of a page that fit into one message, but at least one.
    fn new(found: Page, total: usize, message_bytes: usize) -> Self {
        // For the other fields of the message, which are small.
        const OTHER_FIELDS: usize = 1_024;
        // For the tag and the length of one observation.
        const FRAMING: usize = 8;
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let mut page = Self { observations: Vec::new(), next: found.next.map(mark), total, values: 0 };
        let mut bytes = OTHER_FIELDS;
        for (at, observation) in found.observations {
            let values = values(std::slice::from_ref(&observation));
            let observation = v1::Observation::from(&observation);
            bytes += observation.encoded_len() + FRAMING;
            if bytes > message_bytes && !page.observations.is_empty() {
                page.next = Some(mark(at));
                break;
            }
            page.observations.push(observation);
            page.values += values;
        }
        page
    }
}

/// The mark of a place in a page token. A cell has at most one observation for each of the two bases.
fn mark(place: Place) -> u64 {
    u64::try_from(place.cell * 2 + place.observation).unwrap_or(u64::MAX)
}

/// The place of a mark.
fn place(mark: u64) -> Place {
    let mark = to_usize(mark);
    Place { cell: mark / 2, observation: mark % 2 }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[async_trait]
impl ObservationService for Observations {
    type StreamObservationsStream = AnswerStream;

    async fn query_observations(
        &self,
        request: Request<QueryObservationsRequest>,
    ) -> Result<Response<QueryObservationsResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.query(&checked(request)?, &call).await?))
    }

    async fn stream_observations(
        &self,
        request: Request<StreamObservationsRequest>,
    ) -> Result<Response<Self::StreamObservationsStream>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.stream(&checked(request)?, &call).await?))
    }

    async fn explain_observation(
        &self,
        request: Request<ExplainObservationRequest>,
    ) -> Result<Response<ExplainObservationResponse>, Status> {
        let call = self.authority.call(&request)?;
        Ok(Response::new(self.explain(checked(request)?, &call).await?))
    }
}
