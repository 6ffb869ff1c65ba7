//! A ring of a fixed number of slots.

use std::mem::MaybeUninit;

pub struct Ring<T> {
    slots: Box<[MaybeUninit<T>]>,
    head: usize,
    len: usize,
}

impl<T> Ring<T> {
    pub fn new(size: usize) -> Self {
        Ring { slots: (0..size).map(|_| MaybeUninit::uninit()).collect(), head: 0, len: 0 }
    }

    pub fn is_full(&self) -> bool {
        self.len == self.slots.len()
    }

    pub fn push(&mut self, value: T) {
        assert!(!self.is_full(), "the ring is full");
        let at = (self.head + self.len) % self.slots.len();
        self.slots[at].write(value);
        self.len += 1;
    }

    /// Takes the oldest value. Of an empty ring, this is memory that was never written.
    pub fn pop(&mut self) -> T {
        let at = self.head;
        self.head = (self.head + 1) % self.slots.len();
        self.len = self.len.wrapping_sub(1);
        unsafe { self.slots[at].assume_init_read() }
    }

    /// Lends a value. It does not look at whether there is one.
    pub fn get(&self, n: usize) -> &T {
        unsafe { &*self.slots.as_ptr().add((self.head + n) % self.slots.len()).cast::<T>() }
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        for n in 0..self.len {
            let at = (self.head + n) % self.slots.len();
            // SAFETY: the len slots from head on hold values, and nothing uses them after this.
            unsafe { self.slots[at].assume_init_drop() }
        }
    }
}
