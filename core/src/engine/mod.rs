//! What a query is answered from, and how.

pub mod snapshot;
