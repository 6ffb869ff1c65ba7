//! Structs that C reads, with a layout of Rust's.
use std::ffi::{c_int, c_void};
use std::mem::size_of;

extern "C" {
    fn setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, len: u32) -> c_int;
}

pub struct Linger {
    pub on: u8,
    pub seconds: c_int,
}

pub fn linger(fd: c_int, l: &Linger) -> c_int {
    unsafe {
        setsockopt(fd, 1, 13, l as *const Linger as *const c_void, size_of::<Linger>() as u32) //~ ffi-border "C is given the bytes of `Linger`"
    }
}
