//! The columns of the files, in their order. Their names and values are those of core's table of observations.

/// A column of the observations.
pub(super) struct Column {
    /// Name, as in core's table.
    pub(super) name: &'static str,
    /// Heading for people.
    pub(super) title: &'static str,
    /// Meaning.
    pub(super) about: &'static str,
    /// What it is in SDMX.
    pub(super) sdmx: Sdmx,
}

/// What a column is in SDMX.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sdmx {
    /// The dimension with this identifier. It has a list of codes.
    Dimension(&'static str),
    /// The measure.
    Value,
    /// An attribute with the column's name in capitals.
    Attribute,
    /// An attribute with the codes of a list of SDMX.
    Coded,
    /// Told by another column, by a list of codes, or by the dimension of time.
    Told,
}

/// Columns that identify an observation.
pub(super) const KEY: [&str; 5] = ["measure", "area", "period", "breakdown", "basis"];

/// Columns of core's table that no file has. A release compares nothing. Components, figures of other agencies and companions
/// are not observations, so no rule protects them.
#[cfg(test)]
pub(super) const LEFT_OUT: [&str; 11] = [
    "change",
    "change_kind",
    "change_against",
    "change_lower",
    "change_upper",
    "change_verdict",
    "comparisons",
    "components",
    "alternatives",
    "companions",
    // The folder has the name of the release.
    "release",
];

/// The dimension and the code of a breakdown are apart here; core's table has them in one column.
pub(super) const DIMENSION: &str = "breakdown_dimension";
/// See [`DIMENSION`].
pub(super) const CODE: &str = "breakdown_code";

/// The value that an earlier release published. Core's table has it among the alternatives.
pub(super) const REVISED_FROM: &str = "revised_from";

const fn column(name: &'static str, title: &'static str, about: &'static str, sdmx: Sdmx) -> Column {
    Column { name, title, about, sdmx }
}

/// Every column.
pub(super) const COLUMNS: &[Column] = &[
    column("measure", "Measure code", "Identifier of the measure, with its variant.", Sdmx::Dimension("MEASURE")),
    column("measure_label", "Measure", "Title of the measure.", Sdmx::Told),
    column("measure_version", "Version of the measure", "Version of the definition.", Sdmx::Attribute),
    column("area", "Area code", "Code of the area.", Sdmx::Dimension("REF_AREA")),
    column("area_label", "Area", "Name of the area.", Sdmx::Told),
    column(
        "period",
        "Period",
        "2017-02 is a month, 2016/17-Q2 a quarter of a financial year, R12-2017-02 the 12 months that end with a month, CY2016 a \
         calendar year, 2016/17 a financial year.",
        Sdmx::Attribute,
    ),
    column("period_kind", "Kind of period", "Kind of the period, in words.", Sdmx::Told),
    column("period_start", "First day", "First day of the period.", Sdmx::Told),
    column("period_end", "Last day", "Last day of the period, which is part of it.", Sdmx::Told),
    column(
        "breakdown",
        "Breakdown",
        "Dimension and code of the breakdown, as dimension=code. Empty for the total.",
        Sdmx::Dimension("BREAKDOWN"),
    ),
    column(DIMENSION, "Breakdown dimension", "Dimension of the breakdown. Empty for the total.", Sdmx::Told),
    column(CODE, "Breakdown code", "Code of the breakdown. Empty for the total.", Sdmx::Told),
    column("breakdown_label", "Breakdown label", "Label of the code. Empty for the total.", Sdmx::Told),
    column(
        "basis",
        "Basis",
        "submitted_figure: an agency computed the figure. computed_from_records: the exchange computed it from records.",
        Sdmx::Dimension("BASIS"),
    ),
    column("synthetic", "Synthetic", "Whether any of the data are made up.", Sdmx::Attribute),
    column(
        "value",
        "Value",
        "The value in the unit of its kind. A proportion lies between 0 and 1. Empty if there is none.",
        Sdmx::Value,
    ),
    column(
        REVISED_FROM,
        "Revised from",
        "The value that the latest earlier release published, if it was another one.",
        Sdmx::Attribute,
    ),
    column("missing", "Reason for no value", "Why there is no value. Empty if there is one.", Sdmx::Attribute),
    column(
        "marker",
        "Shorthand",
        "Shorthand of the Government Statistical Service, separated by spaces. Empty for an ordinary value.",
        Sdmx::Attribute,
    ),
    column("value_kind", "Kind of value", "What the value is: a count, a proportion, a rate.", Sdmx::Attribute),
    column("unit", "Unit", "What is counted.", Sdmx::Attribute),
    column("numerator", "Numerator", "Numerator. Empty if it is not published.", Sdmx::Attribute),
    column(
        "denominator",
        "Denominator",
        "Denominator. Empty if there is none or if it is not published.",
        Sdmx::Attribute,
    ),
    column("lower", "Lower limit", "Lower limit of the interval. Empty if there is no interval.", Sdmx::Attribute),
    column("upper", "Upper limit", "Upper limit of the interval. Empty if there is no interval.", Sdmx::Attribute),
    column("confidence", "Confidence", "Confidence of the interval, as a proportion.", Sdmx::Attribute),
    column("method", "Method of the interval", "Method of the interval.", Sdmx::Attribute),
    column("unweighted_base", "Respondents", "Number of respondents of a survey, without weights.", Sdmx::Attribute),
    column(
        "effective_n",
        "Effective respondents",
        "Effective number of respondents of a weighted survey.",
        Sdmx::Attribute,
    ),
    column("obs_status", "Status", "Letter of SDMX CL_OBS_STATUS.", Sdmx::Coded),
    column("conf_status", "Confidentiality", "Letter of SDMX CL_CONF_STATUS.", Sdmx::Coded),
    column("expected", "Reports expected", "Reports of agencies that were expected for the value.", Sdmx::Attribute),
    column("received", "Reports received", "Reports of these that were received.", Sdmx::Attribute),
    column("sources", "Sources", "Agencies and publications from which the value comes.", Sdmx::Attribute),
    column(
        "caveats",
        "Caveats of the value",
        "What to know of this value in addition to the caveats of its measure, which the metadata have.",
        Sdmx::Attribute,
    ),
    column("breaks", "Breaks of the series", "Breaks of the series within the period.", Sdmx::Attribute),
    column(
        "ledger_position",
        "Ledger position",
        "State of the ledger from which the value is computed.",
        Sdmx::Attribute,
    ),
];
