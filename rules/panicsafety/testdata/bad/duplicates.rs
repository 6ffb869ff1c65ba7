//! A value that is copied out has two owners until one of them is given up.
use std::mem::{self, ManuallyDrop};
use std::ptr;

/// The closure owns the copy; the caller still owns `*place`.
pub fn mutate<T, F: FnOnce(T) -> T>(place: &mut T, f: F) {
    unsafe { ptr::write(place, f(ptr::read(place))) } //~ panic-safety "dropped twice if the closure panics"
}

/// A type parameter with a long name, a method of a trait.
pub trait Endian {
    fn to_be(self) -> Self;
}

pub fn all_to_be<Element: Endian>(slice: &mut [Element]) {
    for elem in slice.iter_mut() {
        unsafe {
            let swapped = ptr::read(elem).to_be(); //~ panic-safety "dropped twice"
            ptr::write(elem, swapped);
        }
    }
}

/// An array that is forgotten only after the loop.
pub fn map_array<T, U, const N: usize>(values: [T; N], out: &mut Vec<U>, mut f: impl FnMut(T) -> U) {
    for i in 0..N {
        let value = unsafe { ptr::read(&values[i]) }; //~ panic-safety "dropped twice"
        out.push(f(value));
    }
    mem::forget(values);
}

/// The copy is a local while a comparison runs: unwinding drops it, and the slice.
pub fn insert_tail<T: Ord>(v: &mut [T]) {
    unsafe {
        let last = v.len() - 1;
        let tmp = ptr::read(&v[last]); //~ panic-safety "dropped twice"
        let mut i = last;
        while i > 0 && tmp < v[i - 1] {
            ptr::copy_nonoverlapping(&v[i - 1], &mut v[i], 1);
            i -= 1;
        }
        ptr::write(&mut v[i], tmp);
    }
}

/// Two vectors of one buffer.
pub fn with_vec<T>(v: &mut Vec<T>, f: impl FnOnce(&mut Vec<T>)) {
    unsafe {
        let mut other = Vec::from_raw_parts(v.as_mut_ptr(), v.len(), v.capacity()); //~ panic-safety "dropped twice"
        f(&mut other);
        mem::forget(other);
    }
}

/// The user's code runs in a helper.
fn call<T, F: FnOnce(T) -> T>(f: F, x: T) -> T {
    f(x)
}

pub fn through_helper<T, F: FnOnce(T) -> T>(place: &mut T, f: F) {
    unsafe {
        let new = call(f, ptr::read(place)); //~ panic-safety "dropped twice"
        ptr::write(place, new);
    }
}

/// ManuallyDrop of another value helps nobody.
pub fn wrong_one<T: Clone>(place: &mut T, f: impl FnOnce(T) -> T) {
    let _spare = ManuallyDrop::new(place.clone());
    unsafe { ptr::write(place, f(ptr::read(place))) } //~ panic-safety "dropped twice"
}
