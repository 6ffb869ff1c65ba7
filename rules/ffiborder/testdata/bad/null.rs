//! Exported functions that trust C not to pass NULL.
use std::ffi::{c_char, c_int, CStr};

pub struct Counter {
    hits: u64,
}

#[no_mangle]
pub extern "C" fn length(s: *const c_char) -> usize {
    unsafe { CStr::from_ptr(s) }.to_bytes().len() //~ ffi-border "goes to `CStr::from_ptr` without a test for null"
}

#[no_mangle]
pub extern "C" fn hit(c: *mut Counter) {
    unsafe { (*c).hits += 1 } //~ ffi-border "is dereferenced without a test for null"
}

#[no_mangle]
pub extern "C" fn borrow(c: *mut std::ffi::c_void) -> u64 {
    let c = unsafe { &mut *(c as *mut Counter) }; //~ ffi-border "is dereferenced without a test for null"
    c.hits
}

#[no_mangle]
pub extern "C" fn sum(data: *const u8, n: usize) -> u64 {
    let data = unsafe { std::slice::from_raw_parts(data, n) }; //~ ffi-border "goes to `slice::from_raw_parts`"
    data.iter().map(|&b| u64::from(b)).sum()
}

#[no_mangle]
pub extern "C" fn release(c: *mut Counter) {
    drop(unsafe { Box::from_raw(c) }); //~ ffi-border "goes to `Box::from_raw`"
}

fn text<'a>(s: *const c_char) -> &'a CStr {
    unsafe { CStr::from_ptr(s) }
}

#[no_mangle]
pub extern "C" fn through_helper(s: *const c_char) -> c_int {
    text(s).to_bytes().len() as c_int //~ ffi-border "goes to `text`"
}

// The test comes too late.
#[no_mangle]
pub extern "C" fn late(out: *mut c_int, c: *mut Counter) -> c_int {
    unsafe {
        *out = 1; //~ ffi-border "is dereferenced"
        if out.is_null() || c.is_null() {
            return -1;
        }
        0
    }
}

// The other pointer was tested.
#[no_mangle]
pub extern "C" fn copy(from: *const c_int, to: *mut c_int) -> c_int {
    if from.is_null() {
        return -1;
    }
    unsafe { *to = *from }; //~ ffi-border "is dereferenced"
    0
}
