//! Surveys.
