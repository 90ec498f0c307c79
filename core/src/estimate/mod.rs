//! From counts to a value: what an estimate consists of.

mod component;

pub use component::{Component, ComponentKind};
