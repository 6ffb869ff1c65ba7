//! C libraries that take no lock.
use std::ffi::{c_char, c_int, c_void, CStr};

#[repr(C)]
pub struct Group {
    name: *const c_char,
}

extern "C" {
    fn pcap_next(p: *mut c_void, header: *mut c_void) -> *const u8;
    fn getgrgid(id: c_int) -> *const Group;
    fn wrefresh(w: *mut c_void) -> c_int;
}

pub struct Capture {
    handle: *mut c_void,
}

unsafe impl Send for Capture {}
unsafe impl Sync for Capture {}

impl Capture {
    pub fn next(&self) -> bool {
        let mut header = [0u64; 3];
        let p = unsafe { pcap_next(self.handle, header.as_mut_ptr() as *mut c_void) }; //~ ffi-border "`pcap_next` is called through `&self`"
        !p.is_null()
    }
}

pub fn group(id: c_int) -> Option<String> {
    let g = unsafe { getgrgid(id) }; //~? ffi-border "`getgrgid` is called without a lock"
    if g.is_null() {
        return None;
    }
    Some(unsafe { CStr::from_ptr((*g).name) }.to_string_lossy().into_owned())
}

pub struct Window {
    raw: *mut c_void,
}

unsafe impl Send for Window {}

impl Window {
    pub fn refresh(&mut self) -> c_int {
        unsafe { wrefresh(self.raw) } //~? ffi-border "`wrefresh` may be called on any thread"
    }
}
