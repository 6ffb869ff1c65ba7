//! The hazard, the write or the second owner lies in a helper or a collection.
use std::mem::{self, MaybeUninit};
use std::ptr;

/// Copies are collected while a comparison runs.
pub fn merge<T>(list: &mut [T], mid: usize, less: &impl Fn(&T, &T) -> bool) {
    let mut left = Vec::with_capacity(mid);
    unsafe {
        for i in 0..mid {
            left.push(ptr::read(&list[i])); //~ panic-safety "dropped twice"
        }
        let mut k = 0;
        while k < mid && less(&left[k], &list[mid]) {
            ptr::write(&mut list[k], ptr::read(&left[k]));
            k += 1;
        }
        left.set_len(0);
    }
}

/// A value without contents takes the place of the old one for a while.
#[allow(invalid_value)]
pub fn update<T>(place: &mut T, f: impl FnOnce(T) -> T) {
    unsafe {
        let old = mem::replace(place, MaybeUninit::zeroed().assume_init()); //~ panic-safety "not initialised"
        let new = f(old);
        ptr::write(place, new);
    }
}

/// The user's Clone runs inside a function of std.
pub fn cloned<T: Clone>(v: &mut Vec<T>, from: &[T]) {
    let len = v.len();
    v.reserve(from.len());
    unsafe {
        ptr::copy(v.as_ptr(), v.as_mut_ptr().add(from.len()), len); //~ panic-safety "moves are dropped twice"
        let all = from.to_vec();
        ptr::copy_nonoverlapping(all.as_ptr(), v.as_mut_ptr(), all.len());
        v.set_len(len + all.len());
        mem::forget(all);
    }
}

/// A chunk of fixed size that counts for itself.
pub struct Chunk<T> {
    data: MaybeUninit<[T; 8]>,
    left: usize,
    right: usize,
}

impl<T> Chunk<T> {
    pub fn new() -> Self {
        Chunk { data: MaybeUninit::uninit(), left: 0, right: 0 }
    }

    fn at(&self, i: usize) -> *const T {
        unsafe { (self.data.as_ptr() as *const T).add(i) }
    }

    unsafe fn put(&mut self, i: usize, value: T) {
        unsafe { ptr::write((self.data.as_mut_ptr() as *mut T).add(i), value) }
    }

    unsafe fn shift(&mut self, from: usize, to: usize, n: usize) {
        unsafe {
            let p = self.data.as_mut_ptr() as *mut T;
            ptr::copy(p.add(from), p.add(to), n)
        }
    }

    pub fn insert_all<I: ExactSizeIterator<Item = T>>(&mut self, at: usize, items: I) {
        let n = items.len();
        assert!(self.right + n <= 8);
        unsafe {
            self.shift(at, at + n, self.right - at); //~? panic-safety "moves are dropped twice"
            for (i, item) in items.enumerate() {
                self.put(at + i, item);
            }
        }
        self.right += n;
    }
}

impl<T: Clone> Clone for Chunk<T> {
    fn clone(&self) -> Self {
        let mut out = Chunk::new();
        out.left = self.left;
        out.right = self.right; //~? panic-safety "counts elements that are not written"
        for i in self.left..self.right {
            unsafe { out.put(i, (*self.at(i)).clone()) };
        }
        out
    }
}

impl<T> Drop for Chunk<T> {
    fn drop(&mut self) {
        for i in self.left..self.right {
            unsafe { ptr::drop_in_place((self.data.as_mut_ptr() as *mut T).add(i)) };
        }
    }
}
