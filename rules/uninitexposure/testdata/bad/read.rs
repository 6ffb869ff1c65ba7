// Blank memory is read, or leaves the function as values.
#![allow(deprecated, invalid_value)]
use std::cell::UnsafeCell;
use std::mem;
use std::sync::Arc;

pub fn repeats(data: &[u8]) -> usize {
    let mut last: [usize; 256] = unsafe { mem::uninitialized() }; //~ uninit-exposure "is read"
    let mut sum = 0;
    for (i, &b) in data.iter().enumerate() {
        let at = last[b as usize];
        last[b as usize] = i;
        if at < i {
            sum += at;
        }
    }
    sum
}

pub fn sum(n: usize) -> u32 {
    let mut v: Vec<u32> = Vec::with_capacity(n);
    unsafe { v.set_len(n) } //~ uninit-exposure "is read"
    v.iter().sum()
}

pub fn twice(n: usize) -> Vec<u8> {
    let mut v: Vec<u8> = Vec::with_capacity(n);
    unsafe { v.set_len(n) } //~ uninit-exposure "is read"
    let mut out = v.to_vec();
    out.push(0);
    out
}

pub struct Ring<T> {
    elements: UnsafeCell<Box<[T]>>,
}

pub fn ring<T: Copy>(size: usize) -> (Arc<Ring<T>>, Arc<Ring<T>>) {
    let ring = Arc::new(Ring {
        elements: UnsafeCell::new({
            let mut v = Vec::<T>::with_capacity(size);
            unsafe { v.set_len(size) } //~ uninit-exposure "is returned"
            v.into_boxed_slice()
        }),
    });
    (Arc::clone(&ring), ring)
}

impl<T> Ring<T> {
    pub fn len(&self) -> usize {
        unsafe { (&*self.elements.get()).len() }
    }
}

pub fn slots<T>() -> [T; 4] {
    unsafe { mem::uninitialized() } //~ uninit-exposure "is returned"
}

pub fn boxes<T>(n: usize) -> Vec<T> {
    unsafe {
        let p = std::alloc::alloc(std::alloc::Layout::array::<T>(n).unwrap()) as *mut T;
        Vec::from_raw_parts(p, n, n) //~ uninit-exposure "is returned"
    }
}

// A function of the crate hands blank memory on.
fn buffer(n: usize) -> Vec<u8> {
    let mut v = Vec::with_capacity(n);
    unsafe { v.set_len(n) } //~? uninit-exposure "is returned"
    v
}

pub fn load<R: std::io::Read>(reader: &mut R) -> std::io::Result<Vec<u8>> {
    let mut buf = buffer(32); //~ uninit-exposure "handed to `R::read_exact`"
    reader.read_exact(&mut buf)?;
    Ok(buf)
}

pub struct Header {
    pub name: String,
    pub next: Option<Box<Header>>,
}

#[allow(invalid_value)]
pub fn names() -> [String; 2] {
    unsafe { mem::zeroed() } //~ uninit-exposure "made of zero bytes"
}
