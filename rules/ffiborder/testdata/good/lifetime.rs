//! Closures that live as long as C keeps them.
use std::ffi::c_void;
use std::marker::PhantomData;

extern "C" {
    fn db_update_hook(db: *mut c_void, f: Option<unsafe extern "C" fn(*mut c_void)>, ctx: *mut c_void) -> *mut c_void;
}

unsafe extern "C" fn call<F: FnMut()>(ctx: *mut c_void) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (*(ctx as *mut F))()));
}

unsafe fn release<F>(p: *mut c_void) {
    drop(Box::from_raw(p as *mut F));
}

pub struct Connection {
    db: *mut c_void,
    free: Option<unsafe fn(*mut c_void)>,
}

impl Connection {
    pub fn update_hook<F>(&mut self, hook: F)
    where
        F: FnMut() + Send + 'static,
    {
        let raw = Box::into_raw(Box::new(hook));
        unsafe { db_update_hook(self.db, Some(call::<F>), raw as *mut c_void) };
        self.free = Some(release::<F>);
    }
}

// The type's own lifetime bounds the closure.
pub struct Scoped<'a> {
    db: *mut c_void,
    free: Option<unsafe fn(*mut c_void)>,
    closures: PhantomData<&'a ()>,
}

impl<'a> Scoped<'a> {
    pub fn update_hook<F: FnMut() + 'a>(&mut self, hook: F) {
        let raw = Box::into_raw(Box::new(hook));
        unsafe { db_update_hook(self.db, Some(call::<F>), raw as *mut c_void) };
        self.free = Some(release::<F>);
    }
}

pub trait Hook: 'static {
    fn run(&mut self);
}

unsafe extern "C" fn run<H: Hook>(ctx: *mut c_void) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (*(ctx as *mut H)).run()));
}

impl Connection {
    pub fn hook<H: Hook>(&mut self, hook: H) {
        let raw = Box::into_raw(Box::new(hook));
        unsafe { db_update_hook(self.db, Some(run::<H>), raw as *mut c_void) };
        self.free = Some(release::<H>);
    }
}

// It is taken back before the function returns.
pub fn during<F: FnMut()>(db: *mut c_void, f: F) {
    let raw = Box::into_raw(Box::new(f));
    unsafe {
        db_update_hook(db, Some(call::<F>), raw as *mut c_void);
        db_update_hook(db, None, std::ptr::null_mut());
        drop(Box::from_raw(raw));
    }
}
