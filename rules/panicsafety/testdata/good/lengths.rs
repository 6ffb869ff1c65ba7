//! The same, in an order that a panic does not break.
use std::mem::MaybeUninit;
use std::ptr;

pub fn insert_many<T>(v: &mut Vec<T>, at: usize, items: impl ExactSizeIterator<Item = T>) {
    let n = items.len();
    v.reserve(n);
    let len = v.len();
    unsafe {
        v.set_len(at);
        let mut gap = v.as_mut_ptr().add(at);
        ptr::copy(gap, gap.add(n), len - at);
        for item in items {
            ptr::write(gap, item);
            gap = gap.add(1);
        }
        v.set_len(len + n);
    }
}

pub fn insert_one<T>(v: &mut Vec<T>, at: usize, make: impl FnOnce() -> T) {
    let item = make();
    let len = v.len();
    v.reserve(1);
    unsafe {
        let gap = v.as_mut_ptr().add(at);
        ptr::copy(gap, gap.add(1), len - at);
        ptr::write(gap, item);
        v.set_len(len + 1);
    }
}

/// One by one: the length never counts what is not there.
pub fn extend_clone<T: Clone>(v: &mut Vec<T>, from: &[T]) {
    v.reserve(from.len());
    for x in from {
        let len = v.len();
        unsafe {
            ptr::write(v.as_mut_ptr().add(len), x.clone());
            v.set_len(len + 1);
        }
    }
}

/// The length comes last.
pub fn filled<T>(n: usize, mut make: impl FnMut() -> T) -> Vec<T> {
    let mut v: Vec<T> = Vec::with_capacity(n);
    unsafe {
        for i in 0..n {
            ptr::write(v.as_mut_ptr().add(i), make());
        }
        v.set_len(n);
    }
    v
}

/// A guard sets the length, however the loop ends.
struct SetLen<'a, T> {
    v: &'a mut Vec<T>,
    len: usize,
}

impl<T> Drop for SetLen<'_, T> {
    fn drop(&mut self) {
        unsafe { self.v.set_len(self.len) };
    }
}

pub fn retain<T>(v: &mut Vec<T>, mut keep: impl FnMut(&T) -> bool) {
    let n = v.len();
    unsafe { v.set_len(0) };
    let mut g = SetLen { v, len: 0 };
    for i in 0..n {
        unsafe {
            let at = g.v.as_mut_ptr().add(i);
            if keep(&*at) {
                ptr::copy(at, g.v.as_mut_ptr().add(g.len), 1);
                g.len += 1;
            } else {
                ptr::drop_in_place(at);
            }
        }
    }
}

/// Bytes have no drop.
pub fn bytes(n: usize, mut make: impl FnMut() -> u8) -> Vec<u8> {
    let mut v: Vec<u8> = Vec::with_capacity(n);
    unsafe {
        v.set_len(n);
        for i in 0..n {
            ptr::write(v.as_mut_ptr().add(i), make());
        }
    }
    v
}

pub fn renew<T>(place: &mut T, make: impl FnOnce() -> T) {
    let new = make();
    unsafe {
        ptr::drop_in_place(place);
        ptr::write(place, new);
    }
}

pub fn array<T, const N: usize>(mut make: impl FnMut(usize) -> T) -> [T; N] {
    let mut out: MaybeUninit<[T; N]> = MaybeUninit::uninit();
    for i in 0..N {
        unsafe { (out.as_mut_ptr() as *mut T).add(i).write(make(i)) };
    }
    unsafe { out.assume_init() }
}
