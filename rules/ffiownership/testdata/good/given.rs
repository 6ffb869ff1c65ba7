//! What C only borrows, or gives back.
use std::ffi::{c_char, c_void, CString};

extern "C" {
    fn set_title(s: *const c_char);
    fn set_data(p: *mut c_void, drop: extern "C" fn(*mut c_void));
}

pub struct State {
    pub names: Vec<String>,
}

extern "C" fn drop_state(p: *mut c_void) {
    unsafe { drop(Box::from_raw(p as *mut State)) }
}

pub fn title(text: &str) {
    let s = CString::new(text).unwrap();
    unsafe { set_title(s.as_ptr()) }
}

pub fn title_kept(text: &str) {
    let raw = CString::new(text).unwrap().into_raw();
    unsafe {
        set_title(raw);
        drop(CString::from_raw(raw));
    }
}

pub fn data() {
    let s = Box::new(State { names: vec![] });
    unsafe { set_data(Box::into_raw(s) as *mut c_void, drop_state) }
}

pub struct Engine {
    pub name: String,
}

#[no_mangle]
pub extern "C" fn engine_new() -> *mut Engine {
    Box::into_raw(Box::new(Engine { name: String::new() }))
}

#[no_mangle]
pub unsafe extern "C" fn engine_free(e: *mut Engine) {
    if !e.is_null() {
        drop(Box::from_raw(e));
    }
}
