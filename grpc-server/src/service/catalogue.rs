//! CatalogueService: what the exchange holds, in words.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use peelian::v1::catalogue_service_server::CatalogueService;
use peelian::v1::{
    Area, Code, CodeList, Dataset, DatasetField, DatasetRule, GetCodeListRequest, GetCodeListResponse,
    GetDatasetRequest, GetDatasetResponse, GetMeasureRequest, GetMeasureResponse, ListAreasRequest,
    ListAreasResponse, ListCodeListsRequest, ListCodeListsResponse, ListDatasetsRequest, ListDatasetsResponse,
    ListMeasuresRequest, ListMeasuresResponse,
};
use peelian_core::contract::{self, CodeSet, Contract, Kind, Sensitivity};
use peelian_core::measure::Definition;
use peelian_core::reference::{self, AreaId, Level};
use tonic::{Request, Response, Status, async_trait};

use super::convert;
use super::measure::measure;
use super::page::{self, Question};
use crate::error::Error;
use crate::exchange::Exchange;
use crate::name;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// CatalogueService.
pub(crate) struct Catalogue {
    exchange: Arc<Exchange>,
}

impl Catalogue {
    /// The service of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
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
        let question = Question { method: "ListAreas", arguments: &[&request.level, &request.valid_on] };
        let sizes = (request.page_size, DEFAULT_PAGE, LARGEST_PAGE);
        let (found, next_page_token) = page::of(found, question, sizes, &request.page_token)?;
        let areas = found.into_iter().map(|(id, area)| self.area(id, area, day)).collect();
        Ok(ListAreasResponse { areas, next_page_token })
    }

    fn area(&self, id: AreaId, area: &reference::Area, day: Option<Date>) -> Area {
        let areas = &self.exchange.core.reference.areas;
        let validity = area.validity();
        let text = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        // Without a day: the last on which the area existed.
        let day = day.or(validity.to).unwrap_or(Date::MAX);
        Area {
            name: format!("areas/{}", area.code()),
            display_name: area.name().to_owned(),
            level: area.level().id().to_owned(),
            parents: areas
                .parents_at(id, day)
                .into_iter()
                .map(|p| format!("areas/{}", areas.get(p).code()))
                .collect(),
            valid_from: text(validity.from),
            valid_to: text(validity.to),
        }
    }
}

#[async_trait]
impl CatalogueService for Catalogue {
    async fn list_measures(
        &self,
        request: Request<ListMeasuresRequest>,
    ) -> Result<Response<ListMeasuresResponse>, Status> {
        let request = request.into_inner();
        let question = Question { method: "ListMeasures", arguments: &[] };
        let measures = self.exchange.core.catalogue.iter().map(|definition| measure(definition));
        let sizes = (request.page_size, DEFAULT_PAGE, LARGEST_PAGE);
        let (measures, next_page_token) = page::of(measures, question, sizes, &request.page_token)?;
        Ok(Response::new(ListMeasuresResponse { measures, next_page_token }))
    }

    async fn get_measure(&self, request: Request<GetMeasureRequest>) -> Result<Response<GetMeasureResponse>, Status> {
        let name = request.into_inner().name;
        let definition = self.definition(&name)?;
        let versions = vec![definition.version];
        Ok(Response::new(GetMeasureResponse { measure: Some(measure(definition)), versions }))
    }

    async fn list_datasets(
        &self,
        request: Request<ListDatasetsRequest>,
    ) -> Result<Response<ListDatasetsResponse>, Status> {
        let request = request.into_inner();
        let question = Question { method: "ListDatasets", arguments: &[] };
        let datasets = Contract::get().datasets().iter().map(|found| dataset(found, false));
        let sizes = (request.page_size, DEFAULT_PAGE, LARGEST_PAGE);
        let (datasets, next_page_token) = page::of(datasets, question, sizes, &request.page_token)?;
        Ok(Response::new(ListDatasetsResponse { datasets, next_page_token }))
    }

    async fn get_dataset(&self, request: Request<GetDatasetRequest>) -> Result<Response<GetDatasetResponse>, Status> {
        let name = request.into_inner().name;
        let found = identifier("datasets", &name)
            .map(|id| Contract::get().dataset(id).ok_or_else(|| unknown(&name, "ListDatasets")))??;
        Ok(Response::new(GetDatasetResponse { dataset: Some(dataset(found, true)) }))
    }

    async fn list_areas(&self, request: Request<ListAreasRequest>) -> Result<Response<ListAreasResponse>, Status> {
        Ok(Response::new(self.areas(request.get_ref())?))
    }

    async fn list_code_lists(
        &self,
        request: Request<ListCodeListsRequest>,
    ) -> Result<Response<ListCodeListsResponse>, Status> {
        let request = request.into_inner();
        let question = Question { method: "ListCodeLists", arguments: &[] };
        let lists = self.exchange.core.reference.codes.iter().map(|list| code_list(list, false));
        let sizes = (request.page_size, DEFAULT_PAGE, LARGEST_PAGE);
        let (code_lists, next_page_token) = page::of(lists, question, sizes, &request.page_token)?;
        Ok(Response::new(ListCodeListsResponse { code_lists, next_page_token }))
    }

    async fn get_code_list(
        &self,
        request: Request<GetCodeListRequest>,
    ) -> Result<Response<GetCodeListResponse>, Status> {
        let name = request.into_inner().name;
        let list = identifier("codeLists", &name)
            .map(|id| self.exchange.core.reference.codes.list(id).ok_or_else(|| unknown(&name, "ListCodeLists")))??;
        Ok(Response::new(GetCodeListResponse { code_list: Some(code_list(list, true)) }))
    }
}

fn identifier<'n>(collection: &'static str, name: &'n str) -> Result<&'n str, Error> {
    name::parse(collection, name).ok_or_else(|| Error::invalid("name", format!("it must be {collection}/{{id}}")))
}

fn unknown(name: &str, method: &str) -> Error {
    Error::NotFound { name: name.to_owned(), advice: format!("{method} has them all") }
}

fn dataset(dataset: &contract::Dataset, with_fields: bool) -> Dataset {
    let options = &dataset.options;
    Dataset {
        name: format!("datasets/{}", dataset.id),
        title: options.title.clone(),
        description: dataset.description.clone(),
        key: options.key.clone(),
        period_fields: options.period_fields.clone(),
        sensitivity: sensitivity(options.sensitivity()).to_owned(),
        supplied_by: options.supplied_by.clone(),
        fields: if with_fields { dataset.fields.iter().map(field).collect() } else { Vec::new() },
        rules: if with_fields { options.rules.iter().map(rule).collect() } else { Vec::new() },
        reject_above_percent: dataset.reject_above_percent(),
    }
}

fn field(field: &contract::Field) -> DatasetField {
    let options = &field.options;
    DatasetField {
        name: field.name.clone(),
        description: field.description.clone(),
        r#type: field.kind.name().to_owned(),
        required: field.required(),
        required_when: options.required_when.clone(),
        codes: match &field.kind {
            Kind::Code(codes) | Kind::Set(codes) => closed_codes(codes),
            _ => Vec::new(),
        },
        code_list: match &field.kind {
            Kind::OpenCode(list) => format!("codeLists/{list}"),
            _ => String::new(),
        },
        references: field.references().map(|id| format!("datasets/{id}")).unwrap_or_default(),
        min: options.min,
        max: options.max,
        personal: field.personal(),
        transient: field.transient(),
        derived: field.derivation.is_some(),
    }
}

fn closed_codes(codes: &CodeSet) -> Vec<Code> {
    let code = |code: &contract::Code| Code {
        code: code.code.clone(),
        label: code.label.clone(),
        aliases: code.aliases.clone(),
        attributes: code.group.iter().map(|group| ("group".to_owned(), group.clone())).collect(),
    };
    codes.codes().iter().map(code).collect()
}

fn rule(rule: &contract::Rule) -> DatasetRule {
    DatasetRule {
        code: rule.code.clone(),
        severity: convert::severity(rule.severity()).to_owned(),
        holds: rule.holds.clone(),
        message: rule.message.clone(),
    }
}

fn code_list(list: &reference::CodeList, with_codes: bool) -> CodeList {
    CodeList {
        name: format!("codeLists/{}", list.name()),
        version: list.version().to_string(),
        source: list.source().to_owned(),
        codes: if with_codes { list.iter().map(|entry| open_code(list, entry)).collect() } else { Vec::new() },
    }
}

fn open_code(list: &reference::CodeList, entry: reference::Entry<'_>) -> Code {
    let attribute = |column: &String| Some((column.clone(), entry.attribute(column)?.to_owned()));
    let attributes: HashMap<_, _> = list.columns().iter().skip(1).filter_map(attribute).collect();
    Code {
        code: entry.code().to_owned(),
        label: entry.label().to_owned(),
        aliases: Vec::new(),
        attributes: attributes.into_iter().filter(|(column, _)| column != "label" && column != "name").collect(),
    }
}

fn sensitivity(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Unspecified => "",
        Sensitivity::Open => "open",
        Sensitivity::Pseudonymised => "pseudonymised",
        Sensitivity::SpecialCategory => "special_category",
        Sensitivity::Reidentifiable => "reidentifiable",
    }
}
