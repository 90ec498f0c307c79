//! Checks that every seed file is UTF-8, and rebuilds the crate when a folder gains or loses a file.

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    for folder in ["agencies", "areas", "codes", "figures", "measures", "policies", "profiles"] {
        println!("cargo:rerun-if-changed={folder}");
        check(Path::new(folder))?;
    }
    Ok(())
}

fn check(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            check(&path)?;
        } else if let Err(error) = fs::read_to_string(&path) {
            return Err(io::Error::new(error.kind(), format!("seeds/{}: {error}", path.display())));
        }
    }
    Ok(())
}
