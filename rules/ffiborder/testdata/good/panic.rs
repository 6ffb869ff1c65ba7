//! Panics that stay inside.
use std::ffi::{c_char, c_int, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};

extern "C" fn trampoline<F: FnMut(c_int)>(ctx: *mut c_void, n: c_int) -> c_int {
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let f = unsafe { &mut *(ctx as *mut F) };
        f(n);
    }));
    caught.is_err() as c_int
}

extern "C" fn counts(ctx: *mut c_void) {
    let n = unsafe { &mut *(ctx as *mut u64) };
    *n = n.wrapping_add(1);
}

#[no_mangle]
pub extern "C" fn greet(name: *const c_char) -> usize {
    if name.is_null() {
        return 0;
    }
    match unsafe { CStr::from_ptr(name) }.to_str() {
        Ok(name) => name.len(),
        Err(_) => 0,
    }
}

extern "C" {
    fn walk_all(f: extern "C" fn(*mut c_void, c_int) -> c_int, ctx: *mut c_void);
    fn walk(f: extern "C" fn(*mut c_void), ctx: *mut c_void);
}

// What C calls back is C's own.
#[no_mangle]
pub extern "C" fn forward(f: Option<extern "C" fn(c_int) -> c_int>, n: c_int) -> c_int {
    match f {
        Some(f) => f(n),
        None => -1,
    }
}

pub fn each<F: FnMut(c_int)>(mut f: F) -> u64 {
    let mut n = 0u64;
    unsafe {
        walk_all(trampoline::<F>, &mut f as *mut F as *mut c_void);
        walk(counts, &mut n as *mut u64 as *mut c_void);
    }
    n
}
