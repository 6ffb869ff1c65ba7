// Memory that is written before it counts, or before it is read.
use std::ffi::c_int;
use std::mem::{self, MaybeUninit};
use std::ptr;

extern "C" {
    fn encode(to: *mut u8, room: usize, used: *mut usize) -> c_int;
    fn limits(out: *mut [u64; 2]) -> c_int;
}

pub fn clones<T: Clone>(n: usize, x: &T) -> Vec<T> {
    let mut v: Vec<T> = Vec::with_capacity(n);
    for i in 0..n {
        unsafe {
            ptr::write(v.as_mut_ptr().add(i), x.clone());
            v.set_len(i + 1);
        }
    }
    v
}

pub fn copied(from: &[u64]) -> Vec<u64> {
    let mut v: Vec<u64> = Vec::with_capacity(from.len());
    unsafe {
        ptr::copy_nonoverlapping(from.as_ptr(), v.as_mut_ptr(), from.len());
        v.set_len(from.len());
    }
    v
}

// The order does not matter when nothing can come between.
pub fn copied_after(from: &[u64]) -> Vec<u64> {
    let mut v = Vec::with_capacity(from.len());
    unsafe {
        v.set_len(from.len());
        ptr::copy_nonoverlapping(from.as_ptr(), v.as_mut_ptr(), from.len());
    }
    v
}

pub fn spare(n: usize) -> Vec<u16> {
    let mut v = Vec::with_capacity(n);
    for (i, slot) in v.spare_capacity_mut()[..n].iter_mut().enumerate() {
        slot.write(i as u16);
    }
    unsafe { v.set_len(n) }
    v
}

pub fn by_index(n: usize) -> Vec<u32> {
    let mut v: Vec<u32> = Vec::with_capacity(n);
    unsafe { v.set_len(n) }
    for i in 0..n {
        v[i] = i as u32;
    }
    v
}

pub fn foreign() -> Option<Vec<u8>> {
    let mut v: Vec<u8> = Vec::with_capacity(64);
    let mut used = 0;
    unsafe {
        if encode(v.as_mut_ptr(), v.capacity(), &mut used) != 0 {
            return None;
        }
        v.set_len(used);
    }
    Some(v)
}

pub fn out_parameter() -> u64 {
    let mut l = MaybeUninit::<[u64; 2]>::uninit();
    let l = unsafe {
        limits(l.as_mut_ptr());
        l.assume_init()
    };
    l[0]
}

#[allow(deprecated, invalid_value)]
pub fn old_out_parameter() -> u64 {
    unsafe {
        let mut l: [u64; 2] = mem::uninitialized();
        limits(&mut l);
        l[1]
    }
}

// An array of MaybeUninit needs no values.
pub fn array<T: Clone>(x: &T) -> [T; 4] {
    unsafe {
        let mut a: [MaybeUninit<T>; 4] = MaybeUninit::uninit().assume_init();
        for slot in &mut a {
            slot.write(x.clone());
        }
        mem::transmute_copy(&a)
    }
}

pub fn slots(n: usize) -> Vec<MaybeUninit<String>> {
    let mut v = Vec::with_capacity(n);
    unsafe { v.set_len(n) }
    v
}

pub fn raw(n: usize) -> Vec<u32> {
    unsafe {
        let p = std::alloc::alloc(std::alloc::Layout::array::<u32>(n).unwrap()) as *mut u32;
        for i in 0..n {
            p.add(i).write(7);
        }
        Vec::from_raw_parts(p, n, n)
    }
}

// Zero is a value of these.
pub fn zeroes() -> ([u64; 8], *const u8, Option<Box<u8>>) {
    unsafe { (mem::zeroed(), mem::zeroed(), mem::zeroed()) }
}

pub fn into_spare(buf: &mut Vec<u8>, from: &[u8]) {
    buf.reserve(from.len());
    let spare = &mut buf.spare_capacity_mut()[..from.len()];
    for (slot, b) in spare.iter_mut().zip(from) {
        slot.write(*b);
    }
    let bytes: &mut [u8] = unsafe { mem::transmute(spare) };
    bytes.sort();
    let len = buf.len() + from.len();
    unsafe { buf.set_len(len) }
}

pub fn zipped(from: &[u8]) -> Vec<u8> {
    let mut v: Vec<u8> = Vec::with_capacity(from.len());
    unsafe { v.set_len(from.len()) }
    for (to, b) in v.iter_mut().zip(from) {
        *to = *b ^ 0x55;
    }
    v
}
