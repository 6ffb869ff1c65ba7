//! Exported functions that test, in the usual ways.
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr::NonNull;

pub struct Counter {
    hits: u64,
}

#[no_mangle]
pub extern "C" fn length(s: *const c_char) -> usize {
    if s.is_null() {
        return 0;
    }
    unsafe { CStr::from_ptr(s) }.to_bytes().len()
}

#[no_mangle]
pub extern "C" fn hit(c: *mut Counter) {
    if let Some(c) = unsafe { c.as_mut() } {
        c.hits += 1;
    }
}

#[no_mangle]
pub extern "C" fn both(from: *const c_int, to: *mut c_int) -> c_int {
    if from.is_null() || to.is_null() {
        return -1;
    }
    unsafe { *to = *from };
    0
}

#[no_mangle]
pub extern "C" fn asserted(c: *mut Counter) -> u64 {
    assert!(!c.is_null());
    unsafe { (*c).hits }
}

#[no_mangle]
pub extern "C" fn non_null(c: *mut Counter) -> u64 {
    match NonNull::new(c) {
        Some(c) => unsafe { c.as_ref().hits },
        None => 0,
    }
}

#[no_mangle]
pub extern "C" fn compared(c: *mut Counter) -> u64 {
    if c == std::ptr::null_mut() {
        return 0;
    }
    unsafe { (*c).hits }
}

#[no_mangle]
pub extern "C" fn sum(data: *const u8, n: usize) -> u64 {
    let data = if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(data, n) } };
    data.iter().map(|&b| u64::from(b)).sum()
}

fn present<T>(p: *const T) -> bool {
    !p.is_null()
}

#[no_mangle]
pub extern "C" fn by_helper(c: *const Counter) -> u64 {
    if !present(c) {
        return 0;
    }
    unsafe { (*c).hits }
}

#[no_mangle]
pub extern "C" fn reference(c: Option<&mut Counter>) {
    if let Some(c) = c {
        c.hits += 1;
    }
}

// A callback: who registers it chooses the context.
extern "C" fn on_event(ctx: *mut c_void) {
    let c = unsafe { &mut *(ctx as *mut Counter) };
    c.hits += 1;
}

extern "C" {
    fn set_handler(f: extern "C" fn(*mut c_void), ctx: *mut c_void);
}

pub fn start(c: &'static mut Counter) {
    unsafe { set_handler(on_event, c as *mut Counter as *mut c_void) }
}

// No function of C's.
pub fn rust_only(c: *const Counter) -> u64 {
    unsafe { (*c).hits }
}

// The caller has promised it.
/// # Safety
/// `c` is not null.
#[no_mangle]
pub unsafe extern "C" fn promised(c: *const Counter) -> u64 {
    (*c).hits
}
