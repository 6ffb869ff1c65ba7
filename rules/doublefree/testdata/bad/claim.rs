// A value is read out of a buffer that may be replaced before it is claimed.
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicIsize, AtomicPtr, Ordering};

pub struct Buffer<T> {
    at: *mut T,
}

impl<T> Buffer<T> {
    unsafe fn read(&self, i: isize) -> T {
        ptr::read(self.at.offset(i))
    }
}

pub struct Queue<T> {
    front: AtomicIsize,
    buffer: AtomicPtr<Buffer<T>>,
}

impl<T> Queue<T> {
    pub fn steal(&self) -> Option<T> {
        let f = self.front.load(Ordering::Acquire);
        let buffer = self.buffer.load(Ordering::Acquire);
        let task = unsafe { (*buffer).read(f) }; //~? double-free "before it is claimed"
        if self.front.compare_exchange(f, f + 1, Ordering::SeqCst, Ordering::Relaxed).is_err() {
            mem::forget(task);
            return None;
        }
        Some(task)
    }
}

fn main() {
    let q: Queue<String> = Queue { front: AtomicIsize::new(0), buffer: AtomicPtr::new(ptr::null_mut()) };
    println!("{}", q.front.load(Ordering::Relaxed));
}
