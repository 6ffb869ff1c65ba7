//! Elements that are counted twice, or before they are written.
use std::ptr;

/// The tail moves up; the iterator may panic before the gap is filled.
pub fn insert_many<T>(v: &mut Vec<T>, at: usize, items: impl ExactSizeIterator<Item = T>) {
    let n = items.len();
    v.reserve(n);
    let len = v.len();
    unsafe {
        let mut gap = v.as_mut_ptr().add(at);
        ptr::copy(gap, gap.add(n), len - at); //~ panic-safety "moves are dropped twice"
        for item in items {
            ptr::write(gap, item);
            gap = gap.add(1);
        }
        v.set_len(len + n);
    }
}

/// The length first, the clones later.
pub fn extend_clone<T: Clone>(v: &mut Vec<T>, from: &[T]) {
    let len = v.len();
    v.reserve(from.len());
    unsafe {
        v.set_len(len + from.len()); //~ panic-safety "counts elements that are not written"
        for (i, x) in from.iter().enumerate() {
            ptr::write(v.as_mut_ptr().add(len + i), x.clone());
        }
    }
}

/// A vector of the function's own: unwinding drops it here.
pub fn filled<T>(n: usize, mut make: impl FnMut() -> T) -> Vec<T> {
    let mut v: Vec<T> = Vec::with_capacity(n);
    unsafe {
        v.set_len(n); //~ panic-safety "counts elements"
        for i in 0..n {
            ptr::write(v.as_mut_ptr().add(i), make());
        }
    }
    v
}

/// Dropped in place, then a new value is asked for.
pub fn renew<T>(place: &mut T, make: impl FnOnce() -> T) {
    unsafe {
        ptr::drop_in_place(place); //~ panic-safety "is dropped again"
        ptr::write(place, make());
    }
}

/// An array that counts as a value from the start.
#[allow(invalid_value)]
pub fn array<T, const N: usize>(mut make: impl FnMut(usize) -> T) -> [T; N] {
    unsafe {
        let mut out: [T; N] = std::mem::MaybeUninit::uninit().assume_init(); //~ panic-safety "not initialised is dropped"
        for i in 0..N {
            ptr::write(&mut out[i], make(i));
        }
        out
    }
}
