//! The C library, loaded while the program runs.

use std::error::Error;
use std::ffi::{CString, c_char, c_int, c_void};
use std::mem::transmute;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr::{null, null_mut};

use arrow::array::{RecordBatch, RecordBatchIterator};
use arrow::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};

unsafe extern "C" {
    fn dlopen(file: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}

const RTLD_NOW: c_int = 2;

/// peelian_estimate.
#[repr(C)]
#[derive(Clone, Copy)]
struct Estimate {
    value: f64,
    lower: f64,
    upper: f64,
    confidence: f64,
    method: *const c_char,
}

type Handle = *mut c_void;
type Wilson = unsafe extern "C" fn(f64, f64, f64, *mut Estimate, *mut Handle) -> c_int;

/// The library.
pub(crate) struct Library {
    library: *mut c_void,
    wilson: Wilson,
}

impl Library {
    /// Loads it.
    pub(crate) fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let file = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: a text that ends with NUL.
        let library = unsafe { dlopen(file.as_ptr(), RTLD_NOW) };
        if library.is_null() {
            return Err(format!("{} cannot be loaded", path.display()).into());
        }
        // SAFETY: the header declares it so.
        let wilson = unsafe { transmute::<*mut c_void, Wilson>(symbol(library, "peelian_wilson")) };
        Ok(Self { library, wilson })
    }

    /// The lower limit of Wilson's interval.
    pub(crate) fn wilson(&self, numerator: f64, denominator: f64, confidence: f64) -> f64 {
        let mut out = Estimate { value: 0.0, lower: 0.0, upper: 0.0, confidence: 0.0, method: null() };
        // SAFETY: `out` is a local variable, and NULL is allowed.
        unsafe { (self.wilson)(numerator, denominator, confidence, &raw mut out, null_mut()) };
        out.lower
    }

    /// Knife crime by borough and month from a table: in through the C stream interface, and out through it. With
    /// `alone`, only what this query needs is read.
    pub(crate) fn compute(&self, table: &RecordBatch, alone: bool) -> Result<RecordBatch, Box<dyn Error>> {
        let rows = RecordBatchIterator::new([Ok(table.clone())], table.schema());
        let mut stream = FFI_ArrowArrayStream::new(Box::new(rows));
        let mut answer = FFI_ArrowArrayStream::empty();
        // SAFETY: the functions are called as the header declares them, and every object is freed once.
        unsafe {
            let (records, local, query, result) = (null_mut(), null_mut(), null_mut(), null_mut());
            let (mut records, mut local, mut query, mut result): (Handle, Handle, Handle, Handle) =
                (records, local, query, result);
            self.call("peelian_records_from_arrow_stream", |call: Four| {
                call(
                    c"crime".as_ptr().cast_mut().cast(),
                    (&raw mut stream).cast(),
                    (&raw mut records).cast(),
                    null_mut(),
                )
            });
            self.call("peelian_query_new", |call: Two| call((&raw mut query).cast(), null_mut()));
            let parts = [
                ("peelian_query_add_measure", c"knife-crime-offences"),
                ("peelian_query_add_area", c"borough"),
                ("peelian_query_add_period", c"2014-01..2016-12"),
            ];
            for (name, text) in parts {
                self.call(name, |call: Three| call(query, text.as_ptr().cast_mut().cast(), null_mut()));
            }
            if alone {
                self.call("peelian_compute", |call: Compute| {
                    call(query, &raw const records, 1, 0, &raw mut result, null_mut(), null_mut())
                });
            } else {
                self.call("peelian_local_new", |call: New| call(0, &raw mut local, null_mut()));
                self.call("peelian_local_add", |call: Four| call(local, records, null_mut(), null_mut()));
                self.call("peelian_local_query", |call: Four| {
                    call(local, query, (&raw mut result).cast(), null_mut())
                });
            }
            let out = (&raw mut answer).cast();
            self.call("peelian_result_to_arrow_stream", |call: Three| call(result, out, null_mut()));
            for (name, handle) in [
                ("peelian_result_free", result),
                ("peelian_query_free", query),
                ("peelian_local_free", local),
                ("peelian_records_free", records),
            ] {
                transmute::<*mut c_void, unsafe extern "C" fn(Handle)>(symbol(self.library, name))(handle);
            }
        }
        let mut answer = ArrowArrayStreamReader::try_new(answer)?;
        Ok(answer.next().ok_or("no table")??)
    }

    /// Calls a function that must succeed.
    ///
    /// # Safety
    ///
    /// `F` is the type of the function.
    unsafe fn call<F: Copy>(&self, name: &str, call: impl FnOnce(F) -> c_int) {
        let function = symbol(self.library, name);
        assert_eq!(size_of::<F>(), size_of_val(&function));
        // SAFETY: this function's contract.
        let status = call(unsafe { std::mem::transmute_copy::<*mut c_void, F>(&function) });
        assert_eq!(status, 0, "{name}");
    }
}

type New = unsafe extern "C" fn(u32, *mut Handle, *mut Handle) -> c_int;
type Compute =
    unsafe extern "C" fn(Handle, *const Handle, usize, u32, *mut Handle, *mut Handle, *mut Handle) -> c_int;
type Two = unsafe extern "C" fn(Handle, *mut Handle) -> c_int;
type Three = unsafe extern "C" fn(Handle, Handle, *mut Handle) -> c_int;
type Four = unsafe extern "C" fn(Handle, Handle, Handle, *mut Handle) -> c_int;

fn symbol(library: *mut c_void, name: &str) -> *mut c_void {
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: the library is loaded, and the name ends with NUL.
    let found = unsafe { dlsym(library, name.as_ptr()) };
    assert!(!found.is_null(), "the library has no {name:?}");
    found
}
