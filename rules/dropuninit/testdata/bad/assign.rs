// `=` drops what was there; nothing was.
use std::alloc::{alloc, Layout};

pub fn fill<T: Clone>(n: usize, x: &T) -> Vec<T> {
    let mut v = Vec::with_capacity(n);
    unsafe { v.set_len(n) } //~ drop-uninit "an assignment drops"
    for i in 0..n {
        v[i] = x.clone();
    }
    v
}

pub struct Array<T> {
    size: usize,
    ptr: *mut T,
}

impl<T: Clone> Array<T> {
    pub fn new(size: usize, x: &T) -> Self {
        let ptr = unsafe { alloc(Layout::array::<T>(size).unwrap()) as *mut T }; //~ drop-uninit "an assignment drops"
        for i in 0..size {
            unsafe { *ptr.wrapping_offset(i as isize) = x.clone() }
        }
        Array { size, ptr }
    }
}

impl<T> Drop for Array<T> {
    fn drop(&mut self) {
        unsafe { drop(Vec::from_raw_parts(self.ptr, self.size, self.size)) }
    }
}

// The assignment stands in a function that is given the slice.
fn fill_with<T: Clone>(slots: &mut [T], x: T) {
    for s in slots {
        *s = x.clone();
    }
}

pub fn matrix<T: Default + Clone>(n: usize) -> &'static mut [T] {
    unsafe {
        let p = alloc(Layout::array::<T>(n).unwrap()) as *mut T; //~ drop-uninit "`fill_with` drops"
        let slots = std::slice::from_raw_parts_mut(p, n);
        fill_with(slots, T::default());
        slots
    }
}

pub fn names(from: &[String]) -> Vec<String> {
    let mut v: Vec<String> = Vec::with_capacity(from.len());
    unsafe { v.set_len(from.len()) } //~ drop-uninit "clone_from_slice` drops"
    v.clone_from_slice(from);
    v
}

// The room of a Vec and a MaybeUninit hold no values either.
pub fn through_pointer<T: Clone>(n: usize, x: &T) -> Vec<T> {
    let mut v: Vec<T> = Vec::with_capacity(n); //~ drop-uninit "an assignment drops"
    unsafe {
        for i in 0..n {
            *v.as_mut_ptr().add(i) = x.clone();
        }
        v.set_len(n);
    }
    v
}

pub fn one(name: &str) -> String {
    let mut s = std::mem::MaybeUninit::<String>::uninit(); //~ drop-uninit "an assignment drops"
    unsafe {
        *s.as_mut_ptr() = name.to_string();
        s.assume_init()
    }
}
