//! Parts of an estimate that are read with its value.

use crate::stats::Interval;

/// Kind of a component.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ComponentKind {
    /// A stage of an attrition funnel. The value is the share of the stage before that is lost at this stage.
    Stage,
    /// A stage of an attrition funnel. The value is the share of the first stage that reaches this stage.
    Retention,
    /// A group of a gap. The gap is the difference between two groups. The value of the component is the share of the
    /// group.
    Group,
    /// What chance alone would give. The value of the component has the kind of the observation's value.
    Expected,
}

impl ComponentKind {
    /// Name in the contract, in lower case without its prefix: `stage`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Retention => "retention",
            Self::Group => "group",
            Self::Expected => "expected",
        }
    }
}

/// One part of an estimate that is read with its value: a stage of a funnel, a group of a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Kind of the component.
    pub kind: ComponentKind,
    /// Code: the identifier of a stage, a group as `breakdown=code` with several codes joined by `+`.
    pub code: String,
    /// Label of the code.
    pub label: String,
    /// Unit that is counted.
    pub unit: String,
    /// Number of subjects; `None` if it is not known or if nothing is counted.
    pub count: Option<u64>,
    /// Value, a share from 0 to 1. Its meaning follows from the kind. `None` if it is not known.
    pub value: Option<f64>,
    /// Interval of the value.
    pub interval: Option<Interval>,
    /// Number of respondents, or of subjects, on which the value is based.
    pub unweighted_base: Option<u64>,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: Option<f64>,
    /// Whether the unit differs from that of the component before. Then the value has no interval.
    pub unit_change: bool,
}
