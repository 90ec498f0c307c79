//! The rules of special causes. Each takes the points of one phase.

/// The number of points of a trend, or of a shift.
const SEVEN: usize = 7;

/// Whether each point is outside the limits. A point on a limit is within.
pub(super) fn outside(values: &[f64], lower: f64, upper: f64) -> Vec<bool> {
    values.iter().map(|value| *value < lower || *value > upper).collect()
}

/// The direction (1 or -1) of the trend of seven points that each point belongs to; 0 for none.
pub(super) fn trend(values: &[f64]) -> Vec<i8> {
    let mut found = vec![0; values.len()];
    for (start, seven) in values.windows(SEVEN).enumerate() {
        let steps = || seven.iter().zip(seven.iter().skip(1));
        let direction = i8::from(steps().all(|(a, b)| b > a)) - i8::from(steps().all(|(a, b)| b < a));
        mark(&mut found, start, direction);
    }
    found
}

/// Whether each point is one of seven on one side of the mean. `sides` are 1, 0 or -1.
pub(super) fn shift(sides: &[i8]) -> Vec<bool> {
    let mut found = vec![0; sides.len()];
    for (start, seven) in sides.windows(SEVEN).enumerate() {
        if seven.iter().all(|side| *side == seven[0]) {
            mark(&mut found, start, seven[0]);
        }
    }
    found.into_iter().map(|side| side != 0).collect()
}

/// Gives seven points the direction, if there is one.
fn mark(found: &mut [i8], start: usize, direction: i8) {
    if direction != 0 {
        found.iter_mut().skip(start).take(SEVEN).for_each(|point| *point = direction);
    }
}

/// Whether each point is one of three consecutive points on one side of the mean, of which at least two are close to the limit.
pub(super) fn two_of_three(close: &[bool], sides: &[i8]) -> Vec<bool> {
    let mut found = vec![false; close.len()];
    for (start, (close, sides)) in close.windows(3).zip(sides.windows(3)).enumerate() {
        let near = close.iter().filter(|close| **close).count();
        let one_side = sides.iter().sum::<i8>().abs() == 3;
        if near >= 2 && one_side {
            found.iter_mut().skip(start).take(3).for_each(|point| *point = true);
        }
    }
    found
}
