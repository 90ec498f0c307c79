//! The demonstration: the data that it submits, the report that it prints, and the release that it makes.

pub(crate) mod load;
pub(crate) mod release;
pub(crate) mod report;
