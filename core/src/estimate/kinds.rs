//! Kinds of values and kinds of intervals.

/// Kind of a value. It decides the unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A number of units.
    Count,
    /// A share, from 0 to 1.
    Proportion,
    /// A difference of two shares, from -1 to 1. Multiply it by 100 to print it as percentage points.
    PercentagePoints,
    /// Units for each 1,000 residents.
    #[serde(rename = "rate_per_1k")]
    RatePer1k,
    /// Units for each 100,000 residents.
    #[serde(rename = "rate_per_100k")]
    RatePer100k,
    /// One count divided by a count of different subjects. It can exceed 1.
    Ratio,
    /// A number of days.
    Days,
    /// Units for each 100 others, which are not residents: reoffences for each 100 offenders.
    #[serde(rename = "rate_per_100")]
    RatePer100,
    /// Units for each 10,000 residents.
    #[serde(rename = "rate_per_10k")]
    RatePer10k,
    /// A value in relation to a reference of 100.
    Index,
    /// A weighted number for each resident.
    Score,
}

impl ValueKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Count,
        Self::Proportion,
        Self::PercentagePoints,
        Self::RatePer1k,
        Self::RatePer100k,
        Self::Ratio,
        Self::Days,
        Self::RatePer100,
        Self::RatePer10k,
        Self::Index,
        Self::Score,
    ];

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
            Self::RatePer100 => "rate_per_100",
            Self::RatePer10k => "rate_per_10k",
            Self::Index => "index",
            Self::Score => "score",
        }
    }

    /// Number of residents in the unit of a rate; `None` for other kinds of value.
    #[must_use]
    pub const fn multiplier(self) -> Option<f64> {
        match self {
            Self::RatePer1k => Some(1_000.0),
            Self::RatePer10k => Some(10_000.0),
            Self::RatePer100k => Some(100_000.0),
            _ => None,
        }
    }
}

/// Kind of an estimate's interval.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalRule {
    /// Wilson's score interval of a proportion.
    Wilson,
    /// Wilson's score interval on the effective sample size.
    WeightedWilson,
    /// Byar's approximation, or exact Poisson limits for small counts. It also serves crude rates.
    ByarOrExact,
    /// Newcombe's hybrid score interval of a difference.
    Newcombe,
    /// Limits of a median by order statistics.
    OrderStatistics,
    /// Limits of a mean by Student's t distribution.
    StudentT,
    /// Percentiles of resamples.
    Bootstrap,
    /// Ratio of two rates, normal on the log scale.
    RateRatio,
    /// No interval. Examples: a complete register, a stage that counts another unit than the stage before, a ratio of
    /// different subjects.
    None,
}

impl IntervalRule {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Wilson,
        Self::WeightedWilson,
        Self::ByarOrExact,
        Self::Newcombe,
        Self::OrderStatistics,
        Self::StudentT,
        Self::Bootstrap,
        Self::RateRatio,
        Self::None,
    ];

    /// Name in the contract; empty if there is no interval.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::WeightedWilson => "weighted_wilson",
            Self::ByarOrExact => "byar_or_exact",
            Self::Newcombe => "newcombe",
            Self::OrderStatistics => "order_statistics",
            Self::StudentT => "student_t",
            Self::Bootstrap => "bootstrap",
            Self::RateRatio => "rate_ratio",
            Self::None => "",
        }
    }
}
