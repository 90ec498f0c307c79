//! Which library this is.

use std::ffi::{CStr, c_char};

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL in it"),
};

/// The version of the library, as text: "0.1.0". It belongs to the library: never free it.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of the binary interface. It changes when a program compiled against an older header would go wrong.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_abi_version() -> u32 {
    0
}
