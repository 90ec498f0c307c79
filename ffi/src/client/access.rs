//! Calls about what the caller may do, and about what was reported.

use peelian::client;
use peelian::v1::check_access_request::Access as Asked;
use peelian::v1::{CheckAccessRequest, ListReportsRequest, SubmissionAccess};

use super::Client;
use crate::access::{Access, Caller};
use crate::error::{Error, Outcome, Status};
use crate::guard::make;
use crate::pointer::{In, Out, Text};
use crate::query::Query;
use crate::report::Reports;

/// Asks an exchange who it takes the caller for, and what the caller may do.
///
/// The statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_whoami(
    client: In<'_, Client>,
    out: Out<'_, *mut Caller>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let client = client.get("client")?;
        Ok(Caller::new(&client.ask(async |connection| client::who_am_i(connection).await)?))
    })
}

/// Asks an exchange whether a query would be allowed, and which agreement it would need. Nothing is answered. `on_behalf_of` is
/// another agency, for which only an administrator may ask; NULL means the caller's own.
///
/// A query that is not allowed is no error: see the member `allowed`. The statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_can_query(
    client: In<'_, Client>,
    query: In<'_, Query>,
    on_behalf_of: Text<'_>,
    out: Out<'_, *mut Access>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let query = query.get("query")?.wire().clone();
        let agency = on_behalf_of.optional("on_behalf_of")?.unwrap_or_default().to_owned();
        can(client.get("client")?, Asked::Query(query), agency)
    })
}

/// Asks an exchange whether a submission of a dataset in the name of an agency would be allowed, and which agreement it would
/// need. Nothing is stored.
///
/// A submission that is not allowed is no error: see the member `allowed`. PEELIAN_STATUS_EXCHANGE if there is no such agency or
/// dataset. Other statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_can_submit(
    client: In<'_, Client>,
    agency: Text<'_>,
    dataset: Text<'_>,
    out: Out<'_, *mut Access>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (agency, dataset) = (agency.get("agency")?.to_owned(), dataset.get("dataset")?.to_owned());
        can(client.get("client")?, Asked::Submission(SubmissionAccess { agency, dataset }), String::new())
    })
}

fn can(client: &Client, access: Asked, agency: String) -> Outcome<Access> {
    let request = CheckAccessRequest { access: Some(access), agency };
    Ok(Access::new(&client.ask(async |connection| client::check_access(connection, request).await)?))
}

/// Asks an exchange for the reports that agencies are expected to make, with what was received. A late report is not a missing one.
///
/// `agency`, `dataset` and `area` select reports; NULL means all. `period` is the first and the last month, "2017-01..2017-12";
/// NULL means the 12 months before this one. `overdue_only` selects those that are due and were not received.
///
/// PEELIAN_STATUS_EXCHANGE if the exchange does not know the agency, the dataset, the area or the period. Other statuses are as for
/// peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_reports(
    client: In<'_, Client>,
    agency: Text<'_>,
    dataset: Text<'_>,
    area: Text<'_>,
    period: Text<'_>,
    overdue_only: bool,
    out: Out<'_, *mut Reports>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let all_or = |text: Text<'_>, name: &str| -> Outcome<String> {
            Ok(text.optional(name)?.unwrap_or_default().to_owned())
        };
        let request = ListReportsRequest {
            agency: all_or(agency, "agency")?,
            dataset: all_or(dataset, "dataset")?,
            area: all_or(area, "area")?,
            period: all_or(period, "period")?,
            overdue_only,
            ..ListReportsRequest::default()
        };
        let client = client.get("client")?;
        Ok(Reports::new(&client.ask(async |connection| client::reports(connection, request).await)?))
    })
}
