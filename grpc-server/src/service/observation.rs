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

use super::answer_room::AnswerRoom;
use super::answer_stream::{self, AnswerStream, Live, Means, PAGE_BYTES, values};
use super::authority::{Authority, Call};
use super::instant;
use super::pagination::{ListCall, PageSize, PageStart};
use super::release::{parsed, seen};
use super::released::{self, Answer, ReleasedQuery};
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::policy::{Action, Resource};
use crate::publication::Publication;
use crate::release::{Book, Life, State};
use crate::task::{Waiter, blocking, short_or_long};

/// Bytes of a page for its other fields, which are small.
const OTHER_FIELDS: usize = 1_024;

/// ObservationService.
pub(crate) struct Observations {
    exchange: Arc<Exchange>,
    publication: Arc<Publication>,
    authority: Arc<Authority>,
    limits: Limits,
    room: Arc<AnswerRoom>,
}

/// What a query is answered from, with what the caller may see of it.
enum Reading {
    /// The live ledger, or the ledger at an instant.
    Live(Query),
    /// The releases in force.
    InForce(ReleasedQuery),
    /// One release.
    One(ReleasedQuery, Box<Life>),
}

impl Observations {
    /// The service of an exchange.
    pub(crate) fn new(
        exchange: Arc<Exchange>,
        publication: Arc<Publication>,
        authority: Arc<Authority>,
        limits: Limits,
    ) -> Self {
        let room = AnswerRoom::new(limits.answer_bytes);
        Self { exchange, publication, authority, limits, room }
    }

    /// The engine for an instant; the live engine if none is stated.
    async fn engine(&self, as_of: Option<&Timestamp>) -> Result<Arc<Engine>, Error> {
        match as_of {
            Some(instant) => self.exchange.engine_at(instant::as_of(instant)?).await,
            None => Ok(Arc::clone(&self.exchange.live().engine)),
        }
    }

    /// Reads a query, and finds out what it is answered from.
    fn read(&self, query: Option<&v1::Query>, call: &Call) -> Result<Reading, Error> {
        let query = query.ok_or_else(|| Error::invalid("query", "state the query"))?;
        if query.measures.len() > self.limits.query_measures {
            return Err(QueryError::TooManyMeasures(query.measures.len()).into());
        }
        let read = Query::from_wire(query, &self.exchange.core)?;
        // The query was read, so its texts are names, codes and periods.
        call.notes().about(read.measures.iter().chain(&query.areas).chain(&query.periods).map(String::as_str));
        if !query.release.is_empty() {
            return self.read_release(query, read, call);
        }
        let core = &self.exchange.core;
        match call.visibility(core, &read, Action::QueryLive) {
            Ok(visibility) => Ok(Reading::Live(Query { visibility, ..read })),
            Err(denied @ Error::Denied(_)) => {
                let book = released::book(&self.publication, query.as_of.as_ref())?;
                let mut asked = ReleasedQuery { query: read, named: query.measures.clone() };
                if released::in_force(core, &book, &asked)?.is_none() {
                    return Err(denied);
                }
                let visibility = call.visibility(core, &asked.query, Action::QueryReleased)?;
                asked.query.visibility = visibility;
                Ok(Reading::InForce(asked))
            }
            Err(error) => Err(error),
        }
    }

    /// A query of one release. One that was never published is answered to whoever may review it.
    fn read_release(&self, query: &v1::Query, read: Query, call: &Call) -> Result<Reading, Error> {
        if query.as_of.is_some() {
            return Err(Error::invalid("query.as_of", "leave it out: a release never changes"));
        }
        let life = seen(&self.publication, parsed("query.release", &query.release)?, call)?;
        if life.state == State::Discarded {
            let name = format!("content of {}", query.release);
            return Err(Error::NotFound {
                name,
                advice: "the release was discarded, and its content deleted".to_owned(),
            });
        }
        let visibility = match life.is_public() {
            true => call.visibility(&self.exchange.core, &read, Action::QueryReleased)?,
            false => call.scope_of(&self.exchange.core, &read)?,
        };
        let asked = ReleasedQuery { query: Query { visibility, ..read }, named: query.measures.clone() };
        Ok(Reading::One(asked, Box::new(life)))
    }

    /// The answer of releases. `book` has those in force.
    async fn released(&self, reading: Reading, book: &Book) -> Result<Option<Answer>, Error> {
        let core = &self.exchange.core;
        let (asked, chosen) = match reading {
            Reading::Live(_) => return Ok(None),
            Reading::InForce(asked) => {
                let chosen = released::in_force(core, book, &asked)?.unwrap_or_default();
                (asked, chosen)
            }
            Reading::One(asked, life) => {
                let each = asked.query.measures.iter();
                let chosen = each.map(|measure| (measure.clone(), Life::clone(&life))).collect();
                (asked, chosen)
            }
        };
        let answer = Answer::new(core, &self.publication, asked, chosen).await?;
        if answer.len() > self.limits.query_observations {
            return Err(QueryError::TooManyObservations(answer.len()).into());
        }
        Ok(Some(answer))
    }

    /// A page of an answer, and its bytes.
    async fn query(
        &self,
        request: &QueryObservationsRequest,
        caller: &Call,
    ) -> Result<(QueryObservationsResponse, usize), Error> {
        let reading = self.read(request.query.as_ref(), caller)?;
        let size = PageSize {
            requested: request.page_size,
            default: page_size::DEFAULT_OF_OBSERVATIONS,
            largest: page_size::LARGEST_OF_OBSERVATIONS,
        };
        let size = size.size()?;
        let asked = format!("{:?}", request.query);
        let query = match reading {
            Reading::Live(query) => query,
            reading => return self.query_releases(request, (reading, &asked), size, caller).await,
        };
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
        let bytes = page.bytes;
        let response = QueryObservationsResponse {
            observations: page.observations,
            next_page_token: page
                .next
                .map_or_else(String::new, |mark| call.token(PageStart { position, mark, total: page.total })),
            ledger_position: position,
            total_size: page.total,
            releases: Vec::new(),
        };
        Ok((response, bytes))
    }

    /// A page of an answer from releases. Its token has the number of the last event of releases, so that all pages are of the
    /// same ones.
    async fn query_releases(
        &self,
        request: &QueryObservationsRequest,
        (reading, asked): (Reading, &str),
        size: usize,
        caller: &Call,
    ) -> Result<(QueryObservationsResponse, usize), Error> {
        let call = ListCall { method: "QueryObservations", arguments: &[asked, "releases"] };
        let start = call.start(&request.page_token)?;
        let book = match start {
            Some(start) => Arc::new(self.publication.book().after(start.position)),
            None => released::book(&self.publication, request.query.as_ref().and_then(|query| query.as_of.as_ref()))?,
        };
        let none = || Error::Defect("a query of releases has no answer".to_owned());
        let answer = self.released(reading, &book).await?.ok_or_else(none)?;
        let from = start.map_or(0, |start| to_usize(start.mark));
        let total = u64::try_from(answer.len()).unwrap_or(u64::MAX);
        let most = self.limits.message_bytes - OTHER_FIELDS;
        let (answer, observations, next) = blocking(move || {
            let (observations, next) = answer.page(from, size, most);
            (answer, observations, next)
        })
        .await?;
        let token = |next: usize| {
            let mark = u64::try_from(next).unwrap_or(u64::MAX);
            call.token(PageStart { position: book.number(), mark, total })
        };
        caller.notes().about(answer.releases.iter().map(String::as_str));
        caller.notes().at_position(answer.ledger_position);
        caller.notes().saw(released::values(&observations));
        let response = QueryObservationsResponse {
            observations,
            next_page_token: next.map_or_else(String::new, token),
            ledger_position: answer.ledger_position,
            total_size: total,
            releases: answer.releases,
        };
        let bytes = response.encoded_len();
        Ok((response, bytes))
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
        let limits = self.limits;
        let page = short_or_long(caller.awaited(), move |awaited| {
            let page = first_or_next(&engine, &query, (start, size), &limits, awaited);
            (!matches!(page, Err(QueryError::Abandoned))).then_some(page)
        });
        let page = page.await?.unwrap_or(Err(QueryError::Abandoned))?;
        drop(caller);
        Ok(page)
    }

    async fn stream(&self, request: &StreamObservationsRequest, call: &Call) -> Result<AnswerStream, Error> {
        let as_of = request.query.as_ref().and_then(|query| query.as_of.as_ref());
        let pages: Arc<dyn answer_stream::Pages> = match self.read(request.query.as_ref(), call)? {
            Reading::Live(query) => {
                let engine = self.engine(as_of).await?;
                call.notes().at_position(engine.snapshot().position);
                Arc::new(Live { engine, query })
            }
            reading => {
                let answer = self.released(reading, &*released::book(&self.publication, as_of)?).await?;
                let answer = answer.ok_or_else(|| Error::Defect("a query of releases has no answer".to_owned()))?;
                call.notes().about(answer.releases.iter().map(String::as_str));
                call.notes().at_position(answer.ledger_position);
                Arc::new(answer)
            }
        };
        let means = Means { limits: self.limits, _room: self.room.take(PAGE_BYTES)? };
        answer_stream::start(pages, means, Arc::clone(call.notes())).await
    }

    async fn explain(
        &self,
        request: ExplainObservationRequest,
        call: &Call,
    ) -> Result<ExplainObservationResponse, Error> {
        let as_of = request.as_of;
        let request = ExplainRequest::from_wire(request, &self.exchange.core).map_err(|error| match error {
            QueryError::UnknownArea { area, .. } => {
                Error::NotFound { name: format!("area {area}"), advice: "the list of areas has them all".to_owned() }
            }
            error => error.into(),
        })?;
        let core = &self.exchange.core;
        // The engine refuses a measure that is not known.
        if let Some(definition) = core.catalogue.get(&request.measure) {
            let (measure, area) = (&*definition.id, core.reference.areas.get(request.area).code());
            call.notes().about([measure, area]);
            call.check_scope(definition)?;
            call.may(Action::Explain, Resource::Figures { measure, area })?;
        }
        let engine = self.engine(as_of.as_ref()).await?;
        call.notes().at_position(engine.snapshot().position);
        let explanation = blocking(move || engine.explain_request(&request)).await??;
        Ok(ExplainObservationResponse::from(&explanation))
    }
}

/// A page that fits into one message. The first page counts the observations of the whole answer.
fn first_or_next(
    engine: &Engine,
    query: &Query,
    (start, size): (Option<PageStart>, usize),
    limits: &Limits,
    awaited: &(dyn Fn() -> bool + Sync),
) -> Result<ObservationPage, QueryError> {
    let from = start.map_or_else(Place::default, |start| place(start.mark));
    let found = engine.query_page(query, from, size, awaited)?;
    let mut total = start.map_or(found.observations.len(), |start| to_usize(start.total));
    if start.is_none() && found.next.is_some() {
        total = 0;
        engine.query_each(query, awaited, |part| total += part.len())?;
    }
    if total > limits.query_observations {
        return Err(QueryError::TooManyObservations(total));
    }
    Ok(ObservationPage::new(found, total, limits.message_bytes))
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
    /// Bytes of the page in a message.
    bytes: usize,
}

impl ObservationPage {
    /// The first observations of a page that fit into one message, but at least one.
    fn new(found: Page, total: usize, message_bytes: usize) -> Self {
        // For the tag and the length of one observation.
        const FRAMING: usize = 8;
        let total = u64::try_from(total).unwrap_or(u64::MAX);
        let mut page =
            Self { observations: Vec::new(), next: found.next.map(mark), total, values: 0, bytes: OTHER_FIELDS };
        for (at, observation) in found.observations {
            let values = values(std::slice::from_ref(&observation));
            let observation = v1::Observation::from(&observation);
            let bytes = page.bytes + observation.encoded_len() + FRAMING;
            if bytes > message_bytes && !page.observations.is_empty() {
                page.next = Some(mark(at));
                break;
            }
            page.bytes = bytes;
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
        let (answer, bytes) = self.query(&checked(request)?, &call).await?;
        let room = self.room.take(bytes)?;
        let mut response = Response::new(answer);
        // The memory is taken until the caller has the whole answer.
        response.extensions_mut().insert(Arc::new(room));
        Ok(response)
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
