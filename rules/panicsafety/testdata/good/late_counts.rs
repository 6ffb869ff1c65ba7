//! The owner is told first, or by a guard, or nobody can panic.
use std::mem::MaybeUninit;
use std::ptr;

pub struct Stack<T, const N: usize> {
    items: [MaybeUninit<T>; N],
    len: usize,
}

impl<T, const N: usize> Stack<T, N> {
    pub fn clear(&mut self) {
        let len = self.len;
        self.len = 0;
        for i in 0..len {
            unsafe { ptr::drop_in_place(self.items.as_mut_ptr().add(i) as *mut T) }
        }
    }

    pub fn truncate(&mut self, len: usize) {
        while self.len > len {
            self.len -= 1;
            unsafe { ptr::drop_in_place(self.items.as_mut_ptr().add(self.len) as *mut T) }
        }
    }

    pub fn guarded(&mut self) {
        struct SetLen<'a>(&'a mut usize);
        impl Drop for SetLen<'_> {
            fn drop(&mut self) {
                *self.0 = 0;
            }
        }
        let n = self.len;
        let items = self.items.as_mut_ptr();
        let _guard = SetLen(&mut self.len);
        for i in 0..n {
            unsafe { ptr::drop_in_place(items.add(i) as *mut T) }
        }
    }

    /// Told before, by the caller of the helper.
    pub fn cut(&mut self, len: usize) {
        let old = self.len;
        self.len = len;
        unsafe { self.drop_range(len, old) };
    }

    unsafe fn drop_range(&mut self, from: usize, to: usize) {
        ptr::drop_in_place(&mut self.items[from..to] as *mut [MaybeUninit<T>] as *mut [T])
    }
}

impl<T, const N: usize> Drop for Stack<T, N> {
    /// Nobody runs a destructor twice: the length does not matter any more.
    fn drop(&mut self) {
        unsafe { ptr::drop_in_place(&mut self.items[..self.len] as *mut [MaybeUninit<T>] as *mut [T]) }
        self.len = 0;
    }
}

/// The drop of a String does not panic.
pub struct Names {
    items: [MaybeUninit<String>; 4],
    len: usize,
}

impl Names {
    pub fn clear(&mut self) {
        for i in 0..self.len {
            unsafe { ptr::drop_in_place(self.items.as_mut_ptr().add(i) as *mut String) }
        }
        self.len = 0;
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Nothing is dropped that the vector counts.
pub fn cut<T>(v: &mut Vec<T>, len: usize) {
    let n = v.len();
    assert!(len <= n);
    unsafe {
        v.set_len(len);
        let tail = ptr::slice_from_raw_parts_mut(v.as_mut_ptr().add(len), n - len);
        ptr::drop_in_place(tail);
    }
}
