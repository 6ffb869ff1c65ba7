//! The same with somebody who promises that it is good.

use std::any::TypeId;
use std::mem::{self, MaybeUninit};

/// # Safety
/// No padding, and any bytes are a value.
pub unsafe trait Plain: Copy {}
unsafe impl Plain for u32 {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u16 {}
}

pub trait Number: sealed::Sealed + Copy {}
impl Number for u16 {}

/// A trait above which another one promises.
pub trait Pixel: Plain {}

pub fn bytes<T: Plain>(x: &[T]) -> &[u8] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, mem::size_of_val(x)) }
}

pub fn numbers<T>(x: &[T]) -> &[u8]
where
    T: Number,
{
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, mem::size_of_val(x)) }
}

pub fn pixels<P: Pixel>(x: &[P]) -> &[u8] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, mem::size_of_val(x)) }
}

pub fn vec_as_bytes<T: Plain>(vec: Vec<T>) -> Vec<u8> {
    let mut vec = mem::ManuallyDrop::new(vec);
    unsafe { Vec::from_raw_parts(vec.as_mut_ptr() as *mut u8, vec.len() * mem::size_of::<T>(), vec.capacity() * mem::size_of::<T>()) }
}

pub fn maybe<T>(x: &[T]) -> &[MaybeUninit<u8>] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const MaybeUninit<u8>, mem::size_of_val(x)) }
}

/// # Safety
/// T has no padding.
pub unsafe fn asked<T>(x: &T) -> &[u8] {
    unsafe { std::slice::from_raw_parts((x as *const T).cast(), mem::size_of_val(x)) }
}

pub fn read<T: Plain>(x: &[u8]) -> T {
    assert!(x.len() >= mem::size_of::<T>());
    unsafe { std::ptr::read_unaligned(x.as_ptr() as *const T) }
}

pub fn same<T: 'static + Copy, U: 'static + Copy>(x: T) -> Option<U> {
    if TypeId::of::<T>() == TypeId::of::<U>() {
        Some(unsafe { mem::transmute_copy(&x) })
    } else {
        None
    }
}

pub fn texts(x: &[u32]) -> &[u8] {
    unsafe { std::slice::from_raw_parts(x.as_ptr() as *const u8, mem::size_of_val(x)) }
}

#[repr(C)]
pub struct Rgb<T> {
    pub r: T,
    pub g: T,
    pub b: T,
}

impl<T> Rgb<T> {
    pub fn as_slice(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self as *const Self as *const T, 3) }
    }
}
