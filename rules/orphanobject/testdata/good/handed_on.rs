// What a forgotten value owned goes to the caller. //~ silent
use std::marker::PhantomData;
use std::mem;

pub struct Tagged<T> {
    data: usize,
    marker: PhantomData<Box<T>>,
}

fn split<T>(data: usize) -> (*mut T, usize) {
    ((data & !7) as *mut T, data & 7)
}

impl<T> Tagged<T> {
    pub fn into_data(self) -> usize {
        let data = self.data;
        mem::forget(self);
        data
    }

    pub fn into_box(self) -> Option<Box<T>> {
        let (raw, tag) = split(self.data);
        mem::forget(self);
        if tag == 0 { Some(unsafe { Box::from_raw(raw) }) } else { None }
    }
}

impl<T> Drop for Tagged<T> {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(split::<T>(self.data).0) });
    }
}
