//! The twins: what is given up comes back as what it was.
use std::ffi::{c_char, c_void, CString};

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
        drop(Box::from_raw(h as *mut Session));
    }
}

#[no_mangle]
pub unsafe extern "C" fn any_free(p: *mut c_void) {
    if !p.is_null() {
        drop(Box::from_raw(p.cast::<Session>()));
    }
}

#[no_mangle]
pub extern "C" fn version() -> *mut c_char {
    CString::new("1.0").unwrap_or_default().into_raw()
}

#[no_mangle]
pub unsafe extern "C" fn string_free(s: *mut c_char) {
    if !s.is_null() {
        drop(CString::from_raw(s));
    }
}

// A boxed slice has no spare room: its length is its capacity.
#[no_mangle]
pub extern "C" fn numbers(len: *mut usize) -> *mut u16 {
    let v: Box<[u16]> = (0..100).collect::<Vec<u16>>().into_boxed_slice();
    if !len.is_null() {
        unsafe { *len = v.len() };
    }
    Box::into_raw(v) as *mut u16
}

#[no_mangle]
pub unsafe extern "C" fn numbers_free(p: *mut u16, len: usize) {
    if !p.is_null() {
        drop(Vec::from_raw_parts(p, len, len));
    }
}
