// A value that was never initialised takes the place of one that others own.
#![allow(deprecated, invalid_value)]
use std::mem::{self, MaybeUninit};

pub trait Codec {
    fn restart(self) -> Self;
}

pub struct Decoder<C> {
    codec: Result<C, String>,
}

impl<C: Codec> Decoder<C> {
    pub fn restart(&mut self) {
        let blank = unsafe { mem::uninitialized() }; //~ drop-uninit "left behind"
        let codec = mem::replace(&mut self.codec, Ok(blank)).unwrap();
        mem::forget(mem::replace(&mut self.codec, Ok(codec.restart())));
    }
}

pub struct Pool<T> {
    objects: Vec<T>,
}

impl<T> Pool<T> {
    pub fn free(&mut self, i: usize) -> T {
        unsafe {
            let mut v: T = MaybeUninit::uninit().assume_init(); //~ drop-uninit "left behind"
            mem::swap(&mut v, &mut self.objects[i]);
            v
        }
    }
}

// How many elements there are is forgotten; the capacity may be larger.
pub struct Map<T> {
    values: Vec<T>,
    used: usize,
}

impl<T> FromIterator<T> for Map<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        let mut values = Vec::from_iter(iter);
        unsafe { values.set_len(0) }
        let used = values.capacity(); //~ drop-uninit "capacity stands in"
        Map { values, used }
    }
}

impl<T> Drop for Map<T> {
    fn drop(&mut self) {
        unsafe { self.values.set_len(self.used) }
    }
}
