//! CatalogueService: describes measures, profiles, datasets, agencies, areas and code lists.

use std::sync::Arc;

use jiff::civil::Date;
use peelian::page_size;
use peelian::v1::catalogue_service_server::CatalogueService;
use peelian::v1::{
    GetAgencyRequest, GetAgencyResponse, GetCodeListRequest, GetCodeListResponse, GetDatasetRequest,
    GetDatasetResponse, GetMeasureRequest, GetMeasureResponse, ListAgenciesRequest, ListAgenciesResponse,
    ListAreasRequest, ListAreasResponse, ListCodeListsRequest, ListCodeListsResponse, ListDatasetsRequest,
    ListDatasetsResponse, ListMeasuresRequest, ListMeasuresResponse, ListProfilesRequest, ListProfilesResponse,
};
use peelian_core::contract::Contract;
use peelian_core::measure::Definition;
use peelian_core::reference::{self, AreaId, Level};
use peelian_core::wire;
use tonic::{Request, Response, Status, async_trait};

use super::authority::Authority;
use super::pagination::{ListCall, PageSize, page};
use super::request::checked;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::resource_name;

/// CatalogueService.
pub(crate) struct Catalogue {
    exchange: Arc<Exchange>,
    authority: Arc<Authority>,
}

impl Catalogue {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, authority: Arc<Authority>) -> Self {
        Self { exchange, authority }
    }

    /// The definition named `measures/{id}` or `measures/{id}/versions/{n}`.
    fn definition(&self, name: &str) -> Result<&Definition, Error> {
        let (measure, version) = match name.split_once("/versions/") {
            Some((measure, version)) => (measure, Some(version)),
            None => (name, None),
        };
        let id = identifier("measures", measure)?;
        let id = version.map_or_else(|| id.to_owned(), |version| format!("{id}@{version}"));
        self.exchange.core.catalogue.get(&id).map(AsRef::as_ref).ok_or_else(|| unknown(name, "ListMeasures"))
    }

    fn areas(&self, request: &ListAreasRequest) -> Result<ListAreasResponse, Error> {
        let areas = &self.exchange.core.reference.areas;
        let level = match request.level.as_str() {
            "" => None,
            id => Some(Level::from_id(id).ok_or_else(|| {
                let known: Vec<_> = Level::ALL.iter().map(|level| level.id()).collect();
                Error::invalid("level", format!("it must be one of {}", known.join(", ")))
            })?),
        };
        let day: Option<Date> = match request.valid_on.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Error::invalid("valid_on", "it must be a day: YYYY-MM-DD"))?),
        };
        let mut found: Vec<(AreaId, &reference::Area)> = areas
            .iter()
            .filter(|(_, area)| level.map_or(area.level() != Level::Ward, |level| area.level() == level))
            .filter(|(_, area)| day.is_none_or(|day| area.validity().contains(day)))
            .collect();
        found.sort_by_key(|(_, area)| area.code());
        let call = ListCall { method: "ListAreas", arguments: &[&request.level, &request.valid_on] };
        let found = found.into_iter().map(|(id, _)| wire::area(areas, id, day));
        let (areas, next_page_token) = page(found, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(ListAreasResponse { areas, next_page_token })
    }
}

#[async_trait]
impl CatalogueService for Catalogue {
    async fn list_measures(
        &self,
        request: Request<ListMeasuresRequest>,
    ) -> Result<Response<ListMeasuresResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let request = checked(request)?;
        let call = ListCall { method: "ListMeasures", arguments: &[] };
        let measures = self.exchange.core.catalogue.iter().map(|definition| wire::measure(definition));
        let (measures, next_page_token) = page(measures, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(Response::new(ListMeasuresResponse { measures, next_page_token }))
    }

    async fn get_measure(&self, request: Request<GetMeasureRequest>) -> Result<Response<GetMeasureResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let name = checked(request)?.name;
        let definition = self.definition(&name)?;
        let versions = vec![definition.version];
        Ok(Response::new(GetMeasureResponse { measure: Some(wire::measure(definition)), versions }))
    }

    async fn list_profiles(
        &self,
        request: Request<ListProfilesRequest>,
    ) -> Result<Response<ListProfilesResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let request = checked(request)?;
        let call = ListCall { method: "ListProfiles", arguments: &[] };
        let profiles = self.exchange.core.profiles.iter().map(wire::profile);
        let (profiles, next_page_token) = page(profiles, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(Response::new(ListProfilesResponse { profiles, next_page_token }))
    }

    async fn list_datasets(
        &self,
        request: Request<ListDatasetsRequest>,
    ) -> Result<Response<ListDatasetsResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let request = checked(request)?;
        let call = ListCall { method: "ListDatasets", arguments: &[] };
        let datasets = Contract::get().datasets().iter().map(|found| wire::dataset(found, false));
        let (datasets, next_page_token) = page(datasets, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(Response::new(ListDatasetsResponse { datasets, next_page_token }))
    }

    async fn get_dataset(&self, request: Request<GetDatasetRequest>) -> Result<Response<GetDatasetResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let name = checked(request)?.name;
        let found = identifier("datasets", &name)
            .map(|id| Contract::get().dataset(id).ok_or_else(|| unknown(&name, "ListDatasets")))??;
        Ok(Response::new(GetDatasetResponse { dataset: Some(wire::dataset(found, true)) }))
    }

    async fn list_areas(&self, request: Request<ListAreasRequest>) -> Result<Response<ListAreasResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        Ok(Response::new(self.areas(&checked(request)?)?))
    }

    async fn list_code_lists(
        &self,
        request: Request<ListCodeListsRequest>,
    ) -> Result<Response<ListCodeListsResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let request = checked(request)?;
        let call = ListCall { method: "ListCodeLists", arguments: &[] };
        let lists = self.exchange.core.reference.codes.iter().map(|list| wire::code_list(list, false));
        let (code_lists, next_page_token) = page(lists, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(Response::new(ListCodeListsResponse { code_lists, next_page_token }))
    }

    async fn list_agencies(
        &self,
        request: Request<ListAgenciesRequest>,
    ) -> Result<Response<ListAgenciesResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let request = checked(request)?;
        let reference = &self.exchange.core.reference;
        let arguments: &[&str] = &[&request.kind, &request.dataset];
        let call = ListCall { method: "ListAgencies", arguments };
        if !request.dataset.is_empty() {
            let known = Contract::get().known_dataset(&request.dataset);
            known.map_err(|unknown| Error::invalid("dataset", unknown.to_string()))?;
        }
        if !request.kind.is_empty() && reference.register.kind(&request.kind).is_none() {
            let known: Vec<&str> = reference.register.kinds().map(|kind| &*kind.id).collect();
            return Err(Error::invalid("kind", format!("it must be one of {}", known.join(", "))).into());
        }
        let chosen = |agency: &&reference::Agency| {
            (request.kind.is_empty() || *agency.kind.id == *request.kind)
                && (request.dataset.is_empty() || agency.remits_for(&request.dataset).next().is_some())
        };
        let agencies =
            reference.register.agencies().filter(chosen).map(|agency| wire::agency(&reference.areas, agency));
        let (agencies, next_page_token) = page(agencies, call, size_of_page(request.page_size), &request.page_token)?;
        Ok(Response::new(ListAgenciesResponse { agencies, next_page_token }))
    }

    async fn get_agency(&self, request: Request<GetAgencyRequest>) -> Result<Response<GetAgencyResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let name = checked(request)?.name;
        let reference = &self.exchange.core.reference;
        let agency = identifier("agencies", &name)
            .map(|id| reference.register.agency(id).ok_or_else(|| unknown(&name, "ListAgencies")))??;
        Ok(Response::new(GetAgencyResponse { agency: Some(wire::agency(&reference.areas, agency)) }))
    }

    async fn get_code_list(
        &self,
        request: Request<GetCodeListRequest>,
    ) -> Result<Response<GetCodeListResponse>, Status> {
        self.authority.may_read_catalogue(&request)?;
        let name = checked(request)?.name;
        let list = identifier("codeLists", &name)
            .map(|id| self.exchange.core.reference.codes.list(id).ok_or_else(|| unknown(&name, "ListCodeLists")))??;
        Ok(Response::new(GetCodeListResponse { code_list: Some(wire::code_list(list, true)) }))
    }
}

const fn size_of_page(requested: i32) -> PageSize {
    PageSize { requested, default: page_size::DEFAULT, largest: page_size::LARGEST }
}

fn identifier<'n>(collection: &'static str, name: &'n str) -> Result<&'n str, Error> {
    resource_name::parse(collection, name)
        .ok_or_else(|| Error::invalid("name", format!("it must be {collection}/{{id}}")))
}

fn unknown(name: &str, method: &str) -> Error {
    Error::NotFound { name: name.to_owned(), advice: format!("{method} lists them all") }
}
