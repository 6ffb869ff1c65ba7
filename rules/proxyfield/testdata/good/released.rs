// Fields that own what they point at, and destructors that release it in their own ways.
use std::cell::Cell;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};

pub struct Maybe(Option<NonNull<String>>);

impl Maybe {
    pub fn new(s: String) -> Maybe {
        Maybe(NonNull::new(Box::into_raw(Box::new(s))))
    }
}

impl Drop for Maybe {
    fn drop(&mut self) {
        if let Some(p) = self.0.take() {
            drop(unsafe { Box::from_raw(p.as_ptr()) });
        }
    }
}

pub struct Helper {
    text: *mut String,
}

impl Helper {
    pub fn new(s: String) -> Helper {
        Helper { text: Box::into_raw(Box::new(s)) }
    }
    unsafe fn release(&mut self) {
        let p = mem::replace(&mut self.text, ptr::null_mut());
        if !p.is_null() {
            drop(Box::from_raw(p));
        }
    }
    pub fn set(&mut self, s: String) {
        unsafe { self.release() };
        self.text = Box::into_raw(Box::new(s));
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        unsafe { self.release() }
    }
}

pub enum Either {
    Inline(u8),
    Heap(*mut u8, usize),
}

impl Either {
    pub fn new(v: Vec<u8>) -> Either {
        let b = v.into_boxed_slice();
        let n = b.len();
        Either::Heap(Box::into_raw(b).cast(), n)
    }
}

impl Drop for Either {
    fn drop(&mut self) {
        if let Either::Heap(p, n) = *self {
            drop(unsafe { Vec::from_raw_parts(p, n, n) });
        }
    }
}

/// Resets indices of elements that the array owns.
pub struct Ring {
    items: Vec<String>,
    head: usize,
    len: usize,
}

impl Ring {
    pub fn clear(&mut self) {
        self.head = 0;
        self.len = 0;
    }
    pub fn len(&self) -> usize {
        self.items.len() - self.len + self.head
    }
}

pub struct Parts {
    buf: ManuallyDrop<Vec<u8>>,
    spare: MaybeUninit<u64>,
}

impl Parts {
    pub fn new(v: Vec<u8>) -> Parts {
        Parts { buf: ManuallyDrop::new(v), spare: MaybeUninit::new(3) }
    }
    pub fn spare(&self) -> u64 {
        unsafe { self.spare.assume_init() }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        unsafe { ManuallyDrop::drop(&mut self.buf) };
    }
}

/// Borrows: the arena owns.
pub struct View {
    at: *const u8,
}

impl View {
    pub fn of(v: &[u8]) -> View {
        View { at: v.as_ptr() }
    }
    pub fn first(&self) -> u8 {
        unsafe { *self.at }
    }
}

pub struct Arena {
    items: Vec<*mut String>,
    last: Cell<*mut String>,
}

impl Arena {
    pub fn new() -> Arena {
        Arena { items: Vec::new(), last: Cell::new(ptr::null_mut()) }
    }
    pub fn add(&mut self, s: String) -> &str {
        let p = Box::into_raw(Box::new(s));
        self.items.push(p);
        self.last.set(p);
        unsafe { &*p }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for &p in &self.items {
            drop(unsafe { Box::from_raw(p) });
        }
    }
}
