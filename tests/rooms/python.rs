//! The imports of Python code.

use super::{Import, Source, room_of, without_texts};

/// The first names of all modules of the package that a file imports.
pub(super) fn imports(path: &str, text: &str, package: &str, sources: &[Source]) -> Vec<Import> {
    let is_module = |name: &str| sources.iter().any(|(path, _)| room_of(path) == name);
    let depth = path.split('/').count();
    let code = without_texts(text, |rest, _| hidden(rest));
    let mut found = Vec::new();
    let mut at = 0;
    for (number, line) in code.lines().enumerate() {
        let start = at;
        at += line.len() + 1;
        let mut words = line.trim_start().splitn(2, ' ');
        let (keyword, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim_start());
        let names = match keyword {
            "import" => rest.split(',').filter_map(|module| below(module, package)).map(first).collect(),
            // The names in brackets may stand on the next lines.
            "from" => from(&code[start..], rest, (package, depth), is_module),
            _ => Vec::new(),
        };
        found.extend(names.into_iter().map(|name| Import { line: number + 1, name }));
    }
    found
}

/// The names that `from MODULE import NAMES` imports from the root of the package.
fn from(code: &str, rest: &str, (package, depth): (&str, usize), is_module: impl Fn(&str) -> bool) -> Vec<String> {
    let module = rest.split(' ').next().unwrap_or_default();
    let dots = module.len() - module.trim_start_matches('.').len();
    let path = match (dots, below(module, package)) {
        (0, Some(path)) => path,
        (0, None) => return Vec::new(),
        // Fewer dots stay inside a folder of the package.
        (dots, _) if dots < depth => return Vec::new(),
        (dots, _) => &module[dots..],
    };
    if !path.is_empty() {
        return vec![first(path)];
    }
    // The names are modules, or names of the root file.
    let names = code.split_once("import").map(|(_, names)| names.trim_start()).unwrap_or_default();
    let names = match names.strip_prefix('(') {
        Some(names) => names.split(')').next(),
        None => names.lines().next(),
    };
    let names = names.unwrap_or_default().split(',').filter_map(|name| name.split_whitespace().next());
    names.map(|name| if is_module(name) { name.to_owned() } else { "__init__".to_owned() }).collect()
}

/// The part of a module's name below the package; `None` if it is not in the package.
fn below<'a>(module: &'a str, package: &str) -> Option<&'a str> {
    let rest = module.trim().strip_prefix(package)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('.') }
}

fn first(path: &str) -> String {
    match path.split(['.', ' ']).next() {
        None | Some("") => "__init__".to_owned(),
        Some(name) => name.to_owned(),
    }
}

/// The length of the comment or text that begins here; 0 if none does.
fn hidden(rest: &str) -> usize {
    match rest.chars().next() {
        Some('#') => rest.find('\n').unwrap_or(rest.len()),
        Some(quote @ ('"' | '\'')) => quoted(rest, quote),
        _ => 0,
    }
}

/// The length of a text between one quote, or three.
fn quoted(rest: &str, quote: char) -> usize {
    let three = quote.to_string().repeat(3);
    let end = if rest.starts_with(&three) { three } else { quote.to_string() };
    let mut at = end.len();
    while at < rest.len() {
        let tail = &rest[at..];
        if tail.starts_with(&end) {
            return at + end.len();
        }
        let skipped = if tail.starts_with('\\') { 2 } else { 1 };
        at += tail.chars().take(skipped).map(char::len_utf8).sum::<usize>();
    }
    rest.len()
}
