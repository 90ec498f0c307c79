//! The names of the methods in every answer.

/// The method of an interval or a limit. The [`id`](Method::id) is stable, and partners store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Method {
    /// Wilson score interval of a proportion.
    Wilson,
    /// Wilson score interval with continuity correction.
    WilsonContinuityCorrected,
    /// Wilson score interval of a weighted share on Kish's effective sample size.
    WeightedWilson,
    /// Wilson score interval of a weighted share on the effective sample size from the linearised variance.
    WeightedWilsonDesign,
    /// Byar's approximation to the Poisson limits of a count.
    Byar,
    /// Exact Poisson limits of a count.
    ExactPoisson,
    /// Limits of a directly standardised rate, from Byar's limits of its events.
    Dobson,
    /// Limits of a mean by Student's t distribution.
    StudentT,
    /// Limits of a median by the binomial distribution of ranks.
    OrderStatistics,
    /// Hybrid score interval of a difference of proportions (Newcombe's method 10).
    Newcombe10,
    /// The same with continuity correction (Newcombe's method 11).
    Newcombe11,
    /// Percentiles of the statistics of resamples.
    Bootstrap,
    /// Change of a difference between two periods, variances recovered from its limits and summed.
    GapChange,
    /// Ratio of two rates, normal on the log scale.
    LogWald,
    /// Ratio of two rates, score interval.
    Score,
    /// Ratio of two rates, exact and conditional on the total count.
    ExactConditional,
    /// Ratio of two proportions, variances recovered from Wilson limits.
    MoverWilson,
    /// Funnel limits of a proportion around a baseline.
    FunnelProportion,
    /// Funnel limits of an indirectly standardised ratio around 1.
    FunnelRatio,
    /// Funnel limits of a rate around a baseline.
    FunnelRate,
    /// Limits of a process, from the mean moving range.
    ProcessLimits,
}

impl Method {
    /// Every method, in the order of the type.
    pub const ALL: [Method; 21] = [
        Method::Wilson,
        Method::WilsonContinuityCorrected,
        Method::WeightedWilson,
        Method::WeightedWilsonDesign,
        Method::Byar,
        Method::ExactPoisson,
        Method::Dobson,
        Method::StudentT,
        Method::OrderStatistics,
        Method::Newcombe10,
        Method::Newcombe11,
        Method::Bootstrap,
        Method::GapChange,
        Method::LogWald,
        Method::Score,
        Method::ExactConditional,
        Method::MoverWilson,
        Method::FunnelProportion,
        Method::FunnelRatio,
        Method::FunnelRate,
        Method::ProcessLimits,
    ];

    /// The stable identifier.
    ///
    /// ```
    /// use peelian_core::stats::Method;
    ///
    /// assert_eq!(Method::LogWald.id(), "rate_ratio_log_wald");
    /// ```
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Method::Wilson => "wilson",
            Method::WilsonContinuityCorrected => "wilson_continuity_corrected",
            Method::WeightedWilson => "weighted_wilson",
            Method::WeightedWilsonDesign => "weighted_wilson_design",
            Method::Byar => "byar",
            Method::ExactPoisson => "exact_poisson",
            Method::Dobson => "dobson",
            Method::StudentT => "student_t",
            Method::OrderStatistics => "order_statistics",
            Method::Newcombe10 => "newcombe_10",
            Method::Newcombe11 => "newcombe_11",
            Method::Bootstrap => "bootstrap_percentile",
            Method::GapChange => "gap_change",
            Method::LogWald => "rate_ratio_log_wald",
            Method::Score => "rate_ratio_score",
            Method::ExactConditional => "rate_ratio_exact_conditional",
            Method::MoverWilson => "risk_ratio_mover_wilson",
            Method::FunnelProportion => "funnel_proportion",
            Method::FunnelRatio => "funnel_ratio",
            Method::FunnelRate => "funnel_rate",
            Method::ProcessLimits => "process_limits",
        }
    }

    /// The method with this identifier.
    ///
    /// ```
    /// use peelian_core::stats::Method;
    ///
    /// assert_eq!(Method::from_id("byar"), Some(Method::Byar));
    /// assert_eq!(Method::from_id("wald"), None);
    /// ```
    #[must_use]
    pub fn from_id(id: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.id() == id)
    }

    /// The publication of the formula.
    ///
    /// ```
    /// use peelian_core::stats::Method;
    ///
    /// assert!(Method::ExactPoisson.citation().starts_with("Garwood"));
    /// ```
    #[must_use]
    pub const fn citation(self) -> &'static str {
        match self {
            Method::Wilson => "Wilson EB (1927), J Am Stat Assoc 22:209-212",
            Method::WilsonContinuityCorrected => "Newcombe RG (1998), Stat Med 17:857-872, method 4",
            Method::WeightedWilson => "Kish L (1965), Survey Sampling; Wilson EB (1927), J Am Stat Assoc 22:209-212",
            Method::WeightedWilsonDesign => {
                "Woodruff RS (1971), J Am Stat Assoc 66:411-414; Wilson EB (1927), J Am Stat Assoc 22:209-212"
            }
            Method::Byar => "Breslow NE, Day NE (1987), Statistical Methods in Cancer Research, volume II",
            Method::ExactPoisson => "Garwood F (1936), Biometrika 28:437-442",
            Method::Dobson => "Dobson AJ, Kuulasmaa K, Eberle E, Scherer J (1991), Stat Med 10:457-462",
            Method::StudentT => "Student (1908), Biometrika 6:1-25",
            Method::OrderStatistics => "Conover WJ (1999), Practical Nonparametric Statistics, section 3.2",
            Method::Newcombe10 => "Newcombe RG (1998), Stat Med 17:873-890, method 10",
            Method::Newcombe11 => "Newcombe RG (1998), Stat Med 17:873-890, method 11",
            Method::Bootstrap => "Efron B, Tibshirani RJ (1993), An Introduction to the Bootstrap, chapter 13",
            Method::GapChange => "Zou GY, Donner A (2008), Stat Med 27:1693-1702",
            Method::LogWald => "Rothman KJ, Greenland S, Lash TL (2008), Modern Epidemiology, chapter 14",
            Method::Score => "Gu K, Ng HKT, Tang ML, Schucany WR (2008), Biom J 50:283-298",
            Method::ExactConditional => "Przyborowski J, Wilenski H (1940), Biometrika 31:313-323",
            Method::MoverWilson => "Fagerland MW, Newcombe RG (2013), Stat Med 32:2823-2836",
            Method::FunnelProportion | Method::FunnelRatio | Method::FunnelRate => {
                "Spiegelhalter DJ (2005), Stat Med 24:1185-1202"
            }
            Method::ProcessLimits => "Nelson LS (1982), J Qual Technol 14:172-173",
        }
    }

    /// The value that means "no difference" for a method that tests a difference; `None` for all the others.
    ///
    /// ```
    /// use peelian_core::stats::Method;
    ///
    /// assert_eq!(Method::Newcombe10.no_difference(), Some(0.0));
    /// assert_eq!(Method::LogWald.no_difference(), Some(1.0));
    /// assert_eq!(Method::Wilson.no_difference(), None);
    /// ```
    #[must_use]
    pub const fn no_difference(self) -> Option<f64> {
        match self {
            Method::Newcombe10 | Method::Newcombe11 | Method::GapChange => Some(0.0),
            Method::LogWald | Method::Score | Method::ExactConditional | Method::MoverWilson => Some(1.0),
            Method::Wilson
            | Method::WilsonContinuityCorrected
            | Method::WeightedWilson
            | Method::WeightedWilsonDesign
            | Method::Byar
            | Method::ExactPoisson
            | Method::Dobson
            | Method::StudentT
            | Method::OrderStatistics
            | Method::Bootstrap
            | Method::FunnelProportion
            | Method::FunnelRatio
            | Method::FunnelRate
            | Method::ProcessLimits => None,
        }
    }
}
