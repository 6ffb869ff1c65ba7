// A reason counts beside an allowance, and so does the reason of another rule's.
use std::mem;

pub fn both(v: Vec<u32>) -> u32 {
    let s = v.iter().sum();
    // softshell:allow(mem-forget): no finding stands here
    // The arena owns the buffer and frees it as a whole.
    mem::forget(v);
    s
}

pub fn other_rule(v: Vec<u8>) {
    // softshell:allow(orphan-object): the driver keeps the table until exit
    mem::forget(v);
}
