//! What a type parameter looks like in memory is the caller's choice.

use std::mem;

pub fn bytes<T: Copy>(x: &[T]) -> &[u8] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, x.len() * mem::size_of::<T>()) } //~ invalid-cast "the bytes of any `T` are read"
}

pub fn one<T>(x: &T) -> &[u8] {
    unsafe { std::slice::from_raw_parts((x as *const T).cast(), mem::size_of_val(x)) } //~ invalid-cast "the bytes of any `T` are read"
}

pub fn bytes_mut<T>(x: &mut T) -> &mut [u8] {
    unsafe { std::slice::from_raw_parts_mut(x as *mut T as *mut u8, mem::size_of::<T>()) } //~ invalid-cast "can be overwritten"
}

pub fn vec_as_bytes<T: Copy>(vec: Vec<T>) -> Vec<u8> {
    let mut vec = mem::ManuallyDrop::new(vec);
    unsafe { Vec::from_raw_parts(vec.as_mut_ptr() as *mut u8, vec.len() * mem::size_of::<T>(), vec.capacity() * mem::size_of::<T>()) } //~ invalid-cast "is given to a `Vec<u8>`"
}

pub fn read<T: Copy>(x: &[u8]) -> T {
    assert!(x.len() >= mem::size_of::<T>());
    unsafe { std::ptr::read_unaligned(x.as_ptr() as *const T) } //~ invalid-cast "any `T` is made of the bytes"
}

pub fn view<T>(x: &[u8]) -> &T {
    assert_eq!(x.len(), mem::size_of::<T>());
    unsafe { &*(x.as_ptr() as *const T) } //~ invalid-cast "any `T` is made of the bytes"
}

pub fn first<T>(x: &[u8]) -> &T {
    unsafe { mem::transmute(&x[0]) } //~ invalid-cast "any `T` is made of the bytes"
}

pub fn convert<T, U>(x: T) -> U {
    assert_eq!(mem::size_of::<T>(), mem::size_of::<U>());
    let u = unsafe { mem::transmute_copy(&x) }; //~ invalid-cast "any `U` is made of the bytes of a `T`"
    mem::forget(x);
    u
}

pub trait Bytes<T: Copy + Send> {
    fn items(&self) -> &[T];

    fn as_bytes(&self) -> &[u8] {
        let s = self.items();
        unsafe { std::slice::from_raw_parts(s.as_ptr() as *const _, s.len() * mem::size_of::<T>()) } //~ invalid-cast "the bytes of any `T` are read"
    }
}
