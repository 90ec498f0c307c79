//! The check of rooms, on trees that are made up.

use super::{Crate, Language, faults};

const RUST: Crate = Crate {
    folder: "made/up",
    language: Language::Rust,
    rooms: "
        bottom
        middle left
        top
    ",
};

const PYTHON: Crate = Crate {
    folder: "made/up",
    language: Language::Python("package"),
    rooms: "
        _bottom
        middle
        top
    ",
};

/// The faults of the files given, with an empty file for each room that has none.
fn faults_of(checked: &Crate, files: &[(&str, &str)]) -> Vec<String> {
    let ending = checked.language.endings()[0];
    let mut sources: Vec<_> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    for room in checked.rooms.split_whitespace() {
        if !sources.iter().any(|(path, _)| super::room_of(path) == room) {
            sources.push((format!("{room}.{ending}"), String::new()));
        }
    }
    faults(checked, &sources)
}

#[test]
fn downward_imports_are_in_order() {
    let top = "use crate::{bottom, middle::{self, inner::Top}};\nuse crate::left::X;\nuse super::bottom;\n";
    let inner = "use super::other;\nuse super::super::bottom;\nuse crate::middle::other;\nuse crate::left;\n";
    let files = [("lib.rs", "mod top;\npub use top::Top;"), ("top.rs", top), ("middle/inner.rs", inner)];
    assert_eq!(faults_of(&RUST, &files), [""; 0]);
}

#[test]
fn an_upward_import_is_found() {
    let files = [("middle/mod.rs", "\nuse crate::bottom;\nuse crate::top::Top;\n")];
    let fault = "made/up/middle/mod.rs:3: room `middle` imports from room `top`, which is not below it";
    assert_eq!(faults_of(&RUST, &files), [fault]);
}

#[test]
fn a_circle_is_found() {
    let files = [("bottom.rs", "use crate::middle::Middle;"), ("middle.rs", "use crate::bottom::Bottom;")];
    let fault = "made/up/bottom.rs:1: room `bottom` imports from room `middle`, which is not below it";
    assert_eq!(faults_of(&RUST, &files), [fault]);
}

#[test]
fn every_form_of_a_path_is_read() {
    for text in [
        "use crate::{bottom::{A, B}, top};",
        "use crate::{\n    top::Top,\n};",
        "fn f() { crate::top::f() }",
        "fn f<'a>(x: &'a crate::top::T) {}",
        "const QUOTE: char = '\"'; use crate::top;",
        "use super::top::Top;",
        "mod inline { use super::super::top; }",
        "mod inline { } use super::top;",
        "pub(in crate::top) fn f() {}",
        "use crate::Top;",
        "#[cfg(test)]\nmod tests;\nuse crate::top;",
    ] {
        let files = [("lib.rs", "mod top;\npub use top::{Top, Other};"), ("middle.rs", text)];
        assert_eq!(faults_of(&RUST, &files).len(), 1, "{text}");
    }
}

#[test]
fn comments_texts_and_tests_are_left_out() {
    for text in [
        "//! See [`crate::top`].",
        "/* crate::top /* crate::top */ crate::top */",
        "const A: &str = \"crate::top \\\" crate::top\";",
        "const A: &str = r#\"crate::top \" crate::top\"#;",
        "#[cfg(test)]\nmod tests {\n    use crate::top;\n    fn f() {}\n}\n",
        "mod inline { use super::f; }",
        "use other::super_crate::top;",
    ] {
        assert_eq!(faults_of(&RUST, &[("middle.rs", text)]), [""; 0], "{text}");
    }
}

#[test]
fn what_the_root_defines_is_no_room() {
    let files = [("lib.rs", "mod top;\npub struct Core;"), ("top.rs", "use crate::Core;")];
    let fault = "made/up/top.rs:1: room `top` imports `Core`, which no room has";
    assert_eq!(faults_of(&RUST, &files), [fault]);
}

#[test]
fn rooms_and_their_order_name_the_same() {
    let faults = faults_of(&RUST, &[("attic/mod.rs", "")]);
    assert_eq!(faults, ["made/up: room `attic` has no place in the order"]);
    let faults = super::faults(&RUST, &[("top.rs".to_owned(), String::new())]);
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert_eq!(faults[0], "made/up: room `bottom` of the order is not there");
}

#[test]
fn python_imports_are_read() {
    for text in [
        "from . import _bottom, top",
        "from . import (\n    _bottom,\n    top as other,\n)",
        "from .top import Top",
        "import package.top",
        "import os, package.top as top",
        "from package.top.inner import Top",
        "from package import top",
        "def f():\n    from .top import Top",
    ] {
        let faults = faults_of(&PYTHON, &[("middle.py", text)]);
        assert_eq!(faults.len(), 1, "{text}");
        assert!(faults[0].ends_with("room `middle` imports from room `top`, which is not below it"), "{faults:?}");
    }
    for text in [
        "from . import _bottom",
        "import packages.top",
        "from __future__ import annotations",
        "\"\"\"Doc.\n\n    from package import top\n\"\"\"",
        "# from . import top",
    ] {
        assert_eq!(faults_of(&PYTHON, &[("middle.py", text)]), [""; 0], "{text}");
    }
    let upward = "from ..top import Top\nfrom .own import own\nfrom . import own\n";
    let faults = faults_of(&PYTHON, &[("middle/__init__.py", "from .own import own"), ("middle/own.py", upward)]);
    assert_eq!(faults, ["made/up/middle/own.py:1: room `middle` imports from room `top`, which is not below it"]);
    let faults = faults_of(&PYTHON, &[("middle.py", "from . import Name")]);
    assert_eq!(faults, ["made/up/middle.py:1: room `middle` imports `__init__`, which no room has"]);
}
