// A panic, or an early return, drops what was not written yet.
#![allow(deprecated, invalid_value)]
use std::mem::{self, MaybeUninit};
use std::ptr;

pub trait Random {
    fn random() -> Self;
}

impl<T: Random> Random for [T; 3] {
    fn random() -> Self {
        unsafe {
            let mut array: [T; 3] = mem::uninitialized(); //~ drop-uninit "a panic drops"
            for i in 0..3 {
                ptr::write(&mut array[i], T::random());
            }
            array
        }
    }
}

pub fn collect<T, I: Iterator<Item = T>>(mut from: I) -> [T; 4] {
    let mut array: [T; 4] = unsafe { MaybeUninit::uninit().assume_init() }; //~ drop-uninit "a panic drops"
    for slot in &mut array[..] {
        unsafe { ptr::write(slot, from.next().unwrap()) }
    }
    array
}

pub fn map<T, U>(from: &[T], f: impl Fn(&T) -> U) -> Vec<U> {
    let mut out: Vec<U> = Vec::with_capacity(from.len());
    unsafe {
        out.set_len(from.len()); //~ drop-uninit "a panic drops"
        for (i, x) in from.iter().enumerate() {
            ptr::write(out.as_mut_ptr().add(i), f(x));
        }
    }
    out
}

pub fn parse(lines: &[&str]) -> Result<Vec<Box<u64>>, std::num::ParseIntError> {
    let mut out: Vec<Box<u64>> = Vec::with_capacity(lines.len());
    unsafe {
        out.set_len(lines.len()); //~ drop-uninit "an early return drops"
        for (i, line) in lines.iter().enumerate() {
            ptr::write(out.as_mut_ptr().add(i), Box::new(line.parse()?));
        }
    }
    Ok(out)
}
