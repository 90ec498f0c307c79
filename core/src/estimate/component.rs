//! Parts of an estimate that are read with its value.

use crate::stats::Interval;

/// What a component is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ComponentKind {
    /// A stage of an attrition funnel. The value is the share of the stage before that is lost.
    Stage,
    /// A stage of an attrition funnel. The value is the share of the first stage that reaches it.
    Retention,
    /// A group whose difference from another group is the value of the estimate. The value is the share of the group.
    Group,
}

impl ComponentKind {
    /// Name in the contract, in lower case without its prefix: `stage`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Retention => "retention",
            Self::Group => "group",
        }
    }
}

/// One part of an estimate that is read with its value: a stage of a funnel, a group of a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// What the component is.
    pub kind: ComponentKind,
    /// Code: the identifier of a stage, a group as `breakdown=code` with several codes joined by `+`.
    pub code: String,
    /// Label of the code.
    pub label: String,
    /// What is counted.
    pub unit: String,
    /// How many subjects the component has; `None` where it is not known or nothing is counted.
    pub count: Option<u64>,
    /// Value; its meaning follows from the kind. `None` where it is not known.
    pub value: Option<f64>,
    /// Interval of the value.
    pub interval: Option<Interval>,
    /// Respondents, or subjects, that the value rests on.
    pub unweighted_base: Option<u64>,
    /// Effective number of respondents, for a weighted survey.
    pub effective_n: Option<f64>,
    /// Whether the unit differs from that of the component before, so that the value has no interval.
    pub unit_change: bool,
}
