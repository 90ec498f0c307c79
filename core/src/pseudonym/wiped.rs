//! Text whose old copies are overwritten.

use zeroize::Zeroizing;

/// Appends a letter. If the text must move to grow, the old buffer is overwritten: a [`String`] that grows by itself leaves a
/// copy in memory.
pub(super) fn push(text: &mut Zeroizing<String>, letter: char) {
    if text.capacity() - text.len() < letter.len_utf8() {
        let mut wider = Zeroizing::new(String::with_capacity((text.capacity() * 2).max(64)));
        wider.push_str(text);
        *text = wider;
    }
    text.push(letter);
}

/// Appends text.
pub(super) fn push_str(text: &mut Zeroizing<String>, more: &str) {
    more.chars().for_each(|letter| push(text, letter));
}
