//! Designs: how a kind of measure is computed.
//!
//! A design declares what it reads as a list of [`Input`]s. It turns the states of these inputs into an estimate. A
//! design does not know rows, ledgers or interfaces, and no other code depends on the name of a design. One file of
//! this folder is one design: its form in a measure's file, its checks, its inputs, its estimate, its tests, and the
//! papers or laws that it follows. `DESIGNS` lists the designs.

mod amount_ratio;
mod attrition;
mod choices;
mod completeness;
mod composite_index;
mod count;
mod decile_ratio;
mod distinct_incidents;
mod distinct_persons;
mod duration;
mod formula;
mod gap;
mod group;
mod input;
mod local_priorities;
mod local_priority_repeats;
mod outcome_within;
mod per_residents;
mod population;
mod proportion;
mod rate;
mod ratio;
mod relative_rate;
mod reoffending;
mod repeat_share;
mod reports_received;
mod representation_ratio;
mod selection;
mod severity;
mod share_of_total;
mod spread;
mod stage_disparity;
mod states;
mod submitted_only;
mod total;
mod weighted_proportion;

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;

pub use formula::Formula;
pub use input::{
    Choices, ChosenCounts, ChosenVictims, Dimensions, Each, ExpectedReports, FollowUp, Group, Histogram, Input,
    LOOK_BACK_MONTHS, LinkedVictims, MAX_TALLY, MeasureByGroup, OfReports, Parts, Quantity, Register, Reported,
    Residents, Tally, WeightedRespondents, datasets, reach,
};
pub use population::{Population, RowBasis, Subjects};
pub use selection::{Selection, SelectionStep};
pub use states::{Counts, GroupState, InputState, Inputs, WardCount};

use crate::estimate::{Component, Estimated, IntervalRule, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Fields, Table, Text};

/// How a kind of measure is computed.
pub trait Design: Debug + Send + Sync {
    /// Name of the design in a measure's file: `repeat_share`.
    fn kind(&self) -> &'static str;

    /// The kinds of value that the design supports.
    fn value_kinds(&self) -> &'static [ValueKind];

    /// The kinds of interval that the design supports.
    fn intervals(&self) -> &'static [IntervalRule];

    /// How the value is computed, for people.
    fn formula(&self) -> Formula;

    /// Everything that the design reads. [`Design::estimate`] gets the states in the same order.
    fn inputs(&self) -> Vec<Input>;

    /// The named populations of the design.
    fn selections(&self) -> Vec<Selection>;

    /// Estimates the value from the states of the inputs. The value is in the unit of the measure's kind of value.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] with the reason why there is no value.
    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable>;

    /// Whether the values of months add up to the value of a longer period, if they are counts.
    fn adds_up_over_periods(&self) -> bool {
        true
    }

    /// The parts that are read with the value; empty for most designs.
    fn components(&self, inputs: &Inputs, rule: Rule) -> Vec<Component> {
        let (_, _) = (inputs, rule);
        Vec::new()
    }

    /// Caveats of a value that is computed from records.
    fn caveats(&self, inputs: &Inputs) -> Vec<String> {
        let _ = inputs;
        Vec::new()
    }

    /// The parts of an agency's own figures, if the figures state counts and not the value itself. For each of the
    /// first inputs, the `dimension=code` of the figure that states the count of the input. Empty if a figure states
    /// the value.
    fn figure_parts(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Reads the table `design` of a measure's file.
type Read = fn(Table<'_>, &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError>;

/// One design of the list.
pub(crate) struct Entry {
    /// Name of the design in a measure's file.
    pub(crate) kind: &'static str,
    /// Reads the table `design` of a measure's file.
    pub(crate) read: Read,
}

/// All designs. The set is closed: a new design is a new file of this folder and a line here.
pub(crate) static DESIGNS: &[Entry] = &[
    Entry { kind: count::KIND, read: count::read },
    Entry { kind: rate::KIND, read: rate::read },
    Entry { kind: proportion::KIND, read: proportion::read },
    Entry { kind: weighted_proportion::KIND, read: weighted_proportion::read },
    Entry { kind: repeat_share::KIND, read: repeat_share::read },
    Entry { kind: attrition::KIND, read: attrition::read },
    Entry { kind: ratio::KIND, read: ratio::read },
    Entry { kind: gap::KIND, read: gap::read },
    Entry { kind: spread::KIND, read: spread::read },
    Entry { kind: duration::MEDIAN, read: duration::read_median },
    Entry { kind: duration::MEAN, read: duration::read_mean },
    Entry { kind: amount_ratio::KIND, read: amount_ratio::read },
    Entry { kind: composite_index::KIND, read: composite_index::read },
    Entry { kind: severity::KIND, read: severity::read },
    Entry { kind: total::KIND, read: total::read },
    Entry { kind: share_of_total::KIND, read: share_of_total::read },
    Entry { kind: representation_ratio::KIND, read: representation_ratio::read },
    Entry { kind: distinct_persons::KIND, read: distinct_persons::read },
    Entry { kind: distinct_incidents::KIND, read: distinct_incidents::read },
    Entry { kind: reoffending::KIND, read: reoffending::read },
    Entry { kind: outcome_within::KIND, read: outcome_within::read },
    Entry { kind: relative_rate::KIND, read: relative_rate::read },
    Entry { kind: stage_disparity::KIND, read: stage_disparity::read },
    Entry { kind: local_priorities::KIND, read: local_priorities::read },
    Entry { kind: local_priority_repeats::KIND, read: local_priority_repeats::read },
    Entry { kind: decile_ratio::KIND, read: decile_ratio::read },
    Entry { kind: reports_received::KIND, read: reports_received::read },
    Entry { kind: completeness::KIND, read: completeness::read },
    Entry { kind: submitted_only::KIND, read: submitted_only::read },
];

/// Reads a design from a measure's file.
pub(crate) struct Reader<'c> {
    /// Looks up fields and compiles expressions.
    pub(crate) fields: &'c Fields<'c>,
    /// Kind of the measure's value.
    pub(crate) value_kind: ValueKind,
    measures: RefCell<Vec<Text>>,
}

impl<'c> Reader<'c> {
    pub(crate) fn new(fields: &'c Fields<'c>, value_kind: ValueKind) -> Self {
        Self { fields, value_kind, measures: RefCell::default() }
    }

    /// Reads the table `design` of a measure's file.
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

    /// Records a reference to another measure and returns its identifier. The measure is looked up when all files are
    /// loaded.
    pub(crate) fn measure(&self, id: &Text) -> String {
        self.measures.borrow_mut().push(id.clone());
        id.get_ref().clone()
    }

    /// The other measures that the design names, with their places in the file.
    pub(crate) fn measures(&self) -> Vec<Text> {
        self.measures.borrow().clone()
    }
}
