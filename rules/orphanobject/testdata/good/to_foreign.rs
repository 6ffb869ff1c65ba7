// Given to C and taken back afterwards, in the function or elsewhere.
use std::ffi::{c_char, c_int, c_void, CString};

extern "C" {
    fn parse(text: *const c_char, len: usize) -> c_int;
    fn register(f: extern "C" fn(*mut c_void), data: *const Config);
}

pub fn checked(text: &str) -> Option<c_int> {
    let text = CString::new(text).ok()?;
    let n = text.as_bytes().len();
    let raw = text.into_raw();
    let out = unsafe { parse(raw, n) };
    drop(unsafe { CString::from_raw(raw) });
    Some(out)
}

pub struct Config {
    pub at: Vec<f64>,
}

extern "C" fn finish(data: *mut c_void) {
    drop(unsafe { Box::from_raw(data as *mut Config) });
}

pub fn run(at: Vec<f64>) {
    let data = Box::into_raw(Box::new(Config { at }));
    unsafe { register(finish, data) }
}
