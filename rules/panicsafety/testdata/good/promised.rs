// What the caller may choose is the crate's own: others cannot implement the trait.
use std::mem::MaybeUninit;

mod private {
    pub trait Sealed {}
}

pub trait Address: private::Sealed + Sized {
    fn size() -> usize;
    fn as_ptr(&self) -> *const u8;
    /// # Safety
    /// The pointer leads to as many bytes.
    unsafe fn from_raw(ptr: *const u8, len: usize) -> Option<Self>;
}

extern "C" {
    fn fill(to: *mut u8, len: *mut usize) -> i32;
}

pub fn peer<T: Address>() -> Option<T> {
    unsafe {
        let mut address = MaybeUninit::<T>::uninit();
        let mut len = T::size();
        if fill(address.as_mut_ptr().cast(), &mut len) < 0 {
            return None;
        }
        T::from_raw(address.assume_init().as_ptr(), len)
    }
}
