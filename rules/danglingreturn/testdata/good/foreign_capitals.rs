// A C function whose name begins with a capital is no constructor: its result
// does not hold what it was given. //~ silent
use std::ffi::{c_char, c_int, CString};

extern "C" {
    fn PURPOSE_get_by_name(name: *const c_char) -> c_int;
    fn GetDigest(name: *const c_char) -> *const u8;
}

pub struct Digest(*const u8);

pub fn purpose(name: &str) -> Result<c_int, ()> {
    let name = CString::new(name).map_err(|_| ())?;
    match unsafe { PURPOSE_get_by_name(name.as_ptr()) } {
        n if n < 0 => Err(()),
        n => Ok(n),
    }
}

pub fn digest(name: &str) -> Option<Digest> {
    let name = CString::new(name).ok()?;
    let ptr = unsafe { GetDigest(name.as_ptr()) };
    if ptr.is_null() { None } else { Some(Digest(ptr)) }
}
