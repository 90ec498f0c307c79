//! Kinds of values and kinds of intervals.

use crate::stats::Method;

/// Kind of a value. It decides the unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A number of units.
    Count,
    /// A share, from 0 to 1.
    Proportion,
    /// A difference of two shares, in percentage points from -100 to 100.
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

    /// Whether the denominator is a number of residents. Estimates of residents are public.
    #[must_use]
    pub const fn is_of_residents(self) -> bool {
        matches!(self, Self::RatePer1k | Self::RatePer10k | Self::RatePer100k | Self::Score)
    }

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

    /// The methods of the limits. Each has its [publication](Method::citation).
    ///
    /// ```
    /// use peelian_core::measure::IntervalRule;
    ///
    /// let methods: Vec<_> = IntervalRule::ByarOrExact.methods().iter().map(|method| method.id()).collect();
    /// assert_eq!(methods, ["byar", "exact_poisson"]);
    /// ```
    #[must_use]
    pub const fn methods(self) -> &'static [Method] {
        match self {
            Self::Wilson => &[Method::Wilson],
            Self::WeightedWilson => &[Method::WeightedWilson, Method::WeightedWilsonDesign],
            Self::ByarOrExact => &[Method::Byar, Method::ExactPoisson],
            Self::Newcombe => &[Method::Newcombe10],
            Self::OrderStatistics => &[Method::OrderStatistics],
            Self::StudentT => &[Method::StudentT],
            Self::Bootstrap => &[Method::Bootstrap],
            Self::RateRatio => &[Method::LogWald],
            Self::None => &[],
        }
    }

    /// The limits in words and symbols, for people.
    #[must_use]
    pub const fn formula(self) -> &'static str {
        match self {
            Self::Wilson => {
                "Wilson's score interval of x of n: (2x + z² ± z √(z² + 4x (1 − x/n))) / (2 (n + z²)), with z = 1.96 for \
                 95%."
            }
            Self::WeightedWilson => {
                "Wilson's score interval on the effective number of respondents, which takes the place of n: \
                 (2x + z² ± z √(z² + 4x (1 − x/n))) / (2 (n + z²)), with z = 1.96 for 95%."
            }
            Self::ByarOrExact => {
                "Byar's approximation for a count x of 10 or more: x (1 − 1/(9x) − z/(3√x))³ to \
                 (x + 1) (1 − 1/(9(x + 1)) + z/(3√(x + 1)))³, with z = 1.96 for 95%. Exact Poisson limits for smaller \
                 counts. The limits of a rate are those of its count, divided by the residents."
            }
            Self::Newcombe => {
                "Newcombe's hybrid score interval of the difference d = p₁ − p₂, from the Wilson limits l and u of each \
                 share: d − √((p₁ − l₁)² + (u₂ − p₂)²) to d + √((u₁ − p₁)² + (p₂ − l₂)²)."
            }
            Self::OrderStatistics => {
                "Order statistics: the values at the ranks between which the median lies, by the binomial distribution of \
                 ranks."
            }
            Self::StudentT => "The mean ± t s / √n, with Student's t on n − 1 degrees of freedom.",
            Self::Bootstrap => {
                "Percentiles of 2,000 resamples of the subjects with a fixed seed, so the same records give the same limits."
            }
            Self::RateRatio => {
                "The ratio × exp(± z √(1/n₁ + 1/n₀)), with z = 1.96 for 95%. None if a group has no event."
            }
            Self::None => "None.",
        }
    }
}
