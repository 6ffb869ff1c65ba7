//! The type is promised, or is that of the container.
use std::marker::PhantomData;

/// # Safety
/// Any bytes are a value.
pub unsafe trait Plain {}

pub struct Pages {
    at: usize,
    size: usize,
}

impl Pages {
    pub fn as_ptr(&self) -> *const u8 {
        self.at as *const u8
    }

    pub fn as_slice<T: Plain>(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.as_ptr() as *const T, self.size / std::mem::size_of::<T>()) }
    }

    /// # Safety
    /// The pages hold values of the type.
    pub unsafe fn values<T>(&self) -> &[T] {
        std::slice::from_raw_parts(self.as_ptr() as *const T, self.size / std::mem::size_of::<T>())
    }
}

pub struct Column<T> {
    pages: Pages,
    of: PhantomData<T>,
}

impl<T> Column<T> {
    pub fn as_slice(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.pages.as_ptr() as *const T, self.pages.size / std::mem::size_of::<T>()) }
    }
}
