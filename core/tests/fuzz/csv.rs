//! Tables of text.

use std::time::Duration;

use peelian_core::intake::outgoing;
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below};

use crate::samples::{datasets, files, intake, mode, told, words};

/// A file, and how it arrives.
#[derive(Clone, Debug)]
struct File {
    dataset: usize,
    mode: usize,
    /// Bytes of each chunk.
    chunk: usize,
    bytes: Bytes,
}

/// Files of each dataset: whole ones, and rows below a heading that stays as it is.
struct Files(Vec<(Mutated, String, Mutated)>);

impl ValueGenerator for Files {
    type Output = File;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<File> {
        let dataset = below(driver, self.0.len())?;
        let (mode, chunk) = (below(driver, 3)?, 1 + below(driver, 100)?);
        let (whole, heading, rows) = &self.0[dataset];
        let bytes = if below(driver, 4)? == 0 {
            whole.generate(driver)?
        } else {
            Bytes([heading.as_bytes(), &rows.generate(driver)?].concat())
        };
        Some(File { dataset, mode, chunk, bytes })
    }
}

fn seeds() -> Files {
    Files(
        datasets()
            .iter()
            .map(|dataset| {
                let mut seeds: Vec<Vec<u8>> = files(dataset).into_iter().map(String::into_bytes).collect();
                let first = files(dataset).remove(0);
                seeds.push(first.replace(',', ";").into_bytes());
                seeds.push(first.encode_utf16().flat_map(u16::to_le_bytes).collect());
                let (heading, _) = first.split_once('\n').unwrap();
                let of_heading = files(dataset).into_iter().filter_map(|file| {
                    let (other, rows) = file.split_once('\n')?;
                    (other == heading).then(|| rows.as_bytes().to_vec())
                });
                let rows = Mutated::of(of_heading).with_words(words(dataset));
                (Mutated::of(seeds).with_words(words(dataset)), format!("{heading}\n"), rows)
            })
            .collect(),
    )
}

/// However a file is cut, its outcome is the same.
#[test]
fn fuzz_csv() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(2) };
    Target::new("csv", limits).run(peelian_fuzz::check!(), seeds(), |file: &File| {
        let dataset = &datasets()[file.dataset];
        let whole = told(intake(dataset, mode(file.mode)), |intake| intake.push_csv(&file.bytes));
        let cut = told(intake(dataset, mode(file.mode)), |intake| {
            file.bytes.chunks(file.chunk).try_for_each(|chunk| intake.push_csv(chunk))
        });
        if !file.bytes.is_empty() {
            assert_eq!(whole, cut);
        }
        if let Err(error) = outgoing::csv(dataset, &file.bytes) {
            assert!(!error.known().code.is_empty());
        }
        whole.outcome()
    });
}
