//! The drop of an element panics before the owner is told that it is gone.
use std::mem::{self, MaybeUninit};
use std::ptr;

pub struct Stack<T, const N: usize> {
    items: [MaybeUninit<T>; N],
    len: usize,
}

impl<T, const N: usize> Stack<T, N> {
    pub fn clear(&mut self) {
        for i in 0..self.len {
            unsafe { ptr::drop_in_place(self.items.as_mut_ptr().add(i) as *mut T) } //~ panic-safety "dropped again"
        }
        self.len = 0;
    }

    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        unsafe { self.drop_range(len) }; //~ panic-safety "dropped again"
        self.len = len;
    }

    /// All of them go, also when the drop of one panics.
    unsafe fn drop_range(&mut self, from: usize) {
        struct Dropper<'a, T>(&'a mut [MaybeUninit<T>]);
        impl<T> Drop for Dropper<'_, T> {
            fn drop(&mut self) {
                unsafe { ptr::drop_in_place(self.0 as *mut [MaybeUninit<T>] as *mut [T]) }
            }
        }
        let all = &mut self.items[from..self.len];
        let _right = Dropper(all);
    }
}

impl<T, const N: usize> Drop for Stack<T, N> {
    fn drop(&mut self) {
        self.clear();
    }
}

pub struct Drain<T, const N: usize> {
    rest: Stack<T, N>,
    start: usize,
}

impl<T, const N: usize> Drop for Drain<T, N> {
    fn drop(&mut self) {
        unsafe {
            let empty = Stack { items: MaybeUninit::uninit().assume_init(), len: 0 };
            let mut rest = mem::replace(&mut self.rest, empty);
            ptr::drop_in_place(&mut rest.items[self.start..] as *mut [MaybeUninit<T>] as *mut [T]); //~ panic-safety "dropped again"
            rest.len = 0;
        }
    }
}

pub fn cut<T>(v: &mut Vec<T>, len: usize) {
    let n = v.len();
    assert!(len <= n);
    unsafe {
        let tail = ptr::slice_from_raw_parts_mut(v.as_mut_ptr().add(len), n - len);
        ptr::drop_in_place(tail); //~ panic-safety "dropped again"
        v.set_len(len);
    }
}
