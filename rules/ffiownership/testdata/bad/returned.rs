//! What an exported function returns and no other takes back.
use std::ffi::{c_char, CString};

pub struct Engine {
    pub name: String,
}

#[no_mangle]
pub extern "C" fn engine_name() -> *mut c_char {
    let name = CString::new("one").unwrap_or_default();
    name.into_raw() //~ ffi-ownership "a `CString` is returned to C and never taken back"
}

#[no_mangle]
pub extern "C" fn engine_new() -> *mut Engine {
    Box::into_raw(Box::new(Engine { name: String::new() })) //~ ffi-ownership "a `Box<Engine>` is returned to C and never taken back"
}
