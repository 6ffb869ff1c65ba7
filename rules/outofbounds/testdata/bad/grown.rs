use std::alloc::{alloc, realloc, Layout};
use std::ptr::{self, NonNull};

pub trait Alloc {
    /// # Safety
    /// `at` was given out with this layout.
    unsafe fn realloc(&mut self, at: NonNull<u8>, layout: Layout, new_size: usize) -> Option<NonNull<u8>>;
}

pub struct Bump;

impl Alloc for Bump {
    unsafe fn realloc(&mut self, at: NonNull<u8>, layout: Layout, new_size: usize) -> Option<NonNull<u8>> {
        let old = layout.size();
        if new_size <= old {
            return Some(at);
        }
        unsafe {
            let new = NonNull::new(alloc(Layout::from_size_align(new_size, layout.align()).ok()?))?;
            ptr::copy_nonoverlapping(at.as_ptr(), new.as_ptr(), new_size); //~ out-of-bounds "as many elements are copied as the new block has"
            Some(new)
        }
    }
}

pub struct Stack {
    items: *mut u64,
    cap: usize,
    len: usize,
}

impl Stack {
    pub fn grow(&mut self) {
        let cap = self.cap * 2;
        unsafe {
            let new = alloc(Layout::array::<u64>(cap).unwrap()) as *mut u64;
            ptr::copy_nonoverlapping(self.items, new, cap); //~ out-of-bounds "as many elements are copied as the new block has"
            self.items = new;
        }
        self.cap = cap;
    }

    pub fn by_std(&mut self) {
        let cap = self.cap * 2;
        unsafe { self.items = realloc(self.items as *mut u8, Layout::array::<u64>(self.cap).unwrap(), cap * 8) as *mut u64 };
        self.cap = cap;
    }

    pub fn len(&self) -> usize {
        self.len
    }
}
