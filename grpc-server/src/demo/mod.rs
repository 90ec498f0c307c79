//! The demonstration: the data that it submits, and the report that it prints.

pub(crate) mod load;
pub(crate) mod report;
