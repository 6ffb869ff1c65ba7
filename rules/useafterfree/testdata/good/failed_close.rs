// A close that fails keeps what it was to close; its code says so.
use std::ffi::{c_char, c_int};

pub enum Base {}

extern "C" {
    fn base_close(base: *mut Base) -> c_int;
    fn base_error(base: *mut Base) -> *const c_char;
}

pub struct Connection {
    base: *mut Base,
}

fn decoded(base: *mut Base, code: c_int) -> Result<(), *const c_char> {
    if code == 0 { Ok(()) } else { Err(unsafe { base_error(base) }) }
}

impl Connection {
    pub fn close(&mut self) -> Result<(), *const c_char> {
        let code = unsafe { base_close(self.base) };
        decoded(self.base, code)
    }

    pub fn close_or_say(&mut self) -> *const c_char {
        if unsafe { base_close(self.base) } != 0 {
            return unsafe { base_error(self.base) };
        }
        self.base = std::ptr::null_mut();
        std::ptr::null()
    }
}
