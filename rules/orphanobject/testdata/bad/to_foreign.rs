// Given to C, which does not release it, and never taken back.
use std::ffi::{c_char, c_int, c_void, CString};

extern "C" {
    fn parse(text: *const c_char, len: usize) -> c_int;
    fn minimise(f: extern "C" fn(*mut c_void) -> f64, data: *mut c_void) -> c_int;
}

pub fn checked(text: &str) -> Option<c_int> {
    let text = CString::new(text).ok()?;
    let n = text.as_bytes().len();
    Some(unsafe { parse(text.into_raw(), n) }) //~? orphan-object "goes to `parse`"
}

struct Config {
    at: Vec<f64>,
}

extern "C" fn call(data: *mut c_void) -> f64 {
    let c = unsafe { &*(data as *const Config) };
    c.at.iter().sum()
}

pub fn run(at: Vec<f64>) -> c_int {
    let data = Box::into_raw(Box::new(Config { at })) as *mut c_void; //~? orphan-object "goes to `minimise`"
    unsafe { minimise(call, data) }
}
