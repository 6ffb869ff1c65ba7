//! Contexts that die while C still has them.
use std::ffi::{c_int, c_void};

type Callback = extern "C" fn(*mut c_void, c_int);

#[repr(C)]
pub struct Raw {
    _private: [u8; 0],
}

extern "C" {
    fn lib_set_callback(h: *mut Raw, f: Option<Callback>, ctx: *mut c_void) -> c_int;
    fn lib_register_handler(f: Callback, ctx: *mut c_void);
    fn lib_set_userdata(h: *mut Raw, data: *mut c_void);
    fn lib_open(f: Callback, ctx: *mut c_void) -> *mut Raw;
}

extern "C" fn call<F: FnMut(c_int)>(ctx: *mut c_void, n: c_int) {
    let f = unsafe { &mut *(ctx as *mut F) };
    f(n);
}

pub struct Handle {
    raw: *mut Raw,
}

impl Handle {
    pub fn on_event<F: FnMut(c_int) + 'static>(&mut self, mut f: F) -> c_int {
        unsafe { lib_set_callback(self.raw, Some(call::<F>), &mut f as *mut F as *mut c_void) } //~ ffi-border "`lib_set_callback` keeps a pointer to what dies"
    }

    pub fn data(&mut self, value: u64) {
        let mut value = value;
        unsafe { lib_set_userdata(self.raw, &mut value as *mut u64 as *mut c_void) } //~ ffi-border "`lib_set_userdata` keeps a pointer to what dies"
    }

    pub fn open<F: FnMut(c_int) + 'static>(mut f: F) -> Handle {
        let raw = unsafe { lib_open(call::<F>, &mut f as *mut F as *mut c_void) }; //~? ffi-border "`lib_open` keeps a pointer to what dies"
        Handle { raw }
    }
}

pub fn boxed<F: FnMut(c_int) + 'static>(f: F) {
    let mut f = Box::new(f);
    unsafe { lib_register_handler(call::<F>, &mut *f as *mut F as *mut c_void) } //~ ffi-border "`lib_register_handler` keeps a pointer to what dies"
}
