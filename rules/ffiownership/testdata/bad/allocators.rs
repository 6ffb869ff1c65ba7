//! Memory of one allocator that another one releases.
use std::ffi::{c_char, c_void, CStr, CString};

extern "C" {
    fn malloc(n: usize) -> *mut c_void;
    fn free(p: *mut c_void);
    fn strdup(s: *const c_char) -> *mut c_char;
    fn sqlite3_mprintf(f: *const c_char) -> *mut c_char;
}

pub fn string_freed_by_c(text: &str) {
    let raw = CString::new(text).unwrap().into_raw();
    unsafe { free(raw as *mut c_void) } //~ ffi-ownership "memory of Rust's allocator is released by `free`"
}

pub fn box_freed_by_c() {
    let raw = Box::into_raw(Box::new([0u8; 64]));
    unsafe { free(raw.cast()) } //~ ffi-ownership "memory of Rust's allocator is released by `free`"
}

pub fn vector_freed_by_c(mut v: Vec<u32>) {
    let p = v.as_mut_ptr();
    std::mem::forget(v);
    unsafe { free(p as *mut c_void) } //~ ffi-ownership "memory of Rust's allocator is released by `free`"
}

pub fn malloc_in_a_box() -> Box<u64> {
    unsafe {
        let p = malloc(8) as *mut u64;
        if p.is_null() {
            panic!("no memory");
        }
        *p = 7;
        Box::from_raw(p) //~ ffi-ownership "memory of C's malloc is released by `Box::from_raw`"
    }
}

pub fn strdup_in_a_cstring(s: &CStr) -> CString {
    unsafe { CString::from_raw(strdup(s.as_ptr())) } //~ ffi-ownership "memory of C's malloc is released by `CString::from_raw`"
}

fn make() -> *mut u8 {
    unsafe { malloc(16) as *mut u8 }
}

pub fn helper_makes() -> Vec<u8> {
    unsafe { Vec::from_raw_parts(make(), 16, 16) } //~ ffi-ownership "memory of C's malloc is released by `Vec::from_raw_parts`"
}

pub fn sqlite_memory(f: &CStr) {
    unsafe { free(sqlite3_mprintf(f.as_ptr()) as *mut c_void) } //~ ffi-ownership "memory of the allocator of sqlite3 is released by `free`"
}
