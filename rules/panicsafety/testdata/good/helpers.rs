//! The same, in order.
use std::mem::{self, MaybeUninit};
use std::ptr;

pub fn merge<T: Clone>(list: &mut [T], mid: usize, less: &impl Fn(&T, &T) -> bool) {
    let left = list[..mid].to_vec();
    let mut k = 0;
    while k < mid && less(&left[k], &list[mid]) {
        list[k] = left[k].clone();
        k += 1;
    }
}

/// What is copied is Copy: by a bound, by a where clause, by a trait of the crate.
pub fn update<T: Copy>(place: &mut T, f: impl FnOnce(T) -> T) {
    unsafe { ptr::write(place, f(ptr::read(place))) }
}

pub fn update_where<T>(place: &mut T, f: impl FnOnce(T) -> T)
where
    T: Copy + Send,
{
    unsafe { ptr::write(place, f(ptr::read(place))) }
}

pub trait Number: Copy + Sized {}

pub struct Cells<T> {
    pub cells: Vec<T>,
}

impl<T: Number> Cells<T> {
    pub fn update(&mut self, i: usize, f: impl FnOnce(T) -> T) {
        let place = &mut self.cells[i];
        unsafe { ptr::write(place, f(ptr::read(place))) }
    }
}

pub fn take<T: Default>(place: &mut T, f: impl FnOnce(T) -> T) {
    let old = mem::take(place);
    *place = f(old);
}

/// The clones are made first.
pub fn cloned<T: Clone>(v: &mut Vec<T>, from: &[T]) {
    let len = v.len();
    v.reserve(from.len());
    let all = from.to_vec();
    unsafe {
        ptr::copy(v.as_ptr(), v.as_mut_ptr().add(from.len()), len);
        ptr::copy_nonoverlapping(all.as_ptr(), v.as_mut_ptr(), all.len());
        v.set_len(len + all.len());
        mem::forget(all);
    }
}

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

    /// Nothing can panic between the two.
    pub fn insert(&mut self, at: usize, item: T) {
        assert!(self.right < 8);
        unsafe {
            self.shift(at, at + 1, self.right - at);
            self.put(at, item);
        }
        self.right += 1;
    }

    /// The count ends where the gap begins, until it is closed.
    pub fn insert_all<I: ExactSizeIterator<Item = T>>(&mut self, at: usize, items: I) {
        let (n, right) = (items.len(), self.right);
        assert!(right + n <= 8);
        self.right = at;
        unsafe {
            self.shift(at, at + n, right - at);
            for (i, item) in items.enumerate() {
                self.put(at + i, item);
            }
        }
        self.right = right + n;
    }
}

impl<T: Clone> Clone for Chunk<T> {
    fn clone(&self) -> Self {
        let mut out = Chunk::new();
        out.left = self.left;
        out.right = self.left;
        for i in self.left..self.right {
            unsafe { out.put(i, (*self.at(i)).clone()) };
            out.right += 1;
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
