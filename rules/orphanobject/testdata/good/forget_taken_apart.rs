// Values whose parts were taken over before they are forgotten.
use std::mem;
use std::ptr::NonNull;

pub struct Raw {
    ptr: NonNull<u64>,
}

impl Raw {
    pub fn new(v: u64) -> Raw {
        Raw { ptr: NonNull::from(Box::leak(Box::new(v))) }
    }

    pub fn into_parts(self) -> NonNull<u64> {
        let ptr = self.ptr;
        mem::forget(self);
        ptr
    }

    pub fn is_zero(&self) -> bool {
        let zero = Raw { ptr: self.ptr };
        let answer = zero.ptr == NonNull::dangling();
        mem::forget(zero);
        answer
    }
}

// What it owned is gone before it is forgotten.
pub struct Folder {
    path: Box<str>,
    keep: bool,
}

impl Folder {
    pub fn close(mut self) -> bool {
        self.path = Box::from("");
        let kept = self.keep;
        mem::forget(self);
        kept
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        println!("{}", self.path);
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        drop(unsafe { Box::from_raw(self.ptr.as_ptr()) });
    }
}

fn main() {
    let raw = Raw::new(3);
    println!("{}", raw.is_zero());
    drop(unsafe { Box::from_raw(raw.into_parts().as_ptr()) });
}
