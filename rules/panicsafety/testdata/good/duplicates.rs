//! The same with each of the usual repairs.
use std::mem::{self, ManuallyDrop};
use std::ptr;

struct Abort;

impl Drop for Abort {
    fn drop(&mut self) {
        std::process::abort();
    }
}

fn or_abort<R>(f: impl FnOnce() -> R) -> R {
    let bomb = Abort;
    let r = f();
    mem::forget(bomb);
    r
}

pub fn mutate<T, F: FnOnce(T) -> T>(place: &mut T, f: F) {
    unsafe {
        let old = ptr::read(place);
        let new = or_abort(move || f(old));
        ptr::write(place, new);
    }
}

pub fn mutate_inline<T, F: FnOnce(T) -> T>(place: &mut T, f: F) {
    unsafe {
        let bomb = Abort;
        ptr::write(place, f(ptr::read(place)));
        mem::forget(bomb);
    }
}

pub trait Endian {
    fn to_be(&self) -> Self;
}

/// Nothing is duplicated while the method runs.
pub fn all_to_be<Element: Endian>(slice: &mut [Element]) {
    for elem in slice.iter_mut() {
        let swapped = elem.to_be();
        drop(unsafe { ptr::read(elem) });
        unsafe { ptr::write(elem, swapped) };
    }
}

pub fn map_array<T, U, const N: usize>(values: [T; N], out: &mut Vec<U>, mut f: impl FnMut(T) -> U) {
    let values = ManuallyDrop::new(values);
    for i in 0..N {
        let value = unsafe { ptr::read(&values[i]) };
        out.push(f(value));
    }
}

/// The copy is not dropped: what unwinding leaves is one owner.
pub fn peek<T, R>(place: &T, f: impl FnOnce(&T) -> R) -> R {
    let copy = ManuallyDrop::new(unsafe { ptr::read(place) });
    f(&copy)
}

/// A guard puts the value back.
struct Hole<'a, T> {
    at: &'a mut T,
    value: ManuallyDrop<T>,
}

impl<T> Drop for Hole<'_, T> {
    fn drop(&mut self) {
        unsafe { ptr::copy_nonoverlapping(&*self.value, self.at, 1) };
    }
}

pub fn insert_tail<T: Ord>(v: &mut [T]) {
    let (last, head) = v.split_last_mut().unwrap();
    unsafe {
        let value = ManuallyDrop::new(ptr::read(last));
        let mut hole = Hole { at: last, value };
        for x in head.iter_mut().rev() {
            if *hole.value >= *x {
                break;
            }
            ptr::copy_nonoverlapping(x, hole.at, 1);
            hole.at = x;
        }
    }
}

/// What is copied needs no drop.
pub fn numbers(place: &mut u64, f: impl FnOnce(u64) -> u64) {
    unsafe { ptr::write(place, f(ptr::read(place))) }
}

/// The old value is given away, and the new one is there, before user code runs.
pub fn replace<T>(place: &mut T, new: T, f: impl FnOnce(T)) {
    let old = unsafe { ptr::read(place) };
    unsafe { ptr::write(place, new) };
    f(old);
}

/// The vector has let go of its elements.
pub fn each<T>(v: &mut Vec<T>, mut f: impl FnMut(T)) {
    let n = v.len();
    unsafe {
        v.set_len(0);
        for i in 0..n {
            f(ptr::read(v.as_ptr().add(i)));
        }
    }
}

/// Forgotten before the call.
pub fn unwrap<T>(value: Box<T>, f: impl FnOnce(T)) {
    unsafe {
        let inner = ptr::read(&*value);
        mem::forget(value);
        f(inner);
    }
}

/// Nothing can panic in between.
pub fn swap<T>(a: &mut T, b: &mut T) {
    unsafe {
        let tmp = ptr::read(a);
        ptr::copy_nonoverlapping(b, a, 1);
        ptr::write(b, tmp);
    }
}

/// A stack that counts down before it reads.
pub struct Stack<T> {
    ptr: *mut T,
    len: usize,
}

impl<T> Stack<T> {
    pub fn pop_with<R>(&mut self, f: impl FnOnce(T) -> R) -> R {
        self.len -= 1;
        f(unsafe { ptr::read(self.ptr.add(self.len)) })
    }
}

impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { ptr::drop_in_place(self.ptr.add(i)) };
        }
    }
}

/// A guard further up learns through a reference what is gone.
struct Rest<T, const N: usize> {
    array: ManuallyDrop<[T; N]>,
    taken: usize,
}

impl<T, const N: usize> Drop for Rest<T, N> {
    fn drop(&mut self) {
        for x in &mut self.array[self.taken..] {
            unsafe { ptr::drop_in_place(x) };
        }
    }
}

pub fn fold<T, B, const N: usize>(array: [T; N], start: B, mut f: impl FnMut(B, T) -> B) -> B {
    let mut rest = Rest { array: ManuallyDrop::new(array), taken: 0 };
    let Rest { array, taken } = &mut rest;
    array.iter().fold(start, |acc, x| {
        let value = unsafe { ptr::read(x) };
        *taken += 1;
        f(acc, value)
    })
}
