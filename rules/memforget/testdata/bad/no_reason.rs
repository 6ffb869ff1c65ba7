// Destructors that are suppressed without a word why.
use std::mem::{self, ManuallyDrop};

pub fn sum(v: Vec<u32>) -> u32 {
    let s = v.iter().sum();
    mem::forget(v); //~ mem-forget
    s
}

pub fn keep(s: String) -> usize {
    let s = ManuallyDrop::new(s); //~ mem-forget
    s.len()
}

pub fn spaced(v: Vec<u8>) {
    // This comment is about something else.

    std::mem::forget(v); //~ mem-forget
}
