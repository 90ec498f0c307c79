//! Figures that agencies computed and submitted, and their roll-ups.

mod figures;
mod roll_up;

pub(crate) use figures::{Figures, breakdown_text};
pub(crate) use roll_up::{Other, Stated, alternatives, figures_used, is_suppressed, submitted};
