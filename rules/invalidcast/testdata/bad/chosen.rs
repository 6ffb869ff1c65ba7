//! A type that hands out its bytes as whatever the caller asks for.
pub struct Pages {
    at: usize,
    size: usize,
}

impl Pages {
    pub fn as_ptr(&self) -> *const u8 {
        self.at as *const u8
    }

    pub fn len(&self) -> usize {
        self.size
    }

    pub fn as_slice<T>(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.as_ptr() as *const T, self.len() / std::mem::size_of::<T>()) } //~ invalid-cast "any `T` is made of the bytes"
    }
}
