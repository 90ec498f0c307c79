//! CoverageService: which reports are expected, and which of them were received.

use std::sync::Arc;

use peelian::LIST_AGENCIES;
use peelian::page_size;
use peelian::v1;
use peelian::v1::coverage_service_server::CoverageService;
use peelian::v1::{ListReportsRequest, ListReportsResponse};
use peelian_core::contract::Contract;
use peelian_core::period::{Month, PeriodRange};
use peelian_core::reference::{AreaId, Areas};
use peelian_core::submission::{ExpectedReport, ReceivedReport, ReportSelection, ReportStatus, expected_reports};
use tonic::{Request, Response, Status, async_trait};

use super::authority::Authority;
use super::instant;
use super::pagination::{ListCall, PageSize, page};
use super::request::checked;
use crate::clock::london_day;
use crate::error::Error;
use crate::exchange::{Exchange, Live};
use crate::ledger::reports_in_force;
use crate::limits::MOST_MONTHS;
use crate::policy::{Action, Resource};
use crate::task::blocking;

/// CoverageService.
pub(crate) struct Coverage {
    exchange: Arc<Exchange>,
    authority: Arc<Authority>,
}

impl Coverage {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, authority: Arc<Authority>) -> Self {
        Self { exchange, authority }
    }
}

#[async_trait]
impl CoverageService for Coverage {
    async fn list_reports(
        &self,
        request: Request<ListReportsRequest>,
    ) -> Result<Response<ListReportsResponse>, Status> {
        self.authority.call(&request)?.may(Action::ReadCoverage, Resource::Exchange)?;
        let request = checked(request)?;
        let exchange = Arc::clone(&self.exchange);
        let answer = blocking(move || {
            let live = exchange.live();
            let reports = reports(&exchange, &live, &request)?;
            let overdue_only = if request.overdue_only { "overdue" } else { "" };
            let call = ListCall {
                method: "ListReports",
                arguments: &[&request.agency, &request.dataset, &request.area, &request.period, overdue_only],
            };
            let size =
                PageSize { requested: request.page_size, default: page_size::LARGEST, largest: page_size::LARGEST };
            let (reports, next_page_token) = page(reports, call, size, &request.page_token)?;
            let ledger_position = live.engine.snapshot().position;
            Ok::<_, Error>(ListReportsResponse { reports, next_page_token, ledger_position })
        });
        Ok(Response::new(answer.await??))
    }
}

/// The reports that a request selects.
fn reports(exchange: &Exchange, live: &Live, request: &ListReportsRequest) -> Result<Vec<v1::Report>, Error> {
    let today = london_day(exchange.now_micros());
    let reference = &exchange.core.reference;
    let selection = ReportSelection {
        agency: agency(exchange, &request.agency)?,
        dataset: dataset(&request.dataset)?,
        area: area(&reference.areas, &request.area)?,
        months: months(&request.period, Month::of(today))?,
    };
    let received: Vec<ReceivedReport<'_>> = reports_in_force(&live.entries)
        .map(|head| ReceivedReport {
            agency: &head.agency,
            collection: &head.collection,
            first: head.envelope.first,
            last: head.envelope.last,
            received_on: london_day(head.envelope.accepted_micros),
            received_micros: head.envelope.accepted_micros,
            synthetic: head.envelope.synthetic,
            dataset: &head.dataset.id,
            nil: head.is_nil(),
            places: &head.places,
        })
        .collect();
    let found = expected_reports(reference, selection, &received, today);
    let wanted = found.iter().filter(|report| !request.overdue_only || report.status == ReportStatus::Overdue);
    Ok(wanted.map(|report| message(&reference.areas, report)).collect())
}

fn agency<'r>(exchange: &Exchange, id: &'r str) -> Result<Option<&'r str>, Error> {
    match id {
        "" => Ok(None),
        known if exchange.core.reference.register.agency(known).is_some() => Ok(Some(known)),
        _ => {
            let problem = format!("the register does not have it: {LIST_AGENCIES} lists those that it has");
            Err(Error::invalid("agency", problem))
        }
    }
}

fn dataset(id: &str) -> Result<Option<&str>, Error> {
    if id.is_empty() {
        return Ok(None);
    }
    let known = Contract::get().known_dataset(id);
    known.map(|dataset| Some(dataset.id.as_str())).map_err(|unknown| Error::invalid("dataset", unknown.to_string()))
}

fn area(areas: &Areas, text: &str) -> Result<Option<AreaId>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = areas.resolve_name(text);
    found.map(|found| Some(found.id())).map_err(|_| Error::invalid("area", "no area has this code or name"))
}

/// First and last month of a period. Without one, the 12 months before the current one.
fn months(text: &str, now: Month) -> Result<(Month, Month), Error> {
    if text.is_empty() {
        return Ok((now.plus(-12), now.plus(-1)));
    }
    let range: PeriodRange = text.parse().map_err(|error| Error::invalid("period", format!("{error}")))?;
    let ends = range.iter().next().zip(range.iter().last());
    let (first, last) = ends.ok_or_else(|| Error::invalid("period", "it is empty"))?;
    let (first, last) = (first.first(), last.last());
    match usize::try_from(last.index() - first.index()) {
        Ok(months) if months < MOST_MONTHS => Ok((first, last)),
        _ => Err(Error::invalid("period", format!("it must span at most {MOST_MONTHS} months"))),
    }
}

fn message(areas: &Areas, found: &ExpectedReport) -> v1::Report {
    let area = areas.get(found.area);
    v1::Report {
        agency: found.agency.to_string(),
        agency_name: found.agency_name.to_string(),
        dataset: found.dataset.to_owned(),
        area: area.code().to_owned(),
        area_name: area.name().to_owned(),
        period: found.period.to_string(),
        due_date: found.due.to_string(),
        status: match found.status {
            ReportStatus::OnTime => v1::ReportStatus::OnTime,
            ReportStatus::Late => v1::ReportStatus::Late,
            ReportStatus::Overdue => v1::ReportStatus::Overdue,
            ReportStatus::NotDue => v1::ReportStatus::NotDue,
        }
        .into(),
        received_at: found.received_micros.map(instant::timestamp),
        synthetic: found.synthetic,
    }
}
