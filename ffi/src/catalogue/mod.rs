//! What there is: measures, datasets with their fields and codes, areas.
//!
//! The views are made once, from what the core says in the contract's words, and live as long as the process.

mod area;
mod dataset;
mod measure;

use std::any::Any;
use std::ffi::{CStr, c_char};
use std::ptr::null;
use std::sync::LazyLock;

use crate::error::Outcome;
use crate::local::core;
use crate::texts::Texts;
use crate::views::Views;
use area::Area;
use dataset::Dataset;
pub(crate) use dataset::{Field, field};
use measure::Measure;

/// All views.
struct Catalogue {
    measures: Views<Measure>,
    datasets: Views<Dataset>,
    areas: Views<Area>,
    #[expect(dead_code, reason = "the views point into it")]
    kept: Kept,
}

// SAFETY: what the pointers lead to is never written again and never freed.
unsafe impl Send for Catalogue {}
// SAFETY: as above.
unsafe impl Sync for Catalogue {}

static CATALOGUE: LazyLock<Option<Catalogue>> = LazyLock::new(|| load().ok());

fn load() -> Outcome<Catalogue> {
    let core = core()?;
    let mut kept = Kept::default();
    Ok(Catalogue {
        measures: measure::all(core, &mut kept).into(),
        datasets: dataset::all(core, &mut kept).into(),
        areas: area::all(core, &mut kept).into(),
        kept,
    })
}

/// What views point to.
#[derive(Default)]
struct Kept {
    texts: Texts,
    lists: Vec<Box<dyn Any>>,
}

/// An array of pointers, and how many there are.
type List<T> = (*const *const T, usize);

impl Kept {
    fn text(&mut self, text: &str) -> *const c_char {
        self.texts.keep(text)
    }

    fn list<T: 'static>(&mut self, items: Vec<T>) -> List<T> {
        let views = Views::from(items);
        let list = (views.array(), views.len());
        self.lists.push(Box::new(views));
        list
    }

    fn texts(&mut self, texts: &[String]) -> List<c_char> {
        let texts: Vec<*const c_char> = texts.iter().map(|text| self.text(text)).collect();
        let list = (texts.as_ptr(), texts.len());
        self.lists.push(Box::new(texts));
        list
    }
}

/// The catalogue. A panic while it is loaded leaves it empty.
fn catalogue() -> Option<&'static Catalogue> {
    std::panic::catch_unwind(|| CATALOGUE.as_ref()).ok().flatten()
}

/// The view that passes a test; NULL if there is none.
fn find<T>(views: &Views<T>, passes: impl Fn(&T) -> bool) -> *const T {
    views.iter().find(|view| passes(view)).map_or(null(), std::ptr::from_ref)
}

/// Whether a text of the catalogue is the one that a caller gave.
fn is(held: *const c_char, given: &str) -> bool {
    // SAFETY: the texts of the catalogue are kept for good.
    unsafe { CStr::from_ptr(held) }.to_bytes() == given.as_bytes()
}
