//! What C made and Rust only looks at.
use std::ffi::{c_char, CStr};
use std::mem::ManuallyDrop;

extern "C" {
    fn proof_new() -> *mut c_char;
    fn proof_free(s: *mut c_char);
}

pub fn proof() -> String {
    unsafe {
        let raw = proof_new();
        let s = CStr::from_ptr(raw).to_string_lossy().into_owned();
        proof_free(raw);
        s
    }
}

#[no_mangle]
pub unsafe extern "C" fn sum(data: *mut u8, len: usize) -> u64 {
    if data.is_null() {
        return 0;
    }
    std::slice::from_raw_parts(data, len).iter().map(|&b| u64::from(b)).sum()
}

#[no_mangle]
pub unsafe extern "C" fn sum_unowned(data: *mut u8, len: usize) -> u64 {
    if data.is_null() {
        return 0;
    }
    let v = ManuallyDrop::new(Vec::from_raw_parts(data, len, len));
    v.iter().map(|&b| u64::from(b)).sum()
}
