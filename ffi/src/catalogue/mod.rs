//! The catalogue: measures, profiles, datasets with their fields and codes, areas, and agencies with their remits.
//!
//! The views are made once, from the messages of the contract, and are kept until the process ends.

mod agency;
mod area;
mod dataset;
mod measure;
mod profile;

use std::ffi::{CStr, c_char};
use std::ptr::null;
use std::sync::LazyLock;

use crate::error::Outcome;
use crate::kept::Kept;
use crate::seeds::core;
use crate::views::Views;
use agency::Agency;
use area::Area;
use dataset::Dataset;
pub(crate) use dataset::{Field, field};
use measure::Measure;
use profile::Profile;

/// All views.
struct Catalogue {
    measures: Views<Measure>,
    datasets: Views<Dataset>,
    areas: Views<Area>,
    agencies: Views<Agency>,
    profiles: Views<Profile>,
    #[expect(dead_code, reason = "the views point into it")]
    kept: Kept,
}

// SAFETY: nothing writes or frees what the pointers point to.
unsafe impl Send for Catalogue {}
// SAFETY: nothing writes or frees what the pointers point to.
unsafe impl Sync for Catalogue {}

static CATALOGUE: LazyLock<Option<Catalogue>> = LazyLock::new(|| load().ok());

fn load() -> Outcome<Catalogue> {
    let core = core()?;
    let mut kept = Kept::default();
    Ok(Catalogue {
        measures: measure::all(core, &mut kept).into(),
        datasets: dataset::all(core, &mut kept).into(),
        areas: area::all(core, &mut kept).into(),
        agencies: agency::all(core, &mut kept).into(),
        profiles: profile::all(core, &mut kept).into(),
        kept,
    })
}

/// The catalogue. There is none after a panic while it is loaded.
fn catalogue() -> Option<&'static Catalogue> {
    std::panic::catch_unwind(|| CATALOGUE.as_ref()).ok().flatten()
}

/// The first view that passes a test; NULL if no view passes.
fn find<T>(views: &Views<T>, passes: impl Fn(&T) -> bool) -> *const T {
    views.iter().find(|view| passes(view)).map_or(null(), std::ptr::from_ref)
}

/// Whether a text of the catalogue equals the text that a caller gave.
fn is(held: *const c_char, given: &str) -> bool {
    // SAFETY: the catalogue holds its texts until the process ends.
    unsafe { CStr::from_ptr(held) }.to_bytes() == given.as_bytes()
}
