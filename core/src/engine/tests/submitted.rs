//! Submitted figures.
