//! What C made and Rust takes for its own.
use std::ffi::{c_char, CString};

extern "C" {
    fn proof_new() -> *mut c_char;
}

pub fn proof() -> String {
    let s = unsafe { CString::from_raw(proof_new()) }; //~ ffi-ownership "memory that comes from C becomes a `CString`"
    s.into_string().unwrap()
}

#[no_mangle]
pub unsafe extern "C" fn print(text: *mut c_char) {
    if text.is_null() {
        return;
    }
    let s = CString::from_raw(text); //~ ffi-ownership "memory that comes from C becomes a `CString`"
    println!("{:?}", s);
}

#[no_mangle]
pub unsafe extern "C" fn sum(data: *mut u8, len: usize) -> u64 {
    if data.is_null() {
        return 0;
    }
    let v = Vec::from_raw_parts(data, len, len); //~ ffi-ownership "memory that comes from C becomes a `Vec`"
    v.iter().map(|&b| u64::from(b)).sum()
}
