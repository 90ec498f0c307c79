//! Compression of messages: gzip and zstd.
//!
//! A compressed message may expand to as many bytes as a message may have that is not compressed. Answers are compressed for
//! callers that compress their requests. Many clients accept compressed answers without being asked to, and compression takes
//! longer than a fast network.

use tonic::body::Body;
use tonic::codegen::http::{self, header::HeaderName};

/// How the messages of a request are compressed.
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// Which compression a caller accepts in the answer.
const ACCEPTED: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// A service that reads compressed requests, and compresses its answers for callers that accept it.
macro_rules! compressed {
    ($service:expr) => {{
        use tonic::codec::CompressionEncoding::{Gzip, Zstd};
        $service.accept_compressed(Zstd).accept_compressed(Gzip).send_compressed(Zstd).send_compressed(Gzip)
    }};
}
pub(super) use compressed;

/// A request whose answer is compressed only if the request is.
pub(super) fn as_asked(mut request: http::Request<Body>) -> http::Request<Body> {
    let headers = request.headers_mut();
    if headers.get(ENCODING).is_none_or(|encoding| encoding == "identity") {
        headers.remove(ACCEPTED);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(encoding: Option<&str>) -> bool {
        let mut request = http::Request::builder().header(ACCEPTED, "identity,gzip");
        if let Some(encoding) = encoding {
            request = request.header(ENCODING, encoding);
        }
        as_asked(request.body(Body::empty()).unwrap()).headers().contains_key(ACCEPTED)
    }

    #[test]
    fn an_answer_is_compressed_if_the_request_is() {
        assert!(accepts(Some("gzip")) && accepts(Some("zstd")));
        assert!(!accepts(None) && !accepts(Some("identity")));
    }
}
