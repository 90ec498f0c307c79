//! The Python package's compiled part, `peelian._peelian`.
//!
//! It is private: users import `python/peelian`, which has the types and the documentation. This part converts values and
//! releases the GIL. The core computes and checks. The client of the contract sends.

mod arguments;
mod catalogue;
mod client;
mod content;
mod disclosure;
mod errors;
mod files;
mod local;
mod messages;
mod partial;
mod pseudonym;
mod query;
mod releases;
mod reports;
mod rows;
mod seeded;
mod stats;
mod table;
mod text;
mod text_file;

use pyo3::prelude::*;

#[pymodule]
mod _peelian {
    #[pymodule_export]
    use super::catalogue::{agencies, areas, code_lists, csv_header, datasets, measures, period_days, profiles};
    #[pymodule_export]
    use super::client::{Call, Connection, Watch, connect};
    #[pymodule_export]
    use super::disclosure::{audit_table, protect_table};
    #[pymodule_export]
    use super::files::{draft_mapping, fields_of, file_rows, template_workbook};
    #[pymodule_export]
    use super::local::{Local, check, compute, load, needed};
    #[pymodule_export]
    use super::partial::Plan;
    #[pymodule_export]
    use super::pseudonym::{add_linkage_key, linkage_keys, pseudonymise_csv, pseudonyms};
    #[pymodule_export]
    use super::releases::{client_command, verify_release};
    #[pymodule_export]
    use super::stats::{
        Chart, Compared, Estimate, Estimates, Phase, Trend, compare, composite_index, dsr, effective_sample_size,
        expected, funnel_limits, funnel_position, gap_p_value, holm, isr, mean, median, newcombe, over_dispersion,
        poisson, quantiles, rate, rate_ratio, risk_ratio, spc, trend, wilson,
    };
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::text::{change_text, fraction_text, interval_text, missing_text, value_text};

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python packages use")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
