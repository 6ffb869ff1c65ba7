//! The twins: each memory goes back to where it came from.
use std::ffi::{c_char, c_void, CStr, CString};

extern "C" {
    fn malloc(n: usize) -> *mut c_void;
    fn free(p: *mut c_void);
    fn strdup(s: *const c_char) -> *mut c_char;
    fn sqlite3_mprintf(f: *const c_char) -> *mut c_char;
    fn sqlite3_free(p: *mut c_void);
    fn show(p: *const c_char);
}

pub fn string_taken_back(text: &str) {
    let raw = CString::new(text).unwrap().into_raw();
    unsafe {
        show(raw);
        drop(CString::from_raw(raw));
    }
}

pub fn malloc_freed() {
    unsafe {
        let p = malloc(8) as *mut u64;
        if p.is_null() {
            return;
        }
        *p = 7;
        free(p.cast());
    }
}

pub fn strdup_copied(s: &CStr) -> CString {
    unsafe {
        let p = strdup(s.as_ptr());
        let copy = CStr::from_ptr(p).to_owned();
        free(p.cast());
        copy
    }
}

pub fn sqlite_memory(f: &CStr) {
    unsafe { sqlite3_free(sqlite3_mprintf(f.as_ptr()) as *mut c_void) }
}

// The elements are C's; the vector that holds their addresses is Rust's.
pub fn frees_elements(list: Vec<*mut c_void>) {
    for p in list.iter() {
        unsafe { free(*p) }
    }
}
