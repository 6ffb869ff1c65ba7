// An allowance is no reason: it holds a finding back, and only until its day.
use std::mem::{self, ManuallyDrop};

pub fn above(v: Vec<u32>) -> u32 {
    let s = v.iter().sum();
    // softshell:allow(mem-forget): the arena owns the buffer until=2001-01-31
    mem::forget(v); //~ mem-forget
    s
}

pub fn beside(s: String) -> usize {
    let s = ManuallyDrop::new(s); // softshell:allow(mem-forget): freed by `release` //~ mem-forget
    s.len()
}

pub fn two_rules(v: Vec<u8>) {
    /* softshell:allow(orphan-object, mem-forget): one table per process */
    mem::forget(v); //~ mem-forget
}

pub fn whole_file(v: Vec<u8>) {
    // softshell:allow-file(mem-forget): generated bindings
    mem::forget(v); //~ mem-forget
}

pub fn reason_further_up(v: Vec<u8>) {
    // The arena owns the buffer.
    // softshell:allow(mem-forget): see above
    mem::forget(v); //~ mem-forget
}
