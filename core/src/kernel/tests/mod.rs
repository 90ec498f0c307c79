mod counting;
mod repeats;
mod rows;
mod weighted;

use std::num::NonZeroUsize;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a test asks for at least one thread")
}
