//! Elements of XML and HTML.

/// A text between tags or in an attribute. Control characters, which XML does not allow, are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(letter),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            _ => out.push(letter),
        }
    }
    out
}

/// An element with attributes around markup.
pub(super) fn element(name: &str, attributes: &[(&str, &str)], inner: &str) -> String {
    format!("<{name}{}>{inner}</{name}>", written(attributes))
}

/// An element around a text.
pub(super) fn text(name: &str, inner: &str) -> String {
    element(name, &[], &escaped(inner))
}

fn written(attributes: &[(&str, &str)]) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect()
}

#[test]
fn marks_in_texts_do_nothing() {
    assert_eq!(text("p", "<a> & \"b\"\u{1}"), "<p>&lt;a&gt; &amp; &quot;b&quot;</p>");
    assert_eq!(element("a", &[("href", "x\"y")], "z"), "<a href=\"x&quot;y\">z</a>");
}
