//! Files of policies: they are read, or refused with the line of their fault.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use peelian_core::Core;
use peelian_fuzz::{Bytes, Limits, Mutated, Target};

use super::file::{PolicyFile, files};
use super::rules::Rules;
use super::world::World;

/// An agreement of one kind of agency, and the rules on roles.
const NAME: &str = "boroughs";

fn generator() -> Mutated {
    let seeds = peelian_seeds::policies().into_iter().map(|file| file.text.into_owned().into_bytes());
    Mutated::of(seeds).with_words([
        "permit (",
        "forbid (",
        "principal",
        "action",
        "resource",
        "context",
        " in ",
        " == ",
        " is ",
        " has ",
        " like \"*\"",
        "when {",
        "unless {",
        "};",
        ");",
        "@id(\"a\")",
        "@start(\"2025-04-01\")",
        "@expiry(\"9999-12-31\")",
        "@parties(\"borough\")",
        "Kind::\"borough\"",
        "Agency::\"mps\"",
        "Area::\"E09000028\"",
        "Agency::\"nobody\"",
        "?principal",
        "if true then ",
        " else ",
        " && ",
        " || ",
        "!",
        "((((((((",
        "!!!!!!!!",
        "[[[[[[[[",
        "{a:{a:{a:",
        ".contains(",
        "9223372036854775808",
        "\\u{0}",
        "ip(\"1.1.1.1\")",
        "decimal(\"1.0\")",
        "//",
        "\n",
    ])
}

#[test]
fn fuzz_policies() {
    let core = Arc::new(Core::from_seeds().unwrap());
    let world = AssertUnwindSafe(Arc::new(World::new(&core, &peelian_seeds::policy_schema().text).unwrap()));
    let roles = files(None).unwrap().into_iter().find(|file| file.id == "roles").unwrap();
    let limits = Limits { memory: 128 << 20, time: Duration::from_secs(10) };
    Target::new("policies", limits).run(peelian_fuzz::check!(), generator(), |text: &Bytes| {
        let text = &*String::from_utf8_lossy(text);
        let path = format!("{NAME}.cedar");
        let file = PolicyFile { id: NAME.to_owned(), path: path.clone(), text: text.to_owned() };
        match Rules::of_files(&world, vec![file, roles.clone()]) {
            Ok(rules) => {
                assert!(rules.agreements.len() <= 1);
                Target::ACCEPTED.to_owned()
            }
            Err(fault) => {
                assert!(fault.file == path || fault.file.contains("roles"), "{fault}");
                assert!((1..=text.split('\n').count()).contains(&fault.line) && !fault.reason.is_empty(), "{fault}");
                "refused".to_owned()
            }
        }
    });
}
