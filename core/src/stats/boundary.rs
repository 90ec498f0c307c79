//! The boundary between what a test calls clear and what it does not.

/// Number of halvings of a range down to the last bit that matters.
const HALVINGS: u32 = 64;

/// The clear value next to the boundary. `is_clear` is false at one end of the range and true at the other, and changes once.
pub(super) fn boundary(mut unclear: f64, mut clear: f64, is_clear: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = (unclear + clear) / 2.0;
        if is_clear(middle) { clear = middle } else { unclear = middle }
    }
    clear
}
