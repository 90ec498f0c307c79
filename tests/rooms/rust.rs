//! The imports of Rust code.

use super::{Import, without_texts};

/// The first names of all paths that lead from a file to the root: the root of its crate, or the module with a name.
pub(super) fn imports(path: &str, text: &str, module: &str) -> Vec<Import> {
    let code = code(text);
    let depth = depth(path);
    let mut found = Vec::new();
    let mut inline = Inline::default();
    for (at, token) in tokens(&code) {
        inline.read(token);
        let rest = &code[at + token.len()..];
        let after_path = code[..at].trim_end().ends_with("::");
        let path = match token {
            "crate" if !after_path => rest.trim_start().strip_prefix("::").and_then(|path| match module {
                "" => Some(path),
                module => path.strip_prefix(module)?.strip_prefix("::"),
            }),
            "super" if !after_path => above(rest, depth + inline.modules()),
            _ => None,
        };
        let Some(path) = path else { continue };
        let line = 1 + code[..at].matches('\n').count();
        found.extend(first_names(path).into_iter().map(|name| Import { line, name }));
    }
    found
}

/// The names that a root file exports from its modules, and the module of each.
pub(super) fn reexports(text: &str) -> Vec<(String, String)> {
    let code = code(text);
    let mut found = Vec::new();
    for statement in code.split(';') {
        let Some((_, tree)) = statement.rsplit_once("use ").filter(|(before, _)| !before.trim_end().ends_with("::"))
        else {
            continue;
        };
        // In a module inside the root file, `super` is the root.
        let tree =
            tree.trim().trim_start_matches("self::").trim_start_matches("super::").trim_start_matches("crate::");
        let Some((module, _)) = tree.split_once("::") else { continue };
        for (name, _) in tokens(tree).map(|(at, token)| (token, at)) {
            found.push((name.to_owned(), module.to_owned()));
        }
    }
    found
}

/// How many modules a file is below the root.
fn depth(path: &str) -> usize {
    let parts = path.split('/').count();
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// What follows the `super::` parts of a path when they lead to the root from a module so deep; the first `super` has been
/// read.
fn above(rest: &str, depth: usize) -> Option<&str> {
    let mut rest = rest.trim_start().strip_prefix("::")?.trim_start();
    let mut levels = 1;
    while let Some(next) = rest.strip_prefix("super").map(str::trim_start).and_then(|next| next.strip_prefix("::")) {
        (rest, levels) = (next.trim_start(), levels + 1);
    }
    (levels == depth).then_some(rest)
}

/// The first name of a path, or the first names of all paths in braces.
fn first_names(path: &str) -> Vec<String> {
    let path = path.trim_start();
    let Some(inside) = path.strip_prefix('{') else {
        return tokens(path).next().filter(|(at, _)| *at == 0).map(|(_, name)| name.to_owned()).into_iter().collect();
    };
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.extend(first_names(&inside[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => (),
        }
    }
    names
}

/// The modules inside a file that are open at a place of it.
#[derive(Default)]
struct Inline {
    braces: usize,
    /// The number of open braces outside each.
    opened: Vec<usize>,
    /// The last tokens: `mod` and the name of a module.
    last: [String; 2],
}

impl Inline {
    fn modules(&self) -> usize {
        self.opened.len()
    }

    fn read(&mut self, token: &str) {
        match token {
            "{" => {
                if self.last[0] == "mod" {
                    self.opened.push(self.braces);
                }
                self.braces += 1;
            }
            "}" => {
                self.braces = self.braces.saturating_sub(1);
                if self.opened.last() == Some(&self.braces) {
                    self.opened.pop();
                }
            }
            _ => (),
        }
        self.last.swap(0, 1);
        token.clone_into(&mut self.last[1]);
    }
}

/// The words and the braces and semicolons of code, with their places.
fn tokens(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = &code[at..];
            let letter = rest.chars().next()?;
            let start = at;
            if is_word(letter) {
                at += rest.find(|next| !is_word(next)).unwrap_or(rest.len());
                return Some((start, &code[start..at]));
            }
            at += letter.len_utf8();
            if "{};".contains(letter) {
                return Some((start, &code[start..at]));
            }
        }
    })
}

/// The code of a file: comments, texts and what only tests compile become spaces, so that lines keep their numbers.
fn code(text: &str) -> String {
    let mut code = without_texts(text, hidden);
    while let Some(start) = code.find("#[cfg(test)]") {
        let end = start + item_end(&code[start..]);
        let blank: String = code[start..end].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect();
        code.replace_range(start..end, &blank);
    }
    code
}

/// The length of the first item of some code: up to its semicolon, or its closing brace.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens(code) {
        match token {
            "{" => depth += 1,
            "}" if depth <= 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => (),
        }
    }
    code.len()
}

/// The length of the comment, text or letter that begins here; 0 if none does.
fn hidden(rest: &str, before: Option<char>) -> usize {
    let in_word = before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    let raw = rest.trim_start_matches(['b', 'c']).strip_prefix('r').filter(|_| !in_word);
    if let Some(raw) = raw {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        if raw[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = rest.len() - raw.len() + hashes + 1;
            return rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len());
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    // A quote begins a letter if it is closed: otherwise it begins a lifetime.
    let mut letters = rest.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some('\''), Some('\\'), _) | (Some('\''), Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 0,
    }
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if tail.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of what stands between quotes, with them.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => (),
        }
    }
    rest.len()
}
