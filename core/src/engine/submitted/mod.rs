//! Figures that agencies computed and submitted, and what they add up to.

mod figures;
mod roll_up;

pub(crate) use figures::{FIGURES, Figure, Figures, breakdown_text};
pub(crate) use roll_up::{Stated, figures_used, submitted};
