//! Tests every reader with small files with one fault each, and with published files if they are available.

mod published;
mod quirks;
