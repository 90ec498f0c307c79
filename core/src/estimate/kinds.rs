//! What a value is, and which interval it carries.

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A number of units.
    Count,
    /// A share, from 0 to 1.
    Proportion,
    /// A difference of two shares, from -1 to 1. Whoever prints it multiplies it by 100.
    PercentagePoints,
    /// Units for each 1,000 residents.
    #[serde(rename = "rate_per_1k")]
    RatePer1k,
    /// Units for each 100,000 residents.
    #[serde(rename = "rate_per_100k")]
    RatePer100k,
    /// One count over another count of different subjects. It can exceed 1.
    Ratio,
    /// A number of days.
    Days,
}

impl ValueKind {
    /// Name in the contract: `rate_per_1k`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Proportion => "proportion",
            Self::PercentagePoints => "percentage_points",
            Self::RatePer1k => "rate_per_1k",
            Self::RatePer100k => "rate_per_100k",
            Self::Ratio => "ratio",
            Self::Days => "days",
        }
    }

    /// Residents that a rate is given for; `None` for a value of another kind.
    #[must_use]
    pub const fn multiplier(self) -> Option<f64> {
        match self {
            Self::RatePer1k => Some(1_000.0),
            Self::RatePer100k => Some(100_000.0),
            _ => None,
        }
    }
}

/// Which interval an estimate carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalRule {
    /// Wilson's score interval of a proportion.
    Wilson,
    /// Wilson's interval on the effective sample size.
    WeightedWilson,
    /// Byar's approximation, exact Poisson limits for small counts; also for crude rates.
    ByarOrExact,
    /// Newcombe's hybrid score interval of a difference.
    Newcombe,
    /// Limits of a median by order statistics.
    OrderStatistics,
    /// None: a complete register, a stage that crosses units, or a ratio of different subjects.
    None,
}

impl IntervalRule {
    /// Name in the contract; empty where there is no interval.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::WeightedWilson => "weighted_wilson",
            Self::ByarOrExact => "byar_or_exact",
            Self::Newcombe => "newcombe",
            Self::OrderStatistics => "order_statistics",
            Self::None => "",
        }
    }
}
