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

// Without capacity there is nothing to free.
pub struct Bytes {
    ptr: *mut u8,
    cap: usize,
}

impl Bytes {
    pub fn of(v: Vec<u8>) -> Bytes {
        let mut v = mem::ManuallyDrop::new(v);
        Bytes { ptr: v.as_mut_ptr(), cap: v.capacity() }
    }

    fn cap(&self) -> usize {
        self.cap
    }

    fn ptr(&self) -> *mut u8 {
        self.ptr
    }

    pub fn free(self) {
        let me = mem::ManuallyDrop::new(self);
        if me.cap() != 0 {
            drop(unsafe { Vec::from_raw_parts(me.ptr(), 0, me.cap()) });
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        drop(unsafe { Vec::from_raw_parts(self.ptr, 0, self.cap) });
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
