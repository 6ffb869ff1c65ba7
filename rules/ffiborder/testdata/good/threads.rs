//! One thread at a time.
use std::ffi::{c_int, c_void};
use std::sync::Mutex;

extern "C" {
    fn pcap_next(p: *mut c_void, header: *mut c_void) -> *const u8;
    fn getgrgid(id: c_int) -> *const c_void;
}

pub struct Capture {
    handle: *mut c_void,
}

unsafe impl Send for Capture {}

impl Capture {
    pub fn next(&self) -> bool {
        let mut header = [0u64; 3];
        !unsafe { pcap_next(self.handle, header.as_mut_ptr() as *mut c_void) }.is_null()
    }
}

pub struct Alone {
    handle: *mut c_void,
    turn: Mutex<()>,
}

unsafe impl Send for Alone {}
unsafe impl Sync for Alone {}

impl Alone {
    pub fn next(&self) -> bool {
        let _turn = self.turn.lock();
        let mut header = [0u64; 3];
        !unsafe { pcap_next(self.handle, header.as_mut_ptr() as *mut c_void) }.is_null()
    }
}

pub struct Exclusive {
    handle: *mut c_void,
}

unsafe impl Send for Exclusive {}
unsafe impl Sync for Exclusive {}

impl Exclusive {
    pub fn next(&mut self) -> bool {
        let mut header = [0u64; 3];
        !unsafe { pcap_next(self.handle, header.as_mut_ptr() as *mut c_void) }.is_null()
    }
}

static GROUPS: Mutex<()> = Mutex::new(());

pub fn group(id: c_int) -> bool {
    let _turn = GROUPS.lock();
    !unsafe { getgrgid(id) }.is_null()
}

/// # Safety
/// No other thread asks for a group meanwhile.
pub unsafe fn group_alone(id: c_int) -> *const c_void {
    getgrgid(id)
}
