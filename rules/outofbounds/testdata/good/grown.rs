use std::alloc::{alloc, Layout};
use std::ptr::{self, NonNull};

/// # Safety
/// `at` was given out with this layout.
pub unsafe fn move_to_larger(at: NonNull<u8>, layout: Layout, new_size: usize) -> Option<NonNull<u8>> {
    let old = layout.size();
    unsafe {
        let new = NonNull::new(alloc(Layout::from_size_align(new_size, layout.align()).ok()?))?;
        if new_size <= old {
            ptr::copy_nonoverlapping(at.as_ptr(), new.as_ptr(), new_size);
        } else {
            ptr::copy_nonoverlapping(at.as_ptr(), new.as_ptr(), old);
        }
        Some(new)
    }
}

pub struct Stack {
    items: *mut u64,
    cap: usize,
}

impl Stack {
    pub fn grow(&mut self) {
        let cap = self.cap * 2;
        unsafe {
            let new = alloc(Layout::array::<u64>(cap).unwrap()) as *mut u64;
            ptr::copy_nonoverlapping(self.items, new, self.cap);
            self.items = new;
        }
        self.cap = cap;
    }
}
