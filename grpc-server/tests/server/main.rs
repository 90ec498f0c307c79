//! The server as a process, driven over gRPC. One binary: a module for each topic.

mod catalogue;
mod guards;
mod harness;
mod ledger;
mod limits;
mod query;
mod restart;
mod submit;
