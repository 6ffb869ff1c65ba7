// What a forgotten value owned goes to the caller. //~ silent
use std::marker::PhantomData;
use std::mem;

pub trait Held {
    /// # Safety
    /// The pointer was made by the trait.
    unsafe fn release(ptr: usize);
}

pub struct Tagged<T: ?Sized + Held> {
    data: usize,
    marker: PhantomData<Box<T>>,
}

fn split(data: usize) -> (usize, usize) {
    (data & !7, data & 7)
}

impl<T: ?Sized + Held> Tagged<T> {
    pub fn into_data(self) -> usize {
        let data = self.data;
        mem::forget(self);
        data
    }
}

impl<T: Held> Tagged<T> {
    pub fn new(value: T) -> Tagged<T> {
        Tagged { data: Box::into_raw(Box::new(value)) as usize, marker: PhantomData }
    }

    pub fn into_box(self) -> Option<Box<T>> {
        let (raw, tag) = split(self.data);
        mem::forget(self);
        if tag == 0 { Some(unsafe { Box::from_raw(raw as *mut T) }) } else { None }
    }
}

impl<T: ?Sized + Held> Drop for Tagged<T> {
    fn drop(&mut self) {
        let (raw, _) = split(self.data);
        unsafe { T::release(raw) }
    }
}
