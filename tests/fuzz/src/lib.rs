//! What the fuzz targets share: inputs that are made of real ones, and limits of memory and time for each input.
//!
//! A target is a test whose name begins with `fuzz_`, in the crate whose code it tests. It runs with every `cargo test` for
//! a few hundred inputs, and for longer with `PEELIAN_FUZZ_SECONDS`; `tests/run --only fuzz` does that. The engine is that
//! of bolero for stable Rust: random inputs, which it makes smaller if they fail. It does not follow branches, so a target
//! does not begin with random bytes but with content that is accepted, and changes it.
//!
//! To link this crate is to count the allocations of a program. Only tests depend on it.
//!
//! ```
//! use std::time::Duration;
//!
//! use peelian_fuzz::{Limits, Mutated, Target};
//!
//! fn fuzz_numbers() {
//!     let limits = Limits { memory: 1 << 20, time: Duration::from_secs(1) };
//!     let numbers = Mutated::of([b"12".to_vec(), b"-3".to_vec()]);
//!     Target::new("numbers", limits).run(bolero::check!(), numbers, |bytes| {
//!         match std::str::from_utf8(bytes).map(str::parse::<i8>) {
//!             Ok(Ok(_)) => Target::ACCEPTED.to_owned(),
//!             _ => "no number".to_owned(),
//!         }
//!     });
//! }
//! fuzz_numbers();
//! ```

mod allocator;
mod mutated;
mod target;

pub use bolero::{Driver, ValueGenerator, check};
pub use mutated::{Bytes, Mutated, below, one_of};
pub use target::{Limits, Target};
