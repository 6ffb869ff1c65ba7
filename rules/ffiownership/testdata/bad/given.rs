//! What is given to C and never taken back.
use std::ffi::{c_char, c_void, CString};

extern "C" {
    fn set_title(s: *const c_char);
    fn set_data(p: *mut c_void);
}

pub struct State {
    pub names: Vec<String>,
}

pub fn title(text: &str) {
    let s = CString::new(text).unwrap();
    unsafe { set_title(s.into_raw()) } //~ ffi-ownership "a `CString` is given to `set_title` and never taken back"
}

pub fn data() {
    let s = Box::new(State { names: vec![] });
    unsafe { set_data(Box::into_raw(s) as *mut c_void) } //~? ffi-ownership "a `Box<State>` is given to `set_data` and never taken back"
}
