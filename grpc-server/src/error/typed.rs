//! Gives a reason to the errors of the library: a message that is not of the contract, or is too large.
//!
//! tonic reads a message before a service sees it, and answers without details of its own. The specification of gRPC leaves
//! the code open for a message that cannot be read. The fault is the caller's, so it is `INVALID_ARGUMENT`.

use tonic::codegen::http::Response;
use tonic::{Code, Status};
use tower::util::MapResponseLayer;

use super::Error;

/// Puts a reason and details into every error that has none.
pub(crate) fn layer<B: Default>() -> MapResponseLayer<fn(Response<B>) -> Response<B>> {
    MapResponseLayer::new(typed::<B>)
}

fn typed<B: Default>(response: Response<B>) -> Response<B> {
    let untyped = Status::from_header_map(response.headers()).filter(|status| status.details().is_empty());
    match untyped.and_then(|status| reason(&status)) {
        Some(error) => Status::from(error).into_http(),
        None => response,
    }
}

/// The error of a status that the library made.
fn reason(status: &Status) -> Option<Error> {
    match status.code() {
        // The exchange's own statuses with this code have details.
        Code::Internal => Some(Error::Unreadable(status.message().to_owned())),
        Code::OutOfRange => Some(Error::Limit {
            reason: "MESSAGE_TOO_LARGE",
            message:
                "a message has more bytes than the exchange accepts: ask for less, or send content in smaller chunks"
                    .to_owned(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::StatusExt as _;

    fn answered(status: Status) -> Status {
        Status::from_header_map(typed(status.into_http::<()>()).headers()).unwrap()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the library's own status")]
    fn errors_of_the_library_get_a_reason() {
        let unreadable = answered(Status::internal("failed to decode Protobuf message: invalid wire type"));
        assert_eq!(unreadable.code(), Code::InvalidArgument);
        assert_eq!(unreadable.get_error_details().error_info().unwrap().reason, "MESSAGE_UNREADABLE");
        let large = answered(Status::out_of_range("decoded message length too large"));
        assert_eq!(large.code(), Code::ResourceExhausted);
        assert_eq!(large.get_error_details().error_info().unwrap().reason, "MESSAGE_TOO_LARGE");
    }

    #[test]
    fn errors_of_the_exchange_stay() {
        let own = Status::from(Error::Defect("secret".to_owned()));
        assert_eq!(answered(own.clone()).message(), own.message());
        assert_eq!(answered(own).code(), Code::Internal);
        assert_eq!(answered(Status::not_found("no such service")).code(), Code::NotFound);
        let fine = Response::new(());
        assert!(typed(fine).headers().is_empty());
    }
}
