// The text is lent to C as a pointer, but it was given up for that.
use std::ffi::{c_char, CStr, CString, NulError};

extern "C" {
    fn strlen(s: *const c_char) -> usize;
}

fn width(text: &str) -> Result<usize, NulError> {
    let raw = CString::new(text)?.into_raw(); //~ orphan-object
    Ok(unsafe { strlen(raw) })
}

fn upper(text: &str) -> String {
    let raw = CString::new(text).unwrap_or_default().into_raw(); //~ orphan-object
    let out = unsafe { CStr::from_ptr(raw) }.to_string_lossy().to_uppercase();
    out
}

fn main() {
    println!("{:?} {}", width("four"), upper("abc"));
}
