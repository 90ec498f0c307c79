//! Tests of the server as a process, over gRPC. One binary with a module for each topic.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalogue;
mod fuzz_tokens;
mod guards;
mod handbook;
mod harness;
mod identity;
mod ledger;
mod left_out;
mod limits;
mod pseudonymise;
mod query;
mod remits;
mod restart;
mod revisions;
mod submit;
mod words;
