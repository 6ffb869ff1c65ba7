//! Clones with an owner each, with a count, or that own nothing.
use std::cell::Cell;

pub struct Deep {
    at: *mut u64,
}

impl Clone for Deep {
    fn clone(&self) -> Deep {
        Deep { at: Box::into_raw(Box::new(unsafe { *self.at })) }
    }
}

impl Drop for Deep {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(self.at)) }
    }
}

struct Inner {
    count: Cell<usize>,
}

pub struct Counted {
    at: *mut Inner,
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        let inner = unsafe { &*self.at };
        inner.count.set(inner.count.get() + 1);
        Counted { at: self.at }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let inner = unsafe { &*self.at };
        inner.count.set(inner.count.get() - 1);
        if inner.count.get() == 0 {
            unsafe { drop(Box::from_raw(self.at)) }
        }
    }
}

/// The copy borrows: its flag says so.
pub struct MaybeOwned {
    at: *mut u64,
    owned: bool,
}

impl Clone for MaybeOwned {
    fn clone(&self) -> MaybeOwned {
        MaybeOwned { at: self.at, owned: false }
    }
}

impl Drop for MaybeOwned {
    fn drop(&mut self) {
        if self.owned {
            unsafe { drop(Box::from_raw(self.at)) }
        }
    }
}

/// Nothing is freed.
#[derive(Clone)]
pub struct View {
    at: *const u64,
}

impl Drop for View {
    fn drop(&mut self) {
        println!("{:p}", self.at);
    }
}
