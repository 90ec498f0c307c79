//! The version of the library.

use std::ffi::{CStr, c_char};

/// The version of the binary interface that this header describes. Compare it with peelian_abi_version(): if the two
/// differ, the program was compiled against another library than the one that is loaded.
pub const ABI_VERSION: u32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL in it"),
};

/// The version of the library that is loaded, "0.1.0"; PEELIAN_VERSION is the version of the header. The text belongs to
/// the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of the binary interface of the library that is loaded. It changes when a program that was compiled
/// against an older header would go wrong. It does not change when functions are added, or members at the end of a view.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_abi_version() -> u32 {
    ABI_VERSION
}
