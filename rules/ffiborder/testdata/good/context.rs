//! Contexts that live as long as C has them.
use std::ffi::{c_int, c_void};

type Callback = extern "C" fn(*mut c_void, c_int);

#[repr(C)]
pub struct Raw {
    _private: [u8; 0],
}

extern "C" {
    fn lib_set_callback(h: *mut Raw, f: Option<Callback>, ctx: *mut c_void) -> c_int;
    fn lib_register_handler(f: Callback, ctx: *mut c_void);
    fn lib_foreach(h: *mut Raw, f: Callback, ctx: *mut c_void);
    fn lib_run(h: *mut Raw);
}

extern "C" fn call<F: FnMut(c_int)>(ctx: *mut c_void, n: c_int) {
    let f = unsafe { &mut *(ctx as *mut F) };
    f(n);
}

pub struct Handle {
    raw: *mut Raw,
    callback: Option<Box<dyn std::any::Any>>,
}

impl Handle {
    // The box goes into the handle.
    pub fn on_event<F: FnMut(c_int) + 'static>(&mut self, f: F) {
        let mut f = Box::new(f);
        unsafe { lib_set_callback(self.raw, Some(call::<F>), &mut *f as *mut F as *mut c_void) };
        self.callback = Some(f);
    }

    // C uses it until it returns.
    pub fn each<F: FnMut(c_int)>(&self, mut f: F) {
        unsafe { lib_foreach(self.raw, call::<F>, &mut f as *mut F as *mut c_void) }
    }

    // C is told to forget it.
    pub fn during<F: FnMut(c_int)>(&self, mut f: F) {
        unsafe {
            lib_set_callback(self.raw, Some(call::<F>), &mut f as *mut F as *mut c_void);
            lib_run(self.raw);
            lib_set_callback(self.raw, None, std::ptr::null_mut());
        }
    }

    pub fn forget(&mut self) {
        unsafe { lib_set_callback(self.raw, None, std::ptr::null_mut()) };
        self.callback = None;
    }
}

pub fn whole_process<F: FnMut(c_int) + 'static>(f: F) {
    let f = Box::leak(Box::new(f));
    unsafe { lib_register_handler(call::<F>, f as *mut F as *mut c_void) }
}

pub fn of_the_caller(counter: &'static mut u64) {
    extern "C" fn count(ctx: *mut c_void, n: c_int) {
        unsafe { *(ctx as *mut u64) += n as u64 }
    }
    unsafe { lib_register_handler(count, counter as *mut u64 as *mut c_void) }
}
