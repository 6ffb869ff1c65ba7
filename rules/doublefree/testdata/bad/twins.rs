//! A Clone that copies the pointer, and a Drop that frees it.
use std::ptr::NonNull;

pub struct Handle {
    at: *mut u64,
}

impl Handle {
    pub fn new(n: u64) -> Handle {
        Handle { at: Box::into_raw(Box::new(n)) }
    }
}

impl Clone for Handle {
    fn clone(&self) -> Handle {
        Handle { at: self.at } //~ double-free "a clone of `Handle`"
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(self.at)) }
    }
}

#[derive(Clone)] //~ double-free "a clone of `Named`"
pub struct Named<T> {
    name: String,
    at: NonNull<T>,
}

impl<T> Named<T> {
    pub fn new(name: &str, value: T) -> Self {
        Named { name: name.to_owned(), at: NonNull::from(Box::leak(Box::new(value))) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<T> Drop for Named<T> {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(self.at.as_ptr())) }
    }
}
