//! Who the caller is, and what it may do.

use super::{ClientError, Connection};
use crate::v1::{
    Agreement, CheckAccessRequest, CheckAccessResponse, ListAgreementsRequest, WhoAmIRequest, WhoAmIResponse,
};

/// Who the exchange takes the caller for, and what it may do.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn who_am_i(connection: &Connection) -> Result<WhoAmIResponse, ClientError> {
    let asked = async { Ok(connection.access().who_am_i(WhoAmIRequest {}).await?.into_inner()) };
    connection.answer(asked).await
}

/// Whether a query or a submission would be allowed, and which agreement it would need. Nothing is answered or stored.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn check_access(
    connection: &Connection,
    request: CheckAccessRequest,
) -> Result<CheckAccessResponse, ClientError> {
    let asked = async { Ok(connection.access().check_access(request).await?.into_inner()) };
    connection.answer(asked).await
}

/// The data-sharing agreements of the exchange, in force or not; only those of an agency if it is named. They are read page
/// by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn agreements(connection: &Connection, agency: &str) -> Result<Vec<Agreement>, ClientError> {
    connection.answer(agreement_pages(connection, agency)).await
}

async fn agreement_pages(connection: &Connection, agency: &str) -> Result<Vec<Agreement>, ClientError> {
    let mut service = connection.access();
    let mut request = ListAgreementsRequest { agency: agency.to_owned(), ..ListAgreementsRequest::default() };
    let mut agreements = Vec::new();
    loop {
        let page = service.list_agreements(request.clone()).await?.into_inner();
        agreements.extend(page.agreements);
        if page.next_page_token.is_empty() {
            return Ok(agreements);
        }
        request.page_token = page.next_page_token;
    }
}
