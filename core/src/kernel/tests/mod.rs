mod counting;
mod repeats;

use std::num::NonZeroUsize;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("a test asks for at least one thread")
}
