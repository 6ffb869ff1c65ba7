//! Panics that reach C.
use std::ffi::{c_char, c_int, c_void, CStr};

extern "C" fn trampoline<F: FnMut(c_int)>(ctx: *mut c_void, n: c_int) {
    let f = unsafe { &mut *(ctx as *mut F) };
    f(n); //~? ffi-border "a panic in code of the caller's choice ends the process"
}

extern "C" fn boxed(ctx: *mut c_void) -> c_int {
    let f = unsafe { &mut *(ctx as *mut Box<dyn FnMut() -> c_int>) };
    f() //~? ffi-border "a panic in code of the caller's choice ends the process"
}

pub trait Handler {
    fn on_data(&mut self, n: c_int);
}

fn dispatch<H: Handler>(h: &mut H, n: c_int) {
    h.on_data(n);
}

unsafe extern "C" fn on_data<H: Handler>(ctx: *mut c_void, n: c_int) {
    dispatch(&mut *(ctx as *mut H), n); //~? ffi-border "a panic in code of the caller's choice ends the process"
}

extern "C-unwind" fn raises<F: FnMut()>(ctx: *mut c_void) {
    let f = unsafe { &mut *(ctx as *mut F) };
    f(); //~? ffi-border "unwinds through frames of C"
}

#[no_mangle]
pub extern "C" fn greet(name: *const c_char) -> usize {
    if name.is_null() {
        return 0;
    }
    let name = unsafe { CStr::from_ptr(name) }.to_str().unwrap(); //~? ffi-border "a panic in a check of what C passes in"
    name.len()
}

extern "C" {
    fn walk_all(f: extern "C" fn(*mut c_void, c_int), ctx: *mut c_void);
    fn walk_boxed(f: extern "C" fn(*mut c_void) -> c_int, ctx: *mut c_void);
    fn walk_data(f: unsafe extern "C" fn(*mut c_void, c_int), ctx: *mut c_void);
    fn walk_raise(f: extern "C-unwind" fn(*mut c_void), ctx: *mut c_void);
}

pub fn each<F: FnMut(c_int)>(mut f: F) {
    unsafe { walk_all(trampoline::<F>, &mut f as *mut F as *mut c_void) }
}

pub fn each_boxed(mut f: Box<dyn FnMut() -> c_int>) {
    unsafe { walk_boxed(boxed, &mut f as *mut _ as *mut c_void) }
}

pub fn each_handler<H: Handler>(mut h: H) {
    unsafe { walk_data(on_data::<H>, &mut h as *mut H as *mut c_void) }
}

pub fn each_raise<F: FnMut()>(mut f: F) {
    unsafe { walk_raise(raises::<F>, &mut f as *mut F as *mut c_void) }
}
