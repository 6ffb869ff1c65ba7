// The destructor makes an owner of the pointer, whose drop releases it.
use std::ptr::NonNull;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

pub struct Counted<T> {
    count: AtomicUsize,
    value: T,
}

pub struct Owned<T> {
    ptr: NonNull<Counted<T>>,
}

impl<T> Owned<T> {
    fn from(ptr: NonNull<Counted<T>>) -> Owned<T> {
        Owned { ptr }
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if unsafe { self.ptr.as_ref() }.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            drop(unsafe { Box::from_raw(self.ptr.as_ptr()) });
        }
    }
}

pub struct Slot<T> {
    ptr: AtomicPtr<Counted<T>>,
}

fn unset(ptr: *mut Counted<T0>) -> *mut Counted<T0> {
    (ptr as usize & !3) as *mut Counted<T0>
}

type T0 = String;

impl Slot<T0> {
    pub fn new(value: T0) -> Slot<T0> {
        Slot { ptr: AtomicPtr::new(Box::into_raw(Box::new(Counted { count: AtomicUsize::new(1), value }))) }
    }

    pub fn get(&self) -> &T0 {
        unsafe { &(*unset(self.ptr.load(Ordering::Acquire))).value }
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        let at = (self.ptr.load(Ordering::Relaxed) as usize & !3) as *mut Counted<T>;
        if let Some(ptr) = NonNull::new(at) {
            drop(Owned::from(ptr));
        }
    }
}
