// A reason stands on the line or above it; what has no destructor needs none.
use std::mem::{self, ManuallyDrop};

pub fn sum(v: Vec<u32>) -> u32 {
    let s = v.iter().sum();
    // The arena owns the buffer and frees it as a whole.
    mem::forget(v);
    s
}

pub fn keep(s: String) -> usize {
    let s = ManuallyDrop::new(s); // SAFETY: the caller frees it through `release`
    s.len()
}

pub fn plain(x: u64) -> u64 {
    mem::forget(x);
    x
}
