// What stands between giving up a value and keeping its pointer cannot panic. //~ silent
use std::sync::atomic::{fence, AtomicPtr, AtomicUsize, Ordering};

pub struct Tail<T> {
    index: AtomicUsize,
    count: AtomicUsize,
    block: AtomicPtr<T>,
}

pub fn first<T>(value: Box<T>) -> Tail<T> {
    let block = Box::into_raw(value);
    Tail { index: AtomicUsize::new(0), count: AtomicUsize::new(1), block: AtomicPtr::new(block) }
}

impl<T> Tail<T> {
    pub fn install(&self, value: Box<T>, at: usize) {
        let next = Box::into_raw(value);
        let index = at.wrapping_add(1).max(at.leading_zeros() as usize);
        self.count.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.block.store(next, Ordering::Release);
        self.index.store(index, Ordering::Release);
    }
}

impl<T> Drop for Tail<T> {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(*self.block.get_mut())) }
    }
}
