// The object is looked at by who gave the last count back.
use std::sync::atomic::{fence, AtomicUsize, Ordering};

struct Counted<T> {
    count: AtomicUsize,
    data: T,
}

pub struct Handle<T> {
    pointer: *const Counted<T>,
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        let before = unsafe { (*self.pointer).count.load(Ordering::Relaxed) };
        if unsafe { (*self.pointer).count.fetch_sub(1, Ordering::Release) } != 1 {
            println!("{before} at {:p}", self.pointer);
            return;
        }
        fence(Ordering::Acquire);
        println!("{}", unsafe { (*self.pointer).count.load(Ordering::Relaxed) });
        drop(unsafe { Box::from_raw(self.pointer as *mut Counted<T>) });
    }
}

fn main() {
    let h = Handle { pointer: Box::into_raw(Box::new(Counted { count: AtomicUsize::new(1), data: 1 })) };
    println!("{}", unsafe { (*h.pointer).data });
}
