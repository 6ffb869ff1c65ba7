// Each element is released once, whatever index leads to it. //~ silent
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr;
pub struct Marked {
    xs: [MaybeUninit<String>; 4],
    len: usize,
}
impl Drop for Marked {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { self.xs[i].assume_init_drop() }
        }
    }
}
pub struct Slots {
    xs: [MaybeUninit<String>; 4],
    len: usize,
}
impl Drop for Slots {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { ptr::drop_in_place(self.xs[i].as_mut_ptr()) }
        }
    }
}
pub struct Growing {
    xs: Vec<MaybeUninit<String>>,
    len: usize,
}
impl Drop for Growing {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { self.xs[i].assume_init_drop() }
        }
    }
}
pub struct Sliced {
    xs: [MaybeUninit<String>; 4],
    len: usize,
}
impl Drop for Sliced {
    fn drop(&mut self) {
        for x in &mut self.xs[..self.len] {
            unsafe { x.assume_init_drop() }
        }
    }
}
pub struct Held {
    xs: [ManuallyDrop<String>; 4],
    len: usize,
}
impl Drop for Held {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { ManuallyDrop::drop(&mut self.xs[i]) }
        }
    }
}
pub struct Raw {
    xs: *mut String,
    len: usize,
}
impl Drop for Raw {
    fn drop(&mut self) {
        for i in 0..self.len {
            unsafe { ptr::drop_in_place(self.xs.add(i)) }
        }
    }
}
impl Raw {
    pub fn pop(&mut self) -> Option<String> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        unsafe { Some(ptr::read(self.xs.add(self.len))) }
    }
    pub fn drain(&mut self, out: &mut Vec<String>) {
        let mut i = 0;
        while i < self.len {
            out.push(unsafe { ptr::read(self.xs.add(i)) });
            i += 1;
        }
        self.len = 0;
    }
}
impl Slots {
    pub fn take_all(mut self) -> Vec<String> {
        let mut v = Vec::new();
        let n = mem::replace(&mut self.len, 0);
        for i in 0..n {
            v.push(unsafe { self.xs[i].assume_init_read() });
        }
        v
    }
    pub fn clear(&mut self) {
        while self.len > 0 {
            self.len -= 1;
            unsafe { self.xs[self.len].assume_init_drop() }
        }
    }
}
impl Held {
    pub fn take_all(mut self) -> Vec<String> {
        let mut v = Vec::new();
        let n = mem::replace(&mut self.len, 0);
        for i in 0..n {
            v.push(unsafe { ManuallyDrop::take(&mut self.xs[i]) });
        }
        v
    }
}
