//! Files of settings: they are read, or refused with their fault.

use std::time::Duration;

use peelian_fuzz::{Bytes, Limits, Mutated, Target};

use super::{Config, Settings};
use crate::limits::SETTINGS;

fn generator() -> Mutated {
    let all: String = SETTINGS.iter().map(|setting| format!("{} = {}\n", setting.name, setting.least + 1)).collect();
    let identity = "require = \"token\"\ntls_certificate = \"a\"\ntls_key = \"b\"\nlisten = \"127.0.0.1:0\"\n";
    let words = [
        "=",
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "\n",
        "-1",
        "1e9",
        "true",
        "18446744073709551616",
        "listen",
        "log_format = \"json\"\n",
    ];
    Mutated::of([all.into_bytes(), identity.as_bytes().to_vec(), b"log = \"info\"\n".to_vec()])
        .with_words(SETTINGS.iter().map(|setting| setting.name))
        .with_words(words)
}

#[test]
fn fuzz_settings() {
    let limits = Limits { memory: 32 << 20, time: Duration::from_secs(2) };
    Target::new("settings", limits).run(peelian_fuzz::check!(), generator(), |text: &Bytes| {
        let text = &*String::from_utf8_lossy(text);
        let read = toml::from_str::<Settings>(text);
        match read.map_err(|error| error.to_string()).and_then(|settings| {
            // A file names no other file.
            Config::from_settings(Settings { config: None, ..settings }).map_err(|error| error.to_string())
        }) {
            Ok(config) => {
                assert!(!config.log.filter.is_empty() || text.contains("log"));
                Target::ACCEPTED.to_owned()
            }
            Err(told) => {
                assert!(!told.is_empty());
                "refused".to_owned()
            }
        }
    });
}
