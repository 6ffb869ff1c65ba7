// A method frees what the destructor frees again.
use std::ffi::c_void;
use std::mem::{self, MaybeUninit};

mod sys {
    use super::*;
    pub unsafe extern "C" fn hive_open() -> *mut c_void {
        Box::into_raw(Box::new(1u8)) as *mut c_void
    }
    extern "C" {
        pub fn hive_close(h: *mut c_void) -> i32;
        pub fn hive_touch(h: *mut c_void) -> i32;
    }
}

struct Hive(*mut c_void);

impl Hive {
    fn open() -> Hive {
        Hive(unsafe { sys::hive_open() })
    }
    const fn handle(&self) -> *mut c_void {
        self.0
    }
    fn close(self) -> i32 {
        unsafe { sys::hive_close(self.handle()) }
    } //~ double-free "released twice"
    fn close_at_once(self) -> bool {
        let status = unsafe { sys::hive_close(self.0) };
        if status == 0 {
            return true;
        }
        mem::forget(self);
        false
    } //~ double-free "released twice"
    fn shut(&mut self) -> i32 {
        unsafe { sys::hive_close(self.0) } //~ double-free "its owner releases it again"
    }
    fn touch(self) -> i32 {
        unsafe { sys::hive_touch(self.0) }
    }
}

impl Drop for Hive {
    fn drop(&mut self) {
        unsafe { sys::hive_close(self.handle()) };
    }
}

// A buffer that grows: on one path the old one is freed and kept.
struct Buffer {
    len: usize,
    cap: usize,
    data: Data,
}

enum Data {
    Inline(MaybeUninit<[u8; 4]>),
    Heap(*mut u8),
}

impl Data {
    fn ptr(&mut self) -> *mut u8 {
        match self {
            Data::Inline(a) => a.as_mut_ptr() as *mut u8,
            Data::Heap(p) => *p,
        }
    }
}

unsafe fn release(p: *mut u8, cap: usize) {
    drop(Vec::from_raw_parts(p, 0, cap));
}

impl Buffer {
    fn parts(&mut self) -> (*mut u8, usize, usize) {
        let (len, cap) = (self.len, self.cap);
        (self.data.ptr(), len, cap)
    }

    fn grow(&mut self, new: usize) {
        let (old, len, cap) = self.parts();
        let inline = cap <= 4;
        assert!(new >= len);
        if new <= 4 {
            if inline {
                return;
            }
            self.data = Data::Inline(MaybeUninit::uninit());
            unsafe { std::ptr::copy_nonoverlapping(old, self.data.ptr(), len) };
        } else if new != cap {
            let mut v = Vec::<u8>::with_capacity(new);
            unsafe { std::ptr::copy_nonoverlapping(old, v.as_mut_ptr(), len) };
            self.data = Data::Heap(v.as_mut_ptr());
            self.cap = new;
            mem::forget(v);
            if inline {
                return;
            }
        }
        unsafe { release(old, cap) }; //~ double-free "its owner releases it again"
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.cap > 4 {
            let (old, _, cap) = self.parts();
            unsafe { release(old, cap) };
        }
    }
}

fn main() {
    println!("{}", Hive::open().close() + Hive::open().shut() + Hive::open().touch());
    println!("{}", Hive::open().close_at_once());
    let mut b = Buffer { len: 0, cap: 4, data: Data::Heap(std::ptr::null_mut()) };
    b.grow(8);
}
