//! Fuzz targets of everything that reads what others write: one file each. `peelian-fuzz` says how they run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod arrow;
mod cel;
mod csv;
mod definitions;
mod mappings;
mod queries;
mod records;
mod samples;
mod states;
