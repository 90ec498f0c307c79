//! The catalogue, and the services that a server has.

use peelian::v1::{
    GetCodeListRequest, GetDatasetRequest, ListAreasRequest, ListCodeListsRequest, ListDatasetsRequest,
};
use tonic::Code;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::harness::{Server, reason};

#[tokio::test]
async fn datasets_areas_and_code_lists() {
    let (_data, server) = Server::fresh(&[]).await;
    let mut catalogue = server.catalogue().await;
    let datasets = catalogue.list_datasets(ListDatasetsRequest::default()).await.unwrap().into_inner().datasets;
    assert_eq!(datasets.len(), 25);
    assert!(datasets.iter().all(|dataset| dataset.fields.is_empty() && !dataset.title.is_empty()));
    let request = GetDatasetRequest { name: "datasets/crime".to_owned() };
    let crime = catalogue.get_dataset(request).await.unwrap().into_inner().dataset.unwrap();
    let knife = crime.fields.iter().find(|field| field.name == "knife_use").unwrap();
    assert!(knife.required && knife.codes.iter().any(|code| code.code == "injured"));
    assert!(crime.rules.iter().any(|rule| rule.code == "PEEL-3101"));

    let mut boroughs = Vec::new();
    let mut request = ListAreasRequest { level: "borough".to_owned(), page_size: 20, ..ListAreasRequest::default() };
    loop {
        let page = catalogue.list_areas(request.clone()).await.unwrap().into_inner();
        boroughs.extend(page.areas);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(boroughs.len(), 33);
    let southwark = boroughs.iter().find(|area| area.name == "areas/E09000028").unwrap();
    assert_eq!(southwark.display_name, "Southwark");
    assert!(southwark.parents.contains(&"areas/E12000007".to_owned()), "{:?}", southwark.parents);

    let lists = catalogue.list_code_lists(ListCodeListsRequest::default()).await.unwrap().into_inner().code_lists;
    assert!(lists.iter().any(|list| list.name == "codeLists/ho_class"));
    let request = GetCodeListRequest { name: "codeLists/ho_class".to_owned() };
    let classes = catalogue.get_code_list(request).await.unwrap().into_inner().code_list.unwrap();
    let rape = classes.codes.iter().find(|code| code.code == "19C").unwrap();
    assert_eq!(rape.attributes["crime_group"], "rape");

    let missing = catalogue.get_dataset(GetDatasetRequest { name: "datasets/none".to_owned() }).await;
    assert_eq!(reason(missing), (Code::NotFound, "NOT_FOUND".to_owned()));
    let wrong = catalogue.get_dataset(GetDatasetRequest { name: "crime".to_owned() }).await;
    assert_eq!(reason(wrong), (Code::InvalidArgument, "FIELD_INVALID".to_owned()));
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let (_data, server) = Server::fresh(&[]).await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(server.channel().await);
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(services)) = answer else { panic!("{answer:?}") };
    let names: Vec<_> = services.service.into_iter().map(|service| service.name).collect();
    for name in ["peelian.v1.SubmissionService", "peelian.v1.CatalogueService", "grpc.health.v1.Health"] {
        assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
    }
}
