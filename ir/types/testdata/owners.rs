// Types that own, borrow, or depend on their parameters.
#![allow(dead_code)]
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

pub struct Plain {
    pub n: u32,
    pub f: fn(u8) -> u8,
}
pub struct Named {
    pub name: String,
}
pub struct Borrowed<'a> {
    pub s: &'a Named,
    pub p: *mut Named,
}
pub struct Wrap<T>(pub T);
pub struct Both<A, B> {
    pub a: Wrap<A>,
    pub b: PhantomData<B>,
}
pub enum List<T> {
    Nil,
    Cons(T, Box<List<T>>),
}
// Definitions that need each other.
pub struct Ping<T> {
    pub pong: *const Pong<T>,
    pub inner: Wrap<T>,
}
pub struct Pong<T> {
    pub ping: Ping<T>,
}
pub union Either {
    pub a: ManuallyDrop<String>,
    pub b: u64,
}
pub struct Raw<T> {
    ptr: NonNull<T>,
}
pub struct Proxy<T> {
    ptr: NonNull<T>,
}
impl<T> Drop for Proxy<T> {
    fn drop(&mut self) {
        unsafe { drop(Box::from_raw(self.ptr.as_ptr())) }
    }
}
pub struct Guard<'a> {
    n: &'a Cell<u32>,
}
impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.n.set(0)
    }
}
pub trait Shape {
    type Unit;
    fn unit(&self) -> Self::Unit;
}
pub struct Square;
impl Shape for Square {
    type Unit = Vec<u8>;
    fn unit(&self) -> Vec<u8> {
        Vec::new()
    }
}
pub struct Assoc {
    pub u: <Square as Shape>::Unit,
}
pub type Table<V> = HashMap<String, V>;
pub struct Aliased {
    pub t: Table<u8>,
    pub r: std::io::Result<()>,
    pub c: std::os::raw::c_int,
}
#[repr(u8)]
pub enum Numbered {
    A = 3,
    B,
    C = 9,
    D(RefCell<u8>),
}
pub mod deep {
    pub mod inner {
        pub struct Hidden(pub Vec<u8>);
    }
    pub use inner::Hidden;
    pub struct Defaulted<T = String>(pub T);
    pub struct UsesDefault(pub Defaulted);
}
pub struct Never<T, const N: usize>(pub [T; N]);

fn main() {}
