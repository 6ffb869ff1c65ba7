//! The function that gives the string away is not called by name.
use std::ffi::{c_char, CString};
use std::ptr;

#[no_mangle]
pub extern "C" fn text_new(n: u32) -> *mut c_char {
    CString::new(n.to_string()).map(CString::into_raw).unwrap_or(ptr::null_mut())
}

/// # Safety
/// The pointer comes from `text_new`.
#[no_mangle]
pub unsafe extern "C" fn text_free(s: *mut c_char) {
    if !s.is_null() {
        drop(unsafe { CString::from_raw(s) });
    }
}
