//! Sizes of pages that the contract states in the comments of its list methods.
//!
//! A request with `page_size` 0 gets the default. A larger page than the largest is cut to the largest.

/// Largest page of every list but that of observations.
pub const LARGEST: u16 = 1_000;
/// Largest page of observations.
pub const LARGEST_OF_OBSERVATIONS: u16 = 10_000;
/// Default page of observations.
pub const DEFAULT_OF_OBSERVATIONS: u16 = 1_000;
/// Default page of submissions.
pub const DEFAULT_OF_SUBMISSIONS: u16 = 50;
/// Default page of releases.
pub const DEFAULT_OF_RELEASES: u16 = 50;
/// Default page of every other list.
pub const DEFAULT: u16 = 100;
