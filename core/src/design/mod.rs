//! Designs: how a kind of measure is computed.
//!
//! A design declares what it reads, as [`Input`]s, and turns the states of these inputs into an estimate. It knows
//! nothing of rows, ledgers or doors, and nothing else in the program knows a design by its name. One file of this folder
//! is one design: its form in a measure's file, its checks, its inputs, its estimate, its tests, and the papers or laws
//! that it follows. [`DESIGNS`] lists them.

mod attrition;
mod completeness;
mod count;
mod gap;
mod input;
mod median_duration;
mod population;
mod proportion;
mod rate;
mod ratio;
mod repeat_share;
mod selection;
mod states;
mod submitted_only;
mod weighted_proportion;

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;

pub use input::{
    DayHistogram, Dimensions, Group, Input, LOOK_BACK_MONTHS, LinkedVictims, MAX_TALLY, MeasureByGroup, Register,
    Residents, Tally, WeightedRespondents, datasets, reach,
};
pub use population::{Population, RowBasis, Subjects};
pub use selection::{Selection, SelectionStep};
pub use states::{Counts, GroupState, InputState, Inputs};

use crate::estimate::{Component, Estimated, IntervalRule, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Fields, Table, Text};

/// How a kind of measure is computed.
pub trait Design: Debug + Send + Sync {
    /// Kind of the design, as a measure's file names it: `repeat_share`.
    fn kind(&self) -> &'static str;

    /// What its value may be.
    fn value_kinds(&self) -> &'static [ValueKind];

    /// Intervals that its value may carry.
    fn intervals(&self) -> &'static [IntervalRule];

    /// Everything that it reads, in the order in which [`Design::estimate`] finds the states.
    fn inputs(&self) -> Vec<Input>;

    /// Its populations, each with its name.
    fn selections(&self) -> Vec<Selection>;

    /// The value, from the states of the inputs.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable>;

    /// Parts that are read with the value.
    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        let (_, _) = (inputs, rule);
        Vec::new()
    }

    /// What to know about a value that is computed from records.
    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let _ = inputs;
        Vec::new()
    }

    /// The parts in which an agency's own figures come, where they do not state the value itself: for each of the first
    /// inputs the `dimension=code` of the figure that states its count. Empty where a figure states the value.
    fn figure_parts(&self) -> Vec<String> {
        Vec::new()
    }
}

/// One design of the list.
pub(crate) struct Entry {
    /// Kind of the design in a measure's file.
    pub(crate) kind: &'static str,
    /// Reads the table of the design.
    pub(crate) read: fn(Table<'_>, &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError>,
}

/// Every design. The set is closed: a new design is a new file of this folder and a line here.
pub(crate) static DESIGNS: &[Entry] = &[
    Entry { kind: count::KIND, read: count::read },
    Entry { kind: rate::KIND, read: rate::read },
    Entry { kind: proportion::KIND, read: proportion::read },
    Entry { kind: weighted_proportion::KIND, read: weighted_proportion::read },
    Entry { kind: repeat_share::KIND, read: repeat_share::read },
    Entry { kind: attrition::KIND, read: attrition::read },
    Entry { kind: ratio::KIND, read: ratio::read },
    Entry { kind: gap::KIND, read: gap::read },
    Entry { kind: median_duration::KIND, read: median_duration::read },
    Entry { kind: completeness::KIND, read: completeness::read },
    Entry { kind: submitted_only::KIND, read: submitted_only::read },
];

/// What a design is read with.
pub(crate) struct Reader<'c> {
    /// Looks up fields and compiles expressions.
    pub(crate) fields: &'c Fields<'c>,
    /// What the value of the measure is.
    pub(crate) value_kind: ValueKind,
    measures: RefCell<Vec<Text>>,
}

impl<'c> Reader<'c> {
    pub(crate) fn new(fields: &'c Fields<'c>, value_kind: ValueKind) -> Self {
        Self { fields, value_kind, measures: RefCell::default() }
    }

    /// Reads the table of a design.
    pub(crate) fn read(&self, mut table: Table<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
        let checker = self.fields.checker();
        let at = table.span().start;
        let Some(kind) = table.get_mut().remove("kind") else { return checker.fault(at, "the design has no kind") };
        let name = kind.get_ref().as_str().unwrap_or_default();
        match DESIGNS.iter().find(|known| known.kind == name) {
            Some(entry) => (entry.read)(table, self),
            None => {
                let kinds: Vec<&str> = DESIGNS.iter().map(|known| known.kind).collect();
                let reason = format!("there is no design {name:?}; the designs are {}", kinds.join(", "));
                checker.fault(kind.span().start, reason)
            }
        }
    }

    /// Notes another measure, which is looked up when all files are loaded, and returns its identifier.
    pub(crate) fn measure(&self, id: &Text) -> String {
        self.measures.borrow_mut().push(id.clone());
        id.get_ref().clone()
    }

    /// The other measures that the design names, each with its place in the file.
    pub(crate) fn measures(&self) -> Vec<Text> {
        self.measures.borrow().clone()
    }
}
