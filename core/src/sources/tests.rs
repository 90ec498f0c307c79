//! Every reader against small files with one fault each, and against the publishers' files where they are at hand.

mod published;
mod quirks;
