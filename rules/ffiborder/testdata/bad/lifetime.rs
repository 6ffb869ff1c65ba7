//! C keeps closures that may borrow what dies before.
use std::ffi::c_void;

extern "C" {
    fn db_update_hook(db: *mut c_void, f: Option<unsafe extern "C" fn(*mut c_void)>, ctx: *mut c_void) -> *mut c_void;
}

unsafe extern "C" fn call<F: FnMut()>(ctx: *mut c_void) {
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (*(ctx as *mut F))()));
}

unsafe fn release<F>(p: *mut c_void) {
    drop(Box::from_raw(p as *mut F));
}

pub struct Inner {
    db: *mut c_void,
    free: Option<unsafe fn(*mut c_void)>,
}

impl Inner {
    fn update_hook<'c, F>(&'c mut self, hook: F)
    where
        F: FnMut() + Send + 'c,
    {
        let raw = Box::into_raw(Box::new(hook));
        unsafe { db_update_hook(self.db, Some(call::<F>), raw as *mut c_void) }; //~ ffi-border "C keeps a closure that may borrow"
        self.free = Some(release::<F>);
    }
}

pub struct Connection {
    inner: Inner,
}

impl Connection {
    pub fn update_hook<'c, F: FnMut() + Send + 'c>(&'c mut self, hook: F) {
        self.inner.update_hook(hook) //~ ffi-border "C keeps a closure that may borrow"
    }
}

// It is taken back only where C refused it.
pub fn collation<A, C: FnMut()>(db: *mut c_void, _name: A, f: C) -> bool {
    let raw = Box::into_raw(Box::new(f));
    let old = unsafe { db_update_hook(db, Some(call::<C>), raw as *mut c_void) }; //~ ffi-border "`C` is not 'static"
    if old.is_null() {
        drop(unsafe { Box::from_raw(raw) });
        return false;
    }
    true
}

pub fn named<N, F: FnMut()>(db: *mut c_void, name: N, f: F) -> bool {
    collation(db, name, f) //~ ffi-border "`F` is not 'static"
}
