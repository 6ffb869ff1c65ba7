#![allow(invalid_reference_casting)]
use std::cell::{Cell, UnsafeCell};

pub struct Counter {
    n: UnsafeCell<u32>,
    hits: Cell<u32>,
    raw: *mut u32,
}

impl Counter {
    /// # Safety
    /// Nobody else has a reference.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn get(&self) -> &mut u32 {
        unsafe { &mut *self.n.get() }
    }

    pub fn bump(&self) {
        unsafe { *self.n.get() += 1 };
        self.hits.set(self.hits.get() + 1);
    }

    /// # Safety
    /// `raw` is good.
    pub unsafe fn through(&self) {
        unsafe { *self.raw = 1 };
    }

    pub fn inside(&self) {
        // What lies in the cell may change behind a shared reference.
        let p = &self.n as *const UnsafeCell<u32> as *mut u32;
        unsafe { *p = 1 };
    }
}

pub fn set(v: &mut [u8], i: usize) {
    assert!(i < v.len());
    unsafe { std::ptr::write(v.as_mut_ptr().add(i), 0) };
}

pub fn back_to_const(v: &mut [u8]) -> u8 {
    let p = v.as_mut_ptr() as *const u8 as *mut u8;
    assert!(!v.is_empty());
    unsafe {
        *p = 1;
        *p
    }
}

extern "C" {
    fn take(p: *mut u8, n: usize);
}

/// C declares the pointer without const, and does not write.
pub fn lend(v: &[u8]) {
    unsafe { take(v.as_ptr() as *mut u8, v.len()) };
}

/// The reference is the only one, although as_ptr borrows it as shared.
pub fn exclusive(v: &mut [u8]) -> &mut [u8] {
    unsafe { std::slice::from_raw_parts_mut(v.as_ptr() as *mut u8, v.len()) }
}

pub fn owned() -> u32 {
    let x = 1u32;
    let p = &x as *const u32;
    unsafe { *p }
}
