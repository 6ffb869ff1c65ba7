// The same programs, mended.
use std::alloc::{alloc, Layout};
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::ptr;

pub fn fill<T: Clone>(n: usize, x: &T) -> Vec<T> {
    let mut v: Vec<T> = Vec::with_capacity(n);
    for i in 0..n {
        unsafe {
            ptr::write(v.as_mut_ptr().add(i), x.clone());
            v.set_len(i + 1);
        }
    }
    v
}

// Dropping a number, or what is Copy, does nothing.
pub fn numbers(n: usize) -> Vec<u64> {
    let mut v = Vec::with_capacity(n);
    unsafe { v.set_len(n) }
    for i in 0..n {
        v[i] = i as u64;
    }
    v
}

pub fn copies<T: Copy>(n: usize, x: T) -> Vec<T> {
    let mut v = Vec::with_capacity(n);
    unsafe { v.set_len(n) }
    for i in 0..n {
        v[i] = x;
    }
    v
}

// A trait that asks for Copy, if only through another one.
pub trait Number: Sized + Copy {
    fn times(self, other: Self) -> Self;
}
pub trait Scalar: Number + PartialOrd {}

pub fn products<T: Scalar>(from: &[T], by: T) -> Vec<T> {
    let mut out = Vec::with_capacity(from.len());
    unsafe { out.set_len(from.len()) }
    for (i, &x) in from.iter().enumerate() {
        out[i] = x.times(by);
    }
    out
}

pub fn mapped<T: Copy, U: Copy>(from: &[T], f: impl Fn(T) -> U) -> Vec<U> {
    let mut out: Vec<U> = Vec::with_capacity(from.len());
    unsafe {
        out.set_len(from.len());
        for (i, &x) in from.iter().enumerate() {
            ptr::write(out.as_mut_ptr().add(i), f(x));
        }
    }
    out
}

pub fn raw<T: Clone>(n: usize, x: &T) -> *mut T {
    unsafe {
        let p = alloc(Layout::array::<T>(n).unwrap()) as *mut T;
        for i in 0..n {
            p.add(i).write(x.clone());
        }
        // All of it is written: now `=` is right.
        for i in 0..n {
            *p.add(i) = x.clone();
        }
        p
    }
}

pub fn array<T>(mut f: impl FnMut() -> T) -> [T; 3] {
    let mut array: [MaybeUninit<T>; 3] = [const { MaybeUninit::uninit() }; 3];
    for slot in &mut array {
        slot.write(f());
    }
    unsafe { mem::transmute_copy(&array) }
}

// A panic leaks, and drops nothing.
#[allow(deprecated, invalid_value)]
pub fn held<T>(mut f: impl FnMut() -> T) -> [T; 3] {
    unsafe {
        let mut array: ManuallyDrop<[T; 3]> = ManuallyDrop::new(mem::uninitialized());
        for i in 0..3 {
            ptr::write(&mut array[i], f());
        }
        ManuallyDrop::into_inner(array)
    }
}

// Nothing can panic between.
pub fn moved<T>(from: Vec<T>) -> Vec<T> {
    let mut from = ManuallyDrop::new(from);
    let n = from.len();
    let mut out: Vec<T> = Vec::with_capacity(n);
    unsafe {
        out.set_len(n);
        ptr::copy_nonoverlapping(from.as_ptr(), out.as_mut_ptr(), n);
        from.set_len(0);
    }
    out
}

pub struct Pool<T> {
    objects: Vec<Option<T>>,
}

impl<T> Pool<T> {
    pub fn free(&mut self, i: usize) -> Option<T> {
        mem::replace(&mut self.objects[i], None)
    }
}

pub struct Map<T> {
    values: Vec<T>,
    used: usize,
}

impl<T> FromIterator<T> for Map<T> {
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        let mut values = Vec::from_iter(iter);
        let used = values.len();
        unsafe { values.set_len(0) }
        Map { values, used }
    }
}

impl<T> Drop for Map<T> {
    fn drop(&mut self) {
        unsafe { self.values.set_len(self.used) }
    }
}

// What lies there was pushed before.
pub fn pushed(n: usize) -> Vec<String> {
    let mut v: Vec<String> = Vec::with_capacity(n + 1);
    v.push(String::new());
    unsafe { *v.as_mut_ptr() = "a".to_string() }
    v[0] = "b".to_string();
    *v.get_mut(0).unwrap() = "c".to_string();
    v
}

pub fn one(name: &str) -> String {
    let mut s = MaybeUninit::<String>::uninit();
    s.write(String::new());
    unsafe {
        *s.as_mut_ptr() = name.to_string();
        s.assume_init()
    }
}
