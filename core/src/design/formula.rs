//! The formula of a design, for people: the handbook of the measures shows it.

/// How a design computes its value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Formula {
    /// The value in symbols: `n / N`.
    pub value: &'static str,
    /// The meaning of each symbol in sentences, and the source of the rule if it is more than arithmetic.
    pub symbols: &'static str,
}
