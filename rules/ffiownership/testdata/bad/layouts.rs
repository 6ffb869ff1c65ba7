//! Memory that is given back with another layout than it was made with.
use std::ffi::{c_char, c_void, CString};
use std::rc::Rc;

pub struct Session {
    pub name: String,
    pub hits: u64,
}

#[repr(C)]
pub struct Handle {
    _private: [u8; 0],
}

#[no_mangle]
pub extern "C" fn session_new() -> *mut Handle {
    Box::into_raw(Box::new(Session { name: String::new(), hits: 0 })) as *mut Handle
}

#[no_mangle]
pub unsafe extern "C" fn session_free(h: *mut Handle) {
    if !h.is_null() {
        drop(Box::from_raw(h)); //~ ffi-ownership "takes back a `Handle`, but it was a `Box<Session>`"
    }
}

#[no_mangle]
pub unsafe extern "C" fn any_free(p: *mut c_void) {
    if !p.is_null() {
        drop(Box::from_raw(p)); //~ ffi-ownership "takes back a `c_void`"
    }
}

#[no_mangle]
pub extern "C" fn version() -> *mut c_char {
    CString::new("1.0").unwrap_or_default().into_raw()
}

#[no_mangle]
pub unsafe extern "C" fn string_free(s: *mut c_char) {
    if !s.is_null() {
        drop(Box::from_raw(s)); //~ ffi-ownership "takes back a `i8`, but it was a `CString`"
    }
}

#[no_mangle]
pub unsafe extern "C" fn string_drop(s: *mut c_char) {
    if !s.is_null() {
        drop(CString::from_raw(s));
    }
}

pub fn counted_as_box() -> Box<u32> {
    let p = Rc::into_raw(Rc::new(5u32));
    unsafe { Box::from_raw(p as *mut u32) } //~ ffi-ownership "but it was a `Rc`"
}

pub fn narrow() {
    let p = Box::into_raw(Box::new(5u64));
    unsafe { drop(Box::from_raw(p as *mut u8)) } //~ ffi-ownership "takes back a `u8`, but it was a `Box<u64>`"
}

#[no_mangle]
pub extern "C" fn numbers(len: *mut usize) -> *mut u16 {
    let mut v: Vec<u16> = (0..100).collect();
    let p = v.as_mut_ptr();
    if !len.is_null() {
        unsafe { *len = v.len() };
    }
    std::mem::forget(v);
    p
}

#[no_mangle]
pub unsafe extern "C" fn numbers_free(p: *mut u16, len: usize) {
    if !p.is_null() {
        drop(Vec::from_raw_parts(p, len, len)); //~ ffi-ownership "is told the length for the capacity"
    }
}
