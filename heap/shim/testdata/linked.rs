//! Allocates in threads, under an allocator of its own, and exits.
use std::alloc::{GlobalAlloc, Layout, System};

struct Own;

unsafe impl GlobalAlloc for Own {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {
        unsafe { System.alloc(l) }
    }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
        unsafe { System.dealloc(p, l) }
    }
}

#[global_allocator]
static OWN: Own = Own;

fn main() {
    let answer = Box::new(42);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(|| {
                let boxes: Vec<Box<u64>> = (0..101).map(Box::new).collect();
                std::mem::forget(boxes);
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("{answer}");
    std::process::exit(3);
}
