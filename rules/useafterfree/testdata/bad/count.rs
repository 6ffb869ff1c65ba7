// The count is given back, and then the object is looked at again.
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
        let was = unsafe { (*self.pointer).count.fetch_sub(1, Ordering::Release) };
        if was == 2 {
            let is = unsafe { (*self.pointer).count.load(Ordering::Relaxed) }; //~? use-after-free "after its count was given back"
            println!("{is}");
        } else if was == 1 {
            fence(Ordering::Acquire);
            drop(unsafe { Box::from_raw(self.pointer as *mut Counted<T>) });
        }
    }
}

fn main() {
    let h = Handle { pointer: Box::into_raw(Box::new(Counted { count: AtomicUsize::new(1), data: 1 })) };
    println!("{}", unsafe { (*h.pointer).data });
}
