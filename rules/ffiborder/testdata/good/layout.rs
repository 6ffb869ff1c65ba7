//! Structs that C reads, with C's layout; and what it does not read.
use std::ffi::{c_int, c_void};
use std::mem::size_of;

extern "C" {
    fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, len: u32) -> c_int;
    fn with_context(f: extern "C" fn(*const c_void), ctx: *const c_void);
}

#[repr(C)]
pub struct Linger {
    pub on: c_int,
    pub seconds: c_int,
}

pub struct Context {
    pub name: String,
    pub hits: u8,
}

extern "C" fn show(ctx: *const c_void) {
    let c = unsafe { &*(ctx as *const Context) };
    let _ = (c.name.len(), c.hits);
}

pub fn linger(fd: c_int, l: &Linger) -> c_int {
    unsafe { setsockopt(fd, 1, 13, l as *const Linger as *const c_void, size_of::<Linger>() as u32) }
}

pub fn number(fd: c_int, n: c_int) -> c_int {
    unsafe { setsockopt(fd, 1, 7, &n as *const c_int as *const c_void, size_of::<c_int>() as u32) }
}

pub fn context(c: &Context) {
    unsafe { with_context(show, c as *const Context as *const c_void) }
}
